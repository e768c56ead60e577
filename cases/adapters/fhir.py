"""Reports as FHIR (R4, R4B, R5) DiagnosticReport: one resource, a Bundle of them, or one resource a line (ndjson).

Their text is the ``presentedForm`` that is plain text, else the ``conclusion``. Which study: the StudyInstanceUID among
``imagingStudy``, ``study`` and ``identifier`` (``urn:oid:``, system ``urn:dicom:uid``), else the accession number, which
is stored as a pseudonym alone, else the resource's id.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cases.adapters.layouts.tree import BROKEN, TooLongError, opened, read_bytes
from cases.adapters.report_files import RowRefusedError, checked_id
from cases.contribution import Naming, Problem, ReportRow, SourceFile, StudyFacts, told_type
from cases.demographics import parse_date
from cases.gate.columns import told_value

MAX_FILE_BYTES = 64 * 1024**2  # of one JSON document; ndjson may be longer, its lines may not
MAX_NDJSON_BYTES = 16 * 1024**3
MAX_LINE_BYTES = 8 * 1024**2
MAX_DEPTH = 60
_MOST_NAMES, _LONGEST_NAME = 50, 200  # of one patient, and characters
_START = re.compile(rb'\s*\{.{0,4000}?"resourceType"\s*:\s*"(?:DiagnosticReport|Bundle)"', re.DOTALL)
_PLAIN = re.compile(r"text/plain\s*(?:;.*)?", re.IGNORECASE)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_UID = re.compile(r"(?:urn:oid:)?([0-2](?:\.\d+){3,})")
_PATIENT = re.compile(r"(?:.*/)?Patient/([\w.\-]{1,64})(?:/_history/.*)?")
Row = ReportRow | Problem
Patients = Mapping[str, dict[str, Any]]  # of a Bundle, by fullUrl and id; under "" the only one


def is_fhir(file: SourceFile) -> bool:
    """Whether the file's name and beginning are those of a DiagnosticReport or a Bundle."""
    if not file.name.lower().endswith((".json", ".ndjson", ".json.gz", ".ndjson.gz")):
        return False
    try:
        with opened(file, limit=MAX_NDJSON_BYTES) as stream:
            return bool(_START.match(stream.read(8192)))
    except (*BROKEN, TooLongError):
        return False


def read_reports(file: SourceFile, *, max_characters: int) -> Iterator[Row]:
    """Every DiagnosticReport in order, or a Problem in its place; other resources are passed over."""
    try:
        for line, resource in _resources(file):
            for one, patients in _reports(resource):
                yield _row(file.name, line, one, patients, max_characters)
    except RowRefusedError as refusal:
        yield Problem(refusal.kind, file.name, refusal.rule, field=refusal.name)
    except (*BROKEN, TooLongError) as error:
        told = str(error) if isinstance(error, TooLongError) else type(error).__name__
        yield Problem("unreadable", file.name, f"The file cannot be read to its end ({told}).")


def _resources(file: SourceFile) -> Iterator[tuple[int | None, Any]]:
    if ".ndjson" not in file.name.lower():
        yield None, _parsed(read_bytes(file, limit=MAX_FILE_BYTES))
        return
    with opened(file, limit=MAX_NDJSON_BYTES) as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                rule = f"Line {number} has more than {MAX_LINE_BYTES:,} bytes; the rest of the file was not read."
                raise RowRefusedError("too_long", "", "", rule)
            if line.strip():
                try:
                    yield number, _parsed(line)
                except RowRefusedError as refusal:
                    yield number, refusal


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        raise RowRefusedError("encoding", "", "", "The text is not UTF-8; FHIR in JSON always is.") from None
    except ValueError as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise RowRefusedError("json", "", "", f"The text is not valid JSON{place}.") from None
    except RecursionError:
        raise RowRefusedError("json", "", "", "The JSON is nested too deeply.") from None


