"""How a person's name is written: in any alphabet, with accents in one character or two, with particles and hyphens."""

import unicodedata
from collections.abc import Callable, Iterator


def _ranges(fits: Callable[[str], bool]) -> Iterator[str]:
    """Yield what stands in a character class for every category of character that fits."""
    start = None
    for code in range(0x20001):
        inside = code < 0x20000 and fits(unicodedata.category(chr(code)))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            yield rf"\U{start:08x}-\U{code - 1:08x}"
            start = None


# Letters without case (Chinese, Arabic, …) may open a name too; the planes above hold ideographs only.
_IDEOGRAPHS = r"\U00020000-\U0003ffff"
_CAPITALS = "".join(_ranges(lambda category: category in {"Lu", "Lt", "Lo"})) + _IDEOGRAPHS
_LETTERS = "".join(_ranges(lambda category: category[0] == "L")) + _IDEOGRAPHS
_ACCENTS = "".join(_ranges(lambda category: category[0] == "M"))
# What stands inside a name without being a letter: apostrophes, hyphens, the Catalan dot.
_INNER = r"'’‘`´\-‐‑·"

CAPITAL = f"[{_CAPITALS}]"
LETTER = f"[{_LETTERS}{_ACCENTS}]"
ACCENT = f"[{_ACCENTS}]"
# Bounded, so that a report of nothing but hyphens is read in no time.
WORD = f"{CAPITAL}[{_LETTERS}{_ACCENTS}{_INNER}]{{0,60}}{LETTER}(?!{LETTER})"
_DOTTED_DEGREE = r"(?:M\.D|D\.O|R\.N|R\.T|P\.A|N\.P|D\.D\.S|M\.B|P\.C)\."
INITIAL = rf"(?!{_DOTTED_DEGREE}){CAPITAL}[{_ACCENTS}]*(?![{_LETTERS}{_ACCENTS}\d])\.?"
# Blanks of any width, on one line.
GAP = r"[^\S\r\n]"
TITLE = r"(?i:dr|drs|mr|mrs|ms|miss|mx|prof|professor|doctor|sir|nurse|smt|shri|frau|herr|mme|mlle|[stm]?sgt|cpl|capt|cmdr|lcdr|cst|rev)"
DEGREE = r"(?:MD|M\.D\.|DO|D\.O\.|RN|PA-C|NP|PhD|FRCR)"
_PARTICLE = (
    rf"(?:van|von|zu|de|der|den|des|la|las|los|le|du|del|dos|das|do|bin|ibn|al|el|di|da|ten|ter|af|av)(?!{LETTER})"
)
_JOINED = r"(?:[dl]['’]|(?:al|el|ad|as|ar)[-‐‑])?"


def person(after: str = "") -> str:
    """Return the form of a capitalised name of up to five words, each followed by what `after` allows; a title is none."""
    word = rf"(?!{TITLE}(?!{LETTER}))(?:{_JOINED}(?:{WORD}|(?:{CAPITAL}\.){{2,3}}(?={GAP}+{CAPITAL})|{INITIAL})){after}"
    particles = rf"(?:{_PARTICLE}{GAP}+){{0,3}}"
    return rf"{particles}(?:{word})(?:,?{GAP}+{particles}(?:{word})){{0,4}}"
