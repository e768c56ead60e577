"""Streets and towns by where they stand: on the line above a town with its postcode, in a row of commas that one ends, beside a street."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import outlines, shape
from cases.gate.report.report_words import NO_PART, ORDINARY, TOWN, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_REGION = (
    r"(?:A[BLKZR]|BC|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[BDEAINSOT]|N[BCDEHJLMSTUVY]|O[HKNR]|P[AERQ]|QC|RI|S[CDK]|T[NX]|UT|V[TA]|W[AVIY]|YT|NSW|VIC|QLD|TAS|DC"
    r"|[A-Z]\.[A-Z]\.|[A-Z][a-zé]{3,}(?:[ ][A-Z][a-z]{3,})?)"
)
_POSTCODE = r"(?:\d{5}(?:-\d{4})?|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]?[ ]{1,2}\d[A-Z]{2}|\d{3}[ ]?\d{3}|(?:(?<=NSW )|(?<=VIC )|(?<=QLD )|(?<=TAS )|(?<=ACT )|(?<= NT )|(?<= SA )|(?<= WA ))\d{4}|[A-Z]\d\d[ ][A-Z\d]{4})"
# A line that is a town, its state or province and its postcode: the line above it is a street.
_TOWN_LINE = shape(
    rf"\n[ \t]*([A-ZÀ-Þ][\w'’.-]+(?:[ ][A-ZÀ-Þa-z][\w'’.-]*){{0,3}}),?[ ]{{1,2}}\(?(?P<region>{_REGION})\)?[ ,–-]{{1,3}}(?P<code>{_POSTCODE})(?![\w-])",
    outlines("00000", "A0A 0A0", "A0A0A0", "0 0AA", "0A 0AA", "000 000", "A 0000", "A00 A", "A00 0"),
)
_STREET_LINE = re.compile(
    r"(?:\A|\n)[ \t]*((?:(?:\d{1,5}(?:[-/]\d{1,4})?(?:[ -]?[A-Z])?|One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten),?[ ]|(?i:P\.?[ ]?O\.?[ ]Box|Suite|Ste|Unit|Apt|Flat|RR|HC)[ ]?#?\d)[^\n:;|]{3,60}?)[ \t,]*\Z"
)
_IS_NO_STREET = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d|\b(?:mm|cm|ml|mg|views?|yo|year|years|am|pm)\b|[%=<>]", re.IGNORECASE
)
# A chunk of an address between commas: capitals, figures, small words within ("des", "of").
_CHUNK = r"(?:(?:[A-ZÀ-Þ\d#][\w'’./#-]*|Opp\.?|Nr\.?|[Nn]ear|[Bb]ehind|[Oo]ff)(?:[ ](?:[A-ZÀ-Þ\d#(][\w'’./#)-]*|de|des|du|la|le|rue|boulevard|avenue|bureau|étage|of|the|upon|on)){0,5}|rue[ ][^,\n]{3,30}|boulevard[ ][^,\n]{3,30}|bureau[ ]\d+)"
_ROW_BEFORE = re.compile(
    rf"(?:(?<=[:(*|–—])|(?<=[ ]-)|(?<=\n)|(?<=[ ]{{2}})|\A)[ ]*({_CHUNK}(?:,[ ]{_CHUNK}){{1,5}})(?:,?[ ]S?\(?|[ ]?[-–·/|][ ]?)?\Z"
)
# A postcode behind its town with a dash or a bracket: "Kollipara - 522 304", "S(560318)".
_INDIAN = shape(
    r"(?<=[a-zA-Z)])(?:[ ]?[-–][ ]?|,?[ ]S\(|[ ])(\d{3}[ ]?\d{3})(?!\w|[.,]\d|[ ]?[-–/]\d)",
    outlines("a 000 000", "A 000 000", "- 000 000", "a 000000", "A 000000", "-000000", "- 000000", "(000000"),
)
_HAS_A_STREET = re.compile(
    r"\d|(?i:\b(?:road|rd|street|st|lane|marg|nagar|avenue|ave|blvd|highway|hwy|complex|arcade|plaza|chowk|salai|cross|main|colony|layout|sector|phase|floor|opp|near|behind|bldg|tower|house|cottage|farm|brgy|barangay|purok|dist|distt|taluk|tehsil|vill|village|rue|boulevard|circle|bazaar|extension|enclave|line)\b)"
)
# What stands before a town and its postcode on one line: "112-B Hollis St. / Elmira NY 14901".
_STREET_BEFORE = re.compile(
    r"(?:(?<=[\n:(|,–—·])|(?<=[ ][-–])|\A)[ ]*((?:\d{1,5}(?:[-/]\d{1,4})?(?:-?[A-Z])?)[ ](?:[NSEW]\.?[ ])?(?:[A-ZÀ-Þ][\w'’.-]*[ ]?){1,4}(?:,[ ](?:Suite|Ste|Unit|Apt|\d{1,2}(?:st|nd|rd|th)[ ]Floor)\.?[ ]?\w*)?)[ ]?(?:[,·/|–-][ ]?)?\Z"
)
_ANY_POSTCODE = re.compile(rf"(?<![\w.-]){_POSTCODE}(?![\w-])")
# A town no list need have: before its state at a line's end or a column's, before a province in brackets, "Kaniva-area", "in St. Orsa".
_BEFORE_A_STATE = shape(
    r"(?:(?<=\n)|(?<=[ ]{2})|(?<=[,*·|/–—-] )|\A)[ \t]*((?:(?:New|NEW|St\.?|ST\.?|Fort|FORT|Lake|LAKE|Mount|Port|North|South|East|West)[ ])?[A-ZÀ-Þ][\w'’-]{3,20})"
    r"(?:,?[ ](?:A[LKZ]|C[AO]|FL|GA|I[LA]|K[SY]|M[INOT]|N[EVHJMYC]|O[HK]|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]|ON|BC|AB|SK|MB|NS|NB|QC|NL|NSW|VIC|QLD|TAS|La\.|Miss\.|Ont\.|Que\.)(?=[ \t]*(?:\n|\Z|[·|*])|[ ]{2})"
    r"|[ ]\((?:Qu[ée]bec|QC|Ontario|ON|BC|Alberta|Manitoba)\))",
    outlines(
        "a AA\n", "A AA\n", "a AAA\n", "A AAA\n", "a Aa.", "a Aaa.", "a Aaaa.", ", AA\n", "a AA ", "A AA ", "a (A"
    ),
)
_REGIONAL = shape(r"(?<![\w'’-])([A-ZÀ-Þ][a-zà-ÿ'’]{3,20})-(?:area|region|based)(?![\w-])", outlines("a-aaaa "))
_NEVER = HEADS | NO_PART | NO_NAMES | SENTENCE_WORDS | ABBREVIATIONS | listed("technique")


_LABELS = listed("number_labels") | ABBREVIATIONS | (NO_PART - HEADS)
_NO_PART_OF_IT = _NEVER | listed("title_case")
# A street of which no number need stand before, on the line of a house that is found or the one below: "[…], Weir Point Road".
_STREET_AFTER = re.compile(
    r"(?:[ ]?[,*·|–—-][ ]|[ ]*\n[ \t]*)((?:[A-ZÀ-Þ][\w'’.-]*(?:,?[ ])){1,4}?(?i:road|rd|street|lane|avenue|ave|highway|boulevard|blvd|drive|parade|marg|nagar|chowk|cross|terrace|crescent|plaza|circle|bypass|esplanade|embankment)\b\.?"
    r"(?:,?[ ](?:[A-ZÀ-Þ#\d][\w'’.#-]*)){0,5}(?:,[ ](?:[A-ZÀ-Þ][\w'’.-]*[ ]?){1,3}){0,2})(?=[ ]*(?:\n|\Z|[ ]{2}|[|;*·]))"
)


def letterheads(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield the streets above and before a town with its postcode, the rows of commas that one ends, towns before their state."""
    text = words.text
    yield from _towns(words)
    if not words.seen.has_figure and not any(kind is Private.PLACE for _, _, kind in found):
        return
    for match in _TOWN_LINE.found_in(words.seen):
        if _is_known(found, match.start("code"), match.end("code")) and _may_be_a_town(match):
            yield *match.span(1), Private.ADDRESS
            yield from _lines_above(text, match.start())
    for start in _with_postcodes(text, found):
        if row := _row_before(text, start):
            yield *row, Private.ADDRESS
        elif (before := _STREET_BEFORE.search(text, max(0, start - 70), start)) and _may_be_a_street(before[1]):
            yield *before.span(1), Private.ADDRESS
    for code in _INDIAN.found_in(words.seen):
        if row := _row_before(text, code.start()):
            yield *row, Private.ADDRESS
            yield *code.span(1), Private.ADDRESS
    yield from _beside_houses(text, found)


