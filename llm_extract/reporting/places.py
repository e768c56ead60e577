"""Where in a report a finding's own words stand: its name, place, degree, size and change, as spans of the text.

A backend gives a finding and its sentence; the words inside are looked for with the vocabulary. What is not found is not
written by any format.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from llm_extract.findings import Change, ReportFinding, Status
from llm_extract.rules.language import Language, english
from llm_extract.rules.phrases import Match, Words, read_words
from llm_extract.rules.places import MEASURE
from llm_extract.rules.vocabulary import Mode, Vocabulary

Span = tuple[int, int]
_BODY_PARTS = frozenset(
    {
        "heart",
        "silhouette",
        "shadow",
        "contour",
        "size",
        "aorta",
        "lung",
        "volume",
        "hilum",
        "hila",
        "mediastinum",
        "hemidiaphragm",
    }
)
_LARGER = re.compile(
    r"\W*(?:(?:that|which|is|are|of)\W+)*(?:larger|greater|bigger|more|over|above|exceeding|measuring)\W+(?:than\W+)?",
    re.I,
)
_TIPS = frozenset({"tip", "terminate", "terminating", "end", "ending", "project", "projecting"})
_REACH_OF_TIP = 8
_RESOLVED = frozenset({"resolved_before", "resolved_after"})


# Words of degree that say how big something is, not how severe.
_SIZE_WORDS = frozenset(
    {"small", "tiny", "trace", "minute", "small sized", "miniscule", "minuscule", "diminutive"}
    | {"moderate sized", "medium", "medium sized", "large", "large sized", "huge"}
)


@dataclass(frozen=True, slots=True)
class Placed:
    """One finding (`index` in the report's list) and the spans of its words in the report; None or empty where not found."""

    index: int
    finding: ReportFinding
    named: Span
    location: Span | None
    degree: Span | None
    size: Span | None
    change: Span | None


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the words of findings with one vocabulary."""

    vocabulary: Vocabulary
    language: Language

    @classmethod
    def for_vocabulary(cls, vocabulary: Vocabulary) -> "Finder":
        """Return a finder for English reports."""
        return cls(vocabulary, english())

    def place(self, text: str, findings: Sequence[ReportFinding]) -> Iterator[Placed]:
        """Yield each finding whose name stands in its sentence, in the order given.

        A finding read from a normal statement ("heart size is normal") has no words of its own there and is left out. Two
        findings of one observation in a sentence take its mentions in order.
        """
        taken: dict[tuple[int, str], int] = {}
        for index, finding in enumerate(findings):
            words = read_words(text, finding.start, finding.end)
            stems = self.vocabulary.spelled(words)
            named = self._named(finding, words, stems)
            key = (finding.start, finding.observation)
            position = taken.get(key, 0)
            if not named:
                continue
            taken[key] = position + 1
            span, body_part = named[min(position, len(named) - 1)]
            yield Placed(
                index=index,
                finding=finding,
                named=span,
                location=body_part or self._location(finding, words, stems, span),
                degree=self._degree(finding, words, stems, span),
                size=_verbatim(text, finding.size, finding) or _denied_size(text, finding, span),
                change=self._change(finding, words, stems, span),
            )

    def as_stated(self, text: str, findings: Sequence[ReportFinding]) -> tuple[ReportFinding, ...]:
        """Return the findings in the report's own terms: a degree that is a word of size is a size, and no severity.

        Within the product one scale of three steps holds both ("small" counts as mild).
        """
        stated = list(findings)
        for placed in self.place(text, findings):
            finding = placed.finding
            word = " ".join(read_words(text, *placed.degree).stems) if placed.degree else ""
            if word in _SIZE_WORDS:
                size = ", ".join(filter(None, (finding.size if finding.size != word else "", word)))
                stated[placed.index] = replace(finding, severity=None, size=size)
        return tuple(stated)

    def _named(self, finding: ReportFinding, words: Words, stems: Sequence[str]) -> list[tuple[Span, Span | None]]:
        """Return where the sentence names the observation, and the part of the body its own phrase speaks of, if any.

        By the vocabulary's phrases, or by the words of its name where the vocabulary does not know it.
        """
        mentions = self.vocabulary.mentions(stems, bytearray(len(stems)))
        spans = [
            (_span(words, *mention.match.parts[-1]), self._body_part(words, mention.match))
            for mention in mentions
            if mention.observation is not None
            and mention.mode is Mode.NAMED
            and mention.observation.key == finding.observation
            and (not mention.match.gap or self._body_part(words, mention.match))
        ]
        known = finding.observation in self.vocabulary.observations
        return (
            spans
            if spans or known
            else [(span, None) for span in _occurrences(words, stems, read_words(finding.name).stems)]
        )

    @staticmethod
    def _body_part(words: Words, match: Match) -> Span | None:
        """Return the heart of "heart is mildly enlarged": what a name in two parts says something of."""
        if not match.gap or len(match.parts) != 2:
            return None
        first, last = match.parts[0]
        return _span(words, first, last) if words.stems[last - 1] in _BODY_PARTS else None

    def _location(self, finding: ReportFinding, words: Words, stems: Sequence[str], named: Span) -> Span | None:
        """Return the finding's place: the occurrence of its words nearest to its name, outside of it; of a device its tip's."""
        if not finding.location:
            return self._tip(words, stems, named) if finding.is_device else None
        spans = _occurrences(words, stems, read_words(finding.location).stems)
        return _nearest([span for span in spans if span[1] <= named[0] or named[1] <= span[0]], named)

    def _tip(self, words: Words, stems: Sequence[str], named: Span) -> Span | None:
        """Return where a device is said to end: the first place named after "tip", "terminates" or the like."""
        after = [place for place, (start, _) in enumerate(words.spans) if start >= named[0] and stems[place] in _TIPS]
        if not after:
            return None
        places = [match for match in self.language.locations(stems) if 0 < match.start - after[0] <= _REACH_OF_TIP]
        first = min(places, key=lambda match: match.start, default=None)
        if first is None or ";" in stems[after[0] : first.start]:
            return None
        return _span(words, first.start, first.end)

    def _degree(self, finding: ReportFinding, words: Words, stems: Sequence[str], named: Span) -> Span | None:
        """Return the word of degree nearest to the finding's name that has its severity."""
        if finding.severity is None:
            return None
        spans = [
            _span(words, match.start, match.end)
            for kind, value, match in self.language.modified(stems)
            if kind == "severity" and value == finding.severity.value
        ]
        return _nearest([span for span in spans if span[1] <= named[0] or named[1] <= span[0]], named)

    def _change(self, finding: ReportFinding, words: Words, stems: Sequence[str], named: Span) -> Span | None:
        """Return the words of change nearest to the finding's name that say what it states."""
        if finding.change is None:
            return None
        kinds = _RESOLVED if finding.change is Change.RESOLVED else {finding.change.value}
        spans = [
            _span(words, cue.match.start, cue.match.end)
            for cue in self.language.cues(stems, bytearray(len(stems)))
            if cue.kinds & kinds
        ]
        return _nearest([span for span in spans if span[1] <= named[0] or named[1] <= span[0]], named)


def _denied_size(text: str, finding: ReportFinding, named: Span) -> Span | None:
    """Return the measure of what is denied ("no nodule larger than 4 mm"); a finding that is not there has no size of its own."""
    if finding.status is not Status.ABSENT or finding.size:
        return None
    for found in MEASURE.finditer(text, finding.start, finding.end):
        before, after = text[found.end() : named[0]], text[named[1] : found.start()]
        if (found.end() <= named[0] and not before.strip()) or (named[1] <= found.start() and _LARGER.fullmatch(after)):
            return found.span()
    return None


def _span(words: Words, first: int, last: int) -> Span:
    return words.spans[first][0], words.spans[last - 1][1]


def _occurrences(words: Words, stems: Sequence[str], wanted: Sequence[str]) -> list[Span]:
    """Return every place where the words follow each other."""
    size = len(wanted)
    if not size:
        return []
    return [
        _span(words, first, first + size)
        for first in range(len(stems) - size + 1)
        if tuple(stems[first : first + size]) == tuple(wanted)
    ]


def _nearest(spans: Sequence[Span], named: Span) -> Span | None:
    return min(spans, key=lambda span: max(span[0] - named[1], named[0] - span[1]), default=None)


def _verbatim(text: str, part: str | None, finding: ReportFinding) -> Span | None:
    """Return where the sentence holds these very words, whatever spaces stand between them."""
    if not part:
        return None
    found = re.compile(r"\s+".join(map(re.escape, part.split()))).search(text, finding.start, finding.end)
    return found.span() if found else None
