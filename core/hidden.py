"""What a text really says: characters nobody sees, letters that only look like others, and marks that steer a model."""

import re
import unicodedata
from functools import lru_cache

# Characters without a shape of their own: joiners, direction marks, fillers, variation selectors, tags.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE_CHARACTER = re.compile(f"[{_INVISIBLE}]")
_CONTROL_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Direction overrides, tags and long runs of joiners have no place in a report: somebody hid something.
_HIDING = re.compile(
    "[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]|[\u200b-\u200d\u2060\ufeff]{4,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}"
)
_TAG = 0xE0000
# Letters of other scripts that are drawn like Latin ones (a part of Unicode's confusables, UTS 39).
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнгАЕОРСУХІЈЅНКМТВαοερντικυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıⅼ",
    "aeopcyxijshdqwkmtbhrAEOPCYXIJSHKMTBaoepvtikuxABEZHIKMNOPTYXagil",
)
# Cyrillic letters in a word of Latin ones; Greek ones too, where the word has at least three Latin ones.
_MIXED = re.compile(
    r"(?=[^\W\d_]*[\u0400-\u052f])(?=[^\W\d_]*[A-Za-z])[^\W\d_]{2,}"
    r"|(?=[^\W\d_]*[\u0370-\u03ff])(?=[^\W\d_]*(?:[A-Za-z][^\W\d_]*){3})[^\W\d_]{4,}"
)
_ANGLES = str.maketrans("‹›〈〉⟨⟩《》❮❯˂˃≺≻∣ǀ│❘｢｣", "<><><><><><><>||||[]")
_STYLED = re.compile("[\uff01-\uffef\U0001d400-\U0001d7ff\u2460-\u24ff\U0001f100-\U0001f189]")
# What chat templates use as their own marks; a space breaks each of them, and the words stay readable.
_MARKS = (
    (re.compile(r"<(?=[\s]*[A-Za-z/|!_<])"), "< "),
    (re.compile(r"\|(?=\s*>)"), "| "),
    (re.compile(r"\[(?=\s*/?\s*(?:INST|SYS|AVAILABLE_TOOLS|TOOL))", re.IGNORECASE), "[ "),
    (re.compile(r"#{2,}"), "#"),
    (re.compile(r"`{2,}"), "'"),
    (re.compile(r"([{}])(?=[{}%])"), r"\1 "),
)
_MARKED = re.compile(r"[<|\[#`{}]")


def neutral(text: str) -> str:
    """Return the text as a model may be shown it: nothing invisible, no mark of a chat template, one line.

    The words stay as they are; a control token such as "<|im_end|>" is broken by spaces.
    """
    if not text.isascii():
        text = _INVISIBLE_CHARACTER.sub("", text)
        text = _STYLED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text).translate(_ANGLES)
    if not text.isprintable():
        text = _CONTROL_CHARACTER.sub(" ", text)
    text = " ".join(text.split())
    if _MARKED.search(text):
        for mark, instead in _MARKS:
            text = mark.sub(instead, text)
    return text


def is_hiding(text: str) -> bool:
    """Say whether the text has characters whose only use in a report is to hide something."""
    return not text.isascii() and bool(_HIDING.search(text))


def hiding_places(text: str) -> tuple[tuple[int, int], ...]:
    """Return where such characters stand."""
    return () if text.isascii() else tuple(found.span() for found in _HIDING.finditer(text))


def mixed_words(text: str) -> tuple[tuple[int, int], ...]:
    """Return where words stand that mix Latin letters with others that only look Latin ("μg" and "β-blocker" do not)."""
    return () if text.isascii() else tuple(found.span() for found in _MIXED.finditer(text))


# What a reader takes for a space, a hyphen or the end of a line, each one character for another.
_PLAIN = {
    **dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys((0x2010, 0x2011, 0xFE63, 0xFF0D), "-"),
    **dict.fromkeys((0x85, 0x2028, 0x2029), "\n"),
}
# Ligatures and wide letters, which are read as the plain letters they are made of.
_COMPOSED = re.compile("[\ufb00-\ufb06\uff01-\uff5e]")


def readable(text: str) -> tuple[str, tuple[int, ...] | None]:
    """Return the text in the plain characters a reader sees, case kept, and the place in `text` of each of them.

    Odd spaces, hyphens and line ends are plain ones; soft hyphens and other characters without a shape are gone; ligatures
    are their letters. Look-alikes of other scripts stay. The places are None where nothing moved.
    """
    if text.isascii():
        return text, None
    text = text.translate(_PLAIN)
    if not (_INVISIBLE_CHARACTER.search(text) or _COMPOSED.search(text)):
        return text, None
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        seen = _as_read(character)
        letters.append(seen)
        places.extend([place] * len(seen))
    return "".join(letters), tuple(places)


@lru_cache(maxsize=1024)
def _as_read(character: str) -> str:
    if _INVISIBLE_CHARACTER.match(character):
        return ""
    return unicodedata.normalize("NFKC", character) if _COMPOSED.match(character) else character


def folded(text: str) -> tuple[str, tuple[int, ...] | None]:
    """Return the text in small Latin letters as a reader would take it, and the place in `text` of each character.

    Invisible characters are gone, tags are the letters they hide, look-alikes are the letters they imitate. The places are None
    where nothing moved.
    """
    if text.isascii():
        return text.lower(), None
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        seen = _as_seen(character)
        letters.append(seen)
        places.extend([place] * len(seen))
    return "".join(letters), tuple(places)


@lru_cache(maxsize=4096)
def _as_seen(character: str) -> str:
    """Return what one character is taken for."""
    if character.isascii():
        return character.lower()
    if 0x20 <= ord(character) - _TAG < 0x7F:
        return chr(ord(character) - _TAG).lower()
    if _INVISIBLE_CHARACTER.match(character):
        return ""
    plain = unicodedata.normalize("NFKC", character).translate(_LOOK_ALIKES).translate(_ANGLES)
    bare = "".join(part for part in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(part))
    return (bare or plain).lower()