def _towns(words: Words) -> Iterator[Place]:
    """Yield what stands before a state at a line's end or in brackets and may be a town."""
    for form in (_BEFORE_A_STATE, _REGIONAL):
        for match in form.found_in(words.seen):
            kind = kind_of(match[1].lower().split(" ")[-1])
            is_known = match[1].lower() in _NO_PART_OF_IT or match[1].lower() in EPONYMS
            if not is_known and (not kind or bool(kind & TOWN) or not kind & ORDINARY):
                yield *match.span(1), Private.ADDRESS


def _beside_houses(text: str, found: Sequence[Place]) -> Iterator[Place]:
    """Yield the streets behind a hospital's name or below it."""
    for _, end, kind in found:
        street = _STREET_AFTER.match(text, end) if kind is Private.PLACE else None
        if street and _NEVER.isdisjoint(re.findall(r"[^\W\d_]{3,}", street[1].lower())):
            yield *street.span(1), Private.ADDRESS


def _lines_above(text: str, end: int) -> Iterator[Place]:
    for _ in range(2):
        street = _STREET_LINE.search(text, max(0, end - 90), end)
        if not street or _IS_NO_STREET.search(street[1]) or not _may_be_a_street(street[1]):
            return
        yield *street.span(1), Private.ADDRESS
        end = street.start()


