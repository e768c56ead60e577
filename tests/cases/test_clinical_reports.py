"""Reports as hospitals' systems give them: FHIR DiagnosticReport, DICOM structured reports, encapsulated documents."""

import base64
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from cases.adapters import dicom_reports, fhir
from cases.adapters.decoding import Order, decode
from cases.adapters.dicom_reports import read_dicom_report
from cases.adapters.pictures import UnreadableFileError
from cases.contribution import Problem, ReportRow, SourceFile
from cases.models import GateFinding, Report, Study
from core.models import RunProblem
from sampling.queries import candidate_of
from tests.cases.builders import RAMP, dicom, outcome, patient, png, rules, take_in, write

TEXT = "FINDINGS: No effusion – clear.\nIMPRESSION: Normal."
SECRET = "Meier^Hans"


def report(uid="1.2.3.1", text=TEXT, **more):
    form = {"contentType": "text/plain; charset=utf-8", "data": base64.b64encode(text.encode()).decode()}
    return {
        "resourceType": "DiagnosticReport",
        "id": "r-1",
        "status": "final",
        "subject": {"reference": "Patient/p-77", "display": SECRET},
        "effectiveDateTime": "2024-03-05T10:00:00+01:00",
        "imagingStudy": [{"identifier": {"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}}],
        "presentedForm": [{"contentType": "application/pdf", "data": "JVBERg=="}, form],
        **more,
    }


def read(tmp_path, content, name="r.json", max_characters=1000):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (tmp_path / name).write_bytes(data)
    return list(fhir.read_reports(SourceFile(name, str(tmp_path / name)), max_characters=max_characters))


def test_a_report_is_its_plain_text_with_study_patient_and_day(tmp_path):
    (row,) = read(tmp_path, report())
    assert (row.text, row.study_id, row.facts.study_uid, row.facts.patient_id) == (TEXT, "1.2.3.1", "1.2.3.1", "p-77")
    assert str(row.facts.study_date) == "2024-03-05"
    assert SECRET not in repr(row)


def test_without_a_text_form_the_conclusion_is_the_report(tmp_path):
    (row,) = read(tmp_path, report(presentedForm=[], conclusion="Normal."))
    assert row.text == "Normal."


def test_a_bundle_and_a_line_each_give_every_report(tmp_path):
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": report("1.2.3.1")},
            {"resource": {"resourceType": "Patient"}},
            {"resource": report("1.2.3.2")},
        ],
    }
    assert [row.study_id for row in read(tmp_path, bundle)] == ["1.2.3.1", "1.2.3.2"]
    lines = "\n".join(json.dumps(report(f"1.2.3.{number}")) for number in (1, 2)).encode()
    assert [(row.line, row.study_id) for row in read(tmp_path, lines, "r.ndjson")] == [(1, "1.2.3.1"), (2, "1.2.3.2")]
    assert len(read(tmp_path, gzip.compress(lines), "r.ndjson.gz")) == 2


PATIENT = {
    "resourceType": "Patient",
    "id": "p-77",
    "name": [{"family": "Voraklund", "given": ["Rosalie", 7]}, {"text": "Rosi Born"}, "no name"],
    "identifier": [{"value": "44718"}],
    "telecom": {"value": "555-0134"},
    "contact": [{"name": {"family": "Zebulon"}}],
}
OTHER = {"resourceType": "Patient", "id": "p-78", "name": [{"family": "Quixotl"}]}


@pytest.mark.parametrize(
    ("reference", "entries", "contained"),
    [
        ("Patient/p-77", [{"resource": PATIENT}, {"resource": OTHER}], []),
        ("urn:uuid:5", [{"resource": PATIENT, "fullUrl": "urn:uuid:5"}, {"resource": OTHER}], []),
        ("", [{"resource": PATIENT}], []),
        ("#p-77", [{"resource": OTHER, "fullUrl": "x"}, {"resource": {**OTHER, "id": "p-79"}}], [PATIENT]),
    ],
)
def test_the_patient_beside_or_within_a_report_is_whom_it_names(reference, entries, contained, tmp_path):
    one = report(subject={"reference": reference}, contained=contained)
    (row,) = read(tmp_path, {"resourceType": "Bundle", "entry": [{"resource": one}, *entries]})
    assert row.named == ("Rosalie Voraklund", "Zebulon", "Rosi Born")
    assert {"44718", "555-0134"} <= set(row.numbered)


@pytest.mark.django_db
def test_whom_a_bundle_says_the_patient_is_stands_in_no_text(benchmark_, tmp_path):
    text = "voraklund rosalie had a normal film. Discussed with rosalie. Number 44718."
    one = report(subject={"reference": "Patient/p-77"}, presentedForm=[], conclusion=text)
    bundle = {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": one}]}
    path = tmp_path / "r.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    take_in(benchmark_, reports=path)
    stored = Report.objects.get().text.lower()
    assert not [word for word in ("voraklund", "rosalie", "44718") if word in stored]


@pytest.mark.parametrize("lines", [[PATIENT, OTHER, "report"], ["report", OTHER, PATIENT], ["report", PATIENT]])
@pytest.mark.parametrize("name", ["r.ndjson", "r.ndjson.gz"])
def test_the_patient_on_another_line_is_whom_a_report_names(lines, name, tmp_path):
    """Before it or behind it, by the reference, or as the only one."""
    reference = "Patient/p-77" if OTHER in lines else ""
    one = report(subject={"reference": reference})
    content = b"\n".join(json.dumps(one if line == "report" else line).encode() for line in lines)
    (row,) = read(tmp_path, gzip.compress(content) if name.endswith("gz") else content, name)
    assert row.named == ("Rosalie Voraklund", "Zebulon", "Rosi Born")
    assert {"44718", "555-0134"} <= set(row.numbered)
    assert fhir.is_fhir(SourceFile(name, str(tmp_path / name)))


def test_every_version_of_a_patient_on_another_line_is_whom_a_report_names(tmp_path):
    married = {**PATIENT, "name": [{"family": "Brandywine", "given": ["Rosalie"]}]}
    lines = [PATIENT, report(subject={"reference": "Patient/p-77"}), married, OTHER]
    (row,) = read(tmp_path, "\n".join(map(json.dumps, lines)).encode(), "r.ndjson")
    assert {"Rosalie Voraklund", "Rosalie Brandywine"} <= set(row.named)
    assert "Quixotl" not in row.named


def test_lines_of_patients_alone_are_no_reports(tmp_path):
    (tmp_path / "p.ndjson").write_text(f"{json.dumps(PATIENT)}\n{json.dumps(OTHER)}\n", encoding="utf-8")
    assert not fhir.is_fhir(SourceFile("p.ndjson", str(tmp_path / "p.ndjson")))


def test_more_patients_than_can_be_remembered_refuse_the_file_before_any_report(tmp_path, monkeypatch):
    monkeypatch.setattr(fhir, "MAX_PEOPLE_BYTES", 1000)
    lines = [report(), *({**PATIENT, "id": f"p-{number}"} for number in range(9))]
    (problem,) = read(tmp_path, "\n".join(map(json.dumps, lines)).encode(), "r.ndjson")
    assert (problem.kind, "send it in parts" in problem.message) == ("too_large", True)


@pytest.mark.django_db
def test_whom_another_line_says_the_patient_is_stands_in_no_text(benchmark_, tmp_path):
    text = "voraklund rosalie had a normal film. Discussed with rosalie. Number 44718."
    lines = [OTHER, report(subject={"reference": "Patient/p-77"}, presentedForm=[], conclusion=text), PATIENT]
    path = tmp_path / "r.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    take_in(benchmark_, reports=path)
    stored = Report.objects.get().text.lower()
    assert not [word for word in ("voraklund", "rosalie", "44718") if word in stored]


def mr(value: str) -> dict:
    return {
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
        "value": value,
    }


@pytest.mark.parametrize(
    ("reference", "identifiers", "names"),
    [
        ("Patient/p-77", [{"value": "44718"}, mr("MRN5")], ("MRN5", "44718", "p-77")),
        ("Patient/p-77", [{"value": ""}, "no identifier", {"value": 7}], ("p-77",)),
        ("Patient/p-99", [mr("MRN5")], ("p-99",)),  # of whom the bundle says nothing
        ("", [mr("MRN5")], ("MRN5",)),
    ],
)
def test_a_patient_is_known_by_the_record_number_first_and_by_the_reference_last(
    reference, identifiers, names, tmp_path
):
    one = report(subject={"reference": reference})
    entries = [{"resource": {**PATIENT, "identifier": identifiers}}, {"resource": one}]
    (row,) = read(tmp_path, {"resourceType": "Bundle", "entry": entries})
    assert (row.facts.names_of_patient, row.facts.patient_id) == (names, names[0])


def bundle_of(uid: str, *identifiers: dict, reference: str = "Patient/p-77") -> bytes:
    entries = [{**PATIENT, "identifier": list(identifiers)}, report(uid, subject={"reference": reference})]
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in entries]}).encode()


