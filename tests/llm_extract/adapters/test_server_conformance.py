"""The conformance suite on the OpenAI-compatible backend as runs use it, by a courier and in batches.

The server is the fake whose replies are those of real ones (`tests/fakes`); it reads faultlessly (`clinical_answer`).
"""

import pytest

from llm_extract.adapters.batch_model import BatchModel
from llm_extract.adapters.courier import CourierModel
from llm_extract.adapters.server_settings import StructuredMode
from llm_extract.asking.merging import Asked
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import settings_for
from tests.llm_extract.clinical_server import clinical_answer
from tests.llm_extract.conformance import ABDOMEN, CHEST, REPORTS, Conformance
from tests.llm_extract.test_conformance import model_stages


@pytest.fixture(scope="module")
def servers():
    """One server for each taxonomy of the suite."""
    chest = LlmServer(answer=clinical_answer(CHEST.labels, CHEST.body_part))
    abdomen = LlmServer(answer=clinical_answer(ABDOMEN.labels, ABDOMEN.body_part))
    with chest, abdomen:
        yield {CHEST.body_part: chest, ABDOMEN.body_part: abdomen}


class ServerConformance(Conformance):
    mode = StructuredMode.JSON_SCHEMA

    @pytest.fixture(autouse=True)
    def _opened(self, servers, tmp_path):
        self.servers, self.folder, self.opened = servers, tmp_path, []
        yield
        for model in self.opened:
            model.close()

    def model(self, scope):
        """A fresh client of the scope's server, closed with the test."""
        settings = settings_for(self.servers[scope.body_part], concurrency=4, structured_mode=self.mode)
        self.opened.append(self.client(settings, self.folder / f"{len(self.opened)}"))
        return self.opened[-1]

    def client(self, settings, place):
        raise NotImplementedError

    def stages(self, scope):
        """Each stage with a client of its own, as in a run."""
        return model_stages(self.model(scope), scope, Asked.ALL, self.model(scope))

    def changed(self, scope):
        return model_stages(self.model(scope), scope, Asked.ALL, self.model(scope), max_output_tokens=9)


class TestOpenAICompatibleServer(ServerConformance):
    def client(self, settings, place):
        return CourierModel(settings, place)

    def test_the_server_was_asked_in_both_stages(self):
        server = self.servers[CHEST.body_part]
        before = len(server.chats)
        self.run(REPORTS)
        schemas = [chat.body["response_format"]["json_schema"]["name"] for chat in server.chats[before:]]
        assert {"findings", "suggestions"} == set(schemas)


class TestServerThatHasTheSchemaInThePromptAlone(TestOpenAICompatibleServer):
    mode = StructuredMode.PROMPT_ONLY

    test_the_server_was_asked_in_both_stages = None
    test_odd_text_is_read_or_a_fault_never_raised = None  # the text goes the same way
    test_an_empty_report_has_no_findings_and_no_fault = None


class TestBatchesOfAServer(ServerConformance):
    def client(self, settings, place):
        return BatchModel(settings, place, lambda sentence: None, at_a_time=3, sleep=lambda seconds: None)
