"""Words and phrases: reading text as words with offsets, and finding many phrases in it at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from core.hidden import readable

# What may stand whole behind a dash, a question or a box: "Pneumothorax - none", "Pneumothorax? No", "[x] no".
VALUES = r"(?:no|none|nil|neg|negative|absent|yes|pos|positive|present|(?:not|none) (?:seen|present|identified|visible|evident))"
_NO_BOX, _BOX = r"(?:\[[ _]?\]|\([ ]\)|☐)", r"(?:\[[xX✓✔]\]|\([xX]\)(?=\s)|[☑☒])"
# A bar of a table beside a box: what stands on both sides of it is one.
_BAR_AT_BOX = rf"\|(?=\s*(?:{_NO_BOX}|{_BOX}))|(?<=[\]☐☑☒])\||(?<=[\]☐☑☒]\s)\|"
_DASH, _STOPS, _ENDS = "[-–−]", r"(?=\s*(?:[,;.)]|\Z))", r"(?=\s*(?:[\[(☐☑☒,;.]|\Z))"
# A group's name is the stem of what it matches; what is `unread` has none.
_WORD = re.compile(
    r"(?P<without>[wW]/[oO]\b)|(?P<ruleout>[rR]/[oO]\b)|[^\W_]+(?:['’][^\W_]+)?|_{2,}"
    rf"|(?P<unread>{_NO_BOX}\s*(?i:{VALUES}){_ENDS}|{_BAR_AT_BOX})|(?P<ticked>{_BOX}(?=\s*(?i:{VALUES}){_ENDS}))"
    rf"|(?P<emptybox>{_NO_BOX})|(?P<tickedbox>{_BOX})"
    rf"|(?P<maybesign>\(\s?\?\s?\)|\(\s?\+\s?/?\s?{_DASH}\s?\))|(?P<plusminus>\+\s?/\s?{_DASH}|±)"
    rf"|(?P<minussign>\(\s?{_DASH}\s?\)|(?<!{_DASH}){_DASH}{_STOPS})|(?P<plussign>\(\s?\+{{1,3}}\s?\)|\+{{1,3}}{_STOPS})"
    rf"|(?P<colon>=|(?<=\s)[-–−—](?=\s*(?i:{VALUES})\s*(?:[,;.]|\Z))"
    rf"|(?:\.{{2,}}|…)(?=\s*(?i:{VALUES})\s*(?:[,;.]|\Z))|\|(?=\s*(?i:{VALUES}|[yn])\s*(?:[|,;.]|\Z)))|(?P<cell>\|)"
    rf"|(?P<asked>(?<=[\w)])\?(?!\w))|[,;:?()/]"
)
# Without any of these there is no sign, and the shorter pattern reads the same.
_MAY_HOLD_SIGNS = re.compile(r"[?\[(=+/|…☐☑☒±✓✔–−—-]|\.\.")
_PLAIN_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|_{2,}|[,;:)]")
_STEM_OF = {"colon": ":", "ticked": ":", "cell": ";"}
# Signs and boxes; what they say belongs to one name, before or behind them.
SIGNS = frozenset({"minussign", "plussign", "maybesign", "emptybox", "tickedbox"})
_PATTERN = re.compile(r"[()|]|\{[^{}]*\}|~{1,2}\d*|[^\s(){}|~]+")
_DEFAULT_GAP, _LIST_GAP = 5, 8
_KEPT_S = ("ss", "us", "is", "os")

# A gap in a phrase never reaches over one of these: beyond them another statement begins.
GAP_ENDS = SIGNS | {",", ";", "?", "asked", "(", "no", "not", "without", "but", "however", "or"}
# The wider gap of a list ("liver, spleen and kidneys are normal") does reach over a comma.
_LIST_ENDS = GAP_ENDS - {","}
# Plurals that keep their Latin or Greek form.
_PLURALS = {
    "calculi": "calculus",
    "diverticula": "diverticulum",
    "emboli": "embolus",
    "metastases": "metastasis",
    "pneumothoraces": "pneumothorax",
}


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """Return the word in lower case without its plural ending: "Opacities" is "opacity", "lungs" is "lung"."""
    word = word.lower()
    if word[:1] == "_":
        return "xxxx"
    if word == "/":
        return "or"
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(_KEPT_S):
        return word
    if word.endswith("sses"):
        return word[:-2]
    return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a stretch of text: stems, and where each starts and ends in it."""

    stems: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def read_words(text: str, start: int = 0, end: int | None = None) -> Words:
    """Return the words and the telling punctuation of `text[start:end]`; offsets are those of `text`.

    Signs and boxes are words too ("(-)" is "minussign", "[ ]" is "emptybox"); an option that was not ticked ("[ ] yes") is
    left out. Ligatures, soft hyphens, odd spaces and the like are read through; a word's offsets take them in.
    """
    end = len(text) if end is None else end
    if not text.isascii():
        seen, places = readable(text[start:end])
        if places is not None:
            words = read_words(seen)
            return Words(
                words.stems,
                tuple((start + places[first], start + places[last - 1] + 1) for first, last in words.spans),
            )
    if not _MAY_HOLD_SIGNS.search(text, start, end):
        plain = [(match[0], match.span()) for match in _PLAIN_WORD.finditer(text, start, end)]
        return Words(tuple(stem(word) for word, _ in plain), tuple(span for _, span in plain))
    stems, spans = [], []
    for match in _WORD.finditer(text, start, end):
        kind = match.lastgroup
        if kind is None:
            stems.append(stem(match[0]))
        elif kind == "unread":
            continue
        else:
            stems.append(_STEM_OF.get(kind, kind))
        spans.append(match.span())
    return Words(tuple(stems), tuple(spans))


