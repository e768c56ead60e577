"""Reports that come as DICOM: structured reports (SR) and encapsulated documents that are text or CDA.

Of a structured report the content items are written out in order (PS3.3 C.17.3): containers as headings, texts, codes,
numbers with units; names of persons and references are left out. PDF and other encapsulated formats are refused by name.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue

from cases.adapters.cda import Document, read_cda
from cases.adapters.dicom import is_dicom, parse, study_facts
from cases.adapters.pictures import UnreadableFileError
from cases.contribution import ReportRow, SourceFile, StudyFacts, told_type

SR_CLASSES = "1.2.840.10008.5.1.4.1.1.88."
ENCAPSULATED_CLASSES = "1.2.840.10008.5.1.4.1.1.104."
MAX_ITEMS = 20_000
_HEAD_BYTES = 4096
MAX_DEPTH = 40
MAX_DOCUMENT_BYTES = 16 * 1024**2
_LEFT_OUT = {"PNAME", "UIDREF", "IMAGE", "WAVEFORM", "COMPOSITE", "SCOORD", "SCOORD3D", "TCOORD"}
_PLAIN = {"text/plain", "text/markdown"}
_XML = {"text/xml", "application/xml", "application/hl7-v3+xml"}
# Containers and texts that speak of people, not of the picture (TID 1204, 1001 to 1007, CID 7452 and the like).
_ABOUT_PEOPLE = re.compile(
    r"\b(?:name|observer|person|subject id|birth|patient|organi[sz]ation|address)\b", re.IGNORECASE
)

# Who the header says the patient is, to be looked for in the text.
_NAMES = ("PatientName", "OtherPatientNames", "PatientBirthName")
_NUMBERS = ("PatientID", "OtherPatientIDs", "AccessionNumber")


def may_be_report(data: bytes) -> bool:
    """Whether a file names the SOP class of a report near its beginning; quick, and true of few other files."""
    start = data[:_HEAD_BYTES]
    return is_dicom(start[:132]) and (SR_CLASSES.encode() in start or ENCAPSULATED_CLASSES.encode() in start)


def read_dicom_report(data: bytes, source: SourceFile, max_characters: int) -> ReportRow:
    """The report of the file, with the study it belongs to. Raises UnreadableFileError, never anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _row(parse(data), source, max_characters)
        except UnreadableFileError:
            raise
        except Exception as error:
            message = f"The report in the file cannot be understood ({type(error).__name__})."
            raise UnreadableFileError("unreadable", message) from error


def _row(dataset: FileDataset, source: SourceFile, max_characters: int) -> ReportRow:
    if not str(dataset.get("SOPClassUID", "")).startswith((SR_CLASSES, ENCAPSULATED_CLASSES)):
        raise UnreadableFileError("no_picture", "The file holds no picture and no report.", name="SOPClassUID")
    facts = study_facts(dataset)
    if not facts.study_uid:
        raise UnreadableFileError("missing", "StudyInstanceUID is missing or empty.", name="StudyInstanceUID")
    document = report_text(dataset, max_characters=max_characters)
    text = document.text
    accession = str(dataset.get("AccessionNumber", "") or "")[:64]
    # Modality, maker and view are the report writer's, not the pictures'.
    about = StudyFacts(
        patient_id=source.patient_id or facts.patient_id,
        study_uid=facts.study_uid,
        age=facts.age,
        sex=facts.sex,
        study_date=facts.study_date,
    )
    aliases = tuple(name for name in (source.study_id, facts.study_uid, *source.hints, accession) if name)
    study_id = source.study_id or facts.study_uid
    named = (*_said(dataset, _NAMES), *document.names)
    others = [one for item in dataset.get("OtherPatientIDsSequence") or () for one in _said(item, ("PatientID",))]
    numbered = (*_said(dataset, _NUMBERS), *others, *document.numbers)
    return ReportRow(
        source.name, None, study_id, text, not text.strip(), about, aliases=aliases, named=named, numbered=numbered
    )


def _said(dataset: Dataset, keywords: Sequence[str]) -> list[str]:
    """What the header says in these attributes, each value by itself."""
    values = [dataset.get(keyword) for keyword in keywords]
    several = [list(value) if isinstance(value, MultiValue) else [value] for value in values if value]
    return [str(one) for some in several for one in some]


