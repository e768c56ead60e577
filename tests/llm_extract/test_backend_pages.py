"""An admin sets up backends, tests them and decides what they may see; a key is nowhere."""

import pytest
from django.urls import reverse

from core.models import Event
from llm_extract.actions.choices import FROZEN
from llm_extract.forms.backends import BackendForm
from llm_extract.models import Backend
from tests.accounts.signing_in import sign_in
from tests.factories import make_user
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.model_rows import make_backend

pytestmark = pytest.mark.django_db
FORM = {
    "name": "gpt-4o",
    "kind": "openai",
    "model": "gpt-4o",
    "base_url": "https://api.example.org/v1",
    "api_key_env": "EXAMPLE_API_KEY",
    "max_output_tokens": 2000,
    "concurrency": 8,
    "timeout_seconds": 120,
    "currency": "usd",
    "price_input": "2.50",
    "price_output": "10",
    "batch_share": "0.5",
}


@pytest.fixture
def admin(client):
    return sign_in(client, make_user("admin", "ada"))


def url(name, backend=None):
    return reverse(f"llm_extract:backend_{name}", args=[backend.pk] if backend else [])


def test_setting_up_a_backend(client, admin):
    page = client.post(url("create"), FORM, follow=True).text
    backend = Backend.objects.get()
    assert (backend.currency, backend.may_see_unmasked, backend.is_active) == ("USD", False, True)
    assert backend.created_by == admin
    assert Event.objects.filter(verb="backend.created", actor=admin).exists()
    assert "Test its connection next" in page
    assert "EXAMPLE_API_KEY" in page
    assert "Not set" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "rules"}, "embedded engine"),
        ({"base_url": ""}, "needs an address"),
        ({"kind": "local"}, "has no address"),
        ({"kind": "azure"}, "needs an API version"),
        ({"weighs_options": "on"}, "Only a local model"),
        ({"price_output": ""}, "both prices, or neither"),
        ({"api_key_env": "sk-12345"}, "never the key"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client, admin, changes, words):
    response = client.post(url("create"), FORM | changes)
    assert response.status_code == 422
    assert words in response.text
    assert not Backend.objects.exists()


def test_the_key_itself_is_never_shown(client, admin, monkeypatch):
    monkeypatch.setenv("EXAMPLE_API_KEY", "sk-very-secret")
    backend = make_backend(api_key_env="EXAMPLE_API_KEY")
    for name in ("detail", "edit"):
        page = client.get(url(name, backend)).text
        assert "sk-very-secret" not in page
    assert "Set</span> in" in client.get(url("detail", backend)).text


def test_a_changed_address_must_be_tested_again(client, admin):
    client.post(url("create"), FORM)
    backend = Backend.objects.get()
    Backend.objects.update(structured_mode="json_schema")
    client.post(url("edit", backend), FORM | {"price_input": "3"})
    backend.refresh_from_db()
    assert backend.structured_mode == "json_schema"
    client.post(url("edit", backend), FORM | {"base_url": "https://other.example.org/v1"})
    backend.refresh_from_db()
    assert backend.structured_mode == ""
    assert Event.objects.filter(verb="backend.changed").count() == 2


def test_the_edit_form_cannot_unmask(client, admin):
    backend = make_backend()
    client.post(url("edit", backend), FORM | {"may_see_unmasked": "on"})
    backend.refresh_from_db()
    assert not backend.may_see_unmasked


def test_unmasking_asks_for_the_name_and_is_noted(client, admin):
    backend = make_backend()
    assert "cannot be called back" in client.get(url("detail", backend)).text
    wrong = client.post(url("unmask", backend), {"name": "other"})
    assert wrong.status_code == 422
    backend.refresh_from_db()
    assert not backend.may_see_unmasked
    client.post(url("unmask", backend), {"name": "gpt"})
    backend.refresh_from_db()
    assert backend.may_see_unmasked
    assert Event.objects.latest("pk").data["may_see_unmasked"] is True
    assert "It sees unmasked text" in client.get(url("detail", backend)).text
    client.post(url("unmask", backend), {"do": "mask"})
    backend.refresh_from_db()
    assert not backend.may_see_unmasked


def test_unmasking_needs_a_fresh_login(client):
    sign_in(client, make_user("admin"), minutes_ago=30)
    backend = make_backend()
    assert "reauthenticate" in client.post(url("unmask", backend), {"name": "gpt"}).url
    backend.refresh_from_db()
    assert not backend.may_see_unmasked


def test_switching_off_and_on(client, admin):
    backend = make_backend()
    client.post(url("switch", backend), {"do": "deactivate"})
    backend.refresh_from_db()
    assert not backend.is_active
    assert "Switched off" in client.get(url("list")).text
    client.post(url("switch", backend), {"do": "activate"})
    backend.refresh_from_db()
    assert backend.is_active


def test_testing_a_server_that_answers_keeps_what_was_found(client, admin):
    with LlmServer(answer=lambda _: {"finding": "effusion", "status": "present"}) as server:
        backend = make_backend(base_url=server.base_url, model="fake", structured_mode="")
        page = client.post(url("test", backend), follow=True).text
    backend.refresh_from_db()
    assert backend.structured_mode == "json_schema"
    assert "JSON schema" in page
    assert "Ready" in page
    assert Event.objects.filter(verb="backend.tested", actor=admin).exists()


def test_testing_a_server_that_is_not_there_says_what_to_do(client, admin):
    backend = make_backend(base_url="http://127.0.0.1:9/v1", structured_mode="")
    page = client.post(url("test", backend), follow=True).text
    assert "cannot be reached" in page
    assert "gave no usable answer" in page


def test_testing_without_the_key_says_which_variable(client, admin):
    backend = make_backend(api_key_env="NOT_SET_HERE_API_KEY")
    assert "NOT_SET_HERE_API_KEY, which is not set" in client.post(url("test", backend), follow=True).text


def test_a_local_model_has_no_connection_to_test(client, admin):
    backend = make_backend(kind="local", base_url="", model="/nowhere")
    assert "Test connection" not in client.get(url("detail", backend)).text


def test_a_curator_sees_names_and_readiness_but_no_address_and_no_variable(client):
    client.force_login(make_user("curator"))
    make_backend(base_url="https://hidden.example.org/v1", api_key_env="HIDDEN_API_KEY")
    page = client.get(url("list")).text
    assert "gpt-4o" in page
    assert "no key on this machine" in page
    assert "hidden.example.org" not in page
    assert "HIDDEN_API_KEY" not in page
    assert "New backend" not in page


def test_a_run_freezes_all_that_the_form_sets():
    assert set(FROZEN) == {*BackendForm().fields, "structured_mode", "may_see_unmasked"}
