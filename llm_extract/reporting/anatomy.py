"""Parts of the body a report says something of by themselves: how large they are, that they are gone, or perhaps there.

Findings are abnormal observations; "the liver measures 17 cm" and "the spleen is surgically absent" are none. Only RadGraph's
kinds ask for them, so they are read from the report when it is written out, by a few words (`anatomy.yaml`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from llm_extract.findings import Status
from llm_extract.reporting.places import Span
from llm_extract.rules.language import Language
from llm_extract.rules.phrases import PhraseTable, expand, read_words
from llm_extract.rules.places import IS_DISTANCE, IS_EARLIER, MEASURE
from llm_extract.sections import split_sentences, stating_sections

_DATA = Path(__file__).with_name("anatomy.yaml")
# What may follow a part's name where the name stands for itself, not for the place of a finding.
_STANDS_ALONE = re.compile(
    r"\s*(?:[.,;)]|\Z|\b(?:is|are|was|has|measures|seen|identified|noted|present)\b)", re.IGNORECASE
)
_GONE_AFTER = re.compile(
    r"\s*(?:is|are|has been|have been|was|were)\s+(?P<doubt>likely |probably |possibly |apparently )?"
    r"(?:(?:surgically|congenitally|post\s?surgically)\s+)?(?:absent|removed|resected|excised|surgically absent)\b",
    re.IGNORECASE,
)
_GONE_BEFORE = re.compile(
    r"\b(?P<doubt>likely |probable |possible |probably |possibly )?"
    r"(?:(?:surgically|congenitally) absent|absent|absence of (?:the )?|agenesis of (?:the )?)\s*\Z",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    r"\s*(?:is|are|was|were)\s+(?:not|n't)\s+(?:(?:definitely|clearly|confidently|definitively)\s+)?"
    r"(?:seen|visuali[sz]ed|identified|demonstrated)\b",
    re.IGNORECASE,
)
_PERHAPS = re.compile(
    r"\b(?:possible|probable|likely|questionable|suspected|may be an?|possibly an?|probably an?)\s+\Z", re.I
)
_NO = re.compile(r"\bno (?:evidence of )?(?:an? )?\Z", re.IGNORECASE)
# From a part's name to its measure: "measures approximately", "is", "at", "=", ":", and few words between.
_MEASURES = re.compile(
    r"(?:\s+\w+){0,4}?\s*\b(?:measur(?:es?|ing|ed)|spans?|(?:does|do) not (?:exceed|measure)|exceeds?)\b(?:\W*\w+){0,5}?\W*\Z"
    r"|\s*(?:[:=(]\s*)?(?:(?:is|are|at|of)\s+)?(?:(?:approximately|about|up to|normal at|probably|likely|possibly)\s+)*\Z",
    re.IGNORECASE,
)
_DOUBTED = re.compile(r"\b(?:possibly|probably|likely|perhaps|questionabl[ey]|may)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:does|do|did) not\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the body, whether it is there, and the size a report gives it, with how surely."""

    span: Span
    status: Status
    size: Span | None = None
    size_status: Status = Status.PRESENT


@lru_cache(maxsize=1)
def _lexicon() -> PhraseTable:
    """Return the names of parts; value 1 marks those that not everybody has."""
    data: Mapping[str, list[str]] = yaml.safe_load(_DATA.read_text("utf-8"))
    table = PhraseTable()
    for value, key in ((1, "variants"), (0, "organs")):
        for pattern in data[key]:
            for stems in expand(pattern, {}):
                table.add(stems, value)
    return table


def read_parts(text: str, language: Language) -> tuple[Part, ...]:
    """Return the parts that the report's own sections measure, miss or suspect, in the order of the text.

    A part that is only where a finding lies is none of them. Sentences that speak to a machine say nothing.
    """
    return tuple(
        part
        for section in stating_sections(text)
        for sentence in split_sentences(text, section)
        for part in _of_sentence(text, (sentence.start, sentence.end), language)
    )


def _of_sentence(text: str, bounds: Span, language: Language) -> Iterator[Part]:
    words = read_words(text, *bounds)
    matches = _lexicon().find(words.stems, bytearray(len(words.stems)))
    if not matches or language.is_instruction(words.stems):
        return
    sizes = _sizes(text, bounds)
    for number, match in enumerate(matches):
        span = words.spans[match.start][0], words.spans[match.end - 1][1]
        following = words.spans[matches[number + 1].start][0] if number + 1 < len(matches) else bounds[1]
        before, after = text[bounds[0] : span[0]], text[span[1] : following]
        status = _status(before, after, is_variant=1 in match.values)
        size = _size(text, span, following, sizes)
        if status is not None or size is not None:
            yield Part(span, status or Status.PRESENT, size, _size_status(text, span, size))


def _status(before: str, after: str, *, is_variant: bool) -> Status | None:
    """Return whether the words around a part say that it is gone, perhaps gone or perhaps there; None where they do not."""
    gone = _GONE_AFTER.match(after) or (_GONE_BEFORE.search(before) if _STANDS_ALONE.match(after) else None)
    if gone:
        return Status.UNCERTAIN if gone["doubt"] else Status.ABSENT
    if _UNSEEN.match(after):
        return Status.UNCERTAIN
    if is_variant and _STANDS_ALONE.match(after):
        if _NO.search(before):
            return Status.ABSENT
        if _PERHAPS.search(before):
            return Status.UNCERTAIN
    return None


def _sizes(text: str, bounds: Span) -> Sequence[Span]:
    """Return the measures of a sentence that are sizes of this day, not distances."""
    return [
        found.span()
        for found in MEASURE.finditer(text, *bounds)
        if not IS_DISTANCE.match(text, found.end(), bounds[1])
        and not IS_EARLIER.search(text[bounds[0] : found.start()])
    ]


def _size(text: str, span: Span, following: int, sizes: Sequence[Span]) -> Span | None:
    """Return the measure that the words after a part's name give it."""
    for start, end in sizes:
        if span[1] <= start < following:
            return (start, end) if _MEASURES.match(text[span[1] : start]) else None
    return None


def _size_status(text: str, span: Span, size: Span | None) -> Status:
    """Return how surely a size is stated; "does not exceed 3 cm" says that it is not so large."""
    between = text[span[1] : size[0]] if size else ""
    if _DENIED.search(between):
        return Status.ABSENT
    return Status.UNCERTAIN if _DOUBTED.search(between) else Status.PRESENT
