"""Reports from CSV files: the contract's, and Open-i's. Read row by row; a bad row never hides a good one."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar

from cases.contribution import Problem, ReportRow, StudyFacts, shown
from cases.demographics import parse_age, parse_date, parse_sex
from cases.gate.columns import holds_answers, kept_headings, names_a_person, told_value
from cases.gate.header.door import view_of

REQUIRED = ("study_id", "report_text")
KNOWN = (*REQUIRED, "patient_id", "site", "age", "sex", "view_position", "study_date")
OPENI_REQUIRED = ("uid", "findings", "impression")
OPENI_SECTIONS = ("indication", "comparison", "findings", "impression")
MAX_ID = 120  # characters
MAX_VIEW = 32
OWN_PATIENT = "study:"  # how the pseudonym of a patient begins who is known by one study only
_MAX_FIELD = 64 * 1024**2  # characters; what the reader holds of one field before the rules below judge it
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
T = TypeVar("T")
_SITE = re.compile(r"[-\w]{1,50}", re.ASCII)


class RowRefusedError(ValueError):
    """A row breaks a rule: the column, its value, and the rule in words."""

    def __init__(self, kind: str, name: str, value: str, rule: str) -> None:
        super().__init__(rule)
        self.kind, self.name, self.value, self.rule = kind, name, value, rule


@dataclass(frozen=True)
class _Table:
    """The header of one CSV file, accepted."""

    where: str
    header: list[str]
    is_openi: bool
    max_characters: int


def read_reports(
    path: Path, *, max_characters: int, layout: str = "auto", member: str = ""
) -> Iterator[ReportRow | Problem]:
    """The rows of a CSV file of reports in order, a Problem in the place of each that breaks a rule.

    ``member`` is the table's name where ``path`` is a zip. ``layout`` "openi" expects ``indiana_reports.csv``; "auto" takes
    either by its header. A wrong header yields one Problem and nothing more. A study named twice is taken once; each further
    row is refused with the first one's line.
    """
    csv.field_size_limit(_MAX_FIELD)
    where = PurePosixPath(member).name or path.name
    try:
        with _opened(path, member) as file:
            start = file.read(4)
        if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            yield Problem("encoding", where, "The file is UTF-16; save it as CSV in UTF-8.", line=1)
            return
        with _opened(path, member) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
            lines = csv.reader(text, strict=True)
            table = _read_header(lines, where, layout, max_characters)
            if isinstance(table, Problem):
                yield table
                return
            yield from _left_out(table)
            yield from _without_repeats(_rows(lines, table))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        yield Problem("unreadable", where, f"The table cannot be read to its end ({type(error).__name__}).")


@contextmanager
def _opened(path: Path, member: str) -> Iterator[IO[bytes]]:
    if not member:
        with path.open("rb") as plain:
            yield plain
        return
    with zipfile.ZipFile(path) as archive, archive.open(member) as packed:
        yield packed


def _left_out(table: _Table) -> Iterator[Problem]:
    """A remark on each further column that is not kept, since it names somebody or tells the answer by its heading."""
    for name in table.header:
        if name not in KNOWN and names_a_person(name):
            message = f"The column {name} names somebody by its heading, so it is not kept; the rest of each row is."
            yield Problem("patient_data", table.where, message, line=1, field=name, is_warning=True)
        elif name not in KNOWN and holds_answers(name):
            message = f"The column {name} may hold the answer that readers are to find, so it is not kept; the rest is."
            yield Problem("answers_left_out", table.where, message, line=1, field=name, is_warning=True)


def is_report_file(path: Path) -> bool:
    """Whether the file's header is one that ``read_reports`` takes."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        return not isinstance(_read_header(csv.reader(file), path.name, "auto", 1), Problem)


def _read_header(lines: Iterator[list[str]], where: str, layout: str, max_characters: int) -> _Table | Problem:
    try:
        header = [name.strip() for name in next(lines, [])]
    except csv.Error as error:
        return Problem("header", where, f"The header cannot be read: {error}.", line=1)
    if layout != "openi" and set(REQUIRED) <= set(header):
        is_openi = False
    elif set(OPENI_REQUIRED) <= set(header):
        is_openi = True
    else:
        wanted = OPENI_REQUIRED if layout == "openi" else REQUIRED
        return _wrong_header(header, wanted, where)
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice:
        told = repr(told_value("", twice))
        return Problem(
            "header",
            where,
            f"The header names {told} twice; each column needs its own name.",
            line=1,
        )
    known = ("uid", *OPENI_SECTIONS) if is_openi else KNOWN
    return _Table(where, kept_headings(header, known), is_openi, max_characters)


def _wrong_header(header: list[str], wanted: tuple[str, ...], where: str) -> Problem:
    missing = [name for name in wanted if name not in header]
    hint = ""
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        hint = " The columns seem to be separated by something else than commas."
    message = (
        f"The header lacks {' and '.join(missing)}; the first line must name the columns {', '.join(wanted)}, "
        f"separated by commas.{hint}"
    )
    return Problem("header", where, message, line=1, field=missing[0], value=shown(",".join(kept_headings(header))))


def _rows(lines: Iterator[list[str]], table: _Table) -> Iterator[ReportRow | Problem]:
    parse = _openi_row if table.is_openi else _contract_row
    while True:
        line = lines.line_num + 1  # type: ignore[attr-defined]  # csv.reader's own; a row may span lines
        try:
            cells = next(lines, None)
            if cells is None:
                return
            if not cells:
                continue  # a blank line
            yield parse(_checked_cells(cells, table), table.where, line)
        except csv.Error as error:
            yield _broken_row(str(error), table.where, line)
        except RowRefusedError as refusal:
            yield Problem(
                refusal.kind,
                table.where,
                f"Line {line}: {refusal.rule}",
                line=line,
                field=refusal.name,
                value=told_value(refusal.name, refusal.value),
            )