def people() -> set[int]:
    return {study.patient.person_id for study in Study.objects.select_related("patient")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "identifiers", [[{"value": "MRN5"}], [{"value": "A1"}, mr("MRN5")], [{"value": "A1"}, {"value": "MRN5"}]]
)
@pytest.mark.parametrize("is_report_first", [True, False])
def test_a_patient_of_fhir_and_of_dicom_is_one(identifiers, is_report_first, benchmark_, tmp_path):
    bundle = write(tmp_path / "fhir", {"r.json": bundle_of("1.2.3.1", *identifiers), "a.dcm": dicom(PatientID="MRN5")})
    film = write(tmp_path / "dicom", {"b.dcm": dicom(RAMP + 1, study=2, PatientID="MRN5")})
    for folder in (bundle, film) if is_report_first else (film, bundle):
        assert outcome(take_in(benchmark_, folder))[2] == 0
    assert Study.objects.count() == 2
    assert len(people()) == 1
    assert not RunProblem.objects.filter(kind__in=["contradiction", "one_person"]).exists()


@pytest.mark.django_db
def test_two_patients_that_turn_out_to_be_one_are_told_by_pseudonym_and_never_parted(benchmark_, tmp_path):
    take_in(
        benchmark_, write(tmp_path / "one", {"r.json": json.dumps(report("1.2.3.1")).encode()})
    )  # by the reference alone
    take_in(benchmark_, write(tmp_path / "two", {"b.dcm": dicom(study=2, PatientID="MRN5")}))
    assert len(people()) == 2
    run = take_in(benchmark_, write(tmp_path / "three", {"r.json": bundle_of("1.2.3.1", mr("MRN5"))}))
    (remark,) = run.problems.filter(kind="one_person")
    known = [patient("p-77"), patient("MRN5")]
    assert f"Patients {' and '.join(sorted(known))} are one person" in remark.message
    assert len(people()) == 1
    studies = Study.objects.select_related("site", "patient__same_as")
    assert len({candidate_of(one, labels=frozenset(), difficulty=0).patient for one in studies}) == 1
    again = take_in(benchmark_, tmp_path / "three")
    assert (outcome(again), again.problems.count()) == ((0, 1, 0), 0)
    assert "MRN5" not in str(list(RunProblem.objects.values()))


