"""Initials that stand for a whole sentence, after what somebody did or is, or beside those of the one who typed."""

import re
from collections.abc import Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.line_shapes import may_be_a_word
from cases.gate.report.looks import outlines, shape
from cases.gate.report.report_words import MIXED, ORDINARY, Words
from cases.gate.words import ABBREVIATIONS, STANDING_ALONE, kind_of, listed

_CAPITALS = r"[^\W\d_a-zà-öø-ÿ]{2,4}"
_MIXED = r"[A-Z](?:v|vd|vdn|de|d'|Mc|Mac|O'|st)[A-Z]{1,2}|[A-Z][a-z]?Mc[A-Z]"  # "EvdM", "JMcC"
_JOINED = shape(rf"(?<![\w'’])(?:{_MIXED})(?![\w'’-])", outlines("aA", "'A"))
_SHOWN = rf"{_MIXED}|{_CAPITALS}"
_ANY = rf"{_SHOWN}|[^\W\d_A-ZÀ-Þ]{{2,4}}"
# A sentence of nothing else, at the end of a line or before a day.
_SENTENCES = (
    # What stands before is read with it, for a pattern that begins with one of a few signs is found soon.
    shape(
        rf"[.;!?~\"”\n](?:(?<!\n)[ ]|(?<!\"))({_ANY})(?=\.?[ \t]*(?:\n|\Z)|[,;]?[ ]\d{{1,4}}[./-]\d{{1,2}}[./-]\d|[ ]?→)"
    ),
    shape(rf"[ \n][-–—]({_CAPITALS})(?=[ ]?(?:[\n,]|\Z|\d?\d[:.]\d\d|\d{{1,4}}[./-]\d))", outlines(" -AA", "\n-AA")),
    shape(r"\n[-–—][ ]?([^\W\d_A-ZÀ-Þ]{2,3})(?=[ ]?(?:[\n,]|\Z|\d))", outlines("\n-a", "\n- a")),
    shape(rf"→({_SHOWN})\b", outlines("→")),
    # Behind a dash or a bracket, where a line of a log ends: "will have pt call - qv", "told by portal (8:40) rv".
    shape(
        r"(?:[ ][-–—]|[\w)]\))[ ]([a-z]{2,3})(?=[ \t]*(?:\n|\Z))",
        outlines(" - aa\n", " - aaa\n", " -- aa\n", " -- aaa\n", ") aa\n", ") aaa\n"),
    ),
    shape(r"\n[ \t]*\d[^\n]{4,160}[ ][-–—][ ]([A-Z]{2,3})(?=[ \t]*(?:\n|\Z))", outlines(" - AA\n", " - AAA\n")),
    shape(rf"\d, ({_ANY})(?=\.?[ \t]*(?:\n|\Z))", outlines("0, a", "0, A")),
)
# Who dictated and who typed, anywhere: "HB/gl", "FPP:ems", "EFW/speech rec"; "/tmk" at the end of a line.
_DICTATED_AND_TYPED = shape(
    rf"(?<![\w/.:-])({_CAPITALS})[/:]([a-z]{{2,4}})(?![\w/-])|(?<=\n)({_CAPITALS})(?=[ ]?/[ ]?(?:speech|dict|voice|dragon|vr|trans|typed|powerscribe|pscribe|ps360|m-?modal|fluency|nuance|winscribe|asr|scribe|self[ -]?(?:edit|typed)))|(?<=[ \t\n])/[ ]?([a-z]{{2,4}})(?=[ \t]*(?:\n|\Z))",
    outlines("A/a", "A /a", "A/ a", "A / a", "A:a", " /a", " / a", "\n/a", "\n/ a"),
)
_VIEWS = listed("views")
_DID = listed("signing") | listed("sign_ins") | listed("initialling")
_DOERS = listed("doers")
# Behind these hardly anything but initials is written in capitals.
_OF_SOMEBODY = listed("before_initials")
_AFTER = re.compile(
    rf"[.,]?(?:[ ]\d)?[ ]?[:=]?[ ]?\(?({_ANY})(?![\w'’@.-]\w|[\w'’])(?=\.?[ \t]*(?:[,;/)&\n.]|\Z|[ ](?:at|on|and|&|was|is|who|in|for|with|to|x?\d|[A-Za-z]{{1,12}}(?:[ ][A-Za-z]{{1,8}})?:)|[ ]{{2}}))"
)
_AND_ANOTHER = re.compile(
    rf"(?:,[ ]?|[ ]?/[ ]?|[ ]?&[ ]?|[ ]and[ ]|,?[ ]\()({_SHOWN})(?![\w'’])(?=[ \t]*(?:[,;/)&\n.]|\Z))"
)


def initial_shapes(words: Words) -> Iterator[Place]:
    """Yield the initials of people that no label and no line of their own shows."""
    for form in (*_SENTENCES, _DICTATED_AND_TYPED):
        for match in form.found_in(words.seen):
            groups = [group for group in range(1, (match.re.groups or 0) + 1) if match[group]]
            is_pair = form is _DICTATED_AND_TYPED
            if is_pair and any(match[group].lower() in _VIEWS for group in groups):
                continue
            never = STANDING_ALONE if form in _SENTENCES and _is_by_itself(words, match) else ABBREVIATIONS
            fit = [_are_initials(words, match[group], is_sure=is_pair, never=never) for group in groups]
            if all(fit) or (is_pair and (any(fit) or match[3])):
                yield from ((*match.span(group), Private.NAME) for group in groups)
    for match in _JOINED.found_in(words.seen):
        yield *match.span(), Private.NAME
    for at, word in enumerate(words.low):
        first = _AFTER.match(words.text, words.ends[at]) if word in _DID else None
        if first and _are_initials(words, first[1], is_sure=False, never=_never_behind(words, at, first[1])):
            yield *first.span(1), Private.NAME
            other = _AND_ANOTHER.match(words.text, first.end(1))
            if other and _are_initials(words, other[1], is_sure=True, never=_never_behind(words, at, other[1])):
                yield *other.span(1), Private.NAME


def _is_by_itself(words: Words, match: re.Match[str]) -> bool:
    """Say whether nothing but the end or a day follows what stands for a sentence, where a capital tells something, or a day follows."""
    if len(match[1]) > 3:
        return False
    behind = words.text[match.end() : match.end() + 16].lstrip(".,; \t")
    ends = not behind or (behind[0] == "\n" and not behind.lstrip()[:1].islower() and not behind.lstrip()[:1].isdigit())
    return behind[:1].isdigit() or (ends and words.case == MIXED and match[1].isupper())


def _never_behind(words: Words, at: int, found: str) -> frozenset[str]:
    """What is nobody behind this word: of what people do to a report all that may do it too, elsewhere any abbreviation."""
    is_shown = words.case == MIXED and found.isupper()
    return STANDING_ALONE | _DOERS if is_shown and words.low[at] in _OF_SOMEBODY else ABBREVIATIONS


def _are_initials(words: Words, found: str, *, is_sure: bool, never: frozenset[str] = ABBREVIATIONS) -> bool:
    """Say whether letters are nobody's abbreviation and no word; small ones must be unreadable."""
    low = found.lower()
    if low in never:
        return False
    if found.isupper():
        return words.case == MIXED or not may_be_a_word(low)
    if found.islower():
        return not may_be_a_word(low) and (is_sure or not kind_of(low) & ORDINARY or len(low) < 4)
    return True
