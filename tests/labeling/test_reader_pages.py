"""The reader's pages without JavaScript: plain forms, redirects, and what nobody else may see."""

import re
from datetime import timedelta

import pytest
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cases import visibility
from cases.models import Image, Series
from labeling.actions import cannot_judge, close_round, record_read, withdraw_read
from labeling.models import Read, Slot
from labeling.queries import history_of, may_view
from labeling.verdicts import LabelChange
from llm_extract.models import Suggestion
from tests import factories
from tests.labeling.conftest import REPORT, make_world
from tests.pages import without_tokens

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def me(client, world):
    client.force_login(world.readers[0])
    return world


def address(slot: Slot) -> str:
    return reverse("labeling:case", args=[slot.pk])


def text_of(response) -> str:
    return response.content.decode()


def test_the_worklist_leads_to_the_first_case(client, me):
    page = client.get(reverse("labeling:worklist"))
    assert address(me.slot(0, 0)) in text_of(page)
    assert "Start reading" in text_of(page)


def test_the_worklist_says_how_far_and_what_i_said(client, me, now):
    record_read(
        slot=me.slot(),
        verdict="agree_mostly",
        corrections=[LabelChange("pleural_effusion", "struck")],
        by=me.readers[0],
        now=now,
    )
    page = text_of(client.get(reverse("labeling:worklist")))
    assert "Continue reading" in page
    assert "struck Pleural effusion" in page


@pytest.mark.parametrize("n_studies", [2, 4])
def test_a_verdict_asks_the_database_as_often_whatever_the_length_of_the_list(
    client, db, n_studies, django_assert_num_queries
):
    world = make_world(n_studies=n_studies)
    client.force_login(world.readers[0])
    first, sent = address(world.slot()), {"verdict": "agree_all", "idempotency_key": "a", "standing": ""}
    # Who asks (2), the case, the transaction (begin, lock, history, may it be judged, labels, suggestions, verdict, slot,
    # draft, event, commit), the list and the next case on it, opened, its history, suggestions, priors, films, report, draft;
    # and the reader's keys.
    with django_assert_num_queries(24):
        answer = client.post(first, sent, **HTMX)
    assert f'data-case="{world.slot(0, 1).pk}"' in text_of(answer)
    assert Read.objects.count() == 1


def test_the_worklist_says_how_many_cases_came_later(client, me, now):
    late = factories.make_user(username="late")
    me.round.readers.create(reader=late)
    client.force_login(late)
    cannot_judge(slot=me.slot(), reason="image_quality", by=me.readers[0], now=now)
    taken = Slot.objects.get(reader=late)
    assert "1 to read, 1 of them added at the end since your list was made" in text_of(
        client.get(reverse("labeling:worklist"))
    )
    record_read(slot=taken, verdict="agree_all", by=late, now=now)
    assert "added at the end" not in text_of(client.get(reverse("labeling:worklist")))


def test_the_worklist_without_rounds_says_so(client, db):
    client.force_login(factories.make_user())
    assert "Nothing to read" in text_of(client.get(reverse("labeling:worklist")))


def test_the_worklist_at_the_end_thanks(client, me, now):
    for study in range(2):
        record_read(slot=me.slot(0, study), verdict="agree_all", by=me.readers[0], now=now)
    page = text_of(client.get(reverse("labeling:worklist")))
    assert "You have read all 2 cases" in page
    assert "Continue reading" not in page


def test_a_case_shows_its_suggestions_by_word(client, me):
    page = text_of(client.get(address(me.slot())))
    assert "Pleural effusion" in page
    assert "uncertain" in page
    assert "Not suggested (1)" in page


