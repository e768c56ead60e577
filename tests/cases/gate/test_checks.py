"""The named checks: pure functions of what was read of a picture."""

from dataclasses import replace

import pytest

from cases.adapters.dicom import read_dicom
from cases.contribution import Printed, Region
from cases.gate.checks import (
    CHECK_NAMES,
    CHECKS,
    FITS,
    Asked,
    Found,
    Kind,
    Outcome,
    examine,
    inferred_body_part,
    inferred_view,
    parts_of,
    unfit,
    worst,
)
from tests.cases.builders import dicom

CHEST = Asked(("CR", "DX"), "chest")
SC = "1.2.840.10008.5.1.4.1.1.7"


def found(asked=CHEST, *, regions=(), **tags) -> dict[str, Outcome]:
    facts = read_dicom(dicom(**tags))
    if regions:
        facts = replace(facts, gate=replace(facts.gate, printed=Printed(regions, (1,))))
    return {one.check: one.outcome for one in examined(facts, asked)}


def examined(facts, asked=CHEST) -> tuple[Found, ...]:
    """What is found in a picture, and why the benchmark may not take it."""
    kind = Kind(facts.study.modality, is_dicom=bool(facts.transfer_syntax), body_parts=parts_of(facts))
    return (*examine(facts), *unfit(kind, asked))


def test_a_plain_film_passes_with_nothing_to_say():
    assert found(BodyPartExamined="CHEST", ViewPosition="PA", SeriesDescription="Chest PA") == {}


def test_a_picture_that_names_no_modality_is_held_for_that():
    facts = read_dicom(dicom(drop=["Modality"], SOPClassUID=SC))
    [one] = examined(facts)
    assert (one.check, one.outcome, one.where) == ("modality", Outcome.QUARANTINE, ("(0008,0060) Modality",))
    assert examined(replace(facts, transfer_syntax="")) == (), "a PNG has no header to say it in"