def report_text(dataset: FileDataset, *, max_characters: int) -> Document:
    """The text of the report, and whom its own header names. Raises UnreadableFileError with the reason there is none."""
    is_structured = str(dataset.SOPClassUID).startswith(SR_CLASSES)
    document = Document(_of_content(dataset, max_characters)) if is_structured else _of_document(dataset)
    text = document.text
    if len(text) > max_characters:
        message = f"The report has {len(text):,} characters; at most {max_characters:,} are taken."
        raise UnreadableFileError("too_long", message, name="report_text", value=f"{len(text):,} characters")
    return replace(document, text=text.replace("\0", "").encode("utf-8", "replace").decode())


def _of_content(dataset: FileDataset, max_characters: int) -> str:
    if str(dataset.get("CompletionFlag", "COMPLETE")).upper() == "PARTIAL":
        message = "The structured report is partial (CompletionFlag); send the complete one."
        raise UnreadableFileError("status", message, name="CompletionFlag", value="PARTIAL")
    lines: list[str] = []
    length = 0
    for count, (depth, item) in enumerate(_items(dataset, 0)):
        if count >= MAX_ITEMS:
            message = f"The structured report has more than {MAX_ITEMS:,} content items."
            raise UnreadableFileError("too_large", message, name="ContentSequence")
        if line := _line(depth, item):
            lines.append(line)
            length += len(line)
        if length > 2 * max_characters:
            break  # too long by any count: the caller says so
    return "\n".join(lines).strip()


def _items(dataset: Dataset, depth: int) -> Iterator[tuple[int, Dataset]]:
    if depth > MAX_DEPTH:
        message = f"The structured report is nested more than {MAX_DEPTH} levels deep."
        raise UnreadableFileError("too_large", message, name="ContentSequence")
    for item in dataset.get("ContentSequence") or ():
        name = _meaning(item, "ConceptNameCodeSequence")
        if str(item.get("ValueType", "")) in _LEFT_OUT or _ABOUT_PEOPLE.search(name):
            continue
        yield depth, item
        yield from _items(item, depth + 1)


def _line(depth: int, item: Dataset) -> str:
    name, kind = _meaning(item, "ConceptNameCodeSequence"), str(item.get("ValueType", ""))
    if kind == "CONTAINER":
        return f"\n{name.upper()}:" if name else ""
    value = _value(item, kind)
    if not value:
        return ""
    # What a code or a number means its name says; a text stands for itself below its heading.
    return value if kind == "TEXT" and (depth or not name) else f"{name}: {value}" if name else value


def _value(item: Dataset, kind: str) -> str:
    if kind == "TEXT":
        return str(item.get("TextValue", "")).replace("\r\n", "\n").strip()
    if kind == "CODE":
        return _meaning(item, "ConceptCodeSequence")
    if kind == "NUM":
        measured = next(iter(item.get("MeasuredValueSequence") or ()), None)
        if measured is None:
            return ""
        return f"{measured.get('NumericValue', '')} {_meaning(measured, 'MeasurementUnitsCodeSequence')}".strip()
    return ""


def _meaning(item: Dataset, keyword: str) -> str:
    code = next(iter(item.get(keyword) or ()), None)
    return str(code.get("CodeMeaning", "")).strip() if code is not None else ""


def _of_document(dataset: FileDataset) -> Document:
    kind = str(dataset.get("MIMETypeOfEncapsulatedDocument", "")).strip("\0 ").lower().partition(";")[0]
    if kind not in _PLAIN | _XML:
        named = told_type(kind)
        message = f"The file holds a document of type {named}; send the report as text, CDA or a structured report."
        raise UnreadableFileError("document", message, name="MIMETypeOfEncapsulatedDocument", value=named)
    data = bytes(dataset.get("EncapsulatedDocument") or b"")
    length = int(dataset.get("EncapsulatedDocumentLength") or len(data))
    data = data[:length] if 0 < length <= len(data) else data
    if len(data) > MAX_DOCUMENT_BYTES:
        message = f"The document has {len(data):,} bytes; at most {MAX_DOCUMENT_BYTES:,} are taken."
        raise UnreadableFileError("too_large", message, name="EncapsulatedDocument")
    if kind in _XML:
        return read_cda(data.rstrip(b"\0"))
    try:
        return Document(data.decode("utf-8").rstrip("\0 "))
    except UnicodeDecodeError as error:
        message = f"Byte {error.start} of the document is not UTF-8."
        raise UnreadableFileError("encoding", message, name="EncapsulatedDocument") from None