def test_labels_stand_under_their_groups_and_keep_their_keys(client, db):
    groups = {"pleural_effusion": "Pleura", "pneumothorax": "Pleura", "cardiomegaly": "Heart", "fracture": ""}
    labels = [
        {"key": key, "name": key, "group": group} if group else {"key": key, "name": key}
        for key, group in groups.items()
    ]
    benchmark = factories.make_benchmark(taxonomy={"labels": labels})
    study = factories.make_study(benchmark)
    factories.make_suggestions(study, benchmark, {"pleural_effusion": "present", "cardiomegaly": "uncertain"})
    reader = factories.make_user()
    round_ = factories.make_round(benchmark, [study], [reader])
    client.force_login(reader)
    page = text_of(client.get(address(round_.slots.get())))
    panel, lists = page.split('id="corrections"')
    told = r'<h3>(\w+)</h3>|class="label-name">(\w+)|<li>(\w+)'
    assert ["".join(one) for one in re.findall(told, panel)] == [
        *("Pleura", "pleural_effusion", "Heart", "cardiomegaly"),
        *("Pleura", "pneumothorax", "fracture"),
    ]
    told = r'<h3>(\w+)</h3>|value="(\w+)" data-key="(\w)"'
    assert ["".join(one) for one in re.findall(told, lists.split('id="cannot"')[0])] == [
        *("Pleura", "pleural_effusionq", "Heart", "cardiomegalyw"),
        *("Pleura", "pneumothoraxe", "fracturer"),
    ]


def test_opening_a_case_starts_the_clock(client, me):
    before = timezone.now()
    client.get(address(me.slot()))
    assert me.slot().opened_at >= before


def test_a_verdict_goes_to_the_next_case_and_offers_undo(client, me):
    answer = client.post(address(me.slot()), {"verdict": "agree_all", "idempotency_key": "k"})
    assert answer.url == f"{address(me.slot(0, 1))}?stored={me.slot().pk}"
    page = text_of(client.get(answer.url))
    assert "<b>Agree all</b> stored" in page
    assert reverse("labeling:undo", args=[me.slot().pk]) in page


@pytest.mark.parametrize(
    ("show_report", "semi_collaborative", "words"),
    [
        ("after_verdict", False, "its report"),
        ("after_verdict", True, "its report and what others said"),
        ("never", True, "what others said"),
    ],
)
def test_what_a_round_shows_after_the_verdict_is_linked_to(client, db, show_report, semi_collaborative, words):
    world = make_world(show_report=show_report, semi_collaborative=semi_collaborative)
    client.force_login(world.readers[0])
    page = client.post(address(world.slot()), {"verdict": "agree_all"}, follow=True)
    assert f'<a href="{address(world.slot())}">{words}</a>' in text_of(page)


def test_the_last_verdict_leads_to_the_end(client, me):
    client.post(address(me.slot(0, 0)), {"verdict": "agree_all"})
    page = client.post(address(me.slot(0, 1)), {"verdict": "agree_all"}, follow=True)
    assert "All done" in text_of(page)
    assert "2 of 2" in text_of(page)


def test_a_case_left_out_comes_after_the_last(client, me):
    answer = client.post(address(me.slot(0, 1)), {"verdict": "agree_all"})
    assert answer.url.startswith(address(me.slot(0, 0)))


def test_undo_takes_back_and_shows_the_case_again(client, me):
    client.post(address(me.slot()), {"verdict": "agree_all"})
    page = client.post(reverse("labeling:undo", args=[me.slot().pk]), follow=True)
    assert "was taken back" in text_of(page)
    assert me.slot().state == "pending"


def test_two_and_three_open_the_list_by_address(client, me):
    page = text_of(client.get(f"{address(me.slot())}?verdict=disagree"))
    assert '<input type="hidden" name="verdict" value="disagree"' in page
    assert 'id="corrections"' in page
    assert "hidden" not in re.search(r'<form id="corrections"[^>]*>', page).group()


