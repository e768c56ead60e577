"""Who signs beside a day that is found: initials or a name behind it at a line's end, before it where a line begins."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.line_shapes import may_be_a_word
from cases.gate.report.report_words import LIKELY, MIXED, NAME, NO_PART, ORDINARY, RARE, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, NO_NAMES, STANDING_ALONE, kind_of

_TIME = r"(?:[ ,@-]{0,3}(?:at[ ])?(?:\d\d?[:.h]\d\d(?::\d\d)?|[012]\d[0-5]\d)?(?:[ ]?(?:[AaPp]\.?[Mm]\.?|hrs?|h|[ECMPAecmpa][SDsd][Tt]|UTC|GMT|Z)\b)?)"
_BEHIND = re.compile(rf"{_TIME}[ ,;/|–-]{{1,4}}((?:[A-Z]\.?[ ])?[^\W\d_][\w'’-]{{1,20}})\.?(?=[ \t]*(?:\n|\Z))")
_AHEAD = re.compile(r"(?:\A|\n)[ \t]*([A-Z]{2,4}|[a-z]{2,3})[ ]?[/|;,–-][ ]?\Z")
_SIGNED = re.compile(
    r"\b(?:dict(?:ated)?|read|signed|typed|transcribed|reported|verified|approved|by|dd?|dt|td?|rr|tr)\b[^\n]{0,16}\Z",
    re.IGNORECASE,
)


def beside_days(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield who signs behind a day at the end of a line ("READ 24 DEC 1810 CST MVL"), or before it ("AWB / 6.17.14")."""
    for start, end, kind in found:
        if kind is not Private.DATE:
            continue
        before = _AHEAD.search(words.text, max(0, start - 12), start)
        if before and _signs(words, before[1]):
            yield *before.span(1), Private.NAME
        behind = _BEHIND.match(words.text, end)
        if behind and _signs(words, behind[1], is_signed=bool(_SIGNED.search(words.text, max(0, start - 30), start))):
            yield *behind.span(1), Private.NAME


def _signs(words: Words, written: str, *, is_signed: bool = False) -> bool:
    """Say whether this is somebody: initials that are no abbreviation; where it is signed a name, too."""
    *_, last = written.lower().split(" ")
    if last in NO_PART or last in NO_NAMES or last in EPONYMS:
        return False
    if len(written) < 5 and " " not in written:
        shown = written.isupper() and words.case == MIXED
        never = STANDING_ALONE if shown or is_signed else ABBREVIATIONS
        return last not in never and (shown or is_signed or not may_be_a_word(last))
    kind = kind_of(last)
    return is_signed and (not kind or bool(kind & NAME and (not kind & ORDINARY or kind & (LIKELY | RARE))))
