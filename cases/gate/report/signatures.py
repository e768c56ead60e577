"""Who signed, typed, scanned or is called: the value of a field or what follows "by", be it a name, initials or a sign-in.

A value is read word by word for as long as it can be somebody. A label ("Technologist:") stands surety for words that
elsewhere would be ordinary; "by" and the like do not.
"""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.announcing import HANDED, is_participle
from cases.gate.report.forms import Place, Private
from cases.gate.report.labels import Announced, Field
from cases.gate.report.line_shapes import MARKED, VOWELS, by_shape, may_be_a_word
from cases.gate.report.looks import outlines, shape, signs
from cases.gate.report.report_words import COMMON, FAMILY, LIKELY, MIXED, NAME, NO_PART, ORDINARY, STAFF, Words
from cases.gate.report.values import DEGREES, Part, before_the_degree, parts_of
from cases.gate.words import ABBREVIATIONS, EPONYMS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_SIGNED = shape(r"(?<![\w/])/?e?s/(?=[ \t])", signs("s/"), flags=re.IGNORECASE)
_AND_INITIALS = re.compile(
    r"[ \t]?(?:and|&|,)[ \t]?([A-Z]{2,3}\b(?![ \t]?[A-Za-z])"
    r"|[a-z]{2,3}(?=[ \t]*(?:\n|\Z|\()))"
)  # "read by JH and TB"
_BARE_SIGN_IN = shape(r"(?<![\w.-])([a-z]{5,14})\d{1,4}(?![\w.-])", outlines("aaaaa0"))  # "akhan3"
_HEAD_OF_A_FORM = shape(
    r"^[ \t]*([^\W\d_][\w'’.-]*(?:,?[ \t]|,|\^)[^\W\d_][\w'’.-]*(?:[ \t^][^\W\d_][\w'’.-]*){0,2})"
    r"(?:[ \t]{2,}|[ \t]*\n[ \t]*|,[ \t]*|[ \t][|/][ \t])"
    r"(?i:dob|d\.o\.b|date of birth|born|mrn|mr[ ]?#|medical rec|med rec|hosp|nhs|patient id|pt id|unit|ur no"
    r"|(?<=[ \t])[a-z]{0,4}-?\d[\d-]{4,})\b",
    signs("dob", "d.o.b", "date of birth", "born", "mrn", "mr#", "mr #", "medical rec", "med rec", "hosp", "nhs"),
    signs("patient id", "pt id", "unit", "ur no"),
    outlines("00000", "0-"),
    flags=re.MULTILINE,
)
_SIGN_IN = re.compile(
    r"(?=.*[\d_\\@])(?!PGY|(?:[A-Za-z]\d{1,2}|\d?[A-Za-z]{1,2}\d?)(?:-[A-Za-z]?\d{1,2})?\Z)[\w.\\@'-]{4,}", re.S
)
_INITIALS = re.compile(r"[A-Z]{2,4}|[a-z]{2,4}|(?:[^\W\d_]\.){1,3}[^\W\d_]?|[A-Z]-?[A-Z]{1,2}-?[A-Z]?")
_AFTER_INITIALS = re.compile(r"\.?(?:[ \t]?[/:|][ \t]?(?:[A-Za-z]{2,4}|[A-Za-z]\.[A-Za-z]\.?)\b)?\.?")
_DOERS = listed("doers")  # what things are done by that is nobody
_NEVER = frozenset(
    {"no", "na", "md", "rt", "rn", "np", "pa", "do", "ct", "mr", "us", "xr", "ap", "ed", "er", "or", "to", "of"}
)
_PARTICLES = listed("particles")
_SIGN_INS = listed("sign_ins")  # words before the name by which somebody signs in
_SIGNING = listed("signing")  # what people do to a report, before "by"
_HARDLY_SURE = listed("hardly_sure")  # words before initials, which need more to be sure of
_SPEAKING = listed("speaking")  # what stands after the initials of who did it
_TYPED = frozenset({"dictated", "typed", "transcribed"})
# The words after which somebody may be named in a sentence.
_SAYING = _SPEAKING | _SIGN_INS | _TYPED | STAFF | _HARDLY_SURE | _SIGNING | {"by", "to", "with", "of"}
_TIME_BEFORE = re.compile(r"(?:\d|\d[ ]?(?:[ap]\.?m\.?|h|hrs|hours))[ ]?,?[ \t]+\Z", re.I)
_ENDS = re.compile(r"[ \t]*(?:[.,;)\n]|\Z)|[ ](?:AT|ON)[ ]\d")
_SPOKEN_TO_AT = re.compile(r"[ ][A-Z]{2,3}[ ](?:at[ ])?(?:[01]?\d|2[0-3]):?[0-5]\d(?:\b|h)")
_A_MONTH_AFTER = re.compile(r"[ ][A-Z][a-z]{2,8}\.?[ ]\d")
_AND_OTHERS = re.compile(r"[^\n;|:]{2,60}(?:;[^\n;|:]{2,60}){1,8}")
_PARTED = re.compile(
    r"[ \t]+(?:on|at|in|with|to|and|for|from|before|after|when|while|because|who|has|had|was|is|gave|saw|took|told|spoke"
    r"|ok|okay|x\d|\d{1,4}[/.:-]\d|[012]\d[0-5]\d|[a-z]{3,12}(?:ed|s))\b"
    r"|[ \t]*[,(;]|[ \t]+(?:rv[st]|rdms|rdcs|rn|rt|md|do|np|pa|cnmt|arrt|lpn)\b",
    re.I,
)


