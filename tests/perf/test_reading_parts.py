"""The parts of the reading benchmark, on a tiny scale: films, the slow line, the simulated reader's eyes, the table."""

import http.client
import http.server
import itertools
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from pydicom import data as pydicom_data
from pydicom import dcmread

from cases.gate.header.image_hash import NEAR_BITS, distance, image_hash
from perf.reading.figures import Notebook, Row, as_json, lines_of, quantile, table_of
from perf.reading.films import FRONTAL, LATERAL, dicom_of, enlarged, rolled
from perf.reading.load import Page, read_at_once
from perf.reading.proxy import Direction, Line, SlowLine
from perf.reading.shipped import scripts_and_styles

FRAGMENT = """
<form id="agree" action="/reading/case/7/" hx-post="/reading/case/7/"><input type="hidden" name="csrfmiddlewaretoken"
value="token"><input type="hidden" name="idempotency_key" value="k"><button name="verdict" value="agree_all">1</button></form>
<form id="corrections" action="/elsewhere/"><input type="checkbox" name="struck" value="x"></form>
<div id="case-images" hidden>{&quot;prefetch&quot;: [{"case": 8, "images": [
{"preview": "/p/1", "frameUrls": ["/f/1", "/f/2"]}, {"preview": "", "frameUrls": []}]}]}</div>
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """A small film to enlarge, dark where the values are high."""
    folder = tmp_path_factory.mktemp("film")
    pixels = (np.arange(24 * 20).reshape(24, 20) * 30).astype(np.uint16)
    return dicom_of(pixels, LATERAL, case=1, folder=folder)


@pytest.mark.parametrize("view", [FRONTAL, LATERAL])
def test_a_film_is_enlarged_within_its_bits(film, view) -> None:
    pixels = enlarged(film, view, width=50, height=60)

    assert pixels.shape == (60, 50)
    assert 0 <= pixels.min() < pixels.max() < 2**view.bits
    rises = float(pixels[-10:].mean()) > float(pixels[:10].mean())
    assert rises == (view is LATERAL)  # MONOCHROME1 as the film itself, MONOCHROME2 the other way round


@pytest.mark.parametrize("htj2k", [False, True])
def test_a_case_of_its_own_comes_back_exact(film, tmp_path, htj2k) -> None:
    pixels = enlarged(film, FRONTAL, width=50, height=60)
    one, other = (dicom_of(rolled(pixels, case), FRONTAL, case=case, folder=tmp_path, htj2k=htj2k) for case in (1, 2))

    assert one.read_bytes() != other.read_bytes()
    if not htj2k:
        assert np.array_equal(dcmread(one).pixel_array, rolled(pixels, 1))
    assert dcmread(one).StudyInstanceUID != dcmread(other).StudyInstanceUID


def test_no_two_cases_are_rolled_alike() -> None:
    pixels = np.arange(100 * 120, dtype=np.uint16).reshape(120, 100)

    assert len({rolled(pixels, case).tobytes() for case in range(300)}) == 300


def test_the_gate_takes_no_two_cases_for_one_picture() -> None:
    real = pydicom_data.get_testdata_file("RG1_UNCR.dcm", download=False)
    pixels = enlarged(Path(str(real)), FRONTAL, width=340, height=320)
    levels = (pixels >> (FRONTAL.bits - 8)).astype(np.uint8)
    hashes = [image_hash(rolled(levels, case)) for case in range(200)]

    assert min(distance(one, other) for one, other in itertools.combinations(hashes, 2)) > NEAR_BITS


def test_the_line_is_busy_while_a_piece_leaves_and_delays_what_left() -> None:
    way = Direction(Line(mbit=8, round_trip_ms=40))  # a million bytes a second

    assert way.arrival(100_000, now=10.0) == pytest.approx(10.12)
    assert way.arrival(100_000, now=10.0) == pytest.approx(10.22)  # waits for the first
    assert way.arrival(0, now=20.0) == pytest.approx(20.02)


class _Answers(http.server.BaseHTTPRequestHandler):
    """Any page is the fragment; the last verdict gets a page without a form."""

    protocol_version = "HTTP/1.1"
    posts: list[str] = []

    def do_GET(self) -> None:
        self._answer(FRAGMENT)

    def do_POST(self) -> None:
        self.posts.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer(FRAGMENT if len(self.posts) < 3 else "<p>done</p>")

    def _answer(self, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_slow_line_passes_everything_on_and_takes_its_time(address) -> None:
    with SlowLine(address, Line(mbit=20, round_trip_ms=60)).opened() as slow:
        connection = http.client.HTTPConnection(slow.removeprefix("http://"), timeout=10)
        began = time.perf_counter()
        connection.request("GET", "/")
        text = connection.getresponse().read().decode()
        connection.close()

    assert text == FRAGMENT
    assert time.perf_counter() - began >= 0.06


def test_a_simulated_reader_sees_the_form_and_the_pictures_ahead() -> None:
    page = Page(FRAGMENT)

    assert page.forms["agree"].action == "/reading/case/7/"
    assert page.forms["agree"].fields == {"csrfmiddlewaretoken": "token", "idempotency_key": "k"}
    assert page.pictures_ahead() == ["/p/1", "/f/1"]


def test_a_simulated_reader_reads_to_the_end_of_the_list(address) -> None:
    _Answers.posts.clear()

    tally = read_at_once(address, {"cookie": 7}, seconds=20, pause_s=0.05)

    assert tally.errors == []
    assert len(tally.verdict_ms) == 3
    assert all("verdict=agree_all" in post and "idempotency_key=k" in post for post in _Answers.posts)


def test_a_server_that_is_gone_is_an_error_of_the_tally() -> None:
    assert read_at_once("http://127.0.0.1:9", {"cookie": 7}, seconds=1, pause_s=0.05).errors


def test_the_table_says_what_is_met_short_and_not_measured() -> None:
    rows = (Row("a", "quick", 100, peer="a"), Row("b", "many", 50, at_least=True, peer="b"), Row("c", "unmeasured", 1))
    book = Notebook()
    book.note("a", 80, 60, 70)
    book.note("b", 40)
    book.note("a", 140, peer="GPU")
    book.note("a", 210, peer="CPU")
    book.note("b", 20, peer="GPU")

    quick, many, unmeasured = lines_of(book, rows)

    assert (quick.value, quick.is_met, quick.ratio) == (70, True, 2.0)
    assert (many.value, many.is_met, many.ratio) == (40, False, 2.0)
    assert (unmeasured.value, unmeasured.is_met) == (None, False)
    text = table_of([quick, many, unmeasured])
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["met", "SHORT", "SHORT"]
    assert as_json([quick], book)["figures"][0]["met"] is True


def test_a_quantile_is_one_that_was_measured() -> None:
    assert quantile([5, 1, 9, 3], 0.95) == 9
    assert quantile([1, 3], 0.5) == 2
    with pytest.raises(ValueError, match="nothing"):
        quantile([], 0.5)


def test_what_a_page_ships_is_found_through_its_imports() -> None:
    site = {
        "/page/": '<link href="/s/a.css"><script src="/s/a.js"></script><main data-worker="/s/w.js">',
        "/s/a.css": "",
        "/s/a.js": 'import { b } from "./b.js";\nconst page = import("./c.js");',
        "/s/b.js": "",
        "/s/c.js": 'import "./b.js"',
        "/s/w.js": "",
    }

    sizes = scripts_and_styles(lambda path: (site[path], 10), "/page/")

    assert sizes == dict.fromkeys(["/s/a.css", "/s/a.js", "/s/b.js", "/s/c.js", "/s/w.js"], 10)
