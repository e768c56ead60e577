"""The sites page: what each site gave, against the whole, and nothing of a sealed holdout but for admins."""

import csv
import io

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import visibility
from cases.models import ImportRun
from core.models import RunState
from dashboard.queries.sites import sites_page
from tests.factories import make_benchmark, make_site, make_study, make_suggestions, make_user

URL = "/sites/"


@pytest.fixture
def world(db):
    """Two sites: three studies of two patients at north, one at south."""
    benchmark = make_benchmark(sample={"size": 20})
    north, south = make_site("north"), make_site("south")
    first = make_study(
        benchmark, site=north, patient="A", sex="F", age=17, view_position="PA", report="x", with_image=True
    )
    second = make_study(benchmark, site=north, patient="A", sex="M", age=60, view_position="AP", manufacturer="ACME")
    third = make_study(benchmark, site=north, patient="B", sex="F")
    sealed = make_study(benchmark, site=south, patient="C", sex="F", age=80)
    make_suggestions(first, benchmark, ["pneumothorax"])
    make_suggestions(second, benchmark, {"pneumothorax": "uncertain", "cardiomegaly": "absent"})
    make_suggestions(sealed, benchmark, ["cardiomegaly"])
    run = ImportRun.objects.create(kind="import", benchmark=benchmark, site=north, state=RunState.SUCCEEDED)
    run.problems.create(kind="format", where="a", message="No.")
    run.problems.create(kind="header", where="a", message="Hm.", is_warning=True)
    return benchmark, third, sealed


@pytest.fixture
def sealed(world, monkeypatch):
    """The study at south is of a frozen holdout."""
    monkeypatch.setattr(visibility, "_rules", [])
    visibility.register_hiding_rule(lambda prefix: Q(**{f"{prefix}pk": world[2].pk}))
    return world[2]


def rows(table):
    return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


def test_contributions_are_counted_by_site(world):
    page = sites_page(make_user("curator"), world[0])
    north = rows(page.contributions)["north"]
    wanted = {"Imports": 1, "Studies": 3, "Patients": 2, "With pictures": 1, "With report": 1, "Files rejected": 1}
    assert {key: north[key] for key in wanted} == wanted
    assert rows(page.contributions)["south"]["Imports"] == 0


def test_each_sites_mix_stands_beside_the_whole(world):
    mixes = dict(sites_page(make_user("curator"), world[0]).mixes)
    assert rows(mixes["Sex"])["Female"] == {
        "Sex": "Female",
        "north (n = 3)": "2 (67%)",
        "south (n = 1)": "1 (100%)",
        "All (n = 4)": "3 (75%)",
    }
    assert [row[0] for row in mixes["Age"].rows] == ["0-17", "55-69", "70+", "not said"]
    assert rows(mixes["View"])["not said"]["All (n = 4)"] == "2 (50%)"


def test_labels_are_counted_once_a_patient_against_what_a_sample_aims_at(world):
    page = sites_page(make_user("curator"), world[0])
    found = rows(page.labels)["Pneumothorax"]
    assert (found["north (n = 2)"], found["Patients"], found["Wanted for a sample"], found["Lacking"]) == (
        "2 (100%)",
        1,
        2,
        1,
    )
    assert (
        "A sample of 20 studies aims at 2 patients for each label; the pool has fewer for 3 of 3 labels" in page.lacking
    )


def test_a_sealed_study_is_in_no_figure_of_a_curator_and_in_an_admins(world, sealed):
    page = sites_page(make_user("curator"), world[0])
    assert rows(page.labels)["Cardiomegaly"]["Patients"] == 0
    assert "south" not in rows(page.contributions)
    assert not any("south" in column or "n = 4" in column for _, table in page.mixes for column in table.columns)
    assert rows(sites_page(make_user("admin"), world[0]).labels)["Cardiomegaly"]["Patients"] == 1


def test_rare_makers_are_counted_together(world):
    for number in range(12):
        make_study(world[0], manufacturer=f"Maker {number}")
    makers = dict(sites_page(make_user("curator"), world[0]).mixes)["Manufacturer"]
    assert len(makers.rows) == 9
    assert sum(int(str(row[1]).split()[0]) for row in makers.rows) == 16


def test_the_page_shows_its_tables_sorts_them_and_gives_them_as_csv(world, client):
    client.force_login(make_user("curator"))
    page = client.get(URL, {"sort": "-labels:1"}).content.decode()
    assert "Lacking" in page
    assert 'aria-sort="descending"' in page
    table = list(csv.reader(io.StringIO(client.get(URL, {"table": "sex"}).content.decode())))
    assert table[0] == ["Sex", "All (n = 4)", "north (n = 3)", "south (n = 1)"]


def test_an_empty_product_says_how_to_begin(client, db):
    client.force_login(make_user("curator"))
    assert "No benchmark yet" in client.get(URL).content.decode()
    make_benchmark()
    assert "No contributions yet" in client.get(URL).content.decode()


def test_readers_do_not_see_it(client, db):
    client.force_login(make_user("reader"))
    assert client.get(reverse("dashboard:site_list")).status_code == 403


def test_more_studies_ask_no_more_of_the_database(world, client, django_assert_num_queries):
    user = make_user("curator")
    sites_page(user, world[0])
    with CaptureQueriesContext(connection) as few:
        sites_page(user, world[0])
    for number in range(5):
        make_suggestions(make_study(world[0], site=make_site(f"s{number}")), world[0], ["pneumothorax"])
    with django_assert_num_queries(len(few)):
        sites_page(user, world[0])


def test_a_maker_is_one_however_it_is_spelled(world):
    for name in ("GE MEDICAL SYSTEMS", "GE Medical Systems", "GE Medical  Systems", "GE MEDICAL SYSTEMS"):
        make_study(world[0], manufacturer=name)
    makers = dict(sites_page(make_user("curator"), world[0]).mixes)["Manufacturer"]
    of_ge = [row for row in makers.rows if str(row[0]).startswith("GE")]
    assert [(row[0], str(row[1]).split()[0]) for row in of_ge] == [("GE MEDICAL SYSTEMS", "4")]
