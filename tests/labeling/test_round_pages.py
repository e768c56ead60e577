"""The curator's pages of rounds."""

import pytest
from django.db.models import Q
from django.urls import reverse

from cases import visibility
from core import searches
from labeling.actions import record_read
from labeling.models import ReadingRound, Slot
from tests import factories
from tests.labeling.conftest import make_sample, make_world
from tests.pages import without_tokens

pytestmark = pytest.mark.django_db
PAGES = ("round_list", "round_create", "round_detail", "round_studies", "round_assignments", "round_reads")


def url(name: str, pk: int) -> str:
    return reverse(f"labeling:{name}", args=[] if name in {"round_list", "round_create"} else [pk])


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def office(client, world):
    client.force_login(factories.make_user("curator", "kurt"))
    return world


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["curator", "admin"])
def test_the_office_may_open_every_page(client, world, name, role):
    client.force_login(factories.make_user(role))
    assert client.get(url(name, world.round.pk)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_reader_may_open_none(client, world, name):
    client.force_login(world.readers[0])
    assert client.get(url(name, world.round.pk)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_anonymous_is_sent_to_sign_in(client, world, name):
    assert "/login/" in client.get(url(name, world.round.pk)).url


@pytest.mark.parametrize("name", ["round_list", "round_studies"])
def test_pages_to_read_take_no_post(client, office, name):
    assert client.post(url(name, office.round.pk)).status_code == 405


def test_what_a_rounds_studies_are_searched_for_is_posted_and_sealed(client, office):
    there = client.post(url("round_detail", office.round.pk), {"q": "CXR2", "reads": "0"})["Location"]
    assert "CXR2" not in there
    page = text_of(client.get(there))
    assert 'value="CXR2"' in page
    assert ">CXR1<" not in page
    csv_of_these = url("round_studies", office.round.pk) + "?" + there.split("?")[1]
    assert [row.split(",")[1] for row in text_of(client.get(csv_of_these)).splitlines()] == ["study_id", "CXR2"]


def test_what_a_page_is_searched_for_is_opened_once(client, office, monkeypatch):
    opened = []
    monkeypatch.setattr(searches, "opened", lambda token: opened.append(token) or "CXR2")
    assert ">CXR1<" not in text_of(client.get(url("round_detail", office.round.pk) + "?search=sealed"))
    assert opened == ["sealed"]


@pytest.mark.parametrize("name", PAGES[2:])
def test_a_round_that_is_not_there_is_not_found(client, office, name):
    assert client.get(url(name, 999_999)).status_code == 404


def test_the_list_tells_how_far_each_round_is(client, office, now):
    record_read(slot=office.slot(), verdict="agree_all", by=office.readers[0], now=now)
    page = text_of(client.get(reverse("labeling:round_list")))
    assert "Chest, round 1" in page
    assert "17% of 6" in page


def test_the_list_without_sample_says_what_to_do(client, db):
    client.force_login(factories.make_user("curator"))
    assert "A round needs a finished sample" in text_of(client.get(reverse("labeling:round_list")))


def test_without_a_sample_no_round_is_opened_and_the_page_says_where_to_draw_one(client, db):
    client.force_login(factories.make_user("curator"))
    page = client.get(reverse("labeling:round_create")).content.decode()
    assert f'href="{reverse("sampling:run_create")}">Draw a sample<' in page


@pytest.mark.parametrize("name", ["labeling:training_list", "sampling:run_create", "llm_extract:run_create"])
def test_what_needs_a_benchmark_says_so_and_asks_for_nothing_else(client, db, name):
    client.force_login(factories.make_user("curator"))
    page = client.get(reverse(name)).content.decode()
    assert "No benchmark yet" in page
    assert f'href="{reverse("benchmarks:list")}">Benchmarks<' in page
    assert 'name="benchmark"' not in page
    factories.make_benchmark()
    page = client.get(reverse(name)).content.decode()
    assert ("No benchmark yet" in page, 'name="benchmark"' in page) == (False, True)


def test_a_round_shows_progress_and_no_verdict(client, office, now):
    record_read(slot=office.slot(), verdict="disagree", comment="SECRET", by=office.readers[0], now=now)
    page = text_of(client.get(url("round_detail", office.round.pk)))
    assert "1 of 3 read" in page
    assert "SECRET" not in page
    assert "isagree" not in page
    assert "<svg" in page


def test_studies_are_filtered_by_address_and_the_csv_is_what_is_shown(client, office, now):
    record_read(slot=office.slot(0, 1), verdict="agree_all", by=office.readers[0], now=now)
    page = without_tokens(text_of(client.get(url("round_detail", office.round.pk) + "?reads=1")))
    assert "CXR2" in page
    assert "CXR1" not in page
    rows = text_of(client.get(url("round_studies", office.round.pk) + "?reads=1")).splitlines()
    assert rows == ["site,study_id,position,read,of", "north,CXR2,2,1,3"]


def test_sealed_studies_are_an_admins_alone(client, office, now, monkeypatch):
    for study in (0, 1):
        record_read(slot=office.slot(0, study), verdict="agree_all", by=office.readers[0], now=now)
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": office.studies[0].pk})])
    for name in ("round_detail", "round_studies", "round_assignments", "round_reads"):
        assert "CXR1" not in without_tokens(text_of(client.get(url(name, office.round.pk))))
    client.force_login(factories.make_user("admin"))
    for name in ("round_detail", "round_studies", "round_assignments", "round_reads"):
        assert "CXR1" in text_of(client.get(url(name, office.round.pk)))


def test_the_assignments_are_the_commands(client, office):
    rows = text_of(client.get(url("round_assignments", office.round.pk))).splitlines()
    assert rows[:2] == ["study_id,reader,position", "CXR1,r1,1"]
    assert len(rows) == 7


def test_closing_by_name(client, office):
    client.post(url("round_close", office.round.pk), {"name": "wrong"})
    assert ReadingRound.objects.get().is_open
    page = client.post(url("round_close", office.round.pk), {"name": "Chest, round 1"}, follow=True)
    assert not ReadingRound.objects.get().is_open
    assert "Close the round" not in text_of(page)


def test_a_reader_cannot_close(client, world):
    client.force_login(world.readers[0])
    assert client.post(url("round_close", world.round.pk), {"name": "Chest, round 1"}).status_code == 403
    assert ReadingRound.objects.get().is_open


# ---- Opening ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def sample(client, db):
    benchmark = factories.make_benchmark()
    run = make_sample(benchmark, 10)
    for n in range(4):
        factories.make_user(username=f"r{n}")
    client.force_login(factories.make_user("curator", "kurt"))
    return run


def sent(client, sample, **changes):
    form = client.get(reverse("labeling:round_create")).context["form"]
    return client.post(
        reverse("labeling:round_create"),
        {
            "sampling_run": sample.pk,
            "readers": form.initial["readers"],
            "reads_per_study": 3,
            "show_report": "never",
            "seed": 7,
            **changes,
        },
    )


def test_the_form_says_in_numbers_what_each_reader_gets(client, sample):
    page = text_of(client.get(sent(client, sample, preview="1").url))
    assert "10 studies × 3 reads = 30 reads" in page
    assert "7 to 8 each" in page
    assert not ReadingRound.objects.exists()


def test_the_tables_of_the_preview_sort_and_come_as_csv(client, sample):
    address = sent(client, sample, preview="1", max_reads="r2 6").url
    assert "csrf" not in address
    rows = client.get(address + "&sort=loads:1&table=loads").content.decode().splitlines()
    assert [row.split(",")[:2] for row in rows] == [
        ["Reader", "Reads"],
        ["r2", "6"],
        *[[f"r{n}", "8"] for n in (0, 1, 3)],
    ]
    assert "r0 and r1," in client.get(address + "&table=pairs").content.decode()
    page = client.get(address + "&sort=-loads:1").content.decode()
    assert 'aria-sort="descending"' in page
    assert "6 to 8 each" in " ".join(page.split())


def test_caps_of_the_form_hold_in_the_round(client, sample):
    sent(client, sample, max_reads="r2 6")
    round_ = ReadingRound.objects.get()
    assert Slot.objects.filter(round=round_, reader__username="r2").count() == 6
    assert round_.readers.get(reader__username="r2").max_reads == 6


@pytest.mark.parametrize(
    ("line", "words"),
    [("r2", "is not a user name and a number"), ("nobody 4", "is not the user name of a reader chosen above")],
)
def test_a_cap_for_nobody_is_refused(client, sample, line, words):
    answer = sent(client, sample, max_reads=line, preview="1")
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert client.get(reverse("labeling:round_create") + f"?preview=1&max_reads={line}").status_code == 422


def test_caps_too_small_are_told_with_what_is_short(client, sample):
    page = text_of(client.get(sent(client, sample, preview="1", max_reads="r0 2\nr1 2").url))
    assert "This cannot be dealt" in page
    assert "6 short" in page


def test_the_form_opens_the_round(client, sample):
    page = sent(client, sample)
    opened = ReadingRound.objects.get()
    assert page.url == url("round_detail", opened.pk)
    assert (opened.seed, opened.created_by.username, Slot.objects.count()) == (7, "kurt", 30)


def test_the_form_starts_from_the_definition_and_every_reader(client, sample):
    factories.make_user(username="gone", is_active=False)
    form = client.get(reverse("labeling:round_create")).context["form"]
    assert (form.initial["reads_per_study"], form.initial["show_report"], len(form.initial["readers"])) == (
        3,
        "never",
        4,
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"readers": []}, "required"),
        ({"reads_per_study": 0}, "greater than or equal to 1"),
        ({"reads_per_study": 5}, "needs 5 different readers, but the round has 4"),
        ({"show_report": "perhaps"}, "perhaps"),
        ({"sampling_run": 999_999}, "valid choice"),
        ({"seed": "x"}, "whole number"),
    ],
)
def test_a_refused_form_says_why(client, sample, changes, words):
    answer = sent(client, sample, **changes)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not ReadingRound.objects.exists()


