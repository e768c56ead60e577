"""The measure of a finding, in the report's own words: its own, of today, and no distance."""

import pytest

from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.vocabulary import load_vocabulary

ENGINE = RulesEngine(load_vocabulary("chest"))


def sizes(text):
    return {finding.observation: finding.size for finding in ENGINE.findings(text)}


@pytest.mark.parametrize(
    ("text", "observation", "size"),
    [
        ("3 mm nodule in the right upper lobe.", "lung_nodule", "3 mm"),
        ("There is a 1.2 x 0.8 cm mass in the left lung.", "lung_mass", "1.2 x 0.8 cm"),
        ("Nodule measuring approximately 2 cm.", "lung_nodule", "2 cm"),
        ("Left mass, measuring 4.1 by 3.2 by 2 cm.", "lung_mass", "4.1 by 3.2 by 2 cm"),
        ("A 4.5-cm mass.", "lung_mass", "4.5-cm"),
        ("A 4 to 5 mm nodule.", "lung_nodule", "4 to 5 mm"),
        ("A 12 millimeter nodule.", "lung_nodule", "12 millimeter"),
        ("A 5mm calcified granuloma.", "granuloma", "5mm"),
        ("Nodule measures 9 mm, previously 6 mm.", "lung_nodule", "9 mm"),
        ("The nodule, previously 6 mm, now measures 9 mm.", "lung_nodule", "9 mm"),
    ],
)
def test_the_size_of_a_finding_is_its_own_words(text, observation, size):
    assert sizes(text)[observation] == size


@pytest.mark.parametrize(
    "text",
    [
        "Endotracheal tube tip 4 cm above the carina.",
        "Nodule 2 cm from the pleura.",
        "No nodule larger than 5 mm.",
        "Nodule, previously 6 mm.",
        "The nodule is seen on image 12.",
        "T8 compression fracture.",
    ],
)
def test_a_distance_an_earlier_size_and_a_denied_one_are_none(text):
    assert set(sizes(text).values()) == {None}


def test_the_minor_fissure_makes_nothing_mild():
    (finding,) = ENGINE.findings("Fluid in the minor fissure.")
    assert (finding.severity, finding.location) == (None, "minor fissure")


def test_each_of_two_findings_has_its_own_size():
    assert sizes("A 3 mm nodule and a 12 mm granuloma.") == {"lung_nodule": "3 mm", "granuloma": "12 mm"}
    assert sizes("Pneumothorax of 15 mm and a small effusion.") == {"pneumothorax": "15 mm", "pleural_effusion": None}
