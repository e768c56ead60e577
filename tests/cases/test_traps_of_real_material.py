"""What lies in wait in real material: each trap met by the very files it was found in."""

import csv
from collections import Counter

import pytest
from PIL import Image as Pillow

from cases.adapters.dicom import decode_pixels, parse, read_dicom
from cases.gate.header.deidentification import deidentify, written
from cases.gate.header.pseudonyms import SiteKey
from cases.models import Image, Patient, Report, Series, Study
from consensus.split import split
from llm_extract.actions import import_suggestions
from llm_extract.findings import Status
from llm_extract.rules.engine import engine_for
from llm_extract.suggestion_rows import SuggestionRow
from sampling.queries import candidate_of
from tests.cases.builders import SHARED, bare, outcome, rules, take_in
from tests.factories import make_benchmark, make_site

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real reports and films in ../shared/data"),
]
OPENI = SHARED / "reports_openi" / "indiana_reports.csv"
INVERTED = SHARED / "cxr_dicom" / "RG1_UNCI.dcm"
ANSWER_INSIDE = SHARED / "cxr_dicom" / "dicom_00000001_000.dcm"


def openi_rows() -> list[dict[str, str]]:
    with OPENI.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_answer_in_a_study_description_is_neither_kept_nor_served(benchmark_):
    dataset = parse(ANSWER_INSIDE.read_bytes())
    assert dataset.StudyDescription == "Cardiomegaly"
    assert outcome(take_in(benchmark_, ANSWER_INSIDE)) == (1, 0, 0)
    kept = [list(model.objects.values()) for model in (Study, Series, Image)]
    assert "cardiomegaly" not in str(kept).lower()
    served = deidentify(dataset, SiteKey.of("k" * 40, "north")).dataset
    del served.PixelData
    assert b"cardiomegaly" not in written(served).lower()


def test_an_inverted_film_with_its_window_is_shown_with_a_bright_spine(benchmark_):
    dataset = parse(INVERTED.read_bytes())
    assert (dataset.PhotometricInterpretation, float(dataset.WindowWidth)) == ("MONOCHROME1", 30000.0)
    facts = read_dicom(INVERTED.read_bytes())
    stored = decode_pixels(dataset)
    middle, side = stored[900:1500, 850:950], stored[900:1500, 400:500]
    assert middle.mean() < side.mean(), "the spine is the smaller number: it is dark where nobody inverts"
    assert facts.display["is_inverted"]


def test_a_pixel_spacing_of_zero_gives_no_millimetres():
    assert [float(one) for one in parse(INVERTED.read_bytes()).PixelSpacing] == [0, 0]
    assert read_dicom(INVERTED.read_bytes()).display["spacing"] is None


@pytest.mark.parametrize(
    ("name", "rule"),
    [("no_meta.dcm", "format"), ("ExplVR_LitEndNoMeta.dcm", "modality"), ("ExplVR_BigEndNoMeta.dcm", "modality")],
)
def test_a_plan_without_preamble_is_read_and_refused_for_what_it_is(name, rule, benchmark_):
    run = take_in(benchmark_, SHARED / "dicom_odd" / name)
    assert (outcome(run), rules(run)) == ((0, 0, 1), [rule])


def test_a_real_film_that_lost_its_preamble_is_the_same_film():
    content = ANSWER_INSIDE.read_bytes()
    without = bare(content)
    assert without[:4] != content[:4]
    assert b"DICM" not in without[:132]
    assert read_dicom(without).pixel_sha256 == read_dicom(content).pixel_sha256