def expand(pattern: str, sets: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each sequence of stems a phrase pattern stands for; a gap of up to n words is "~n", one over commas "~~n".

    A gap at either end, left by an option that was not taken, says nothing and is dropped.

    Raises ValueError for an unknown set or an open bracket, so that a slip in a vocabulary is seen when it is loaded.
    """
    marks = _PATTERN.findall(pattern)
    sequences, used = _alternatives(marks, 0, sets, pattern)
    if used != len(marks):
        raise ValueError(f"Phrase {pattern!r} has a bracket that does not match; brackets come in pairs.")
    for sequence in sequences:
        start, end = 0, len(sequence)
        while start < end and sequence[start][0] == "~":
            start += 1
        while end > start and sequence[end - 1][0] == "~":
            end -= 1
        yield sequence[start:end]


def _alternatives(
    marks: Sequence[str], position: int, sets: Mapping[str, Sequence[str]], pattern: str
) -> tuple[list[tuple[str, ...]], int]:
    """Return the sequences of "a|b|…" up to a closing bracket or the end, and where that is."""
    finished: list[tuple[str, ...]] = []
    open_ones: list[tuple[str, ...]] = [()]
    while position < len(marks) and marks[position] != ")":
        mark = marks[position]
        if mark == "|":
            finished, open_ones = finished + open_ones, [()]
        else:
            if mark == "(":
                options, position = _alternatives(marks, position + 1, sets, pattern)
                if position >= len(marks):
                    raise ValueError(f"Phrase {pattern!r} has a bracket that does not match; brackets come in pairs.")
            else:
                options = _options(mark, sets, pattern)
            open_ones = [start + option for start, option in product(open_ones, options)]
        position += 1
    return finished + open_ones, position


def _options(mark: str, sets: Mapping[str, Sequence[str]], pattern: str) -> list[tuple[str, ...]]:
    """Return what one word, gap or set stands for."""
    if mark[0] == "~":
        is_list = mark.startswith("~~")
        return [(f"~~{mark[2:] or _LIST_GAP}" if is_list else f"~{mark[1:] or _DEFAULT_GAP}",)]
    if mark[0] != "{":
        return [read_words(mark).stems]
    if mark[1:-1] not in sets:
        raise ValueError(f"Phrase {pattern!r} names the unknown set {mark}; define it under `sets`.")
    return [stems for entry in sets[mark[1:-1]] for stems in expand(entry, sets)]


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    gaps: list[tuple[tuple[int, frozenset[str]], "_Node"]] = field(default_factory=list)
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: its values, where it starts and ends, and the stretches of words it took (a gap's words are not taken)."""

    values: tuple[int, ...]
    start: int
    end: int
    parts: tuple[tuple[int, int], ...]
    gap: int = 0

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Order among phrases that start at one word: several words, then close together, then long."""
        size = self.end - self.start - self.gap
        return (size > 1, -self.gap, size)


class PhraseTable:
    """Many phrases, found in one pass over a text's words."""

    def __init__(self) -> None:
        self._root = _Node()
        self.words: set[str] = set()

    def add(self, stems: Sequence[str], value: int) -> None:
        """Add a phrase, as `expand` yields it; a phrase may carry several values, in the order they came."""
        node = self._root
        for element in stems:
            if element[0] == "~":
                width = (int(element.lstrip("~")), _LIST_ENDS if element[1] == "~" else GAP_ENDS)
                node = next((child for gap, child in node.gaps if gap == width), None) or self._new_gap(node, width)
            else:
                self.words.add(element)
                node = node.children.setdefault(element, _Node())
        if value not in node.values:
            node.values += (value,)

    @staticmethod
    def _new_gap(node: _Node, width: tuple[int, frozenset[str]]) -> _Node:
        child = _Node()
        node.gaps.append((width, child))
        return child

    def find(self, stems: Sequence[str], taken: bytearray) -> list[Match]:
        """Return the phrases in `stems`, from left to right, the best at each word; marks their words in `taken`."""
        firsts = self._root.children
        if firsts.keys().isdisjoint(stems):
            return []
        matches: list[Match] = []
        for position, word in enumerate(stems):
            node = firsts.get(word)
            if node is None or taken[position]:
                continue
            best = self._best(node, position, stems, taken)
            if best is not None:
                matches.append(best)
                for start, end in best.parts:
                    taken[start:end] = b"\x01" * (end - start)
        return matches

    def _best(self, node: _Node, start: int, stems: Sequence[str], taken: bytearray) -> Match | None:
        """Return the best phrase that begins at a word: the longest without a gap, if it has several words."""
        best: Match | None = None
        leaps: list[tuple[tuple[int, frozenset[str]], _Node, int]] = []
        position, limit = start + 1, len(stems)
        while True:
            if node.values:
                best = Match(node.values, start, position, ((start, position),))
            if node.gaps:
                leaps.extend((width, beyond, position) for width, beyond in node.gaps)
            following = node.children.get(stems[position]) if position < limit and not taken[position] else None
            if following is None:
                break
            node, position = following, position + 1
        # Several words side by side outrank every phrase with words between, so then a gap is only tried as empty.
        is_settled = best is not None and best.end - start > 1
        for width, beyond, after in leaps:
            reach = (0, width[1]) if is_settled else width
            for match in self._leap(beyond, reach, ((start, after),), stems, taken):
                if best is None or match.rank > best.rank:
                    best = match
        return best

    def _leap(
        self,
        node: _Node,
        reach: tuple[int, frozenset[str]],
        before: tuple[tuple[int, int], ...],
        stems: Sequence[str],
        taken: bytearray,
    ) -> Iterator[Match]:
        """Yield the phrases that go on after a gap of up to so many words, none of which ends it."""
        width, ends = reach
        position = before[-1][1]
        for landing in range(position, min(position + width + 1, len(stems))):
            if taken[landing]:
                return
            child = node.children.get(stems[landing])
            if child is not None:
                yield from self._walk(child, landing, before, stems, taken)
            if stems[landing] in ends:
                return

    def _walk(
        self, node: _Node, start: int, before: tuple[tuple[int, int], ...], stems: Sequence[str], taken: bytearray
    ) -> Iterator[Match]:
        """Yield every phrase whose next stretch of words begins at `start`."""
        following: _Node | None = node
        position = start
        while following is not None:
            node, position = following, position + 1
            parts = (*before, (start, position))
            if node.values:
                taken_words = sum(end - begin for begin, end in parts)
                yield Match(node.values, parts[0][0], position, parts, position - parts[0][0] - taken_words)
            for width, beyond in node.gaps:
                yield from self._leap(beyond, width, parts, stems, taken)
            following = node.children.get(stems[position]) if position < len(stems) and not taken[position] else None


class SpellingTable:
    """Known long words, to read a word with one slip (a letter missing, doubled, wrong or swapped) as it was meant."""

    SHORTEST = 7

    def __init__(self, words: Sequence[str]) -> None:
        self._by_cut: dict[str, str] = {}
        for word in sorted(words):
            if len(word) >= self.SHORTEST and word.isalpha():
                for cut in (word, *_cuts(word)):
                    self._by_cut.setdefault(cut, word)

    def meant(self, word: str) -> str | None:
        """Return the known word that `word` is one slip away from, or None."""
        if not self.SHORTEST <= len(word) <= 30:
            return None
        for cut in (word, *_cuts(word)):
            known = self._by_cut.get(cut)
            if known is not None and known[0] == word[0] and _is_one_slip(known, word):
                return known
        return None


def _cuts(word: str) -> Iterator[str]:
    """Yield the word with each letter left out in turn."""
    return (word[:index] + word[index + 1 :] for index in range(len(word)))


def _is_one_slip(known: str, word: str) -> bool:
    """Say whether one letter was added, lost, replaced or swapped with its neighbour."""
    if len(known) != len(word):
        longer, shorter = (known, word) if len(known) > len(word) else (word, known)
        return len(longer) - len(shorter) == 1 and shorter in _cuts(longer)
    differing = [index for index, (one, other) in enumerate(zip(known, word, strict=True)) if one != other]
    if len(differing) == 1:
        return True
    return (
        len(differing) == 2 and known[differing[0]] == word[differing[1]] and known[differing[1]] == word[differing[0]]
    )
