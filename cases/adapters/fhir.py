"""Reports as FHIR (R4, R4B, R5) DiagnosticReport: one resource, a Bundle of them, or one resource a line (ndjson).

Their text is the ``presentedForm`` that is plain text, else the ``conclusion``. Which study: the StudyInstanceUID among
``imagingStudy``, ``study`` and ``identifier`` (``urn:oid:``, system ``urn:dicom:uid``), else the accession number, which
is stored as a pseudonym alone, else the resource's id. Whom a report names is told by the Patient beside it: of its Bundle,
or on any line of its ndjson.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

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
MAX_PEOPLE_BYTES = 256 * 1024**2  # what the patients on the lines of one file take until its last report is read
_EACH_TAKES = 200  # bytes of one text or one patient besides its characters
_MOST_IDS, _LONGEST_ID = 10, 120
_START = re.compile(rb'\s*\{.{0,4000}?"resourceType"\s*:\s*"(?:DiagnosticReport|Bundle)"', re.DOTALL)
_PATIENT_FIRST = re.compile(rb'\s*\{.{0,4000}?"resourceType"\s*:\s*"Patient"')
_OF_REPORT = re.compile(rb'"resourceType"\s*:\s*"DiagnosticReport"')
_OF_PATIENT = re.compile(rb'"resourceType"\s*:\s*"Patient"')
_PLAIN = re.compile(r"text/plain\s*(?:;.*)?", re.IGNORECASE)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_UID = re.compile(r"(?:urn:oid:)?([0-2](?:\.\d+){3,})")
_PATIENT = re.compile(r"(?:.*/)?Patient/([\w.\-]{1,64})(?:/_history/.*)?")
Row = ReportRow | Problem


@dataclass(frozen=True)
class Person:
    """How a Patient is named and numbered, and who is to be called for them: looked for in the text, never stored."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    records: tuple[str, ...] = ()  # of the numbers those of type MR (HL7 v2 table 0203): a site's own of the patient
    ids: tuple[str, ...] = ()  # other identifiers, of whichever system

    @property
    def takes(self) -> int:
        """About how many bytes it takes to remember."""
        return _EACH_TAKES + sum(
            _EACH_TAKES + 4 * len(text) for text in (*self.names, *self.numbers, *self.records, *self.ids)
        )


Patients = Mapping[str, Person]  # of a Bundle by fullUrl and id, of the lines of a file by id; under "" the only one


def is_fhir(file: SourceFile) -> bool:
    """Whether the file's name and beginning are those of a DiagnosticReport or a Bundle, or of lines of which the first is of
    a Patient and a later one of a report.
    """
    if not file.name.lower().endswith((".json", ".ndjson", ".json.gz", ".ndjson.gz")):
        return False
    try:
        with opened(file, limit=MAX_NDJSON_BYTES) as stream:
            start = stream.read(8192)
            if _START.match(start):
                return True
            if not _is_of_lines(file) or not _PATIENT_FIRST.match(start):
                return False
            return any(map(_OF_REPORT.search, chain([start + stream.readline(MAX_LINE_BYTES)], _lines(stream))))
    except (*BROKEN, TooLongError):
        return False


def read_reports(file: SourceFile, *, max_characters: int) -> Iterator[Row]:
    """Every DiagnosticReport in order, or a Problem in its place; other resources are passed over."""
    try:
        people = _patients_on_lines(file)
        for line, resource in _resources(file):
            for one, patients in _reports(resource, people):
                yield _row(file.name, line, one, patients, max_characters)
    except RowRefusedError as refusal:
        yield Problem(refusal.kind, file.name, refusal.rule, field=refusal.name)
    except (*BROKEN, TooLongError) as error:
        told = str(error) if isinstance(error, TooLongError) else type(error).__name__
        yield Problem("unreadable", file.name, f"The file cannot be read to its end ({told}).")


