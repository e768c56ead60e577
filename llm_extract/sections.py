"""A report's structure: its headings, and its sentences with exact offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise


class Section(StrEnum):
    """The parts of a report that matter to the reading of a finding."""

    FINDINGS = "findings"
    IMPRESSION = "impression"
    BODY = "body"
    HISTORY = "history"
    COMPARISON = "comparison"
    TECHNIQUE = "technique"
    ADVICE = "recommendation"
    OTHER = "other"


# Sections that state what is on the images.
STATING = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.BODY})

# Names of headings, in lower case.
_HEADINGS = {
    Section.FINDINGS: """findings; finding; report; description; observations; result; results; interpretation; chest findings;
        radiographic findings; findings and impression; wet read; preliminary report; preliminary read; prelim; addendum""",
    Section.IMPRESSION: """impression; impressions; conclusion; conclusions; opinion; summary; diagnosis; assessment;
        final impression; impression and plan""",
    Section.BODY: "final report",
    Section.HISTORY: """indication; indications; history; clinical history; clinical indication; clinical information;
        clinical data; clinical statement; reason for exam; reason for examination; reason for this examination; reason for study;
        reason for the exam; medical condition; underlying medical condition; patient history; past medical history;
        provided history; clinical question; symptoms; reason""",
    Section.COMPARISON: """comparison; comparisons; comparison study; comparison studies; prior studies; prior study; prior exams;
        priors""",
    Section.TECHNIQUE: """technique; techniques; procedure; exam; examination; exam type; study; protocol; views; contrast;
        radiation dose; type of exam; procedure comments""",
    Section.ADVICE: "recommendation; recommendations; follow up; follow-up; plan",
    Section.OTHER: """notification; notifications; communication; attestation; electronically signed; signed by; dictated by;
        critical result; disclaimer; reported by; date; accession number""",
}
_SECTION_OF = {" ".join(name.split()): section for section, names in _HEADINGS.items() for name in names.split(";")}
_NAMES = "|".join(
    re.escape(name).replace(r"\ ", "[ _]") for name in sorted(_SECTION_OF, key=lambda name: (-len(name), name))
)
# "FINDINGS: text", "**Findings:** text", "IMPRESSION -", or a heading alone on its line; what stands before is checked in code.
_HEADING = re.compile(
    rf"(?<![A-Za-z0-9,])(?=[A-Z])({_NAMES})[ \t*_]{{0,4}}(?::[*_]{{0,3}}|[ \t]-(?=\s)|(?=[ \t]{{0,4}}(?:\r?\n|\Z)))",
    re.IGNORECASE,
)
_OPENS_HEADING = frozenset("\n.;:?!]>*#")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|vs|approx|e\.g|i\.e|etc|fig|st|resp|dept|incl|no|pt|min|max|neg|pos|[a-z]))\.\Z",
    re.IGNORECASE,
)
_ENUMERATOR = re.compile(r"\s*(?:[-*•·]+\s+|\(?\d{1,2}[.)]\s+|\(?[a-hA-H]\)\s+|[a-h]\.\s+|\(?(?:i{1,3}|iv|v)\)\s+)+")
# A box opens a line of its own, ticked or not.
_BOX = r"(?:\[[ xX_✓✔]?\]|\([ xX]\)\s|[☐☑☒])"
# A sentence may end at these; the splitter looks at each and decides.
_BREAK = re.compile(
    r"\.[\"')\]]{0,3}(?=\s|\Z|[A-Z])|(?<=\w)[!?](?=\s|\Z)|\n[ \t\r]*\n\s*|(?<=:)[ \t]*\n"
    r"|\n(?=[ \t]{0,8}(?:[-*•·]|\(?\d{1,2}[.)])\s)|(?<=\S)[ \t]+(?=[2-9]\.\s+[A-Z])"
    rf"|\n(?=[ \t]{{0,8}}{_BOX})"
    r"|\n(?=[ \t]{0,8}[A-Z][A-Za-z/ ]{0,40}:)|\n(?=[ \t]{0,8}(?:[A-Z]|\d+(?:\.\d+)?[ -]?[cm]m\b))"
)
# A list inside a line: "a) … b) …", "(a) … (b) …", "1) … 2) …", "i) … ii) …", "a. … b. …" where capitals follow.
_ITEM = re.compile(r"\(?([a-hA-H]|[1-9]|i{1,3}|iv|v)(?:\)(?=\s)|\.(?=\s+[A-Z]))")
_ORDERS = (tuple("abcdefgh"), tuple("ABCDEFGH"), tuple("123456789"), ("i", "ii", "iii", "iv", "v"))
_AFTER = {one: other for order in _ORDERS for one, other in pairwise(order)}
_SECOND_ITEM = re.compile(r"(?:[bB2]|ii)[.)]\s")
_BREAK_OR_ITEM = re.compile(rf"{_BREAK.pattern}|[ \t\r\n]+(?=(?P<item>{_ITEM.pattern}))")
# The answer to what is asked stands in the question's sentence: "Pneumothorax? No."
_ANSWER = re.compile(
    r"\s{1,4}(?:(?:yes|positive|present|none|nil|absent|(?:not|none) (?:seen|present|identified|visible|evident))\b"
    r"|(?:no|neg|negative|pos|possibly|possible|probably|probable|maybe|likely|unlikely|n|y)[ \t]*(?=[.,;]|\r?\n|\Z)"
    r"|(?:not|cannot be|could not be) (?:assessed|evaluated|assessable|evaluable|determined)\b)",
    re.IGNORECASE,
)
# What dots lead to in a form: "Pneumothorax ... no".
_LED_TO = re.compile(
    r"\s{0,4}(?:no|none|nil|neg|negative|absent|yes|pos|positive|present)[ \t]*(?:[.,;]|\r?\n|\Z)", re.IGNORECASE
)
# A full stop without a space behind it, in capitals: whole words on both sides, and no address.
_CAPITALS_BEFORE = re.compile(r"(?<![\w@/.])(?!(?:WWW|MRS|NEG|POS|TEL|EXT)\Z)[A-Z]{3,}\Z")
_CAPITALS_AFTER = re.compile(r"(?!(?:COM|ORG|NET|EDU|GOV)\b)[A-Z]{2,}(?=[\s,.;:]|\Z)")
# The end of a line that goes on below: a mark, or a word that wants another one after it.
_WANTS_MORE = re.compile(
    r"(?:[,(/&]|[.;][ \t]no|\b(?:a|about|an|and|any|approximately|are|as|at|be|been|between|by|evidence|focal|for|from|has|have"
    r"|in|into|is|its|measures|measuring|nor|of|on|or|over|possible|(?:is|are|with) no|since|than|that|the|this|through|to|versus"
    r"|vs|was|were|with|within|without"
    # A name must reach the masking whole.
    r"|(?:dr|mr|mrs|ms|miss|prof|patient|doctor|name|physician|radiologist|nurse)\b\.?(?:[ \t]+[\w.'-]+){0,2}))\Z",
    re.IGNORECASE,
)
# A line that goes on from the one above: a joining word, a degree after a name, or the value of what is named there alone.
_GOES_ON = re.compile(
    r"[ \t]*(?:(?:and|are|is|md|nor|of|or|than|to|was|were)\b"
    r"|(?:absent|negative|nil|no|none|normal|present|yes|(?:not|none) (?:seen|present|identified))[ \t.]*\r?(?:\n|\Z))",
    re.IGNORECASE,
)
_FIRST_WORD = re.compile(r"[ \t]*(\S+)")
# A break inside a sentence: what follows begins with a small letter.
_WRAPPED = re.compile(r"[^.?!:\s][ \t\r]*\n[ \t]*[a-z]")
_NEXT_LINE = re.compile(r"\n[ \t]*\S")
_STOP = re.compile(r"[A-Z]\.(?=\s|\Z)")
# Narrower columns than this are not wrapped text.
_NARROWEST = 40
_LINE_OPENING = re.compile(rf"[ \t]{{0,8}}(?:(?:[-*•·]|\(?\d{{1,2}}[.)])\s|{_BOX}|[A-Z][A-Za-z/ ]{{0,40}}:)")
_LINE_STOP = re.compile(r"[.?!][ \t\r]*\n\s*")
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the report: `text[start:end]`, and the section it stands in."""

    section: Section
    start: int
    end: int


