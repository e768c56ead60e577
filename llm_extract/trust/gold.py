"""Gold sets: what people say of each study, read from a CSV in long or wide form; bad rows are named, good ones kept.

Long: `study_id[,site],label,status` with status present, absent or uncertain. Wide: `study_id[,site],<label key>…` with
cells 1, 0, -1 (present, absent, uncertain) or empty (not judged). What no row or cell speaks of is not judged, which is not
absent.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO

from core.adapters.tables import BadRow, Row, TableError, read_table
from llm_extract.findings import Status

_WIDE = {"1": Status.PRESENT, "0": Status.ABSENT, "-1": Status.UNCERTAIN}
_WIDE_FORMS = {**_WIDE, **{f"{key}.0": status for key, status in _WIDE.items()}}
_SHOWN = 80


@dataclass(frozen=True, order=True, slots=True)
class StudyKey:
    """A study as the file names it; `site` is empty where the file has none."""

    study_id: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row or column that breaks a rule: where, which value, and the whole sentence."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True)
class GoldSet:
    """The judged labels of each study, and what was refused."""

    studies: Mapping[StudyKey, Mapping[str, Status]]
    refused: tuple[Refusal, ...] = ()

    @property
    def n_cells(self) -> int:
        """How many labels of how many studies were judged in all."""
        return sum(len(cells) for cells in self.studies.values())


@dataclass
class _Reading:
    """A gold set while it is read."""

    name: str
    labels: tuple[str, ...]
    studies: dict[StudyKey, dict[str, Status]] = field(default_factory=dict)
    lines: dict[tuple[StudyKey, str], int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, line: int, column: str, value: str, rule: str) -> None:
        """Keep a refusal."""
        shown = value[:_SHOWN]
        self.refused.append(Refusal(line, column, shown, f"{self.name}, line {line}: {column} is {shown!r}; {rule}"))


def read_gold(source: Path | IO[bytes], *, name: str, labels: Collection[str]) -> GoldSet:
    """Return the gold set of a CSV file; `labels` are the taxonomy's keys.

    The form is told by the header: long where it has the columns `label` and `status`. Raises TableError when the file as a whole
    cannot be used: unreadable, no `study_id`, or a wide header without a single known label.
    """
    reading = _Reading(name, tuple(labels))
    rows = iter(read_table(source, name=name, required=("study_id",), extra=True))
    first = next(rows, None)
    good = _good(rows, first, reading)
    opening = next(good, None)
    if opening is not None:
        is_long = {"label", "status"} <= opening.cells.keys()
        columns = () if is_long else _label_columns(opening, reading)
        for row in _again(opening, good):
            study = _study(row, reading)
            if study is not None:
                _take_long(row, study, reading) if is_long else _take_wide(row, study, columns, reading)
    return GoldSet(
        MappingProxyType({study: MappingProxyType(cells) for study, cells in reading.studies.items()}),
        tuple(sorted(reading.refused, key=lambda refusal: refusal.line)),
    )


def _again(first: Row, rest: Iterable[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def _good(rows: Iterable[Row | BadRow], first: Row | BadRow | None, reading: _Reading) -> Iterator[Row]:
    """Yield the rows that are CSV, and keep what is said of the others."""
    for row in (*([first] if first is not None else []), *rows):
        if isinstance(row, BadRow):
            reading.refused.append(Refusal(row.line, row.column, row.value, row.message))
        else:
            yield row


def _label_columns(row: Row, reading: _Reading) -> tuple[str, ...]:
    """Return the columns that are labels; refuse each other one by name."""
    columns = [column for column in row.cells if column not in {"study_id", "site"}]
    known = tuple(column for column in columns if column in reading.labels)
    if not known:
        raise TableError(
            f"{reading.name}, line 1: the header has neither the columns label and status nor a label of the taxonomy; "
            f"its labels: {', '.join(reading.labels)}."
        )
    for column in columns:
        if column not in known:
            reading.refuse(
                1,
                "header",
                column,
                f"no label of the taxonomy, the column is left out; allowed: {', '.join(reading.labels)}.",
            )
    return known


def _study(row: Row, reading: _Reading) -> StudyKey | None:
    """Return the study of a row, or refuse the row."""
    study_id = row.get("study_id")
    if not study_id or len(study_id) > 128:
        reading.refuse(
            row.line, "study_id", study_id, "it must be the site's identifier of a study, 1 to 128 characters."
        )
        return None
    return StudyKey(study_id, row.get("site"))


def _take_long(row: Row, study: StudyKey, reading: _Reading) -> None:
    """Add one judged label, or refuse the row."""
    label, status = row.get("label"), row.get("status")
    if label not in reading.labels:
        reading.refuse(row.line, "label", label, f"allowed: {', '.join(reading.labels)}.")
    elif status not in set(Status):
        reading.refuse(row.line, "status", status, f"it must be one of {', '.join(Status)}.")
    elif (study, label) in reading.lines:
        before = reading.lines[study, label]
        reading.refuse(
            row.line, "label", label, f"study {study.study_id} is judged for it on line {before} already; keep one."
        )
    else:
        reading.lines[study, label] = row.line
        reading.studies.setdefault(study, {})[label] = Status(status)


def _take_wide(row: Row, study: StudyKey, columns: tuple[str, ...], reading: _Reading) -> None:
    """Add a study's judged labels, or refuse the row."""
    if (study, "") in reading.lines:
        before = reading.lines[study, ""]
        reading.refuse(row.line, "study_id", study.study_id, f"the study is on line {before} already; keep one row.")
        return
    cells: dict[str, Status] = {}
    for column in columns:
        value = row.get(column)
        if value and value not in _WIDE_FORMS:
            reading.refuse(
                row.line, column, value, "a cell is 1 (present), 0 (absent), -1 (uncertain) or empty (not judged)."
            )
            return
        if value:
            cells[column] = _WIDE_FORMS[value]
    reading.lines[study, ""] = row.line
    reading.studies[study] = cells
