"""Viewers that another site serves: which origins may read answers in a browser."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import _origins
from tests.dicomweb.conftest import path_of, study_with
from tests.factories import make_benchmark

pytestmark = pytest.mark.django_db
VIEWER, OTHER = "https://viewer.example.org", "https://other.example.org"
ASKED = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "accept,authorization"}


def told(response) -> dict[str, str]:
    """What a browser is told of origins."""
    names = [name for name in response.headers if name.startswith("Access-Control-")]
    return {name.removeprefix("Access-Control-"): response[name] for name in names}


def test_no_other_origin_reads_anything_unless_the_settings_name_it(curator, client):
    found = curator.client.get("/dicom-web/studies", headers={"Origin": VIEWER})
    asked = client.options("/dicom-web/studies", headers={"Origin": VIEWER, **ASKED})

    assert told(found) == {}
    assert "Allow-Origin" not in told(asked)


def test_a_listed_origin_reads_answers_and_refusals_and_no_other_does(curator, settings, client):
    settings.DICOMWEB_ORIGINS = [VIEWER]
    image = study_with(make_benchmark()).series.get().images.get()
    for path in ("studies", "studies?Colour=1", f"{path_of(image)}/frames/1", f"{path_of(image)}/thumbnail", "series"):
        found = curator.client.get(f"/dicom-web/{path}", headers={"Origin": VIEWER})
        assert told(found) == {"Allow-Origin": VIEWER, "Expose-Headers": "Warning"}, path
        assert "Origin" in found["Vary"]
        assert told(curator.client.get(f"/dicom-web/{path}", headers={"Origin": OTHER})) == {}
    nobody = client.get("/dicom-web/studies", headers={"Origin": VIEWER})
    assert (nobody.status_code, told(nobody)["Allow-Origin"]) == (401, VIEWER)


def test_a_browser_may_ask_without_a_token_what_a_page_may_send_and_learns_nothing_else(settings, client):
    settings.DICOMWEB_ORIGINS = [VIEWER]
    asked = client.options("/dicom-web/studies/1.2.3/series", headers={"Origin": VIEWER, **ASKED})

    assert (asked.status_code, asked.content) == (204, b"")
    assert told(asked) == {
        "Allow-Origin": VIEWER,
        "Allow-Methods": "GET",
        "Allow-Headers": "Accept, Authorization",
        "Expose-Headers": "Warning",
        "Max-Age": "3600",
    }
    assert "Allow-Origin" not in told(client.options("/dicom-web/studies", headers={"Origin": OTHER, **ASKED}))
    assert client.options("/dicom-web/studies", headers={"Origin": VIEWER}).status_code == 401


def test_no_answer_takes_the_cookie_of_another_site(curator, settings, client):
    """A browser hands over an answer that a cookie was sent for only where this header allows it."""
    settings.DICOMWEB_ORIGINS = [VIEWER]
    client.force_login(curator.user, backend="django.contrib.auth.backends.ModelBackend")
    found = client.get("/dicom-web/studies", headers={"Origin": VIEWER})

    assert "Allow-Credentials" not in told(found)


@pytest.mark.parametrize("text", ["*", "viewer.example.org", "https://viewer.example.org/", "https://*.org", "null"])
def test_what_is_no_origin_is_refused_when_the_product_starts(text, monkeypatch):
    monkeypatch.setenv("DICOMWEB_ORIGINS", f"{VIEWER}, {text}")
    with pytest.raises(ImproperlyConfigured, match="name origins as"):
        _origins("DICOMWEB_ORIGINS")


def test_origins_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("DICOMWEB_ORIGINS", f"{VIEWER}, http://127.0.0.1:8701,http://[::1]:8701")
    assert _origins("DICOMWEB_ORIGINS") == [VIEWER, "http://127.0.0.1:8701", "http://[::1]:8701"]
