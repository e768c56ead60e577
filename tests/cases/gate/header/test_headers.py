"""Which attributes name somebody."""

import io

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian

from cases.gate.header.headers import MOST_TOLD, identifiers
from tests.cases.builders import RAMP, dicom


@pytest.mark.parametrize(
    ("name", "number", "is_told"),
    [
        ("TCGA-38-4626", "TCGA-38-4626", False),
        ("ANON0017", "ANON0017", False),
        ("CRD 0017", "CRD 0017", False),
        ("QUIMBLETON^ZACHARIAH", "QUIMBLETON^ZACHARIAH", True),
        ("Zachariah Quimbleton", "Zachariah Quimbleton", True),
        ("QUIMBLETON^ZACHARIAH", "4711", True),
        ("anonymous", "4711", False),
    ],
)
def test_a_name_that_repeats_the_number_is_a_pseudonym_unless_it_is_written_as_names_are(name, number, is_told):
    dataset = Dataset()
    dataset.PatientName, dataset.PatientID = name, number
    assert identifiers(dataset) == (("(0010,0010) PatientName",) if is_told else ())


@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian], ids=["explicit", "implicit"])
def test_names_in_private_nested_and_free_text_are_told_by_their_attributes(syntax):
    dataset = pydicom.dcmread(io.BytesIO(dicom(RAMP, PatientName="P1", **({"syntax": syntax} if syntax else {}))))
    block = dataset.private_block(0x0011, "ACME", create=True)
    block.add_new(1, "PN", "DOE^JOHN")
    block.add_new(2, "LO", "DOE^JOHN")
    item, inner = Dataset(), Dataset()
    inner.PersonName = "DOE^JOHN"
    item.PatientName, item.AccessionNumber, item.PersonIdentificationCodeSequence = (
        "DOE^JOHN",
        "4711",
        Sequence([inner]),
    )
    dataset.RequestAttributesSequence = Sequence([item, item])
    dataset.PatientComments, dataset.ImageComments = "JOHN DOE", "JOHN DOE 12.05.1950"
    target = io.BytesIO()
    dataset.save_as(target)
    told = identifiers(pydicom.dcmread(io.BytesIO(target.getvalue())))
    private = ["(0011,…) private, 2 elements"]
    if not syntax:
        private = ["(0011,1001) private name", "(0011,…) private, 1 element"]
    assert set(told) == {
        "(0010,4000) PatientComments",
        "(0020,4000) ImageComments",
        "RequestAttributesSequence > (0008,0050) AccessionNumber",
        "RequestAttributesSequence > (0010,0010) PatientName",
        "RequestAttributesSequence > PersonIdentificationCodeSequence > (0040,A123) PersonName",
        *private,
    }
    assert "DOE" not in " ".join(told)


def test_of_very_many_places_the_first_are_told_and_the_number_of_others():
    dataset = Dataset()
    for number in range(MOST_TOLD + 5):
        dataset.add_new((0x0011 + 2 * number, 0x1001), "LO", "x")
    told = identifiers(dataset)
    assert (len(told), told[-1]) == (MOST_TOLD + 1, "5 more")


def test_a_header_without_anybody_tells_nothing():
    assert identifiers(pydicom.dcmread(io.BytesIO(dicom(RAMP, PatientName="P1")))) == ()
