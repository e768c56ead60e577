"""QIDO-RS: what a search finds, and how it answers."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pydicom.dataset import Dataset

from cases.models import GateFinding, Image, ImportRun, Series
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms, told_date
from tests.dicomweb.conftest import study_with, uid_of
from tests.factories import make_benchmark, make_site, make_study
from tests.pages import without_uids

pytestmark = pytest.mark.django_db
SERIES, INSTANCE = "0020000E", "00080018"


def test_a_study_is_told_under_pseudonyms_alone(curator, benchmark_):
    study = study_with(
        benchmark_,
        modalities=["DX", "CR"],
        images=2,
        study_id="ZZSTUDY",
        patient="ZZPATIENT",
        study_uid="1.2.99",
        sex="F",
        age=95,
        study_date=date(2020, 1, 31),
        metadata={"note": "zznote"},
    )
    response = curator.get("studies", includefield="all")
    [found] = (Dataset.from_json(one) for one in response.json())

    assert found.StudyInstanceUID == uid_of(study)
    assert found.PatientID == str(found.PatientName) == pseudonyms().patient_id(Kind.PATIENT, study.patient_id)
    assert list(found.ModalitiesInStudy) == ["CR", "DX"]
    assert (found.NumberOfStudyRelatedSeries, found.NumberOfStudyRelatedInstances) == (2, 4)
    assert (found.PatientSex, found.PatientAge) == ("F", "090Y")
    assert found.RetrieveURL == f"http://testserver/dicom-web/studies/{uid_of(study)}"
    for keyword in ("StudyTime", "AccessionNumber", "PatientBirthDate", "ReferringPhysicianName", "StudyID"):
        assert found[keyword].is_empty
    text = without_uids(response.content.decode().lower())
    assert not [
        word
        for word in ("zzstudy", "zzpatient", "zzseries", "zznote", "1.2.99", "2020", f"1.2.{study.pk}.", "north")
        if word in text
    ]


def test_the_type_of_the_answer_is_what_clients_compare_with(curator, benchmark_):
    study_with(benchmark_)

    assert (
        curator.get("studies", "application/dicom+json, application/json")["Content-Type"] == "application/dicom+json"
    )
    assert curator.get("studies", "application/json")["Content-Type"] == "application/json"
    refused = curator.get("studies", 'multipart/related; type="application/dicom+xml"')
    assert refused.status_code == 406
    assert "application/dicom+json" in refused.json()["detail"]


def test_nothing_found_is_no_content(curator):
    response = curator.get("studies")

    assert (response.status_code, response.content) == (204, b"")


def test_only_what_came_as_dicom_is_there(curator, benchmark_):
    make_study(benchmark_, report="Clear.")
    make_study(benchmark_, with_image=True)  # of a PNG: it has no transfer syntax

    assert curator.found("studies") == curator.found("series") == curator.found("instances") == []


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"PatientSex": "F"}, [0]),
        ({"00100040": "F"}, [0]),
        ({"PatientSex": "*"}, [0, 1, 2]),
        ({"ModalitiesInStudy": "CR"}, [1]),
        ({"ModalitiesInStudy": "?R"}, [1, 2]),
        ({"ModalitiesInStudy": "M*"}, [2]),
        ({"ModalitiesInStudy": "C.*"}, []),
        ({"PatientName": "Miller*"}, []),
        ({"PatientName": "*"}, [0, 1, 2]),
        ({"AccessionNumber": ""}, [0, 1, 2]),
        ({"PatientID": "P-1"}, []),
        ({"StudyInstanceUID": "1.2.3"}, []),
        ({"limit": "1"}, [0]),
        ({"limit": "1", "offset": "2"}, [2]),
        ({"limit": "0"}, []),
        ({"offset": "3"}, []),
    ],
)
def test_studies_are_found_by_what_is_told_of_them(curator, benchmark_, query, places):
    studies = [
        study_with(benchmark_, sex="F"),
        study_with(benchmark_, sex="M", modalities=["CR"]),
        study_with(benchmark_, modalities=["MR"]),
    ]

    assert curator.uids("studies", **query) == [uid_of(studies[place]) for place in places]


def test_studies_are_found_by_the_names_they_have_here(curator, benchmark_):
    first, second, other = (study_with(benchmark_, patient=name) for name in ("A", "A", "B"))
    patient = pseudonyms().patient_id(Kind.PATIENT, first.patient_id)

    assert curator.uids("studies", PatientID=patient) == [uid_of(first), uid_of(second)]
    both = f"{uid_of(second)},{uid_of(other)}"
    assert curator.uids("studies", StudyInstanceUID=both) == [uid_of(second), uid_of(other)]


def test_a_day_is_told_earlier_and_found_as_it_is_told(curator, benchmark_):
    first, second = (study_with(benchmark_, patient="A", study_date=date(2020, month, 1)) for month in (1, 3))
    study_with(benchmark_)
    told = [told_date(study) for study in (first, second)]

    assert (told[1] - told[0]).days == 60  # intervals within a patient stay
    assert date(2008, 1, 1) < told[0] < date(2019, 1, 1)
    assert curator.uids("studies", StudyDate=f"{told[0]:%Y%m%d}") == [uid_of(first)]
    assert curator.uids("studies", StudyDate=f"{told[0]:%Y%m%d}-") == [uid_of(first), uid_of(second)]
    assert curator.uids("studies", StudyDate=f"-{told[0]:%Y%m%d}") == [uid_of(first)]
    assert curator.uids("series", StudyDate=f"{told[1]:%Y%m%d}") == [uid_of(second)]
    assert curator.uids("studies", StudyDate="20200101-") == []


def test_more_results_are_told_of_by_a_warning(curator, benchmark_):
    for _ in range(2):
        study_with(benchmark_)

    assert "additional results" in curator.get("studies", limit="1")["Warning"]
    assert not curator.get("studies", limit="2").has_header("Warning")
    assert "fuzzymatching" in curator.get("studies", fuzzymatching="true")["Warning"]


def test_series_and_instances_of_a_study(curator, benchmark_):
    study = study_with(benchmark_, modalities=["DX", "CR"], images=2, body_part="CHEST", about={"laterality": "L"})
    study_with(benchmark_, modalities=["MR"], images=3)
    path = f"studies/{uid_of(study)}"
    first, second = curator.found(f"{path}/series")
    series = Series.objects.filter(study=study).order_by("pk")[1]

    assert (first["00080060"]["Value"], first["00201209"]["Value"]) == (["DX"], [2])
    assert second[SERIES]["Value"] == [pseudonyms().uid_of(Kind.SERIES, series.pk)]
    assert "zzseries" not in str(second)
    assert len(curator.found("series")) == 3
    assert len(curator.found("instances")) == 7
    assert len(curator.found(f"{path}/instances")) == 4
    found = curator.found(f"{path}/series/{second[SERIES]['Value'][0]}/instances", InstanceNumber="2")
    image = Image.objects.get(series=series, instance_number=2)
    assert [one[INSTANCE]["Value"] for one in found] == [[pseudonyms().uid_of(Kind.INSTANCE, image.pk)]]
    assert found[0]["00280010"]["Value"] == [10]
    assert curator.found(f"{path}/instances", ImageLaterality="R") == []
    assert len(curator.found("instances", Modality="MR", Rows="10")) == 3
    assert len(curator.found("series", BodyPartExamined="CHE*")) == 2
    assert curator.found("instances", SeriesDescription="zz*") == []


def test_what_a_search_finds_below_a_study_is_of_that_study(curator, benchmark_):
    study, other = study_with(benchmark_), study_with(benchmark_)
    foreign = pseudonyms().uid_of(Kind.SERIES, Series.objects.get(study=other).pk)

    assert curator.found(f"studies/{uid_of(study)}/series/{foreign}/instances") == []


def test_an_address_of_a_benchmark_and_a_site_is_about_these(curator, benchmark_):
    north = study_with(benchmark_)
    study_with(benchmark_, site=make_site("south"))
    study_with(make_benchmark("spine"))

    assert curator.uids("chest/north/studies") == [uid_of(north)]
    assert len(curator.found("chest/south/instances")) == 1
    assert curator.get(f"chest/south/studies/{uid_of(north)}/series").status_code == 404
    assert curator.get("chest/nowhere/studies").status_code == 404
    assert curator.get("nothing/north/studies").status_code == 404


@pytest.mark.parametrize("path", ["studies", "series", "instances"])
def test_a_query_that_cannot_be_understood_is_refused_with_a_sentence(curator, path):
    response = curator.get(path, PatientColour="blue")

    assert response.status_code == 400
    assert "'PatientColour' is no parameter of a search" in response.json()["detail"]


@pytest.mark.parametrize("path", ["studies", "series", "instances"])
def test_a_search_takes_as_many_queries_however_much_it_finds(curator, benchmark_, path):
    counts = []
    curator.found(path)  # notes once that the token was used
    for _ in range(2):
        study_with(benchmark_, modalities=["DX", "CR"])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            curator.found(path)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 3


def test_pages_follow_each_other_without_a_gap(curator, benchmark_):
    studies = [study_with(benchmark_, modalities=["DX", "CR"], images=2) for _ in range(3)]

    pages = [curator.uids("studies", limit="2", offset=str(offset)) for offset in (0, 2, 4)]
    assert pages == [[uid_of(studies[0]), uid_of(studies[1])], [uid_of(studies[2])], []]
    whole = curator.uids("instances", INSTANCE)
    parts = [curator.uids("instances", INSTANCE, limit="5", offset=str(offset)) for offset in (0, 5, 10)]
    assert [uid for part in parts for uid in part] == whole
    assert len(whole) == len(set(whole)) == 12


def hold(image: Image, benchmark, decision: str = "") -> GateFinding:
    """A finding that holds the image."""
    run = ImportRun.objects.create(benchmark=benchmark, site=image.series.study.site)
    values = {"check_name": "burned_in", "outcome": "quarantine", "decision": decision}
    at = timezone.now() if decision else None
    return GateFinding.objects.create(run=run, study=image.series.study, image=image, decided_at=at, **values)


def test_a_study_is_told_while_the_gate_holds_some_of_its_images_but_not_when_it_holds_all(curator, benchmark_):
    study = study_with(benchmark_, modalities=["DX", "CR"])
    first, second = Image.objects.filter(series__study=study).order_by("pk")
    hold(first, benchmark_)
    [found] = (Dataset.from_json(one) for one in curator.found("studies"))

    assert (found.ModalitiesInStudy, found.NumberOfStudyRelatedInstances) == ("CR", 1)  # of what is shown alone
    finding = hold(second, benchmark_, "reject")
    assert curator.found("studies") == curator.found("series") == []
    finding.decision = "accept"
    finding.save()
    assert curator.uids("studies") == [uid_of(study)]


# What the standard requires of each result (PS3.18 tables 10.6.3-3 to 10.6.3-5), where it can be known here.
OF_STUDY = (
    *("StudyDate", "StudyTime", "AccessionNumber", "InstanceAvailability", "ReferringPhysicianName", "RetrieveURL"),
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyID"),
)
COUNTED = ("ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances")
OF_SERIES = ("Modality", "SeriesInstanceUID", "SeriesNumber", "RetrieveURL")
OF_INSTANCE = (
    *("SOPClassUID", "SOPInstanceUID", "InstanceAvailability", "RetrieveURL", "AvailableTransferSyntaxUID"),
    *("InstanceNumber", "Rows", "Columns", "BitsAllocated", "NumberOfFrames"),
)


@pytest.mark.parametrize(
    ("path", "required"),
    [
        ("studies", (*OF_STUDY, *COUNTED)),
        ("series", (*OF_STUDY, *OF_SERIES, "NumberOfSeriesRelatedInstances")),
        ("instances", (*OF_STUDY, *OF_SERIES, *OF_INSTANCE)),
    ],
)
def test_a_result_has_what_the_standard_requires(curator, benchmark_, path, required):
    study_with(benchmark_)
    [found] = (Dataset.from_json(one) for one in curator.found(path))

    assert [keyword for keyword in required if keyword not in found] == []


def test_an_instance_is_told_and_found_by_its_kind(curator, benchmark_):
    computed, digital = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
    jpeg_ls = {"transfer_syntax": "1.2.840.10008.1.2.4.80", "bits_allocated": 16, "has_surplus": False}
    study_with(benchmark_, about={"sop_class": digital, **jpeg_ls})
    study_with(benchmark_, about={"sop_class": computed, **jpeg_ls, "mask": [[0, 0, 2, 2]]})
    [found] = (Dataset.from_json(one) for one in curator.found("instances", SOPClassUID=digital))

    assert (found.SOPClassUID, found.BitsAllocated) == (digital, 16)
    assert found.AvailableTransferSyntaxUID == "1.2.840.10008.1.2.4.80"
    [masked] = (Dataset.from_json(one) for one in curator.found("instances", **{"00080016": computed}))
    assert masked.AvailableTransferSyntaxUID == "1.2.840.10008.1.2.1"  # it is decoded for its mask
    assert len(curator.found("instances", SOPClassUID=f"{digital},{computed}")) == 2
    assert curator.found("instances", SOPClassUID="1.2") == []


def test_modalities_are_found_by_a_list(curator, benchmark_):
    studies = [study_with(benchmark_, modalities=[name]) for name in ("CR", "DX", "MR")]

    assert curator.uids("studies", ModalitiesInStudy="CR,DX") == [uid_of(one) for one in studies[:2]]
    assert curator.uids("studies", ModalitiesInStudy="C?,M*", multiplevaluematching="true") == [
        uid_of(studies[0]),
        uid_of(studies[2]),
    ]
