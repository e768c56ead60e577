"""Which parts of a report speak to a machine instead of about a patient."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import yaml

from core.hidden import folded, hiding_places, mixed_words
from llm_extract.guards.pretending import pretended
from llm_extract.guards.retelling import retold
from llm_extract.guards.speaking import Reach, Sign, Speech, corrections, is_correction, spoken
from llm_extract.rules.phrases import PhraseTable, expand, read_words
from llm_extract.sections import Span, split_sections, split_sentences

DATA = Path(__file__).with_name("injection.yaml")
_PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n|\Z")
# A phrase that runs over one of these is two phrases: a stop, a blank line, or a line that begins with a heading.
_OTHER_STATEMENT = re.compile(r"[.!?;]\s|\n\s*\n|\n[ \t]*[a-z][a-z ]{0,40}:")
# A sentence needs so many common words of other languages to be taken for one.
_FOREIGN_SHARE = 3


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A stretch of the report, `text[start:end]`, that speaks to a machine.

    What is discounted is no evidence of anything; what is not, an honest report may say as well.
    """

    start: int
    end: int
    why: Speech
    is_discounted: bool = True


@dataclass(frozen=True, slots=True)
class Tongues:
    """The sentences of a report mostly in another language: plainly English, plainly not, and too short to tell."""

    english: tuple[Span, ...]
    foreign: tuple[Span, ...]
    unclear: tuple[Span, ...]


@dataclass(frozen=True)
class _Phrases:
    """The data file, ready to be found."""

    table: PhraseTable
    foreign: frozenset[str]
    english: frozenset[str]
    english_alone: frozenset[str]


_REACHES = (Reach.SENTENCE, Reach.NOTED)


@lru_cache(maxsize=1)
def _signs() -> _Phrases:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    table = PhraseTable()
    for value, kind in enumerate(("instructions", "noted")):
        for pattern in data[kind]:
            for stems in expand(pattern, {}):
                table.add(stems, value)
    return _Phrases(table, frozenset(data["foreign"]), frozenset(data["english"]), frozenset(data["english_alone"]))


@lru_cache(maxsize=512)
def suspicions(text: str) -> tuple[Suspicion, ...]:
    """Return the parts of a report that speak to a machine, whole sentences, in order; those discounted never overlap.

    A sign takes its sentence; a pretended turn or report takes what follows it too, to the end of its paragraph, and never
    past a heading of the report. What an honest report may say as well is named and not discounted. The text is read as a
    person would see it: look-alike letters are the letters they imitate, tags the letters they hide.
    """
    found = sorted(_found(text), key=lambda each: (not each.is_discounted, each.start, -each.end))
    merged: list[Suspicion] = []
    for one in found:
        last = merged[-1] if merged else None
        if last is not None and last.is_discounted is one.is_discounted and one.start < last.end:
            merged[-1] = replace(last, end=max(last.end, one.end))
        elif one.is_discounted or not any(one.start < other.end and other.start < one.end for other in merged):
            merged.append(one)
    return tuple(sorted(merged, key=lambda each: each.start))


def discounted(spans: Sequence[Suspicion]) -> tuple[Suspicion, ...]:
    """Return those that are no evidence."""
    return tuple(one for one in spans if one.is_discounted)


def _found(text: str) -> Iterator[Suspicion]:
    """Yield each sign with the stretch it takes."""
    seen, places = folded(text)
    signs = [*_phrases(seen), *spoken(seen), *retold(seen), *pretended(seen)]
    if places is not None:
        signs = [replace(one, start=places[one.start], end=places[one.end - 1] + 1) for one in signs]
        signs += [Sign(start, end, Speech.HIDDEN, Reach.BLOCK) for start, end in hiding_places(text)]
        signs += [Sign(start, end, Speech.HIDDEN, Reach.SENTENCE) for start, end in mixed_words(text)]
    if not signs and text.isascii() and not _may_be_foreign(seen):
        return
    sections = split_sections(text)
    sentences = [sentence for section in sections for sentence in split_sentences(text, section)]
    for one in signs:
        yield _widened(text, sections, sentences, one)
    yield from _foreign(text, sentences)


def _phrases(seen: str) -> Iterator[Sign]:
    """Yield where phrases to a machine stand in the folded text, each within one sentence, on one line or one that goes on."""
    words = read_words(seen)
    honest: tuple[tuple[int, int], ...] | None = None
    for match in _signs().table.find(words.stems, bytearray(len(words.stems))):
        start, end = words.spans[match.start][0], words.spans[match.end - 1][1]
        if _OTHER_STATEMENT.search(seen, start, end):
            continue
        honest = corrections(seen) if honest is None else honest
        if not is_correction(honest, start, end):
            yield Sign(start, end, Speech.INSTRUCTION, _REACHES[min(match.values)])


def _widened(text: str, sections: Sequence[Span], sentences: Sequence[Span], sign: Sign) -> Suspicion:
    """Return the whole sentences a sign stands in; with what follows in the section's paragraph, where it opens something."""
    touched = [sentence for sentence in sentences if sentence.start < sign.end and sign.start < sentence.end]
    first = min((sentence.start for sentence in touched), default=sign.start)
    last = max((sentence.end for sentence in touched), default=sign.end)
    if sign.reach is Reach.BLOCK:
        stop = _PARAGRAPH_END.search(text, sign.end)
        paragraph = stop.start() if stop else len(text)
        section = next((one.end for one in sections if one.end >= sign.end), len(text))
        last = max(last, min(paragraph, section))
    return Suspicion(min(first, sign.start), max(last, sign.end), sign.why, sign.reach is not Reach.NOTED)


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
    """Yield sentences written in another script than Latin, each to the end of its line."""
    if text.isascii():
        return
    for sentence in sentences:
        if _is_strange(text[sentence.start : sentence.end]):
            line_end = text.find("\n", sentence.end)
            yield Suspicion(sentence.start, line_end if line_end >= 0 else len(text), Speech.FOREIGN)


def is_english(text: str) -> bool:
    """Say whether a report can be read by rules for English: not mostly in another language or script."""
    signs = _signs()
    words = folded(text)[0].replace(",", " ").replace(".", " ").split()
    away, home = sum(word in signs.foreign for word in words), sum(word in signs.english for word in words)
    if away >= _FOREIGN_SHARE and away > home:
        return False
    return text.isascii() or not _is_strange(text)


def tongues(text: str) -> Tongues:
    """Return the sentences of a report by their language, told by common words and script."""
    signs = _signs()
    english: list[Span] = []
    foreign: list[Span] = []
    unclear: list[Span] = []
    for sentence in (one for section in split_sections(text) for one in split_sentences(text, section)):
        said = text[sentence.start : sentence.end]
        words = folded(said)[0].replace(",", " ").replace(".", " ").split()
        away, home = sum(word in signs.foreign for word in words), sum(word in signs.english_alone for word in words)
        if (away and away >= home) or _is_strange(said):
            foreign.append(sentence)
        else:
            (english if home else unclear).append(sentence)
    return Tongues(tuple(english), tuple(foreign), tuple(unclear))


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
