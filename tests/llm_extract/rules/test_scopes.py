"""What the words around a mention do to it, beyond negation: explanations, differentials, the past, operations."""

import pytest

from llm_extract.findings import Change, Status
from llm_extract.rules.engine import RulesEngine, status_of
from llm_extract.rules.vocabulary import load_vocabulary

ENGINE = RulesEngine(load_vocabulary("chest"))


def read(text):
    return {finding.observation: finding for finding in ENGINE.findings(text)}


def statuses(text):
    return {key: finding.status.value for key, finding in read(text).items()}


@pytest.mark.parametrize(
    "text",
    [
        "Nodular density most likely represents a nipple shadow.",
        "Rounded opacity compatible with a granuloma.",
        "Nodular opacity is felt to represent a healing rib fracture.",
        "Nodular opacity, XXXX representing overlapping vessels.",
        "Nodular density at the left base, likely nipple shadow.",
    ],
)
def test_a_vague_word_gives_way_to_what_it_is_said_to_be(text):
    assert "nodular_opacity" not in read(text)


@pytest.mark.parametrize(
    "text",
    ["Nodular density in the left apex.", "Nodular density and likely atelectasis.",
     "Nodular density; the effusion likely represents congestion.", "Nodule compatible with a granuloma."],
)  # fmt: skip
def test_nothing_else_gives_way(text):
    assert {"nodular_opacity", "lung_nodule"} & read(text).keys() or "granuloma" in read(text)


def test_a_plain_finding_keeps_its_place_beside_its_explanation():
    assert statuses("Infiltrate likely represents pneumonia.") == {"infiltrate": "present", "pneumonia": "uncertain"}


def test_a_differential_reaches_over_its_whole_list():
    found = statuses("Differential considerations include infection, aspiration and mild pulmonary edema.")
    assert found == dict.fromkeys(["infection", "aspiration", "pulmonary_edema"], "uncertain")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Increased markings, possibly due to pulmonary edema.", "uncertain"),
        ("This may be secondary to pulmonary edema.", "uncertain"),
        ("XXXX representing pulmonary edema.", "uncertain"),
        ("Nothing to suggest pulmonary edema.", "absent"),
        ("Pulmonary edema has nearly resolved.", "present"),
        ("Pulmonary edema has resolved.", "absent"),
    ],
)
def test_doubt_denial_and_resolution(text, expected):
    assert statuses(text)["pulmonary_edema"] == expected


def test_what_has_nearly_resolved_is_better():
    assert read("The effusion has nearly resolved.")["pleural_effusion"].change is Change.BETTER


@pytest.mark.parametrize(
    ("text", "is_history"),
    [
        ("Pneumonia six months ago.", True),
        ("Prior pneumothorax in 2015.", True),
        ("Prior small right pneumothorax.", True),
        ("Past pneumonia, now clear lungs.", True),
        ("No prior pneumothorax.", True),
        ("The prior effusion is seen.", False),
        ("The previous nodule now measures 5 mm.", False),
        ("Increased since prior effusion.", False),
        ("Recurrence of prior pneumothorax.", False),
        ("Prior effusion, unchanged.", False),
        ("Status post resection of a lung mass.", True),
        ("Atelectasis on old CT scans.", True),
        ("Cardiomegaly was noted previously.", True),
        ("The heart was enlarged on the prior examination.", True),
        ("Cardiomegaly was present on the prior examination.", True),
        ("A patient with a history of cough presents with an enlarged heart.", False),
        ("The nodule was seen on the prior study and is unchanged.", False),
        ("The stable nodule was noted previously.", False),
        ("Nodule as noted previously.", False),
        ("Pneumonia for two days.", False),
        ("Unchanged from six months ago.", False),
    ],
)
def test_the_past(text, is_history):
    assert any(finding.temporality.value == "history" for finding in ENGINE.findings(text)) is is_history


def test_after_an_operation_a_device_and_a_bone_are_as_it_left_them():
    assert read("Status post pacemaker placement.")["pacemaker"].temporality.value == "current"
    assert read("Status post remote humerus fracture.")["old_fracture"].temporality.value == "current"
    assert read("Status post pneumonia.")["pneumonia"].temporality.value == "history"


@pytest.mark.parametrize(
    ("sentence", "words", "expected"),
    [
        ("Denies chest pain.", "chest pain", (Status.ABSENT, False)),
        ("PAST MEDICAL HISTORY: asthma, GOUT.", "gout", (Status.PRESENT, True)),
        ("A two day history of fever.", "fever", (Status.PRESENT, False)),
        ("History of gout, who presents with fever.", "fever", (Status.PRESENT, False)),
        ("Possible gout.", "gout", (Status.UNCERTAIN, False)),
        ("No gout.", "asthma", None),
        ("No pain now; PAIN on Monday.", "pain", (Status.PRESENT, False)),
    ],
)
def test_any_words_of_any_sentence_can_be_asked_for(sentence, words, expected):
    assert status_of(sentence, words) == expected


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Effusions: none on the right, small on the left.", "left"),
        ("Effusions: small on right, none on left.", "right"),
        ("Small left effusion, none on the right.", "left"),
        ("No effusion on the left, moderate on the right side.", "right"),
    ],
)
def test_what_is_denied_on_one_side_alone_lies_on_the_other(text, side):
    finding = read(text)["pleural_effusion"]
    assert (finding.status, finding.laterality.value) == (Status.PRESENT, side)
    assert finding.severity is not None


def test_what_another_person_had_is_no_finding():
    assert read("Mother had lung cancer.") == {}
    assert read("Lung cancer in her mother.") == {}


def test_of_two_weighed_against_each_other_both_are_in_doubt():
    found = read("Atelectasis favored over pneumonia.")
    assert {key: (one.status, one.certainty_words) for key, one in found.items()} == dict.fromkeys(
        ("atelectasis", "pneumonia"), (Status.UNCERTAIN, "favored over")
    )