def _with_postcodes(text: str, found: Sequence[Place]) -> list[int]:
    """Where the parts of addresses begin that a postcode ends, itself or the next part close behind."""
    starts: list[int] = []
    for start, end, kind in sorted(found, reverse=True):
        gap = text[end : starts[-1]] if starts else "\n"
        is_close = "\n" not in gap and len(gap) < (26 if kind is Private.ADDRESS else 6)
        if not (kind is Private.ADDRESS or (is_close and kind in {Private.NAME, Private.PLACE})):
            continue
        if is_close or _ANY_POSTCODE.search(text, start, end):
            starts.append(start)
    return starts


def _row_before(text: str, end: int) -> tuple[int, int] | None:
    row = _ROW_BEFORE.search(text, max(0, end - 130), end)
    if not row or not _HAS_A_STREET.search(row[1]) or _IS_NO_STREET.search(row[1]):
        return None
    first = row.start(1)
    for chunk in re.finditer(r"([^,]+),[ ]", row[1]):
        low = re.findall(r"[^\W\d_]+", chunk[1].lower())
        is_person = not NO_PART.isdisjoint(low) and not any(map(str.isdigit, chunk[1]))
        if not is_person and (not _NO_PART_OF_IT.issuperset(low) or any(map(str.isdigit, chunk[1]))):
            break
        first = row.start(1) + chunk.end()
    return (first, row.end(1)) if _may_be_a_street(row[1]) else None


def _is_known(found: Sequence[Place], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last, _ in found)


def _may_be_a_town(match: re.Match[str]) -> bool:
    """Say whether no word of it labels a number, and six figures stand behind a region that is written out."""
    low = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", match[1])}
    is_indian = len(re.sub(r"\D", "", match["code"])) == 6
    return low.isdisjoint(_LABELS) and not low <= _NO_PART_OF_IT and not (is_indian and match["region"].isupper())


def _may_be_a_street(written: str) -> bool:
    """Say whether no word of it is one of a report alone, and one may be a name."""
    low = [word.lower() for word in re.findall(r"[^\W\d_][\w'’-]+", written)]
    return bool(low) and sum(word in _NEVER and len(word) > 2 for word in low) * 2 <= len(low)
