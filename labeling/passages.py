"""A report cut into passages, those a suggestion rests on marked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """A piece of the report, and whether a suggestion rests on it."""

    text: str
    is_evidence: bool


def passages(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Passage, ...]:
    """``text`` cut at the ``spans`` (start, end in characters; overlaps are joined, what lies outside is cut)."""
    pieces: list[Passage] = []
    place = 0
    for start, end in sorted((max(0, start), min(len(text), end)) for start, end in spans):
        if end <= max(start, place):
            continue
        begin = max(start, place)
        if begin > place:
            pieces.append(Passage(text[place:begin], is_evidence=False))
        if pieces and pieces[-1].is_evidence:
            pieces[-1] = Passage(pieces[-1].text + text[begin:end], is_evidence=True)
        else:
            pieces.append(Passage(text[begin:end], is_evidence=True))
        place = end
    if place < len(text):
        pieces.append(Passage(text[place:], is_evidence=False))
    return tuple(pieces)


def pairs(flat: Sequence[int]) -> list[tuple[int, int]]:
    """``[start, end, start, end, …]`` as pairs; a last odd number is left out."""
    return list(zip(flat[::2], flat[1::2], strict=False))
