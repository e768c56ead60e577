"""A header has limits: a file beyond them is refused as it comes in, and one of before is not read by the web process."""

import io

import pydicom
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian

from cases.adapters.dicom import parse, read_dicom
from cases.adapters.pictures import UnreadableFileError
from cases.gate.header import limits
from cases.gate.header.limits import HeaderTooLargeError, refuse_too_large
from tests.cases.builders import RAMP, dicom


def film(*elements: DataElement, syntax=ImplicitVRLittleEndian) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(dicom(RAMP, syntax=syntax)))
    for element in elements:
        dataset[element.tag] = element
    target = io.BytesIO()
    dataset.save_as(target)
    return target.getvalue()


def element(tag: int, vr: str, value: object) -> DataElement:
    return DataElement(tag, vr, value, validation_mode=pydicom.config.IGNORE)


@pytest.mark.parametrize(
    ("tag", "vr"), [(0x00081048, "PN"), (0x00081090, "LO"), (0x00080050, "SH"), (0x00104000, "LT"), (0x00080018, "UI")]
)
def test_a_value_far_beyond_its_kind_is_refused_by_its_tag(tag, vr):
    content = film(element(tag, vr, "a^b " * 50_000))
    with pytest.raises(UnreadableFileError) as refused:
        read_dicom(content)
    assert refused.value.kind == "header_size"
    assert f"({tag >> 16:04X},{tag & 0xFFFF:04X}) is a {vr} of 200,000 bytes" in str(refused.value)
    assert "a^b" not in str(refused.value)


def test_no_value_is_decoded_to_know_that_it_is_too_long():
    dataset = parse(film(element(0x00081048, "PN", "a^b " * 1_000_000)))
    with pytest.raises(HeaderTooLargeError):
        refuse_too_large(dataset)
    assert type(dataset.get_item(0x00081048)).__name__ == "RawDataElement"


def test_each_element_is_taken_up_once_though_its_kind_is_unknown(monkeypatch):
    dataset = parse(film(element(0x00111001, "UN", b"x" * 5000)))
    assert dataset.get_item(0x00111001).VR is None, "in implicit VR nobody says what a private element is"
    taken = []
    get_item = Dataset.get_item
    monkeypatch.setattr(Dataset, "get_item", lambda self, tag: taken.append(tag) or get_item(self, tag))
    refuse_too_large(dataset)
    assert len(taken) == len(set(taken)) > 10
    monkeypatch.setattr(limits, "MAX_BYTES", 4000)
    with pytest.raises(HeaderTooLargeError):
        refuse_too_large(dataset)


def test_elements_are_counted_at_all_depths_and_no_further_than_the_limit(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ELEMENTS", 200)
    items = []
    for number in range(150):
        item = Dataset()
        item.ReferencedFrameNumber, item.PatientComments = number, ""
        items.append(item)
    content = film(element(0x00081140, "SQ", Sequence(items)))
    with pytest.raises(HeaderTooLargeError, match="more than 200 elements"):
        refuse_too_large(parse(content))
    monkeypatch.setattr(limits, "MAX_ELEMENTS", 400)
    assert 300 < refuse_too_large(parse(content)) < 400


def test_sequences_within_sequences_end(monkeypatch):
    inner = Dataset()
    for _ in range(limits.MAX_DEPTH + 1):
        outer = Dataset()
        outer.RequestAttributesSequence = Sequence([inner])
        inner = outer
    with pytest.raises(HeaderTooLargeError, match="deep"):
        refuse_too_large(parse(film(inner["RequestAttributesSequence"])))


def test_all_values_together_have_a_limit_and_the_picture_none(monkeypatch):
    monkeypatch.setattr(limits, "MAX_BYTES", 600)
    assert refuse_too_large(parse(dicom(RAMP)))  # whose pixels are more
    with pytest.raises(HeaderTooLargeError, match="beside the picture"):
        refuse_too_large(parse(film(element(0x00091001, "UN", b"x" * 400), element(0x00091002, "UN", b"x" * 400))))