def _reports(resource: Any, patients: Patients | None = None, depth: int = 0) -> Iterator[tuple[Any, Patients]]:
    """The reports of a resource: itself, or those of a Bundle, which may hold Bundles; each with the patients that lie beside
    it. A refused line passes as it is.
    """
    patients = patients or {}
    if isinstance(resource, RowRefusedError):
        yield resource, patients
    elif not isinstance(resource, dict):
        yield RowRefusedError("json", "", "", "It is not a FHIR resource: a JSON object with resourceType."), patients
    elif resource.get("resourceType") == "DiagnosticReport":
        yield resource, patients
    elif resource.get("resourceType") == "Bundle" and depth < MAX_DEPTH:
        entries = resource.get("entry")
        held = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
        patients = {**patients, **_patients_of(held)}
        for entry in held:
            if isinstance(entry.get("resource"), dict):
                yield from _reports(entry["resource"], patients, depth + 1)


def _patients_of(entries: list[dict[str, Any]]) -> Patients:
    found = [(entry, entry["resource"]) for entry in entries if _is_patient(entry.get("resource"))]
    by_name = {
        name: patient for entry, patient in found for name in (_text(entry.get("fullUrl")), _text(patient.get("id")))
    }
    if found:
        by_name[""] = found[0][1] if len(found) == 1 else {}
    return by_name


def _is_patient(resource: Any) -> bool:
    return isinstance(resource, dict) and resource.get("resourceType") == "Patient"


def _row(where: str, line: int | None, resource: Any, patients: Patients, max_characters: int) -> Row:
    try:
        if isinstance(resource, RowRefusedError):
            raise resource
        return _read(where, line, resource, patients, max_characters)
    except RowRefusedError as refusal:
        place = f"Line {line}: " if line else ""
        value = told_value(refusal.name, refusal.value)
        return Problem(refusal.kind, where, f"{place}{refusal.rule}", line=line, field=refusal.name, value=value)


def _read(where: str, line: int | None, resource: dict[str, Any], patients: Patients, max_characters: int) -> ReportRow:
    status = _text(resource.get("status"))
    if status in {"entered-in-error", "cancelled"}:
        raise RowRefusedError("status", "status", status, f"The report's status is {status}: it is not taken.")
    uid = _study_uid(resource)
    accession = _accession(resource)
    study_id = uid or accession or checked_id("id", _text(resource.get("id")), is_required=True)
    naming = Naming.GIVEN if uid else Naming.NUMBER if accession else Naming.FOLDER
    text = _report_text(resource, max_characters)
    facts = StudyFacts(patient_id=_patient(resource), study_uid=uid, study_date=_date(resource))
    aliases = (accession,) if accession else ()
    subject = resource.get("subject")
    about = subject if isinstance(subject, dict) else {}
    identifier = about.get("identifier")
    number = _text(identifier.get("value")) if isinstance(identifier, dict) else ""
    meant = _meant_patients(resource, _text(about.get("reference")), patients)
    return ReportRow(
        where,
        line,
        study_id,
        text,
        not text.strip(),
        facts,
        aliases=aliases,
        naming=naming,
        named=tuple(filter(None, [_text(about.get("display")), *_names(meant)])),
        numbered=tuple(filter(None, [number, accession, *_numbers(meant)])),
    )


def _meant_patients(resource: dict[str, Any], reference: str, patients: Patients) -> list[dict[str, Any]]:
    """Those that the report contains, and the one of its Bundle that its subject refers to, or the only one there."""
    match = _PATIENT.fullmatch(reference)
    beside = patients.get(reference) or (patients.get(match[1]) if match else None) or patients.get("")
    return [*filter(_is_patient, _list(resource.get("contained"))), *([beside] if beside else [])]


def _names(patients: list[dict[str, Any]]) -> list[str]:
    """What these patients, and who is to be called for them, are named."""
    contacts = [one for patient in patients for one in _list(patient.get("contact")) if isinstance(one, dict)]
    found = [name for one in (*patients, *contacts) for name in _list(one.get("name")) if isinstance(name, dict)]
    parts = [[*_list(name.get("given")), name.get("family")] for name in found]
    wholes = [" ".join(filter(None, map(_text, some))) for some in parts] + [_text(name.get("text")) for name in found]
    return [whole for whole in wholes if whole and len(whole) <= _LONGEST_NAME][:_MOST_NAMES]