def test_the_study_is_known_by_accession_or_by_the_resources_id(tmp_path):
    accession = {"type": {"coding": [{"code": "ACSN"}]}, "value": "A-9"}
    assert read(tmp_path, report(imagingStudy=[], identifier=[accession]))[0].study_id == "A-9"
    assert read(tmp_path, report(imagingStudy=[]))[0].study_id == "r-1"
    oid = [{"reference": "ImagingStudy/urn:oid:1.2.3.9"}]
    assert read(tmp_path, report(imagingStudy=oid))[0].study_id == "1.2.3.9"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"status": "entered-in-error"}, "status"),
        ({"presentedForm": [{"contentType": "application/pdf", "data": "JVBERg=="}]}, "no_text"),
        ({"presentedForm": [{"contentType": SECRET, "data": "JVBERg=="}], "conclusion": ""}, "no_text"),
        ({"presentedForm": [{"contentType": "text/plain", "data": "%%%"}]}, "encoding"),
        (
            {"presentedForm": [{"contentType": "text/plain", "data": base64.b64encode(b"\xff\xfe").decode()}]},
            "encoding",
        ),
        ({"presentedForm": [{"contentType": "text/plain", "data": "QUFB" * 3000}]}, "too_long"),
        ({"presentedForm": [], "conclusion": "x" * 1001}, "too_long"),
        ({"presentedForm": [], "conclusion": "a\0b"}, "nul"),
        ({"presentedForm": [], "conclusion": "a\ud800b"}, "nul"),
        ({"imagingStudy": [], "id": ""}, "missing"),
        ({"imagingStudy": [], "id": "x" * 121}, "too_long"),
    ],
)
def test_a_report_that_breaks_a_rule_is_refused_and_the_next_is_read(change, kind, tmp_path):
    lines = "\n".join(json.dumps(one) for one in (report(**change), report())).encode()
    problem, good = read(tmp_path, lines, "r.ndjson")
    assert (problem.kind, problem.line) == (kind, 1)
    assert isinstance(good, ReportRow)
    assert SECRET not in problem.message + problem.value