@pytest.mark.parametrize(
    ("tags", "outcome"),
    [
        ({"Modality": "CR"}, None),
        ({"Modality": "DX", "SOPClassUID": SC}, Outcome.PASS),
        ({"Modality": "CT", "SOPClassUID": SC}, Outcome.QUARANTINE),
        ({"Modality": "CT", "SOPClassUID": SC, "BurnedInAnnotation": "NO"}, Outcome.PASS),
        ({"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, Outcome.QUARANTINE),
        ({"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"}, None),
        ({"Modality": "US", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1"}, None),
    ],
)
def test_a_sop_class_fits_its_modality(tags, outcome):
    assert found(**tags).get("sop_class") == outcome


def test_attributes_that_name_somebody_are_listed_by_tag_and_never_by_value():
    facts = read_dicom(dicom(PatientName="Quixotl^Zebulon", AccessionNumber="A4711", InstitutionName="North"))
    [one] = examined(facts)
    assert one.outcome == Outcome.PASS
    assert one.where == ("(0008,0050) AccessionNumber", "(0008,0080) InstitutionName", "(0010,0010) PatientName")
    assert "Quixotl" not in repr(one)
    assert "A4711" not in repr(one)


@pytest.mark.parametrize("name", ["", "Anonymous", "P1"])
def test_a_pseudonym_names_nobody(name):
    assert found(PatientName=name) == {}  # the patient's ID is P1


def test_text_in_the_pixels_holds_a_picture():
    assert found(BurnedInAnnotation="YES") == {"burned_in": Outcome.QUARANTINE}
    assert found(BurnedInAnnotation="NO") == {}
    assert found(BurnedInAnnotation="NO", regions=(Region(1, 2, 3, 4),)) == {"burned_in": Outcome.QUARANTINE}


@pytest.mark.parametrize(
    ("said", "asked", "is_held"),
    [
        ("CHEST", "chest", False),
        ("THORAX", "chest", False),
        ("HAND", "chest", True),
        ("", "chest", False),
        ("CHESTABDOMEN", "chest", False),  # nobody knows
        ("HAND", "", False),
    ],
)
def test_another_body_part_than_the_benchmarks_holds_a_picture(said, asked, is_held):
    assert ("body_part" in found(Asked(("DX",), asked), BodyPartExamined=said)) is is_held


def test_a_view_that_contradicts_the_description_is_remarked():
    assert found(ViewPosition="PA", SeriesDescription="Chest lateral") == {"view": Outcome.PASS}
    assert found(ViewPosition="PA", SeriesDescription="Chest PA and lateral") == {}
    assert found(ViewPosition="LL", SeriesDescription="Chest lateral") == {}
    assert found(ViewPosition="AP", SeriesDescription="Left lateral decubitus") == {}


@pytest.mark.parametrize(
    ("view", "description", "is_remarked"),
    [
        ("PA", "CHEST AP SUPINE PORTABLE", True),
        ("AP", "CHEST PA", True),
        ("PA", "CHEST PA AP", False),
        ("AP", "CHEST PORTABLE", False),
        ("AP AXIAL", "CHEST PA", False),  # nobody knows
        ("LL", "CHEST RL", True),
        ("PA", "CHEST LL", True),
    ],
)
def test_a_direction_that_contradicts_the_description_is_remarked(view, description, is_remarked):
    assert ("view" in found(ViewPosition=view, SeriesDescription=description)) is is_remarked


@pytest.mark.parametrize(
    ("said", "description", "checks"),
    [
        ("CHEST", "HAND LEFT", {"body_part", "body_part_described"}),
        ("CHEST", "KNEE RIGHT FOOT", {"body_part", "body_part_described"}),
        ("CHEST", "RIBS PA", set()),
        ("CHEST", "CHEST ABDOMEN", set()),
        ("CHEST", "AP PORTABLE", set()),
        ("HAND", "CHEST PA", {"body_part", "body_part_described"}),
        ("", "HAND LEFT", {"body_part"}),
        ("HAND_FOOT", "", {"body_part"}),
    ],
)
def test_a_part_that_only_the_description_names_holds_a_picture_too(said, description, checks):
    assert (
        found(BodyPartExamined=said, SeriesDescription=description, ViewPosition="").keys() - {"laterality"} == checks
    )


def test_a_contradiction_about_the_part_is_remarked_whatever_the_benchmark_takes():
    about = found(Asked(("DX",)), BodyPartExamined="CHEST", StudyDescription="KNEE RIGHT")
    assert about == {"body_part_described": Outcome.PASS}


def test_a_benchmark_that_takes_another_modality_does_not_take_a_picture_that_is_stored():
    [one] = unfit(Kind("CT", is_dicom=True), CHEST)
    assert (one.check, one.outcome) == ("modality", Outcome.QUARANTINE)
    assert one.what == "The picture is of modality CT, the benchmark takes CR, DX"
    assert not unfit(Kind("DX", is_dicom=True), CHEST)
    assert not unfit(Kind("CT", is_dicom=True), Asked())


def test_two_sides_are_remarked():
    assert found(Laterality="L", ImageLaterality="R") == {"laterality": Outcome.PASS}
    assert found(Laterality="L", ImageLaterality="L") == {}


@pytest.mark.parametrize(
    ("header", "words", "view"),
    [
        ("AP", "chest pa", "AP"),
        ("", "chest pa", "PA"),
        ("", "chest pa and lateral", ""),
        ("", "chest lateral", "lateral"),
        ("", "chest 2 views", ""),
        ("", "left lateral decubitus", ""),
        ("", "chest ap left lateral decub", "AP"),
    ],
)
def test_a_view_is_inferred_where_the_description_names_one(header, words, view):
    assert inferred_view(header, words) == view


@pytest.mark.parametrize(
    ("said", "words", "part"),
    [("HAND", "chest", "HAND"), ("", "xr chest", "CHEST"), ("", "chest abdomen", ""), ("", "", "")],
)
def test_a_body_part_is_inferred_where_the_description_names_one(said, words, part):
    assert inferred_body_part(said, words) == part


def test_the_worst_outcome_decides():
    assert worst([]) == Outcome.PASS
    assert worst([Outcome.PASS, Outcome.REJECT, Outcome.QUARANTINE]) == Outcome.REJECT


def test_every_check_has_a_name_for_people():
    facts = read_dicom(dicom(SOPClassUID=SC, PatientName="Q^Z", BurnedInAnnotation="YES", BodyPartExamined="HAND"))
    assert {one.check for one in examined(facts)} <= set(CHECK_NAMES)
    assert len(CHECKS + FITS) == 10


@pytest.mark.parametrize(
    ("printed", "frames", "words"),
    [
        (Printed((Region(0, 0, 9, 9),), (2,)), 60, "What looks like a line of text, frame 2 of 60"),
        (
            Printed((Region(0, 0, 9, 9),) * 2, (1, 2, 3, 7)),
            60,
            "What looks like text in 2 places, frames 1 to 3, 7 of 60",
        ),
        (
            Printed((Region(0, 0, 9, 9),), (1, 3, 5, 7, 9, 11, 13)),
            60,
            "What looks like a line of text, frames 1, 3, 5, 7, 9 and 2 more stretches of 60",
        ),
        (
            Printed(seen=10_000, unseen=5),
            10_005,
            "Text was looked for in the first 10,000 frames of 10,005; look at the others",
        ),
    ],
)
def test_a_finding_says_in_which_frames_text_is_and_which_were_not_looked_at(printed, frames, words):
    facts = read_dicom(dicom())
    [one] = examine(replace(facts, frames=frames, gate=replace(facts.gate, printed=printed)))
    assert (one.check, one.outcome, one.what) == ("burned_in", Outcome.QUARANTINE, words)
    assert (one.regions, one.frames) == (printed.regions, printed.frames)


@pytest.mark.parametrize(
    ("description", "side"),
    [("LEFT HAND", "L"), ("R KNEE", "R"), ("Chest left lateral", ""), ("Both hands left right", ""), ("Chest PA", "")],
)
def test_the_side_is_inferred_from_a_description_that_names_one(description, side):
    assert read_dicom(dicom(SeriesDescription=description)).laterality == side


def test_a_description_of_the_other_side_is_remarked():
    assert found(Asked(("DX",)), ImageLaterality="R", SeriesDescription="LEFT HAND") == {"laterality": Outcome.PASS}
    assert found(Asked(("DX",)), ImageLaterality="L", SeriesDescription="LEFT HAND") == {}
