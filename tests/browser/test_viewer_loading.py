"""How pictures arrive: the preview at once, the next cases ahead of time, never an empty flash, and words when they do not."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as product_settings
from django.utils.html import escape

from cases.rendition import GreyScale, Window, render
from tests.browser.viewer_stage import POLICY, Answer, Stage

pytestmark = pytest.mark.django_db(transaction=True)
SCALE = GreyScale(12, windows=(Window(1000, 2000),))
ROOT = Path(product_settings.BASE_DIR)


def plain(value: int) -> np.ndarray:
    return np.full((150, 120), value, np.uint16)


@pytest.fixture
def stage(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}).new_page())


def frames_asked(stage) -> list[str]:
    return [path for path in stage.asked if "/frames/" in path]


def middle(stage, film=0) -> int:
    canvas = stage.pixels(film)
    return int(canvas[canvas.shape[0] // 2, canvas.shape[1] // 2, 0])


def test_the_preview_hangs_until_the_full_picture_is_ready(stage):
    picture = stage.picture(plain(1000), SCALE)
    answer = stage.answers[picture["frameUrls"][0]]
    answer.status, answer.headers = 202, {"Retry-After": "1"}
    stage.open(picture, stage="preview")
    assert stage.words(".mark-tr") == "PREVIEW"
    stage.page.get_by_text("Preparing the full picture").wait_for()
    assert abs(middle(stage) - 127) < 4
    answer.status = 200
    stage.painted(stage="full")
    assert stage.words(".mark-tr") == ""
    assert middle(stage) == render(plain(1000), SCALE)[0, 0]


def test_what_one_does_to_the_preview_stays(stage):
    picture = stage.picture(plain(1000), SCALE)
    answer = stage.answers[picture["frameUrls"][0]]
    answer.status = 202
    stage.open(picture, stage="preview")
    stage.press("r", "+", "i")
    assert abs(middle(stage) - 128) < 4
    answer.status = 200
    stage.painted(stage="full")
    assert "ROTATED 90°" in stage.words(".mark-tr")
    assert middle(stage) == render(plain(1000), GreyScale(12, is_inverted=True, windows=SCALE.windows))[0, 0]


def test_next_cases_are_here_before_they_are_asked_for(stage):
    coming = [[stage.picture(plain(300 * n), SCALE) for _ in range(2)] for n in (2, 3, 4)]
    ahead = [{"case": n + 2, "images": images} for n, images in enumerate(coming)]
    stage.open(stage.picture(plain(300), SCALE), prefetch=ahead[:2])
    stage.page.wait_for_timeout(600)
    assert len(frames_asked(stage)) == 5
    asked = len(frames_asked(stage))
    stage.page.evaluate(
        """() => { window.stages = []; document.addEventListener('viewer:painted', event => stages.push(event.detail)); }"""
    )
    stage.swap(stage.case(*coming[0], case=2, prefetch=ahead[1:]))
    assert stage.page.locator("#viewer").get_attribute("data-painted") == "full", "in the same task"
    assert stage.page.locator("#viewer").get_attribute("data-case") == "2"
    assert middle(stage, 1) == render(plain(600), SCALE)[0, 0]
    stage.page.wait_for_timeout(600)
    assert len(frames_asked(stage)) == asked + 2, "only the case that is new in sight"
    assert stage.page.evaluate("stages") == [{"case": 2, "stage": "full"}]


# Puts frames of so many bytes into a loader of its own, the nearest first; those at ``first`` are about to be seen.
KEPT = """async ([first, urls, bytes]) => {
    const { Loader } = await import("/stage/loader.js");
    const loader = new Loader(document.getElementById("viewer").dataset.worker);
    loader.only(first);
    for (const url of urls) loader.keep(url, { bytes, levels: [] });
    loader.worker.terminate();
    return [...loader.frames.keys()]; }"""
MB = 1_000_000


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        (10 * MB, ["old", "a1", "a2", "b1", "b2", "c1", "c2"]),
        (40 * MB, ["a1", "a2", "b1", "b2", "c1", "c2"]),  # of two views of 3520 × 4280 and 16 bits
        (65 * MB, ["a1", "a2", "b1", "b2", "c1", "c2"]),
        (
            80 * MB,
            ["a1", "a2", "b1", "b2", "c2"],
        ),  # more than a page may take: the farthest goes, but for the one just asked for
    ],
)
def test_films_of_this_case_and_the_next_two_do_not_drive_one_another_out(stage, size, kept):
    stage.answers["/stage/loader.js"] = Answer(
        (ROOT / "static/js/viewer/loader.js").read_bytes(), kind="text/javascript"
    )
    stage.open(stage.picture(plain(300), SCALE))
    first = ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert stage.page.evaluate(KEPT, [first, ["old", *first], size]) == kept


def test_a_case_that_nobody_saw_coming_is_asked_for_while_its_page_is_put_up(stage):
    stage.open(stage.picture(plain(300), SCALE))
    coming = stage.picture(plain(600), SCALE)
    page = f'<div id="case"><div id="case-images" hidden>{escape(json.dumps(stage.case(coming, case=2)))}</div></div>'
    stage.page.evaluate(
        """page => { const detail = { serverResponse: page };
        document.dispatchEvent(new CustomEvent('htmx:beforeSwap', { detail })); }""",
        page,
    )
    for _ in range(100):
        if coming["preview"] in stage.asked:
            break
        stage.page.wait_for_timeout(50)
    assert coming["preview"] in stage.asked
    assert coming["frameUrls"][0] not in stage.asked  # the small picture first: on a slow line they would share it
    stage.swap(stage.case(coming, case=2))
    stage.painted(2)
    assert stage.asked.count(coming["preview"]) == 1


def test_while_a_picture_is_still_made_the_next_ones_come(stage):
    first, coming = stage.picture(plain(300), SCALE), stage.picture(plain(600), SCALE)
    stage.answers[first["frameUrls"][0]].status = 202
    stage.open(first, stage="preview", prefetch=[{"case": 2, "images": [coming]}])
    stage.page.get_by_text("Preparing").wait_for()
    stage.page.wait_for_timeout(400)
    assert coming["frameUrls"][0] in stage.asked
    stage.answers[first["frameUrls"][0]].status = 200
    stage.painted(1)


def test_the_old_picture_stays_until_the_new_one_is_there(stage, expected_complaints):
    stage.open(stage.picture(plain(1800), SCALE))
    old = stage.pixels()
    coming = stage.picture(plain(200), SCALE)
    for url in (coming["preview"], coming["frameUrls"][0]):
        stage.answers[url].status = 202  # a preview that does not come, a frame that is not made yet
    seen = stage.page.evaluate_handle(
        """() => { const seen = []; const look = () => { const canvas = document.querySelector('.film > canvas');
        const { data } = canvas.getContext('2d').getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1);
        seen.push(data[0]); requestAnimationFrame(look); }; look(); return seen; }"""
    )
    stage.swap(stage.case(coming, case=2))
    stage.page.locator(".films[data-stale]").wait_for()
    assert np.array_equal(stage.pixels(), old)
    assert stage.page.locator("#viewer").get_attribute("data-case") == "1"
    stage.answers[coming["frameUrls"][0]].status = 200
    stage.painted(2)
    assert set(seen.json_value()) == {int(render(plain(1800), SCALE)[0, 0]), int(render(plain(200), SCALE)[0, 0])}
    assert stage.page.locator(".films[data-stale]").count() == 0


def test_going_back_before_the_next_case_came_shows_the_case_one_went_back_to(stage):
    shown, slow = stage.picture(plain(1800), SCALE), stage.picture(plain(200), SCALE)
    stage.open(shown)
    for url in (slow["preview"], slow["frameUrls"][0]):
        stage.answers[url].status = 202
    stage.swap(stage.case(slow, case=2))
    stage.swap(stage.first)
    stage.answers[slow["frameUrls"][0]].status = 200
    stage.page.wait_for_timeout(1300)
    assert stage.page.locator("#viewer").get_attribute("data-case") == "1"
    assert stage.page.locator(".films[data-stale]").count() == 0
    assert middle(stage) == render(plain(1800), SCALE)[0, 0]


def test_a_case_left_before_it_came_is_not_fetched_to_its_end(stage):
    stage.open(stage.picture(plain(300), SCALE))
    slow, wanted = stage.picture(plain(600), SCALE), stage.picture(plain(900), SCALE)
    stage.answers[slow["frameUrls"][0]].status = 202
    stage.swap(stage.case(slow, case=2))
    stage.painted(2, "preview")
    stage.swap(stage.case(wanted, case=3))
    stage.painted(3)
    asked = len(frames_asked(stage))
    stage.page.wait_for_timeout(1300)
    assert len(frames_asked(stage)) == asked


REFUSALS = {
    410: ("This image has 32 bits that no screen can show.", "This image has 32 bits that no screen can show."),
    404: ("<h1>Not found</h1>", "The server cannot give this picture. If the case cannot be read without it, close it with"),
    503: ("busy", "It did not arrive."),
    0: ("", "It did not arrive."),
}  # fmt: skip


@pytest.mark.parametrize("status", REFUSALS)
def test_a_picture_that_cannot_come_says_why(stage, status, expected_complaints):
    expected_complaints.extend([f"status of {status}", "ERR_FAILED"])
    body, words = REFUSALS[status]
    picture = stage.picture(plain(1000), SCALE)
    url = picture["frameUrls"][0]
    good = stage.answers[url]
    stage.answers[url] = Answer(body.encode(), status, "text/plain" if status == 410 else "text/html")
    stage.open(picture)
    problem = stage.film().locator(".film-problem")
    assert words in problem.inner_text()
    assert abs(middle(stage) - 127) < 4, "the preview hangs beneath"
    retry = problem.get_by_role("button", name="Try again")
    assert retry.is_visible() == (status in (0, 503))
    if retry.is_visible():
        stage.answers[url] = good
        retry.click()
        problem.wait_for(state="hidden")
        assert middle(stage) == render(plain(1000), SCALE)[0, 0]


def test_bytes_that_are_no_picture_are_said_so(stage):
    picture = stage.picture(plain(1000), SCALE)
    stage.answers[picture["frameUrls"][0]] = Answer(b"CSF1 nonsense")
    stage.open(picture)
    assert "no picture this page can read" in stage.film().locator(".film-problem").inner_text()


def test_a_picture_the_importer_could_not_read(stage):
    broken = stage.picture(plain(1000), SCALE) | {
        "problem": "Its pixels could not be read.",
        "frameUrls": [],
        "preview": None,
    }
    stage.open(stage.picture(plain(500), SCALE), broken)
    assert "Its pixels could not be read." in stage.film(1).locator(".film-problem").inner_text()
    stage.press("i", "+", "l", "Escape")


def test_a_picture_without_frame_files_shows_its_preview(stage):
    stage.open(stage.picture(plain(1000), SCALE) | {"frameUrls": []})
    assert stage.words(".mark-tr") == ""
    assert abs(middle(stage) - 127) < 4


def test_a_worker_that_dies_is_replaced(stage, expected_complaints):
    expected_complaints.append("the worker died")
    stage.open(stage.picture(plain(300), SCALE))
    slow = stage.picture(plain(900), SCALE)
    stage.answers[slow["frameUrls"][0]].status = 202
    stage.swap(stage.case(slow, case=2))
    stage.painted(2, "preview")
    stage.page.workers[0].evaluate("setTimeout(() => { throw new Error('the worker died'); })")
    stage.answers[slow["frameUrls"][0]].status = 200
    stage.painted(2)
    assert middle(stage) == render(plain(900), SCALE)[0, 0]


def test_a_session_that_ended_drops_what_is_kept(stage):
    stage.open(stage.picture(plain(300), SCALE))
    gone = stage.picture(plain(900), SCALE)
    stage.answers[gone["frameUrls"][0]] = Answer(b"", 401)
    stage.swap(stage.case(gone, case=2))
    stage.page.get_by_text("Your session has ended").wait_for()


def test_the_screens_ratio_is_respected(new_context):
    stage = Stage(new_context(viewport={"width": 1200, "height": 700}, device_scale_factor=2).new_page())
    stage.open(stage.picture(plain(1000), SCALE))
    box = stage.film().bounding_box()
    assert stage.pixels().shape[:2] == (round(2 * box["height"]), round(2 * box["width"]))


def test_it_runs_under_the_strictest_policy(stage, settings):
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    for rule in POLICY.split("; "):
        name, _, value = rule.partition(" ")
        assert [source.strip("'") for source in rules[name]] == [value.strip("'")] or str(rules[name][0]) == value
    stage.open(stage.picture(plain(300), SCALE))  # a violation is a console error, which fails the test


@pytest.mark.parametrize("colours", [False, True])
def test_a_picture_fitted_ahead_of_time_is_the_one_drawn_here(stage, colours):
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 255 if colours else 4096, (900, 700, 3)[: 3 if colours else 2])
    picture = stage.picture(pixels.astype(np.uint8 if colours else np.uint16), SCALE)
    stage.open(stage.picture(plain(300), SCALE), prefetch=[{"case": 2, "images": [picture]}])
    stage.page.wait_for_timeout(600)
    stage.swap(stage.case(picture, case=2))
    stage.painted(2)
    fitted = stage.pixels()
    assert fitted.std() > 10
    stage.press("r", "r", "r", "r")
    assert np.array_equal(stage.pixels(), fitted), "the same, sampled on the page"
    stage.press("i", "Space")
    assert np.array_equal(stage.pixels(), fitted), "the worker's grey levels were not written over"


def test_a_window_that_changes_size_keeps_the_picture_fitting(stage):
    stage.open(stage.picture(plain(1000), SCALE))
    stage.page.set_viewport_size({"width": 1400, "height": 900})
    stage.frame()
    canvas = stage.pixels()
    assert canvas.shape[1] == round(stage.film().bounding_box()["width"])
    assert canvas[:, canvas.shape[1] // 2, 0].all()
