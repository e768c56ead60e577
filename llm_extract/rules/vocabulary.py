"""The vocabulary of findings: data loaded once, checked, and ready to be found in text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from llm_extract.findings import LabelDefinition
from llm_extract.rules.phrases import Match, PhraseTable, SpellingTable, Words, expand, read_words

DATA_FOLDER = Path(__file__).parent / "data"
_SPELLING_CACHE = 50_000
# The group of observations that only a label's own words define.
OF_A_LABEL = "label"
_KEYS = frozenset({"name", "group", "phrases", "normal", "is_a", "near", "device", "vague"})


class Mode(StrEnum):
    """What a phrase does: names the observation, states that it is absent, or is none at all."""

    NAMED = "named"
    NORMAL = "normal"
    DECOY = "decoy"


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing a report can speak of. `is_a` are broader observations, `near` where it belongs if no label names it.

    A vague one ("nodular density") gives way to what the sentence says it is ("represents a nipple shadow").
    """

    key: str
    name: str
    group: str = ""
    is_a: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    is_device: bool = False
    is_vague: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """An observation found in a sentence: which words (`match`), and what the phrase does."""

    observation: Observation | None
    mode: Mode
    match: Match


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Observations with their phrases; find what a text mentions with `mentions`. Compared by identity: load each once."""

    body_parts: frozenset[str]
    observations: Mapping[str, Observation]
    phrases: tuple[tuple[str, Mode, tuple[str, ...]], ...] = field(repr=False)
    _table: PhraseTable = field(repr=False)
    _meanings: tuple[tuple[Observation | None, Mode], ...] = field(repr=False)
    _spelling: SpellingTable = field(repr=False)
    _known: frozenset[str] = field(repr=False)
    _spelled: dict[str, str] = field(default_factory=dict, repr=False)

    def mentions(self, stems: Sequence[str], taken: bytearray) -> list[Mention]:
        """Return what the words mention, from left to right, decoys included; marks the words it read in `taken`.

        A decoy's words are given back: "lungs are clear of" is no normal lung, and "clear of" still denies what follows.
        """
        mentions = self._find(stems, taken)
        mentions += self._sharing(stems, taken, mentions)
        mentions.sort(key=lambda mention: mention.match.start)
        for mention in mentions:
            if mention.mode is Mode.DECOY:
                for start, end in mention.match.parts:
                    taken[start:end] = bytes(end - start)
        return mentions

    def _find(self, stems: Sequence[str], taken: bytearray) -> list[Mention]:
        return [Mention(*self._meanings[match.values[0]], match) for match in self._table.find(stems, taken)]

    def _sharing(self, stems: Sequence[str], taken: bytearray, mentions: Sequence[Mention]) -> list[Mention]:
        """Return what shares the last words of a normal statement: the hila in "heart and hila are normal"."""
        found: list[Mention] = []
        latest: Sequence[Mention] = mentions
        while shared := [
            mention.match.parts[-1]
            for mention in latest
            if mention.mode is Mode.NORMAL
            and mention.match.gap
            and "and" in stems[mention.match.parts[0][1] : mention.match.parts[-1][0]]
        ]:
            free = bytearray(taken)
            for start, end in shared:
                free[start:end] = bytes(end - start)
            latest = [mention for mention in self._find(stems, free) if mention.mode is Mode.NORMAL]
            for mention in latest:
                for start, end in mention.match.parts:
                    taken[start:end] = b"\x01" * (end - start)
            found += latest
        return found

    def spelled(self, words: Words) -> Sequence[str]:
        """Return the stems with single typing slips in long words of the vocabulary put right."""
        known, spelled = self._known, self._spelled
        result = []
        for word in words.stems:
            if len(word) >= SpellingTable.SHORTEST and word not in known:
                if word not in spelled:
                    if len(spelled) > _SPELLING_CACHE:
                        spelled.clear()
                    spelled[word] = self._spelling.meant(word) or word
                result.append(spelled[word])
            else:
                result.append(word)
        return result

    def ancestors(self, key: str) -> tuple[str, ...]:
        """Return the observation's key and those of everything broader, nearest first."""
        found = [key]
        for current in found:
            observation = self.observations.get(current)
            found.extend(broader for broader in (observation.is_a if observation else ()) if broader not in found)
        return tuple(found)

    def find_in(self, text: str) -> tuple[str, ...]:
        """Return the observations a short text names, each once, in order."""
        stems = self.spelled(read_words(text.replace("_", " ")))
        named = [
            m.observation.key
            for m in self.mentions(stems, bytearray(len(stems)))
            if m.observation and m.mode is Mode.NAMED
        ]
        return tuple(dict.fromkeys(named))

    def with_labels(self, taxonomy: Iterable[LabelDefinition]) -> "Vocabulary":
        """Return a vocabulary in which every label can be found, unknown ones by their own name and synonyms.

        A name or synonym the vocabulary knows nothing of becomes a phrase of an observation with the label's key.
        """
        added: list[tuple[Observation, tuple[str, ...]]] = []
        for label in taxonomy:
            unknown = tuple(
                part
                for term in (label.name, *label.synonyms)
                if plain(term) and not self.find_in(term)
                for part in _parts(term)
            )
            if unknown and not label.exclusive:
                known = self.observations.get(label.key)
                added.append((known or Observation(label.key, label.name, OF_A_LABEL), unknown))
        if not added:
            return self
        return _assemble(
            self.body_parts,
            {**self.observations, **{observation.key: observation for observation, _ in added}},
            (*((observation.key, Mode.NAMED, terms) for observation, terms in added), *self.phrases),
        )


