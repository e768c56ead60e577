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
        ("R/O effusion LEFT", ""),
        ("CHEST PA - R/O PNEUMOTHORAX LEFT", "CHEST PA"),
        ("Chest pneumonia left lower lobe", "Chest"),
        ("rib fracture left", ""),
        ("F/U effusion right", ""),
        ("Portable post drain left", "Portable"),
        ("Chest apical mass bilateral", "Chest"),
        ("HAND LEFT PA", "HAND LEFT PA"),
        ("KNEE RIGHT 12345 AP", "KNEE RIGHT AP"),  # a number is no finding
        ("T1 post contrast lesion left", "T1 post contrast"),
        ("LEFT LATERAL", "LEFT LATERAL"),
    ],
)
def test_words_of_acquisition_stay_unless_they_are_a_surname(text, expected):
    assert cleaned(text) == expected


def test_what_may_not_be_told_takes_the_places_beside_it_along():
    assert cleaned("Chest spine left") == "Chest spine left"
    assert cleaned("Chest spine left", is_told=lambda word: word != "spine") == "Chest"
