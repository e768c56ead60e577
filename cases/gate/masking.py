"""Patient data in a report, found by its form and masked before the text leaves the machine."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.gate.patient_forms import DE_IDENTIFIED, FORMS, NAME_LEFT, NAME_MASK, NEED_A_DIGIT, NO_NAMES, Private
from core.hidden import folded

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class PatientData:
    """A stretch of the report, `text[start:end]`, that may name somebody."""

    start: int
    end: int
    kind: Private


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text with its patient data replaced by "[DATE]", "[NAME]" and so on, and the way back to the original."""

    text: str
    found: tuple[PatientData, ...]

    def original(self, place: int) -> int:
        """Return the place in the original text of a place in the masked one; inside a mask, where the data began."""
        shift = 0
        for data in self.found:
            length = len(data.kind.value) + 2
            begin = data.start - shift
            if place < begin:
                break
            if place < begin + length:
                return data.start
            shift += (data.end - data.start) - length
        return place + shift


def patient_data(text: str) -> tuple[PatientData, ...]:
    """Return what may name a patient or a person in the text, in order, never overlapping.

    Dates and times, identifiers, phone numbers, e-mail and web addresses, postal addresses, names after a title or in a
    signature, and ages over 89 (the forms of HIPAA's Safe Harbor, 45 CFR 164.514(b)(2), that a report can hold). It reads
    forms, not meaning: a name without a title in running text is not found, so this is a second fence behind
    de-identification, not the first.
    """
    taken = bytearray(len(text))
    for mark in DE_IDENTIFIED.finditer(text):
        taken[mark.start() : mark.end()] = b"\x02" * (mark.end() - mark.start())
    found: list[PatientData] = []
    has_digit = bool(_DIGIT.search(text))
    small = text.lower() if text.isascii() else None
    for form in FORMS:
        kind = form.kind
        if (kind in NEED_A_DIGIT and not has_digit) or (small is not None and not form.may_stand_in(text, small)):
            continue
        for match in form.pattern.finditer(text):
            start, end = _data(match)
            if kind is Private.NAME:
                start, end = _named(text, start, end)
            for first, last in _free(text, start, end, taken, kind):
                taken[first:last] = b"\x01" * (last - first)
                found.append(PatientData(first, last, kind))
    return tuple(sorted(found, key=lambda data: data.start))


def _data(match: re.Match[str]) -> tuple[int, int]:
    """Return the stretch that is the data itself."""
    group = next((number for number in range(1, (match.re.groups or 0) + 1) if match[number] is not None), 0)
    return match.span(group)


def _free(text: str, start: int, end: int, taken: bytearray, kind: Private) -> Iterator[tuple[int, int]]:
    """Yield what is to be masked of a stretch: all or nothing, but of a name each longer part that nothing has taken."""
    if not any(taken[start:end]):
        if start < end:
            yield start, end
    elif kind is Private.NAME:
        for part in re.finditer(rb"\x00+", bytes(taken[start:end])):
            words = text[start + part.start() : start + part.end()]
            first = start + part.start() + len(words) - len(words.lstrip(" ,.\t"))
            last = start + part.start() + len(words.rstrip(" ,.\t"))
            if last - first > 1:
                yield first, last


def _named(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of a stretch that can be a name: up to the first word that is none."""
    last = start
    for word in re.finditer(r"[^\s,]+", text[start:end]):
        if word[0].strip(".").lower() in NO_NAMES:
            break
        last = start + word.end()
    return start, last


def mask(text: str) -> MaskedText:
    """Return the text with its patient data masked."""
    found = patient_data(text)
    return MaskedText(masked(text, 0, len(text), found), found)


def masked(text: str, start: int, end: int, found: Sequence[PatientData]) -> str:
    """Return `text[start:end]` with each stretch of patient data in it replaced; one that begins before it is left out."""
    return "".join(_pieces(text, start, end, found))


def _pieces(text: str, start: int, end: int, found: Sequence[PatientData]) -> Iterator[str]:
    place = start
    for data in found:
        if data.end <= place or data.start >= end:
            continue
        yield text[place : max(place, data.start)]
        if data.start >= start:
            yield f"[{data.kind.value}]"
        place = min(data.end, end)
    yield text[place:end]


def has_patient_data(text: str) -> bool:
    """Say whether patient data can still be found, also behind look-alike or invisible characters, or a part of a name."""
    if patient_data(text) or _is_name_left(text):
        return True
    return not text.isascii() and bool(patient_data(folded(text)[0]))


def _is_name_left(text: str) -> bool:
    """Say whether a part of a name stands next to its mask, or a title before a word no form of a name knows."""
    if text.isascii() and NAME_MASK not in text:  # the words no form knows have a letter beyond ASCII
        return False
    lefts = (left[1] or left[2] for left in NAME_LEFT.finditer(text))
    return any(word is None or word.strip(".").lower() not in NO_NAMES for word in lefts)
