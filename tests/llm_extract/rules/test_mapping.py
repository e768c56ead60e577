from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.findings import LabelDefinition, Status
from llm_extract.rules.engine import RulesEngine, engine_for
from llm_extract.rules.mapping import index_labels, map_findings
from llm_extract.rules.vocabulary import load_vocabulary
from perf.extraction.gold import read_taxonomy

CHEST = load_vocabulary("chest")
ENGINE = RulesEngine(CHEST)
DEFINITION = Path(__file__).parents[3] / "benchmarks" / "definitions" / "chest-radiograph.yaml"
DEFAULT = tuple(
    LabelDefinition(label["key"], label["name"], label["definition"], tuple(label["synonyms"]))
    for label in yaml.safe_load(DEFINITION.read_text("utf-8"))["taxonomy"]["labels"]
)
NIH = tuple(
    LabelDefinition(name.lower(), name)
    for name in ("Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia", "Pneumothorax",
                 "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia")
)  # fmt: skip


def suggested(text, taxonomy=DEFAULT):
    return {s.label: s.status.value for s in map_findings(ENGINE.findings(text), taxonomy)}


def held_by(observation, taxonomy):
    return index_labels(taxonomy, CHEST).holds[observation]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Right lower lobe consolidation.", "airspace_opacity"),
        ("Patchy infiltrate.", "airspace_opacity"),
        ("Left basilar opacity.", "airspace_opacity"),
        ("Lobar collapse.", "atelectasis"),
        ("Kerley B lines.", "pulmonary_edema"),
        ("Pulmonary fibrosis.", "interstitial_lung_disease"),
        ("A 12 mm nodule.", "lung_nodule_or_mass"),
        ("Hilar mass.", "mediastinal_hilar_abnormality"),
        ("Flattened diaphragms.", "emphysema_hyperinflation"),
        ("Empyema.", "pleural_effusion"),
        ("Apical pleural thickening.", "pleural_other"),
        ("The heart is enlarged.", "cardiomegaly"),
        ("Widened mediastinum.", "mediastinal_hilar_abnormality"),
        ("Acute displaced rib fracture.", "acute_fracture"),
        ("Rib fracture.", "acute_fracture"),
    ],
)
def test_findings_of_the_default_chest_labels(text, label):
    assert suggested(text) == {label: "present"}


@pytest.mark.parametrize(
    "text",
    ["Calcified granuloma.", "Old healed rib fractures.", "Tortuous aorta.", "Linear opacity.", "Scarring.",
     "Pericardial effusion.", "Subcutaneous emphysema.", "Borderline heart size.", "Hiatal hernia.",
     "Pacemaker.", "Degenerative changes.", "Low lung volumes."],
)  # fmt: skip
def test_what_the_default_definitions_leave_out(text):
    assert suggested(text) == {}


@pytest.mark.parametrize(
    ("observation", "labels"),
    [
        ("pleural_effusion", ("effusion",)),
        ("infiltrate", ("infiltration",)),
        ("lung_nodule", ("nodule",)),
        ("lung_mass", ("mass",)),
        ("pulmonary_edema", ("edema",)),
        ("pulmonary_fibrosis", ("fibrosis",)),
        ("hiatal_hernia", ("hernia",)),
        ("pleural_thickening", ("pleural_thickening",)),
        ("hydropneumothorax", ("effusion", "pneumothorax")),
        ("pneumonia", ("pneumonia",)),
        ("airspace_disease", ()),
        ("cystic_fibrosis", ()),
    ],
)
def test_other_taxonomies_are_understood_by_their_names(observation, labels):
    assert set(held_by(observation, NIH)) == set(labels)


def test_pneumonia_belongs_to_consolidation_only_while_no_label_asks_for_it():
    alone = (LabelDefinition("consolidation", "Consolidation"),)
    assert held_by("pneumonia", alone) == ("consolidation",)
    assert held_by("pneumonia", (*alone, LabelDefinition("pneumonia", "Pneumonia"))) == ("pneumonia",)


def test_airspace_disease_is_consolidation_only_where_a_label_says_so():
    # The human coders of Open-i keep the two apart, as CheXpert does.
    assert held_by("airspace_disease", (LabelDefinition("c", "Consolidation"),)) == ()
    assert held_by("airspace_disease", (LabelDefinition("c", "Consolidation", synonyms=("airspace disease",)),)) == (
        "c",
    )


