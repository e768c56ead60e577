"""The conformance suite on the embedded backend and on scripted models; others run it beside their own tests."""

from llm_extract.asking.extracting import ModelExtractor
from llm_extract.asking.mapping import Asked, ModelMapper
from llm_extract.asking.options import AskingOptions
from llm_extract.asking.prompts import Stage, shipped_prompt
from llm_extract.asking.remembering import RememberingModel
from llm_extract.backends import make_extractor, make_mapper
from llm_extract.rules.vocabulary import vocabulary_for
from tests.llm_extract.conformance import Conformance
from tests.llm_extract.scripted_models import Faithful, MemoryStore, Obeying


def model_stages(model, scope, asked=Asked.UNMAPPED, mapping_model=None, **options):
    vocabulary = vocabulary_for(scope.body_part)
    chosen = AskingOptions(**options)
    extract = (shipped_prompt(Stage.EXTRACT, "findings"),)
    extractor = ModelExtractor(model, extract, scope, vocabulary, chosen)
    mapping = mapping_model or model
    return extractor, ModelMapper(mapping, shipped_prompt(Stage.MAP, "labels"), scope, vocabulary, chosen, asked)


class TestRules(Conformance):
    versions_its_taxonomy = False

    def stages(self, scope):
        return make_extractor("rules", scope), make_mapper("vocabulary", scope)


class TestFaithfulModel(Conformance):
    at_once = 1
    asked = Asked.UNMAPPED

    def model(self, scope):
        return Faithful(vocabulary_for(scope.body_part), scope.labels, at_once=self.at_once)

    def stages(self, scope):
        return model_stages(self.model(scope), scope, self.asked)

    def changed(self, scope):
        return model_stages(self.model(scope), scope, self.asked, max_output_tokens=9)


class TestModelThatMapsEverythingManyAtOnce(TestFaithfulModel):
    at_once = 3
    asked = Asked.ALL


class TestRememberingModel(TestFaithfulModel):
    def model(self, scope):
        return RememberingModel(super().model(scope), MemoryStore())


class TestRememberingModelThatMapsEverything(TestRememberingModel):
    asked = Asked.ALL


class TestRulesThenModel(TestFaithfulModel):
    def stages(self, scope):
        return make_extractor("rules", scope), super().stages(scope)[1]

    def changed(self, scope):
        return None


class TestRulesThenModelThatMapsEverything(TestRulesThenModel):
    asked = Asked.ALL


class TestObeyingModel(Conformance):
    reads_faithfully = False

    def stages(self, scope):
        return model_stages(Obeying(scope.labels, "scattered"), scope, Asked.ALL)
