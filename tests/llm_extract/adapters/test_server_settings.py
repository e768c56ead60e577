import pytest

from llm_extract.adapters.clients import open_blocking_client, open_client
from llm_extract.adapters.server_settings import NO_KEY, ServerSettings, ServerSettingsError, StructuredMode
from tests.fakes import llm_replies as replies
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD, ask

FULL = ServerSettings(
    base_url="http://127.0.0.1:8000/v1",
    model="phi-4",
    structured_mode=StructuredMode.JSON_OBJECT,
    requests_per_minute=60,
    extra_body={"top_k": 1},
)


def test_settings_travel_as_plain_values():
    assert ServerSettings.from_record(FULL.as_record()) == FULL


def test_unknown_setting_is_refused_by_name():
    with pytest.raises(ServerSettingsError, match="'colour'"):
        ServerSettings.from_record(FULL.as_record() | {"colour": "red"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_url": "127.0.0.1:8000"}, "http://"),
        ({"base_url": "http://user:secret@host/v1"}, "user or password"),
        ({"model": ""}, "No model"),
        ({"kind": "other"}, "no kind of server 'other'"),
        ({"kind": "azure"}, "API version"),
        ({"concurrency": 0}, "from 1 to"),
        ({"requests_per_minute": 0}, "requests_per_minute is 0"),
        ({"timeout_seconds": -1}, "timeout_seconds is -1"),
    ],
)
def test_each_refusal_is_a_sentence(changes, words):
    with pytest.raises(ServerSettingsError, match=words) as caught:
        ServerSettings(**(FULL.as_record() | changes))
    assert "secret" not in str(caught.value)


def test_key_comes_from_the_environment_alone(monkeypatch):
    settings = ServerSettings("http://h/v1", "m", api_key_env="SOME_API_KEY")
    monkeypatch.delenv("SOME_API_KEY", raising=False)
    with pytest.raises(ServerSettingsError, match="SOME_API_KEY"):
        settings.key()
    monkeypatch.setenv("SOME_API_KEY", " k-123\n")
    assert settings.key() == "k-123"
    assert "k-123" not in repr(settings)
    assert FULL.key() == NO_KEY


@pytest.mark.parametrize("opened", [open_client, open_blocking_client])
def test_clients_follow_no_redirect(opened):
    assert opened(FULL)._client.follow_redirects is False


def test_azure_is_asked_in_its_own_way(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "k-123")
    with LlmServer(replies.said(GOOD)) as server:
        settings = ServerSettings(server.root_url, "my-gpt", "SOME_API_KEY", kind="azure", api_version="2024-10-21")
        assert ask(settings).text == GOOD
        (sent,) = server.chats
    assert sent.path == "/openai/deployments/my-gpt/chat/completions"
    assert sent.headers["api-key"] == "k-123"
    assert sent.query == "api-version=2024-10-21"
    assert "store" not in sent.body
