"""RadGraph's layout: tokens, kinds, indexes and relations."""

import json

import pytest

from llm_extract.findings import ReportFinding, Status
from llm_extract.reporting.radgraph import KINDS, Relation, graph, tokenize, write_lines

from .reports import FINDER, TEXT, read


def entities(text):
    return graph(text, read(text), FINDER)["entities"]


def by_tokens(text):
    found = entities(text)
    return {entity["tokens"].lower(): entity for entity in found.values()}, found


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # The package's own example: the stop is a token of its own.
        (
            "No evidence of pneumothorax following chest tube removal.",
            "No evidence of pneumothorax following chest tube removal .",
        ),
        ("1.5 cm (stable).", "1 . 5 cm ( stable ) ."),
        ("about 50%, or\n60%.", "about 50 % , or 60 % ."),
        ("status-post T12", "status - post T12"),
    ],
)
def test_tokens(text, tokens):
    assert " ".join(token.text for token in tokenize(text)) == tokens


def test_tokens_stand_where_they_say():
    for token in tokenize(TEXT):
        assert TEXT[token.start : token.end] == token.text


def test_twelve_kinds_and_three_relations():
    assert len(set(KINDS)) == 12
    assert "Observation::measurement::uncertain" in KINDS
    assert {relation.value for relation in Relation} == {"modify", "located_at", "suggestive_of"}


def test_example_of_the_package():
    made = graph(
        "No evidence of pneumothorax following chest tube removal.", read("No evidence of pneumothorax."), FINDER
    )
    entity = made["entities"]["1"]
    assert made["text"] == "No evidence of pneumothorax following chest tube removal ."
    assert entity == {
        "tokens": "pneumothorax",
        "label": "Observation::definitely absent",
        "start_ix": 3,
        "end_ix": 3,
        "relations": [],
    }


def test_statuses_places_and_what_describes_a_finding():
    named, found = by_tokens(TEXT)
    assert named["cardiomegaly"]["label"] == "Observation::definitely present"
    key = {id(entity): key for key, entity in found.items()}
    heart = key[id(named["cardiomegaly"])]
    assert named["mild"]["relations"] == [["modify", heart]]
    assert named["stable"]["relations"] == [["modify", heart]]
    assert named["pneumothorax"]["label"] == "Observation::definitely absent"
    assert named["pneumonia"]["label"] == "Observation::uncertain"
    place = key[id(named["right lower lobe"])]
    assert named["right lower lobe"]["label"] == "Anatomy::definitely present"
    assert ["located_at", place] in named["opacity"]["relations"]
    assert ["suggestive_of", key[id(named["pneumonia"])]] in named["opacity"]["relations"]


def test_normal_statement_is_not_written_as_something_absent():
    named, _ = by_tokens("FINDINGS: Heart size is normal. Lungs are clear. Normal heart. Clear lungs.")
    assert named == {}


def test_predicate_is_an_observation_at_its_part_of_the_body():
    named, found = by_tokens("FINDINGS: The heart is mildly enlarged.")
    heart = next(key for key, entity in found.items() if entity["tokens"] == "heart")
    assert found[heart]["label"] == "Anatomy::definitely present"
    assert named["enlarged"]["relations"] == [["located_at", heart]]
    assert named["enlarged"]["label"] == "Observation::definitely present"


def test_history_is_not_written_as_present():
    assert entities("FINDINGS: History of pneumonia.") == {}


def test_size_is_a_measurement():
    text = "FINDINGS: A 5 mm nodule in the right upper lobe."
    start = text.index("A 5")
    one = ReportFinding("lung_nodule", "Lung nodule", Status.PRESENT, start, len(text), text[start:], size="5 mm")
    found = graph(text, [one], FINDER)["entities"]
    assert [(entity["tokens"], entity["label"]) for entity in found.values()] == [
        ("5 mm", "Observation::measurement::definitely present"),
        ("nodule", "Observation::definitely present"),
    ]
    assert found["1"]["relations"] == [["modify", "2"]]