@lru_cache(maxsize=512)
def split_sections(text: str) -> tuple[Span, ...]:
    """Return the report's sections in order, without their headings; text under no known heading is the body.

    One report is asked about by masking, rules and guards in turn, so the last few hundred are remembered.
    A history, comparison or technique ends at a blank line: what follows is body. Spans never overlap.
    """
    spans: list[Span] = []
    section, start = Section.BODY, 0
    for heading in _HEADING.finditer(text):
        before = text[max(start, heading.start() - 12) : heading.start()]
        opened = before.rstrip(" \t_")
        if opened and opened[-1] not in _OPENS_HEADING and not _stands_out(heading, opened):
            continue
        mark = len(before) - len(before.rstrip("*#_ \t"))
        spans.extend(_paragraphs(text, section, start, heading.start() - mark))
        section, start = _SECTION_OF[heading[1].lower().replace("_", " ")], heading.end()
    spans.extend(_paragraphs(text, section, start, len(text)))
    return tuple(spans)


def _stands_out(heading: re.Match[str], before: str) -> bool:
    """Say whether a heading in capitals with a colon follows plain words (reports whose lines were joined)."""
    word = before.rsplit(maxsplit=1)[-1]
    return heading[1].isupper() and heading[0].rstrip("*_").endswith(":") and not word.isupper()