def signatures(words: Words, fields: Sequence[Field]) -> Iterator[Place]:
    """Yield where one of the fields or a sign-off names somebody."""
    yield from _in_fields(words, fields)
    for at, word in enumerate(words.low):
        if word in _SAYING and (found := _in_a_sentence(words, at, word)):
            yield found
            second = _AND_INITIALS.match(words.text, found[1])
            if second and second[1].lower() not in ABBREVIATIONS:
                yield *second.span(1), Private.NAME
    yield from by_shape(words)
    for mark in _BARE_SIGN_IN.found_in(words.seen):
        letters = mark[1].lower()
        if not kind_of(letters) and (kind_of(letters[1:]) | kind_of(letters[:-1])) & COMMON:
            yield *mark.span(), Private.NUMBER


def _in_fields(words: Words, fields: Sequence[Field]) -> Iterator[Place]:
    """Yield whom labels, "/s/" and the head of a form name."""
    found = [_OF_A_LABEL[kind](words, place) for kind, place in fields if kind in _OF_A_LABEL]
    found += _next_in_fields(words, fields)
    found += [_who(words, mark.end()) for mark in _SIGNED.found_in(words.seen)]
    found += [_of_a_head(words, head) for head in _HEAD_OF_A_FORM.found_in(words.seen)]
    yield from filter(None, found)


def _next_in_fields(words: Words, fields: Sequence[Field]) -> Iterator[Place]:
    """Yield whom a field names after the first, behind semicolons: "Copies to: Long, Will; Moody, Faith"."""
    for kind, place in fields:
        if kind is Announced.WHO and (rest := _AND_OTHERS.match(words.text, place)):
            for mark in re.finditer(";", rest[0]):
                if found := _who(words, place + mark.end()):
                    yield found


def _called(words: Words, place: int) -> Place | None:
    """The value of a field that is a part of a name, whatever word it is."""
    parts = parts_of(words, place, 4)
    if not parts or words.text[parts[-1].end : parts[-1].end + 1] == ":":
        return None
    if any(part.word.lower() in {"unknown", "none", "not", "nil"} for part in parts):
        return None
    return parts[0].start, parts[-1].end, Private.NAME


def _of_a_head(words: Words, head: re.Match[str]) -> Place | None:
    """The name before a birthday or a record number: "Stone, June  DOB: …"."""
    low = [word.strip(".").lower() for word in re.findall(r"[^\s,^]+", head[1])]
    kinds = [kind_of(word) for word in low if len(word) > 1]
    if any(word in NO_NAMES or word in NO_PART for word in low) or not kinds:
        return None
    is_named = all(kind & NAME for kind in kinds) or any(kind & NAME and not kind & ORDINARY for kind in kinds)
    return (*head.span(1), Private.NAME) if is_named else None