def _is_of_lines(file: SourceFile) -> bool:
    return ".ndjson" in file.name.lower()


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines, those that are too long in pieces."""
    while line := stream.readline(MAX_LINE_BYTES):
        yield line


def _patients_on_lines(file: SourceFile) -> Patients:
    """Who stands on a line of their own in a file of one resource a line: before or behind their reports, so the whole file
    is looked through first. Raises RowRefusedError where they are too many to remember.
    """
    people: dict[str, Person] = {}
    if not _is_of_lines(file):
        return people
    size = 0
    with suppress(*BROKEN, TooLongError), opened(file, limit=MAX_NDJSON_BYTES) as stream:  # which the reports tell
        for line in filter(_OF_PATIENT.search, _lines(stream)):
            with suppress(RowRefusedError):
                patient = _parsed(line)
                if _is_patient(patient):
                    known, person = people.get(_text(patient.get("id")), Person()), _person(patient)
                    people[_text(patient.get("id"))] = _together([known, person])  # another version of the same
                    size += person.takes
            if size > MAX_PEOPLE_BYTES:
                rule = "The file names more patients than can be remembered; send it in parts, each with its patients."
                raise RowRefusedError("too_large", "", "", rule)
    return {**people, "": next(iter(people.values())) if len(people) == 1 else Person()}


def _resources(file: SourceFile) -> Iterator[tuple[int | None, Any]]:
    if not _is_of_lines(file):
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
    it, in its Bundle or on another line. A refused line passes as it is.
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
        name: _person(patient)
        for entry, patient in found
        for name in (_text(entry.get("fullUrl")), _text(patient.get("id")))
    }
    if found:
        by_name[""] = _person(found[0][1]) if len(found) == 1 else Person()
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
    aliases = (accession,) if accession else ()
    subject = resource.get("subject")
    about = subject if isinstance(subject, dict) else {}
    identifier = about.get("identifier")
    number = _text(identifier.get("value")) if isinstance(identifier, dict) else ""
    meant = _meant_person(resource, _text(about.get("reference")), patients)
    names = _names_of_patient(resource, about, patients)
    patient_id = names[0] if names else ""
    facts = StudyFacts(patient_id=patient_id, study_uid=uid, study_date=_date(resource), names_of_patient=names)
    return ReportRow(
        where,
        line,
        study_id,
        text,
        not text.strip(),
        facts,
        aliases=aliases,
        naming=naming,
        named=tuple(filter(None, [_text(about.get("display")), *meant.names])),
        numbered=tuple(filter(None, [number, accession, *meant.numbers])),
    )


def _meant_person(resource: dict[str, Any], reference: str, patients: Patients) -> Person:
    """Those that the report contains, and the one beside it that its subject refers to, or the only one there."""
    match = _PATIENT.fullmatch(reference)
    beside = patients.get(reference) or (patients.get(match[1]) if match else None) or patients.get("") or Person()
    return _together([*map(_person, filter(_is_patient, _list(resource.get("contained")))), beside])


def _together(people: list[Person]) -> Person:
    told = ((one.names, one.numbers, one.records, one.ids) for one in people)
    return Person(*(_few(chain.from_iterable(texts)) for texts in zip(*told, strict=True)))


def _few(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys(texts), _MOST_NAMES))


def _person(patient: dict[str, Any]) -> Person:
    """What a patient, and who is to be called for them, are named; their identifiers and telephones."""
    contacts = [one for one in _list(patient.get("contact")) if isinstance(one, dict)]
    found = [name for one in (patient, *contacts) for name in _list(one.get("name")) if isinstance(name, dict)]
    parts = [[*_list(name.get("given")), name.get("family")] for name in found]
    wholes = [" ".join(filter(None, map(_text, some))) for some in parts] + [_text(name.get("text")) for name in found]
    listed = [one for key in ("identifier", "telecom") for one in _list(patient.get(key)) if isinstance(one, dict)]
    return Person(
        _few(whole for whole in wholes if whole and len(whole) <= _LONGEST_NAME),
        _few(filter(None, (_text(one.get("value"))[:_LONGEST_NAME] for one in listed))),
        *_identified(patient.get("identifier")),
    )


def _identified(told: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The identifiers of type MR, and the others."""
    records: list[str] = []
    others: list[str] = []
    for one in filter(lambda one: isinstance(one, dict), _list(told)):
        value = _text(one.get("value")).strip()
        if 0 < len(value) <= _LONGEST_ID and value.isprintable():
            (records if _is_of_type(one, "MR") else others).append(value)
    return _few(records)[:_MOST_IDS], _few(others)[:_MOST_IDS]


def _is_of_type(identifier: dict[str, Any], code: str) -> bool:
    kind = identifier.get("type")
    codings = _list(kind.get("coding")) if isinstance(kind, dict) else []
    return any(isinstance(coding, dict) and coding.get("code") == code for coding in codings)


def _names_of_patient(resource: dict[str, Any], subject: dict[str, Any], patients: Patients) -> tuple[str, ...]:
    """By what else than a name the site knows the subject: record numbers first, then other identifiers, and last the id that
    the reference ends in, which other systems do not know.
    """
    records, others = _identified(subject.get("identifier"))
    person = _person_referred_to(resource, _text(subject.get("reference")), patients)
    reference = _patient(resource)
    names = [*records, *person.records, *others, *person.ids, *([reference] if reference else [])]
    return tuple(dict.fromkeys(names))


def _person_referred_to(resource: dict[str, Any], reference: str, patients: Patients) -> Person:
    """The patient within or beside the report that its subject refers to; without a reference the only one there is. Nobody
    where there is none: whose names go may be guessed, who somebody is may not.
    """
    within = [one for one in _list(resource.get("contained")) if _is_patient(one)]
    if reference.startswith("#"):
        return next((_person(one) for one in within if _text(one.get("id")) == reference[1:]), Person())
    if not reference:
        beside = patients.get("") or Person()
        only = [*map(_person, within), *([beside] if beside != Person() else [])]
        return only[0] if len(only) == 1 else Person()
    match = _PATIENT.fullmatch(reference)
    return patients.get(reference) or (patients.get(match[1]) if match else None) or Person()


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
        if isinstance(one, dict) and _is_of_type(one, "ACSN"):
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
