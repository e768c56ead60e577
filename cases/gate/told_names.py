"""Names that sites give to files, folders and studies, as they may be told: "DOE_JOHN_19500101.dcm" is a patient's name.

A part of a name is told where each of its words is one of acquisition or an ordinary one, or one that folders are numbered
by; where no two letters stand alone, as initials do; and no number of it has the figures of a record number or a date. Or
where it is the identifier of a public data set or a digest. A UID, which leads back to the examination in the hospital's
archive, is not told. docs/imports.md has the rule as a table.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from cases.contribution import Naming, Problem, SourceFile
from cases.gate.header.pseudonyms import SiteKey
from cases.gate.study_ids import (
    KNOWN,
    MISREAD,
    NUMBERED,
    PIECE,
    SIGNS_OF_NAMES,
    WORDS_OF_FILES,
    id_names_somebody,
    is_named_by,
)
from cases.gate.words import Word, kind_of, plain

_EXAMPLES = 3  # names told of what is passed over
SHOWN_NAME = 160  # characters of a name that are told
_HIDDEN = "…"
_LONG = 6  # figures of a number that may be a person's; zeros in front do not count
# Days, months of a year, days with two figures for the year, and social security numbers.
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-_. ]\d\d?[-_. ]\d\d?|\d\d?[-_. ]\d\d?[-_. ](?:19|20)\d\d"
    r"|(?:19|20)\d\d[-_. ](?:0[1-9]|1[0-2])|\d\d[-_. ]\d\d[-_. ]\d\d|\d{3}[-_. ]\d\d[-_. ]\d{4})(?!\d)"
)
_IN_GROUPS = re.compile(r"\d+(?:[-_. ]\d+)+")  # "12-34-567" is one number
_ALONE = re.compile(r"(?<![^\W\d_])[^\W\d_](?![^\W_])")  # a letter without a figure behind it
_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # the bytes of a file's name that are none, as Python gives them
# Fewer parts may be a version or a section of a list.
_UID = re.compile(r"[012](?:\.(?:0|[1-9]\d*)){3,}")
_WITH_A_UID = re.compile(rf"(?<!\d)(?<!\d\.){_UID.pattern}(?!\d)")


def readable(name: str) -> str:
    """A file's name with its bytes that are not UTF-8 read as Latin-1: it can be shown and stored then, not opened."""
    return name if name.isascii() else _NOT_UTF8.sub(lambda byte: chr(ord(byte[0]) - 0xDC00), name)


def names_nobody(text: str) -> bool:
    """Whether a name that a site gave to a file or folder, or several with slashes between them, is nobody's by its form."""
    return all(map(_part_names_nobody, text.split("/")))


def leads_to_somebody(text: str) -> bool:
    """Whether what a program asks for may be a name, or the UID of an examination: then no address should hold it."""
    return bool(_UID.fullmatch(text)) or id_names_somebody(text)


def stored_id(study_id: str, naming: Naming, key: SiteKey, named: Iterable[str] = ()) -> str:
    """What a study is called here: what the site calls it where that names nobody, else its pseudonym. ``named`` is whom
    the row or header beside it names.

    A StudyInstanceUID names nobody, but leads back to the examination in the hospital's archive.
    """
    if not study_id:
        return ""
    if _UID.fullmatch(study_id) or is_named_by(study_id, named):
        return key.study(study_id)
    if naming == Naming.GIVEN:
        return key.study(study_id) if id_names_somebody(study_id) else study_id
    return study_id if naming == Naming.FOLDER and names_nobody(study_id) else key.study(study_id)


def with_stored_id(file: SourceFile, key: SiteKey) -> SourceFile:
    """The file, with its study called as it is called here."""
    told = stored_id(file.study_id, file.naming, key)
    return file if told == file.study_id else replace(file, study_id=told, id_as_sent=file.study_id)


def told_name(name: str, number: int | None = None) -> str:
    """A file's name in which nobody is named: of parts that may name somebody only the ending is left, beside the
    ``number`` that the file has in order of name, where the caller knows it. In one line, printable, and not too long.
    """
    parts = [
        part if _part_names_nobody(part) else _HIDDEN + _ending(part) for part in _printable(readable(name)).split("/")
    ]
    told = "/".join(parts)
    if len(told) > SHOWN_NAME:
        told = _HIDDEN + told[-SHOWN_NAME:]
    return f"{told} (file {number:,})" if _HIDDEN in told and number else told


def hidden_left_out(where: str, names: Sequence[str]) -> Iterator[Problem]:
    """A remark on hidden files and folders, where there are any."""
    why = "hidden (a name that begins with a dot, or __MACOSX); rename what is to come in"
    yield from left_out("hidden", where, names, why)


def left_out(kind: str, where: str, names: Sequence[str], why: str) -> Iterator[Problem]:
    """A remark on what was not looked at: how much, a few of its names, and what to do; none where there is nothing."""
    if names:
        some = ", ".join(map(told_name, names[:_EXAMPLES])) + (", …" if len(names) > _EXAMPLES else "")
        message = f"Passed over, {len(names):,} in all, since they are {why}: {some}."
        yield Problem(kind, where, message, value=f"{len(names)}", is_warning=True)


def _printable(name: str) -> str:
    """Without what would break a line, colour a terminal or turn the text around."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)


def _part_names_nobody(part: str) -> bool:
    stem = part.removesuffix(_ending(part))
    if KNOWN.fullmatch(part) or KNOWN.fullmatch(stem):
        return True
    if _WITH_A_UID.search(part) or SIGNS_OF_NAMES.search(part) or _DATE.search(part) or len(_ALONE.findall(stem)) > 1:
        return False
    if MISREAD.search(part):
        return False
    if any(sum(map(_figures, re.findall(r"\d+", group))) >= _LONG for group in _IN_GROUPS.findall(part)):
        return False
    pieces = PIECE.findall(part)
    is_numbered = any(piece.isdigit() for piece in pieces)
    return all(_is_harmless(piece) or (is_numbered and plain(piece).lower() in NUMBERED) for piece in pieces)


def _figures(number: str) -> int:
    return len(number.lstrip("0"))


def _ending(part: str) -> str:
    """The ending of a file's name, where it is one that files have: ".dcm", ".csv.gz"."""
    endings = PurePosixPath(part).suffixes[-2:]
    known = [one for one in endings if one[1:].lower() in WORDS_OF_FILES and not one[1:].isdigit()]
    return "".join(known) if known and part.endswith("".join(known)) else ""


def _is_harmless(piece: str) -> bool:
    if piece.isdigit():
        return _figures(piece) < _LONG
    word = plain(piece).lower()
    if (len(word) < 2 and word.isascii()) or word in WORDS_OF_FILES:
        return True
    kind = kind_of(word)
    return len(word) > 2 and bool(kind & Word.ORDINARY) and not kind & (Word.COMMON | Word.LIKELY | Word.TOWN)
