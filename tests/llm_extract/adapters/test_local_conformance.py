"""The conformance suite on local models of random weights: their answers mean nothing, so only what holds of any answer is asked.

Most of what they write is a fault by kind (cut, ungrounded); none of it may raise, change with the order, or break a rule.
"""

import pytest

from llm_extract.asking.deciding import DecidingMapper
from llm_extract.asking.merging import Asked
from llm_extract.backends import make_extractor
from llm_extract.rules.vocabulary import vocabulary_for
from tests.llm_extract.conformance import REPORTS, Conformance
from tests.llm_extract.test_conformance import model_stages
from tests.llm_extract.tiny_model import build_tiny_model, needs_torch

pytestmark = needs_torch


@pytest.fixture(scope="module")
def settings_of_tiny(tmp_path_factory):
    from llm_extract.adapters.local_weights import LocalSettings

    folder = build_tiny_model(tmp_path_factory.mktemp("tiny"), context=30_000)
    return LocalSettings(path=folder, name="tiny", batch_size=4)


@pytest.fixture(scope="module")
def local_model(settings_of_tiny):
    from llm_extract.adapters.local_model import LocalModel

    return LocalModel(settings_of_tiny)


@pytest.fixture(scope="module")
def local_decider(settings_of_tiny, local_model):
    from llm_extract.adapters.local_decider import LocalDecider

    return LocalDecider(settings_of_tiny, local_model._loaded)


class LocalConformance(Conformance):
    reads_faithfully = False
    is_quick = False

    @pytest.fixture(autouse=True)
    def _models(self, local_model, local_decider):
        self.model, self.decider = local_model, local_decider


class TestLocalModel(LocalConformance):
    def stages(self, scope):
        return model_stages(self.model, scope, Asked.ALL, max_output_tokens=40)

    def changed(self, scope):
        return model_stages(self.model, scope, Asked.ALL, max_output_tokens=41)

    def test_the_model_was_asked(self):
        """What it wrote was cut, not refused before it was asked."""
        assert {mapped.fault for mapped in self.run(REPORTS[:2]).values()} <= {None, "truncated", "ungrounded"}


class TestRulesThenLocalModel(TestLocalModel):
    def stages(self, scope):
        return make_extractor("rules", scope), super().stages(scope)[1]

    def changed(self, scope):
        return None


class TestRulesThenLocalDecider(LocalConformance):
    # 26,000 findings of one kind are one decision: nothing to see here for ten seconds of merging them.
    test_a_report_of_a_megabyte_is_read_or_too_long = None

    def stages(self, scope):
        vocabulary = vocabulary_for(scope.body_part)
        return make_extractor("rules", scope), DecidingMapper(self.decider, "tiny", scope, vocabulary, Asked.ALL)

    def test_every_suggestion_it_decided_has_a_probability(self):
        suggestions = [one for mapped in self.run(REPORTS[:2]).values() for found in mapped.readings for one in found]

        assert suggestions
        assert all(0 < one.confidence <= 1 for one in suggestions)
