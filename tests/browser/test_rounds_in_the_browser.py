"""What a round's settings do on the screen: checks nobody can tell, the report after the verdict, what must be said, loans."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Arm, PlantedKind, Read, ReadingRound, Slot
from tests import factories
from tests.browser.test_control_arms import sit_down
from tests.browser.test_reading import UNSEEN_MS, add_pictures, at_case
from tests.consensus.test_quality_pages import say
from tests.labeling.conftest import REPORT, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db, data_dir) -> World:
    world = make_world(n_studies=2)
    for study in world.studies:
        add_pictures(study)
    return world


def settings_of(world: World, **fields) -> None:
    ReadingRound.objects.filter(pk=world.round.pk).update(**fields)


def check(world: World, arm: str, planted: str = "", planted_kind: str = "") -> Slot:
    """The first reader's case of the first study as a check, which is an extra slot."""
    label = world.round.taxonomy.labels.get(key=planted) if planted else None
    Slot.objects.filter(pk=world.slot(0, 0).pk).update(
        arm=arm, position=0, planted_label=label, planted_kind=planted_kind
    )
    return world.slot(0, 0)


@pytest.mark.parametrize(
    ("arm", "fields", "suggested"),
    [
        (Arm.PLANTED_ERROR, {"planted": "cardiomegaly", "planted_kind": PlantedKind.ADDED}, 3),
        (Arm.PLANTED_ERROR, {"planted": "pleural_effusion", "planted_kind": PlantedKind.REMOVED}, 1),
        (Arm.REPEAT, {}, 2),
    ],
)
def test_a_check_reads_as_any_case(new_context, log_in, world, arm, fields, suggested):
    slot = check(world, arm, **fields)
    page = sit_down(new_context, log_in, world, slot)
    assert page.locator(".suggestions > li").count() == suggested
    words = page.locator("#case").evaluate("(part) => part.outerHTML").lower()
    assert not any(word in words for word in ("planted", "repeat"))
    page.keyboard.press("1")
    page.locator("#notice").get_by_text("Agree all stored").wait_for()
    assert slot.reads.get().shown["arm"] == arm


def test_the_report_is_shown_once_the_verdict_is_in(new_context, log_in, world):
    settings_of(world, show_report="after_verdict")
    page = sit_down(new_context, log_in, world, world.slot(0, 0))
    assert REPORT not in page.content()
    page.keyboard.press("1")
    at_case(page, world, 1)
    assert REPORT not in page.content()
    page.get_by_role("link", name="its report").click()
    page.locator("#report").get_by_text(REPORT).wait_for()


def test_a_round_may_ask_for_a_comment(new_context, log_in, world, expected_complaints):
    expected_complaints.append("status of 422")
    settings_of(world, require_comment=True)
    page = sit_down(new_context, log_in, world, world.slot(0, 0))
    page.keyboard.press("3")
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    page.locator("#notice").get_by_text("this round asks for it").wait_for()
    page.locator("#corrections textarea").fill("a shadow, no effusion")
    page.keyboard.press("Enter")
    at_case(page, world, 1)
    assert Read.objects.get().comment == "a shadow, no effusion"


def test_a_round_may_ask_for_labels(new_context, log_in, world, expected_complaints):
    expected_complaints.append("status of 422")
    settings_of(world, require_corrections=True)
    page = sit_down(new_context, log_in, world, world.slot(0, 0))
    page.keyboard.press("2")
    page.locator("#corrections textarea").fill("hm")
    page.keyboard.press("Enter")
    page.locator("#notice").get_by_text("a comment is not enough").wait_for()
    assert page.locator("#corrections textarea").input_value() == "hm"
    page.locator("#corrections").get_by_text("Pneumothorax").click()
    page.wait_for_timeout(UNSEEN_MS)
    page.locator("#corrections button").click()
    at_case(page, world, 1)
    assert Read.objects.get().verdict == "agree_mostly"


def test_the_open_page_renews_its_loan(new_context, log_in, world):
    slot = world.slot(0, 0)
    page = sit_down(new_context, log_in, world, slot)
    Slot.objects.filter(pk=slot.pk).update(leased_until=timezone.now() + timedelta(minutes=1))
    with page.expect_response("**/loan/"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    slot.refresh_from_db()
    assert slot.leased_until > timezone.now() + timedelta(minutes=20)


def test_the_curator_sees_how_often_errors_were_caught_and_how_readers_differ(new_context, log_in, world):
    for reader in range(3):
        say(world.slot(reader, 1), "agree_all")
    caught = check(world, Arm.PLANTED_ERROR, planted="cardiomegaly", planted_kind=PlantedKind.ADDED)
    say(caught, "disagree", "-cardiomegaly")
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, factories.make_user("curator"))
    page = context.new_page()
    page.goto(f"/consensus/{world.round.pk}/bias/")
    page.get_by_text("None: every planted error that was read was caught.").wait_for()
    page.get_by_text("The same as a table").first.click()
    row = page.get_by_role("row", name="All planted errors").first.inner_text().split()
    assert (row[-4], row[-1]) == ("100.0%", "1")
    page.goto(f"/consensus/{world.round.pk}/readers/")
    words = page.locator("main").inner_text()
    assert all(reader.name in words for reader in world.readers)


@pytest.mark.parametrize("page", ["bias", "readers"])
def test_a_reader_does_not(new_context, log_in, world, page, expected_complaints):
    expected_complaints.append("status of 403")
    context = new_context()
    log_in(context, world.readers[0])
    assert context.new_page().goto(f"/consensus/{world.round.pk}/{page}/").status == 403
