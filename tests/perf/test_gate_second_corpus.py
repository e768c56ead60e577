"""The second corpus of planted reports: the same twice, each plant where it is said to be, a fifth without one."""

import random
import re

import pytest

from perf.gate.corpora import second_exams
from perf.gate.corpora.second import filled, marked_reports
from perf.gate.corpora.second_people import Scene
from perf.gate.reports import CASES, Plant, second_reports, unmarked

SEED = 20190304
KINDS = {
    "MRN", "SSN", "accession", "account", "address", "age over 89", "clinician", "date", "date of birth",
    "device number", "e-mail", "facility", "fax", "initials", "pager", "partial date", "patient name", "phone",
    "relative", "technologist", "town", "username", "ward or room", "zip code",
}  # fmt: skip


@pytest.fixture(scope="module")
def corpus():
    return second_reports(SEED, 1000)


def test_the_same_seed_makes_the_same_reports(corpus):
    assert second_reports(SEED, 1000) == corpus
    assert second_reports(SEED + 1, 20) != corpus[:20]


def test_every_fifth_report_is_without_a_plant_and_every_kind_is_planted(corpus):
    assert sum(not one.plants for one in corpus) == 200
    assert {plant.kind for one in corpus for plant in one.plants} == KINDS


def test_each_plant_stands_in_its_text_as_it_was_marked(corpus):
    for one, (marked, case) in zip(corpus, marked_reports(SEED, 1000), strict=True):
        inside = [(kind, CASES[case](text)) for kind, text in re.findall(r"⟦([^|]+)\|([^⟧]+)⟧", marked)]
        assert [(plant.kind, one.text[plant.start : plant.end]) for plant in one.plants] == inside
        assert not set("⟦⟧{}") & set(one.text)
        assert all(text.strip() == text and any(map(str.isalnum, text)) for _, text in inside)


def test_the_spans_follow_the_case_of_the_text():
    one = unmarked("seen by Dr. ⟦clinician|Weiß⟧ on ⟦date|4 May 2011⟧", "upper")
    assert one.text == "SEEN BY DR. WEISS ON 4 MAY 2011"
    assert one.plants == (Plant(12, 17, "clinician"), Plant(21, 31, "date"))


def test_the_clean_sentences_have_no_slot_of_a_person():
    for exam in second_exams.EXAMS:
        said = (*exam.titles, *exam.techniques, *exam.reasons, *exam.findings, *exam.impressions)
        slots = {slot for text in (*said, *second_exams.CLOSINGS) for slot in re.findall(r"{(\w+)}", text)}
        assert slots <= set(second_exams.NUMBERS)


def test_a_slot_that_nobody_fills_is_an_error():
    with pytest.raises(KeyError, match="nobody"):
        filled(Scene(random.Random(1)), "Seen by {nobody}.")
    assert filled(Scene(random.Random(1)), "No mass.") == "No mass."
