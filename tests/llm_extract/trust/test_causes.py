"""Why suggestion and gold disagree: one report for each cause."""

import pytest

from llm_extract.findings import LabelDefinition, Status
from llm_extract.rules.engine import engine_for
from llm_extract.trust.causes import Cause, explain

TAXONOMY = (
    LabelDefinition("effusion", "Pleural effusion"),
    LabelDefinition("pneumothorax", "Pneumothorax"),
    LabelDefinition("pneumonia", "Pneumonia"),
    LabelDefinition("device", "Support device"),
)
BY_KEY = {label.key: label for label in TAXONOMY}
READER = (engine_for("CHEST", TAXONOMY), TAXONOMY)
P, A, U = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN


@pytest.mark.parametrize(
    ("text", "label", "gold", "said", "cause", "sentence"),
    [
        ("FINDINGS: Clear lungs. No pleural effusion.", "effusion", A, P, Cause.NEGATION, "No pleural effusion."),
        ("FINDINGS: Possible pneumonia. Normal heart.", "pneumonia", A, P, Cause.UNCERTAINTY, "Possible pneumonia."),
        ("FINDINGS: Possible pneumonia. Normal heart.", "pneumonia", P, U, Cause.UNCERTAINTY, "Possible pneumonia."),
        ("FINDINGS: Possible pneumonia. Normal heart.", "pneumonia", U, None, Cause.UNCERTAINTY, "Possible pneumonia."),
        (
            "FINDINGS: History of pneumonia. Lungs are clear.",
            "pneumonia",
            A,
            P,
            Cause.HISTORY,
            "History of pneumonia.",
        ),
        ("FINDINGS: Costophrenic sulci hold a little fluidity.", "pneumothorax", P, None, Cause.SYNONYM, None),
        (
            "INDICATION: Evaluate for pneumothorax.\nFINDINGS: Heart size is normal.",
            "pneumothorax",
            A,
            P,
            Cause.SECTION,
            "Evaluate for pneumothorax.",
        ),
        (
            "FINDINGS: Right chest tube in place.",
            "device",
            A,
            P,
            Cause.DEVICE,
            "Right chest tube in place.",
        ),
        (
            "FINDINGS: The left pleural effusion has resolved.",
            "effusion",
            A,
            P,
            Cause.CHANGE,
            "The left pleural effusion has resolved.",
        ),
        (
            "FINDINGS: Stable small pleural effusion.",
            "effusion",
            P,
            None,
            Cause.CHANGE,
            "Stable small pleural effusion.",
        ),
        ("FINDINGS: Small pleural effusion.", "effusion", P, None, Cause.OTHER, "Small pleural effusion."),
        ("FINDINGS: Small pleural effusion.", "effusion", A, P, Cause.OTHER, "Small pleural effusion."),
    ],
)
def test_cause_and_its_sentence(text, label, gold, said, cause, sentence):
    found = explain(text, BY_KEY[label], gold, said, READER)
    assert found.cause is cause
    assert (None if found.start is None else text[found.start : found.end]) == sentence
    assert found.reason.endswith(".")


def test_wrongly_said_takes_the_sentence_that_excuses_it_and_wrongly_missed_the_one_that_states_it():
    text = "FINDINGS: Small pleural effusion. IMPRESSION: No pleural effusion."
    assert explain(text, BY_KEY["effusion"], A, P, READER).cause is Cause.NEGATION
    assert explain(text, BY_KEY["effusion"], P, None, READER).cause is Cause.OTHER


def test_evidence_the_backend_points_to_decides():
    text = "FINDINGS: Small pleural effusion. IMPRESSION: No pleural effusion."
    found = explain(text, BY_KEY["effusion"], A, P, READER, evidence=(10, 33))
    assert found.cause is Cause.OTHER
    assert (found.start, found.end) == (10, 33)


def test_evidence_without_the_label_is_shown_when_nothing_speaks_of_it():
    text = "FINDINGS: Heart size is normal."
    found = explain(text, BY_KEY["pneumothorax"], A, P, READER, evidence=(10, 31))
    assert found.cause is Cause.SYNONYM
    assert (found.start, found.end) == (10, 31)