@pytest.mark.parametrize(
    "content", [b"{", b"[" * 200_000, b"\xff\xfe{}", b"[1]", b"null", b'{"resourceType": "Bundle"']
)
def test_a_file_that_is_no_fhir_ends_in_a_problem(content, tmp_path):
    assert all(isinstance(row, Problem) for row in read(tmp_path, content))


def test_hostile_sizes_end_in_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(fhir, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(fhir, "MAX_FILE_BYTES", 100)
    assert [row.kind for row in read(tmp_path, b"x" * 500, "r.ndjson")] == ["too_long"]
    assert [row.kind for row in read(tmp_path, gzip.compress(b" " * 500), "r.json.gz")] == ["unreadable"]
    assert [row.kind for row in read(tmp_path, gzip.compress(b" " * 500)[:-9], "r.json.gz")] == ["unreadable"]


def test_a_bundle_in_a_bundle_without_end_is_not_followed(tmp_path):
    inner = report()
    for _ in range(fhir.MAX_DEPTH + 1):
        inner = {"resourceType": "Bundle", "entry": [{"resource": inner}]}
    assert read(tmp_path, inner) == []


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*report(), "value", "system"]), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(report())), _json))
def test_any_values_end_in_rows_or_problems(tmp_path_factory, values):
    rows = read(tmp_path_factory.mktemp("fhir"), {**report(), **values, "resourceType": "DiagnosticReport"})
    assert all(isinstance(row, ReportRow | Problem) for row in rows)


def test_fhir_beside_pictures_or_as_reports_meets_its_study(tmp_path, benchmark_):
    write(tmp_path / "a", {"film.dcm": dicom(), "reports.json": json.dumps(report()).encode()})
    assert outcome(take_in(benchmark_, tmp_path / "a")) == (2, 0, 0)
    assert Study.objects.get().report.text == TEXT
    assert outcome(take_in(benchmark_, reports=tmp_path / "a" / "reports.json")) == (0, 1, 0)
    assert outcome(take_in(benchmark_, tmp_path / "a" / "reports.json")) == (0, 1, 0)