def test_a_definition_takes_in_and_leaves_out():
    label = LabelDefinition(
        "device", "Support device", "Includes breast implant. Excludes pacemaker. Stents are not counted."
    )
    assert held_by("breast_implant", (label,)) == ("device",)
    assert held_by("picc", (label,)) == ("device",)
    assert held_by("pacemaker", (label,)) == held_by("defibrillator", (label,)) == held_by("stent", (label,)) == ()


def test_a_definition_alone_can_say_what_a_label_is():
    assert held_by(
        "pneumothorax", (LabelDefinition("q7", "Category seven", "Air in the pleural space (pneumothorax)."),)
    ) == ("q7",)


@pytest.mark.parametrize(
    ("name", "observations"),
    [
        ("Lung nodule or mass", {"lung_nodule", "lung_mass"}),
        ("Nodule/Mass", {"lung_nodule", "lung_mass"}),
        ("Mediastinal or hilar abnormality", {"mediastinal_mass", "hilar_mass"}),
        ("Pneumothorax and effusion", {"pneumothorax", "pleural_effusion"}),
        ("Pleural effusion other than hemothorax", {"pleural_effusion"}),
    ],
)
def test_a_name_may_name_two_things(name, observations):
    holds = index_labels((LabelDefinition("k", name),), CHEST).holds
    assert all(holds[observation] == ("k",) for observation in observations)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("FINDINGS: No pneumothorax. IMPRESSION: Tiny left apical pneumothorax.", "present"),
        ("FINDINGS: Small pneumothorax. IMPRESSION: No pneumothorax.", "present"),
        ("FINDINGS: Possible pneumothorax. IMPRESSION: No pneumothorax.", "uncertain"),
        ("Possible pneumothorax. Small pneumothorax.", "present"),
        ("No pneumothorax.", "absent"),
        ("Clear lungs.", None),
        ("History of pneumothorax.", None),
    ],
)
def test_present_outweighs_uncertain_outweighs_absent(text, status):
    assert suggested(text).get("pneumothorax") == status


def test_a_contradicted_suggestion_is_less_certain_and_says_so():
    plain, contradicted = (
        next(s for s in map_findings(ENGINE.findings(text), DEFAULT) if s.label == "pneumothorax")
        for text in ("Small pneumothorax.", "Small pneumothorax. No pneumothorax.")
    )
    assert contradicted.confidence < plain.confidence
    assert "otherwise" in contradicted.reason
    assert "otherwise" not in plain.reason


def test_no_opacity_denies_a_consolidation_but_no_consolidation_denies_no_opacity():
    taxonomy = (LabelDefinition("lung_opacity", "Lung opacity"), LabelDefinition("consolidation", "Consolidation"))
    assert suggested("No lung opacity.", taxonomy) == {"lung_opacity": "absent", "consolidation": "absent"}
    assert suggested("No consolidation.", taxonomy) == {"consolidation": "absent"}
    assert suggested("Consolidation.", taxonomy) == {"lung_opacity": "present", "consolidation": "present"}


def test_an_exclusive_label_holds_when_the_report_denies_and_nothing_else_holds():
    taxonomy = (*DEFAULT, LabelDefinition("no_finding", "No finding", exclusive=True))
    assert suggested("No pneumothorax. Lungs are clear.", taxonomy)["no_finding"] == "present"
    assert "no_finding" not in suggested("No pneumothorax. Small effusion.", taxonomy)
    assert "no_finding" not in suggested("Portable film.", taxonomy)


def test_a_label_nobody_knows_works_by_its_own_words():
    taxonomy = (
        LabelDefinition("tear", "Meniscal tear"),
        LabelDefinition("cyst", "Baker cyst", synonyms=("popliteal cyst",)),
    )
    engine = engine_for("KNEE", taxonomy)
    found = engine.findings("Meniscal tear. No popliteal cyst.")
    assert [(s.label, s.status.value) for s in map_findings(found, taxonomy, engine.vocabulary)] == [
        ("tear", "present"),
        ("cyst", "absent"),
    ]


def test_suggestions_point_to_findings_of_their_status_and_quote_the_first():
    findings = ENGINE.findings("Possible effusion. Small right effusion. Moderate left effusion.")
    (suggestion,) = map_findings(findings, DEFAULT)
    assert [findings[index].status for index in suggestion.findings] == [Status.PRESENT, Status.PRESENT]
    assert suggestion.evidence == "Small right effusion."


