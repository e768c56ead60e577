import json

import pytest

from llm_extract.asking.deciding import NONE, DecidingMapper
from llm_extract.asking.mapping import Asked, ModelMapper
from llm_extract.asking.options import AskingOptions
from llm_extract.asking.prompts import PromptError, Stage, shipped_prompt
from llm_extract.asking.protocol import Fault
from llm_extract.asking.self_doubt import judge
from llm_extract.backends import make_extractor
from llm_extract.findings import Flag, LabelDefinition, ReportFinding, Status, Temporality
from llm_extract.rules.vocabulary import load_vocabulary
from llm_extract.stages import Extracted, ReportText, Scope
from tests.llm_extract.scripted_models import ScriptedModel, failing, findings_of

CHEST = load_vocabulary("chest")
LABELS = (
    LabelDefinition("effusion", "Pleural effusion"),
    LabelDefinition("nodule", "Lung nodule"),
    LabelDefinition("normal", "Normal", exclusive=True),
)
SCOPE = Scope("CHEST", LABELS)
PROMPT = shipped_prompt(Stage.MAP, "labels")
PRESENT, ABSENT = Status.PRESENT, Status.ABSENT


def finding(observation, status=PRESENT, **more):
    return ReportFinding(observation, observation.replace("_", " "), status, 0, 2, "S.", **more)


EFFUSION, STRANGE = finding("pleural_effusion"), finding("frobnicated_gizmo")


def extracted(*readings, ref=1):
    return Extracted(ReportText(ref, "S."), readings)


def said(label, status="present", findings=(1,), confidence=0.8):
    return {
        "label": label,
        "status": status,
        "confidence": confidence,
        "findings": list(findings),
        "reason": "So <|x|>.",
    }


def saying(*suggestions, **more):
    return ScriptedModel(lambda question: json.dumps({"suggestions": list(suggestions)}), **more)


def mapper(model, asked=Asked.UNMAPPED, **options):
    return ModelMapper(model, PROMPT, SCOPE, CHEST, AskingOptions(**options), asked)


def test_more_findings_than_an_answer_may_name_are_too_long_and_not_asked_about():
    model = saying()
    many = tuple(finding(f"gizmo_{number}") for number in range(301))
    assert mapped(model, many).fault is Fault.TOO_LONG
    assert mapped(model, many[:300]).fault is None
    assert len(model.asked) == 1


def mapped(model, *readings, asked=Asked.UNMAPPED, **options):
    (one,) = mapper(model, asked, **options).map([extracted(*readings)])
    return one


def by_label(suggestions):
    return {one.label: (one.status.value, one.findings) for one in suggestions}


def test_what_synonyms_map_is_never_asked():
    model = saying(said("nodule"))
    one = mapped(model, (EFFUSION, finding("pneumothorax", ABSENT)))
    assert by_label(one.readings[0]) == {"effusion": ("present", (0,))}
    assert (model.asked, one.answers) == ([], ())


def test_what_they_do_not_map_is_asked_alone_and_rests_on_its_place():
    model = saying(said("nodule", findings=(1, 1, 9, 0)))
    one = mapped(model, (EFFUSION, STRANGE))
    assert [name for _, name, _ in findings_of(model.asked[0])] == ["frobnicated gizmo"]
    assert by_label(one.readings[0]) == {"effusion": ("present", (0,)), "nodule": ("present", (1,))}
    assert one.readings[0][1].evidence == "S."
    assert one.readings[0][1].reason == "So < |x| >."
    assert one.answers == (model.asked[0].key,)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (Asked.UNMAPPED, {"frobnicated gizmo", "scoliosis"}),
        (Asked.ALL, {"frobnicated gizmo", "scoliosis", "pleural effusion", "pacemaker", "pneumothorax"}),
    ],
)
def test_whom_the_model_is_asked_about(asked, names):
    model = saying()
    past = finding("mass_of_old", temporality=Temporality.HISTORY)
    others = (finding("scoliosis"), finding("pacemaker", is_device=True), finding("pneumothorax", ABSENT))
    mapped(model, (EFFUSION, STRANGE, past, *others), asked=asked)
    assert {name for _, name, _ in findings_of(model.asked[0])} == names


def test_the_model_sees_the_taxonomy_as_data_and_not_the_report():
    model = saying()
    mapped(model, (STRANGE,))
    assert "- effusion: Pleural effusion." in model.asked[0].system
    assert "S." not in model.asked[0].turns[0].content
    assert model.asked[0].schema["properties"]["suggestions"]["items"]["properties"]["label"]["enum"] == [
        "effusion", "nodule", "normal",
    ]  # fmt: skip


