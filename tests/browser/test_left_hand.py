"""Reading with the left hand alone, the right one on the mouse or nowhere: twenty cases without a look at the help."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from benchmarks.models import Benchmark
from demo.story import Story
from labeling.actions import ControlArms, open_round
from labeling.models import Arm, ReadingRound, Slot, SlotState
from tests import factories
from tests.browser.test_control_arms import sit_down
from tests.browser.test_reading import UNSEEN_MS, add_pictures, at_case
from tests.labeling.conftest import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
LEFT = {*"12345qwertasdfgzxcvb", "Space", "Tab", "Escape"}
TWELVE = (*factories.LABELS, *(f"label_{n}" for n in range(9)))


class LeftHand:
    """A keyboard of which only the left half is there."""

    def __init__(self, page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            assert key.removeprefix("Shift+").lower() in {one.lower() for one in LEFT}, key
            self.page.keyboard.press(key)


def sit(new_context, log_in, world: World, slot: Slot) -> LeftHand:
    return LeftHand(sit_down(new_context, log_in, world, slot))


def world_of(n_studies: int, labels: tuple[str, ...], **settings) -> World:
    benchmark = factories.make_benchmark(labels=labels)
    reader = factories.make_user(username="r1")
    studies = []
    for n in range(n_studies):
        study = factories.make_study(benchmark, study_id=f"CXR{n}", report="Small left effusion.")
        factories.make_suggestions(study, benchmark, ["pleural_effusion", "pneumothorax"])
        add_pictures(study, views=("PA",))
        studies.append(study)
    return World(benchmark, [reader], studies, factories.make_round(benchmark, studies, [reader], **settings))


def test_twenty_cases_with_the_left_hand(new_context, log_in, transactional_db, data_dir):
    world = world_of(20, TWELVE)
    scratch = world.slot(0, 6)
    Slot.objects.filter(pk=scratch.pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    hand = sit(new_context, log_in, world, world.slot(0, 0))
    said = {
        0: ("1",),
        1: ("2", "q", "4"),  # strikes the first suggestion
        2: ("3", "q", "w", "e", "4"),
        3: ("5", "q", "4"),  # cannot judge: image quality
    }
    for case in range(20):
        at_case(hand.page, world, case)
        if case == 5:  # left for later
            hand.press("Shift+S")
        elif case == 6:
            hand.press("e", "x", "4")
        elif case == 8:  # a slip, taken back
            hand.press("1")
            at_case(hand.page, world, 9)
            hand.press("Shift+Z")
            at_case(hand.page, world, 8)
            hand.press("3", "e", "Escape", "2", "4")
        else:
            hand.press(*said[case % 4])
    at_case(hand.page, world, 5)
    hand.press("2", "x", "4")
    hand.page.locator("main.state").wait_for()
    slots = list(Slot.objects.filter(reader=world.readers[0]).order_by("order"))
    expected = ["agree_all", "agree_mostly", "disagree", ""] * 5
    expected[5], expected[6], expected[8] = "agree_mostly", "labels", "agree_mostly"
    assert [slot.reads.current().values_list("verdict", flat=True).first() or "" for slot in slots] == expected
    assert [slot.cannot_judge.count() for slot in slots] == [int(verdict == "") for verdict in expected]
    assert {slot.state for slot in slots} == {SlotState.READ, SlotState.CLOSED}
    corrections = scratch.reads.get().corrections
    assert [item.label.key for item in corrections.all()] == ["cardiomegaly", "label_8"]


# What is looked at in a picture, and what the corner says then: zoom, windows, one to one, inverted, back again.
LOOKS = (
    ("Shift+W", "[data-readout]"), ("Shift+Q", "[data-readout]"), ("Shift+E", "[data-readout]"),
    ("Shift+2", "[data-readout]"), ("Shift+X", "[data-flags]"), ("r", "[data-flags]"), ("Space", "[data-flags]"),
)  # fmt: skip
SAID = {
    ("1",): "agree_all",
    ("2", "q", "4"): "agree_mostly",
    ("1", "Shift+Z", "3", "w", "e", "4"): "disagree",  # a slip, taken back
    ("5", "q", "4"): "",  # cannot judge
}


def test_twenty_cases_of_the_demo_with_the_left_hand(new_context, log_in, transactional_db, data_dir):
    """The demo's films, reports and twelve labels, dealt to one reader, who looks closer at each before the verdict."""
    Story(seed=7, n_studies=48, scale=0.1, tell=lambda line: None).until("sampled")
    reader = User.objects.get(username="reader")
    benchmark = Benchmark.objects.get(slug="chest-radiograph")
    round_ = open_round(
        benchmark=benchmark, readers=[reader], reads_per_study=1, arms=ControlArms(), by=None, now=timezone.now()
    )
    slots = list(round_.slots.order_by("order"))
    assert len(slots) >= 20
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, reader)
    hand = LeftHand(context.new_page())
    hand.page.goto(f"/reading/case/{slots[0].pk}/")
    expected = [*SAID.items()] * 5
    for slot, (keys, _) in zip(slots, expected, strict=False):
        on_the_screen(hand, slot)
        corner = hand.page.locator(".film").first
        for key, told in LOOKS:
            before = corner.locator(told).inner_text()
            hand.press(key)
            expect(corner.locator(told)).not_to_have_text(before)
        for key in keys:
            hand.press(key)
            if key == "Shift+Z" or (key == "1" and len(keys) > 1):
                on_the_screen(hand, slots[slots.index(slot) + (key == "1")])
        assert hand.page.locator("dialog[open]").count() == 0
    on_the_screen(hand, slots[20]) if len(slots) > 20 else hand.page.locator("main.state").wait_for()
    standing = [slot.reads.current().values_list("verdict", flat=True).first() or "" for slot in slots[:20]]
    assert standing == [verdict for _, verdict in expected]
    assert [slot.cannot_judge.count() for slot in slots[:20]] == [int(verdict == "") for verdict in standing]
    assert all(slot.reads.current().get().corrections.count() == 2 for slot in slots[2:20:4])