def test_corrections_are_stored_from_the_form(client, me):
    client.post(
        address(me.slot()),
        {"verdict": "agree_mostly", "struck": ["pneumothorax"], "added": ["cardiomegaly"], "comment": "big heart"},
    )
    read = Read.objects.get()
    assert sorted((c.label.key, c.kind) for c in read.corrections.all()) == [
        ("cardiomegaly", "added"),
        ("pneumothorax", "struck"),
    ]
    assert read.comment == "big heart"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"verdict": "disagree"}, "Strike or add at least one label"),
        ({"verdict": "perhaps"}, "perhaps"),
        ({}, "required"),
        ({"verdict": "disagree", "struck": ["cardiomegaly"]}, "cardiomegaly"),
        ({"verdict": "disagree", "added": ["goitre"]}, "goitre"),
        ({"verdict": "agree_all", "added": ["cardiomegaly"]}, "Agree all has no corrections"),
        ({"verdict": "disagree", "comment": "x" * 10_001}, "10000"),
    ],
)
def test_a_refused_form_says_why_and_keeps_the_choice(client, me, sent, words):
    answer = client.post(address(me.slot()), sent)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Read.objects.exists()


def test_a_refused_form_keeps_what_was_ticked_and_written(client, me):
    answer = client.post(address(me.slot()), {"verdict": "agree_mostly", "struck": ["cardiomegaly"], "comment": "hm"})
    assert ">hm</textarea>" in text_of(answer)
    assert 'name="verdict" value="agree_mostly"' in text_of(answer)


def test_the_same_form_sent_twice_is_stored_once(client, me):
    for _ in range(2):
        client.post(address(me.slot()), {"verdict": "agree_all", "idempotency_key": "k"})
    assert Read.objects.count() == 1


def test_htmx_gets_the_next_case_as_a_fragment_with_its_address(client, me):
    answer = client.post(address(me.slot()), {"verdict": "agree_all"}, **HTMX)
    assert answer["HX-Push-Url"] == f"{address(me.slot(0, 1))}?stored={me.slot().pk}"
    assert text_of(answer).lstrip().startswith('<div class="part" id="case"')
    assert "<html" not in text_of(answer)


def test_htmx_gets_the_end_as_a_fragment(client, me):
    client.post(address(me.slot()), {"verdict": "agree_all"})
    answer = client.post(address(me.slot(0, 1)), {"verdict": "agree_all"}, **HTMX)
    assert answer["HX-Push-Url"] == reverse("labeling:done", args=[me.round.pk]) + f"?stored={me.slot(0, 1).pk}"
    assert "All done" in text_of(answer)


def test_a_standing_verdict_is_shown_and_can_be_changed(client, me):
    client.post(address(me.slot()), {"verdict": "disagree", "added": ["cardiomegaly"]})
    page = text_of(client.get(address(me.slot())))
    assert "You said <b>Disagree</b>" in page
    assert "added by you" in page
    client.post(address(me.slot()), {"verdict": "agree_all"})
    assert [read.verdict for read in Read.objects.current()] == ["agree_all"]


def test_who_comes_back_to_what_they_said_last_may_take_it_back_there(client, db, now):
    me = make_world(n_studies=2)
    client.force_login(me.readers[0])
    for study in (0, 1):
        later = now + timedelta(seconds=study)
        record_read(slot=me.slot(0, study), verdict="disagree", comment="small", by=me.readers[0], now=later)
    pages = [text_of(client.get(address(me.slot(0, study)))) for study in (0, 1)]
    assert ['id="undo"' in page for page in pages] == [False, True], "only the last thing said is undone by its key"
    assert all("You said <b>Disagree</b>" in page for page in pages)


def test_a_closing_that_was_taken_back_is_not_called_a_verdict(client, me, now):
    cannot_judge(slot=me.slot(), reason="image_quality", by=me.readers[0], now=now)
    page = text_of(client.post(reverse("labeling:undo", args=[me.slot().pk]), **HTMX))
    assert "Taken back: the case is yours to judge again." in page
    assert "verdict was taken back" not in page


