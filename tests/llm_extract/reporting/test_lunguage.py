"""Lunguage's rows: what the report says of an entity, and nothing beyond."""

from dataclasses import replace

import pytest

from llm_extract.findings import ReportFinding, Status, Temporality
from llm_extract.reporting.lunguage import HEADER, RELATIONS, STATUS_PARTS, rows, table

from .reports import FINDER, TEXT, read


def said(text):
    return {(row.ent, row.relation): row.value for row in rows("s1", text, read(text), FINDER)}


EVERYTHING = (
    "FINDINGS: Patchy multifocal airspace opacities, left greater than right, suggest moderate pneumonia. "
    "New small left pleural effusion. Stable cardiomegaly. Improved atelectasis. Worsening pulmonary edema. "
    "Right PICC in satisfactory position. Known right upper lobe nodule, seen on CT. "
    "Pleural thickening is not well seen."
)


def test_a_report_that_says_all_has_all_eighteen_relations():
    assert len(set(RELATIONS)) == 18
    written = {row.relation for row in rows("s1", EVERYTHING, read(EVERYTHING), FINDER)}
    assert written == {*(relation for relation in RELATIONS if relation != "Status"), *STATUS_PARTS}


def test_rows_of_an_entity_follow_the_schema_and_none_is_said_twice():
    made = list(rows("s1", EVERYTHING, read(EVERYTHING), FINDER))
    assert len(set(made)) == len(made)
    order = [one for relation in RELATIONS for one in (STATUS_PARTS if relation == "Status" else (relation,))]
    for number in {row.ent_idx for row in made}:
        places = [order.index(row.relation) for row in made if row.ent_idx == number]
        assert places == sorted(places)


def test_known_report():
    values = said(TEXT)
    assert values["cardiomegaly", "Dx_Status"] == "positive"
    assert values["cardiomegaly", "Severity"] == "mild"
    assert values["cardiomegaly", "No Change"] == "stable"
    assert values["opacity", "Location"] == "right lower lobe"
    assert values["pneumonia", "Dx_Certainty"] == "tentative"
    assert values["pneumothorax", "Dx_Status"] == "negative"
    assert values["pneumothorax", "Dx_Certainty"] == "definitive"
    assert values["pleural effusion", "Measurement"] == "small"
    assert values["pleural effusion", "No Change"] == "unchanged"
    assert values["pleural effusion", "Location"] == "right"
    assert ("pleural effusion", "Severity") not in values


def test_changes_and_devices():
    values = said(
        "FINDINGS: New left pneumothorax. Worsening pulmonary edema. Improved atelectasis. Feeding tube in the stomach."
    )
    assert values["pneumothorax", "Onset"] == "new"
    assert values["pulmonary edema", "Worsened"] == "worsening"
    assert values["atelectasis", "Improved"] == "improved"
    assert values["feeding tube", "Cat"] == "oth"
    assert values["pneumothorax", "Cat"] == "rf"


def test_an_observation_that_only_a_model_knows_has_no_category():
    text = "FINDINGS: Echogenic thing."
    one = ReportFinding("echogenic_thing", "Echogenic thing", Status.PRESENT, 10, len(text), text[10:])
    assert [row.relation for row in rows("s1", text, [one], FINDER)] == list(STATUS_PARTS)


# Sentence, entity, relation, value: written before the words were looked for, then kept.
SAID = [
    ("Patchy opacity.", "patchy opacity", "Morphology", "patchy"),
    ("The opacity in the right lower lobe is patchy and irregular.", "opacity", "Morphology", "irregular"),
    ("Spiculated 3 cm mass.", "mass", "Morphology", "spiculated"),
    ("Ill-defined bilateral opacities.", "opacities", "Morphology", "ill-defined"),
    ("Multiple calcified nodules.", "nodules", "Measurement", "multiple"),
    ("Scattered granulomas.", "granulomas", "Distribution", "scattered"),
    ("No focal consolidation.", "focal consolidation", "Distribution", "focal"),
    ("The osteopenia is diffuse.", "osteopenia", "Distribution", "diffuse"),
    ("No large pleural effusion.", "pleural effusion", "Measurement", "large"),
    ("Spiculated 3 cm mass.", "mass", "Measurement", "3 cm"),
    ("Acute rib fracture.", "rib fracture", "Onset", "acute"),
    ("Chronic scarring.", "scarring", "Onset", "chronic"),
    ("Low-grade pulmonary edema.", "pulmonary edema", "Severity", "low-grade"),
    ("Right IJ catheter tip in the SVC.", "ij catheter", "Location", "svc"),
    ("Left PICC with tip at the cavoatrial junction.", "picc", "Location", "cavoatrial junction"),
    ("Endotracheal tube terminates 4 cm above the carina.", "endotracheal tube", "Location", "carina"),
    ("Endotracheal tube in good position.", "endotracheal tube", "Placement", "in good position"),
    ("Left PICC is malpositioned.", "picc", "Placement", "malpositioned"),
    ("Chest tube remains in place.", "chest tube", "Placement", "in place"),
    ("Stable position of the feeding tube.", "feeding tube", "Placement", "stable position"),
    ("Bilateral effusions, right greater than left.", "effusions", "Comparison", "right greater than left"),
    ("Mild atelectasis, worse on the left.", "atelectasis", "Comparison", "worse on the left"),
    ("Nodule, better seen on prior chest CT.", "nodule", "Other Source", "ct"),
    ("CT showed a lung nodule.", "lung nodule", "Other Source", "ct"),
    ("Known right upper lobe nodule.", "upper lobe nodule", "Past Hx", "known"),
    ("Calcifications from prior granulomatous disease.", "prior granulomatous disease", "Past Hx", "prior"),
    ("History of pneumonia.", "pneumonia", "Past Hx", "history of"),
    ("Pleural effusion is not well seen.", "pleural effusion", "Assessment Limitations", "not well seen"),
    ("Cardiomegaly, exaggerated by technique.", "cardiomegaly", "Assessment Limitations", "exaggerated by technique"),
    ("Limited examination with cardiomegaly.", "cardiomegaly", "Assessment Limitations", "limited examination"),
]


