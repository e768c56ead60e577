"""Further columns of a table of studies: what names a person by its heading stays out, the rest is masked as a report is,
and more strictly: a cell is no sentence, so a word that nobody knows, or that is but a name, is masked wherever it stands.
"""

import re
from collections.abc import Mapping, Sequence

from cases.contribution import SHOWN_VALUE, hidden
from cases.gate.header.technique import TECHNIQUE
from cases.gate.words import EPONYMS, NAME, Word, kind_of

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_ASCII_LETTERS = re.compile(r"[a-z]+")
# Headings of columns whose every cell is a person's, or one's number: HIPAA's Safe Harbor, and who had the study in hand.
_NAMING_WORDS = """
    name names surname forename mrn ssn dob birth birthdate birthday phone telephone mobile fax email mail address street city zip
    postcode physician physicians doctor referrer referring requesting operator operators technologist radiologist
    accession insurance account licence license passport initials signature signed dictated author clinician
    consultant attending resident surgeon nurse guardian relative mother father spouse contact employer nhs
    nom prenom nombre apellido apellidos nachname vorname geburtsdatum cognome nome achternaam voornaam geboortedatum
"""
_NAMING = frozenset(_NAMING_WORDS.split())
# Who is meant, where nothing but a number stands beside it: "Pt", "Patient #2" and "pat_id" do, "PatientPosition" does not.
_PERSONS = frozenset(["patient", "patients", "pat", "pt", "pts", "pid", "subject", "person"])
_NUMBERING = frozenset(
    ["id", "ids", "no", "nr", "num", "number", "code", "key", "ref", "reference", "identifier", "index"]
)
# The same without anything between its words: "ptname", "MRNs", "dateofbirth".
_RUN_TOGETHER = re.compile(
    r"(?:name|mrn|ssn|dob|birth|initials|accession|surname|forename).*"
    r"|.*(?:names?|mrn|ssn|dob|birth(?:date|day)?|initials|phone|mobile|fax|email|address|postcode|zipcode|accession)"
    r"|(?:patient|pat|pt|hospital|hosp|record|accession|acc|mr|id)(?:id|no|nr|num|number|identifier)s?"
)

_OF_ONE_PERSON = frozenset(["age", "sex", "study_date", "effectiveDateTime", "Patient Age", "Patient Gender"])
_TELLS_NOBODY = re.compile(r"[^\W\d]?|[-+]?\d{0,3}")  # "W", "200" years
_FIGURES = 6  # as many may be a date or a record number


def names_a_person(heading: str) -> bool:
    """Whether a column names somebody by its heading: ``PatientName``, ``ptname``, ``PATIENT NAME`` and ``Pt #2`` all do."""
    words = {word.lower() for word in _WORDS.findall(heading) if not word.isdigit()}
    if words & _NAMING or (words & _PERSONS and words <= _PERSONS | _NUMBERING):
        return True
    return bool(_RUN_TOGETHER.fullmatch("".join(_ASCII_LETTERS.findall(heading.lower()))))


# Headings of columns that say what readers are to find: coders' terms, mined labels, grades; letters alone.
_ANSWER_WORDS = """
    mesh meshterms problem problems label labels findinglabel findinglabels diagnosis diagnoses diagnosticlabel groundtruth
    chexpert negbio class target
    atelectasis cardiomegaly consolidation edema effusion emphysema enlargedcardiomediastinum fibrosis fracture hernia
    infiltration lunglesion lungopacity mass nodule nofinding pleuraleffusion pleuralother pleuralthickening pneumonia
    pneumothorax
"""
_ANSWERS = frozenset(_ANSWER_WORDS.split())


def holds_answers(heading: str) -> bool:
    """Whether a column says by its heading what readers are to find: ``MeSH``, ``Finding Labels``, ``Pleural Effusion``."""
    return "".join(_ASCII_LETTERS.findall(heading.lower())) in _ANSWERS


_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST = 4  # letters of a word that may be a name here; shorter ones are codes
_PREFIX = re.compile(
    r"hypo|hyper|peri|para|sub|supra|infra|inter|intra|post|pre|retro|trans|extra|non|micro|macro|cross"
)
_SOLE_WORD = re.compile(r"\s*(?:[^\n:]{1,64}:\s*)?([^\W\d_]+(?:['’-][^\W\d_]+)*)(\.?)\s*")
_MASKED = re.compile(r"\[[A-Z ]+\]")


def kept_headings(headings: Sequence[str], known: Sequence[str] = ()) -> list[str]:
    """The headings, with ``column N`` in the place of each that may name somebody; one of ``known`` stays."""
    return [
        name if not name or name in known or not may_name(name) else _numbered(name, number)
        for number, name in enumerate(headings, start=1)
    ]


def _numbered(name: str, number: int) -> str:
    return f"column {number} (name)" if names_a_person(name) else f"column {number}"


def may_name(text: str) -> bool:
    """Whether a heading, or a value that was refused, holds a word that may be a name."""
    words = (_WORDS if text.isascii() else _LETTERS).findall(text)
    return any(_is_name(word) or (len(word) >= _LEAST and kind_of(word.lower()) & Word.LIKELY) for word in words)


def told_value(name: str, value: str) -> str:
    """A value of the column ``name`` that was refused, as people are told it: by its length where it holds a word that may
    be a name; by its form ("##.##.####", "aaaa") where its figures may be a date or a record number; else as it is.
    """
    value = value.strip()
    if may_name(value) or len(value) > SHOWN_VALUE:
        return hidden(value)
    is_one = name in _OF_ONE_PERSON and not _TELLS_NOBODY.fullmatch(value)
    if is_one or sum(letter.isdigit() for letter in value) >= _FIGURES:
        return "".join("#" if letter.isdigit() else "a" if letter.isalpha() else letter for letter in value)
    return value


def _is_name(word: str) -> bool:
    """Whether a word that stands by itself is but a name, or one that nobody knows."""
    low = word.lower()
    if len(word) < _LEAST or low in TECHNIQUE or low in EPONYMS:
        return False
    kind = kind_of(low)
    if not kind:
        stem = _PREFIX.sub("", low)
        return len(word) > _LEAST and not (stem != low and kind_of(stem) & Word.ORDINARY)
    return bool(kind & NAME) and not kind & Word.ORDINARY


def sole_name(text: str) -> tuple[int, int] | None:
    """Where in a report's text, which holds no other word but maybe a heading's, its only word may be a name: one that is but
    a name, or one with a capital and without a full stop that nobody knows, as on a line of its own in a longer text.
    """
    match = _SOLE_WORD.fullmatch(text)
    if match is None:
        return None
    names = [part for part in re.split(r"['’-]", match[1]) if _is_name(part)]
    is_known = any(kind_of(part.lower()) for part in names)
    is_alone = match[1][0].isupper() and not match[2]
    return match.span(1) if is_known or (names and is_alone) else None


def _without_names(text: str) -> str:
    parts, at = [], 0
    for mark in (*_MASKED.finditer(text), None):
        end = mark.start() if mark else len(text)
        parts.append(_LETTERS.sub(lambda word: "[NAME]" if _is_name(word[0]) else word[0], text[at:end]))
        if mark:
            parts.append(mark[0])
            at = mark.end()
    return "".join(parts)


def kept_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns to keep, by heading, with what may name somebody in their values masked; none that holds answers."""
    if not columns:
        return {}
    from cases.gate.report.masking import mask  # a second of patterns, which only columns should pay for

    return {
        heading: _without_names(mask(value).text)
        for heading, value in columns.items()
        if not names_a_person(heading) and not holds_answers(heading)
    }