def _in_a_sentence(words: Words, at: int, word: str) -> Place | None:
    """Initials or a sign-in after "signed by", "user", "tech", "per pt" without a colon; names are found by their words."""
    end = words.ends[at]
    end += words.text[end : end + 2] == ". " and word == "pt"
    if word in _SPEAKING and at and words.case == MIXED and words.is_shouted(at - 1) and words.between(at - 1) == " ":
        nobody = _DOERS if word == "spoke" else ABBREVIATIONS  # only people speak
        is_known = len(words.low[at - 1]) > 3 or words.low[at - 1] in nobody
        return None if is_known else (words.starts[at - 1], words.ends[at - 1], Private.NAME)  # "GKL spoke to …"
    if words.text[end : end + 1] not in ({" ", "\t", "\n", "(", ":"} if word == "by" else {" ", "\t", "(", ":"}):
        return None
    if word in {"to", "with", "of"} and at and words.low[at - 1] in HANDED[word]:
        is_sure = words.low[at - 1] == "behalf" or bool(_SPOKEN_TO_AT.match(words.text, end))
        return _short(words, end, is_sure=is_sure)
    if word == "by":
        return _by_somebody(words, at, end)
    if words.text[end] == ":":
        return None  # a label
    if word in _SIGN_INS or word in _TYPED:
        return _short(words, end, is_sure=True)
    if word in STAFF or word in _HARDLY_SURE or word in _SIGNING:
        return _short(words, end, is_sure=False) or (_with_degree(words, end) if word in STAFF else None)
    return None


def _by_somebody(words: Words, at: int, end: int) -> Place | None:
    """Who did what stands before "by": "verified by jsmith02", "dictated by little, josé, md"."""
    before = next(filter(is_participle, reversed(words.low[max(0, at - 3) : at])), "")
    is_told_when = bool(_TIME_BEFORE.search(words.text, max(0, words.starts[at] - 12), words.starts[at]))
    if not before:
        return _short(words, end, is_sure=True) if is_told_when else _sign_in_after(words, end)
    if words.text[end] == ":":
        return _who(words, end + 1)
    is_sure = before in _SIGNING or is_told_when
    return _short(words, end, is_sure=is_sure) or (_with_degree(words, end) if is_sure else None)


def _sign_in_after(words: Words, place: int) -> Place | None:
    """A name to sign in by, with figures in it, after a bare "by"."""
    parts = parts_of(words, place, 1)
    is_one = parts and _is_sign_in(parts[0].word) and parts[0].word[:3].isalpha() and parts[0].word[-1].isdigit()
    is_known = is_one and kind_of(parts[0].word.rstrip("0123456789").lower()) & ORDINARY
    return (parts[0].start, parts[0].end, Private.NUMBER) if is_one and not is_known else None


def _short(words: Words, place: int, *, is_sure: bool) -> Place | None:
    """Initials or a sign-in that begins here, inside a sentence."""
    parts = parts_of(words, place, 1)
    if not parts:
        return None
    part = parts[0]
    if _is_sign_in(part.word) or (is_sure and _is_made_of_a_name(words, part)):
        return part.start, part.end, Private.NUMBER
    kind = kind_of(part.word.lower())
    if "." in part.word and _INITIALS.fullmatch(part.word) and part.word.lower() not in DEGREES:
        return (part.start, _with_typist(words, part), Private.NAME) if is_sure or part.word.isupper() else None
    ends = part.is_last or bool(_PARTED.match(words.text, part.end))
    shown = part.word.isupper() and words.case == MIXED
    is_beside_staff = words.text[max(0, part.start - 13) : part.start - 1].rpartition(" ")[2].lower() in MARKED
    never = _NEVER if (is_sure or is_beside_staff) and shown and len(part.word) == 2 else ABBREVIATIONS
    if is_sure and (shown or (len(part.word) == 2 and not may_be_a_word(part.word.lower()))):
        never = _NEVER | _DOERS  # "witnessed by LVH"
    is_short = _INITIALS.fullmatch(part.word) and part.word.lower() not in never
    if (
        is_short
        and ends
        and (shown or (is_sure and part.word.islower()))
        and not (kind & ORDINARY and len(part.word) > 3)
    ):
        return part.start, _with_typist(words, part), Private.NAME
    enclosed = words.text[part.start - 1] == "(" or words.text[part.end : part.end + 1] == ":"
    if (
        is_short
        and ends
        and (is_sure or enclosed or not kind)
        and (len(part.word) == 2 or not may_be_a_word(part.word.lower()) or (is_sure and _ends_a_sentence(words, part)))
    ):
        return part.start, _with_typist(words, part), Private.NAME
    if is_sure and not kind and ends and len(part.word) > 3:
        return part.start, part.end, Private.NAME
    return None