def _paragraphs(text: str, section: Section, start: int, end: int) -> Iterator[Span]:
    """Yield the section, and as body what follows a blank line in one that states nothing of the images."""
    while start < end and text[start].isspace():
        start += 1
    if start >= end:
        return
    gap = None if section in STATING else _BLANK_LINE.search(text, start, end)
    if gap is None:
        yield Span(section, start, end)
        return
    yield Span(section, start, gap.start())
    yield from _paragraphs(text, Section.BODY, gap.end(), end)


@lru_cache(maxsize=512)
def stating_sections(text: str) -> tuple[Span, ...]:
    """Return the sections that say what is on the images, with a fallback for reports without such headings.

    With a findings section, text before the first heading is a title or a note, not a finding. In a report with neither
    findings nor body, what follows the first sentence of a comparison or technique is read as the body (reports whose lines
    were joined). In a report that states nothing so far, so are the lines after the first full stop of a history.
    """
    sections = split_sections(text)
    has_findings = any(span.section is Section.FINDINGS for span in sections)
    first_heading = next((span.start for span in sections if span.section is not Section.BODY), None)
    chosen = tuple(
        span
        for span in sections
        if span.section in STATING
        and not (
            has_findings and span.section is Section.BODY and first_heading is not None and span.start < first_heading
        )
    )
    if has_findings or any(span.section is Section.BODY for span in chosen):
        return chosen
    joined = tuple(sorted((*chosen, *_joined_body(text, sections)), key=lambda span: span.start))
    return joined or tuple(_lines_below(text, sections))


def _joined_body(text: str, sections: tuple[Span, ...]) -> Iterator[Span]:
    """Yield what follows the first sentence of each comparison or technique."""
    for span in sections:
        if span.section in {Section.COMPARISON, Section.TECHNIQUE}:
            sentences = list(split_sentences(text, span))
            if len(sentences) > 1:
                yield Span(Section.BODY, sentences[1].start, span.end)


def _lines_below(text: str, sections: tuple[Span, ...]) -> Iterator[Span]:
    """Yield the lines below each history whose first line ends a sentence."""
    for span in sections:
        stop = _LINE_STOP.search(text, span.start, span.end) if span.section is Section.HISTORY else None
        if stop is not None:
            yield Span(Section.BODY, stop.end(), span.end)


def split_sentences(text: str, span: Span) -> Iterator[Span]:
    """Yield the sentences of a section as trimmed, non-empty spans; list numbers and bullets are left out.

    A line end ends a sentence in a list of one finding a line, not in wrapped prose. Abbreviations and decimals do not end one. A
    sentence of more than 1,000 characters is cut at a space.
    """
    start, width = span.start, None
    for stop in _stops(text, span):
        if stop[0].startswith(".") and _is_inside_sentence(text, start, stop):
            continue
        if stop[0] == "?" and _ANSWER.match(text, stop.end(), span.end):
            continue
        if stop[0] == "\n" and stop.lastgroup != "item" and not _opens_itself(text, stop.end(), span.end):
            width = _wrapped_at(text, span) if width is None else width
            if _is_line_inside_sentence(text, stop.start(), span.end, width):
                continue
        yield from _trimmed(text, Span(span.section, start, stop.end()))
        start = stop.end()
    yield from _trimmed(text, Span(span.section, start, span.end))


def _stops(text: str, span: Span) -> Iterator[re.Match[str]]:
    """Return where sentences may end; inside lines only at list marks that count up."""
    if not _SECOND_ITEM.search(text, span.start, span.end):
        return _BREAK.finditer(text, span.start, span.end)
    return _listed_stops(text, span)


