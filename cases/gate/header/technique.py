"""What an attribute of technique may say: the words of machines and methods that are listed, and numbers as machines bear them.

The profile of PS3.15 leaves these attributes alone, and people write names and numbers of patients into them all the same.
What is not known goes, be it a few letters, which may be initials: a word is on a list, or stands in a model's number as
one or two letters; numbers have few figures, and none is a day, or so many groups of figures that it may be a telephone's
or a record's. Some machines and methods bear people's names: two of those side by side are somebody.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from pydicom._dicom_dict import DicomDictionary
from pydicom._private_dict import private_dictionaries

from cases.gate.header.descriptions import ACQUISITION_WORDS
from cases.gate.words import NAME, Word, kind_of, listed

_OF_ANY_MAKER = frozenset(
    [
        *(
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
            "limited",
            "llc",
        ),
        *("medical", "spa", "system", "systems"),
    ]
)
TECHNIQUE = listed("technique") | ACQUISITION_WORDS | _OF_ANY_MAKER
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_PART = re.compile(r"[A-Za-z]+|[0-9]+")
_NUMBERS = re.compile(r"[0-9]+(?:[^A-Za-z0-9]+[0-9]+)*")
_SEPARATOR = re.compile(r"[^0-9]+")
_INITIAL = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]\.")
_SPELLED_OUT = re.compile(r"(?<![A-Za-z0-9.])(?:G\.E\.|e\.V\.|S\.p\.A\.|B\.V\.|N\.V\.|L\.P\.)", re.IGNORECASE)
# Words of the dictionary that announce who somebody is.
_OF_PATIENTS = frozenset(
    [
        *("id", "ids", "ident", "patient", "patients", "patnt", "number", "birth", "born", "record", "accession"),
        *("admission", "issuer"),
    ]
)
_AS_LETTERS = str.maketrans("013457", "oieast")
_NOTHING = re.compile(r"[\^@]")
_MOST_OF_A_GROUP, _MOST_OF_A_VERSION, _MOST_APART, _MOST_OF_A_TEXT = 4, 6, 4, 7  # figures
_MOST_OF_A_TOKEN = 5
_LEAST_OF_A_SURNAME = 4  # letters; shorter ones are methods: "TSE", "MLO"


def is_technique(text: str) -> bool:
    """Whether a text of an attribute of technique names nobody: every word of it is known, its numbers are machines'."""
    text = _SPELLED_OUT.sub(lambda found: found[0].replace(".", ""), text.strip())
    if not text:
        return True
    if not text.isascii() or _NOTHING.search(text) or _INITIAL.search(text) or not has_numbers_of_machines(text):
        return False
    tokens = _TOKEN.findall(text)
    return (
        sum(one.isalpha() and len(one) == 1 for one in tokens) <= 1 and all(map(_fits, tokens)) and not _names(tokens)
    )


def telling_words(text: str) -> frozenset[str]:
    """The words of a label, in small letters, that say more than where and how a picture is taken: "Acute fracture" has both."""
    words = {word.lower() for word in re.findall(r"[^\W\d_]{4,}", text)}
    return frozenset(words - TECHNIQUE)


def words_of_technique(text: str) -> str:
    """What is left of a maker's name without the words that nobody knows for one; empty where only "Imaging Inc." is."""
    words = [
        word for word in text.split() if is_technique(word) and re.search(r"[A-Za-z].*[A-Za-z0-9]|[0-9][A-Za-z]", word)
    ]
    is_maker = any(map(_is_of_one_maker, words)) and not _names(_TOKEN.findall(text))
    return " ".join(words) if is_maker else ""


def has_numbers_of_machines(text: str) -> bool:
    """Whether all numbers of a text have the form of a model's or a version's: "CT750", "VA48A", "1.5.6.850".

    A group has four figures at most, a version six in all, numbers with anything but a dot between them four; none is a day.
    """
    if sum(map(str.isdigit, text)) > _MOST_OF_A_TEXT:
        return False
    return all(_is_number(run) for run in _NUMBERS.findall(text))