def _ends_a_sentence(words: Words, part: Part) -> bool:
    """Say whether three capitals in a text of capitals end what is told, or a time follows: "QC'D BY RPE AT 0937"."""
    is_told = part.word.isupper() and len(part.word) == 3 and part.word.lower() not in SENTENCE_WORDS | ABBREVIATIONS
    return is_told and bool(_ENDS.match(words.text, part.end))


def _with_degree(words: Words, place: int) -> Place | None:
    """A whole name that a degree ends: "interpreting physician little, josé, md"."""
    parts = parts_of(words, place, 7)
    named = before_the_degree(parts)
    return _name(words, named) if len(named) < len(parts) and _is_whole_name(named) else None


def _who(words: Words, place: int) -> Place | None:
    """The value of a field that names somebody, as far as it goes."""
    parts = parts_of(words, place, 7)
    if not parts:
        return None
    if _is_sign_in(parts[0].word) or (_is_made_of_a_name(words, parts[0]) and (parts[0].is_last or len(parts) == 1)):
        return parts[0].start, parts[0].end, Private.NUMBER
    if initials := _initials(words, place, is_sure=True):
        return initials
    return _name(words, parts)


def _named(words: Words, place: int) -> Place | None:
    """The value of a field that may name somebody: a whole name alone, or initials."""
    parts = parts_of(words, place, 7)
    if len(parts) == 1 and (
        words.case != MIXED or parts[0].word.isupper() or "." in parts[0].word or len(parts[0].word) < 4
    ):
        return _initials(words, place)
    kinds = [kind_of(part.word.lower()) for part in parts]
    if len(parts) == 1 and parts[0].is_last and kinds[0] & NAME and not kinds[0] & ORDINARY:
        return None if parts[0].word.lower() in EPONYMS else (parts[0].start, parts[0].end, Private.NAME)
    if (
        len(parts) == 2
        and words.case == MIXED
        and len(parts[0].word) == 1
        and parts[1].is_last
        and parts[1].word[0].isupper()
    ):
        return parts[0].start, parts[1].end, Private.NAME  # "Re: Z. He"
    if len(parts) > 1 and all(
        kind & NAME or not kind or len(part.word) == 1 for kind, part in zip(kinds, parts, strict=True)
    ):
        return _name(words, parts) if any(not kind & ORDINARY for kind in kinds) else None
    return None


def _initials(words: Words, place: int, *, is_sure: bool = False) -> Place | None:
    """The value of a field that is initials or a sign-in, whole."""
    parts = parts_of(words, place, 1)
    if not parts:
        return None
    part = parts[0]
    word = part.word.lower()
    if _is_sign_in(part.word):
        return part.start, part.end, Private.NUMBER
    end = _with_typist(words, part)
    is_last = (
        part.is_last
        or bool(_A_MONTH_AFTER.match(words.text, end))
        or (end > part.end + 1 and not words.text[end : end + 1].isalnum())
    )
    if (
        not is_last
        or not _INITIALS.fullmatch(part.word)
        or (word in DEGREES and word in ABBREVIATIONS - {"mb"} and not is_sure)
    ):
        return None
    is_shown = part.word.isupper() and words.case == MIXED
    if word in (_NEVER if (is_sure or is_shown) and len(word) == 2 else ABBREVIATIONS) or (
        len(word) > 2
        and "." not in word
        and kind_of(word) & ORDINARY
        and not part.word.isupper()
        and (len(word) > 3 or word in SENTENCE_WORDS or not (is_sure or VOWELS.isdisjoint(word)))
    ):
        return None
    return part.start, end, Private.NAME


