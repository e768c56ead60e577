"""Cutting a report where what rests on it begins and ends, so that a page can light up one suggestion's words alone. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Piece:
    """A piece of the report: the names of what rests on it, and those among them that begin here."""

    text: str
    names: tuple[str, ...]
    begins: tuple[str, ...]


def cut(text: str, spans: Mapping[str, Iterable[tuple[int, int]]]) -> list[Piece]:
    """The text in order, cut at every edge of the named spans (start, end in characters; they may overlap or lie outside).

    The pieces joined give the text back. A name begins once: at the first piece of its first span.
    """
    inside = {
        name: [(max(0, start), min(len(text), end)) for start, end in pairs if max(0, start) < min(len(text), end)]
        for name, pairs in spans.items()
    }
    edges = sorted({0, len(text), *(edge for pairs in inside.values() for pair in pairs for edge in pair)})
    first = {name: min(start for start, _ in pairs) for name, pairs in inside.items() if pairs}
    return [
        Piece(
            text[start:end],
            tuple(name for name, pairs in inside.items() if any(a <= start and end <= b for a, b in pairs)),
            tuple(name for name, place in first.items() if place == start),
        )
        for start, end in pairwise(edges)
    ]