def test_a_closed_round_says_so_instead_of_the_case(client, me, now):
    close_round(round_=me.round, by=None, now=now)
    assert "is closed" in text_of(client.get(address(me.slot())))
    answer = client.post(address(me.slot()), {"verdict": "agree_mostly", "added": ["cardiomegaly"], "comment": "big"})
    assert "is closed" in text_of(answer)
    assert "It was <b>Agree mostly: Cardiomegaly added. big</b>" in text_of(answer)
    assert not Read.objects.exists()


@pytest.mark.parametrize(
    ("rule", "before", "after"), [("never", False, False), ("after_verdict", False, True), ("always", True, True)]
)
def test_the_report_and_its_sentences_are_shown_by_the_rounds_rule(client, now, rule, before, after):
    world = make_world(show_report=rule)
    client.force_login(world.readers[0])
    assert ("Small left effusion" in text_of(client.get(address(world.slot())))) is before
    record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=now)
    assert ("Small left effusion" in text_of(client.get(address(world.slot())))) is after


def test_the_sentence_behind_a_suggestion_is_marked_in_the_report(client, db):
    world = make_world(n_studies=0, show_report="always")
    study = factories.make_study(world.benchmark, report=REPORT)
    suggestions = factories.make_suggestions(study, world.benchmark)
    label = suggestions.taxonomy.labels.get(key="pleural_effusion")
    sentence = {"evidence": "Small left effusion.", "spans": [0, 20]}
    Suggestion.objects.create(suggestion_set=suggestions, label=label, status="present", **sentence)
    world.studies.append(study)
    factories.make_round(world.benchmark, [study], world.readers, show_report="always")
    client.force_login(world.readers[0])
    page = text_of(client.get(address(world.slot())))
    assert "<mark>Small left effusion.</mark>" in page
    assert "<blockquote>Small left effusion.</blockquote>" in page


def test_a_study_without_pictures_says_what_to_do(client, me):
    assert "This study has no pictures" in text_of(client.get(address(me.slot())))


def test_pictures_hang_frontal_left_and_lateral_right(client, me):
    series = Series.objects.create(study=me.studies[0], series_uid="1.2.3")
    for number, view in enumerate(["LL", "PA", "OBLIQUE"]):
        Image.objects.create(
            series=series, sop_uid=f"1.{number}", sha256="a" * 64, rows=2, columns=2, view_position=view,
            preview_sha256=f"{number}" * 64, thumbnail_sha256=f"{number}" * 64, instance_number=number,
        )  # fmt: skip
    page = client.get(address(me.slot()))
    case = page.context["case"]
    assert [film.image.view_position for film in case.shown_films] == ["PA", "LL"]
    assert [film.image.view_position for film in case.films] == ["PA", "OBLIQUE", "LL"]
    other = case.films[1].image.pk
    chosen = client.get(f"{address(me.slot())}?film={other}").context["case"]
    assert "OBLIQUE" in [film.image.view_position for film in chosen.shown_films]


def test_a_picture_that_could_not_be_read_says_so(client, me):
    series = Series.objects.create(study=me.studies[0], series_uid="1.2.3")
    Image.objects.create(series=series, sop_uid="1.1", sha256="a" * 64, rows=2, columns=2)
    assert "This picture cannot be shown" in text_of(client.get(address(me.slot())))


def test_the_next_cases_pictures_are_named_for_prefetch(client, me):
    series = Series.objects.create(study=me.studies[1], series_uid="1.2.3")
    image = Image.objects.create(
        series=series, sop_uid="1.1", sha256="a" * 64, rows=2, columns=2, preview_sha256="b" * 64
    )
    page = client.get(address(me.slot()))
    [coming] = page.context["case"].viewer["prefetch"]
    assert [told["id"] for told in coming["images"]] == [image.pk]
    assert reverse("cases:image_preview", args=[image.pk, "b" * 64]) in text_of(page)


# ---- Whose case it is ----------------------------------------------------------------------------------------------------