PARTS = [
    ("The liver measures 17 cm.", "liver", "definitely present", "17 cm", "definitely present"),
    ("The liver is 17 cm in length.", "liver", "definitely present", "17 cm", "definitely present"),
    (
        "Common bile duct measures approximately 5 mm.",
        "Common bile duct",
        "definitely present",
        "5 mm",
        "definitely present",
    ),
    ("The aortic root possibly measures 4 cm.", "aortic root", "definitely present", "4 cm", "uncertain"),
    ("The aorta does not exceed 3 cm.", "aorta", "definitely present", "3 cm", "definitely absent"),
    ("The spleen is surgically absent.", "spleen", "definitely absent", None, None),
    ("Congenitally absent left kidney.", "left kidney", "definitely absent", None, None),
    ("The gallbladder has been removed.", "gallbladder", "definitely absent", None, None),
    ("No cervical rib.", "cervical rib", "definitely absent", None, None),
    ("The gallbladder is likely absent.", "gallbladder", "uncertain", None, None),
    ("The appendix is not visualized.", "appendix", "uncertain", None, None),
    ("Probable accessory spleen.", "accessory spleen", "uncertain", None, None),
]


@pytest.mark.parametrize(("text", "part", "status", "size", "size_status"), PARTS)
def test_parts_of_the_body_that_are_measured_gone_or_perhaps_there(text, part, status, size, size_status):
    found = graph(f"FINDINGS: {text}", [], FINDER)["entities"]
    said = {entity["tokens"]: entity for entity in found.values()}
    assert said[part]["label"] == f"Anatomy::{status}"
    if size is None:
        assert len(said) == 1
    else:
        key = next(key for key, entity in found.items() if entity["tokens"] == part)
        assert said[size]["label"] == f"Anatomy::measurement::{size_status}"
        assert said[size]["relations"] == [["modify", key]]


@pytest.mark.parametrize(
    "text",
    [
        "FINDINGS: Possible left lower lobe pneumonia.",
        "FINDINGS: No left kidney stone.",
        "FINDINGS: The tube lies 4 cm above the heart.",
        "FINDINGS: The liver previously measured 17 cm.",
        "FINDINGS: The kidneys are normal. There is a 2 cm cyst.",
        "INDICATION: The spleen is surgically absent.\nFINDINGS: Clear.",
        "FINDINGS: Nodule in the right upper lobe, 5 mm.",
    ],
)
def test_parts_that_are_only_a_place_are_not_measured_missed_or_doubted(text):
    assert graph(text, [], FINDER)["entities"] == {}


def test_a_report_that_says_all_has_all_twelve_kinds():
    text = (
        "FINDINGS: The liver measures 17 cm. The aortic root possibly measures 4 cm. The aorta does not exceed 3 cm. "
        "The spleen is surgically absent. The appendix is not visualized. A 5 mm nodule in the right upper lobe. "
        "Possible 6 mm nodule. No nodule larger than 4 mm."
    )
    assert {entity["label"] for entity in entities(text).values()} == set(KINDS)


def test_words_that_describe_a_finding_modify_it():
    named, found = by_tokens("FINDINGS: Patchy multifocal airspace opacities.")
    opacity = next(key for key, entity in found.items() if entity["tokens"] == "airspace opacities")
    for word in ("patchy", "multifocal"):
        assert named[word]["relations"] == [["modify", opacity]]
        assert named[word]["label"] == "Observation::definitely present"


def test_every_alternative_is_suggested():
    named, found = by_tokens("FINDINGS: Opacity may represent atelectasis or pneumonia.")
    keys = {entity["tokens"]: key for key, entity in found.items()}
    assert named["opacity"]["relations"] == [
        ["suggestive_of", keys["atelectasis"]],
        ["suggestive_of", keys["pneumonia"]],
    ]
    assert named["atelectasis"]["relations"] == []


def test_listed_findings_suggest_nothing_of_each_other():
    found = entities("FINDINGS: Opacity and effusion. Opacity, not suggestive of pneumonia.")
    assert not any(relation == "suggestive_of" for entity in found.values() for relation, _ in entity["relations"])


def test_graph_is_sound():
    made = graph(TEXT, read(), FINDER)
    tokens = made["text"].split(" ")
    spans = set()
    for number, (key, entity) in enumerate(made["entities"].items(), start=1):
        assert key == str(number)
        assert entity["label"] in KINDS
        assert " ".join(tokens[entity["start_ix"] : entity["end_ix"] + 1]) == entity["tokens"]
        assert all(target in made["entities"] for _, target in entity["relations"])
        inside = set(range(entity["start_ix"], entity["end_ix"] + 1))
        assert not inside & spans
        spans |= inside


def test_lines_hold_one_study_each():
    (line,) = write_lines({"s1": graph(TEXT, read(), FINDER)})
    assert set(json.loads(line)) == {"s1"}


def test_same_word_twice_in_a_sentence_is_two_entities():
    text = "FINDINGS: Left pleural effusion and right pleural effusion."
    found = [entity for entity in entities(text).values() if "effusion" in entity["tokens"]]
    assert len({entity["start_ix"] for entity in found}) == 2
