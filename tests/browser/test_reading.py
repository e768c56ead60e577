"""A reader at the keyboard: one key is a verdict, nothing is lost, nothing is stored twice."""

import io

import pytest
from django.contrib.sessions.models import Session
from PIL import Image as Picture

from cases.adapters.storage import DERIVED
from cases.models import Image, Series
from labeling.actions import close_round
from labeling.models import Read, Slot
from tests.factories import keep, make_import
from tests.labeling.conftest import make_world

pytestmark = pytest.mark.django_db(transaction=True)
UNSEEN_MS = 400  # a little longer than a verdict is taken for one on the case before


def add_pictures(study, views=("PA", "LL")) -> None:
    series = Series.objects.create(study=study, series_uid=f"1.2.{study.pk}")
    for number, view in enumerate(views):
        file = io.BytesIO()
        Picture.new("L", (200, 240), 40 + 60 * number + study.pk % 40).save(file, "JPEG")
        kept = keep(DERIVED, file.getvalue())
        Image.objects.create(
            series=series, sop_uid=f"1.{study.pk}.{number}", sha256=kept, rows=240, columns=200, view_position=view,
            preview_sha256=kept, thumbnail_sha256=kept, instance_number=number,
        )  # fmt: skip


@pytest.fixture
def world(transactional_db, data_dir):
    world = make_world(n_studies=3)
    for study in world.studies:
        add_pictures(study)
    make_import(world.studies[0].site, world.benchmark)
    return world


@pytest.fixture
def desk(new_context, log_in, world):
    """The reader's screen, signed in, at the first case."""
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, world.readers[0])
    page = context.new_page()
    page.goto("/reading/")
    page.get_by_role("link", name="Start reading").click()
    at_case(page, world, 0)
    return page


def at_case(page, world, study: int) -> None:
    """Waits until the case is on the screen, pictures painted, for as long as a verdict would be about the case before."""
    page.locator(f"#viewer[data-case='{world.slot(0, study).pk}'][data-painted]").wait_for()
    page.wait_for_timeout(UNSEEN_MS)


