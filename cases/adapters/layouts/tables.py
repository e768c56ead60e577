"""Tables that lie beside pictures: CSV or TSV, plain or gzip, read row by row, with what is wrong said."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cases.adapters.layouts.contents import Contribution
from cases.adapters.layouts.tree import BROKEN, TooLongError, opened
from cases.contribution import Problem, SourceFile

MAX_TABLE_BYTES = 1024**3  # unpacked
_MAX_FIELD = 1024**2  # characters
_BAD_ROWS_TOLD = 20


@dataclass(frozen=True)
class Row:
    """One row: its line, and its cells by column; columns without a name are left out."""

    line: int
    cells: dict[str, str]


def header_of(file: SourceFile) -> list[str]:
    """The column names of a table; empty when it is none."""
    try:
        with opened(file, limit=MAX_TABLE_BYTES) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
            return [name.strip() for name in next(_reader(text, file), [])]
    except (*BROKEN, TooLongError, csv.Error):
        return []


def read_table(file: SourceFile, required: Sequence[str], contribution: Contribution) -> Iterator[Row]:
    """The rows that have a cell for every column. A table that lacks a column, or breaks off, and rows that break the
    rule become refused problems of the contribution.
    """
    bad_rows = 0
    try:
        with opened(file, limit=MAX_TABLE_BYTES) as stream:
            lines = _reader(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=""), file)
            header = [name.strip() for name in next(lines, [])]
            if missing := [name for name in required if name not in header]:
                _refuse(contribution, file, "header", f"The header lacks {' and '.join(missing)}.", line=1)
                return
            for cells in lines:
                if len(cells) == len(header):
                    yield Row(
                        lines.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name}
                    )
                elif cells and (bad_rows := bad_rows + 1) <= _BAD_ROWS_TOLD:
                    rule = f"Line {lines.line_num}: the row has {len(cells)} fields, the header {len(header)}."
                    _refuse(contribution, file, "columns", rule, line=lines.line_num)
    except (*BROKEN, TooLongError, csv.Error) as error:
        told = f"{error}" if isinstance(error, TooLongError | csv.Error) else type(error).__name__
        _refuse(contribution, file, "unreadable", f"The table cannot be read to its end ({told}).")
    if bad_rows > _BAD_ROWS_TOLD:
        _refuse(
            contribution, file, "columns", f"{bad_rows - _BAD_ROWS_TOLD:,} more rows have another number of fields."
        )


def _reader(text: io.TextIOWrapper, file: SourceFile) -> Any:  # csv.reader, whose type has no public name
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_FIELD))
    return csv.reader(text, delimiter="\t" if ".tsv" in file.name.lower() else ",")


def _refuse(contribution: Contribution, file: SourceFile, kind: str, message: str, line: int | None = None) -> None:
    contribution.refused.append(Problem(kind, file.name, message, line=line))
