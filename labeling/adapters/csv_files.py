"""Reads and readers as CSV: UTF-8 with a header, RFC 4180. Bad rows are told by line, the good ones are given."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.adapters import tables
from core.errors import DomainError

READS_HEADER = ("study_id", "reader", "verdict", "corrections", "comment", "submitted_at")
CONTROL_COLUMNS = ("arm", "planted")
MARKS_HEADER = ("study_id", "reader", "image", "frame", "kind", "points", "label", "certainty", "text", "submitted_at")
READERS_HEADER = ("username", "name", "email")
ASSIGNMENTS_HEADER = ("study_id", "reader", "position")
MAX_COMMENT = 10_000


class FileRefusedError(DomainError):
    """The file as a whole cannot be read as what it should be."""


@dataclass(frozen=True)
class RowProblem:
    """Why a row was refused. ``value`` is what stood in ``column``; ``message`` a whole sentence."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True)
class ReadRow:
    """One verdict as a file states it; ``submitted_at`` is None where the file gives no time."""

    line: int
    study_id: str
    reader: str
    verdict: str
    corrections: str
    comment: str
    submitted_at: datetime | None
    site: str


@dataclass(frozen=True)
class ReaderRow:
    """One person of a roster; ``max_reads`` None is no limit."""

    line: int
    username: str
    name: str
    email: str
    site: str
    max_reads: int | None


def read_reads(path: Path) -> tuple[list[ReadRow], list[RowProblem]]:
    """The verdicts of a file and the rows refused. Raises FileRefusedError on a wrong header or encoding."""
    rows: list[ReadRow] = []
    problems: list[RowProblem] = []
    seen: dict[tuple[str, str, str], int] = {}
    for line, cells in _rows(path, READS_HEADER, ("site",), problems):
        moment, problem = _moment(line, cells["submitted_at"])
        key = (cells["site"], cells["study_id"], cells["reader"].lower())
        if problem is None and key in seen:
            problem = RowProblem(
                line,
                "reader",
                cells["reader"],
                f"Reader {cells['reader']} has a verdict on study {cells['study_id']} on line {seen[key]} already; "
                "keep one of the two.",
            )
        if problem is None and len(cells["comment"]) > MAX_COMMENT:
            problem = RowProblem(
                line, "comment", "", f"The comment is longer than {MAX_COMMENT} characters; shorten it."
            )
        if problem:
            problems.append(problem)
            continue
        seen[key] = line
        texts = {name: cells[name] for name in (*READS_HEADER[:-1], "site")}
        rows.append(ReadRow(line=line, submitted_at=moment, **texts))
    return rows, problems


def read_readers(path: Path) -> list[ReaderRow]:
    """The people of a roster. Raises FileRefusedError on the first bad row: a round is opened whole or not at all."""
    problems: list[RowProblem] = []
    people = []
    seen: dict[str, int] = {}
    for line, cells in _rows(path, READERS_HEADER, ("site", "max_reads"), problems):
        cap = cells["max_reads"]
        if not cells["username"]:
            problems.append(RowProblem(line, "username", "", "The username is empty; every reader needs one."))
        elif cells["username"].lower() in seen:
            first = seen[cells["username"].lower()]
            message = f"The reader {cells['username']} stands on line {first} already; list each once."
            problems.append(RowProblem(line, "username", cells["username"], message))
        elif cap and not (cap.isdecimal() and int(cap) < 1_000_000):
            message = f"max_reads is {cap!r}; it must be a whole number, or empty for no limit."
            problems.append(RowProblem(line, "max_reads", cap, message))
        else:
            seen[cells["username"].lower()] = line
            texts = {name: cells[name] for name in (*READERS_HEADER, "site")}
            people.append(ReaderRow(line=line, max_reads=int(cap) if cap else None, **texts))
    if problems:
        raise FileRefusedError(f"{path.name}, line {problems[0].line}: {problems[0].message} No round was opened.")
    return people


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Writes a CSV of the contract (UTF-8, LF) once all rows are known; returns their number."""
    text = io.StringIO()
    count = write_csv(text, header, rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return count


def write_csv(file: io.StringIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Header and rows into an open text file, lines ending in LF; a last cell more than the header is the site.

    Returns the number of rows.
    """
    listed = list(rows)
    has_site = bool(listed) and len(listed[0]) > len(header)
    return tables.write_rows(file, (*header, "site") if has_site else header, listed)


def _rows(
    path: Path, required: Sequence[str], optional: Sequence[str], problems: list[RowProblem]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells (stripped; absent optional ones are "") of every row with the right number of cells."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    known = (*required, *optional)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, required, known)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                message = f"The row has {len(cells)} cells and the header {len(header)}; quote cells that hold a comma."
                problems.append(RowProblem(reader.line_num, "", "", message))
                continue
            found = dict(zip(header, (tables.as_meant(cell.strip()) for cell in cells), strict=True))
            yield reader.line_num, {name: found.get(name, "") for name in known}
    except csv.Error as error:
        raise FileRefusedError(f"{path.name}, line {reader.line_num}: not CSV as RFC 4180 has it ({error}).") from error


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileRefusedError(f"{path} cannot be read ({error.strerror}).") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileRefusedError(f"{path.name}, line {line}: not UTF-8; save the file as UTF-8.") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise FileRefusedError(f"{path.name}, line {line}: holds a NUL character; save the file as plain text.")
    return text


def _check_header(path: Path, header: Sequence[str], required: Sequence[str], known: Sequence[str]) -> None:
    missing = [name for name in required if name not in header]
    strange = [name for name in header if name not in known]
    if missing or strange or len(set(header)) != len(header):
        what = (
            f"lacks {', '.join(missing)}"
            if missing
            else f"has unknown or double columns ({', '.join(strange or header)})"
        )
        raise FileRefusedError(
            f"{path.name}, line 1: the header {what}; it must be {','.join(known)} (the last may lack)."
        )


def _moment(line: int, text: str) -> tuple[datetime | None, RowProblem | None]:
    if not text:
        return None, None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        message = f"submitted_at is {text!r}; it must be a date and time as 2026-03-01T10:32:00Z, or empty for now."
        return None, RowProblem(line, "submitted_at", text, message)
    return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)), None