def test_both_ways_together_the_stronger_stands():
    one = mapped(saying(said("effusion"), said("effusion", "absent")), (finding("pleural_effusion", ABSENT), STRANGE))
    assert by_label(one.readings[0]) == {"effusion": ("present", (1,))}
    both = mapped(saying(said("effusion", confidence=0.3)), (EFFUSION, STRANGE)).readings[0]
    assert by_label(both) == {"effusion": ("present", (0, 1))}
    assert both[0].confidence == 0.9


def test_an_exclusive_label_stands_alone():
    found = mapped(saying(said("normal"), said("nodule", "uncertain")), (STRANGE,)).readings[0]
    assert by_label(found) == {"nodule": ("uncertain", (0,))}
    assert by_label(mapped(saying(said("normal")), (STRANGE,)).readings[0]) == {"normal": ("present", (0,))}


def test_a_suggestion_on_nothing_is_flagged():
    (one,) = mapped(saying(said("nodule", findings=(4, 0))), (STRANGE,)).readings[0]
    assert (one.findings, one.evidence, one.flags) == ((), "", (Flag.UNSUPPORTED,))


def test_a_label_that_is_none_is_asked_for_once_more():
    model = saying(said("SECRET"))
    one = mapped(model, (STRANGE,))
    assert (one.fault, one.detail, len(model.asked)) == (Fault.SCHEMA_VIOLATION, "suggestions.0.label", 2)
    assert "SECRET" not in model.asked[1].turns[-1].content
    texts = iter(["not json", json.dumps({"suggestions": [said("nodule")]})])
    assert mapped(ScriptedModel(lambda question: next(texts)), (STRANGE,)).fault is None


def test_a_retry_asks_anew():
    model = failing(Fault.EMPTY)
    assert mapped(model, (STRANGE,), attempt=2).fault is Fault.EMPTY
    assert len({question.key for question in model.asked}) == 3
    assert len({question.turns for question in model.asked}) == 1


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_is_the_reports(fault):
    one = mapped(failing(fault), (STRANGE,))
    assert (one.fault, one.readings) == (fault, ())


def test_each_reading_is_mapped_and_equal_ones_asked_once():
    model = saying(said("nodule"))
    one = mapped(model, (STRANGE,), (EFFUSION,), (STRANGE,))
    assert [by_label(reading) for reading in one.readings] == [
        {"nodule": ("present", (0,))}, {"effusion": ("present", (0,))}, {"nodule": ("present", (0,))},
    ]  # fmt: skip
    assert len(model.asked) == 1


def test_one_reading_is_mapped_as_often_as_samples_are_asked():
    model = ScriptedModel(
        lambda question: json.dumps({"suggestions": [said("nodule")] if question.temperature == 0.0 else []})
    )
    one = mapped(model, (STRANGE,), samples=3)
    assert [len(reading) for reading in one.readings] == [1, 0, 0]
    assert len(set(one.answers)) == 3


def test_a_reading_that_cannot_be_mapped_takes_its_findings_along():
    model = ScriptedModel(
        lambda question: "" if "gizmo" in question.turns[0].content else json.dumps({"suggestions": [said("nodule")]})
    )
    one = mapped(model, (finding("other_thing"),), (STRANGE,), (EFFUSION,))
    assert [len(one.readings), len(one.extracted.readings)] == [2, 2]
    assert one.extracted.readings[1] == (EFFUSION,)


def test_versions_and_refusals():
    base = mapper(saying()).version
    assert base == mapper(saying()).version
    others = {
        mapper(saying(), Asked.ALL).version,
        mapper(saying(), samples=2).version,
        mapper(saying(name="x")).version,
    }
    assert len(others) == 3
    assert base not in others
    with pytest.raises(PromptError, match="'map'"):
        ModelMapper(saying(), shipped_prompt(Stage.EXTRACT, "findings"), SCOPE, CHEST)
    with pytest.raises(ValueError, match="no labels"):
        ModelMapper(saying(), PROMPT, Scope("CHEST", ()), CHEST)


class Weighing:
    """A decider that finds "gizmo" a nodule, and nothing else anything."""

    def __init__(self):
        self.choices = []

    def decide(self, choices):
        for choice in list(choices)[::-1]:
            self.choices.append(choice)
            is_gizmo = "gizmo" in choice.state
            weights = dict.fromkeys(choice.options, 0.1)
            yield choice, weights | ({"nodule": 0.7} if is_gizmo else {NONE: 0.7})


def test_a_decider_gives_each_finding_to_its_most_probable_label():
    decider = Weighing()
    deciding = DecidingMapper(decider, "weighing", SCOPE, CHEST)
    reports = [extracted((EFFUSION, STRANGE, finding("other_thing")), ref=ref) for ref in range(40)]
    found = list(deciding.map(iter(reports)))
    assert [one.extracted.report.ref for one in found] == list(range(40))
    assert by_label(found[0].readings[0]) == {"effusion": ("present", (0,)), "nodule": ("present", (1,))}
    assert found[0].readings[0][1].confidence == 0.7
    assert all(set(choice.options) == {"effusion", "nodule", NONE} for choice in decider.choices)
    assert len(decider.choices) == 2 * 3  # equal findings are decided once in a batch of sixteen reports