def _broken_row(error: str, where: str, line: int) -> Problem:
    if "unexpected end of data" in error:
        rule = "a quotation mark opened here is never closed, so the rest of the file was not read"
    elif "field larger" in error:
        rule = f"a field is longer than {_MAX_FIELD:,} characters; a quotation mark may be missing"
    else:
        rule = f"not valid CSV ({error}); quote a text that holds commas, and double the quotation marks in it"
    return Problem("csv", where, f"Line {line}: {rule}.", line=line)


def _checked_cells(cells: list[str], table: _Table) -> dict[str, str]:
    if len(cells) != len(table.header):
        raise RowRefusedError(
            "columns", "", str(len(cells)), f"the row has {len(cells)} fields, the header {len(table.header)}."
        )
    for name, cell in zip(table.header, cells, strict=True):
        if bad := _NOT_UTF8.search(cell):
            rule = f"{name} holds the byte 0x{ord(bad[0]) - 0xDC00:02X}, which is not UTF-8; save the file as UTF-8."
            raise RowRefusedError("encoding", name, f"0x{ord(bad[0]) - 0xDC00:02X}", rule)
        if "\0" in cell:
            raise RowRefusedError("nul", name, "\\0", f"{name} holds a NUL character; take it out.")
        if len(cell) > table.max_characters:
            rule = f"{name} has {len(cell):,} characters; at most {table.max_characters:,} are taken."
            raise RowRefusedError("too_long", name, cell, rule)
    return dict(zip(table.header, cells, strict=True))


def _contract_row(cells: Mapping[str, str], where: str, line: int) -> ReportRow:
    study_id = checked_id("study_id", cells["study_id"], is_required=True)
    site_code = cells.get("site", "").strip()
    if site_code and not _SITE.fullmatch(site_code):
        raise RowRefusedError("site", "site", site_code, "site must be letters, digits, - and _, at most 50.")
    facts = StudyFacts(
        patient_id=checked_id("patient_id", cells.get("patient_id", "")),
        age=_parsed("age", cells, parse_age),
        sex=_parsed("sex", cells, parse_sex) or "",
        view_position=_view(cells.get("view_position", "")),
        study_date=_parsed("study_date", cells, parse_date),
        metadata=_further(cells, KNOWN),
    )
    text = cells["report_text"]
    return ReportRow(where, line, study_id, text, not text.strip(), facts, site_code)


def _openi_row(cells: Mapping[str, str], where: str, line: int) -> ReportRow:
    uid = checked_id("uid", cells["uid"], is_required=True)
    return openi_report(where, line, uid, cells, StudyFacts(metadata=_further(cells, ("uid", *OPENI_SECTIONS))))


def _further(cells: Mapping[str, str], known: tuple[str, ...]) -> dict[str, str]:
    return {
        name: cell for name, cell in cells.items() if name and name not in known and cell and not holds_answers(name)
    }


def openi_report(where: str, line: int | None, uid: str, sections: Mapping[str, str], facts: StudyFacts) -> ReportRow:
    """An Open-i report: the study is ``CXR<uid>``, the text its sections under their headings; a report without
    findings and impression counts as empty, since nobody read anything in it.
    """
    study_id = uid if uid.upper().startswith("CXR") else f"CXR{uid}"
    parts = [(name, _openi_section(sections.get(name, ""))) for name in OPENI_SECTIONS]
    text = "\n\n".join(f"{name.upper()}: {part}" for name, part in parts if part)
    is_empty = not any(part for name, part in parts if name in {"findings", "impression"})
    return ReportRow(where, line, study_id, text, is_empty, facts)


def _openi_section(text: str) -> str:
    """A bare "None" is left out: the CSV has lost it, and both files are to give the same report."""
    text = text.strip()
    return "" if text == "None" else text


def checked_id(name: str, value: str, *, is_required: bool = False) -> str:
    """The identifier without blanks around it. Raises RowRefusedError when it is missing, too long or reserved."""
    value = value.strip()
    if is_required and not value:
        raise RowRefusedError("missing", name, "", f"{name} is empty; every row needs one.")
    if len(value) > MAX_ID:
        rule = f"{name} has {len(value)} characters; at most {MAX_ID} are taken."
        raise RowRefusedError("too_long", name, value, rule)
    if not value.isprintable():
        raise RowRefusedError("unprintable", name, "", f"{name} holds a line break or another unprintable character.")
    if name == "patient_id" and value.startswith(OWN_PATIENT):
        raise RowRefusedError("reserved", name, value, f"{name} must not begin with {OWN_PATIENT!r}.")
    return value


def _view(value: str) -> str:
    value = value.strip()
    if len(value) > MAX_VIEW:
        rule = f"view_position has {len(value)} characters; at most {MAX_VIEW} are taken."
        raise RowRefusedError("too_long", "view_position", value, rule)
    return view_of(value)


def _parsed(name: str, cells: Mapping[str, str], parse: Callable[[str], T]) -> T:
    try:
        return parse(cells.get(name, ""))
    except ValueError as error:
        raise RowRefusedError("value", name, cells[name], f"{name} {error}.") from None


def _without_repeats(rows: Iterator[ReportRow | Problem]) -> Iterator[ReportRow | Problem]:
    first_lines: dict[tuple[str, str], int | None] = {}
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        key = (row.site_code, row.study_id)
        if key in first_lines:
            told = told_value("study_id", row.study_id)
            message = f"Line {row.line}: study_id {told!r} stands on line {first_lines[key]} already."
            yield Problem("duplicate", row.where, message, line=row.line, field="study_id", value=told)
            continue
        first_lines[key] = row.line
        yield row