def _names(tokens: Sequence[str]) -> bool:
    """Whether two words side by side, or with an initial between them, are a first name and a surname, in either order:
    "JADE DIXON" is nobody's machine. A surname before a first name is one only where it is hardly ever anything else, so that
    a maker's may stand before what it is the maker of.
    """
    kinds = [(one, Word(kind_of(one.lower()))) for one in tokens if len(one) > 1]
    return any(_is_given(one) and _is_surname(*other) for (_, one), other in pairwise(kinds)) or any(
        Word.LIKELY in one[1] and _is_surname(*one) and _is_given(other) for one, (_, other) in pairwise(kinds)
    )


def _is_given(kind: Word) -> bool:
    return Word.GIVEN | Word.LIKELY in kind


def _is_surname(word: str, kind: Word) -> bool:
    return len(word) >= _LEAST_OF_A_SURNAME and Word.FAMILY in kind and Word.ORDINARY not in kind


def _is_of_one_maker(word: str) -> bool:
    """Whether a word is listed, and not one that all makers' names have."""
    parts = {part.lower() for part in _PART.findall(word)} - _OF_ANY_MAKER
    return word.strip(".,").lower() not in _OF_ANY_MAKER and any(
        part in TECHNIQUE or is_of_the_dictionary(part) for part in parts
    )


def is_disguised(token: str) -> bool:
    """Whether one figure stands for a letter in what is then a name: "J0HN"."""
    low = token.lower()
    stands_within = sum(map(str.isdigit, low)) == 1 and not low[0].isdigit() and not low[-1].isdigit()
    return stands_within and bool(kind_of(low.translate(_AS_LETTERS)) & NAME)


@cache
def _dictionary() -> frozenset[str]:
    """The words of the names that DICOM's attributes have, and of those that makers give to their blocks."""
    names = [*(entry[2] for entry in DicomDictionary.values()), *private_dictionaries]
    words = {word.lower() for name in names for word in re.findall(r"[A-Za-z]{2,}", name)} - _OF_PATIENTS
    return frozenset(word for word in words if not kind_of(word) & NAME)


def is_of_the_dictionary(word: str) -> bool:
    """Whether a word, in small letters, is one of the dictionary of DICOM, and nobody's name."""
    return word in _dictionary()


def _fits(token: str) -> bool:
    """A word that is known, a number, or a model's: "CT750", "B30f", where one or two letters beside figures are no name."""
    if token.isdigit() or len(token) == 1:
        return True
    low = token.lower()
    if token.isalpha():
        return low in TECHNIQUE or is_of_the_dictionary(low)
    parts = _PART.findall(low)
    if is_disguised(low):
        return False
    figures = [part for part in parts if part.isdigit()]
    unknown = [part for part in parts if not part.isdigit() and part not in TECHNIQUE]
    if any(len(part) > 2 or (len(part) == 2 and kind_of(part) & NAME) for part in unknown):
        return False
    is_born = any(map(_is_year, figures)) and any(len(part) == 2 for part in unknown)  # initials and a year of birth
    return sum(map(len, figures)) <= _MOST_OF_A_TOKEN and not is_born


def _is_number(run: str) -> bool:
    groups, between = re.findall(r"[0-9]+", run), set(_SEPARATOR.findall(run))
    if any(len(group) > _MOST_OF_A_GROUP for group in groups):
        return False
    most = _MOST_OF_A_VERSION if between <= {"."} else _MOST_APART
    return sum(map(len, groups)) <= most and not _has_day(groups)


def _has_day(groups: list[str]) -> bool:
    """Whether figures stand as days do, with the year behind or before, or as a month of a year."""
    for at in range(len(groups)):
        first, *others = groups[at : at + 3]
        if len(others) == 2 and (_is_year_of_day(others[1]) and _is_day_of_month(first, others[0])):
            return True
        if len(others) == 2 and _is_year(first) and _is_day_of_month(*others):
            return True
        if others and ((_is_year(first) and _is_month(others[0])) or (_is_year(others[0]) and _is_month(first))):
            return True
    return False


def _is_day_of_month(one: str, other: str) -> bool:
    return any(_is_month(month) and 1 <= int(day) <= 31 for month, day in ((one, other), (other, one)))


def _is_month(group: str) -> bool:
    return len(group) <= 2 and 1 <= int(group) <= 12


def _is_year(group: str) -> bool:
    return len(group) == 4 and 1900 <= int(group) < 2100


def _is_year_of_day(group: str) -> bool:
    return len(group) == 2 or _is_year(group)
