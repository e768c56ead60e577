"""A mapper that weighs options, on what it cannot weigh: refused before a run, or the fault of one report alone."""

import pytest

from llm_extract.actions import ExtractionRefusedError, PipelineChoice, create_extraction_run
from llm_extract.asking.deciding import DecidingMapper
from llm_extract.asking.protocol import ChoiceTooLongError, Fault
from llm_extract.backends import RULES, make_extractor
from llm_extract.findings import LabelDefinition
from llm_extract.models import Backend
from llm_extract.rules.vocabulary import vocabulary_for
from llm_extract.stages import ReportText, Scope
from tests.factories import make_benchmark


class Short:
    """A decider that takes no finding of an effusion."""

    def decide(self, choices):
        for choice in choices:
            if "effusion" in choice.state.lower():
                raise ChoiceTooLongError(choice.key)
            yield choice, {option: 1 / len(choice.options) for option in choice.options}


def test_a_finding_too_long_to_weigh_is_the_fault_of_its_report_alone():
    scope = Scope("CHEST", (LabelDefinition("quux", "Quux"),))
    texts = ("FINDINGS: Small left pleural effusion.", "FINDINGS: Nodule in the right upper lobe.")
    extracted = make_extractor(RULES, scope).extract([ReportText(n, text) for n, text in enumerate(texts)])
    mapped = list(DecidingMapper(Short(), "short", scope, vocabulary_for("CHEST")).map(extracted))
    assert [one.fault for one in mapped] == [Fault.TOO_LONG, None]


@pytest.mark.django_db
def test_more_labels_than_letters_are_refused_before_the_run(monkeypatch):
    monkeypatch.setattr("llm_extract.actions.choices.what_it_lacks", lambda backend: "")
    Backend.objects.create(name="tiny", kind="local", model="/tiny", weighs_options=True)
    for count in (25, 26):
        benchmark = make_benchmark(f"b{count}", labels=[f"label_{n}" for n in range(count)], body_part="CHEST")
        if count == 25:
            create_extraction_run(benchmark=benchmark, choice=PipelineChoice(mapper="tiny"), by=None)
            continue
        with pytest.raises(ExtractionRefusedError, match="at most 25 labels, and the benchmark has 26"):
            create_extraction_run(benchmark=benchmark, choice=PipelineChoice(mapper="tiny"), by=None)
