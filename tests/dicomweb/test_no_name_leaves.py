"""A name in every text of a file, and in a table: it stands on no page, in no answer, row, problem, event or frame file."""

import io
import subprocess
import sys

import imagecodecs
import pydicom
import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from accounts.models import Role
from cases.adapters.storage import FRAMES, stored_name
from cases.frames import decode
from cases.models import FrameSet, Image, ImportRun, Study
from tests.cases.builders import RAMP, dicom, reports_csv, take_in, write
from tests.dicomweb.conftest import path_of
from tests.factories import make_user

NAME = "ZEBRAQUIST"
# The site's own numbers, by which studies are found; what a file cannot be read without; what a name would be refused for.
_LEFT = {
    *("PatientID", "PixelData", "PhotometricInterpretation", "Modality", "SpecificCharacterSet"),
    *("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"),
}
_TEXTS = {"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT", "UI"}


def planted(**tags: object) -> bytes:
    """A film with the name wherever a text may stand, in the windows' and tables' explanations too."""
    dataset = pydicom.dcmread(io.BytesIO(dicom(RAMP, **tags)))
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if vr in _TEXTS and keyword and keyword not in _LEFT and keyword not in tags and tag >> 16 not in {0, 2, 4}:
            value = f"1.2.{NAME}" if vr == "UI" else f"{NAME} A"[:16]
            dataset[tag] = pydicom.DataElement(tag, vr, value, validation_mode=pydicom.config.IGNORE)
    dataset.WindowCenter, dataset.WindowWidth = [2000, 1000], [4000, 500]
    dataset.WindowCenterWidthExplanation = ["NORMAL", f"for {NAME}"]
    table = Dataset()
    table.LUTDescriptor, table.LUTExplanation = [4, 0, 16], f"by {NAME}"
    table.add_new(0x00283006, "OW", b"\0\0\1\0\2\0\3\0")
    dataset.VOILUTSequence = Sequence([table])
    target = io.BytesIO()
    dataset.save_as(target)
    return target.getvalue()


@pytest.fixture
def imported(benchmark_, tmp_path, monkeypatch) -> ImportRun:
    monkeypatch.setattr(settings, "DERIVE_FRAMES_AT_INTAKE", True)
    files = {
        "good.dcm": planted(PatientAge="097Y"),
        "other.dcm": planted(study=2, Modality=NAME),
        "uid.dcm": planted(study=3, StudyInstanceUID=f"1.2.{NAME}"),
        "syntax.dcm": planted(study=4).replace(b"1.2.840.10008.1.2.1\0", b"1.2.ZEBRAQUIST.8.9\0\0", 1),
    }
    columns = ("study_id", "report_text", "age", "view_position", "room", f"note_{NAME}", "rota")
    rows = [("1.2.3.1", "Clear.", "", NAME, f"bed of {NAME}", "x", "early"), ("S9", "Clear.", NAME, "PA", "", "", "")]
    reports = reports_csv(tmp_path / "reports.csv", rows, columns)
    return take_in(benchmark_, write(tmp_path / "in", files), reports=reports)


def test_what_is_stored_shown_and_answered_names_nobody(imported, curator, tmp_path, capsys):
    image = Image.objects.get()
    assert imported.counts["rejected"] == 4
    stored = {
        model.__name__: str(list(model.objects.values()))
        for model in apps.get_models()
        if model.__module__.split(".")[0] in {"cases", "core", "dashboard", "benchmarks"}
    }
    assert [name for name, text in stored.items() if NAME in text.upper()] == []
    study = Study.objects.get(pk=image.series.study_id)
    assert (study.age, study.metadata["room"], study.metadata["rota"]) == (90, "bed of [NAME]", "early")
    assert study.metadata["column 6"] == "x"

    for digest in FrameSet.objects.get(image=image).digests:
        with default_storage.open(stored_name(FRAMES, f"{digest}.zst"), "rb") as file:
            header = decode(imagecodecs.zstd_decode(file.read())).header
        assert NAME not in str(header)
        assert [one["name"] for one in header["windows"]] == ["NORMAL", ""]

    browser = Client()
    browser.force_login(make_user(Role.CURATOR))
    pages = [
        *(reverse("cases:study_list"), reverse("cases:study_detail", args=[image.series.study_id])),
        *(reverse("cases:import_detail", args=[imported.pk]), reverse("cases:gate_report", args=[imported.pk])),
        *(reverse("cases:quarantine"), reverse("dashboard:site_list"), "/api/v1/studies/"),
        f"/api/v1/studies/{image.series.study_id}/",
        *(
            f"{reverse('cases:study_list')}?format=csv",
            f"{reverse('cases:gate_report', args=[imported.pk])}?format=csv",
        ),
    ]
    for page in pages:
        answer = browser.get(page)
        content = answer.getvalue().decode()
        assert answer.status_code == 200, page
        assert NAME not in content.upper(), page

    for query in ("studies?includefield=all", "series?includefield=all", "instances?includefield=all"):
        found = curator.get(query)
        assert NAME not in found.content.decode().upper(), query
    for path in (f"{path_of(image)}/metadata", path_of(image)):
        answer = curator.get(path, accept="*/*")
        assert answer.status_code == 200
        assert NAME.encode() not in answer.getvalue().upper(), path

    call_command("gate_report", str(imported.pk), "--out", str(tmp_path / "gate.csv"))
    assert NAME not in (tmp_path / "gate.csv").read_text().upper()
    assert NAME not in capsys.readouterr().out.upper()


READS = """
import io, sys
import django
django.setup()
from pydicom import dcmread
data = dcmread(io.BytesIO(sys.stdin.buffer.read()))
assert "DOE" in str(data.SOPInstanceUID)
data.save_as(io.BytesIO())
"""


def test_no_log_repeats_a_value_that_the_dicom_library_finds_odd():
    written = pydicom.dcmread(io.BytesIO(dicom()))
    uid = str(written.SOPInstanceUID).encode()
    content = dicom().replace(uid, b"DOE^JANE".ljust(len(uid), b"X"))
    done = subprocess.run([sys.executable, "-c", READS], input=content, capture_output=True, check=True)
    assert b"DOE" not in done.stdout + done.stderr
