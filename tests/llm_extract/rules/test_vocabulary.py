import re

import pytest

from llm_extract.findings import LabelDefinition
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.phrases import read_words
from llm_extract.rules.vocabulary import EMPTY, Mode, load_vocabulary, merge, read_vocabulary, vocabulary_for
from perf.extraction.gold import read_probes, read_taxonomy

TAXONOMY = read_taxonomy("openi12")

CHEST = load_vocabulary("chest")


def small(**entries):
    return {"body_parts": ["KNEE"], "observations": entries}


def test_the_chest_vocabulary_is_far_wider_than_any_benchmark():
    assert len(CHEST.observations) >= 150


def test_no_phrase_means_two_observations():
    owner = {}
    for key, mode, phrases in CHEST.phrases:
        for phrase in phrases:
            assert owner.setdefault(phrase, (key, mode)) == (key, mode), phrase


@pytest.mark.parametrize("key", sorted(CHEST.observations))
def test_every_observation_is_found_by_a_phrase_of_its_own(key):
    own = [
        phrase for owner, mode, phrases in CHEST.phrases if owner == key and mode is Mode.NAMED for phrase in phrases
    ]
    assert key in CHEST.find_in(re.sub(r" ~\d+", "", own[0]))


def test_relations_lead_to_observations_and_never_in_a_circle():
    for key, observation in CHEST.observations.items():
        assert set(observation.is_a) | set(observation.near) <= set(CHEST.observations) | {"emphysema_hyperinflation"}
        assert key not in CHEST.ancestors(key)[1:]


def test_ancestors_run_from_near_to_far():
    assert CHEST.ancestors("defibrillator") == ("defibrillator", "pacemaker", "support_device")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"name": "Tear", "phrases": ["tear"], "synonym": []}, "unknown key 'synonym'"),
        ({"name": "Tear", "phrases": ["tear"], "is_a": ["injury"]}, "'injury', which is not defined"),
        ({"name": "Tear", "phrases": ["{ligaments} tear"]}, "unknown set {ligaments}"),
    ],
)
def test_a_slip_in_a_data_file_is_named(entry, message):
    with pytest.raises(ValueError, match=message):
        read_vocabulary(small(tear=entry))


@pytest.mark.parametrize("body_part", ["CHEST", "chest", "Thorax", "CHEST_PA"])
def test_the_vocabulary_follows_the_body_part(body_part):
    assert vocabulary_for(body_part) is CHEST


def test_without_a_body_part_every_vocabulary_is_read():
    found = {finding.observation for finding in RulesEngine(vocabulary_for("")).findings("Gallstones. Left effusion.")}
    assert found == {"gallstone", "pleural_effusion"}


def test_abdominal_words_change_no_answer_on_the_chest():
    merged = RulesEngine(vocabulary_for(""))
    for probe in read_probes("probes"):
        said = {s.label: s.status.value for s in map_findings(merged.findings(probe.text), TAXONOMY, merged.vocabulary)}
        assert said.get(probe.label, "absent") == probe.expected, probe.text


def test_a_body_part_without_a_vocabulary_has_an_empty_one():
    assert vocabulary_for("KNEE") is EMPTY


def test_merged_vocabularies_find_the_words_of_both():
    knee = read_vocabulary(small(tear={"name": "Meniscal tear", "phrases": ["meniscal tear"]}))
    assert merge([CHEST, knee]).find_in("Meniscal tear and pneumothorax") == ("tear", "pneumothorax")


def test_labels_the_vocabulary_knows_add_nothing():
    assert CHEST.with_labels([LabelDefinition("x", "Pneumothorax")]) is CHEST


def test_labels_it_does_not_know_are_added_by_their_own_words():
    extended = CHEST.with_labels(
        [LabelDefinition("tear", "Meniscal tear", synonyms=("torn (medial) meniscus | x ~ {y}",))]
    )
    assert extended.find_in("a meniscal tear") == ("tear",)
    assert extended.with_labels([LabelDefinition("tear", "Meniscal tear")]) is extended


def test_one_slip_in_spelling_is_forgiven_in_long_words_only():
    assert CHEST.find_in("pneumothroax") == ("pneumothorax",)
    assert CHEST.find_in("infusion") == ()


def test_a_word_of_the_language_is_no_slip_for_a_word_of_the_vocabulary():
    assert CHEST.spelled(read_words("nothing")) == ["nothing"]  # and not "notching"
