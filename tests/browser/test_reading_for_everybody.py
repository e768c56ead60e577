"""The reading page zoomed to 200 % and more, read aloud, and over white film."""

import pytest
from django.urls import reverse
from django.utils import timezone

from labeling.actions import record_read
from labeling.models import Arm, Read, Slot
from tests.browser.test_control_arms import training
from tests.browser.test_reading import UNSEEN_MS, add_pictures, at_case, desk, verdicts, world
from tests.browser.test_reading_desk import SEEN, sign_in, with_password
from tests.browser.test_viewer_for_everybody import grave_faults
from tests.consensus.test_adjudication import dealt, split
from tests.core.test_templates import luminance

__all__ = ["desk", "split", "training", "with_password", "world"]
pytestmark = pytest.mark.django_db(transaction=True)

SMALL = [(683, 384), (320, 256), (1000, 360)]
LIVE = "[role=alert], [role=status], [aria-live], output"
# Every text that is said, from here on.
LISTEN = """() => {
  window.heard = [];
  const watch = new MutationObserver(() => {
    const words = document.getElementById("live").textContent;
    if (words) window.heard.push(words);
  });
  watch.observe(document.getElementById("live"), { childList: true, characterData: true, subtree: true });
}"""


@pytest.mark.parametrize("size", SMALL)
def test_on_a_small_screen_labels_and_verdicts_can_be_reached_and_seen(desk, world, size):
    desk.set_viewport_size({"width": size[0], "height": size[1]})
    assert all(desk.locator(".verdict").evaluate_all(SEEN))
    assert all(desk.locator(".film:visible").evaluate_all(SEEN))
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for label in desk.locator(".suggestions .label-name").all():
        label.scroll_into_view_if_needed()
        assert label.evaluate_all(SEEN) == [True]
    desk.keyboard.press("2")
    assert desk.locator("#corrections input[type=checkbox]").evaluate_all(SEEN)[0], (
        "the list is open, and its first label is in sight"
    )
    for box in desk.locator("#corrections input[type=checkbox], #corrections textarea, #corrections .button").all():
        box.focus()
        assert box.evaluate_all(SEEN) == [True], box
        assert all(desk.locator(".verdict").evaluate_all(SEEN))
    desk.keyboard.press("Escape")
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert all(desk.locator(".film:visible").evaluate_all(SEEN)), "the next case's picture is in sight"
    assert verdicts(world) == ["agree_all", "", ""]


@pytest.mark.parametrize("size", [*SMALL, (390, 844), (800, 1000)])
def test_on_a_small_screen_a_reader_sees_what_is_saved(desk, world, size):
    desk.set_viewport_size({"width": size[0], "height": size[1]})
    bar = desk.locator(".bar").bounding_box()
    desk.keyboard.press("3")
    desk.keyboard.press("w")
    desk.locator("#saved").get_by_text("draft saved").wait_for()
    assert desk.locator("#saved").evaluate_all(SEEN) == [True], "wherever the list scrolled to"
    assert all(desk.locator(".verdict").evaluate_all(SEEN))
    assert desk.locator(".bar").bounding_box()["height"] == bar["height"], "nothing moves when the words change"
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert desk.locator("#saved").inner_text().startswith("saved ")
    assert desk.locator("#saved").evaluate_all(SEEN) == [True]


def test_on_a_phone_every_button_of_the_bar_is_on_the_screen(desk):
    desk.set_viewport_size({"width": 390, "height": 844})
    assert all(desk.locator(".bar :is(a, button)").evaluate_all(SEEN))


def test_a_large_screen_does_not_scroll(desk):
    assert desk.evaluate(
        "document.documentElement.scrollHeight === innerHeight && document.body.scrollHeight === innerHeight"
    )


def test_words_without_an_end_do_not_push_the_panel_out_of_sight(desk, world):
    endless = "pneumonoultramicroscopicsilicovolcanoconiosis" * 3
    record_read(slot=world.slot(), verdict="disagree", comment=endless, by=world.readers[0], now=timezone.now())
    record_read(slot=world.slot(), verdict="agree_mostly", comment=endless, by=world.readers[0], now=timezone.now())
    desk.reload()
    at_case(desk, world, 0)
    desk.get_by_text("What you said before").click()
    for size in [(1366, 768), (390, 844)]:
        desk.set_viewport_size({"width": size[0], "height": size[1]})
        assert desk.locator(".panel-body").evaluate("(body) => body.scrollWidth <= body.clientWidth"), size


