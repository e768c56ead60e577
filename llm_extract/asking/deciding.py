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
_Chosen = Mapping[ReportFinding, tuple[str, float]]
_CODE_VERSION = "2"


@dataclass(frozen=True)
class DecidingMapper:
    """Maps findings to labels: by synonyms first, and by the probabilities of a Decider what they leave; see Mapper.

    A finding goes to the most probable label, if that is more probable than none; its confidence is that probability. The
    decider is shown a finding's words masked, unless it may see more: they may be a backend's that was shown the report.
    """

    decider: Decider
    name: str
    scope: Scope
    vocabulary: Vocabulary
    asked: Asked = Asked.UNMAPPED
    may_see_unmasked: bool = False

    @cached_property
    def version(self) -> str:
        """Changes with model, taxonomy, vocabulary and what may be seen."""
        asked = [self.name, self.asked.value, repr(self.scope), self.vocabulary.phrases, self.may_see_unmasked]
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
            shown = {finding: self._shown(finding) for one in batch for finding in self._asked_of(one)}
            chosen = self._decided(shown)
            for one in batch:
                # One that is too long, or cannot be masked, costs its report alone, not the run.
                asked = list(self._asked_of(one))
                if any(shown[finding] is None for finding in asked):
                    detail = "The findings still show patient data after masking; they were not weighed."
                    yield Mapped(one, (), Fault.BLOCKED, detail, one.answers)
                elif any(finding not in chosen for finding in asked):
                    yield Mapped(one, (), Fault.TOO_LONG, "", one.answers)
                else:
                    readings = tuple(self._suggestions(findings, chosen) for findings in one.readings)
                    yield Mapped(one, readings, one.fault, one.detail, one.answers, bool(asked))

    def _shown(self, finding: ReportFinding) -> str | None:
        """A finding as the decider sees it; None where what it may not see is still in it."""
        from cases.gate.report.masking import has_patient_data  # see numbered_sentences

        line = finding_lines([finding], is_masked=not self.may_see_unmasked)
        return None if not self.may_see_unmasked and has_patient_data(line) else line

    def _asked_of(self, extracted: Extracted) -> Iterator[ReportFinding]:
        for findings in extracted.readings:
            for place in asked_positions(findings, self.scope.labels, self._words, self.asked):
                yield findings[place]

    def _decided(self, shown: Mapping[ReportFinding, str | None]) -> _Chosen:
        """Return the most probable label of each finding, with the probability; those too long are left out.

        Findings that are shown alike are decided once.
        """
        chosen = {}
        for state in dict.fromkeys(line for line in shown.values() if line is not None):
            with suppress(ChoiceTooLongError):
                for _, weights in self.decider.decide([self._choice(state)]):
                    chosen[state] = max(weights.items(), key=lambda item: item[1])
        return {finding: chosen[line] for finding, line in shown.items() if line in chosen}

    def _choice(self, state: str) -> Choice:
        options = (*(label.key for label in self.scope.labels if not label.exclusive), NONE)
        return Choice(digest_of([self.name, state, self._question, options]), state, self._question, options)

    def _suggestions(self, findings: tuple[ReportFinding, ...], chosen: _Chosen) -> tuple[LabelSuggestion, ...]:
        """Return one suggestion per label: the vocabulary's and the decided ones together."""
        labels = self.scope.labels
        mapped = [] if self.asked is Asked.ALL else list(map_findings(findings, labels, self._words))
        for place in asked_positions(findings, labels, self._words, self.asked):
            finding = findings[place]
            label, weight = chosen[finding]
            if label == NONE:
                continue
            reason = f"The model takes {finding.name.lower()} for this label with probability {weight:.2f}."
            mapped.append(LabelSuggestion(label, finding.status, round(weight, 3), (place,), reason, finding.evidence))
        return merged(mapped, labels, findings)
