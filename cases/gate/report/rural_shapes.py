"""Addresses without a street: villages behind their label, "r/o …", what stands between two parts of one, before a postcode."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import Seen, shape, signs, told
from cases.gate.report.report_words import NO_PART
from cases.gate.words import HEADS, kind_of, listed

_PART = r"[A-ZÀ-Þ][\w'’.-]*(?:[ ](?:[A-ZÀ-Þ\d][\w'’.-]*|of|the|upon|on|de|la|du)){0,3}"
# Of India and its neighbours: "vill- bishunpur, ps- kalyanganj", "Dist. Wardha".
_LABELLED = shape(
    r"\b(?i:vill(?:age)?|v\.?p\.?o|p\.?[ ]?s|p\.?[ ]?o|post|dist(?:t|rict)?|teh(?:sil)?|taluk|tal|mandal|thana|mohalla|moh|gram)[ ]?[-–:.]{1,2}[ ]?([^\W\d_][\w'’-]{2,24}(?:[ ][A-ZÀ-Þ][\w'’-]{2,24})?)(?=[ ]*(?:[,;.)\n-]|\Z))",
    told(
        "vill village vpo ps po post dist distt district teh tehsil taluk tal mandal thana mohalla moh gram",
        signs=("-", ":", "."),
    ),
    signs("p.s", "p.o", "p. s", "p. o", "v.p.o"),
)
# "R/o Gali No. 4, Shivaji Chawl", "r/o SCO 44, Sector 9": resident of, where a figure stands among capitals; else "rule out".
_RESIDENT_OF = shape(
    rf"\b[rR]/[oO]\.?[ :](?=[^\n;]{{0,30}}\d)((?:H\.?[ ]?No|House|Flat|Plot|Gali|Gully|SCO|SCF|Sector|Room|Door|D\.?[ ]?No|Qr|Quarter|Block|Ward|Vill(?:age)?|\d)[\w./#-]*[ ]?[\w./#-]*(?:[ ]?[\w./#-]+){{0,4}}(?:,[ ]?{_PART}){{0,4}})",
    signs("r/o"),
)
# "One Palisade Plaza", "Two Harbor Sq".
_IN_WORDS = shape(
    r"\b(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Twelve|Twenty|ONE|TWO|THREE)[ ](?:[A-Z][\w'’-]+[ ]){1,3}(?i:plaza|square|sq|street|st|avenue|ave|road|rd|drive|dr|boulevard|blvd|parkway|pkwy|place|pl|way|lane|ln|court|ct|circle|center|centre|park|wharf|quay)\b\.?",
    told("one two three four five six seven eight nine ten twelve twenty"),
)
# Where two roads meet: "Rt 9 & Shaker Rd", "Elm St & 4th Ave".
_ROAD = r"(?:(?:[A-Z][\w'’-]+|\d{1,3}(?:st|nd|rd|th))[ ]){1,2}(?:Rd|Road|St|Street|Ave|Avenue|Blvd|Hwy|Highway|Ln|Lane|Dr|Drive|Pkwy|Pike|Way)\b"
_NUMBERED = r"(?:Rt|Rte|Route|Hwy|Highway|US|SR|CR|I)[ .-]{1,2}\d{1,4}"
_CROSSING = shape(
    rf"\b(?:{_ROAD}|{_NUMBERED})\.?[ ](?:&|and|@|at)[ ](?:{_ROAD}|{_NUMBERED})",
    told(
        "rd road st street ave avenue blvd hwy highway ln lane dr drive pkwy pike way rt rte route us sr cr i",
        signs=(" & ", " @ ", " and ", " at "),
        outlines=(
            " & A",
            " & 0",
            " @ A",
            " @ 0",
            "a aaa A",
            "a aaa 0",
            "0 aaa A",
            "0 aaa 0",
            "a aa A",
            "a aa 0",
            "0 aa A",
            "0 aa 0",
            ". aaa A",
            ". aaa 0",
            ". aa A",
            ". aa 0",
        ),
    ),
)
_BETWEEN = re.compile(rf",[ ]({_PART}),[ ]?")
_CHUNK_BEFORE = re.compile(rf"(?:(?<=,)|(?<=[:(])|(?<=\n)|\A)[ ]*({_PART}),?[ ]{{1,2}}\Z")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?[ ]{1,3}\d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d|\d{5,6}(?:-\d{4})?")
_THE_BEFORE = re.compile(r"(?:\A|[ ,(:])((?:The|THE)[ ])\Z")
_NEVER = (
    HEADS
    | NO_PART
    | listed("title_case")
    | listed("no_towns")
    | {"postcode", "zip", "eircode", "pin", "code", "postal"}
)


def rural_shapes(seen: Seen) -> Iterator[Place]:
    """Yield villages behind their label, where somebody resides, houses numbered in words, crossings of roads."""
    for form in (_LABELLED, _RESIDENT_OF, _IN_WORDS, _CROSSING):
        for match in form.found_in(seen):
            yield *match.span(match.lastindex or 0), Private.ADDRESS


def parts_of_addresses(text: str, found: Sequence[Place]) -> Iterator[Place]:
    """Yield what stands between two parts of an address, before its postcode, and "The" before a house's name."""
    known = sorted(place for place in found if place[2] in {Private.ADDRESS, Private.PLACE})
    ends = {end for _, end, _ in found}
    for (_, end, kind), (start, _, _) in pairwise(known):
        between = _BETWEEN.fullmatch(text, end, start) if kind is Private.ADDRESS and 4 < start - end < 40 else None
        if between and _is_free(between[1]):
            yield *between.span(1), Private.ADDRESS
    for start, end, kind in known:
        if kind is not Private.ADDRESS:
            continue
        if the := _THE_BEFORE.search(text, max(0, start - 6), start):
            yield the.start(1), start, Private.ADDRESS
        if _POSTCODE.fullmatch(text, start, end):
            yield from _before_a_postcode(text, start, ends)


def _before_a_postcode(text: str, start: int, ends: set[int]) -> Iterator[Place]:
    for _ in range(3):
        chunk = _CHUNK_BEFORE.search(text, max(0, start - 48), start)
        if not chunk or not _is_free(chunk[1]):
            return
        if chunk.end(1) not in ends:
            yield *chunk.span(1), Private.ADDRESS
        start = chunk.start(1)


def _is_free(written: str) -> bool:
    """Say whether no word of it is one of headings, roles or parts of the body."""
    low = re.findall(r"[^\W\d_][\w'’-]*", written.lower())
    return bool(low) and not any(word in _NEVER for word in low) and any(len(word) > 2 or kind_of(word) for word in low)
