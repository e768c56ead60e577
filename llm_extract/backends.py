"""The two stages as protocols, and the backends there are: one reads reports, one maps findings to labels.

A backend is made for a scope (body part and taxonomy), and its version changes whenever its answers may.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from llm_extract.findings import LabelDefinition, LabelSuggestion, ReportFinding
from llm_extract.rules import engine as rules
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import DATA_FOLDER, Vocabulary, vocabulary_for

RULES = "rules"
VOCABULARY = "vocabulary"


@dataclass(frozen=True)
class Scope:
    """What the reports are about: the body part and the labels of the benchmark."""

    body_part: str
    labels: tuple[LabelDefinition, ...]


class Extractor(Protocol):
    """First stage: a report's findings."""

    @property
    def name(self) -> str:
        """How a run names it."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its answers may."""
        ...

    def findings(self, text: str) -> tuple[ReportFinding, ...]:
        """What the report says, each with the exact span it rests on."""
        ...


class Mapper(Protocol):
    """Second stage: the labels that findings suggest."""

    @property
    def name(self) -> str:
        """How a run names it."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its answers may."""
        ...

    def suggestions(self, findings: Sequence[ReportFinding]) -> tuple[LabelSuggestion, ...]:
        """One suggestion at most per label; none for what the findings do not speak of."""
        ...


class UnknownBackendError(ValueError):
    """No backend has the name."""


@dataclass(frozen=True)
class RulesExtractor:
    """The embedded engine: our own rules, no model, no key, no cost."""

    vocabulary: Vocabulary
    version: str
    name: str = RULES

    def findings(self, text: str) -> tuple[ReportFinding, ...]:
        """See Extractor."""
        return RulesEngine(self.vocabulary).findings(text)


@dataclass(frozen=True)
class VocabularyMapper:
    """Maps by the vocabulary's own relations and each label's name, definition and synonyms."""

    vocabulary: Vocabulary
    labels: tuple[LabelDefinition, ...]
    version: str
    name: str = VOCABULARY

    def suggestions(self, findings: Sequence[ReportFinding]) -> tuple[LabelSuggestion, ...]:
        """See Mapper."""
        return map_findings(findings, self.labels, self.vocabulary)


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
