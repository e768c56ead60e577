"""Answers in the DICOM JSON model (PS3.18 annex F), made of plain values by keyword."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword

JsonObject = dict[str, Any]


def json_object(values: Mapping[str, object]) -> JsonObject:
    """The attributes as a JSON object, in the order of their tags.

    A value is a text, a number, a date, a list of these, or for a sequence a list of mappings; None and "" are an
    attribute that is there and empty. Raises KeyError for a keyword that is none.
    """
    found = {_tag(keyword): _element(dictionary_VR(_tag(keyword)), value) for keyword, value in values.items()}
    return {f"{tag:08X}": found[tag] for tag in sorted(found)}


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return int(tag)


def _element(vr: str, value: object) -> JsonObject:
    values = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    given = [one for one in values if one is not None and one != ""]
    return {"vr": vr, "Value": [_value(vr, one) for one in given]} if given else {"vr": vr}


def _value(vr: str, value: object) -> object:
    if isinstance(value, Mapping):
        return json_object(value)
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    return {"Alphabetic": str(value)} if vr == "PN" else value
