"""A verdict is about the case that its reader has had before them: second clicks, changes of mind, dead lines."""

import json
import signal

import pytest
from django.utils import timezone

from labeling.actions import record_read
from labeling.models import CannotJudge, Draft, Read
from tests.browser.conftest import session_cookie
from tests.browser.test_reading import at_case, desk, lose_first_answer, verdicts, world
from tests.browser.test_stopped_server import Server

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
LABELS = ["pleural_effusion", "cardiomegaly"]  # what with_labels ticks


def with_labels(desk, key: str = "2") -> None:
    """Opens a list, strikes and adds a label and says why."""
    desk.keyboard.press(key)
    desk.keyboard.press("q")
    desk.keyboard.press("e")
    desk.locator("#corrections textarea").fill("small one")


def ticked(desk) -> list[str]:
    return desk.locator("#corrections input:checked").evaluate_all("boxes => boxes.map((box) => box.value)")


@pytest.mark.parametrize("apart_ms", [60, 200, 350])
def test_a_double_click_is_one_verdict(desk, world, apart_ms):
    box = desk.locator("#agree button").bounding_box()
    desk.mouse.move(box["x"] + 20, box["y"] + 10)
    for count in (1, 2):
        desk.mouse.down(click_count=count)
        desk.mouse.up(click_count=count)
        desk.wait_for_timeout(apart_ms)
    at_case(desk, world, 1)
    assert verdicts(world) == ["agree_all", "", ""]
    desk.locator("#agree button").click()  # the reader has seen it: this one counts
    at_case(desk, world, 2)
    assert verdicts(world) == ["agree_all", "agree_all", ""]


@pytest.mark.parametrize("after_ms", [0, 150])
def test_a_verdict_key_pressed_twice_is_one_verdict(desk, world, after_ms):
    desk.evaluate(
        """(after) => {
          const how = { key: "1", bubbles: true, cancelable: true };
          const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", how));
          document.addEventListener("htmx:afterSwap", () => setTimeout(press, after), { once: true });
        }""",
        after_ms,
    )
    desk.keyboard.press("1")
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert verdicts(world) == ["agree_all", "", ""]


@pytest.mark.parametrize(("after_ms", "closed"), [(0, 0), (500, 1)])
def test_a_case_just_come_is_not_closed_by_what_was_meant_for_the_one_before(desk, world, after_ms, closed):
    desk.evaluate(
        """(after) => {
          const close = () => {
            document.querySelector("#cannot input[value=image_quality]").checked = true;
            document.querySelector("#cannot .button-primary").click();
          };
          document.addEventListener("viewer:painted", () => setTimeout(close, after), { once: true });
        }""",
        after_ms,
    )
    desk.keyboard.press("1")
    at_case(desk, world, 1 + closed)
    desk.wait_for_timeout(600)
    at_case(desk, world, 1 + closed)
    assert world.slot(0, 1).cannot_judge.count() == closed


def test_enter_pressed_twice_is_one_verdict(desk, world):
    with_labels(desk)
    desk.keyboard.press("Enter")
    desk.locator(f"#case[data-case='{world.slot(0, 1).pk}']").wait_for(state="attached")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert verdicts(world) == ["agree_mostly", "", ""]


@pytest.fixture
def waiting(desk, expected_complaints):
    """The desk on a dead line: *Agree all* was given of the first case, and waits."""
    expected_complaints.extend(["ERR_", "htmx:"])
    desk.context.set_offline(True)
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Connection lost").wait_for()
    return desk


def test_a_new_verdict_replaces_the_one_that_waits(waiting, world):
    with_labels(waiting, "3")
    waiting.locator("#notice").get_by_text("Your verdict before is not stored").wait_for()
    waiting.keyboard.press("Enter")
    waiting.locator("#notice").get_by_text("Connection lost").wait_for()
    waiting.context.set_offline(False)
    at_case(waiting, world, 1)
    read = Read.objects.get()
    assert (read.verdict, read.comment, read.corrections.count()) == ("disagree", "small one", 2)


def test_a_waiting_verdict_is_not_sent_while_another_is_entered(waiting, world):
    with_labels(waiting, "3")
    waiting.context.set_offline(False)
    waiting.wait_for_timeout(5000)  # longer than a verdict waits to be sent again
    assert not Read.objects.exists()
    assert ticked(waiting) == LABELS
    waiting.locator("#corrections textarea").press("Enter")
    at_case(waiting, world, 1)
    assert (verdicts(world)[0], Read.objects.count()) == ("disagree", 1)


