"""Lunguage's rows: what our findings say of an entity, and nothing beyond."""

from llm_extract.reporting.lunguage import FILLED, HEADER, RELATIONS, STATUS_PARTS, rows, table

from .reports import FINDER, TEXT, read


def said(text):
    return {(row.ent, row.relation): row.value for row in rows("s1", text, read(text), FINDER)}


def test_eighteen_relations_of_which_ten_are_filled():
    assert len(set(RELATIONS)) == 18
    assert set(FILLED) < set(RELATIONS)
    assert len(FILLED) == 10


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
    assert ("pneumothorax", "Cat") not in values


def test_only_relations_we_can_know_are_written():
    text = TEXT + " Feeding tube in good position. Patchy opacity on CT."
    allowed = {*FILLED, *STATUS_PARTS}
    assert {row.relation for row in rows("s1", text, read(text), FINDER)} <= allowed


def test_history_is_told():
    assert said("FINDINGS: History of pneumonia.")["pneumonia", "Past Hx"] == "history"


def test_normal_statement_has_no_entity():
    assert said("FINDINGS: Heart size is normal.") == {}


def test_numbers_count_sentences_and_entities_of_the_report():
    made = list(rows("s1", TEXT, read(), FINDER))
    assert made[0].sent_idx == 2  # the indication is the first sentence
    assert [row.ent_idx for row in made] == sorted(row.ent_idx for row in made)
    assert {row.ent_idx for row in made} == set(range(1, 6))


def test_table_has_the_header_s_columns():
    assert all(len(cells) == len(HEADER) for cells in table(rows("s1", TEXT, read(), FINDER)))
