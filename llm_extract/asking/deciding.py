"""The second stage with a model that weighs options: each finding no synonym maps is one closed question, with probabilities."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from llm_extract.asking.merging import Asked, asked_positions, merged
from llm_extract.asking.options import digest_of
from llm_extract.asking.prompts import finding_lines, taxonomy_lines
from llm_extract.asking.protocol import Choice, ChoiceTooLongError, Decider, Fault
from llm_extract.findings import LabelSuggestion, ReportFinding
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.stages import Extracted, Mapped, Scope

NONE = "none of these"
_AT_A_TIME = 16
_CODE_VERSION = "1"


@dataclass(frozen=True)
class DecidingMapper:
    """Maps findings to labels: by synonyms first, and by the probabilities of a Decider what they leave; see Mapper.

    A finding goes to the most probable label, if that is more probable than none; its confidence is that probability.
    """

    decider: Decider
    name: str
    scope: Scope
    vocabulary: Vocabulary
    asked: Asked = Asked.UNMAPPED

    @cached_property
    def version(self) -> str:
        """Changes with model, taxonomy and vocabulary."""
        asked = [self.name, self.asked.value, repr(self.scope), self.vocabulary.phrases]
        return f"{_CODE_VERSION}-{digest_of(asked)[:16]}"

    @cached_property
    def _words(self) -> Vocabulary:
        return self.vocabulary.with_labels(self.scope.labels)

    @cached_property
    def _question(self) -> str:
        return (
            "The labels of a benchmark of radiology reports:\n"
            + taxonomy_lines(self.scope.labels)
            + "\nWhich label does the "
            f'finding belong to? Go by the definitions; answer "{NONE}" where none fits.'
        )

    def map(self, reports: Iterable[Extracted]) -> Iterator[Mapped]:
        """See Mapper. Reports are taken a few at a time, so that equal findings are decided once."""
        source = iter(reports)
        while batch := list(islice(source, _AT_A_TIME)):
            chosen = self._decided(finding for one in batch for finding in self._asked_of(one))
            for one in batch:
                # One that is too long costs its report alone, not the run.
                if any(finding_lines([finding]) not in chosen for finding in self._asked_of(one)):
                    yield Mapped(one, (), Fault.TOO_LONG, "", one.answers)
                    continue
                readings = tuple(self._suggestions(findings, chosen) for findings in one.readings)
                is_weighed = next(self._asked_of(one), None) is not None
                yield Mapped(one, readings, one.fault, one.detail, one.answers, is_weighed)

    def _asked_of(self, extracted: Extracted) -> Iterator[ReportFinding]:
        for findings in extracted.readings:
            for place in asked_positions(findings, self.scope.labels, self._words, self.asked):
                yield findings[place]

    def _decided(self, findings: Iterable[ReportFinding]) -> Mapping[str, tuple[str, float]]:
        """Return the most probable label of each finding, by its words, with the probability; those too long are left out."""
        choices = {state: self._choice(state) for state in dict.fromkeys(finding_lines([one]) for one in findings)}
        chosen = {}
        for state, choice in choices.items():
            with suppress(ChoiceTooLongError):
                for _, weights in self.decider.decide([choice]):
                    chosen[state] = max(weights.items(), key=lambda item: item[1])
        return chosen

    def _choice(self, state: str) -> Choice:
        options = (*(label.key for label in self.scope.labels if not label.exclusive), NONE)
        return Choice(digest_of([self.name, state, self._question, options]), state, self._question, options)

    def _suggestions(
        self, findings: tuple[ReportFinding, ...], chosen: Mapping[str, tuple[str, float]]
    ) -> tuple[LabelSuggestion, ...]:
        """Return one suggestion per label: the vocabulary's and the decided ones together."""
        labels = self.scope.labels
        mapped = [] if self.asked is Asked.ALL else list(map_findings(findings, labels, self._words))
        for place in asked_positions(findings, labels, self._words, self.asked):
            finding = findings[place]
            label, weight = chosen.get(finding_lines([finding]), (NONE, 0.0))
            if label == NONE:
                continue
            reason = f"The model takes {finding.name.lower()} for this label with probability {weight:.2f}."
            mapped.append(LabelSuggestion(label, finding.status, round(weight, 3), (place,), reason, finding.evidence))
        return merged(mapped, labels, findings)
