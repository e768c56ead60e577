"""Odd characters that a reader does not see hide nothing from the rules; the evidence is what stands in the report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hidden import readable
from llm_extract.findings import Status
from llm_extract.reporting import lunguage
from llm_extract.reporting.places import Finder
from llm_extract.rules.engine import RulesEngine, extract_findings
from llm_extract.rules.vocabulary import load_vocabulary

CHEST = load_vocabulary("chest")


def read(text):
    found = extract_findings(text, CHEST)
    assert all(one.evidence == text[one.start : one.end] for one in found)
    return {one.observation: one.status.value for one in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pleural e\ufb00usion.", {"pleural_effusion": "present"}),
        ("No pleural e\ufb00usion. Large pneumothorax.", {"pleural_effusion": "absent", "pneumothorax": "present"}),
        ("Pneumo\u00adthorax.", {"pneumothorax": "present"}),
        ("Small pleural effu\u200bsion.", {"pleural_effusion": "present"}),
        ("\ufeffFINDINGS: Pneumothorax.\u2060", {"pneumothorax": "present"}),
        (
            "No\u00a0pleural\u00a0effusion.\u00a0Pneumothorax.",
            {"pleural_effusion": "absent", "pneumothorax": "present"},
        ),
        ("No pleural effusion.\u200b Pneumothorax.", {"pleural_effusion": "absent", "pneumothorax": "present"}),
        ("No pneumothorax\u2028Cardiomegaly", {"pneumothorax": "absent", "cardiomegaly": "present"}),
        ("Right\u2010sided pneumothorax, follow\u2011up advised.", {"pneumothorax": "present"}),
        ("INDICATION:\u00a0Pneumothorax.\u00a0FINDINGS:\u00a0Cardiomegaly.", {"cardiomegaly": "present"}),
        ("FIND\u00adINGS: No pneumo\u00adthorax.", {"pneumothorax": "absent"}),
        ("\uff30neumothorax.", {"pneumothorax": "present"}),
    ],
)
def test_odd_characters_are_read_through(text, expected):
    assert read(text) == expected


def test_the_words_around_a_finding_are_found_too():
    text = "Possi\u00adble 5\u00a0mm left pleural e\ufb00usion."
    [one] = RulesEngine(CHEST).findings(text)
    assert (one.status, one.laterality.value, one.evidence) == (Status.UNCERTAIN, "left", text)
    rows = list(lunguage.rows("S", text, [one], Finder.for_vocabulary(CHEST)))
    assert {row.ent for row in rows} == {"pleural effusion"}
    assert ("Measurement", "5 mm") in {(row.relation, row.value) for row in rows}


ODD = ["\u00ad", "\u200b", "\u2060", "\ufeff"]


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(ODD)), max_size=12))
def test_hidden_characters_change_no_finding(planted):
    plain = "FINDINGS: No pleural effusion. Large left pneumothorax is seen."
    text = plain
    for place, mark in planted:
        text = text[:place] + mark + text[place:]
    assert readable(text)[0] == plain
    assert read(text) == read(plain)