def on_the_screen(hand: LeftHand, slot: Slot) -> None:
    hand.page.locator(f"#viewer[data-case='{slot.pk}'][data-painted='full']").wait_for()
    hand.page.wait_for_timeout(UNSEEN_MS)


def test_each_of_forty_labels_has_its_keys(new_context, log_in, transactional_db, data_dir):
    world = world_of(1, (*factories.LABELS, *(f"label_{n}" for n in range(37))))
    slot = world.slot(0, 0)
    hand = sit(new_context, log_in, world, slot)
    hand.press("3", "v")
    assert hand.page.locator("#corrections input:checked").count() == 0
    hand.press("w")
    ticked = hand.page.locator("#corrections input:checked")
    assert [ticked.nth(n).get_attribute("data-key") for n in range(ticked.count())] == ["vw"]
    assert hand.page.locator("#corrections li[data-changed]").inner_text().split()[0] == "VW"
    for key in hand.page.locator("#corrections input[data-key]").evaluate_all(
        "all => all.map((one) => one.dataset.key)"
    ):
        if key != "vw":
            hand.press(*key)
    assert ticked.count() == 40
    hand.press("v", "Escape")
    assert hand.page.locator("#corrections").is_hidden()


def test_the_buttons_say_their_keys_of_the_left_hand(new_context, log_in, transactional_db, data_dir):
    world = world_of(3, TWELVE)
    page = sit(new_context, log_in, world, world.slot(0, 0)).page
    page.keyboard.press("1")
    at_case(page, world, 1)
    titles = [page.locator(one).get_attribute("title") for one in ("#next", "#previous", "#undo button")]
    assert titles == ["N or Shift+S", "Shift+N or Shift+A", "U or Ctrl+Z or Shift+Z"]


def test_letters_that_no_label_has_do_what_they_always_do(new_context, log_in, transactional_db, data_dir):
    world = world_of(1, TWELVE)
    page = sit(new_context, log_in, world, world.slot(0, 0)).page
    page.keyboard.press("2")
    page.keyboard.press("i")
    assert page.locator("[data-do='picture.invert']").get_attribute("aria-pressed") == "true"
    page.keyboard.press("g")  # the tenth label's
    assert page.locator("#guide").is_hidden()
    assert page.locator("#corrections input:checked").get_attribute("data-key") == "g"
    page.keyboard.press("Shift+G")
    assert page.locator("#guide").is_visible()


def test_the_report_of_a_case_from_scratch_folds(new_context, log_in, transactional_db, data_dir):
    world = world_of(1, TWELVE, show_report="always")
    Slot.objects.update(arm=Arm.NO_SUGGESTIONS, position=0)
    hand = sit(new_context, log_in, world, world.slot(0, 0))
    assert hand.page.locator("#report p").is_visible()
    hand.press("Shift+T")
    assert hand.page.locator("#report p").is_hidden()
    assert ReadingRound.objects.get().slots.get().reads.count() == 0


def test_the_key_that_stores_a_list_stores_nothing_without_one(new_context, log_in, transactional_db, data_dir):
    """A slip of the hand is no verdict."""
    world = make_world(n_studies=2)
    for study in world.studies:
        add_pictures(study)
    hand = sit(new_context, log_in, world, world.slot(0, 0))
    hand.press("4")
    hand.press("1")
    at_case(hand.page, world, 1)
    assert world.slot(0, 0).reads.count() == 1
