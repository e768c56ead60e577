"""Earlier studies of the patient: which hang beside a case, who may see them, and what never does."""

import json
from datetime import date

import pytest
from django.db.models import Q
from django.urls import reverse

from cases import visibility
from cases.models import HeldEntry, Image, Series, Study
from cases.queries import may_view_study
from labeling.actions import cannot_judge, close_round, record_read
from labeling.queries import case_of
from labeling.queries.priors import priors_of
from tests import factories

pytestmark = pytest.mark.django_db


def picture(study: Study, view: str = "PA") -> Image:
    series, _ = Series.objects.get_or_create(study=study, series_uid=f"1.2.{study.pk}")
    uid = f"1.{study.pk}.{view}"
    return Image.objects.create(
        series=series, sop_uid=uid, sha256="a" * 64, rows=4, columns=3, frames=1, view_position=view,
        preview_sha256="b" * 64, thumbnail_sha256="c" * 64,
    )  # fmt: skip


def dated(study: Study, year: int | None) -> None:
    Study.objects.filter(pk=study.pk).update(study_date=year and date(year, 5, 1))


@pytest.fixture
def followed(world):
    """The first case of the world, of 2020, with studies of its patient from 2016, 2018 and 2019, all with two pictures."""
    current = world.studies[0]
    dated(current, 2020)
    world.earlier = [factories.make_study(world.benchmark, study_id=f"P{year}") for year in (2016, 2018, 2019)]
    for study, year in zip(world.earlier, (2016, 2018, 2019), strict=True):
        Study.objects.filter(pk=study.pk).update(patient=current.patient, site=current.site)
        dated(study, year)
    for study in (current, *world.earlier):
        for view in ("PA", "LL"):
            picture(study, view)
    return world


def test_the_latest_two_before_the_case_are_its_priors(followed):
    oldest, older, last = followed.earlier
    assert priors_of(followed.studies[0].pk) == [last.pk, older.pk]
    assert priors_of(last.pk) == [older.pk, oldest.pk]
    assert priors_of(oldest.pk) == []


def test_without_dates_and_of_other_patients_there_are_none(followed):
    assert priors_of(followed.studies[1].pk) == []
    dated(followed.studies[0], None)
    assert priors_of(followed.studies[0].pk) == []


def test_a_prior_hangs_beside_the_current_picture_of_its_view(followed):
    viewer = case_of(followed.slot()).viewer
    assert [image["prior"] for image in viewer["images"]] == [0, 0, 1, 1, 2, 2]
    assert viewer["hangings"] == [
        {"name": "Current", "images": [0, 1]},
        {"name": "Current and prior", "images": [0, 2]},
        {"name": "Other view and prior", "images": [1, 3]},
        {"name": "Both views and prior", "images": [0, 1, 2, 3]},
        {"name": "Current and prior 2", "images": [0, 4]},
        {"name": "Other view and prior 2", "images": [1, 5]},
        {"name": "Both views and prior 2", "images": [0, 1, 4, 5]},
    ]


def test_its_reader_sees_the_pictures_of_a_prior_and_nobody_else_does(followed, now):
    oldest, _, last = followed.earlier
    reader = followed.readers[0]
    assert may_view_study(reader, last.pk)
    assert not may_view_study(reader, oldest.pk), "it is not shown"
    assert not may_view_study(factories.make_user(), last.pk)
    close_round(round_=followed.round, by=factories.make_user("curator"), now=now)
    assert not may_view_study(reader, last.pk)


def test_a_prior_in_which_patient_data_was_seen_is_shown_no_more(followed, now):
    _, older, last = followed.earlier
    suggestions = factories.make_suggestions(last, followed.benchmark, [])
    assert suggestions
    round_ = factories.make_round(followed.benchmark, [last], followed.readers)
    slot = round_.slots.get(reader=followed.readers[1])
    cannot_judge(slot=slot, reason="patient_data", by=followed.readers[1], now=now)
    assert priors_of(followed.studies[0].pk)[0] == older.pk
    assert not may_view_study(followed.readers[0], last.pk)


def test_a_prior_that_the_gate_holds_is_not_shown(followed):
    _, older, last = followed.earlier
    HeldEntry.objects.create(benchmark=followed.benchmark, study=last)
    assert priors_of(followed.studies[0].pk)[0] == older.pk
    assert not may_view_study(followed.readers[0], last.pk)


def test_a_held_out_prior_is_shown_no_more(followed, monkeypatch):
    _, older, last = followed.earlier
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": last.pk})])
    assert priors_of(followed.studies[0].pk)[0] == older.pk
    assert not may_view_study(followed.readers[0], last.pk)


def test_a_prior_of_a_sealed_round_is_shown_no_more_held_out_or_not(followed, monkeypatch):
    _, older, last = followed.earlier
    other = factories.make_study(followed.benchmark, study_id="X")
    for study in (last, other):
        factories.make_suggestions(study, followed.benchmark, [])
    factories.make_round(followed.benchmark, [last, other], followed.readers)
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": other.pk})])
    assert last.pk not in priors_of(followed.studies[0].pk)
    assert older.pk in priors_of(followed.studies[0].pk)


def test_a_mark_on_a_prior_is_stored_with_the_verdict(followed, now):
    image = Image.objects.filter(series__study=followed.earlier[2]).first()
    mark = {"kind": "point", "image": image.pk, "frame": 0, "points": [[1.5, 2.5]]}
    read = record_read(slot=followed.slot(), verdict="agree_all", marks=[mark], by=followed.readers[0], now=now)
    assert read.marks[0]["image"] == image.pk


def test_nothing_of_the_patient_reaches_the_page(client, followed):
    client.force_login(followed.readers[0])
    page = client.get(reverse("labeling:case", args=[followed.slot().pk])).content.decode()
    assert "Current and prior" in page
    assert all(word not in page for word in ("2019", "P2019", followed.studies[0].patient.pseudonym))


def test_what_the_viewer_is_told_is_json(followed):
    assert json.dumps(case_of(followed.slot()).viewer)
