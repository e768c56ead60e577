"""The reader's case in Firefox: exact pixels, the tools, one key a verdict, nothing lost, nothing to complain about."""

import math
import time

import numpy as np
import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from cases.actions.frames import derive_image
from cases.adapters.dicom import decode_pixels, decoded, parse
from cases.adapters.storage import ORIGINALS
from cases.models import Image, Series
from labeling.models import Arm, CannotJudge, Draft, Read, ReadingKeys, Slot
from tests import factories
from tests.browser.conftest import session_cookie
from tests.browser.painted import places_of
from tests.browser.test_control_arms import training_slot
from tests.browser.test_reading import UNSEEN_MS, add_pictures, verdicts, world
from tests.browser.test_reading_desk import PASSWORD, with_password
from tests.browser.test_viewer_real_films import expected
from tests.cases.builders import dicom
from tests.cases.test_exactness import curved, table
from tests.factories import keep

__all__ = ["with_password", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
STORED = np.random.default_rng(11).integers(0, 65536, (240, 200), dtype=np.uint16)
SIXTEEN_BITS = {"BitsStored": 16, "HighBit": 15, "ImagerPixelSpacing": [0.2, 0.2]}
FILMS = {
    "a window": SIXTEEN_BITS | {"WindowCenter": 30000, "WindowWidth": 41000},
    "a VOI table": SIXTEEN_BITS | {"VOILUTSequence": table(curved(16, 60000), first=2000)},
}

IS_LAID_OUT = (
    "(width) => [...document.querySelectorAll('.film > canvas:not(.lens)')].every((one) => one.width === width)"
)


def film(number: int, study: int) -> bytes:
    return dicom(STORED, study=study, **list(FILMS.values())[number % len(FILMS)])


@pytest.fixture
def desk(world, firefox_page):
    """The reader's screen at the first case; its films are real files of 16 bits, each with its own way to grey."""
    for number, image in enumerate(Image.objects.order_by("pk")):
        sha256 = keep(ORIGINALS, film(number, image.pk))
        Image.objects.filter(pk=image.pk).update(
            sha256=sha256, film_sha256="", preview_sha256="", frames=1, has_surplus=False
        )
        derive_image(image_id=image.pk, now=timezone.now())
    firefox_page.set_cookie(**session_cookie(world.readers[0]))
    firefox_page.goto("/reading/")
    firefox_page.click("a.button[href*='/reading/case/']")
    at_case(firefox_page, world, 0)
    return firefox_page


def at_case(page, world, study: int) -> None:
    """Waits until the case's full pictures are painted."""
    page.wait_for(f"#viewer[data-case='{world.slot(0, study).pk}'][data-painted='full']")
    page.frame()
    time.sleep(UNSEEN_MS / 1000)


def middle(page, number: int) -> tuple[float, float]:
    box = page.box(f".film:nth-of-type({number + 1})")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def readout(page, number: int = 0) -> str:
    return page.text(f".film:nth-of-type({number + 1}) [data-readout]")


def truth_of(number: int) -> np.ndarray:
    dataset = parse(film(number, 1))
    return expected(decoded(dataset, decode_pixels(dataset)))


def test_what_is_painted_at_one_to_one_is_what_the_file_says_at_every_display_scale(desk):
    truths = [truth_of(number) for number in range(len(FILMS))]
    assert min(len(np.unique(truth)) for truth in truths) > 200
    for number in range(len(FILMS)):
        desk.click(f".film:nth-of-type({number + 1})")
        desk.press("*")
    for scale in (1, 1.25, 1.5, 1.75, 2):
        desk.show_at(1367, 769, scale)  # the films' edges lie between pixels
        desk.wait_until(IS_LAID_OUT, math.floor(521.5 * scale))
        desk.frame()
        painted = desk.screenshot()
        assert [places_of(truth, painted) for truth in truths] == [1, 1], scale


def test_window_and_zoom_by_drag_wheel_and_key(desk):
    x, y = middle(desk, 0)
    assert readout(desk).startswith("W 41000 L 30000")
    desk.drag((x, y), (x + 40, y), (x + 80, y))
    desk.frame()
    width, level = (int(part) for part in readout(desk).split()[1:4:2])
    assert (width > 41000, level) == (True, 30000)
    desk.drag((x, y), (x, y + 80))
    desk.frame()
    assert int(readout(desk).split()[3]) > 30000
    desk.press("Space")
    desk.wait_until("() => document.querySelector('[data-readout]').textContent.startsWith('W 41000 L 30000')")
    desk.press("[", "{")
    desk.frame()
    assert not readout(desk).startswith("W 41000")
    before = readout(desk).split()[-1]
    desk.wheel(x, y, -300)
    desk.wait_until("(before) => !document.querySelector('[data-readout]').innerText.endsWith(before)", before)
    desk.press("i")
    desk.wait_for(".film .mark-flag", "INVERTED")


def test_a_session_of_reading_by_keys(desk, world):
    desk.evaluate("() => { window.same = true; }")
    desk.press("1")
    at_case(desk, world, 1)
    assert "Case 1: Agree all stored" in desk.text("#notice")
    desk.press("3", "q", "e")
    desk.wait_for("#corrections li[data-changed]")
    desk.press("Enter")
    at_case(desk, world, 2)
    assert verdicts(world) == ["agree_all", "disagree", ""]
    changes = Read.objects.get(verdict="disagree").corrections.values_list("label__key", "kind")
    assert sorted(changes) == [("cardiomegaly", "added"), ("pleural_effusion", "struck")]
    desk.press("u")
    at_case(desk, world, 1)
    assert "taken back" in desk.text("#notice")
    assert verdicts(world) == ["agree_all", "", ""]
    assert desk.evaluate("() => window.same") is True, "a page was loaded anew"


def test_a_comment_is_text_and_saved_by_itself(desk):
    desk.press("2")
    desk.click("#corrections textarea")
    desk.type("1 u n q")
    desk.wait_for("#saved", "draft saved")
    assert Draft.objects.get().content["comment"] == "1 u n q"
    assert not Read.objects.exists()


def test_an_answer_lost_on_the_way_is_stored_once(desk, world, expected_complaints):
    expected_complaints.append("htmx:")  # says on the console that an answer was lost
    lost = []

    def first_verdict(request) -> bool:
        is_lost = request["method"] == "POST" and not lost
        lost.extend([request["url"]] * is_lost)
        return is_lost

    with desk.losing_answers(first_verdict):
        desk.press("1")
        desk.wait_for("#notice", "Connection lost")
        assert Read.objects.count() == 1, "the server has stored it"
        at_case(desk, world, 1)  # it went out again by itself
    assert (len(lost), Read.objects.count(), verdicts(world)) == (1, 1, ["agree_all", "", ""])


def test_a_mark_is_measured_and_stored_with_the_verdict(desk, world):
    x, y = middle(desk, 0)
    desk.press("l")
    desk.drag((x - 50, y), (x, y), (x + 50, y))
    desk.wait_for("g.mark")
    assert "mm at detector" in desk.evaluate("() => document.querySelector('g.mark').getAttribute('aria-label')")
    desk.press("Escape", "1")
    at_case(desk, world, 1)
    assert [mark["kind"] for mark in Read.objects.get().marks] == ["length"]


def test_the_next_case_hangs_in_full_at_once(desk, world):
    time.sleep(2)
    desk.evaluate(
        """() => { window.stages = [];
        document.addEventListener("viewer:painted", (event) => stages.push(event.detail.stage)); }"""
    )
    desk.press("1")
    at_case(desk, world, 1)
    assert desk.evaluate("() => stages")[0] == "full"


def test_one_finger_sets_the_window_and_two_pinch(desk):
    x, y = middle(desk, 0)
    desk.touch([(x, y), (x + 40, y), (x + 80, y)])
    desk.frame()
    width, level = (int(part) for part in readout(desk).split()[1:4:2])
    assert (width > 41000, level) == (True, 30000)
    window, zoom = readout(desk).split("   ")
    desk.touch(*([(x + side * away, y) for away in (50, 75, 100)] for side in (-1, 1)))
    desk.wait_until("(zoom) => !document.querySelector('[data-readout]').textContent.endsWith(zoom)", zoom)
    assert readout(desk).startswith(window)
    assert scale(readout(desk)) == pytest.approx(2 * scale(zoom), rel=0.1)


def scale(text: str) -> float:
    """Screen pixels of one of the picture's, as the corner says it."""
    screen, own = (float(part) for part in text.rsplit(maxsplit=1)[-1].split(":"))
    return screen / own


@pytest.fixture
def stack(desk, world):
    """The desk at a case whose pictures are one stack."""
    Series.objects.filter(study=world.studies[0]).update(modality="CT")
    desk.goto(f"/reading/case/{world.slot().pk}/")
    at_case(desk, world, 0)
    desk.wait_for("[data-place]", "1 of 2")
    return desk


def test_a_stack_plays_and_stops(stack):
    stack.press("c")
    for place in ("2 of 2", "1 of 2", "2 of 2"):
        stack.wait_for("[data-place]", place)
    stack.press("c")
    before = stack.text("[data-place]")
    time.sleep(0.5)  # five frames at the rate it played with
    assert stack.text("[data-place]") == before


def test_a_stack_is_scrolled_by_wheel_and_by_key(stack):
    desk = stack
    desk.wheel(*middle(desk, 0), 100)
    desk.wait_for("[data-place]", "2 of 2")
    desk.press("ArrowUp")
    desk.wait_for("[data-place]", "1 of 2")


def test_cannot_judge_by_keys_and_its_button_by_space(desk, world):
    desk.evaluate("() => document.querySelector('.verdict[data-verdict=cannot_judge]').focus()")
    desk.press("Space")
    desk.wait_for("#cannot legend", "Cannot judge: why?")
    desk.press("Escape", "0", "q", "Enter")
    at_case(desk, world, 1)
    assert CannotJudge.objects.get().reason == "image_quality"


def test_an_ended_session_signs_in_in_place_and_sends_the_verdict(desk, with_password, world):
    desk.evaluate("() => { window.same = true; }")
    Session.objects.all().delete()
    desk.press("1")
    for name, text in (("login", world.readers[0].username), ("password", PASSWORD)):
        desk.wait_for(f"#signed-out[open] input[name={name}]")
        desk.click(f"#sign-in input[name={name}]")
        desk.type(text)
    desk.press("Enter")
    at_case(desk, world, 1)
    assert desk.evaluate("() => window.same") is True, "a page was loaded anew"
    assert verdicts(world) == ["agree_all", "", ""]


def test_labels_from_scratch(desk, world):
    slot = world.slot()
    Slot.objects.filter(pk=slot.pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    desk.goto(f"/reading/case/{slot.pk}/")
    at_case(desk, world, 0)
    assert "Agree all" not in desk.text(".panel")
    desk.press("q", "Enter")
    at_case(desk, world, 1)
    read = slot.reads.get()
    assert (read.verdict, [item.label.key for item in read.corrections.all()]) == ("labels", ["pleural_effusion"])


def test_a_training_case_shows_its_answer_and_goes_on(desk, world):
    study = factories.make_study(world.benchmark, study_id="T1", report="Broad heart.")
    factories.make_suggestions(study, world.benchmark, ["pleural_effusion"])
    add_pictures(study)
    answer = ["pleural_effusion", "cardiomegaly"]
    slot = training_slot(world.round, world.readers[0], study, answer=answer, explanation="The heart is broad.")
    desk.goto(f"/reading/case/{slot.pk}/")
    desk.wait_for(f"#viewer[data-case='{slot.pk}'][data-painted]")
    time.sleep(UNSEEN_MS / 1000)
    desk.press("1")
    desk.wait_for(".panel", "The heart is broad.")
    assert "you left it out" in desk.text(".panel")
    time.sleep(UNSEEN_MS / 1000)
    desk.press("n")
    at_case(desk, world, 0)


def test_own_keys_and_guidelines(desk, world):
    ReadingKeys.objects.create(user=world.readers[0], keys={"verdict.agree_all": ["y"]})
    desk.goto(f"/reading/case/{world.slot().pk}/")
    at_case(desk, world, 0)
    desk.press("g")
    desk.wait_for("#guide[open]", "Guidelines")
    desk.press("Escape", "1")
    time.sleep(UNSEEN_MS / 1000)
    assert not Read.objects.exists()
    desk.press("y")
    at_case(desk, world, 1)
    assert verdicts(world) == ["agree_all", "", ""]
