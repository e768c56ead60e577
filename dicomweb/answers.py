"""Answers in the DICOM JSON model (PS3.18 annex F), made of plain values by keyword."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword

JsonObject = dict[str, Any]


def json_object(values: Mapping[str, object]) -> JsonObject:
    """The attributes as a JSON object, in the order of their tags.

    A value is a text, a number, a date, a list of these, or for a sequence a list of mappings; None and "" are an
    attribute that is there and empty. Raises KeyError for a keyword that is none.
    """
    found = [(*_named(keyword), value) for keyword, value in values.items()]
    return {tag: _element(vr, value) for tag, vr, value in sorted(found, key=lambda one: one[0])}


@cache
def _named(keyword: str) -> tuple[str, str]:
    """The tag of a keyword in hexadecimal digits, and its value representation."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return f"{int(tag):08X}", dictionary_VR(tag)


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