def test_a_notice_with_two_buttons_has_its_words_above_them(desk):
    two = "document.getElementById('notice').replaceChildren(document.getElementById('newer-draft').content.cloneNode(true))"
    desk.evaluate(two)
    words, show, keep = (
        desk.locator(f"#notice > :nth-child({n})").evaluate("(one) => one.getBoundingClientRect().toJSON()")
        for n in (1, 2, 3)
    )
    assert words["width"] > 250
    assert words["bottom"] <= show["top"] == keep["top"]
    one = "document.getElementById('notice').replaceChildren(document.getElementById('verdict-lost').content.cloneNode(true))"
    desk.evaluate(one)
    button = desk.locator("#notice button")
    assert button.evaluate("(button) => button.scrollWidth <= button.clientWidth"), "its words fit into it"
    assert button.bounding_box()["y"] < desk.locator("#notice > span").bounding_box()["y"] + 30, (
        "and it stands beside them"
    )


def test_what_is_refused_is_said_once_in_the_one_live_region(desk, expected_complaints):
    expected_complaints.append("status of 422")
    assert desk.locator(LIVE).count() == 1
    desk.keyboard.press("0")
    desk.keyboard.press("r")
    desk.evaluate(LISTEN)
    desk.keyboard.press("Enter")
    desk.locator("#notice").get_by_text("few words").wait_for()
    assert desk.locator(LIVE).count() == 1
    assert [words for words in desk.evaluate("window.heard") if "few words" in words] == [
        "Say in a few words why this case cannot be judged. Case 1 of 3"
    ]


def test_the_adjudicators_page_speaks_through_the_same_region(
    split, data_dir, new_context, log_in, expected_complaints
):
    expected_complaints.append("status of 422")
    add_pictures(split.studies[0])
    found = dealt(split)
    context = new_context()
    log_in(context, found.adjudicator)
    page = context.new_page()
    page.goto(reverse("consensus:adjudication", args=[found.pk]))
    page.locator("#viewer[data-painted]").wait_for()
    page.keyboard.press("i")
    page.locator("#live").get_by_text("nverted").wait_for(state="attached")
    page.locator("input[required]").evaluate_all("(all) => all.forEach((one) => { one.required = false; })")
    page.get_by_role("button", name="Store the decision").click()
    page.locator(".notice-bad:focus").get_by_text("Pneumothorax").wait_for()  # read aloud, as the focus is there
    assert page.locator(LIVE).count() == 1


def test_a_verdict_without_an_answer_is_told_once_however_often_it_is_tried(desk, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:"])
    desk.evaluate(LISTEN)
    desk.context.set_offline(True)
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Connection lost").wait_for()
    desk.get_by_role("button", name="Try now").click()
    desk.wait_for_timeout(500)
    assert len([words for words in desk.evaluate("window.heard") if "Connection lost" in words]) == 1


def test_a_wrong_password_is_said_within_the_dialog(desk, with_password, world):
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()
    desk.keyboard.press("1")
    desk.evaluate(LISTEN)
    sign_in(desk, "nobody")
    desk.locator("#sign-in-error").get_by_text("not correct").wait_for()
    assert desk.locator("dialog[open] #live").count() == 1, "what lies outside a modal dialog is read to nobody"
    assert len([words for words in desk.evaluate("window.heard") if "not correct" in words]) == 1
    sign_in(desk, world.readers[0].username)
    at_case(desk, world, 1)
    assert desk.locator("dialog #live").count() == 0
    assert Read.objects.count() == 1


def test_words_over_a_film_stand_on_a_plate_of_their_own(desk):
    for key in ("i", "h", "r"):
        desk.keyboard.press(key)
    flags = desk.locator(".mark-flag:visible")
    assert {"INVERTED", "FLIPPED", "ROTATED 90°"} <= set(flags.all_inner_texts())
    for front, back in flags.evaluate_all(
        "(all) => all.map(getComputedStyle).map((style) => [style.color, style.backgroundColor])"
    ):
        light, dark = luminance(hex_of(front)), luminance(hex_of(back))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def hex_of(colour: str) -> str:
    """rgb(1, 2, 3) as #010203; one that lets something through has four parts, and is none."""
    parts = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return "#" + "".join(f"{part:02x}" for part in parts)


def test_axe_finds_no_serious_fault_on_a_list_from_scratch(desk, world):
    Slot.objects.filter(pk=world.slot(0, 1).pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    desk.goto(f"/reading/case/{world.slot(0, 1).pk}/")
    at_case(desk, world, 1)
    desk.get_by_text("No suggestions for this case").wait_for()
    desk.keyboard.press("q")
    assert grave_faults(desk) == []


def test_axe_finds_no_serious_fault_on_the_answer_to_a_training_case(desk, training):
    desk.goto(f"/reading/case/{training.pk}/")
    desk.locator(f"#viewer[data-case='{training.pk}'][data-painted]").wait_for()
    desk.wait_for_timeout(UNSEEN_MS)
    desk.keyboard.press("1")
    desk.get_by_text("The heart is broad.").wait_for()
    assert grave_faults(desk) == []
