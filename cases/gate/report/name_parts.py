"""What is left of a name of which a part is found: the initial or the particle between, before or behind it ("e. [NAME]")."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.report_words import COMMON, FAMILY, GIVEN, LIKELY, MIXED, NO_PART, ORDINARY, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_PARTICLE = f"(?:{'|'.join(sorted(listed('particles') | {'ap', 'ní', 'ni', 'nic'}, key=len, reverse=True))})"
_GAP = r"(?:[ ]{1,2}|[ ]?\n[ ]{0,8})"
# "[NAME] j [NAME]", "[NAME] B. de la [NAME]": nothing else can stand between two parts on one line.
_BETWEEN = re.compile(rf"{_GAP}((?:(?:[^\W\d_]\.?|[A-Z][a-z]{{1,2}}\.|(?i:{_PARTICLE})){_GAP}){{1,3}})")
_NICKNAMED = re.compile(r"[ ][\"“‘'][^\W\d_][\w'’. -]{1,20}[\"”’'],?[ ]")  # 'Pepper "Pip" Holloway'
# At a line's beginning, behind a title, a label or a long number: "doctor o [NAME]", "GMC 6953756 e. [NAME]", "G. de [NAME]".
_INITIALS_BEFORE = re.compile(
    rf"(?:\A|\n[ \t]*|:[ \t]?|\d{{4}}[ ]|\b(?i:dr|drs|doctor|prof|professor|mr|mrs|ms|miss)\b\.?[ ])"
    rf"((?:[^\W\d_](?:\.[ ]?|[ ])){{1,3}}(?:{_PARTICLE}{_GAP}){{0,3}})\Z"
)
# A first name with an initial behind it, or behind a label.
_GIVEN_BEFORE = re.compile(r"(?<![\w'’-])([A-ZÀ-Þ][a-zà-ÿ]+)[ ][A-Z]\.?[ ]\Z|(?<=:)[ ]?([A-ZÀ-Þ][a-zà-ÿ]+)[ ]\Z")
# At a field's end: "TUBBS, DARNELL [E]*", "culpepper^randall[^m],"; before an age: "Silas [B] age 10".
_AN_AGE = r"(?:age|aged|dob|DOB|yo)\b|\d{1,2}[ ]?(?:yo|y/o|yrs?|years?)\b"
_INITIAL_BEHIND = re.compile(rf"(?:{_GAP}|\^)([^\W\d_]\.?)(?=[ ]?(?:[*|\"^;\n]|,[ ]?[\d\[]|\Z|{_AN_AGE}))")
_BEFORE_AN_AGE = re.compile(rf"[ ]{_AN_AGE}")
# "Copies to: LONG, [WILL]; …".
_GIVEN_BEHIND = re.compile(r",[ ]?\n?[ ]{0,4}([^\W\d_]{3,14})(?=[ ]{2}|[;|\n]|\Z)")
# "jurgita d [petrauskienė]", "beryl w. [tipping]": behind an initial only a surname stands.
_SURNAME_BEHIND = re.compile(r"((?:[ ](?:[^\W\d_]\.?|[A-Z][a-z]{1,2}\.))?[ ]([^\W\d_][\w'’-]{2,20}))(?![\w'’-])")
_ENDS_WITH_AN_INITIAL = re.compile(r"[^\W\d_]{2}[ ,]{1,2}[^\W\d_]\.?\Z")
_ENDS_WITH_A_PARTICLE = re.compile(r"[ ](?i:van|von|van der|van den|de|de la|del|der|den|al|el|bin|binti|ten|ter)\Z")
_A_CAPITAL_BEHIND = re.compile(r"[ ]([A-ZÀ-Þ][\w'’-]{2,24})(?![\w'’-])")
# "[BLOSSOM] P. LOBO".
_BEFORE_AN_INITIAL = re.compile(r"(?:\A|\n|[.:;(]|\b(?i:by|with|to|from)[ ])[ \t]*([^\W\d_]{3,14})[ ]\Z")
_BABY_BEFORE = re.compile(r"(?<![\w-])BABY (?:BOY|GIRL)(?: (?:OF|A|B|[12]))? \Z")
_STARTS_WITH_AN_INITIAL = re.compile(r"[^\W\d_]\.?[ ][^\W\d_]{2}")
_NEVER = NO_NAMES | SENTENCE_WORDS | ABBREVIATIONS | HEADS | EPONYMS | NO_PART | listed("fillers")
_COUNTS = frozenset("ABCDEFGI")


def parts_of_names(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield what stands beside the names found, or between two of them, and can only be of the same name."""
    names = sorted((start, end) for start, end, kind in found if kind is Private.NAME)
    taken = {place for start, end, _ in found for place in (start, end - 1)}
    for at, (start, end) in enumerate(names):
        if at + 1 < len(names) and _is_between(words, end, names[at + 1][0]):
            yield end, names[at + 1][0], Private.NAME
        else:
            yield from _behind(words, start, end)
        yield from ((first, last, Private.NAME) for first, last in _ahead(words, start) if first not in taken)