def test_a_huge_number_in_the_address_is_no_error(client, office):
    for query in ("?sample=99999999999999999999", "?page=x"):
        assert client.get(reverse("labeling:round_create") + query).status_code == 200
    assert client.get(url("round_detail", office.round.pk) + "?reads=99999999999999999999&page=x").status_code == 200


# ---- Cost -------------------------------------------------------------------------------------------------------------------


def test_a_round_costs_the_same_with_more_studies_and_readers(client, django_assert_max_num_queries):
    client.force_login(factories.make_user("curator"))
    small = make_world(n_studies=1, n_readers=3)
    with django_assert_max_num_queries(30) as few:
        client.get(url("round_detail", small.round.pk))
    studies = [factories.make_study(small.benchmark) for _ in range(3)]
    readers = [factories.make_user() for _ in range(5)]
    large = factories.make_round(small.benchmark, studies, readers)
    with django_assert_max_num_queries(30) as many:
        client.get(url("round_detail", large.pk))
    assert len(many) <= len(few) + 1


def test_the_list_costs_the_same_with_more_rounds(client, world, django_assert_max_num_queries):
    client.force_login(factories.make_user("curator"))
    with django_assert_max_num_queries(20) as few:
        client.get(reverse("labeling:round_list"))
    for _ in range(2):
        factories.make_round(world.benchmark, world.studies, world.readers)
    with django_assert_max_num_queries(20) as many:
        client.get(reverse("labeling:round_list"))
    assert len(many) == len(few)


def test_how_a_round_is_dealt_is_shown_to_curators_without_verdicts(world, client):
    client.force_login(factories.make_user("curator"))
    page = client.get(reverse("labeling:round_pairs", args=[world.round.pk])).content.decode()
    assert "Studies that two readers share" in page
    assert "r1 and r2" in page
    address = reverse("labeling:round_pairs", args=[world.round.pk])
    assert 'aria-sort="descending"' in client.get(address + "?sort=-pairs:1").content.decode()
    rows = client.get(address + "?table=pairs&sort=-pairs:0").content.decode().splitlines()
    assert rows == ["Readers,Shared studies", "r2 and r3,2", "r1 and r3,2", "r1 and r2,2"]
    client.force_login(world.readers[0])
    assert client.get(reverse("labeling:round_pairs", args=[world.round.pk])).status_code == 403