@pytest.mark.parametrize(("text", "entity", "relation", "value"), SAID)
def test_what_the_words_around_a_finding_say(text, entity, relation, value):
    written = {
        (row.ent, row.relation, row.value) for row in rows("s1", f"FINDINGS: {text}", read(f"FINDINGS: {text}"), FINDER)
    }
    assert (entity, relation, value) in written


NOT_SAID = [
    ("Nodule. CT is recommended for further evaluation.", "nodule", "Other Source"),
    ("Nodule, recommend evaluation by CT.", "nodule", "Other Source"),
    ("Effusion unchanged from prior study with atelectasis.", "atelectasis", "Past Hx"),
    ("Pneumothorax. Chest tube in good position.", "pneumothorax", "Placement"),
    ("Cardiomegaly; patchy opacity.", "cardiomegaly", "Morphology"),
    ("Patchy opacity with pleural effusion.", "pleural effusion", "Morphology"),
    ("Diffuse osteopenia and scoliosis.", "scoliosis", "Distribution"),
    ("Cardiomegaly and pulmonary edema.", "cardiomegaly", "Associate"),
    ("Opacity, not suggestive of pneumonia.", "pneumonia", "Evidence"),
    ("The nodule is seen. Patient is rotated to the left.", "nodule", "Assessment Limitations"),
]


@pytest.mark.parametrize(("text", "entity", "relation"), NOT_SAID)
def test_what_they_do_not_say_is_not_written(text, entity, relation):
    text = f"FINDINGS: {text}"
    assert (entity, relation) not in {(row.ent, row.relation) for row in rows("s1", text, read(text), FINDER)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Opacity suggests pneumonia.", {("Associate", 1, 2), ("Evidence", 2, 1)}),
        ("Opacity, likely atelectasis.", {("Associate", 1, 2), ("Evidence", 2, 1)}),
        (
            "Opacity may represent atelectasis or pneumonia.",
            {("Associate", 1, 2), ("Associate", 1, 3), ("Evidence", 2, 1), ("Evidence", 3, 1)},
        ),
        ("Cardiomegaly with associated pulmonary edema.", {("Associate", 1, 2)}),
        ("Opacity, atelectasis or pneumonia.", set()),
        ("Opacity suggests pneumonia. Effusion.", {("Associate", 1, 2), ("Evidence", 2, 1)}),
    ],
)
def test_links_carry_the_number_of_the_other_entity(text, expected):
    text = f"FINDINGS: {text}"
    made = rows("s1", text, read(text), FINDER)
    assert {(row.relation, row.ent_idx, row.obj_ent_idx) for row in made if row.obj_ent_idx} == expected


def test_history_without_a_word_of_its_own_is_still_told():
    text = "FINDINGS: Pneumonia."
    past = replace(read(text)[0], temporality=Temporality.HISTORY)
    assert [row.value for row in rows("s1", text, [past], FINDER) if row.relation == "Past Hx"] == ["history"]


def test_normal_statement_has_no_entity():
    assert said("FINDINGS: Heart size is normal.") == {}


def test_numbers_count_sentences_and_entities_of_the_report():
    made = list(rows("s1", TEXT, read(), FINDER))
    assert made[0].sent_idx == 2  # the indication is the first sentence
    assert [row.ent_idx for row in made] == sorted(row.ent_idx for row in made)
    assert {row.ent_idx for row in made} == set(range(1, 6))


def test_table_has_the_header_s_columns():
    assert all(len(cells) == len(HEADER) for cells in table(rows("s1", TEXT, read(), FINDER)))