def code(meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99", meaning
    return item


def item(kind, name, children=(), **values):
    one = Dataset()
    one.RelationshipType, one.ValueType, one.ConceptNameCodeSequence = "CONTAINS", kind, [code(name)]
    for keyword, value in values.items():
        setattr(one, keyword, value)
    if children:
        one.ContentSequence = list(children)
    return one


def document(sop_class, **values):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, "1.2.3.1.9.9"
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    given = {"SOPClassUID": sop_class, "SOPInstanceUID": "1.2.3.1.9.9", "StudyInstanceUID": "1.2.3.1", "Modality": "SR"}
    for keyword, value in {**given, "PatientID": "P1", "PatientName": SECRET, **values}.items():
        setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def structured(*content, **values):
    return document("1.2.840.10008.5.1.4.1.1.88.11", ValueType="CONTAINER", ContentSequence=list(content), **values)


def encapsulated(kind, data):
    sop = "1.2.840.10008.5.1.4.1.1.104.2"
    return document(sop, MIMETypeOfEncapsulatedDocument=kind, EncapsulatedDocument=data + b"\0" * (len(data) % 2))


def text_of(data, max_characters=1000):
    return read_dicom_report(data, SourceFile("r", "r"), max_characters).text


def test_a_structured_report_is_written_out_under_its_headings():
    millimetres = Dataset()
    millimetres.NumericValue, millimetres.MeasurementUnitsCodeSequence = "12.5", [code("mm")]
    text = text_of(
        structured(
            item("PNAME", "Person Observer Name", PersonName=SECRET),
            item("TEXT", "Person Observer's Organization Name", TextValue="Hospital of Meier"),
            item("CONTAINER", "Findings", [
                item("TEXT", "Finding", TextValue="Small effusion."),
                item("NUM", "Diameter", MeasuredValueSequence=[millimetres]),
                item("CODE", "Laterality", ConceptCodeSequence=[code("Left")]),
            ]),
            item("CONTAINER", "Impressions", [item("TEXT", "Impression", TextValue="Effusion.")]),
        )
    )  # fmt: skip
    assert text == "FINDINGS:\nSmall effusion.\nDiameter: 12.5 mm\nLaterality: Left\n\nIMPRESSIONS:\nEffusion."
    assert "Meier" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ([item("TEXT", "Finding", TextValue="Zubkowicz")], "Finding: [NAME]"),
        ([item("CONTAINER", "", [item("TEXT", "Finding", TextValue="Okafor")])], "[NAME]"),
        ([item("CONTAINER", "", [item("TEXT", "Finding", TextValue="Emphysema")])], "Emphysema"),
    ],
)
def test_the_only_word_of_a_structured_report_is_no_name(content, kept, benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "a", {"r.dcm": structured(*content)}))
    assert Report.objects.get().text == kept
    assert [one.where for one in GateFinding.objects.all()] == ([["NAME"]] if "[NAME]" in kept else [])


def test_an_encapsulated_text_and_a_cda_are_read_without_their_headers():
    assert text_of(encapsulated("text/plain", TEXT.encode())) == TEXT
    cda = (
        b'<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><name>Meier</name></recordTarget><component><section>'
        b"<title>Findings</title><text><paragraph>Clear  lungs.</paragraph></text></section></component></ClinicalDocument>"
    )
    assert text_of(encapsulated("text/XML", cda)) == "FINDINGS: Clear lungs."


CDA = """<ClinicalDocument xmlns="urn:hl7-org:v3">
<recordTarget><patientRole><id extension="MR-8391" root="1.2.3"/><telecom value="tel:555-0134"/><patient>
<name><given>Grace</given><family>Hope</family></name></patient></patientRole></recordTarget>
<author><assignedAuthor><assignedPerson><name><given>Ada</given><family>Quill</family></name></assignedPerson>
<representedOrganization><name>Lung Clinic</name></representedOrganization></assignedAuthor></author>
<component><section><title>Findings</title><text>grace hope, record: 8391, 8391, read by quill: Lung fields clear.
A clinic of hope.</text></section></component></ClinicalDocument>"""


def stored_text(folder, benchmark, data) -> str:
    take_in(benchmark, write(folder, {"r.dcm": data}))
    return Report.objects.get().text


