"""Patient data in a report, found by its form and masked before the text leaves the machine."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.gate.forms import Private, in_small_letters
from cases.gate.name_forms import TITLE
from cases.gate.patient_forms import DE_IDENTIFIED, FORMS, NAME_LEFT, NAME_MASK, NEED_A_DIGIT
from cases.gate.people import people
from cases.gate.words import NAME, NO_NAMES, SELDOM_NAMES, SENTENCE_WORDS, Word, kind_of
from core.hidden import folded

_TITLED = re.compile(rf"\b{TITLE}\.?\s*\Z")
_MODALITIES = frozenset({"MR", "MS"})  # "MR BRAIN" is no man
_NOBODY = frozenset({"m", "f"})  # man and woman, as forms write them
_DIGIT = re.compile(r"\d")
# Of these what nothing has taken is masked even where a part was taken; of the others all or nothing.
_IN_PARTS = frozenset({Private.NAME, Private.ADDRESS, Private.PLACE})


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


def patient_data(text: str, *, by_words: bool = True) -> tuple[PatientData, ...]:
    """Return what may name a patient or a person in the text, in order, never overlapping.

    By their form, which is the same for anybody: days, times, numbers, telephones, network and postal addresses, places,
    great ages, names after a title or in a signature (HIPAA's Safe Harbor, 45 CFR 164.514(b)(2)). Then by their words:
    people and towns in running text (`people`), unless ``by_words`` is False. It knows no meaning, so this is a second
    fence behind de-identification, not the first.
    """
    taken = bytearray(len(text))
    for mark in DE_IDENTIFIED.finditer(text):
        taken[mark.start() : mark.end()] = b"\x02" * (mark.end() - mark.start())
    found: list[PatientData] = []
    has_digit = bool(_DIGIT.search(text))
    small = in_small_letters(text)
    for form in FORMS:
        kind = form.kind
        if kind in NEED_A_DIGIT and not has_digit:
            continue
        for match in form.matches(text, small):
            start, end = _data(match)
            if kind is Private.NAME:
                start, end = _named(text, start, end)
            for first, last in _free(text, start, end, taken, kind):
                taken[first:last] = b"\x01" * (last - first)
                found.append(PatientData(first, last, kind))
    names = [(data.start, data.end) for data in found if data.kind is Private.NAME]
    for start, end, kind in people(text, names) if by_words else ():
        for first, last in _free(text, start, end, taken, kind):
            taken[first:last] = b"\x01" * (last - first)
            found.append(PatientData(first, last, kind))
    return tuple(_joined(text, sorted(found, key=lambda data: data.start)))


def _joined(text: str, found: Sequence[PatientData]) -> Iterator[PatientData]:
    """Yield the stretches, two names with nothing but blanks between as one."""
    last: PatientData | None = None
    for data in found:
        if last and data.kind is last.kind is Private.NAME and not text[last.end : data.start].strip(" "):
            last = PatientData(last.start, data.end, data.kind)
            continue
        if last:
            yield last
        last = data
    if last:
        yield last


def _data(match: re.Match[str]) -> tuple[int, int]:
    """Return the stretch that is the data itself."""
    helpers = match.re.groupindex.values()
    group = next((at for at in range(1, match.re.groups + 1) if match[at] is not None and at not in helpers), 0)
    return match.span(group)


def _free(text: str, start: int, end: int, taken: bytearray, kind: Private) -> Iterator[tuple[int, int]]:
    """Yield what is to be masked of a stretch: all or nothing; of a name, an address or a place each part that is free."""
    if not any(taken[start:end]):
        if start < end:
            yield start, end
    elif kind in _IN_PARTS:
        for part in re.finditer(rb"\x00+", bytes(taken[start:end])):
            words = text[start + part.start() : start + part.end()]
            first = start + part.start() + len(words) - len(words.lstrip(" ,.\t"))
            last = start + part.start() + len(words.rstrip(" ,.\t"))
            if last - first > 1:
                yield first, last


def _named(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of a stretch that can be a name: up to the first word that is none."""
    last, is_shouted = start, text[start:end].isupper()
    for word in re.finditer(r"[^\s,]+", text[start:end]):
        low = word[0].strip(".").lower()
        title = _title_before(text, start) if last == start else ""
        if low in NO_NAMES or (title in _MODALITIES and low in SELDOM_NAMES):
            break
        if (not title or title in _MODALITIES) and _is_plain(low, is_shouted):
            break
        last = start + word.end()
    return start, last


def _title_before(text: str, start: int) -> str:
    """Return the title that ends here, as it is written; "" for none."""
    title = _TITLED.search(text, max(0, start - 12), start)
    return title[0].strip() if title else ""


def _is_plain(word: str, is_shouted: bool) -> bool:
    """Say whether a word after a name is an ordinary one that nobody is called."""
    kind = kind_of(word)
    return len(word) > 2 and bool(
        kind & Word.ORDINARY and (not kind & NAME or (is_shouted and word in SENTENCE_WORDS and not kind & Word.LIKELY))
    )


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
    # Folded text has small letters alone: by its words, half of French would be names.
    return not text.isascii() and bool(patient_data(folded(text)[0], by_words=False))


def _is_name_left(text: str) -> bool:
    """Say whether a part of a name stands next to its mask, or a title before a word no form of a name knows."""
    if text.isascii() and NAME_MASK not in text:  # the words no form knows have a letter beyond ASCII
        return False
    lefts = (left[1] or left[2] for left in NAME_LEFT.finditer(text))
    return any(word is None or not _names_nobody(word.strip(".").lower()) for word in lefts)


def _names_nobody(word: str) -> bool:
    """Say whether a word after a masked name is an ordinary one."""
    kind = kind_of(word) if word.isascii() else 0
    return word in _NOBODY or word in NO_NAMES or bool(kind & Word.ORDINARY and not kind & Word.LIKELY)