def test_the_one_picture_of_four_channels_is_as_grey_as_its_neighbours(benchmark_):
    folder = SHARED / "cxr_png_nih"
    modes = {path.name: Pillow.open(path).mode for path in folder.glob("*.png")}
    odd = [name for name, mode in modes.items() if mode == "RGBA"]
    assert (len(odd), Counter(modes.values())["L"]) == (1, len(modes) - 1)
    assert outcome(take_in(benchmark_, folder / odd[0])) == (1, 0, 0)
    image = Image.objects.get()
    assert (image.rows, image.columns) == (1024, 1024)
    assert not image.display.get("is_colour")


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        (
            "JPEG lossless",
            "cornerstone_CTImage_17ts/CTImage.dcm_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm",
        ),
        ("JPEG-LS", "cornerstone_CTImage_17ts/CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm"),
        (
            "JPEG 2000",
            "cornerstone_CTImage_17ts/CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm",
        ),
    ],
)
def test_a_lossless_syntax_gives_the_pixels_of_the_uncompressed_file(syntax, name):
    plain = "cornerstone_CTImage_17ts/CTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm"
    coded, uncompressed = ((SHARED / "dicom_ts" / one).read_bytes() for one in (name, plain))
    assert read_dicom(coded).pixel_sha256 == read_dicom(uncompressed).pixel_sha256


def test_twelve_bits_of_jpeg_extended_are_read():
    pixels = decode_pixels(parse((SHARED / "dicom_odd" / "JPGExtended.dcm").read_bytes()))
    assert (pixels.shape, int(pixels.min())) == ((1024, 256), 0)
    assert abs(int(pixels.max()) - 264) <= 1, "lossy pixels differ by one from decoder to decoder"


def test_empty_sections_marks_and_repeated_texts_of_real_reports_come_in_whole(benchmark_):
    assert outcome(take_in(benchmark_, OPENI, layout="openi")) == (3080, 0, 0)
    rows, by_study = openi_rows(), dict(Report.objects.values_list("study__study_id", "text"))
    only_one = [row for row in rows if bool(row["findings"].strip()) != bool(row["impression"].strip())]
    assert Counter("findings" if row["findings"].strip() else "impression" for row in only_one) == {
        "impression": 372,
        "findings": 4,
    }
    for row in only_one:
        assert (row["findings"].strip() or row["impression"].strip()).split()[0] in by_study["CXR" + row["uid"]]
    assert Report.objects.filter(is_empty=True).count() == 21
    assert sum("XXXX" in text for text in by_study.values()) >= 1418
    texts = Counter((row["findings"], row["impression"]) for row in rows)
    assert sum(count for count in texts.values() if count > 1) == 721
    assert Study.objects.count() == Patient.objects.count() == 3080, "a report that another repeats has its own study"


def test_films_of_one_real_patient_are_one_patients_and_never_on_both_sides():
    """Of the 532 patients whose 810 films were read, 170 have two to nine."""
    with (SHARED / "readers_nih_google" / "derived_votes_810x3.csv").open(encoding="utf-8", newline="") as file:
        films = {row["image_id"]: row for row in csv.DictReader(file)}
    rows = [SuggestionRow(n, name, "", row["patient_id"], None) for n, (name, row) in enumerate(films.items(), start=2)]
    benchmark = make_benchmark("nih")
    done = import_suggestions(benchmark=benchmark, rows=rows, site=make_site("nih"), by=None)
    assert (done.imported, done.new_studies) == (810, 810)
    studies = list(Study.objects.select_related("site", "patient"))
    told = {study.study_id: study.patient.pseudonym for study in studies}
    assert (
        len({(films[name]["patient_id"], patient) for name, patient in told.items()}) == len(set(told.values())) == 532
    )
    counts = Counter(told.values())
    assert (sum(count > 1 for count in counts.values()), max(counts.values())) == (170, 9)
    several = [one for one in studies if counts[one.patient.pseudonym] > 1]
    assert len(several) == 448
    some = [candidate_of(one, labels=frozenset(), difficulty=0.0) for one in several[:120]]
    made = split(some, 60, 60, "a secret")
    sides = [{told[key.split("/")[1]] for key in side} for side in (made.released, made.holdout)]
    assert (len(made.released), len(made.holdout), sides[0] & sides[1]) == (60, 60, set())


def test_a_mark_of_de_identification_does_not_hide_what_is_denied():
    found = engine_for("chest").findings("Findings: There are no XXXX of a pleural effusion.")
    assert [(one.observation, one.status) for one in found] == [("pleural_effusion", Status.ABSENT)]