def test_who_the_header_of_a_cda_document_names_is_masked_in_its_text(tmp_path, benchmark_):
    text = stored_text(tmp_path, benchmark_, encapsulated("text/xml", CDA.encode()))
    assert text == "FINDINGS: [NAME], record: [ID], [ID], read by [NAME]: Lung fields clear. A clinic of hope."


def test_by_which_numbers_a_header_knows_the_patient_they_are_masked_in_the_text(tmp_path, benchmark_):
    other = Dataset()
    other.PatientID = "H-4821"
    said = "Compared with 4711/20 (film 4821), of grace hope: 123.45 HU in 2019."
    header = {"PatientID": "HOPE_GRACE_4", "OtherPatientIDsSequence": [other], "AccessionNumber": "471120"}
    text = stored_text(tmp_path, benchmark_, structured(item("TEXT", "Finding", TextValue=said), **header))
    assert text == "Finding: Compared with 4711/20 (film [ID]), of [NAME]: 123.45 HU in 2019."


def nested(depth):
    one = item("TEXT", "Finding", TextValue="x")
    for _ in range(depth):
        one = item("CONTAINER", "Group", [one])
    return one


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encapsulated("application/pdf", b"%PDF-1.7"), "document"),
        (encapsulated(SECRET, b"x"), "document"),
        (encapsulated("text/plain", b"\xff\xfe\xfd\xfc"), "encoding"),
        (encapsulated("text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "xml"),
        (encapsulated("text/xml", b"<a>"), "xml"),
        (structured(item("TEXT", "Finding", TextValue="x" * 1001)), "too_long"),
        (structured(item("TEXT", "Finding", TextValue="x"), CompletionFlag="PARTIAL"), "status"),
        (structured(nested(dicom_reports.MAX_DEPTH + 2)), "too_large"),
        (structured(item("TEXT", "Finding", TextValue="x"), StudyInstanceUID=""), "missing"),
    ],
)
def test_what_cannot_be_a_report_is_refused_with_its_rule(data, kind):
    with pytest.raises(UnreadableFileError) as caught:
        text_of(data)
    assert caught.value.kind == kind
    assert SECRET.lower() not in f"{caught.value} {vars(caught.value)}".lower()


def test_too_many_items_are_refused(monkeypatch):
    monkeypatch.setattr(dicom_reports, "MAX_ITEMS", 3)
    with pytest.raises(UnreadableFileError, match="more than 3 content items"):
        text_of(structured(*(item("TEXT", "Finding", TextValue="x") for _ in range(5))))


@given(position=st.integers(0, 800), byte=st.integers(0, 255))
def test_a_mutated_report_ends_in_a_row_or_a_refusal(tmp_path_factory, position, byte):
    data = bytearray(structured(item("CONTAINER", "Findings", [item("TEXT", "Finding", TextValue="Clear.")])))
    data[position % len(data)] = byte
    path = tmp_path_factory.mktemp("sr") / "r.dcm"
    path.write_bytes(bytes(data))
    answer = decode(Order(SourceFile("r.dcm", str(path)), ("DX",)))
    assert isinstance(answer, ReportRow | Problem)


def test_reports_among_pictures_meet_their_study_whichever_comes_first(tmp_path, benchmark_):
    sr = structured(item("TEXT", "Finding", TextValue="Small effusion."))
    write(tmp_path / "a", {"0-report.dcm": sr, "film.dcm": dicom(Manufacturer="Siemens"), "b.png": png()})
    run = take_in(benchmark_, tmp_path / "a")
    assert (outcome(run), rules(run)) == ((3, 0, 0), [])
    study = Study.objects.get(study_uid="1.2.3.1")
    assert (study.report.text, study.modality, study.manufacturer) == ("Finding: Small effusion.", "DX", "Siemens")
    assert outcome(take_in(benchmark_, tmp_path / "a")) == (0, 3, 0)
    assert SECRET not in str(Report.objects.values())
