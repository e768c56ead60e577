"""Odd, differently encoded and identifying files in one upload: each is in, waits for a named reason, or is refused with one."""

import csv
import hashlib
import zipfile

import pytest

from cases.gate.checks import CHECK_NAMES
from cases.gate.told_names import told_name
from cases.models import GateFinding, Image
from core.models import RunState
from tests.cases.builders import SHARED, outcome, take_in
from tests.factories import make_benchmark

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.shared_data,
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real reports and films in ../shared/data"),
]
FOLDERS = ("dicom_odd", "dicom_ts", "phi")
# What reads and decodes elsewhere, and is refused for the modality it names alone (NM, SEG): this benchmark takes others.
REFUSED_THOUGH_READABLE = {"dicom_odd/JPGExtended.dcm": "modality", "dicom_odd/liver_1frame.dcm": "modality"}


@pytest.fixture
def expected() -> dict[str, dict[str, str]]:
    with (SHARED / "DICOM_EXPECT.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    names = rows[0]
    found = (dict(zip(names, row, strict=False)) for row in rows[1:])
    return {row[names[0]]: row for row in found if row[names[0]].split("/")[0] in FOLDERS}


@pytest.fixture
def upload(tmp_path):
    """The three folders as one zip."""
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder in FOLDERS:
            for file in sorted((SHARED / folder).rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(SHARED).as_posix())
    return path


def as_told(names) -> dict[str, str]:
    """What each file is called in a refusal: by its number in order of name where its own may name somebody."""
    return {name: told_name(name, number) for number, name in enumerate(sorted(names), 1)}


def test_each_file_is_in_or_held_or_refused_by_name(db, upload, expected):
    benchmark = make_benchmark(modality=["CR", "DX", "CT", "MR", "US", "OT"])
    run = take_in(benchmark, upload)
    told = as_told(expected)
    refused = dict(run.problems.filter(is_warning=False).values_list("where", "kind"))
    reasons = run.problems.filter(is_warning=False).values_list("message", flat=True)
    assert run.state == RunState.SUCCEEDED
    passed_over = set(run.problems.filter(kind="not_a_picture").values_list("where", flat=True))
    assert run.counts["imported"] + run.counts["unchanged"] + run.counts["rejected"] == len(set(expected) - passed_over)
    assert all(message.endswith(".") for message in reasons)
    # What reads and decodes elsewhere is refused for a rule about what it says alone, never for how it is encoded.
    columns = list(next(iter(expected.values())))
    fine = {name for name, row in expected.items() if row[columns[1]] == row[columns[2]] == "ok"}
    assert {name: refused[told[name]] for name in fine if told[name] in refused} == REFUSED_THOUGH_READABLE
    assert set(refused) <= set(told.values())
    assert len({told[name] for name in fine} - set(refused)) >= 30
    assert Image.objects.count() >= 20
    # The files that name somebody: one has text in its pixels and waits, the others are captures that name in the header.
    assert set(GateFinding.objects.values_list("check_name", flat=True)) <= set(CHECK_NAMES)
    held = set(GateFinding.objects.waiting().values_list("check_name", flat=True))
    assert {"burned_in", "sop_class"} <= held
    assert GateFinding.objects.filter(check_name="header_identifiers").exists()
    # The capture that names no modality waits for just that.
    [unnamed] = GateFinding.objects.waiting().filter(check_name="modality")
    assert unnamed.image.sha256 == hashlib.sha256((SHARED / "phi" / "image1.dcm").read_bytes()).hexdigest()


def test_what_is_refused_for_its_modality_comes_in_where_a_benchmark_takes_it(db):
    benchmark = make_benchmark(modality=["NM", "SEG"])
    for name in REFUSED_THOUGH_READABLE:
        assert outcome(take_in(benchmark, SHARED / name)) == (1, 0, 0)


def test_no_page_finding_or_problem_of_it_tells_a_name(db, upload, client):
    import io
    import warnings

    import pydicom
    from django.urls import reverse

    from tests.factories import make_user

    names = set()
    for file in sorted((SHARED / "phi").glob("*.dcm")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(io.BytesIO(file.read_bytes()), stop_before_pixels=True)
        names |= {part for part in str(dataset.get("PatientName") or "").split("^") if len(part) >= 4}
    assert names
    run = take_in(make_benchmark(modality=["CT", "US", "OT", "MR"]), upload)
    client.force_login(make_user("curator"))
    pages = [reverse("cases:quarantine"), reverse("cases:gate_report", args=[run.pk]), reverse("cases:study_list")]
    pages += [reverse("cases:import_detail", args=[run.pk])]
    text = "".join(client.get(page).content.decode() for page in pages)
    text += "".join(map(str, GateFinding.objects.values())) + "".join(map(str, run.problems.values()))
    assert [name for name in names if name in text] == []