def test_a_list_closed_again_lets_the_waiting_verdict_go_out(waiting, world):
    waiting.keyboard.press("3")
    waiting.context.set_offline(False)
    waiting.keyboard.press("Escape")
    at_case(waiting, world, 1)
    assert verdicts(world) == ["agree_all", "", ""]


def test_a_line_that_comes_back_while_a_verdict_is_on_its_way_does_not_lose_its_answer(waiting, world):
    sent = []
    waiting.route(
        "**/reading/case/*/",
        lambda route: sent.append(route) if route.request.method == "POST" else route.fallback(),
    )
    waiting.keyboard.press("3")
    waiting.context.set_offline(False)
    waiting.keyboard.press("Escape")
    for _ in range(100):
        if sent:
            break
        waiting.wait_for_timeout(50)
    waiting.evaluate("dispatchEvent(new Event('online'))")
    waiting.wait_for_timeout(100)
    for route in sent:
        route.continue_()
    at_case(waiting, world, 1)
    assert (verdicts(world), Read.objects.count()) == (["agree_all", "", ""], 1)


@pytest.fixture
def unanswered(desk, expected_complaints):
    """The desk, where the answer to the first verdict will be lost on its way."""
    expected_complaints.extend(["ERR_", "htmx:"])
    lose_first_answer(desk)
    return desk


def test_what_is_changed_in_a_waiting_list_is_what_is_stored(unanswered, world):
    with_labels(unanswered)
    unanswered.locator("#corrections textarea").press("Enter")
    unanswered.locator("#notice").get_by_text("Connection lost").wait_for()
    unanswered.locator("#corrections textarea").fill("no, a large one")
    unanswered.locator("#corrections textarea").press("Enter")
    at_case(unanswered, world, 1)
    assert [read.comment for read in Read.objects.order_by("pk")] == ["small one", "no, a large one"]


def test_what_is_entered_after_a_lost_answer_is_kept_as_a_draft(unanswered, world):
    unanswered.keyboard.press("1")
    unanswered.locator("#notice").get_by_text("Connection lost").wait_for()
    with_labels(unanswered)
    unanswered.locator("#saved").get_by_text("draft saved").wait_for()
    assert (verdicts(world)[0], Draft.objects.get().content["comment"]) == ("agree_all", "small one")
    unanswered.reload()
    at_case(unanswered, world, 0)
    assert (ticked(unanswered), unanswered.locator("#corrections textarea").input_value()) == (LABELS, "small one")
    assert "You said Agree all. A new verdict replaces it." in unanswered.locator("#notice").inner_text()
    unanswered.locator("#corrections textarea").press("Enter")
    at_case(unanswered, world, 1)
    standing = Read.objects.current().get()
    assert (standing.verdict, standing.comment, Draft.objects.count()) == ("agree_mostly", "small one", 0)


def test_a_draft_of_a_verdict_that_is_stored_already_stays_in_the_tab(unanswered, world):
    with_labels(unanswered)
    unanswered.locator("#corrections textarea").press("Enter")
    unanswered.locator("#saved").get_by_text("kept here").wait_for()
    assert (verdicts(world)[0], Draft.objects.count()) == ("agree_mostly", 0)
    at_case(unanswered, world, 1)
    assert unanswered.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('draft'))") == []


def test_undo_brings_back_what_was_entered(desk, world):
    with_labels(desk)
    desk.locator("#corrections textarea").press("Enter")
    at_case(desk, world, 1)
    desk.keyboard.press("Control+z")
    at_case(desk, world, 0)
    assert desk.locator("#corrections legend").inner_text().startswith("Agree mostly")
    assert ticked(desk) == LABELS
    assert desk.locator("#corrections textarea").input_value() == "small one"
    assert "draft saved" in desk.locator("#saved").inner_text()


def test_undo_brings_back_why_a_case_cannot_be_judged(desk, world):
    desk.keyboard.press("0")
    desk.keyboard.press("r")
    desk.locator("#cannot textarea").fill("upside down")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    assert CannotJudge.objects.get().undone_at is not None
    assert desk.locator("#cannot textarea").input_value() == "upside down"


