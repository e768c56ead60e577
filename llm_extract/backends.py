"""The embedded backends, one for each stage, and how a backend is made by its name.

A backend is made for a scope (body part and taxonomy), and its version changes whenever its answers may.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from llm_extract.findings import LabelDefinition
from llm_extract.rules import engine as rules
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import DATA_FOLDER, Vocabulary, vocabulary_for
from llm_extract.stages import Extracted, Extractor, Mapped, Mapper, ReportText, Scope

RULES = "rules"
VOCABULARY = "vocabulary"


class UnknownBackendError(ValueError):
    """No backend has the name."""


@dataclass(frozen=True)
class RulesExtractor:
    """The embedded engine: our own rules, no model, no key, no cost."""

    vocabulary: Vocabulary
    version: str
    name: str = RULES

    def extract(self, reports: Iterable[ReportText]) -> Iterator[Extracted]:
        """See Extractor."""
        engine = RulesEngine(self.vocabulary)
        for report in reports:
            yield Extracted(report, (engine.findings(report.text),))


@dataclass(frozen=True)
class VocabularyMapper:
    """Maps by the vocabulary's own relations and each label's name, definition and synonyms."""

    vocabulary: Vocabulary
    labels: tuple[LabelDefinition, ...]
    version: str
    name: str = VOCABULARY

    def map(self, reports: Iterable[Extracted]) -> Iterator[Mapped]:
        """See Mapper."""
        for one in reports:
            readings = tuple(map_findings(findings, self.labels, self.vocabulary) for findings in one.readings)
            yield Mapped(one, readings, one.fault, one.detail, one.answers)


def _rules_extractor(scope: Scope) -> Extractor:
    plain = vocabulary_for(scope.body_part)
    extended = plain.with_labels(scope.labels)
    # Only a taxonomy that teaches the vocabulary new words changes what is found.
    words = "" if extended is plain else "-" + _labels_digest(scope.labels)
    return RulesExtractor(extended, f"{rules.VERSION}-{_data_digest()}{words}")


def _vocabulary_mapper(scope: Scope) -> Mapper:
    vocabulary = vocabulary_for(scope.body_part).with_labels(scope.labels)
    return VocabularyMapper(vocabulary, scope.labels, f"{rules.VERSION}-{_data_digest()}")


EXTRACTORS: Mapping[str, Callable[[Scope], Extractor]] = {RULES: _rules_extractor}
MAPPERS: Mapping[str, Callable[[Scope], Mapper]] = {VOCABULARY: _vocabulary_mapper}


def make_extractor(name: str, scope: Scope) -> Extractor:
    """The backend made for a scope, or UnknownBackendError naming those there are."""
    if name not in EXTRACTORS:
        raise UnknownBackendError(f"There is no extractor {name!r}; there are: {', '.join(EXTRACTORS)}.")
    return EXTRACTORS[name](scope)


def make_mapper(name: str, scope: Scope) -> Mapper:
    """The backend made for a scope, or UnknownBackendError naming those there are."""
    if name not in MAPPERS:
        raise UnknownBackendError(f"There is no mapper {name!r}; there are: {', '.join(MAPPERS)}.")
    return MAPPERS[name](scope)


@cache
def _data_digest() -> str:
    """Of the vocabulary's data files: editing one is a new version."""
    content = b"".join(path.read_bytes() for path in sorted(DATA_FOLDER.glob("*.yaml")))
    return hashlib.sha256(content).hexdigest()[:8]


def _labels_digest(labels: tuple[LabelDefinition, ...]) -> str:
    return hashlib.sha256(repr(labels).encode()).hexdigest()[:8]