def test_a_decider_is_versioned_and_passes_faults_on():
    deciding = DecidingMapper(Weighing(), "weighing", SCOPE, CHEST)
    failed = Extracted(ReportText(1, ""), (), Fault.TIMEOUT, "Late.", ("k",))
    (one,) = deciding.map([failed])
    assert (one.fault, one.detail, one.readings, one.answers) == (Fault.TIMEOUT, "Late.", (), ("k",))
    assert deciding.version != DecidingMapper(Weighing(), "weighing", SCOPE, CHEST, Asked.ALL).version


class SayingPneumonia:
    """Sure of one label, whatever it is asked."""

    def decide(self, choices):
        for choice in choices:
            yield choice, dict.fromkeys(choice.options, 0.0) | {"pneumonia": 1.0}


def weighed(text):
    labels = (LabelDefinition("pneumonia", "Pneumonia"), LabelDefinition("pleural_effusion", "Pleural effusion"))
    scope = Scope("chest", labels)
    deciding = DecidingMapper(SayingPneumonia(), "weighing", scope, CHEST)
    (one,) = deciding.map(make_extractor("rules", scope).extract([ReportText(1, text)]))
    return one, judge(one, labels, CHEST)


def test_what_a_decider_says_behind_the_rules_is_guarded_as_any_models_word():
    one, judgement = weighed("FINDINGS: Degenerative changes of the thoracic spine. Small pleural effusion.")
    assert [each.label for each in one.readings[0]] == ["pneumonia", "pleural_effusion"]
    assert (one.answers, one.has_asked) == ((), True)
    (kept,) = judgement.suggestions
    assert (kept.label, kept.second_opinion) == ("pleural_effusion", "present")
    assert judgement.doubt is not None


def test_a_report_no_decider_was_asked_about_is_the_rules_own():
    one, judgement = weighed("FINDINGS: Small pleural effusion.")
    assert (one.has_asked, judgement.doubt) == (False, None)
    assert [each.second_opinion for each in judgement.suggestions] == [""]


SEEN = "seen by Dr. John Smith on 01/02/2024, MRN 12345678"
NAMING = finding("frobnicated_gizmo", Status.UNCERTAIN, certainty_words=SEEN, location=SEEN)


def test_a_mapper_masks_what_an_extractor_that_may_see_more_read():
    model = saying(said("nodule"))
    mapped(model, (NAMING, STRANGE))
    content = model.asked[0].turns[0].content
    assert not any(word in content for word in ("Smith", "01/02/2024", "12345678"))
    assert "location seen by Dr. [NAME]" in content
    allowed = saying(said("nodule"))
    mapped(allowed, (NAMING,), may_see_unmasked=True)
    assert "Smith" in allowed.asked[0].turns[0].content


def test_findings_that_masking_does_not_clear_are_not_sent(monkeypatch):
    monkeypatch.setattr("cases.gate.report.masking.has_patient_data", lambda text: True)
    model = saying(said("nodule"))
    one = mapped(model, (NAMING,))
    assert (model.asked, one.fault, one.readings) == ([], Fault.BLOCKED, ())
    assert "Smith" not in one.detail


def test_a_decider_is_shown_masked_words_unless_it_may_see_more():
    masked_only, allowed = Weighing(), Weighing()
    (one,) = DecidingMapper(masked_only, "weighing", SCOPE, CHEST).map([extracted((NAMING, STRANGE))])
    assert [each.label for each in one.readings[0]] == ["nodule"]
    states = " ".join(choice.state for choice in masked_only.choices)
    assert not any(word in states for word in ("Smith", "01/02/2024", "12345678"))
    assert "location seen by Dr. [NAME]" in states
    seeing = DecidingMapper(allowed, "weighing", SCOPE, CHEST, may_see_unmasked=True)
    list(seeing.map([extracted((NAMING,))]))
    assert "Smith" in allowed.choices[0].state
    assert seeing.version != DecidingMapper(allowed, "weighing", SCOPE, CHEST).version


def test_findings_that_masking_does_not_clear_are_not_weighed_and_cost_their_report_alone(monkeypatch):
    monkeypatch.setattr("cases.gate.report.masking.has_patient_data", lambda text: "frobnicated" in text)
    decider = Weighing()
    reports = [extracted((STRANGE,)), extracted((finding("other_gizmo"),), ref=2)]
    blocked, fine = DecidingMapper(decider, "weighing", SCOPE, CHEST).map(reports)
    assert (blocked.fault, blocked.readings, fine.fault) == (Fault.BLOCKED, (), None)
    assert len(decider.choices) == 1
