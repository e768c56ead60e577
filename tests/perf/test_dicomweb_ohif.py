"""OHIF's trial takes its configuration from the documentation, and serves the viewer as a web server would."""

import http.client
import json
from urllib.parse import urlsplit

from perf.dicomweb.ohif import Seat, app_config, served


def test_the_viewer_is_set_up_as_the_documentation_says_with_our_address():
    text = app_config("http://127.0.0.1:8600/dicom-web/chest-radiograph/ohif")
    assert text.startswith("window.config = ")
    assert "const root = 'http://127.0.0.1:8600/dicom-web/chest-radiograph/ohif';" in text
    assert "example.org" not in text


def test_an_address_that_is_no_file_is_the_viewers_page(tmp_path):
    (tmp_path / "index.html").write_text("<p>page")
    (tmp_path / "app.js").write_text("script")
    with served(tmp_path) as (address, _):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        found = {}
        for path in ("/app.js", "/", "/viewer?StudyInstanceUIDs=1.2", "/../../etc/passwd"):
            connection.request("GET", path)
            found[path] = connection.getresponse().read().decode()
            connection.close()
    assert found.pop("/app.js") == "script"
    assert set(found.values()) == {"<p>page"}, json.dumps(found)


class Page:
    """Keeps who listens."""

    def __init__(self):
        self.listeners = {}

    def on(self, event, listener):
        self.listeners[event] = listener


class Answer:
    def __init__(self, url, status=0, failure=""):
        self.url, self.status, self.failure = url, status, failure


def test_a_request_to_us_that_fails_is_a_fault_and_one_that_the_viewer_gave_up_is_none():
    page = Page()
    seat = Seat(page, "http://us/dicom-web", "cs_token")
    for answer in [("http://us/dicom-web/studies", 200), ("http://us/dicom-web/frames/1", 406), ("http://npm/x", 404)]:
        page.listeners["response"](Answer(*answer))
    page.listeners["requestfailed"](Answer("http://us/dicom-web/a", failure="net::ERR_ABORTED"))
    page.listeners["requestfailed"](Answer("http://us/dicom-web/b", failure="net::ERR_FAILED"))
    assert seat.faults == ["406: /frames/1", "net::ERR_FAILED: /b"]