def test_the_reason_holds_no_sentence_of_the_report():
    (suggestion,) = map_findings(ENGINE.findings("Small effusion in Mrs Placeholder."), DEFAULT)
    assert "Placeholder" not in suggestion.reason


SENTENCES = [
    "No effusion.",
    "Small effusion.",
    "Possible mass.",
    "Heart size normal.",
    "Cardiomegaly.",
    "Lungs are clear.",
    "Rib fracture.",
]


@given(st.lists(st.sampled_from(SENTENCES), max_size=8))
@settings(deadline=None)
def test_every_suggestion_has_a_finding_whose_own_sentence_says_so(sentences):
    findings = ENGINE.findings(" ".join(sentences))
    for suggestion in map_findings(findings, DEFAULT):
        assert 0 < suggestion.confidence < 1
        first = findings[suggestion.findings[0]]
        assert first.status is suggestion.status
        assert first.evidence == suggestion.evidence


@given(st.permutations(SENTENCES))
@settings(deadline=None, max_examples=30)
def test_the_order_of_sentences_does_not_change_what_is_suggested(sentences):
    assert suggested(" ".join(sentences)) == suggested(" ".join(SENTENCES))


@given(st.text(max_size=60), st.text(max_size=120), st.lists(st.text(max_size=30), max_size=3))
@settings(deadline=None, max_examples=40)
def test_any_label_can_be_indexed(name, definition, synonyms):
    labels = (LabelDefinition("key", name, definition, tuple(synonyms)),)
    assert set(index_labels(labels, CHEST).holds) >= set(CHEST.observations)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("This may represent atelectasis, pneumonia, or pulmonary edema.", {}),
        ("This may represent atelectasis or pneumonia.", {"atelectasis": "uncertain", "consolidation": "uncertain"}),
        (
            "Probable atelectasis, effusion and pulmonary edema.",
            {"atelectasis": "uncertain", "pleural_effusion": "uncertain", "edema": "uncertain"},
        ),
    ],
)
def test_one_of_three_alternatives_suggests_nothing(text, labels):
    assert suggested(text, read_taxonomy("openi12")) == labels
    assert len(ENGINE.findings(text)) >= 2


@pytest.mark.parametrize(
    ("definition", "holding"),
    [
        ("", {"Effusion.", "Likely effusion.", "Possible effusion.", "Effusion versus scar."}),
        ("Not counted where merely possible.", {"Effusion.", "Likely effusion.", "Effusion versus scar."}),
        ("Only where it is stated or likely.", {"Effusion.", "Likely effusion.", "Effusion versus scar."}),
        ("Only where the report is certain.", {"Effusion."}),
    ],
)
def test_a_definition_says_how_much_doubt_its_label_takes(definition, holding):
    label = (LabelDefinition("effusion", "Pleural effusion", definition),)
    texts = ["Effusion.", "Likely effusion.", "Possible effusion.", "Effusion versus scar."]
    assert {text for text in texts if map_findings(ENGINE.findings(text), label)} == holding


def test_a_name_nobody_knows_is_found_by_its_parts_too():
    label = (LabelDefinition("tear", "Meniscal or labral tear"),)
    engine = engine_for("KNEE", label)
    for text in ("Meniscal tear.", "Labral tear."):
        assert [s.label for s in map_findings(engine.findings(text), label, engine.vocabulary)] == ["tear"]
    assert engine.findings("The meniscal root is normal.") == ()


def test_an_exclusive_label_is_not_suggested_beside_any_finding_or_another_label():
    taxonomy = (
        LabelDefinition("undiagnostic", "Undiagnostic", exclusive=True),
        LabelDefinition("normal", "Normal", exclusive=True),
        LabelDefinition("hernia", "Hiatal hernia", exclusive=True),
        LabelDefinition("effusion", "Pleural effusion"),
    )
    assert suggested("Lungs are clear.", taxonomy) == {"normal": "present"}
    assert suggested("Lungs are clear. Pneumothorax.", taxonomy) == {}
    assert suggested("Lungs are clear. Possible pneumothorax.", taxonomy) == {}
    assert suggested("Lungs are clear. Pacemaker in place.", taxonomy) == {"normal": "present"}
    assert suggested("Hiatal hernia.", taxonomy) == {"hernia": "present"}
    assert suggested("Hiatal hernia. Pleural effusion.", taxonomy) == {"effusion": "present"}