def pages_of(slot: Slot) -> list[tuple[str, str]]:
    return [
        ("get", address(slot)),
        ("post", address(slot)),
        ("post", reverse("labeling:undo", args=[slot.pk])),
    ]


@pytest.mark.parametrize("place", range(3))
def test_another_readers_case_is_not_found(client, world, place):
    client.force_login(world.readers[1])
    method, url = pages_of(world.slot(0))[place]
    assert getattr(client, method)(url, {"verdict": "agree_all"}).status_code == 404
    assert not Read.objects.exists()


@pytest.mark.parametrize("role", ["curator", "admin"])
@pytest.mark.parametrize("place", range(3))
def test_the_office_has_no_cases(client, world, role, place):
    client.force_login(factories.make_user(role))
    method, url = pages_of(world.slot(0))[place]
    assert getattr(client, method)(url, {"verdict": "agree_all"}).status_code == 403


@pytest.mark.parametrize("place", range(3))
def test_anonymous_is_sent_to_sign_in(client, world, place):
    method, url = pages_of(world.slot(0))[place]
    assert "/login/" in getattr(client, method)(url).url


def test_the_end_of_a_round_that_is_not_mine_is_not_found(client, world):
    client.force_login(factories.make_user())
    assert client.get(reverse("labeling:done", args=[world.round.pk])).status_code == 404


def test_undo_by_get_is_not_possible(client, me):
    assert client.get(reverse("labeling:undo", args=[me.slot().pk])).status_code == 405


def test_no_other_readers_verdict_or_name_is_on_my_pages(client, world, now):
    for reader in (1, 2):
        record_read(slot=world.slot(reader), verdict="disagree", comment="SECRET", by=world.readers[reader], now=now)
    client.force_login(world.readers[0])
    pages = [
        client.get(address(world.slot())),
        client.get(reverse("labeling:worklist")),
        client.get(f"{address(world.slot())}?stored={world.slot(1).pk}"),
        client.get(f"{reverse('labeling:done', args=[world.round.pk])}?stored={world.slot(1).pk}"),
    ]
    for page in pages:
        text = without_tokens(text_of(page))
        assert "SECRET" not in text
        assert "R2" not in text
        assert "<b>Disagree</b>" not in text


def test_no_study_identifier_or_site_is_on_the_case(client, me):
    page = without_tokens(text_of(client.get(address(me.slot()))))
    assert "CXR1" not in page
    assert "north" not in page.lower()


def test_a_sealed_study_keeps_only_that_i_read_it(client, me, now, monkeypatch):
    record_read(slot=me.slot(), verdict="disagree", comment="SECRET", by=me.readers[0], now=now)
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": me.studies[0].pk})])
    page = text_of(client.get(reverse("labeling:worklist")))
    assert "sealed since its release was frozen" in page
    assert "SECRET" not in page
    assert client.get(address(me.slot())).status_code == 404
    assert not may_view(me.readers[0], me.studies[0].pk)


def test_a_sealed_round_tells_no_case_from_another(client, me, now, monkeypatch):
    for slot in Slot.objects.filter(reader=me.readers[0])[:2]:
        record_read(slot=slot, verdict="agree_all", by=me.readers[0], now=now)
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": me.studies[0].pk})])
    rows = [read.is_sealed for read in history_of(me.readers[0])]
    assert rows == [True, True]
    for slot in Slot.objects.filter(reader=me.readers[0]):
        assert client.get(address(slot)).status_code == 404
    assert not any(may_view(me.readers[0], study.pk) for study in me.studies)
    assert client.get("/api/v1/reads/").json()["count"] == 0
    assert client.get("/api/v1/slots/").json()["count"] == 0


def test_pictures_are_open_to_the_slots_reader_alone(world, now):
    stranger = factories.make_user()
    study = world.studies[0].pk
    assert may_view(world.readers[0], study)
    assert not may_view(stranger, study)
    close_round(round_=world.round, by=None, now=now)
    assert not may_view(world.readers[0], study)


