"""Worked answers as CSV: study_id,labels,explanation and, where needed, site. Bad rows are told by line."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.adapters.tables import BadRow, read_table

HEADER = ("study_id", "labels")
OPTIONAL = ("explanation", "site")
MAX_EXPLANATION = 10_000


@dataclass(frozen=True)
class AnswerRow:
    """One worked answer; ``labels`` are keys in the file's order."""

    line: int
    study_id: str
    site: str
    labels: tuple[str, ...]
    explanation: str


def read_answers(
    source: Path | IO[bytes], *, name: str, labels: Collection[str]
) -> tuple[list[AnswerRow], list[tuple[int, str]]]:
    """The good rows, and (line, sentence) of each bad one. Raises TableError when the file cannot be used at all."""
    rows: list[AnswerRow] = []
    problems: list[tuple[int, str]] = []
    for row in read_table(source, name=name, required=HEADER, optional=OPTIONAL):
        if isinstance(row, BadRow):
            problems.append((row.line, row.message))
            continue
        keys = tuple(filter(None, (key.strip() for key in row.get("labels").split(";"))))
        unknown = [key for key in keys if key not in labels]
        if unknown:
            problems.append(
                (row.line, f"{name}, line {row.line}: there is no label {unknown[0]!r}; allowed: {', '.join(labels)}.")
            )
        elif not row.get("study_id"):
            problems.append((row.line, f"{name}, line {row.line}: study_id is empty; name the study."))
        elif len(row.get("explanation")) > MAX_EXPLANATION:
            problems.append((row.line, f"{name}, line {row.line}: the explanation is longer than {MAX_EXPLANATION}."))
        else:
            rows.append(AnswerRow(row.line, row.get("study_id"), row.get("site"), keys, row.get("explanation")))
    return rows, problems
