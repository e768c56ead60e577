"""Taxonomies nobody prepared the engine for: the 14 NIH labels, and ten labels of an abdominal CT with an exclusive "Normal"."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from llm_extract.findings import LabelDefinition
from llm_extract.rules.engine import engine_for
from llm_extract.rules.mapping import map_findings
from perf.extraction.gold import read_taxonomy

HERE = Path(__file__).parent


def rows(name):
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["id"], row["text"], row["expected"]) for row in csv.DictReader(file)]


def suggested(text, taxonomy, body_part):
    labels = read_taxonomy(taxonomy)
    engine = engine_for(body_part, labels)
    found = map_findings(engine.findings(text), labels, engine.vocabulary)
    return {suggestion.label: suggestion.status.value for suggestion in found}


def expectation(words):
    return dict(pair.split("=") for pair in words.split("; ")) if words else {}


@pytest.mark.parametrize(("ref", "text", "expected"), rows("nih_reports"))
def test_nih_labels(ref, text, expected):
    assert suggested(text, "nih14", "CHEST") == expectation(expected)


@pytest.mark.parametrize(("ref", "text", "expected"), rows("list_reports"))
def test_reports_of_one_finding_a_line(ref, text, expected):
    assert suggested(text, "openi12", "CHEST") == expectation(expected)


@pytest.mark.parametrize(("ref", "text", "expected"), rows("form_reports"))
def test_reports_written_as_forms(ref, text, expected):
    assert suggested(text, "openi12", "CHEST") == expectation(expected)


@pytest.mark.parametrize(("ref", "text", "expected"), rows("worded_reports"))
def test_reports_whose_wording_turns_a_denial_or_a_doubt(ref, text, expected):
    assert suggested(text, "openi12", "CHEST") == expectation(expected)


@pytest.mark.parametrize("body_part", ["ABDOMEN", ""], ids=["abdomen", "no body part"])
@pytest.mark.parametrize(("ref", "text", "expected"), rows("abdomen_reports"))
def test_abdomen_labels(ref, text, expected, body_part):
    assert suggested(text, "abdomen10", body_part) == expectation(expected)


TEN_OF_ABDOMEN = (
    LabelDefinition("normal", "Normal", "No significant abnormality.", exclusive=True),
    LabelDefinition("liver_lesion", "Liver lesion", synonyms=("hepatic mass", "hepatic metastasis")),
    LabelDefinition("renal_calculus", "Renal calculus", synonyms=("kidney stone", "nephrolithiasis", "ureteral stone")),
    LabelDefinition("bowel_obstruction", "Bowel obstruction", synonyms=("small bowel obstruction", "SBO", "ileus")),
)
OF_CHEST = (
    LabelDefinition("normal", "Normal", exclusive=True),
    LabelDefinition("pneumonia", "Pneumonia"),
    LabelDefinition("effusion", "Pleural effusion"),
)


def labelled(text, labels, body_part):
    engine = engine_for(body_part, labels)
    found = map_findings(engine.findings(text), labels, engine.vocabulary)
    return {suggestion.label: suggestion.status.value for suggestion in found}


@pytest.mark.parametrize(
    "text",
    [
        "Normal abdomen.",
        "Normal abdomen and pelvis.",
        "Unremarkable CT of the abdomen and pelvis.",
        "No acute abnormality in the abdomen.",
        "No abnormality in the abdomen or pelvis.",
        "Normal study.",
        "The abdomen is unremarkable.",
        "IMPRESSION: The examination is normal.",
        "ABDOMEN: Normal.",
    ],
)
@pytest.mark.parametrize("body_part", ["ABDOMEN", ""])
def test_a_normal_abdomen_is_normal_and_denies_no_label_it_does_not_name(text, body_part):
    assert labelled(text, TEN_OF_ABDOMEN, body_part) == {"normal": "present"}


@pytest.mark.parametrize(
    "text",
    ["Normal chest.", "The chest is normal.", "Unremarkable CT of the chest.", "Normal chest x-ray.", "Normal study.",
     "Negative chest.", "The examination is unremarkable.", "No acute abnormality in the chest."],
)  # fmt: skip
@pytest.mark.parametrize("name", ["Normal", "Normal chest", "No acute abnormality", "No finding"])
def test_a_normal_chest_is_normal_however_the_exclusive_label_is_called(text, name):
    labels = (replace(OF_CHEST[0], name=name), *OF_CHEST[1:])
    assert labelled(text, labels, "CHEST") == {"normal": "present"}


@pytest.mark.parametrize(
    ("text", "labels", "body_part"),
    [
        ("Not a normal abdomen.", TEN_OF_ABDOMEN, "ABDOMEN"),
        ("The abdominal wall is normal.", TEN_OF_ABDOMEN, "ABDOMEN"),
        ("Normal chest wall.", OF_CHEST, "CHEST"),
        ("Acute abnormality.", (replace(OF_CHEST[0], name="No acute abnormality"), *OF_CHEST[1:]), "CHEST"),
    ],
)
def test_what_says_nothing_of_the_whole_does_not_make_it_normal(text, labels, body_part):
    assert labelled(text, labels, body_part) == {}


def test_a_normal_abdomen_with_a_stone_is_not_normal():
    assert labelled("Normal abdomen except for a kidney stone.", TEN_OF_ABDOMEN, "ABDOMEN") == {
        "renal_calculus": "present"
    }


@pytest.mark.parametrize(
    "text",
    [
        "Multiple dilated loops of small bowel with transition point, likely small bowel obstruction. IMPRESSION: Probable SBO.",
        "Probable SBO.",
        "SBO likely.",
        "Small bowel obstruction, probable.",
        "Dilated loops likely representing small bowel obstruction.",
        "Possible ileus.",
    ],
)
def test_a_hedged_obstruction_is_uncertain(text):
    assert labelled(text, TEN_OF_ABDOMEN, "ABDOMEN")["bowel_obstruction"] == "uncertain"


@pytest.mark.parametrize(
    "text", ["Likely small bowel obstruction. IMPRESSION: Small bowel obstruction.", "Postoperative ileus."]
)
def test_what_another_sentence_states_plainly_is_present(text):
    assert labelled(text, TEN_OF_ABDOMEN, "ABDOMEN")["bowel_obstruction"] == "present"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Pneumonia likely.", "uncertain"),
        ("Right basilar pneumonia, probable.", "uncertain"),
        ("Pneumonia.", "present"),
        ("No pneumonia, likely.", "absent"),
        ("Pneumonia not likely.", "absent"),
        ("Not likely pneumonia.", "absent"),
        ("Pneumonia, likely improving.", "present"),
    ],
)
def test_doubt_at_the_end_of_a_sentence_looks_back(text, status):
    assert labelled(text, OF_CHEST, "CHEST")["pneumonia"] == status