def point(desk) -> None:
    """Marks the middle of the picture."""
    desk.keyboard.press("o")
    desk.keyboard.press("o")
    desk.wait_for_function("() => JSON.parse(document.querySelector('input[name=marks]').value).length === 1")


def marks(desk) -> int:
    """How many marks hang over the pictures."""
    return desk.locator(".film .mark").count()


def test_undo_brings_back_marks(desk, world):
    point(desk)
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert (marks(desk), len(Read.objects.get().marks)) == (0, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    assert marks(desk) == 1
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert len(Read.objects.current().get().marks) == 1


def test_undo_of_cannot_judge_brings_back_all_that_was_entered(desk, world):
    point(desk)
    with_labels(desk)
    desk.locator("#corrections textarea").press("Escape")
    desk.keyboard.press("0")
    desk.keyboard.press("q")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    assert desk.locator("#cannot input:checked").input_value() == "image_quality"
    assert marks(desk) == 1
    desk.keyboard.press("Escape")
    desk.keyboard.press("2")
    assert (ticked(desk), desk.locator("#corrections textarea").input_value()) == (LABELS, "small one")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    read = Read.objects.get()
    assert (read.comment, read.corrections.count(), len(read.marks)) == ("small one", 2, 1)


def test_a_closing_that_is_refused_keeps_all_that_was_entered(desk, world, expected_complaints):
    expected_complaints.append("status of 422")
    point(desk)
    with_labels(desk)
    desk.locator("#corrections textarea").press("Escape")
    desk.keyboard.press("0")
    desk.keyboard.press("r")
    desk.keyboard.press("Enter")
    desk.locator("#notice").get_by_text("few words").wait_for()
    desk.keyboard.press("Escape")
    desk.keyboard.press("2")
    assert (ticked(desk), desk.locator("#corrections textarea").input_value(), marks(desk)) == (LABELS, "small one", 1)


def test_marks_that_only_this_tab_has_come_back(desk, world):
    place = f"draft:{world.readers[0].pk}:{world.slot().pk}"
    point(desk)
    kept = desk.evaluate("(place) => sessionStorage.getItem(place)", place)
    desk.locator("#saved").get_by_text("draft saved").wait_for()
    desk.goto("/reading/")
    Draft.objects.all().delete()  # as if it had never arrived
    desk.evaluate("([place, kept]) => sessionStorage.setItem(place, kept)", [place, kept])
    desk.goto(f"/reading/case/{world.slot().pk}/")
    at_case(desk, world, 0)
    assert marks(desk) == 1
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert len(Read.objects.get().marks) == 1


def test_marks_of_a_verdict_that_is_sent_again_and_refused_stay(desk, world, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:", "status of 422"])
    desk.route("**/draft/", lambda route: route.abort())
    desk.route(
        "**/reading/case/*/", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
    )
    point(desk)
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Connection lost").wait_for()
    desk.unroute("**/reading/case/*/")
    desk.evaluate(
        "for (const store of [sessionStorage, localStorage]) for (const name of Object.keys(store))"
        " if (/^draft/.test(name)) store.removeItem(name);"
    )
    record_read(slot=world.slot(), verdict="disagree", comment="elsewhere", by=world.readers[0], now=timezone.now())
    desk.reload()
    at_case(desk, world, 0)
    assert marks(desk) == 0
    desk.get_by_role("button", name="Store it now").click()
    desk.locator("#notice").get_by_text("You already said Disagree").wait_for()
    desk.locator(".film .mark").wait_for(state="attached")
    assert len(json.loads(desk.locator("#agree input[name=marks]").input_value())) == 1


def test_agree_all_asks_before_it_leaves_labels_out(desk, world):
    with_labels(desk)
    desk.locator("#corrections textarea").press("Escape")
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Agree all leaves out the labels you changed").wait_for()
    desk.keyboard.press("1")  # at once: not an answer
    assert not Read.objects.exists()
    desk.wait_for_timeout(400)
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert (verdicts(world)[0], Read.objects.get().corrections.count()) == ("agree_all", 0)


def test_agree_all_asks_where_the_list_was_closed_and_enter_still_stores_it(desk, world):
    with_labels(desk)
    desk.locator("#corrections textarea").press("Escape")
    desk.keyboard.press("Escape")
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Agree all leaves out the labels you changed").wait_for()
    desk.keyboard.press("2")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert (verdicts(world)[0], Read.objects.get().corrections.count()) == ("agree_mostly", 2)


def test_a_comment_is_stored_with_agree_all(desk, world):
    desk.keyboard.press("2")
    desk.locator("#corrections textarea").fill("rotated")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Agree all stored with your comment").wait_for()
    read = Read.objects.get()
    assert (read.verdict, read.comment) == ("agree_all", "rotated")


def test_changing_ones_mind_to_agree_all_needs_no_question(desk, world):
    with_labels(desk)
    desk.locator("#corrections textarea").press("Enter")
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert (verdicts(world)[0], Read.objects.current().get().comment) == ("agree_all", "")


def test_u_takes_the_last_verdict_back_after_going_on(desk, world):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.keyboard.press("n")
    at_case(desk, world, 2)
    assert "Case 1: Agree all stored" in desk.locator("#notice").inner_text()
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    assert verdicts(world) == ["", "", ""]
    assert desk.locator("#undo").count() == 0


def test_after_undo_of_a_change_of_mind_the_earlier_verdict_stands_again(desk, world):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    with_labels(desk)
    desk.locator("#corrections textarea").press("Enter")
    at_case(desk, world, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    told = "Taken back. What you said before, Agree all, stands again."
    assert desk.locator("#notice").inner_text().strip() == told
    assert verdicts(world) == ["agree_all", "", ""]
    desk.keyboard.press("u")  # there is nothing more to take back
    desk.keyboard.press("n")
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    assert "You said Agree all" in desk.locator("#notice").inner_text()
    assert verdicts(world) == ["agree_all", "", ""]


@pytest.mark.parametrize("by_key", [True, False])
def test_the_worklist_takes_the_last_verdict_back(desk, world, by_key):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.get_by_role("link", name="Worklist").click()
    desk.get_by_text("case 1: Agree all").wait_for()
    desk.wait_for_load_state()  # a key is heard once the page's script runs
    if by_key:
        desk.keyboard.press("u")
    else:
        desk.get_by_role("button", name="Undo").click()
    desk.locator("#notice").get_by_text("Your verdict was taken back. Give it again.").wait_for()
    at_case(desk, world, 0)
    assert verdicts(world) == ["", "", ""]


def test_going_back_to_a_read_case_keeps_what_is_entered_there(desk, world):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    with_labels(desk)
    desk.locator("#saved").get_by_text("draft saved").wait_for()
    desk.locator("#next").click()
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    assert desk.locator("#corrections textarea").input_value() == "small one"
    assert Draft.objects.count() == 1


@pytest.fixture
def hung(world, new_context):
    """The reader's screen at the first case, and its server, which can be frozen."""
    server = Server()
    server.start()
    context = new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{**session_cookie(world.readers[0]), "url": server.address}])
    page = context.new_page()
    page.goto(f"{server.address}/reading/case/{world.slot().pk}/")
    at_case(page, world, 0)
    yield page, server
    server.signal(signal.SIGCONT)
    server.kill()


@pytest.mark.slow
def test_a_slow_verdict_is_told_of_and_stored_once(hung, world):
    page, server = hung
    before = page.locator("#saved").inner_text()
    server.signal(signal.SIGSTOP)
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert page.locator("#saved").inner_text() == before
    page.locator("#saved").get_by_text("sending…").wait_for()
    assert page.locator("#live").inner_text() == "sending…"
    page.locator("#saved").get_by_text("still trying…").wait_for()
    page.keyboard.press("1")
    page.keyboard.press("n")
    server.signal(signal.SIGCONT)
    at_case(page, world, 1)
    assert (verdicts(world), Read.objects.count()) == (["agree_all", "", ""], 1)


@pytest.mark.slow
def test_a_mind_changed_before_a_hung_server_answers_is_what_stands(hung, world, expected_complaints):
    expected_complaints.append("htmx:")
    page, server = hung
    server.signal(signal.SIGSTOP)
    page.keyboard.press("1")
    page.locator("#saved").get_by_text("sending…").wait_for()
    with_labels(page, "3")
    page.locator("#notice").get_by_text("Your verdict before is not stored").wait_for()
    server.signal(signal.SIGCONT)
    page.wait_for_timeout(1500)  # it stores the first one, and nobody listens
    assert ticked(page) == LABELS
    page.locator("#corrections textarea").press("Enter")
    at_case(page, world, 1)
    standing = Read.objects.current().get()
    assert (standing.verdict, standing.comment) == ("disagree", "small one")
