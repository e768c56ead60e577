"""Control arms and training at the keyboard: labels from scratch, and the worked answer after a verdict."""

import json

import pytest
from django.utils import timezone

from accounts.models import User
from cases.models import Study
from labeling.actions import add_training_case, create_training_set
from labeling.models import Arm, ReadingRound, RoundStudy, Slot
from tests import factories
from tests.browser.test_reading import UNSEEN_MS, add_pictures, at_case
from tests.labeling.conftest import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db, data_dir) -> World:
    world = make_world(n_studies=2)
    for study in world.studies:
        add_pictures(study)
    return world


def sit_down(new_context, log_in, world: World, slot: Slot):
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, world.readers[0])
    page = context.new_page()
    page.goto(f"/reading/case/{slot.pk}/")
    page.locator(f"#viewer[data-case='{slot.pk}'][data-painted]").wait_for()
    page.wait_for_timeout(UNSEEN_MS)
    return page


def test_labels_from_scratch_by_letter_and_enter(new_context, log_in, world):
    slot = world.slot(0, 0)
    Slot.objects.filter(pk=slot.pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    page = sit_down(new_context, log_in, world, slot)
    page.keyboard.press("1")  # there is nothing to agree with
    page.keyboard.press("Escape")  # and no list to close
    page.keyboard.press("q")
    page.keyboard.press("e")
    page.keyboard.press("e")
    assert page.locator("#corrections input:checked").count() == 1
    page.keyboard.press("Enter")
    at_case(page, world, 1)
    read = slot.reads.get()
    assert (read.verdict, [item.label.key for item in read.corrections.all()]) == ("labels", ["pleural_effusion"])
    page.keyboard.press("u")
    page.locator(f"#viewer[data-case='{slot.pk}'][data-painted]").wait_for()
    assert slot.reads.current().count() == 0


def training_slot(round_: ReadingRound, reader: User, study: Study, *, answer: list[str], explanation: str) -> Slot:
    """The study becomes the training case that this reader has to read before anything else of the round."""
    made = create_training_set(benchmark=round_.benchmark, name="Calibration", by=None, now=timezone.now())
    worked = {"study": study, "answer": answer, "explanation": explanation}
    case = add_training_case(training_set=made, by=None, now=timezone.now(), **worked)
    ReadingRound.objects.filter(pk=round_.pk).update(training_set=made, requires_training=True)
    suggestions = study.suggestion_sets.latest("pk")
    last = round_.studies.latest("position").position
    placed = RoundStudy.objects.create(
        round=round_, study=study, suggestion_set=suggestions, position=last + 1, training_case=case
    )
    return Slot.objects.create(
        round=round_, round_study=placed, reader=reader, arm=Arm.TRAINING, position=0, reads_per_study=3, order=0
    )


@pytest.fixture
def training(world) -> Slot:
    study = factories.make_study(world.benchmark, study_id="T1", report="Broad heart.")
    factories.make_suggestions(study, world.benchmark, ["pleural_effusion"])
    add_pictures(study)
    answer = ["pleural_effusion", "cardiomegaly"]
    return training_slot(world.round, world.readers[0], study, answer=answer, explanation="The heart is broad.")


def test_a_training_case_shows_its_answer_and_goes_on(new_context, log_in, world, training):
    page = sit_down(new_context, log_in, world, training)
    page.keyboard.press("1")
    page.get_by_text("The heart is broad.").wait_for()
    assert "you left it out" in page.locator(".panel").inner_text()
    assert page.url.endswith(f"/case/{training.pk}/answer/")
    page.wait_for_timeout(UNSEEN_MS)
    page.keyboard.press("n")
    at_case(page, world, 0)


def test_below_the_pass_mark_training_is_read_again(new_context, log_in, world, training):
    ReadingRound.objects.update(training_pass_mark=100)
    page = sit_down(new_context, log_in, world, training)
    page.keyboard.press("1")
    notice = page.locator("#notice")
    notice.get_by_text("0 of 1 end at the expert's labels; the round asks for 100 %").wait_for()
    page.wait_for_timeout(UNSEEN_MS)
    page.keyboard.press("n")  # no case before the training is passed
    page.locator(f"#case[data-case='{training.pk}'][data-draft]").wait_for(state="attached")
    page.goto(f"/reading/case/{world.slot(0, 0).pk}/")
    page.locator(f"#viewer[data-case='{training.pk}'][data-painted]").wait_for()
    page.wait_for_timeout(UNSEEN_MS)
    page.keyboard.press("2")
    page.keyboard.press("e")  # cardiomegaly, which was left out
    page.keyboard.press("Enter")
    notice.get_by_text("Training done: 1 of 1 with the expert's labels").wait_for()
    page.wait_for_timeout(UNSEEN_MS)
    page.keyboard.press("n")
    at_case(page, world, 0)


def test_marks_stand_on_the_answers_pictures_and_go_with_the_case_when_it_is_judged_again(
    new_context, log_in, world, training
):
    page = sit_down(new_context, log_in, world, training)
    for key in ("b", "b", "Escape", "1"):  # a box in the middle, let go of, then the verdict
        page.keyboard.press(key)
    page.get_by_text("The heart is broad.").wait_for()
    mark = page.locator("g.mark")
    assert mark.count() == 1
    before = mark.bounding_box()
    (stored,) = training.reads.get().marks
    assert stored["kind"] == "box"
    page.reload()  # the answer comes from the server alone
    page.locator(f"#viewer[data-case='{training.pk}'][data-painted]").wait_for()
    mark.wait_for()
    assert mark.bounding_box() == pytest.approx(before, abs=1)
    page.wait_for_timeout(UNSEEN_MS)
    page.get_by_role("button", name="Judge it again").click()
    page.locator("#corrections input[name=marks]").wait_for(state="attached")
    for field in page.locator("input[name=marks]").all():
        assert [one["points"] for one in json.loads(field.input_value())] == [stored["points"]]
