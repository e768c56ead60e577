"""A cheap look whether a pattern can be found in a text at all, before the text is searched for it."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

_DRAWN = str.maketrans(
    {
        **{chr(code): "A" for code in range(ord("A"), ord("Z") + 1)},
        **{chr(code): "a" for code in range(ord("a"), ord("z") + 1)},
        **{str(figure): "0" for figure in range(10)},
        **{chr(code): " " for code in (*range(32), 127) if code != ord("\n")},
    }
)
_PIECE = re.compile(r"[a-z]+")
_NEXT = itertools.count()
_TOLD_BY: dict[str, int] = {}  # the bits of the looks that have a word, by the word


@dataclass(frozen=True, slots=True)
class Seen:
    """A text as the looks see it.

    `small`: in small letters, each at its place; None where they would be longer. `outline`: "A" for every capital, "a" for
    every small letter, "0" for every figure, one blank for several, a line's break before and behind; None where the text
    has letters beyond ASCII, which is searched for everything. `pieces`: the runs of letters, small. `told`: the bits of
    the looks that have one of them for a word, of those made before.
    """

    text: str
    small: str | None
    outline: str | None
    pieces: frozenset[str]
    told: int = 0

    @property
    def has_figure(self) -> bool:
        """Say whether there is a figure of any alphabet."""
        return "0" in self.outline if self.outline is not None else any(map(str.isdecimal, self.text))

    def figures(self) -> int:
        """How many figures there are, of any alphabet."""
        return self.outline.count("0") if self.outline is not None else sum(map(str.isdecimal, self.text))


@dataclass(frozen=True, slots=True)
class Look:
    """What a text needs: of each of these that is given at least one.

    `words`: whole runs of letters, small. `signs`: stretches of the text in small letters. `outlines`: stretches of its outline.
    """

    words: frozenset[str] = frozenset()
    signs: tuple[str, ...] = ()
    outlines: tuple[str, ...] = ()
    bit: int = field(init=False, default=0, compare=False)

    def __post_init__(self) -> None:
        """Give a look with words a bit of its own, which each of its words tells."""
        if self.words:
            bit = 1 << next(_NEXT)
            object.__setattr__(self, "bit", bit)
            for word in self.words:
                _TOLD_BY[word] = _TOLD_BY.get(word, 0) | bit

    def fits(self, seen: Seen) -> bool:
        """Say whether the text has what is needed; one beyond ASCII always."""
        return any_fits((self,), seen)


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern, and the looks, if any, of which one fits every text that it can be found in."""

    pattern: re.Pattern[str]
    looks: tuple[Look, ...]
    needed: int = 0  # of these bits one is told where any of the looks fits; 0 where not all have words

    def found_in(self, seen: Seen) -> Iterable[re.Match[str]]:
        """Return where the pattern stands in the text."""
        if self.needed and not self.needed & seen.told and seen.outline is not None:
            return ()
        return self.pattern.finditer(seen.text) if any_fits(self.looks, seen) else ()

    def found_on_lines(self, seen: Seen) -> Iterable[re.Match[str]]:
        """Return where a pattern that begins with a line's end stands in the text with one before it: all places one on."""
        if self.needed and not self.needed & seen.told and seen.outline is not None:
            return ()
        return self.pattern.finditer(f"\n{seen.text}") if any_fits(self.looks, seen) else ()


def shape(pattern: str, *looks: Look, flags: int = 0) -> Shape:
    """Return the pattern with its looks; it is searched for where one of them fits."""
    return Shape(re.compile(pattern, flags), looks, bits_of(looks))


def told(listed: str, *, outlines: tuple[str, ...] = (), signs: tuple[str, ...] = ()) -> Look:
    """Return a look for one of these words, which blanks part, and for the rest of what is given."""
    return Look(frozenset(listed.split()), signs, outlines)


def outlines(*needed: str) -> Look:
    """Return a look for one of these stretches of the outline."""
    return Look(outlines=needed)


def signs(*needed: str) -> Look:
    """Return a look for one of these stretches in small letters."""
    return Look(signs=needed)


def bits_of(looks: tuple[Look, ...]) -> int:
    """Return the bits of which a text must have one where any of the looks is to fit; 0 where one of them has no words."""
    return reduce(or_, (look.bit for look in looks), 0) if all(look.bit for look in looks) else 0


def any_fits(looks: tuple[Look, ...], seen: Seen) -> bool:
    """Say whether one of the looks fits, or there is none."""
    if seen.outline is None or seen.small is None:
        return True
    for look in looks:
        if look.bit and not look.bit & seen.told:
            continue
        if look.outlines and not _has_one(seen.outline, look.outlines):
            continue
        if not look.signs or _has_one(seen.small, look.signs):
            return True
    return not looks


def look_at(text: str) -> Seen:
    """Return the text as the looks see it."""
    small = in_small_letters(text)
    outline = f"\n{text.translate(_DRAWN)}\n" if text.isascii() else None
    while outline and "  " in outline:
        outline = outline.replace("  ", " ")
    pieces = frozenset(_PIECE.findall(small)) if small and outline else frozenset()
    told = 0
    for piece in pieces:
        told |= _TOLD_BY.get(piece, 0)
    return Seen(text, small, outline, pieces, told)


def in_small_letters(text: str) -> str | None:
    """The text in small letters, each at its place, as patterns that ignore case see it; None where it would be longer."""
    small = text.lower()
    if not text.isascii():
        small = text.replace("İ", "i").lower().replace("ſ", "s").replace("ı", "i")
    return small if len(small) == len(text) else None


def _has_one(text: str, stretches: tuple[str, ...]) -> bool:
    for stretch in stretches:  # noqa: SIM110 - a generator takes longer than the looks themselves
        if stretch in text:
            return True
    return False
