"""Codes of a header: whether a value has the form of its scheme's codes, so that no number of a patient passes for one."""

import re
from collections.abc import Iterator
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
# Context groups of PS3.16 whose codes of SNOMED say where and how: regions and structures of the body, sides, views, positions,
# procedures, contrast agents and tracers, phantoms. Codes of any other may be findings.
_GROUPS = """
    2 4 5 6 7 9 11 12 13 18 19 20 21 23 25 26 27 91 92 93 94 244 245 246 247 501 502 646 1000 1001 1002 1003 1004 1005 1006
    3010 3011 3014 3015 3107 3108 3111 3206 3428 3757 3820 3850 4005 4009 4010 4011 4012 4013 4014 4015 4016 4017 4018 4020
    4021 4025 4026 4028 4029 4030 4031 4040 4042 4052 4200 4204 4205 4206 4207 4209 4211 6058 6083 7482 7483 7484 10005 10013
    10014 12001 12002 12224 12226
"""
_OF_TECHNIQUE = frozenset(map(int, _GROUPS.split()))
# Parts of the body and views, by the letters and figures that SNOMED had before: not each has its number in the lists.
_PART_OR_VIEW = re.compile(r"T-[A-F0-9]{4,5}|R-10[A-F0-9]{3}")
_SNOMED, _OLD_SNOMED = frozenset({"SCT", "99SCT"}), frozenset({"SRT", "SNM3", "99SDM", "SNM"})


def is_code(value: str, scheme: str) -> bool:
    """Whether a value is one of its scheme's codes that may stand in a header: of SNOMED, in its numbers or the letters and
    figures of before, one by which PS3.16 says where and how a picture is taken; of DICOM and LOINC, one that PS3.16 lists; of
    others also a short one in words of technique, and not as ICD-10 writes diseases.
    """
    value, scheme = value.strip(), scheme.strip()
    if not _SCHEMES.fullmatch(scheme):
        return False
    if scheme.upper() in _SNOMED | _OLD_SNOMED:
        is_old = scheme.upper() in _OLD_SNOMED and _PART_OR_VIEW.fullmatch(value)
        return bool(is_old) or _in_numbers(value, scheme) in _of_technique()
    if (scheme, value) in _by_code():
        return True
    return scheme not in {"DCM", "LN"} and is_technique(value) and not _DISEASE.fullmatch(value)


def is_meaning(text: str) -> bool:
    """Whether a text is what PS3.16 says that a code means, or words of technique."""
    return is_technique(text) or " ".join(text.split()).lower() in _meanings()


def meaning_of(value: str, scheme: str) -> str:
    """What PS3.16 says that a code means; empty where it does not list it."""
    value, scheme = value.strip(), scheme.strip()
    if scheme.upper() in _SNOMED | _OLD_SNOMED:
        return _by_code().get(("SCT", _in_numbers(value, scheme)), "")
    return _by_code().get((scheme, value), "")


def _in_numbers(value: str, scheme: str) -> str:
    """A code of SNOMED CT, by the code that SNOMED had of before where it is one; empty where that is none."""
    if scheme.upper() in _SNOMED:
        return value
    from pydicom.sr._snomed_dict import mapping

    return str(mapping["SRT"].get(value, ""))


@cache
def _of_technique() -> frozenset[str]:
    """The codes of SNOMED CT that say where and how a picture is taken."""
    listed = [(value, meaning, groups) for (scheme, value), meaning, groups in _listed() if scheme == "SCT"]
    diseases = {value for value, meaning, _ in listed if meaning.endswith(" (disorder)")}
    technical = {
        value
        for value, meaning, groups in listed
        if meaning.endswith(" (body structure)") or not _OF_TECHNIQUE.isdisjoint(groups)
    }
    return frozenset(technical - diseases)


@cache
def _by_code() -> dict[tuple[str, str], str]:
    return {code: meaning for code, meaning, _ in _listed()}


def _listed() -> Iterator[tuple[tuple[str, str], str, list[int]]]:
    """The codes that PS3.16 lists: scheme and value, what each means, and the context groups that have it."""
    from pydicom.sr import _concepts_dict  # a tenth of a second, which only a header with codes should pay

    concepts: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = _concepts_dict.concepts  # type: ignore[assignment]
    for scheme, named in concepts.items():
        for codes in named.values():
            for value, (meaning, groups) in codes.items():
                yield (scheme, value), meaning, groups


@cache
def _meanings() -> frozenset[str]:
    return frozenset(" ".join(meaning.split()).lower() for meaning in _by_code().values())


def is_scheme(text: str) -> bool:
    """Whether a text is the designator of a scheme of codes, a maker's own (99…) among them."""
    return bool(_SCHEMES.fullmatch(text.strip())) and (not text.startswith("99") or is_technique(text.strip()))
