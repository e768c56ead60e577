"""What an attribute of technique may say: words of machines and methods, short numbers, the terms that the standard lists.

The profile of PS3.15 leaves these attributes alone, and people write names and numbers of patients into them all the same.
So each word must be one of acquisition, of a maker or a machine, or at least no name; a number has four digits at most.
"""

import re
from itertools import pairwise

from cases.gate.header.descriptions import ACQUISITION_WORDS
from cases.gate.words import NAME, Word, kind_of, listed

TECHNIQUE = listed("technique") | ACQUISITION_WORDS
_VOWELS = frozenset("aeiouy")
_PART = re.compile(r"[^\W\d_]+|\d+")
_LONG_NUMBER = re.compile(r"\d{5,}|\d{3}-\d{2}-\d{4}|\d{1,4}[/-]\d{1,2}[/-]\d{1,4}|[\^@]")
_OF_ANY_MAKER = frozenset(
    [
        "ag",
        "co",
        "company",
        "corp",
        "corporation",
        "e.v",
        "gmbh",
        "healthcare",
        "imaging",
        "inc",
        "ltd",
        "medical",
        "system",
        "systems",
    ]
)
# Terms that PS3.3 enumerates, or all that it defines, by tag: anything else there is none.
_TERMS = {
    0x00100040: r"[MFO]",
    0x00185100: r"(?:HF|FF|LF|RF|AF|PF)(?:P|S|DR|DL)|ERECT|SEMIERECT|SUPINE|PRONE|SITTING",
    0x00200020: r"[LRAPHF]{1,3}",
    0x00200060: r"[RLUB]",
    0x00200062: r"[RLUB]",
    0x20500020: r"IDENTITY|INVERSE",
    0x00281054: r"OD|HU|US|MGML|Z_EFF|ED|EDW|HU_MOD|PCT|LOG_E REL|P-VALUES|P REL|OD REL|SIGNAL INTENSITY \(UNITLESS\)",
    0x00080064: r"DV|DI|DF|WSD|SD|SI|DRW|SYN",
    0x00282114: r"ISO_10918_1|ISO_14495_1|ISO_15444_1|ISO_15444_15|ISO_13818_2|ISO_14496_10|ISO_23008_2|ISO_18181_1",
}
_SCHEMES = re.compile(r"SCT|SRT|SNM3|SNM|99SDM|DCM|LN|FMA|UCUM|RADLEX|UMLS|I10|ICD10|CPT4|99\w{2,8}", re.IGNORECASE)
_CODES = {
    "DCM": re.compile(r"1[0-3]\d{4}"),
    "SRT": re.compile(r"[A-Z]-[A-F0-9]{4,5}"),
    "SNM3": re.compile(r"[A-Z]-[A-F0-9]{4,5}"),
    "LN": re.compile(r"\d{3,5}-\d"),
}


def is_technique(text: str) -> bool:
    """Whether a text of an attribute of technique names nobody: every word of it is known, no number of it is long."""
    if not text.strip():
        return True
    return not _LONG_NUMBER.search(text) and all(_is_known(part) for part in _PART.findall(text))


def words_of_technique(text: str) -> str:
    """What is left of a maker's name without the words that nobody knows for one; empty where only "Imaging Inc." is."""
    words = [word for word in text.split() if is_technique(word) and any(map(str.isalpha, word))]
    return " ".join(words) if any(word.strip(".,").lower() not in _OF_ANY_MAKER for word in words) else ""


def is_term(tag: int, text: str) -> bool:
    """Whether a code string may stand where it does: one of the standard's terms, or a word that names nobody."""
    terms = _TERMS.get(tag)
    if terms and text.strip():
        return bool(re.fullmatch(terms, text.strip()))
    return is_technique(text)


def is_code(value: str, scheme: str) -> bool:
    """Whether a code value has the form of its scheme's codes: SNOMED CT's check digit, DICOM's six figures; else a short one."""
    value = value.strip()
    if scheme.strip() in {"SCT", "99SCT"}:
        return value.isdigit() and 6 <= len(value) <= 18 and is_checked(value)
    form = _CODES.get(scheme.strip())
    return bool(form.fullmatch(value)) if form else bool(_SCHEMES.fullmatch(scheme.strip())) and is_technique(value)


def is_checked(number: str) -> bool:
    """Whether the last figure is the check digit that SNOMED CT puts there (Verhoeff, 1969)."""
    check = 0
    for place, figure in enumerate(reversed(number)):
        check = _PRODUCTS[check][_permuted(place, int(figure))]
    return check == 0


def tells_in_bytes(content: bytes) -> bool:
    """Whether bytes that should be figures hold words or a long number: letters that neither rise nor fall, as tables do."""
    content = content.replace(b"\0", b"")  # letters of two bytes
    words = re.findall(rb"[A-Za-z]{3,}", content)
    if any(not _is_slope(word) if len(word) > 5 else _is_short_word(word) for word in words):
        return True
    return any(not _is_slope(number) for number in re.findall(rb"[0-9]{6,}|[0-9]{3}-[0-9]{2}-[0-9]{4}", content))


def _is_short_word(word: bytes) -> bool:
    """Whether a few letters are a word or a name, not figures of two bytes whose upper byte stays."""
    known = kind_of(word.decode("ascii").lower())
    return bool(known) and not _goes_one_way(word) and len(set(word[::2])) > 1 and len(set(word[1::2])) > 1


def _is_slope(content: bytes) -> bool:
    """Whether figures of one byte, or both bytes of figures of two, go one way only."""
    halves = (content[::2], content[1::2])
    return _goes_one_way(content) or all(_goes_one_way(half) for half in halves)


def _goes_one_way(content: bytes) -> bool:
    steps = [after - before for before, after in pairwise(content)]
    return all(step >= 0 for step in steps) or all(step <= 0 for step in steps)


def _is_known(part: str) -> bool:
    if part.isdigit():
        return True
    word = part.lower()
    kind = kind_of(word)
    return word in TECHNIQUE or (not (kind & NAME) and (bool(kind & Word.ORDINARY) or _is_code(word)))


def _is_code(word: str) -> bool:
    """Whether a word that nobody knows is a code: of one or two letters, or of three or four that cannot be spoken. A rare
    surname can, and in other scripts two or three letters are a whole name.
    """
    return word.isascii() and (len(word) < 3 or (len(word) < 5 and not _VOWELS & set(word)))


def _product(one: int, other: int) -> int:
    turn = one + other if one < 5 else one - other
    return turn % 5 + (0 if (one < 5) == (other < 5) else 5)


# The multiplication of the dihedral group of order ten, and the permutation that moves a figure by its place.
_PRODUCTS = tuple(tuple(_product(one, other) for other in range(10)) for one in range(10))
_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permuted(place: int, figure: int) -> int:
    for _ in range(place % 8):
        figure = _STEP[figure]
    return figure