def lose_first_answer(page) -> None:
    """The server stores what is sent first; its answer never arrives."""
    lost = []

    def lose_first(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            return route.abort()
        return route.continue_()

    page.route("**/reading/case/*/", lose_first)


def verdicts(world) -> list[str]:
    slots = Slot.objects.filter(reader=world.readers[0]).order_by("order")
    return [slot.reads.current().values_list("verdict", flat=True).first() or "" for slot in slots]


def test_key_one_stores_and_brings_the_next_case_without_a_new_page(desk, world):
    desk.evaluate("window.same = true")
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert desk.evaluate("window.same") is True
    assert "Case 1: Agree all stored" in desk.locator("#notice").inner_text()
    assert desk.url.endswith(f"/case/{world.slot(0, 1).pk}/?stored={world.slot().pk}")
    assert verdicts(world) == ["agree_all", "", ""]


def test_a_key_pressed_as_soon_as_the_next_case_may_be_judged_counts_for_it(desk, world):
    desk.evaluate(
        """() => {
          window.same = true;
          const how = { key: "1", bubbles: true, cancelable: true };
          const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", how));
          const painted = () => document.addEventListener("viewer:painted", () => setTimeout(press, 360), { once: true });
          document.addEventListener("htmx:afterSwap", painted, { once: true });
        }"""
    )
    desk.keyboard.press("1")
    at_case(desk, world, 2)
    assert desk.evaluate("window.same") is True, "the verdict went out as a plain form"
    assert verdicts(world) == ["agree_all", "agree_all", ""]


def test_the_verdict_buttons_stay_at_the_same_pixels(desk, world):
    places = [desk.locator(".verdict").nth(n).bounding_box() for n in range(3)]
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert [desk.locator(".verdict").nth(n).bounding_box() for n in range(3)] == places


def test_key_two_opens_the_list_letters_strike_and_enter_stores(desk, world):
    desk.keyboard.press("2")
    desk.get_by_text("Agree mostly: what would you change?").wait_for()
    desk.keyboard.press("q")
    desk.keyboard.press("e")
    assert desk.locator("#corrections li[data-changed]").count() == 2
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    read = Read.objects.get()
    assert (read.verdict, sorted((c.label.key, c.kind) for c in read.corrections.all())) == (
        "agree_mostly",
        [("cardiomegaly", "added"), ("pleural_effusion", "struck")],
    )


def test_key_three_without_a_change_says_what_is_asked(desk, world, expected_complaints):
    expected_complaints.append("status of 422")
    desk.keyboard.press("3")
    desk.keyboard.press("Enter")
    desk.locator("#notice").get_by_text("Strike or add at least one label").wait_for()
    assert desk.locator("#corrections").is_visible()
    desk.locator("#corrections textarea").fill("Film of another person")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert Read.objects.get().comment == "Film of another person"


def test_escape_closes_the_list_and_stores_nothing(desk, world):
    desk.keyboard.press("3")
    desk.keyboard.press("Escape")
    assert desk.locator("#corrections").is_hidden()
    assert not Read.objects.exists()


def test_letters_and_digits_in_the_comment_are_text(desk, world):
    desk.keyboard.press("2")
    desk.locator("#corrections textarea").click()
    desk.keyboard.type("1 u n q")
    assert desk.locator("#corrections textarea").input_value() == "1 u n q"
    assert not Read.objects.exists()


def test_a_held_key_is_one_verdict(desk, world):
    desk.keyboard.down("1")
    for _ in range(5):
        desk.keyboard.down("1")  # repeats
    desk.keyboard.up("1")
    at_case(desk, world, 1)
    assert verdicts(world) == ["agree_all", "", ""]


def test_u_takes_the_verdict_back_and_shows_its_case(desk, world):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    assert "taken back" in desk.locator("#notice").inner_text()
    assert verdicts(world) == ["", "", ""]


def test_the_list_read_to_its_end_thanks_and_can_be_undone(desk, world):
    for study in (1, 2):
        desk.keyboard.press("1")
        at_case(desk, world, study)
    desk.keyboard.press("1")
    desk.get_by_role("heading", name="All done").wait_for()
    assert "3 of 3" in desk.locator("#case").inner_text()
    desk.keyboard.press("u")
    at_case(desk, world, 2)
    assert verdicts(world) == ["agree_all", "agree_all", ""]


def test_n_goes_on_without_a_verdict_and_back(desk, world):
    desk.keyboard.press("n")
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    assert not Read.objects.exists()


def test_a_mind_is_changed_by_going_back(desk, world):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    desk.locator("#notice").get_by_text("You said Agree all").wait_for()
    desk.keyboard.press("3")
    desk.keyboard.press("w")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert (verdicts(world)[0], Read.objects.count()) == ("disagree", 2)


def test_a_lost_connection_keeps_the_verdict_and_sends_it_again(desk, world, expected_complaints):
    expected_complaints.extend(["ERR_INTERNET_DISCONNECTED", "htmx:"])
    desk.context.set_offline(True)
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Connection lost").wait_for()
    assert not Read.objects.exists()
    desk.context.set_offline(False)
    desk.locator(f"#case[data-case='{world.slot(0, 1).pk}']").wait_for(state="attached")
    assert verdicts(world) == ["agree_all", "", ""]


def test_an_answer_lost_on_the_way_is_stored_once(desk, world, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:"])
    lose_first_answer(desk)
    desk.keyboard.press("1")
    desk.locator("[data-retry]").click()
    at_case(desk, world, 1)
    assert (Read.objects.count(), verdicts(world)) == (1, ["agree_all", "", ""])


def test_an_expired_session_says_signed_out_and_offers_a_page_of_its_own(desk, world, expected_complaints):
    expected_complaints.append("status of 4")
    Session.objects.all().delete()
    desk.keyboard.press("1")
    dialog = desk.get_by_role("dialog", name="Signed out")
    dialog.wait_for()
    assert "What you entered is kept" in dialog.inner_text()
    link = dialog.get_by_role("link", name="Sign in on a page of its own").get_attribute("href")
    assert link.endswith(f"?next=%2Freading%2Fcase%2F{world.slot().pk}%2F")
    assert not Read.objects.exists()


def test_a_round_closed_while_reading_says_so(desk, world, now, expected_complaints):
    expected_complaints.append("status of 404")  # pictures still come ahead, and a closed round refuses them
    close_round(round_=world.round, by=None, now=now)
    desk.keyboard.press("1")
    desk.get_by_role("heading", name="is closed").wait_for()
    assert not Read.objects.exists()


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


def test_the_question_mark_shows_the_keys(desk):
    desk.keyboard.press("?")
    dialog = desk.get_by_role("dialog", name="Keys")
    dialog.wait_for()
    desk.keyboard.press("1")  # not a verdict while the help is open
    desk.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert not Read.objects.exists()


def readout(desk) -> str:
    return desk.locator(".film [data-readout]").first.inner_text()


def test_the_pictures_tools_work_beside_the_verdicts(desk):
    film = desk.locator(".film").first
    desk.keyboard.press("i")
    film.locator(".mark-flag", has_text="INVERTED").wait_for()
    desk.keyboard.press("Space")
    film.locator(".mark-flag", has_text="INVERTED").wait_for(state="detached")


def test_the_wheel_zooms_at_the_pointer(desk):
    before = float(readout(desk).split(":")[0])
    desk.locator(".film").first.hover()
    desk.mouse.wheel(0, -400)
    desk.locator("[data-readout]", has_text=f"{2.718 * before:.0f}").wait_for()


def test_zoom_starts_afresh_on_the_next_case(desk, world):
    before = readout(desk)
    desk.keyboard.press("+")
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert readout(desk) == before


def test_the_next_cases_pictures_are_here_before_it(desk, world):
    desk.wait_for_timeout(1500)
    asked = []
    desk.on("request", lambda request: "preview" in request.url and asked.append(request.url))
    later = world.studies[1].series.get().images.values_list("pk", flat=True)
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert not [url for url in asked for pk in later if f"/images/{pk}/" in url]


def test_the_page_is_dark_from_the_first_byte(desk):
    assert desk.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 13, 15)"


def test_without_javascript_the_chain_of_forms_works(new_context, log_in, world):
    context = new_context(java_script_enabled=False)
    log_in(context, world.readers[0])
    page = context.new_page()
    page.goto("/reading/")
    page.get_by_role("link", name="Start reading").click()
    page.get_by_role("button", name="Agree mostly").click()
    page.get_by_label("Pleural effusion").check()
    page.get_by_role("button", name="Store").click()
    page.get_by_role("button", name="Agree all").click()
    page.get_by_role("button", name="Undo").click()
    assert "taken back" in page.locator("#notice").inner_text()
    assert verdicts(world) == ["agree_mostly", "", ""]


@pytest.mark.parametrize("how", ["refused", "asked", "reloaded"])
def test_the_last_verdict_can_be_taken_back_whatever_was_told_since(how, desk, world, expected_complaints):
    expected_complaints.append("status of 422")
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.wait_for_timeout(UNSEEN_MS)
    if how == "refused":
        desk.keyboard.press("3")
        desk.locator("#corrections textarea").press("Enter")
        desk.locator("#notice").get_by_text("Strike or add at least one label").wait_for()
        desk.keyboard.press("Escape")
    elif how == "asked":
        desk.keyboard.press("2")
        desk.locator("#corrections input[type=checkbox]").first.check()
        desk.keyboard.press("1")
        desk.locator("#notice").get_by_text("leaves out").wait_for()
        desk.keyboard.press("Escape")
    else:
        desk.reload()
        at_case(desk, world, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    desk.locator("#notice").get_by_text("Your verdict was taken back").wait_for()
    assert verdicts(world) == ["", "", ""]
