"""Which parts of a report speak to a machine instead of about a patient."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import yaml

from llm_extract.guards.hidden import folded, hiding_places
from llm_extract.rules.phrases import PhraseTable, expand, read_words
from llm_extract.rules.scopes import english
from llm_extract.sections import Span, split_sections, split_sentences

DATA = Path(__file__).with_name("injection.yaml")
# Data somebody pasted, and the marks of chat templates; what they stand in is not prose a radiologist dictated.
_PASTED = re.compile(
    r"```|\{[^{}]*[\"':][^{}]*\}|[{}]|<\s*\||\|\s*>|<\s*/?\s*(?!(?:br|p|b|i|u|li|ul|div|span|tr|td|xxxx)\b)[a-z_][a-z_-]{1,30}\s*/?\s*>|<\s*/?\s*[a-z]+[-_][0-9a-z]{4,}|</?s>|\[\s*/?\s*(?:inst|sys)\b|<<\s*/?\s*sys"
    r"|#{2,}\s*\w|-{3,}\s*(?:end|begin|begin)|={3,}\s*\w|<!--|/\*|(?:[a-z0-9+/]{40,}={0,2})"
)
_OPENING_MARK = re.compile(
    r"```|[{]|<\s*\||<\s*/?\s*[a-z_][a-z_-]{2,30}\s*>|<\s*/?\s*report|\[\s*/?\s*(?:inst|sys)\b|<<\s*/?\s*sys|#{2,}\s*\w|-{3,}\s*(?:end|begin)|={3,}\s*(?:end|begin|new|system)|<!--|</s>"
)
_PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n|\Z")
# A sentence needs so many common words of other languages to be taken for one.
_FOREIGN_SHARE = 3


class Speech(StrEnum):
    """Why a part of a report is taken to speak to a machine."""

    INSTRUCTION = "instruction"
    PRETENDED = "pretended"  # follows a pretended turn, report or list of answers
    PASTED = "pasted"  # data, code, or marks of a chat template
    HIDDEN = "hidden"  # characters that hide something
    FOREIGN = "foreign"  # another language inside an English report


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A stretch of the report, `text[start:end]`, that is no evidence of anything."""

    start: int
    end: int
    why: Speech


@dataclass(frozen=True)
class _Signs:
    """The data file, ready to be found."""

    table: PhraseTable
    foreign: frozenset[str]
    english: frozenset[str]


@lru_cache(maxsize=1)
def _signs() -> _Signs:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    table = PhraseTable()
    for value, kind in enumerate(("instructions", "openers")):
        for pattern in data[kind]:
            for stems in expand(pattern.replace("':'", ":"), {}):
                if stems:
                    table.add(stems, value)
    return _Signs(table, frozenset(data["foreign"]), frozenset(data["english"]))


@lru_cache(maxsize=512)
def suspicions(text: str) -> tuple[Suspicion, ...]:
    """Return the parts of a report that speak to a machine, whole sentences, in order, never overlapping.

    An instruction takes its sentence; a pretended turn or report takes what follows it too, to the end of its paragraph. The
    text is read as a person would see it: look-alike letters are the letters they imitate, tags the letters they hide.
    """
    found = list(_found(text))
    if not found:
        return ()
    merged: list[Suspicion] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if merged and one.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Suspicion(last.start, max(last.end, one.end), last.why)
        else:
            merged.append(one)
    return tuple(merged)


def _found(text: str) -> Iterator[Suspicion]:
    """Yield each sign with the stretch it takes."""
    seen, places = folded(text)
    hits = [*(hit for hit in _phrases(seen) if not (hit[2] and _is_last(seen, hit[1]))), *_pasted(seen)]
    stretches = [
        (start if places is None else places[start], end if places is None else places[end - 1] + 1, opens, why)
        for start, end, opens, why in hits
    ]
    stretches += [(start, end, False, Speech.HIDDEN) for start, end in hiding_places(text)]
    sentences = _sentences(text) if stretches or not text.isascii() or _may_be_foreign(seen) else []
    for start, end, opens, why in stretches:
        yield _widened(text, sentences, start, end, opens=opens, why=why)
    yield from _foreign(text, sentences)


def _is_last(seen: str, end: int) -> bool:
    """Say whether nothing is said after this place ("END OF REPORT" closes many honest reports)."""
    return not any(character.isalpha() for character in seen[end:])


