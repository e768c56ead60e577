"""What the labels of fields announce ("Technologist: …", "<PatientName>…"), by the list of them in `lexicon/labels.txt`."""

import re
from collections.abc import Iterator
from enum import StrEnum

from cases.gate.report.report_words import Words
from cases.gate.words import lines_of

_AFTER_A_LABEL = re.compile(
    r"""(?:\(s\))?["'’.)]{0,2}(?:[ \t]?[1-4])?[ \t]*(?:[:=>#(]|\t|[-–—]{1,2}(?=[ \t])|\.{2,}(?=[ \t:]))"""
    r"""[ \t:=>#]*(?:["']?[ \t]*)"""
)
_VALUE_BEHIND_BLANKS = re.compile(r"[ ]{2,20}(?=[^\W\d_])")
_SIGNS = frozenset("(:=>#\t-–—\"'’.) ")
_WITHIN_A_LABEL = re.compile(r"[ \t._/'’-]{0,3}|'s |’s ")
_LONGEST = 4  # words of a label


class Announced(StrEnum):
    """What a label announces."""

    WHO = "who"
    CALLED = "called"
    NAMED = "named"
    INITIALS = "initials"
    TYPED = "typed"
    WHERE = "where"
    TOWN = "town"
    WORK = "work"
    NOTHING = "nothing"


Field = tuple[Announced, int]  # what a label announces, and where its value begins


def _read() -> dict[str, Announced]:
    found: dict[str, Announced] = {}
    for line in lines_of("labels"):
        kind, labels = line.split(":", 1)
        for label in labels.split(";"):
            found.setdefault(label.replace(" ", "").strip(), Announced(kind))
    return found


_LABELS = _read()
_LAST_WORDS = frozenset(
    label.split(" ")[-1]
    for line in lines_of("labels")
    for label in line.split(":", 1)[1].replace("; ", ";").strip().split(";")
)
_ENDINGS = _LAST_WORDS | frozenset(_LABELS)


def labels(words: Words) -> Iterator[Field]:
    """Yield what each label of the text announces, and where its value begins."""
    has_stroke = "/" in words.text
    for at, word in enumerate(words.low):
        if (word in _ENDINGS or "-" in word or (has_stroke and _is_behind_a_label(words, at))) and words.text[
            words.ends[at] : words.ends[at] + 1
        ] in _SIGNS:
            if words.text[words.ends[at] : words.ends[at] + 2] == "  " and (column := _in_columns(words, at)):
                yield column
                continue
            sign = _AFTER_A_LABEL.match(words.text, words.ends[at])
            kind = _kind(words, at) if sign else None
            if sign and kind is None and has_stroke and _is_behind_a_label(words, at):
                kind = _kind(words, at - 1)
            if sign and kind not in {None, Announced.NOTHING}:
                yield kind, sign.end()


def _is_behind_a_label(words: Words, at: int) -> bool:
    """Say whether a short word is behind a label and a stroke, so that both are one: "Tech/RA: …"."""
    is_short = at > 0 and len(words.low[at]) < 5 and words.text[words.starts[at] - 1] == "/"
    return is_short and words.ends[at - 1] == words.starts[at] - 1 and words.low[at - 1] in _ENDINGS


def _in_columns(words: Words, at: int) -> Field | None:
    """A label that opens its line, its value behind blanks alone: "Name    Purdy, W."."""
    line = words.text.rfind("\n", 0, words.ends[at]) + 1
    kind = _kind(words, at)
    value = _VALUE_BEHIND_BLANKS.match(words.text, words.ends[at])
    opens = (
        all(start >= line for start in words.starts[at : at + 1]) and len(words.text[line : words.ends[at]].split()) < 4
    )
    return (kind, value.end()) if kind not in {None, Announced.NOTHING} and opens and value else None


def _kind(words: Words, at: int) -> Announced | None:
    """What the label that ends with this word announces: the longest that is known decides."""
    label = words.low[at].replace("-", "")
    found = _LABELS.get(label)
    for before in range(at - 1, max(-1, at - _LONGEST), -1):
        if not _WITHIN_A_LABEL.fullmatch(words.text, words.ends[before], words.starts[before + 1]):
            break
        label = words.low[before].replace("-", "") + label
        found = _LABELS.get(label, found)
    return found
