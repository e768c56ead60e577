"""Two cases of one patient have nothing in common in what a reader is told, so that nobody can tell they belong together."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cases.models import Image, Study
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.dicomweb.conftest import path_of
from tests.factories import make_round

pytestmark = pytest.mark.django_db
FRAME, SHARED = "00200052", "1.2.9.9"


def film(number: int) -> bytes:
    reference = Dataset()
    reference.FrameOfReferenceUID = SHARED
    return dicom(
        RAMP + number,
        study=number,
        PatientID="SAME",
        FrameOfReferenceUID=SHARED,
        SynchronizationFrameOfReferenceUID="1.2.9.8",
        DeviceUID="1.2.8.8",
        InstanceCreatorUID="1.2.8.9",
        DeviceSerialNumber="4711",
        StationName="ROOM 3",
        DetectorID="D-17",
        ReferencedFrameOfReferenceSequence=Sequence([reference]),
    )


@pytest.fixture
def cases(reader, benchmark_, tmp_path) -> list[Image]:
    take_in(benchmark_, write(tmp_path, {f"{number}.dcm": film(number) for number in (1, 2)}))
    make_round(benchmark_, list(Study.objects.all()), [reader.user])
    return list(Image.objects.order_by("pk"))


def uids(told: dict) -> set[str]:
    found = set()
    for element in told.values():
        for value in element.get("Value", []):
            if element["vr"] == "SQ":
                found |= uids(value)
            elif element["vr"] == "UI" and not value.startswith("1.2.840.10008."):
                found.add(value)
    return found


def test_a_reader_meets_no_uid_and_no_device_twice(cases, reader):
    one, other = (reader.get(f"{path_of(image)}/metadata").json()[0] for image in cases)
    assert len(uids(one)) >= 4
    assert not uids(one) & uids(other)
    # Within one case what belongs together still does.
    assert one[FRAME]["Value"] == one["30060010"]["Value"][0][FRAME]["Value"]
    for tag in ("00181002", "00080014", "00181000", "00081010", "0018700A"):
        assert tag not in one


def test_references_to_what_is_here_keep_their_names(reader, benchmark_, tmp_path):
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3.1.1.1"
    second = dicom(RAMP + 1, instance=2, SourceImageSequence=Sequence([source]))
    take_in(benchmark_, write(tmp_path, {"1.dcm": dicom(RAMP), "2.dcm": second}))
    make_round(benchmark_, list(Study.objects.all()), [reader.user])
    first, later = Image.objects.order_by("sop_uid")
    told = reader.get(f"{path_of(later)}/metadata").json()[0]
    named = told["00082112"]["Value"][0]["00081155"]["Value"][0]
    assert path_of(first).endswith(named)


def test_a_curator_is_told_of_the_frame_that_series_share(cases, curator):
    one, other = (curator.get(f"{path_of(image)}/metadata").json()[0] for image in cases)
    assert one[FRAME] == other[FRAME]