def _is_between(words: Words, end: int, start: int) -> bool:
    """Say whether initials and particles alone part two names; in a text of both cases an initial has a capital or a dot."""
    match = _BETWEEN.fullmatch(words.text, end, start) if 2 < start - end < 24 else None
    if not match and _NICKNAMED.fullmatch(words.text, end, start):
        return True
    parts = match[1].split() if match else []
    letters = [part for part in parts if len(part.rstrip(".")) == 1]
    return bool(parts) and (words.case != MIXED or all(part[0].isupper() or part[-1] == "." for part in letters))


def _ahead(words: Words, start: int) -> Iterator[tuple[int, int]]:
    """Yield the initials, or the first name, before a name."""
    if baby := _BABY_BEFORE.search(words.text, max(0, start - 16), start):
        yield baby.start(), start
    if initials := _INITIALS_BEFORE.search(words.text, max(0, start - 24), start):
        first = initials[1]
        is_shown = first[0].isupper() or (first[1] == "." or words.case != MIXED)
        counts = first[0].upper() in _COUNTS and initials[0].lstrip(" \t")[:1] in {"\n", first[0]}
        if is_shown and not counts:
            yield initials.start(1), start
    elif words.case == MIXED and (given := _GIVEN_BEFORE.search(words.text, max(0, start - 24), start)):
        low = (given[1] or given[2]).lower()
        kind = kind_of(low)
        if kind & GIVEN and kind & (LIKELY | COMMON) and low not in EPONYMS:
            yield given.start(given.lastindex or 0), start
    elif _STARTS_WITH_AN_INITIAL.match(words.text, start):
        before = _BEFORE_AN_INITIAL.search(words.text, max(0, start - 24), start)
        if before and before[1].lower() not in _NEVER and kind_of(before[1].lower()) & GIVEN:
            yield before.start(1), start


def _behind(words: Words, start: int, end: int) -> Iterator[Place]:
    """Yield the initial, or the first name behind a comma, that ends a name at a field's end."""
    initial = _INITIAL_BEHIND.match(words.text, end)
    if initial and (re.search(r"[ ,^\n]", words.text[start:end]) or _BEFORE_AN_AGE.match(words.text, initial.end())):
        if initial[1].isupper() or words.case != MIXED or initial[0][0] == "^":
            yield *initial.span(1), Private.NAME
    elif _ENDS_WITH_A_PARTICLE.search(words.text, start, end) and (rest := _A_CAPITAL_BEHIND.match(words.text, end)):
        yield *rest.span(1), Private.NAME
    elif (given := _GIVEN_BEHIND.match(words.text, end)) and words.text[start:end].isalpha():
        kind, family = kind_of(given[1].lower()), kind_of(words.text[start:end].lower())
        is_sure = kind & (LIKELY | COMMON) or not kind & ORDINARY
        is_borne = kind & GIVEN and is_sure and given[1].lower() not in NO_NAMES
        if is_borne and (family & FAMILY or not family) and (words.case != MIXED or given[1][0].isupper()):
            yield *given.span(1), Private.NAME
    elif surname := _SURNAME_BEHIND.match(words.text, end):
        low, has_initial = surname[2].lower(), surname[1].count(" ") == 2
        if has_initial or _ENDS_WITH_AN_INITIAL.search(words.text, start, end):
            kind, shown = kind_of(low), words.case != MIXED or surname[2][0].isupper()
            if has_initial and not shown:  # typed small: "ophelia m. thornquist"
                shown = words.text[start:end].islower() and surname[1][2:3] == "." and not kind & ORDINARY
            if (
                shown
                and low not in _NEVER
                and (kind & FAMILY or not kind)
                and not (has_initial and surname[1][1] in "aAiI")
            ):
                yield *surname.span(1), Private.NAME
