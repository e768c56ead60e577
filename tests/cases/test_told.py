"""What pages, files and the API tell of a study in place of the hospital's own UIDs and days."""

import csv
import io
from datetime import date, timedelta

import pytest

from cases.models import Image, Series, Study
from cases.pseudonyms import Kind
from cases.queries import site_key
from cases.queries.told import pseudonyms, told_date
from tests.factories import make_benchmark, make_study, make_user

UID, DAY = "1.2.276.4711.1", date(2019, 5, 17)


@pytest.fixture
def studies(db):
    """Two of one patient, ten days apart."""
    benchmark = make_benchmark()
    days = [DAY, DAY + timedelta(days=10)]
    return [
        make_study(benchmark, patient="P1", study_id=f"S{n}", study_uid=f"{UID}{n}", study_date=day, with_image=n == 0)
        for n, day in enumerate(days)
    ]


@pytest.fixture
def seen(client, studies):
    """What a curator gets from every address that tells of them, as text."""
    client.force_login(make_user("curator"))
    addresses = ["/studies/", "/studies/?format=csv", "/api/v1/studies/"]
    addresses += [f"{place}{study.pk}/" for study in studies for place in ("/studies/", "/api/v1/studies/")]
    return {address: client.get(address).content.decode() for address in addresses}


def test_no_page_file_or_answer_has_a_day_or_a_uid_of_the_hospital(seen, studies):
    uids = [*Series.objects.values_list("series_uid", flat=True), *Image.objects.values_list("sop_uid", flat=True)]
    for address, text in seen.items():
        for told in (UID, *(str(study.study_date) for study in studies), "17 May 2019", *(f'"{uid}"' for uid in uids)):
            assert told not in text, (address, told)


def test_days_are_moved_by_the_same_for_all_of_a_patient_and_the_same_everywhere(seen, studies, client):
    first, second = map(told_date, studies)
    assert second - first == timedelta(days=10)
    assert first == DAY - timedelta(days=site_key(studies[0].site.code).days_back("P1"))
    rows = {row["study_id"]: row["study_date"] for row in csv.DictReader(io.StringIO(seen["/studies/?format=csv"]))}
    assert rows == {"S0": str(first), "S1": str(second)}
    assert client.get(f"/api/v1/studies/{studies[0].pk}/").json()["study_date"] == str(first)


def test_uids_are_those_of_dicomweb(client, studies, seen):
    whole = client.get(f"/api/v1/studies/{studies[0].pk}/").json()
    image = Image.objects.get()
    names = pseudonyms()
    assert whole["study_uid"] == names.uid_of(Kind.STUDY, studies[0].pk)
    assert whole["series"][0]["series_uid"] == names.uid_of(Kind.SERIES, image.series_id)
    assert whole["series"][0]["images"][0]["sop_uid"] == names.uid_of(Kind.INSTANCE, image.pk)
    assert whole["study_uid"] in seen[f"/studies/{studies[0].pk}/"]


def test_no_day_is_told_of_a_site_that_came_in_under_another_key(studies):
    study = Study.objects.select_related("site", "patient").get(pk=studies[0].pk)
    study.site.key_check = "0" * 16
    assert told_date(study) is None
