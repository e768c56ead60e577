"""Descriptions keep words of acquisition; a surname that is such a word goes where it is somebody's."""

import pytest

from cases.gate.header.descriptions import cleaned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CHEST PA AND LATERAL", "CHEST PA AND LATERAL"),
        ("XR HEAD", "XR HEAD"),
        ("DR HAND LEFT 2 views", "DR HAND LEFT 2 views"),
        ("hand", "hand"),
        ("seen by Dr Hand", ""),
        ("bone dr", ""),
        ("Head, Yusuf", ""),
        ("KNEE ANKE AP", "AP"),
        ("R/O effusion LEFT", "R LEFT"),
    ],
)
def test_words_of_acquisition_stay_unless_they_are_a_surname(text, expected):
    assert cleaned(text) == expected
