"""Codes of a header: whether a value has the form of its scheme's codes, so that no number of a patient passes for one."""

import re
from functools import cache

from cases.gate.header.technique import is_technique

_SCHEMES = re.compile(r"SCT|SRT|SNM3|SNM|99SDM|DCM|LN|FMA|UCUM|RADLEX|UMLS|CPT4|99\w{2,8}", re.IGNORECASE)
# Where a code says how and of what a picture was taken: view, region, laterality, position, procedure, contrast, units, how it
# was derived. Any other may say what was found in it, or why it was taken, which is the answer.
CODED = frozenset(
    {0x00540220, 0x00540222, 0x00082218, 0x00082220, 0x00082228, 0x00082230, 0x00540410, 0x00540412, 0x00540414}
    | {0x00081032, 0x00321064, 0x00400260, 0x00400008, 0x00180012, 0x00180014, 0x00540300, 0x00540304, 0x004008EA}
    | {0x00089215, 0x0040A170, 0x00120064, 0x00185104, 0x00189346, 0x00189809, 0x00220015, 0x00220016}
)
_DISEASE = re.compile(
    r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?", re.IGNORECASE
)  # as ICD-10 writes one, in whichever scheme
_CODES = {"SRT": re.compile(r"[A-Z]-[A-F0-9]{4,5}"), "SNM3": re.compile(r"[A-Z]-[A-F0-9]{4,5}")}


def is_code(value: str, scheme: str) -> bool:
    """Whether a value is one of its scheme's codes, by the tables of PS3.16, or has their form: SNOMED CT's check digit, the
    letter and figures of SRT; of a scheme that has no form, a short one in words of technique, and not as ICD-10 writes
    diseases.
    """
    value, scheme = value.strip(), scheme.strip()
    if not _SCHEMES.fullmatch(scheme):
        return False
    if scheme in {"SCT", "99SCT"}:
        return value.isdigit() and 6 <= len(value) <= 18 and is_checked(value)
    form = _CODES.get(scheme)
    if form:
        return bool(form.fullmatch(value))
    if (scheme, value) in _by_code():
        return True
    return scheme not in {"DCM", "LN"} and is_technique(value) and not _DISEASE.fullmatch(value)


def is_meaning(text: str) -> bool:
    """Whether a text is what PS3.16 says that a code means, or words of technique."""
    return is_technique(text) or " ".join(text.split()).lower() in _meanings()


def meaning_of(value: str, scheme: str) -> str:
    """What PS3.16 says that a code means; empty where it does not list it."""
    return _by_code().get((scheme.strip(), value.strip()), "")


@cache
def _by_code() -> dict[tuple[str, str], str]:
    from pydicom.sr import _concepts_dict  # a tenth of a second, which only a header with codes should pay

    concepts: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = _concepts_dict.concepts  # type: ignore[assignment]
    return {
        (scheme, value): meaning
        for scheme, named in concepts.items()
        for codes in named.values()
        for value, (meaning, _) in codes.items()
    }


@cache
def _meanings() -> frozenset[str]:
    return frozenset(" ".join(meaning.split()).lower() for meaning in _by_code().values())


def is_scheme(text: str) -> bool:
    """Whether a text is the designator of a scheme of codes, a maker's own (99…) among them."""
    return bool(_SCHEMES.fullmatch(text.strip())) and (not text.startswith("99") or is_technique(text.strip()))


def is_checked(number: str) -> bool:
    """Whether the last figure is the check digit that SNOMED CT puts there (Verhoeff, 1969)."""
    check = 0
    for place, figure in enumerate(reversed(number)):
        check = _PRODUCTS[check][_permuted(place, int(figure))]
    return check == 0


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