def test_pictures_of_a_read_case_stay_open_after_the_round(world, now):
    record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=now)
    close_round(round_=world.round, by=None, now=now)
    assert may_view(world.readers[0], world.studies[0].pk)


# ---- Cost ------------------------------------------------------------------------------------------------------------------


def queries_of(client, url, django_assert_max_num_queries, most):
    with django_assert_max_num_queries(most) as counted:
        assert client.get(url).status_code == 200
    return len(counted)


def test_a_case_costs_the_same_in_a_long_list(client, now, django_assert_max_num_queries):
    short = make_world(n_studies=2)
    client.force_login(short.readers[0])
    few = queries_of(client, address(short.slot()), django_assert_max_num_queries, 24)
    for _ in range(8):
        study = factories.make_study(short.benchmark, report=REPORT)
        factories.make_suggestions(study, short.benchmark, ["cardiomegaly"])
        short.studies.append(study)
    long = factories.make_round(short.benchmark, short.studies, short.readers)
    slot = Slot.objects.get(round=long, reader=short.readers[0], order=5)
    assert queries_of(client, address(slot), django_assert_max_num_queries, 24) <= few + 1


def test_the_worklist_costs_the_same_with_more_verdicts(client, now, django_assert_max_num_queries):
    world = make_world(n_studies=4)
    client.force_login(world.readers[0])
    url = reverse("labeling:worklist")
    record_read(slot=world.slot(0, 0), verdict="agree_all", by=world.readers[0], now=now)
    few = queries_of(client, url, django_assert_max_num_queries, 20)
    for study in (1, 2, 3):
        record_read(slot=world.slot(0, study), verdict="disagree", by=world.readers[0], now=now)
    withdraw_read(slot=world.slot(0, 3), by=world.readers[0], now=now)
    assert queries_of(client, url, django_assert_max_num_queries, 20) == few


def test_a_verdict_costs_the_same_however_long_the_list(client, now, django_assert_max_num_queries):
    """What forty readers at once rest on: the verdict stored, and the next case with its pictures and the two after it."""
    world = make_world(n_studies=9)
    client.force_login(world.readers[0])
    slot = world.slot(0, 3)
    with django_assert_max_num_queries(31):
        client.post(address(slot), {"verdict": "agree_all", "standing": "", "idempotency_key": "k"}, **HTMX)


def last_of_the_worklist(client) -> str:
    found = re.search(r"Your last:(.*?)</span>", text_of(client.get(reverse("labeling:worklist"))))
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


def test_the_worklist_offers_the_last_thing_said_for_as_long_as_it_may_be_undone(client, db, now):
    me = make_world(n_studies=3)
    reader = me.readers[0]
    client.force_login(reader)
    assert last_of_the_worklist(client) == ""
    record_read(slot=me.slot(), verdict="agree_all", by=reader, now=now)
    record_read(slot=me.slot(0, 2), verdict="disagree", by=reader, now=now - timedelta(hours=1))
    assert "case 1: Agree all" in last_of_the_worklist(client)
    closed = cannot_judge(slot=me.slot(0, 1), reason="image_quality", by=reader, now=now + timedelta(minutes=1))
    assert "case 2: closed, image quality" in last_of_the_worklist(client)
    Slot.objects.filter(replaces=closed.slot).update(opened_at=now + timedelta(minutes=2), reader=None)
    assert "case 1: Agree all" in last_of_the_worklist(client), "somebody else has opened the case that was closed"
    client.post(reverse("labeling:undo", args=[me.slot().pk]))
    assert "case 3: Disagree" in last_of_the_worklist(client)
    close_round(round_=me.round, by=None, now=now)
    assert last_of_the_worklist(client) == ""


def test_what_another_reader_said_last_is_not_on_my_worklist(client, me, now):
    record_read(slot=me.slot(1), verdict="agree_all", by=me.readers[1], now=now)
    assert last_of_the_worklist(client) == ""
