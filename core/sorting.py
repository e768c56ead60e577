"""Tables that a page can sort by an address and give as CSV: their rows as plain cells, and the order asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

NUMBER = re.compile(r"[-+−±<>]?\s*(\d[\d\u202f]*(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Table:
    """A table by a name that is its own on the page; the first cell of each row is its heading.

    ``sort`` is how the rows stand, as an address says it: ``name:2`` by the third column, ``-name:2`` from the top down,
    empty as they were given.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    sort: str = ""

    @classmethod
    def of(cls, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
        """The table of these rows, as they are."""
        return cls(name, tuple(columns), tuple(tuple(row) for row in rows))

    def key_of(self, column: int) -> str:
        """How an address names a column."""
        return f"{self.name}:{column}"

    def is_of_numbers(self, column: int) -> bool:
        """Whether the column is to be read as figures: no cell that says something begins with a word."""
        return all(_is_nothing(row[column]) or _rank(row[column])[0] == 0 for row in self.rows)

    def in_order(self, asked: str) -> Table:
        """The rows in the order asked for; as they are where another table, or nothing that there is, was asked for.

        Numbers come before words, words by the alphabet, and what is empty or undefined last in either direction.
        """
        column = next((place for place in range(len(self.columns)) if asked.lstrip("-") == self.key_of(place)), None)
        if column is None:
            return self
        known = [row for row in self.rows if not _is_nothing(row[column])]
        nothing = [row for row in self.rows if _is_nothing(row[column])]
        known.sort(key=lambda row: _rank(row[column]), reverse=asked.startswith("-"))
        return replace(self, rows=(*known, *nothing), sort=asked)


def in_words(cell: object) -> str:
    """A cell as a page writes it: whole numbers in groups of three, others as short as they are, nothing as a dash."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, float):
        return f"{cell:g}".replace("-", "−")
    return f"{cell:,}".replace(",", "\u202f").replace("-", "−") if isinstance(cell, int) else str(cell)


def _is_nothing(cell: object) -> bool:
    return cell is None or cell == "" or str(cell).startswith(("undefined", "–"))


def _rank(cell: object) -> tuple[int, float, str]:
    """Numbers by size, also those at the head of words ("12 of 30"); then words."""
    if isinstance(cell, int | float):
        return (0, float(cell), "")
    text = str(cell).strip()
    found = NUMBER.match(text)
    if found is None:
        return (1, 0.0, text.casefold())
    size = float(found.group(1).replace("\u202f", ""))
    return (0, -size if text[0] in "-−" else size, text.casefold())
