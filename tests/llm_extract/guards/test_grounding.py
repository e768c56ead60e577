from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.asking.sentences import numbered_sentences
from llm_extract.findings import Grounding
from llm_extract.guards.grounding import QuotableText, normalized

TEXT = "FINDINGS: The heart is enlarged. Small left effusion,\nstable. No pneumothorax. The heart is enlarged again."


def quotable(text=TEXT, *, is_masked=False):
    return QuotableText.of(text, numbered_sentences(text, is_masked=is_masked))


@pytest.mark.parametrize(
    ("quote", "claimed", "expected"),
    [
        ("heart is enlarged", [1], (0, 0, "exact")),
        ("heart is enlarged", [4], (3, 3, "exact")),
        ("heart is enlarged", [], (0, 0, "exact")),
        ("effusion, stable", [2], (1, 1, "normalized")),
        ("EFFUSION — stable", [2], (1, 1, "normalized")),
        ("stable. No pneumothorax", [2, 3], (1, 2, "normalized")),
        ("stable. No pneumothorax", [], (1, 2, "normalized")),
        ("No", [3], (2, 2, "exact")),
    ],
)
def test_where_a_quote_stands(quote, claimed, expected):
    found = quotable().find(quote, claimed)
    assert (found.first, found.last, found.grounding.value) == expected


@pytest.mark.parametrize(
    "quote", ["", " . ", "right effusion", "enlarged heart", "nlarged", "No", "The", "stable. The heart"]
)
def test_what_the_report_does_not_say_or_too_little_of_it(quote):
    assert quotable().find(quote, []) is None


def test_a_quote_of_a_mask_stands_where_the_mask_is():
    text = "Seen by Dr. Smith on 03/04/2021: an effusion."
    assert quotable(text, is_masked=True).find("an effusion", [1]).grounding is Grounding.EXACT
    assert quotable(text, is_masked=True).find("on [DATE]: an effusion", [1]).grounding is Grounding.NORMALIZED
    assert quotable(text, is_masked=True).find("Smith on 03/04/2021", [1]) is None


@dataclass(frozen=True)
class Sentence:
    number: int
    start: int
    end: int
    shown: str


@given(
    st.lists(st.sampled_from(["heart", "No", "effusion,", "left", "3 mm", "é", "stable"]), min_size=2, max_size=12),
    st.data(),
)
@settings(max_examples=100, deadline=None)
def test_every_stretch_of_words_of_a_sentence_is_found_exactly_there(words, data):
    text = " ".join(words)
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    found = QuotableText.of(text, [Sentence(1, 0, len(text), text)]).find(" ".join(words[start:end]), [1])
    assert (found.first, found.grounding) == (0, Grounding.EXACT)


def test_words_alone_are_compared():
    assert normalized("  The HEART—is,\nbig_! ") == "the heart is big"
