"""Further columns of a table of studies: what names a person by its heading stays out, the rest is masked as a report is."""

import re
from collections.abc import Mapping

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Headings of columns whose every cell is a person's, or one's number: HIPAA's Safe Harbor, and who had the study in hand.
_NAMING_WORDS = """
    name names surname forename mrn ssn dob birth birthdate birthday phone telephone fax email mail address street city zip
    postcode physician physicians doctor referrer referring requesting operator operators technologist radiologist
    accession insurance account licence license passport
"""
_NAMING = frozenset(_NAMING_WORDS.split())


def names_a_person(heading: str) -> bool:
    """Whether a column names somebody by its heading: ``PatientName``, ``patient_name`` and ``PATIENT NAME`` all do."""
    return not _NAMING.isdisjoint(word.lower() for word in _WORDS.findall(heading))


def kept_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns to keep, by heading, with what may name somebody in their values masked."""
    from cases.gate.masking import mask  # half a second of patterns, which only an import should pay

    return {heading: mask(value).text for heading, value in columns.items() if not names_a_person(heading)}
