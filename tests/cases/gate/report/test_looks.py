"""What a look skips is never found: a text is masked alike with the looks and without them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.gate.report import masking
from cases.gate.report.forms import Form, Forms, Private
from cases.gate.report.looks import Look, look_at, outlines, shape, signs, told
from cases.gate.report.masking import patient_data

from .test_written_forms import EVERYDAY, TABLE, written

LINES = [line.text for table in (TABLE, EVERYDAY) for line in written(table)]
DICTATED = [
    "D: Leung 11/4 T: wo 1/3",
    "DD: Okafor 3/4  DT: mb 5/6",
    "Dict: 03/12/2019 14:10 ks",
    "RK/mt",
    "T/kd",
    "/s/ Brown",
    "W. Unterweger",
    "call Dr Weber on 4471",
    "(CA 7ABC 123)",
    "- Sreeja",
]


def search_all(text):
    """Return the text as one that no look skips anything of."""
    return replace(look_at(text), outline=None, pieces=frozenset())


def without_looks(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "look_at", search_all)
        return patient_data(text)


@pytest.mark.parametrize("case", [str, str.upper, str.lower, lambda text: f"Chest, two views.\n{text}\nNo change."])
def test_no_line_is_masked_otherwise_for_the_looks(case):
    texts = [case(text) for text in LINES + DICTATED]
    assert [text for text in texts if patient_data(text) != without_looks(text)] == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LINES + DICTATED), st.sampled_from((" ", "\n", "  ", "\t", "-", "")))))
def test_no_text_made_of_them_is_masked_otherwise(pieces):
    text = "".join(piece + gap for piece, gap in pieces)[:400]
    assert patient_data(text) == without_looks(text)


def test_a_text_is_seen_in_outline():
    seen = look_at("Dr. Smith,  MD\t12 cm")
    assert seen.outline == "\nAa. Aaaaa, AA 00 aa\n"
    assert seen.pieces == {"dr", "smith", "md", "cm"}
    assert (seen.has_figure, seen.figures()) == (True, 2)


def test_beyond_ascii_everything_is_searched():
    seen = look_at("Größe ٣")
    assert seen.outline is None
    assert seen.has_figure
    assert told("nothing").fits(seen)


@pytest.mark.parametrize(
    ("look", "fits"),
    [
        (told("smith jones"), True),
        (told("smi"), False),
        (signs("mi"), True),
        (outlines("0-0"), False),
        (outlines("Aaaaa"), True),
        (told("smith", outlines=("00",)), False),
        (Look(), True),
    ],
)
def test_a_look_needs_one_of_each_that_it_is_given(look, fits):
    assert look.fits(look_at("Dr. Smith 1")) is fits


def test_a_shape_is_searched_for_where_one_of_its_looks_fits():
    sought = shape("a+", told("aaa"), outlines("0"))
    assert [match[0] for match in sought.found_in(look_at("baab aaa"))] == ["aa", "aaa"]
    assert list(sought.found_in(look_at("baab"))) == []
    assert list(shape("a+").found_in(look_at("baab")))


def test_forms_are_those_whose_words_stand_in_the_text():
    def form(*words, sign=None):
        return Form(Private.NAME, re.compile("x"), words, sign)

    hospital, van, dot, signed = form("hosp"), form("van "), form("."), form("hosp", sign=re.compile("y"))
    forms = Forms([hospital, van, dot, signed])
    assert list(forms.of(look_at("In hospital"))) == [hospital, dot, signed]
    assert list(forms.of(look_at("advanced"))) == [dot, signed]
    assert list(forms.of(look_at("caravan park"))) == [van, dot, signed]
    assert list(forms.of(look_at("é"))) == [hospital, van, dot, signed]