def _with_typist(words: Words, part: Part) -> int:
    """Where initials end, with those of the typist after a stroke."""
    match = _AFTER_INITIALS.match(words.text, part.end)
    end = match.end() if match else part.end
    return end if words.text[end - 1] != "." or "." in part.word else end - 1


def _name(words: Words, parts: list[Part]) -> Place | None:
    """The words of a value that can be a name, from the first on."""
    parts = before_the_degree(parts)
    fits = [_can_be_of_a_name(words, part, is_first=part is parts[0]) for part in parts]
    count = len(parts) if all(fits) or _is_whole_name(parts) else fits.index(False)
    ends = count and (parts[count - 1].is_last or count < len(parts))
    kinds = [kind_of(part.word.lower()) for part in parts[:count]]
    if not count or not any(len(part.word) > 1 for part in parts[:count]):
        return None
    if all(kind & ORDINARY for kind in kinds) and not (
        ends and any(kind & NAME and kind & (COMMON | LIKELY) for kind in kinds)
    ):
        return None
    if count == 1 and not kinds[0] and not ends:
        return None
    return parts[0].start, parts[count - 1].end, Private.NAME


def _is_whole_name(parts: list[Part]) -> bool:
    """Say whether all of a short value is a name, ordinary words in it or not: "Two Bulls, Dezbah"."""
    kinds = [kind_of(part.word.lower()) for part in parts]
    is_named = any(kind & NAME and not kind & ORDINARY for kind in kinds)
    low = [part.word.lower() for part in parts]
    is_none = any(word in NO_NAMES or word in NO_PART or word in DEGREES or word in {"a", "i"} for word in low)
    return 1 < len(parts) < 6 and parts[-1].is_last and is_named and not is_none


def _can_be_of_a_name(words: Words, part: Part, *, is_first: bool) -> bool:
    word = part.word.lower()
    kind = kind_of(word)
    if word in NO_NAMES or word in NO_PART or word in DEGREES or any(map(str.isdigit, word)):
        return False
    if len(word) == 1:
        return part.word.isupper() or (words.case != MIXED and word not in {"a", "i"})
    if word in _PARTICLES:
        return True
    if kind & ORDINARY and not kind & NAME:
        shown = words.case == MIXED and part.word[0].isupper() and not part.word.isupper()
        return shown and not is_first and len(word) > 2 and part.is_last  # "Two Bulls", "Red Elk"
    return not (kind & ORDINARY and word in SENTENCE_WORDS and not kind & LIKELY) or (is_first and not part.is_last)


def _is_sign_in(word: str) -> bool:
    return bool(_SIGN_IN.fullmatch(word))


def _is_made_of_a_name(words: Words, part: Part) -> bool:
    """Say whether a word is an initial and a surname, as sign-ins are made: "jsmith", "smithj", "j.smith"."""
    word = part.word.lower()
    if "." in word.strip("."):
        return len(word) > 4 and not _INITIALS.fullmatch(part.word) and word not in DEGREES
    if (
        len(word) < 5
        or kind_of(word)
        or (words.case == MIXED and part.word[0].isupper() and not part.word[-1].isupper())
    ):
        return False
    return bool((kind_of(word[1:]) | kind_of(word[:-1]) | kind_of(word[2:])) & FAMILY)


def _typed(words: Words, place: int) -> Place | None:
    """The value of a field that says who typed: initials whatever they are, or a name."""
    return _initials(words, place, is_sure=True) or _who(words, place)


_OF_A_LABEL = {
    Announced.WHO: _who,
    Announced.CALLED: _called,
    Announced.NAMED: _named,
    Announced.INITIALS: _initials,
    Announced.TYPED: _typed,
}
