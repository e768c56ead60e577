"""Patient data in a report, found by its form and masked before the text leaves the machine."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cases.gate.report.account_shapes import accounts
from cases.gate.report.address_shapes import around_streets, loose_streets, widened
from cases.gate.report.company import in_company
from cases.gate.report.completed_shapes import completed
from cases.gate.report.date_forms import TIME_OF_A_DAY
from cases.gate.report.day_shapes import beside_days
from cases.gate.report.dwellings import beside, dwellings
from cases.gate.report.forms import Forms, Place, Private
from cases.gate.report.initial_shapes import initial_shapes
from cases.gate.report.known_names import known_names
from cases.gate.report.labels import labels
from cases.gate.report.letterhead_shapes import letterheads
from cases.gate.report.lined_shapes import by_line
from cases.gate.report.looks import Seen, look_at
from cases.gate.report.name_forms import TITLE
from cases.gate.report.name_parts import parts_of_names
from cases.gate.report.name_shapes import beside_names, name_shapes
from cases.gate.report.number_shapes import formed_numbers, loose_days, loose_numbers, numbers_behind
from cases.gate.report.pair_shapes import pair_shapes
from cases.gate.report.patient_forms import DE_IDENTIFIED, FORMS, NAME_LEFT, NAME_MASK, NEED_A_DIGIT
from cases.gate.report.people import people
from cases.gate.report.report_words import read
from cases.gate.report.role_shapes import role_shapes
from cases.gate.report.rural_shapes import parts_of_addresses, rural_shapes
from cases.gate.report.sign_in_shapes import sign_in_shapes
from cases.gate.report.sign_off_shapes import sign_offs
from cases.gate.report.signatures import signatures
from cases.gate.report.spelled_shapes import spelled
from cases.gate.report.told_shapes import told_names
from cases.gate.report.unexplained import unexplained
from cases.gate.report.work_shapes import firms_go_on, work_places
from cases.gate.words import ABBREVIATIONS, NAME, NO_NAMES, SELDOM_NAMES, SENTENCE_WORDS, Word, kind_of, listed
from core.hidden import folded

_TITLED = re.compile(rf"\b{TITLE}\.?\s*\Z")
_MODALITIES = frozenset({"MR", "MS"})  # "MR BRAIN" is no man
_NOBODY = frozenset({"m", "f"})  # man and woman, as forms write them
_DEGREES = listed("degrees") | frozenset({"m.d", "d.o", "r.n", "p.a"})
_HL7_BREAK, _BREAK = "\\.br\\", "\n    "  # a line's end as HL7 escapes it, and one as long
_DIGIT = re.compile(r"\d")
# Of these what nothing has taken is masked even where a part was taken; of the others all or nothing.
_IN_PARTS = frozenset({Private.NAME, Private.ADDRESS, Private.PLACE, Private.NUMBER, Private.PHONE})
_FORMS = Forms(FORMS)
_WITHOUT_DIGITS = Forms([form for form in FORMS if form.kind not in NEED_A_DIGIT and not form.needs_a_digit])
_IN_FIGURES = frozenset({Private.NUMBER, Private.PHONE})


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


def patient_data(text: str, *, by_words: bool = True, named: Iterable[str] = ()) -> tuple[PatientData, ...]:
    """Return what may name a patient or a person in the text, in order, never overlapping.

    By their form, which is the same for anybody: days, times, numbers, telephones, network and postal addresses, places,
    great ages, names after a title or in a signature (HIPAA's Safe Harbor, 45 CFR 164.514(b)(2)). Then by their words:
    people and towns in running text (`people`), unless ``by_words`` is False. Names that are known of the patient
    (``named``) go before all. It knows no meaning, so this is a second
    fence behind de-identification, not the first.
    """
    text = text.replace(_HL7_BREAK, _BREAK)
    taken = bytearray(len(text))
    for mark in DE_IDENTIFIED.finditer(text):
        taken[mark.start() : mark.end()] = b"\x02" * (mark.end() - mark.start())
    found: list[PatientData] = []

    def take(places: Iterable[Place]) -> None:
        for start, end, kind in places:
            for first, last in _free(text, start, end, taken, kind):
                taken[first:last] = b"\x01" * (last - first)
                found.append(PatientData(first, last, kind))

    def known() -> list[Place]:
        return [(data.start, data.end, data.kind) for data in found]

    seen = look_at(text)
    take(known_names(text, named))
    take(spelled(seen))
    take(formed_numbers(seen))
    take(_by_form(seen))
    if by_words:
        take(rural_shapes(seen))
        words = read(seen)
        fields = list(labels(words))
        take(signatures(words, fields))
        take(work_places(words, fields))
        take(dwellings(words, fields))
        take(people(words, [(data.start, data.end) for data in found if data.kind is Private.NAME]))
        take(beside(words, known()))
        take(sign_in_shapes(seen))
        take(name_shapes(words))
        take(told_names(words))
        take(by_line(words))
        take(pair_shapes(words))
        take(role_shapes(words))
        take(beside_names(words, known()))
        take(initial_shapes(words))
        take(sign_offs(words))
        take(loose_days(seen))
        take(beside_days(words, known()))
        take(loose_streets(seen))
        take(_outside_days(loose_numbers(seen), known()))
        take(numbers_behind(text, known()))
        take(unexplained(words, taken, known()))
        take(in_company(words, known()))
        take(parts_of_names(words, known()))
        take(completed(words, known()))
        take(accounts(words, known()))
        take(firms_go_on(text, known()))
        take(letterheads(words, known()))
        take(beside(words, known()))
        take(parts_of_addresses(text, known()))
        take(around_streets(text, known()))
        found = [_widened(text, data, taken) for data in found]
    return tuple(_joined(text, sorted(found, key=lambda data: data.start)))


def _by_form(seen: Seen) -> Iterator[Place]:
    """Yield what is patient data by its form, in the order of the forms."""
    text = seen.text
    for form in (_FORMS if seen.has_figure else _WITHOUT_DIGITS).of(seen):
        for match in form.matches(seen):
            start, end = _data(match)
            if form.kind is Private.NAME:
                start, end = _named(text, start, end)
            elif form.kind is Private.DATE and (time := TIME_OF_A_DAY.match(text, end)):
                end = time.end()
            yield start, end, form.kind


def _outside_days(places: Iterable[Place], found: Sequence[Place]) -> Iterator[Place]:
    """Yield the places of which no part is of a day: a time of day behind it is no number."""
    days = [(start, end) for start, end, kind in found if kind is Private.DATE]
    for place in places:
        if not any(start < place[1] and place[0] < end for start, end in days):
            yield place


def _widened(text: str, data: PatientData, taken: bytearray) -> PatientData:
    """Return the stretch with what goes with it, as far as nothing else has taken that."""
    start, end = widened(text, data.start, data.end, data.kind)
    start = data.start if any(taken[start : data.start]) else start
    end = data.end if any(taken[data.end : end]) else end
    if (start, end) == (data.start, data.end):
        return data
    taken[start:end] = b"\x01" * (end - start)
    return PatientData(start, end, data.kind)


def _is_one(text: str, first: PatientData, second: PatientData) -> bool:
    """Say whether two stretches are one: names with blanks between, parts of an address side by side."""
    between = text[first.end : second.start]
    if first.kind is second.kind is Private.ADDRESS:
        return (not between.strip(" ,") and len(between) < 3) or between in {", off ", " off ", ", near ", ", opp. "}
    return first.kind is second.kind is Private.NAME and not between.strip(" ")


def _joined(text: str, found: Sequence[PatientData]) -> Iterator[PatientData]:
    """Yield the stretches, two that are one as one."""
    last: PatientData | None = None
    for data in found:
        if last and _is_one(text, last, data):
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
            if text[first:last].strip(".").lower() in _DEGREES:
                continue
            is_initial = kind is Private.NAME and text[first:last].isalpha()
            if (last - first > 1 or is_initial) and (kind not in _IN_FIGURES or _DIGIT.search(text, first, last)):
                yield first, last


def _named(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of a stretch that can be a name: up to the first word that is none."""
    last, is_shouted = start, text[start:end].isupper()
    title = _title_before(text, start)
    if "/" in text[start:end]:
        return start, end  # of who dictated and who typed
    if (not is_shouted and title in _MODALITIES) or (title == "SIR" and end - start < 2):
        return start, start  # "prior MR. Benign calcifications", a complication "SIR A"
    for word in re.finditer(r"[^\s,]+", text[start:end]):
        low = word[0].strip(".").lower()
        title = _title_before(text, start) if last == start else ""
        if (
            low in NO_NAMES
            or (low in ABBREVIATIONS and last == start and not title)
            or (title in _MODALITIES and low in SELDOM_NAMES)
        ):
            break
        if (not title or title in _MODALITIES) and _is_plain(low, is_shouted):
            break
        last = start + word.end()
    return start, last


def _title_before(text: str, start: int) -> str:
    """Return the title that ends here, as it is written; "" for none."""
    title = _TITLED.search(text, max(0, start - 12), start)
    return title[0].strip(" .\t\n") if title else ""


def _is_plain(word: str, is_shouted: bool) -> bool:
    """Say whether a word after a name is an ordinary one that nobody is called."""
    kind = kind_of(word)
    if "-" in word and not kind_of(word.rpartition("-")[2]) & Word.ORDINARY:
        return False  # "Gwyneth Ap-Rhys"
    return len(word) > 2 and bool(
        kind & Word.ORDINARY and (not kind & NAME or (is_shouted and word in SENTENCE_WORDS and not kind & Word.LIKELY))
    )


def mask(text: str, named: Iterable[str] = ()) -> MaskedText:
    """Return the text with its patient data masked, the names ``named`` among it."""
    found = patient_data(text, named=named)
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
