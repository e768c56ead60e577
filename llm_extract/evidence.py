"""Cutting a report into plain and highlighted parts, so that a page can show what a suggestion rests on."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TextPart:
    """A piece of the report; ``is_evidence`` pieces are shown highlighted."""

    text: str
    is_evidence: bool


def highlight(text: str, spans: Iterable[tuple[int, int]]) -> list[TextPart]:
    """The text in order, cut at the edges of ``spans`` (start, end in characters; they may overlap or lie outside).

    The parts joined give the text back.
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(len(text), end)) for start, end in spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    parts = []
    place = 0
    for start, end in merged:
        parts += [TextPart(text[place:start], is_evidence=False), TextPart(text[start:end], is_evidence=True)]
        place = end
    parts.append(TextPart(text[place:], is_evidence=False))
    return [part for part in parts if part.text]
