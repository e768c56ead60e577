"""A header has limits: a file beyond them is refused as it comes in, and one of before is not read by the web process."""

import io
import time
import zlib

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cases.adapters import deflated as deflated_files
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


def deflated(change) -> bytes:
    """A deflated film whose data set is what ``change`` makes of it, with ``change`` given where its picture begins."""
    whole = dicom(syntax=DeflatedExplicitVRLittleEndian)
    begin = 144 + int.from_bytes(whole[140:144], "little")
    plain = zlib.decompress(whole[begin:], -zlib.MAX_WBITS)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return whole[:begin] + packer.compress(change(plain, plain.index(b"\xe0\x7f\x10\x00"))) + packer.flush()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda plain, picture: plain + bytes(deflated_files.ROOM), "bomb"),
        (lambda plain, picture: plain[:picture] + bytes(deflated_files.ROOM + 4096), "bomb"),
        (lambda plain, picture: bytes(deflated_files.ROOM + 4096), "bomb"),
        (lambda plain, picture: plain[:picture] + bytes(1_000_000), "header_size"),
    ],
    ids=["behind the picture", "in its place", "alone", "few enough"],
)
def test_a_deflated_file_that_unpacks_to_zeros_is_refused_before_they_are_read(change, kind):
    content = deflated(change)
    began = time.monotonic()
    with pytest.raises(UnreadableFileError) as refused:
        read_dicom(content)
    assert refused.value.kind == kind
    assert time.monotonic() - began < 5  # minutes, read element by element


def test_a_deflated_picture_of_any_size_is_read_by_what_its_header_tells():
    frames = np.zeros((40, 1000, 1000), np.uint8)
    tags = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 1000, "Columns": 1000}
    content = dicom(
        frames, NumberOfFrames=40, drop=("PlanarConfiguration",), syntax=DeflatedExplicitVRLittleEndian, **tags
    )
    assert len(content) * 500 < frames.nbytes > deflated_files.ROOM
    assert parse(content).pixel_array.shape == (40, 1000, 1000)


def test_a_deflated_file_is_read_as_the_same_file_is_that_is_not():
    packed, plain = (parse(dicom(syntax=syntax)) for syntax in (DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian))
    assert packed == plain
    assert packed.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian
    assert np.array_equal(packed.pixel_array, plain.pixel_array)