def _listed_stops(text: str, span: Span) -> Iterator[re.Match[str]]:
    """Yield where sentences may end in a section that may hold a list."""
    before = _mark_at(text, span.start, span.end)
    for stop in _BREAK_OR_ITEM.finditer(text, span.start, span.end):
        if stop.lastgroup == "item" and not _follows(text, stop["item"], before, (stop.end(), span.end)):
            continue
        before = _mark_at(text, stop.end(), span.end) or before
        yield stop


def _mark_at(text: str, start: int, end: int) -> str:
    """Return the list mark that stands there, or nothing."""
    while start < end and text[start].isspace():
        start += 1
    mark = _ITEM.match(text, start, end)
    return mark[0] if mark else ""


def _follows(text: str, mark: str, before: str, span: tuple[int, int]) -> bool:
    """Say whether a list mark inside a line is one: the next after the mark before, or the first of several in brackets."""
    bare, bare_before = mark.strip("(.)"), before.strip("(.)")
    if before and mark == before.replace(bare_before, _AFTER.get(bare_before, "")):
        return True
    is_first = bare in {order[0] for order in _ORDERS} and mark.endswith(")")
    return is_first and text.find(f" {mark.replace(bare, _AFTER[bare])} ", *span) >= 0


def _opens_itself(text: str, start: int, end: int) -> bool:
    """Say whether a line begins with a list mark or a name and a colon."""
    return _LINE_OPENING.match(text, start, end) is not None


def _line_before(text: str, end: int) -> str:
    """Return the whole line that ends there, with its heading, if it has one."""
    return text[text.rfind("\n", 0, end) + 1 : end].rstrip()


def _wrapped_at(text: str, span: Span) -> int:
    """Return how wide the lines of a section are that were wrapped; 0 where each line stands for itself.

    A line was wrapped if the next goes on with a small letter; among capitals alone, if there are full stops.
    """
    ends = [match.end() for match in _WRAPPED.finditer(text, span.start, span.end)]
    if not ends and text[span.start : span.end].isupper() and _STOP.search(text, span.start, span.end):
        ends = [match.end() for match in _NEXT_LINE.finditer(text, span.start, span.end)]
    width = max((len(_line_before(text, text.rfind("\n", 0, end))) for end in ends), default=0)
    return width if width >= _NARROWEST else 0


def _is_line_inside_sentence(text: str, line_end: int, section_end: int, width: int) -> bool:
    """Say whether the sentence goes on in the next line: a word is still to come, or the line was wrapped for want of room."""
    line = _line_before(text, line_end)
    if _WANTS_MORE.search(line) or _GOES_ON.match(text, line_end + 1, section_end):
        return True
    if line.endswith("?") and _ANSWER.match(text, line_end, section_end):
        return True
    word = _FIRST_WORD.match(text, line_end + 1, section_end)
    return word is not None and len(line) + 1 + len(word[1]) > width > 0


def _is_inside_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    """Say whether a full stop belongs to an abbreviation, an initial or a list number."""
    before = text[max(start, stop.start() - 8) : stop.start() + 1]
    if stop.start() - start < 5 and ((mark := text[start : stop.start()].strip()).isdigit() or mark in _AFTER):
        return True
    if before[-2:] == ".." and _LED_TO.match(text, stop.end()):
        return True
    after = text[stop.end() : stop.end() + 2].lstrip()
    if stop.end() < len(text) and not text[stop.end()].isspace():
        in_capitals = _CAPITALS_BEFORE.search(text[max(start, stop.start() - 40) : stop.start()])
        is_end = in_capitals is not None and _CAPITALS_AFTER.match(text, stop.end()) is not None
        return not (is_end or text[max(0, stop.start() - 1)].islower())
    return bool(_ABBREVIATION.search(before)) and (
        after[:1].islower() or before.lower().endswith(("dr.", "mr.", "mrs.", "vs."))
    )


def _trimmed(text: str, span: Span) -> Iterator[Span]:
    """Yield the span without outer white space and list marks, in pieces if it is very long."""
    start, end = span.start, span.end
    mark = _ENUMERATOR.match(text, start, end)
    if mark is not None:
        start = mark.end()
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST:
        cut = max(text.rfind(" ", start, start + _LONGEST), text.rfind("\n", start, start + _LONGEST))
        cut = cut if cut > start else start + _LONGEST
        yield Span(span.section, start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield Span(span.section, start, end)