def _numbers(patients: list[dict[str, Any]]) -> list[str]:
    """Their identifiers and telephones."""
    listed = [one for patient in patients for key in ("identifier", "telecom") for one in _list(patient.get(key))]
    return [_text(one.get("value")) for one in listed if isinstance(one, dict)][:_MOST_NAMES]


def _report_text(resource: dict[str, Any], max_characters: int) -> str:
    forms = [one for one in _list(resource.get("presentedForm")) if isinstance(one, dict)]
    plain = [one for one in forms if _PLAIN.fullmatch(_text(one.get("contentType"))) and one.get("data")]
    text = _decoded(_text(plain[0]["data"]), max_characters) if plain else _text(resource.get("conclusion"))
    if not text and forms:
        kinds = ", ".join(sorted({told_type(_text(one.get("contentType"))) for one in forms}))
        rule = (
            f"The report's text is given as {kinds} or elsewhere; send it as presentedForm of text/plain with its data."
        )
        raise RowRefusedError("no_text", "presentedForm", "", rule)
    if len(text) > max_characters:
        rule = f"The report has {len(text):,} characters; at most {max_characters:,} are taken."
        raise RowRefusedError("too_long", "presentedForm", text, rule)
    if "\0" in text or _LONE_SURROGATE.search(text):
        rule = "The report holds a NUL character or half a character; take it out."
        raise RowRefusedError("nul", "presentedForm", "", rule)
    return text


def _decoded(data: str, max_characters: int) -> str:
    if len(data) > 6 * max_characters + 1024:  # four bytes a character, a third more as base64
        rule = f"The report has more than {max_characters:,} characters."
        raise RowRefusedError("too_long", "presentedForm", data, rule)
    try:
        return base64.b64decode("".join(data.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        rule = "presentedForm.data is not base64 of UTF-8 text."
        raise RowRefusedError("encoding", "presentedForm", "", rule) from None


def _study_uid(resource: dict[str, Any]) -> str:
    """The StudyInstanceUID: of an identifier with the system for DICOM UIDs, or of a reference that is an OID."""
    references = [*_list(resource.get("imagingStudy")), *_list(resource.get("study"))]
    identifiers = [one.get("identifier") for one in references if isinstance(one, dict)]
    for one in [*identifiers, *_list(resource.get("identifier"))]:
        if isinstance(one, dict) and one.get("system") == "urn:dicom:uid":
            match = _UID.fullmatch(_text(one.get("value")))
            if match and len(match[1]) <= 64:
                return match[1]
    for reference in references:
        match = (
            _UID.fullmatch(_text(reference.get("reference")).split("/")[-1]) if isinstance(reference, dict) else None
        )
        if match and len(match[1]) <= 64:
            return match[1]
    return ""


def _accession(resource: dict[str, Any]) -> str:
    """The identifier of type ACSN (HL7 v2 table 0203), of the report or of the order it is based on."""
    based_on = [one.get("identifier") for one in _list(resource.get("basedOn")) if isinstance(one, dict)]
    for one in [*_list(resource.get("identifier")), *based_on]:
        kind = one.get("type") if isinstance(one, dict) else None
        codings = _list(kind.get("coding")) if isinstance(kind, dict) else []
        if any(isinstance(coding, dict) and coding.get("code") == "ACSN" for coding in codings):
            return checked_id("identifier", _text(one.get("value")))
    return ""


def _patient(resource: dict[str, Any]) -> str:
    """The id of the patient that the reference ends in."""
    subject = resource.get("subject")
    match = _PATIENT.fullmatch(_text(subject.get("reference"))) if isinstance(subject, dict) else None
    return checked_id("patient_id", match[1]) if match else ""


def _date(resource: dict[str, Any]) -> Any:
    try:
        return parse_date(_text(resource.get("effectiveDateTime")))
    except ValueError:
        return None  # a year alone, or no date: not given


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
