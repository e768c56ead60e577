"""Numbers that are known of a report's patient, from the row or the header beside it, where they stand in the text."""

import re
from collections.abc import Iterable

_MASK = "[ID]"
_LEAST, _LEAST_APART = 4, 7  # figures, zeros in front not counted
_MOST = 64  # characters of an identifier
_CHUNK = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN = r"[-./_ ]?"
# Of four figures these may be a year, or an amount.
_NO_NUMBER = re.compile(r"(?:19|20)\d\d|\d\d(?:00|50)")
# Not within a word or a longer number: "12345" does not stand in "123456", nor in "12345.7".
_BEGINS, _ENDS = r"(?<![^\W_])(?<!\d[.,])", r"(?![^\W_])(?![.,]\d)"


def without_numbers(text: str, numbers: Iterable[str]) -> tuple[str, int]:
    """The text with each place masked where one of these identifiers stands, zeros in front or not, and how many those are.

    One of few figures may be a year or a count, and is left. One of many is found however its figures are grouped; one with
    letters without them too.
    """
    count = 0
    for number in dict.fromkeys(numbers):
        form = _form(number.strip())
        if form:
            text, more = form.subn(_MASK, text)
            count += more
    return text, count


def _form(number: str) -> re.Pattern[str] | None:
    chunks = _CHUNK.findall(number)
    figures = [chunk for chunk in chunks if chunk.isdigit()]
    digits = "".join(figures).lstrip("0")
    if len(number) > _MOST or len(digits) < _LEAST:
        return None
    wholes = [chunks, figures] if len(figures) < len(chunks) else [chunks]
    forms = [_joined(one, len(digits)) for one in wholes if not _NO_NUMBER.fullmatch("".join(one).lstrip("0"))]
    if not forms:
        return None
    return re.compile(f"{_BEGINS}(?:{'|'.join(forms)}){_ENDS}", re.IGNORECASE)


def _joined(chunks: list[str], length: int) -> str:
    """The identifier with or without something between its parts, and between its figures where they are many."""
    first = chunks[0].lstrip("0") if chunks[0].isdigit() else chunks[0]
    parts = [part for part in (first, *chunks[1:]) if part]
    if length >= _LEAST_APART:
        parts = [one for part in parts for one in (part if part.isdigit() else [part])]
    return ("0*" if chunks[0].isdigit() else "") + _BETWEEN.join(map(re.escape, parts))
