"""Cases that change hands, seen from the reader's chair: rounds open to all, held studies, a list handed over."""

import pytest
from django.utils import timezone

from labeling.actions import cannot_judge, hand_over, take_cases
from labeling.models import Read, Slot
from tests import factories
from tests.browser.test_reading import UNSEEN_MS, add_pictures, at_case
from tests.labeling.conftest import make_world
from tests.labeling.test_leases import free_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chair(new_context, log_in):
    """Opens the reading room for a person."""

    def sit(reader):
        context = new_context(viewport={"width": 1366, "height": 768})
        log_in(context, reader)
        page = context.new_page()
        page.goto("/reading/")
        return page

    return sit


def shown(page, slot: Slot) -> None:
    page.locator(f"#viewer[data-case='{slot.pk}'][data-painted]").wait_for()
    page.wait_for_timeout(UNSEEN_MS)


def test_in_a_round_open_to_all_each_takes_the_next_case_and_hears_who_holds_the_rest(
    chair, transactional_db, data_dir
):
    world = free_world(n_studies=4, k=1)
    for study in world.studies:
        add_pictures(study)
    first, second = chair(world.readers[0]), chair(world.readers[1])
    first.get_by_role("link", name="Start reading").click()
    shown(first, Slot.objects.get(reader=world.readers[0], order=1))
    assert Slot.objects.filter(reader=world.readers[0]).count() == 3, "one on the screen, two ahead"
    second.get_by_role("link", name="Start reading").click()
    mine = Slot.objects.get(reader=world.readers[1])
    shown(second, mine)
    second.keyboard.press("1")
    second.get_by_role("heading", name="Nothing free right now").wait_for()
    assert "Another reader holds the last 3 cases" in second.locator("#case").inner_text()
    assert Read.objects.get().slot_id == mine.pk


def test_a_case_whose_loan_ended_and_that_another_took_is_gone_in_plain_words(
    chair, transactional_db, data_dir, expected_complaints
):
    expected_complaints.append("status of 404")  # a picture that was asked for late
    world = free_world(n_studies=1, k=1)
    add_pictures(world.studies[0])
    page = chair(world.readers[0])
    page.get_by_role("link", name="Start reading").click()
    slot = Slot.objects.get(reader=world.readers[0])
    shown(page, slot)
    ended = timezone.now() - timezone.timedelta(minutes=1)
    Slot.objects.filter(pk=slot.pk).update(leased_until=ended)
    take_cases(reader=world.readers[1], round_=world.round, now=timezone.now())
    page.keyboard.press("1")
    page.get_by_role("heading", name="This case is not on your list any more").wait_for()
    assert "Your verdict was not stored." in page.locator("#case").inner_text()
    assert not Read.objects.exists()


def test_a_case_with_patient_data_is_held_back_from_the_next_reader(chair, transactional_db, data_dir):
    world = make_world(n_studies=2)
    for study in world.studies:
        add_pictures(study)
    page = chair(world.readers[0])
    cannot_judge(slot=world.slot(1), reason="patient_data", by=world.readers[1], now=timezone.now())
    page.goto(f"/reading/case/{world.slot().pk}/")
    page.get_by_role("heading", name="This case is held back").wait_for()
    page.get_by_role("link", name="Next case").click()
    at_case(page, world, 1)


def test_what_was_handed_over_stands_on_the_others_lists_and_the_open_case_stays(
    chair, transactional_db, data_dir, expected_complaints
):
    expected_complaints.append("status of 404")  # pictures fetched ahead of cases that are another's meanwhile
    world = make_world(n_studies=3, n_readers=2, reads_per_study=1)
    for study in world.studies:
        add_pictures(study)
    page, other = chair(world.readers[0]), chair(world.readers[1])
    page.get_by_role("link", name="Start reading").click()
    at_case(page, world, 0)
    done = hand_over(round_=world.round, reader=world.readers[0], by=factories.make_user("curator"), now=timezone.now())
    assert (done.moved, done.kept) == (2, 1)
    page.keyboard.press("1")
    page.get_by_role("heading", name="All done").wait_for()
    assert Read.objects.get().slot.reader == world.readers[0]
    other.reload()
    other.get_by_role("link", name="Start reading").click()

    shown(other, Slot.objects.filter(reader=world.readers[1]).earliest("order"))
