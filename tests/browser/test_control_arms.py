"""Control arms and training at the keyboard: labels from scratch, and the worked answer after a verdict."""

import pytest
from django.utils import timezone

from labeling.actions import add_training_case, create_training_set
from labeling.models import Arm, ReadingRound, RoundStudy, Slot
from tests import factories
from tests.browser.test_reading import add_pictures, at_case
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


def test_a_training_case_shows_its_answer_and_goes_on(new_context, log_in, world):
    study = factories.make_study(world.benchmark, study_id="T1", report="Broad heart.")
    suggestions = factories.make_suggestions(study, world.benchmark, ["pleural_effusion"])
    add_pictures(study)
    training_set = create_training_set(benchmark=world.benchmark, name="Calibration", by=None, now=timezone.now())
    case = add_training_case(
        training_set=training_set,
        study=study,
        answer=["pleural_effusion", "cardiomegaly"],
        explanation="The heart is broad.",
        by=None,
        now=timezone.now(),
    )
    ReadingRound.objects.filter(pk=world.round.pk).update(training_set=training_set, requires_training=True)
    round_study = RoundStudy.objects.create(
        round=world.round, study=study, suggestion_set=suggestions, position=1, training_case=case
    )
    slot = Slot.objects.create(
        round=world.round,
        round_study=round_study,
        reader=world.readers[0],
        arm=Arm.TRAINING,
        position=0,
        reads_per_study=3,
        order=0,
    )
    page = sit_down(new_context, log_in, world, slot)
    page.keyboard.press("1")
    page.get_by_text("The heart is broad.").wait_for()
    assert "you left it out" in page.locator(".panel").inner_text()
    assert page.url.endswith(f"/case/{slot.pk}/answer/")
    page.keyboard.press("n")
    at_case(page, world, 0)
