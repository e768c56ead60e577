"""CSV tables of the product's contracts: UTF-8 with a header, RFC 4180. Bad rows are told apart from good ones."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

MAX_FIELD = 4 * 1024**2
# What spreadsheets run (OWASP, CSV injection). After a sign only what calls something is: "-pleural_effusion" is a correction.
_FORMULA = re.compile(r"[=@\t\r\n]|[+-].*[(|!]", re.DOTALL)
_LONE_RETURN = re.compile(r"\r(?!\n)")


class TableError(ValueError):
    """The file as a whole cannot be used; the text names file, value and rule."""


@dataclass(frozen=True)
class Row:
    """One good row: its line in the file (the header is line 1) and its cells by column, stripped."""

    line: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """The cell, or empty when the file has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class BadRow:
    """One row that breaks a rule of the format. ``value`` never holds free text of a cell."""

    line: int
    kind: str
    column: str
    value: str
    message: str


def read_table(
    source: Path | IO[bytes], *, name: str, required: Sequence[str], optional: Sequence[str] = (), extra: bool = False
) -> Iterator[Row | BadRow]:
    """Yields the rows of a CSV file, streamed, good and bad.

    Raises TableError when the file cannot be opened or its header lacks a required column or, unless ``extra``, has
    one that is not known. A row with a wrong number of cells, or bytes that are not UTF-8, is a BadRow.
    """
    if isinstance(source, Path):
        try:
            binary: IO[bytes] = source.open("rb")
        except OSError as error:
            raise TableError(f"{name} cannot be read: {error.strerror}.") from error
        with binary:
            yield from _rows(binary, name, required, optional, extra=extra)
    else:
        yield from _rows(source, name, required, optional, extra=extra)


def _rows(
    binary: IO[bytes], name: str, required: Sequence[str], optional: Sequence[str], *, extra: bool
) -> Iterator[Row | BadRow]:
    # surrogateescape keeps undecodable bytes visible, so that one bad row does not lose the others.
    text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(text, strict=True)
    try:
        header = [column.strip() for column in next(reader)]
    except StopIteration:
        raise TableError(f"{name} is empty; it needs the header {','.join(required)}.") from None
    except csv.Error as error:
        raise TableError(f"{name}, line 1: not CSV ({error}).") from error
    _check_header(header, name, required, optional, extra=extra)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield BadRow(line, "csv", "", "", f"{name}, line {line}: not CSV ({error}); the row is skipped.")
            continue
        if cells and any(cell.strip() for cell in cells):
            yield _row(line, header, cells, name)
    text.detach()


def _check_header(
    header: list[str], name: str, required: Sequence[str], optional: Sequence[str], *, extra: bool
) -> None:
    for column in required:
        if column not in header:
            raise TableError(
                f"{name}, line 1: the header has no column {column!r}; it needs {','.join(required)}"
                + (f" and may have {','.join(optional)}." if optional else ".")
            )
    if len(set(header)) != len(header):
        twice = next(column for column in header if header.count(column) > 1)
        raise TableError(f"{name}, line 1: the header names the column {twice!r} twice.")
    unknown = [column for column in header if column not in (*required, *optional)]
    if unknown and not extra:
        raise TableError(
            f"{name}, line 1: the header has an unknown column {unknown[0]!r}; known: {','.join((*required, *optional))}."
        )


def _row(line: int, header: list[str], cells: list[str], name: str) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(
            line,
            "cells",
            "",
            str(len(cells)),
            f"{name}, line {line}: {len(cells)} cells where the header has {len(header)}; check quotes and commas.",
        )
    for column, cell in zip(header, cells, strict=True):
        if any("\udc80" <= character <= "\udcff" for character in cell):
            return BadRow(
                line,
                "encoding",
                column,
                "",
                f"{name}, line {line}, {column}: bytes that are not UTF-8; save the file as UTF-8.",
            )
        if "\x00" in cell:
            return BadRow(line, "nul", column, "", f"{name}, line {line}, {column}: a NUL byte; remove it.")
    return Row(line, {column: as_meant(cell.strip()) for column, cell in zip(header, cells, strict=True)})


def inert(cell: object) -> object:
    """The cell as it is written: text that a spreadsheet would take for a formula begins with an apostrophe; None is empty."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    cell = _LONE_RETURN.sub("\n", cell)  # which `csv` writes without quotes, and reads as the end of a row
    return f"'{cell}" if _FORMULA.match(cell.lstrip("'")) else cell


def as_meant(cell: str) -> str:
    """The cell as it was before ``inert``."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell.lstrip("'")) else cell


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Writes a contract CSV (UTF-8, LF) and returns the number of rows. The file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        count = write_rows(file, header, rows)
    partial.replace(path)
    return count


def write_rows(file: IO[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Writes header and rows to an open text file; returns the number of rows."""
    count = -1
    for line in csv_lines(header, rows):
        file.write(line)
        count += 1
    return count


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yields the header and each row as a line of CSV, ended by LF, in which no spreadsheet runs anything."""
    writer = csv.writer(_Line(), lineterminator="\n")
    for row in chain([header], rows):
        yield writer.writerow([inert(cell) for cell in row])


class _Line:
    """What csv.writer writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line
