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
