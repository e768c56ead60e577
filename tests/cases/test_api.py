"""The API of studies and imports: curators read, nobody writes, readers see nothing."""

import pytest
from django.db.models import Q

from cases import visibility
from cases.models import ImportRun, Study
from cases.queries import site_key
from tests.cases.builders import by_uid, dicom, reports_csv, take_in, write
from tests.factories import make_user

LISTS = ["/api/v1/sites/", "/api/v1/studies/", "/api/v1/imports/"]


@pytest.fixture
def world(benchmark_, tmp_path):
    write(tmp_path / "films", {"a.dcm": dicom(), "bad": b"junk"})
    reports = reports_csv(tmp_path / "r.csv", [("1.2.3.1", "Clear lungs."), ("S2", "Effusion.")])
    return take_in(benchmark_, tmp_path / "films", reports=reports)


def addresses() -> list[str]:
    studies = [f"/api/v1/studies/{pk}/" for pk in Study.objects.values_list("pk", flat=True)]
    return [*LISTS, "/api/v1/sites/north/", *studies, f"/api/v1/imports/{ImportRun.objects.get().pk}/"]


@pytest.fixture
def curator(client, db):
    user = make_user("curator")
    client.force_login(user)
    return user


@pytest.mark.parametrize(("role", "status"), [("curator", 200), ("admin", 200), ("reader", 403)])
def test_the_office_reads_and_readers_do_not(role, status, client, world):
    client.force_login(make_user(role))
    assert {client.get(address).status_code for address in addresses()} == {status}


def test_visitors_are_refused(client, world):
    assert {client.get(address).status_code for address in addresses()} <= {401, 403}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes(method, client, world):
    client.force_login(make_user("admin"))
    assert {getattr(client, method)(address).status_code for address in addresses()} == {405}


def test_studies_are_listed_without_their_reports_text(client, curator, world):
    answer = client.get("/api/v1/studies/")
    assert [row["study_id"] for row in answer.json()["results"]] == ["S2", by_uid("1.2.3.1")]
    assert [(row["has_report"], row["has_images"]) for row in answer.json()["results"]] == [(True, False), (True, True)]
    assert "Clear" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?images=yes", 1),
        ("?report=no", 0),
        ("?q=s2", 1),
        ("?site=north", 2),
        ("?modality=DX", 1),
        ("?benchmark=none", 0),
    ],
)
def test_studies_are_filtered_as_on_the_page(query, count, client, curator, world):
    assert client.get("/api/v1/studies/" + query).json()["count"] == count


def test_one_study_comes_with_series_images_and_report(client, curator, world):
    study = client.get(f"/api/v1/studies/{Study.objects.get(study_uid='1.2.3.1').pk}/").json()
    assert (study["site"], len(study["patient"]), "P1" in study["patient"]) == ("north", 17, False)
    assert study["report"]["text"] == "Clear lungs."
    assert study["series"][0]["images"][0]["rows"] == 16


def test_a_study_without_a_report_says_so(client, curator, benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom()}))
    assert client.get(f"/api/v1/studies/{Study.objects.get().pk}/").json()["report"] is None


def test_an_import_comes_with_what_it_refused(client, curator, world):
    run = client.get(f"/api/v1/imports/{world.pk}/").json()
    assert run["counts"] == {"imported": 3, "unchanged": 0, "rejected": 1}
    assert [problem["kind"] for problem in run["problems"]] == ["format"]
    assert "source" not in run


def test_hidden_studies_are_not_in_the_api_of_curators(client, curator, world, monkeypatch):
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}study_id": "S2"})])
    assert client.get("/api/v1/studies/").json()["count"] == 1
    assert client.get(f"/api/v1/studies/{Study.objects.get(study_id='S2').pk}/").status_code == 404


def test_a_longer_list_takes_no_more_queries(client, curator, benchmark_, tmp_path, django_assert_max_num_queries):
    def count() -> int:
        with django_assert_max_num_queries(15) as captured:
            client.get("/api/v1/studies/")
        return len(captured)

    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a")]))
    one = count()
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S2", "a"), ("S3", "a")]))
    assert count() == one


def test_a_name_is_searched_for_in_the_body_alone(client, curator, world):
    address = "/api/v1/studies/"
    Study.objects.filter(study_id="S2").update(study_id=site_key("north").study("DOE_JOHN"))
    refused = client.get(address + "?q=DOE_JOHN")
    assert (refused.status_code, "DOE" in refused.text) == (400, False)
    assert client.get(address + "?q=1.2.3.1").status_code == 400  # leads to the examination
    ask = {"data": {"q": "DOE_JOHN"}, "content_type": "application/json"}
    assert client.post(address + "search/", **ask).json()["count"] == 1
    assert client.post(address + "search/?modality=XX", **ask).json()["count"] == 0
    assert client.post(address + "search/", data=[1], content_type="application/json").status_code == 400
    client.force_login(make_user("reader"))
    assert client.post(address + "search/", **ask).status_code == 403