def _phrases(seen: str) -> Iterator[tuple[int, int, bool, Speech]]:
    """Yield where phrases to a machine stand in the folded text, each within one line of thought."""
    words = read_words(seen)
    for match in _signs().table.find(words.stems, bytearray(len(words.stems))):
        start, end = words.spans[match.start][0], words.spans[match.end - 1][1]
        if re.search(r"[.!?]\s|\n\s*\n", seen[start:end]):
            continue
        opens = 1 in match.values
        yield start, end, opens, Speech.PRETENDED if opens else Speech.INSTRUCTION
    yield from _rules_phrases(seen, words.stems)


def _rules_phrases(seen: str, stems: Sequence[str]) -> Iterator[tuple[int, int, bool, Speech]]:
    """Yield the sentences the rules engine takes for instructions by its own data."""
    language = english()
    if not language.is_instruction(stems):
        return
    for sentence in _sentences(seen):
        if language.is_instruction(read_words(seen, sentence.start, sentence.end).stems):
            yield sentence.start, sentence.end, False, Speech.INSTRUCTION


def _pasted(seen: str) -> Iterator[tuple[int, int, bool, Speech]]:
    """Yield where pasted data and template marks stand in the folded text."""
    for match in _PASTED.finditer(seen):
        yield match.start(), match.end(), bool(_OPENING_MARK.match(match[0])), Speech.PASTED


def _sentences(text: str) -> list[Span]:
    """Return every sentence of the text, whatever its section."""
    return [sentence for section in split_sections(text) for sentence in split_sentences(text, section)]


def _widened(text: str, sentences: Sequence[Span], start: int, end: int, *, opens: bool, why: Speech) -> Suspicion:
    """Return the whole sentences a sign stands in; with what follows in the section's paragraph, where it opens something."""
    touched = [sentence for sentence in sentences if sentence.start < end and start < sentence.end]
    first = min((sentence.start for sentence in touched), default=start)
    last = max((sentence.end for sentence in touched), default=end)
    if opens:
        stop = _PARAGRAPH_END.search(text, end)
        last = max(last, stop.start() if stop else len(text))
    return Suspicion(min(first, start), max(last, end), why)


def _may_be_foreign(seen: str) -> bool:
    return len(_signs().foreign.intersection(seen.split())) >= _FOREIGN_SHARE


def _foreign(text: str, sentences: Sequence[Span]) -> Iterator[Suspicion]:
    """Yield sentences of another language, where most of the report is English."""
    signs = _signs()
    kinds: list[tuple[Span, int, int]] = []
    for sentence in sentences:
        words = set(folded(text[sentence.start : sentence.end])[0].replace(",", " ").replace(".", " ").split())
        kinds.append((sentence, len(words & signs.foreign), len(words & signs.english)))
    if sum(home > away for _, away, home in kinds) * 2 <= sum(away > home for _, away, home in kinds):
        return
    for sentence, away, home in kinds:
        if away >= _FOREIGN_SHARE and away > home:
            yield Suspicion(sentence.start, sentence.end, Speech.FOREIGN)
    yield from _other_scripts(text, sentences)


def _other_scripts(text: str, sentences: Sequence[Span]) -> Iterator[Suspicion]:
    """Yield sentences written in another script than Latin."""
    if text.isascii():
        return
    for sentence in sentences:
        if _is_strange(text[sentence.start : sentence.end]):
            yield Suspicion(sentence.start, sentence.end, Speech.FOREIGN)


def is_english(text: str) -> bool:
    """Say whether a report can be read by rules for English: not mostly in another language or script."""
    signs = _signs()
    words = folded(text)[0].replace(",", " ").replace(".", " ").split()
    away, home = sum(word in signs.foreign for word in words), sum(word in signs.english for word in words)
    if away >= _FOREIGN_SHARE and away > home:
        return False
    return text.isascii() or not _is_strange(text)


def _is_strange(text: str) -> bool:
    """Say whether a third of the letters are of another script than Latin."""
    letters = [letter for letter in text if letter.isalpha()]
    strange = sum(letter > "\u036f" and not "\u1e00" <= letter <= "\u1eff" for letter in letters)
    return strange > 3 and strange * 3 > len(letters)


def blanked(text: str, spans: Sequence[Suspicion]) -> str:
    """Return the text with the spans blanked out, every other character in its place."""
    for span in spans:
        kept_lines = "".join("\n" if character == "\n" else " " for character in text[span.start : span.end])
        text = text[: span.start] + kept_lines + text[span.end :]
    return text