def plain(term: str) -> str:
    """Return the words of a term, free of everything the phrase language would read as its own."""
    return " ".join(read_words(term.replace("_", " ").replace("/", " ").replace(",", " ").replace(":", " ")).stems)


def _parts(term: str) -> tuple[str, ...]:
    """Return what an unknown name may be called: "kidney or ureteral stone" is a kidney stone and a ureteral stone too."""
    whole = plain(term)
    parts = [part for part in re.split(r"\s(?:or|and)\s", whole) if part]
    if len(parts) < 2 or " " not in parts[-1]:
        return (whole,)
    noun = parts[-1].split()[-1]
    return (whole, *(f"{part} {noun}" for part in parts[:-1]), parts[-1])


def _assemble(
    body_parts: frozenset[str],
    observations: Mapping[str, Observation],
    phrases: tuple[tuple[str, Mode, tuple[str, ...]], ...],
    sets: Mapping[str, Sequence[str]] | None = None,
) -> Vocabulary:
    """Build the table of phrases; `sets` is None once the phrases are spelled out."""
    table = PhraseTable()
    meanings: list[tuple[Observation | None, Mode]] = []
    spelled_out: list[tuple[str, Mode, tuple[str, ...]]] = []
    for key, mode, patterns in phrases:
        sequences = tuple(
            dict.fromkeys(
                sequence
                for pattern in patterns
                for sequence in (expand(pattern, sets) if sets is not None else [tuple(pattern.split())])
            )
        )
        for sequence in sequences:
            table.add(sequence, len(meanings))
        meanings.append((observations.get(key), mode))
        spelled_out.append((key, mode, tuple(" ".join(sequence) for sequence in sequences)))
    return Vocabulary(
        body_parts,
        observations,
        tuple(spelled_out),
        table,
        tuple(meanings),
        SpellingTable(sorted(table.words)),
        frozenset(table.words) | _words_of_language(),
    )


@lru_cache(maxsize=1)
def _words_of_language() -> frozenset[str]:
    """Return the words of the cue lists, which are never a slip for a word of the vocabulary ("nothing", "notching")."""
    return frozenset(read_words((DATA_FOLDER / "language.yaml").read_text("utf-8")).stems)


def read_vocabulary(data: Mapping[str, Any]) -> Vocabulary:
    """Return the vocabulary a data file describes (its own comments say how).

    Raises ValueError for an unknown key, relation or set, naming the entry.
    """
    entries: Mapping[str, Mapping[str, Any]] = data["observations"]
    observations = {key: _observation(key, entry) for key, entry in entries.items()}
    for observation in observations.values():
        for other in (*observation.is_a, *observation.near):
            if other not in observations and other not in observation.near:
                raise ValueError(f"Observation {observation.key!r} is said to be a {other!r}, which is not defined.")
    phrases = [("", Mode.DECOY, tuple(data.get("decoys", ())))]
    for key, entry in entries.items():
        phrases.append((key, Mode.NORMAL, tuple(entry.get("normal", ()))))
        phrases.append((key, Mode.NAMED, tuple(entry["phrases"])))
    return _assemble(frozenset(data["body_parts"]), observations, tuple(phrases), data.get("sets", {}))


def _observation(key: str, entry: Mapping[str, Any]) -> Observation:
    """Return one observation of a data file, refusing keys it does not know."""
    unknown = set(entry) - _KEYS
    if unknown:
        raise ValueError(f"Observation {key!r} has the unknown key {sorted(unknown)[0]!r}; known are {sorted(_KEYS)}.")
    return Observation(
        key,
        entry["name"],
        entry.get("group", ""),
        tuple(entry.get("is_a", ())),
        tuple(entry.get("near", ())),
        entry.get("device", False),
        entry.get("vague", False),
    )


@lru_cache(maxsize=8)
def load_vocabulary(name: str) -> Vocabulary:
    """Return the vocabulary of the data file `NAME.yaml`."""
    return read_vocabulary(read_data(name))


def read_data(name: str) -> dict[str, Any]:
    """Return a data file of this package as plain values."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load((DATA_FOLDER / f"{name}.yaml").read_text("utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    return loaded


EMPTY = _assemble(frozenset(), {}, ())


@lru_cache(maxsize=32)
def vocabulary_for(body_part: str) -> Vocabulary:
    """Return the vocabulary that covers a body part (DICOM's words, any case), or an empty one where none does.

    A benchmark that names no body part gets every vocabulary there is, since its labels may need any of them.
    """
    wanted = frozenset(body_part.upper().replace("_", " ").split())
    names = sorted(path.stem for path in DATA_FOLDER.glob("*.yaml") if path.stem != "language")
    covering = [load_vocabulary(name) for name in names if not wanted or wanted & load_vocabulary(name).body_parts]
    return merge(covering) if covering else EMPTY


def merge(vocabularies: Sequence[Vocabulary]) -> Vocabulary:
    """Return one vocabulary with the words of several; for a key that two define, the first one stands."""
    if len(vocabularies) == 1:
        return vocabularies[0]
    observations: dict[str, Observation] = {}
    for vocabulary in reversed(vocabularies):
        observations.update(vocabulary.observations)
    body_parts = frozenset(part for vocabulary in vocabularies for part in vocabulary.body_parts)
    return _assemble(
        body_parts, observations, tuple(phrase for vocabulary in vocabularies for phrase in vocabulary.phrases)
    )
