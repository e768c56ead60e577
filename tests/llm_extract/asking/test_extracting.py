import json
from dataclasses import replace
from itertools import count, islice

import pytest

from cases.gate.report import masking
from llm_extract.asking.extracting import ModelExtractor
from llm_extract.asking.options import AskingOptions
from llm_extract.asking.prompts import Prompt, PromptError, Stage, shipped_prompt
from llm_extract.asking.protocol import HOPELESS, TRANSIENT, Fault
from llm_extract.findings import Grounding, LabelDefinition, Temporality
from llm_extract.rules.vocabulary import load_vocabulary
from llm_extract.stages import ReportText, Scope
from tests.llm_extract.scripted_models import ScriptedModel, failing, garbled, sentences_of, wire_finding

CHEST = load_vocabulary("chest")
SCOPE = Scope("CHEST", (LabelDefinition("pleural_effusion", "Pleural effusion"),))
PROMPT = shipped_prompt(Stage.EXTRACT, "findings")
CAREFUL = shipped_prompt(Stage.EXTRACT, "careful")
TEXT = (
    "INDICATION: Known effusion.\n\nFINDINGS: There is a small\nleft effusion. The heart is normal, seen on 03/04/2021."
)


def extractor(model, *prompts, **options):
    return ModelExtractor(model, prompts or (PROMPT,), SCOPE, CHEST, AskingOptions(**options))


def extracted(model, text=TEXT, *prompts, **options):
    (one,) = extractor(model, *prompts, **options).extract([ReportText(1, text)])
    return one


def saying(*findings):
    return ScriptedModel(lambda question: json.dumps({"findings": list(findings)}))


def one_by_one(*texts):
    """A model that gives the n-th text to the n-th question."""
    turn = iter(texts)
    return ScriptedModel(lambda question: next(turn))


def findings(*found):
    return json.dumps({"findings": list(found)})


EFFUSION = wire_finding("pleural effusion", "present", 2, "small left effusion", laterality="left", severity="mild")


def test_a_finding_rests_on_its_exact_sentence():
    (one,) = extracted(saying(EFFUSION)).findings
    assert one.evidence == TEXT[one.start : one.end] == "There is a small\nleft effusion."
    assert (one.observation, one.name, one.section) == ("pleural_effusion", "Pleural effusion", "findings")
    assert (one.laterality, one.severity, one.grounding) == ("left", "mild", Grounding.NORMALIZED)


@pytest.mark.parametrize(
    ("quote", "grounding"),
    [
        ("left effusion", Grounding.EXACT),
        ("LEFT  effusion!", Grounding.NORMALIZED),
        ("left effusion. The heart", Grounding.NORMALIZED),
    ],
)
def test_a_quote_is_found_letter_by_letter_or_but_for_case_and_marks(quote, grounding):
    (one,) = extracted(saying(EFFUSION | {"quote": quote})).findings
    assert one.grounding is grounding


def test_a_quote_with_a_wrong_number_is_found_where_it_stands():
    (one,) = extracted(saying(EFFUSION | {"sentences": [3, 77, -1]})).findings
    assert one.evidence.startswith("There is a small")


@pytest.mark.parametrize("quote", ["", "...", "right effusion", "a", "ffusion of the left side"])
def test_a_quote_that_is_not_there_is_asked_for_once_more_and_then_refused(quote):
    model = saying(EFFUSION | {"quote": quote, "sentences": [3]})
    one = extracted(model)
    assert (one.fault, one.readings, len(one.answers)) == (Fault.UNGROUNDED, (), 2)
    assert len(model.asked) == 2
    assert len({question.key for question in model.asked}) == 2


def test_the_repair_names_places_never_values():
    model = one_by_one(
        findings(EFFUSION, EFFUSION | {"observation": "SECRET", "quote": "SECRET words"}), findings(EFFUSION)
    )
    one = extracted(model)
    assert one.fault is None
    assert (one.lost, one.detail) == (0, "")
    assert [turn.role for turn in model.asked[1].turns] == ["user", "assistant", "user"]
    assert "findings.1.quote" in model.asked[1].turns[-1].content
    assert "SECRET" not in model.asked[1].turns[-1].content


def test_a_report_with_some_quotes_that_are_not_there_loses_only_those():
    one = extracted(saying(EFFUSION, wire_finding("pneumothorax", "present", 2, "huge pneumothorax")))
    assert [finding.observation for finding in one.findings] == ["pleural_effusion"]
    assert (one.fault, one.lost) == (None, 1)
    assert one.detail == "1 of 2 findings quote what the report does not say and were left out."


def test_a_repair_that_is_worse_leaves_the_first_answer():
    bad = wire_finding("pneumothorax", "present", 2, "huge pneumothorax")
    for second in ("not json", findings(bad), Fault.TRUNCATED):
        one = extracted(one_by_one(findings(EFFUSION, bad), second))
        assert [finding.observation for finding in one.findings] == ["pleural_effusion"]
        assert one.lost == 1


@pytest.mark.parametrize("kind", ["fenced", "thinking", "chatty"])
def test_what_is_forgiven(kind):
    assert [one.observation for one in extracted(garbled(kind), "An effusion.").findings] == ["pleural_effusion"]


@pytest.mark.parametrize(
    ("kind", "fault", "asked"),
    [
        ("not json", Fault.INVALID_JSON, 2),
        ("a list", Fault.INVALID_JSON, 2),
        ("a number", Fault.INVALID_JSON, 2),
        ("deep", Fault.INVALID_JSON, 2),
        ("wrong enum", Fault.SCHEMA_VIOLATION, 2),
        ("unknown field", Fault.SCHEMA_VIOLATION, 2),
        ("ungrounded", Fault.UNGROUNDED, 2),
        ("empty", Fault.EMPTY, 1),
        ("only thoughts", Fault.EMPTY, 1),
    ],
)
def test_what_cannot_be_used_is_a_fault_by_kind_without_a_word_of_it(kind, fault, asked):
    model = garbled(kind)
    one = extracted(model, "An effusion.")
    assert (one.fault, one.readings, len(model.asked)) == (fault, (), asked)
    assert "SECRET" not in one.detail
    assert "SECRET" not in "".join(question.turns[-1].content for question in model.asked)


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_of_the_model_is_the_reports(fault):
    model = failing(fault)
    assert (extracted(model).fault, len(model.asked)) == (fault, 1)


def test_without_repairs_a_bad_answer_is_final():
    model = garbled("not json")
    assert extracted(model, repairs=False).fault is Fault.INVALID_JSON
    assert len(model.asked) == 1


def test_a_retry_asks_anew_where_the_remembered_answer_is_of_no_use():
    model = one_by_one("not json", "not json", findings(EFFUSION))
    assert extracted(model, attempt=1).fault is None
    assert len({question.key for question in model.asked}) == 3
    assert model.asked[2].turns == model.asked[0].turns
    again = garbled("empty")
    assert extracted(again, "An effusion.", attempt=3).fault is Fault.EMPTY
    assert len({question.key for question in again.asked}) == 4


def test_indication_is_history_whatever_the_model_says():
    (one,) = extracted(saying(wire_finding("effusion", "present", 1, "Known effusion"))).findings
    assert (one.temporality, one.section) == (Temporality.HISTORY, "history")


def test_words_the_vocabulary_does_not_know_become_a_key():
    (one,) = extracted(saying(EFFUSION | {"observation": "Frobnicated  Gizmo (left)"})).findings
    assert (one.observation, one.name) == ("frobnicated_gizmo_left", "Frobnicated Gizmo (left)")
    (other,) = extracted(saying(EFFUSION | {"observation": "???"})).findings
    assert other.observation == "finding"


def test_words_of_doubt_and_size_count_only_if_the_sentence_has_them():
    text = "Possible 3 mm nodule."
    said = {"certainty_words": "Possible", "size": "3 mm"}
    (one,) = extracted(saying(wire_finding("nodule", "uncertain", 1, "nodule", **said)), text).findings
    assert (one.certainty_words, one.size) == ("Possible", "3 mm")
    said = {"certainty_words": "may be", "size": "9 cm"}
    (one,) = extracted(saying(wire_finding("nodule", "uncertain", 1, "nodule", **said)), text).findings
    assert (one.certainty_words, one.size) == (None, None)


def test_patient_data_never_leaves_unless_the_model_may_see_it():
    text = "Dr. Miller: a small effusion on 03/04/2021, MRN 1234567."
    for may_see in (False, True):
        model = saying(wire_finding("effusion", "present", 1, "a small effusion on [DATE]"))
        one = extracted(model, text, may_see_unmasked=may_see)
        shown = model.asked[0].turns[0].content
        assert all((word in shown) is may_see for word in ("Miller", "03/04/2021", "1234567"))
        if not may_see:
            assert one.findings[0].evidence == text


def test_a_text_said_to_be_masked_is_searched_as_it_is_shown_and_masked_where_it_was_not():
    text = "Dr.\nMiller: a small effusion on 03/04/2021, MRN 1234567."
    model = saying(EFFUSION)
    list(extractor(model).extract([ReportText(1, text, is_masked=True)]))
    shown = model.asked[0].turns[0].content
    assert not any(word in shown for word in ("Miller", "03/04/2021", "1234567"))


@pytest.mark.parametrize(("is_masked", "searches"), [(True, 1), (False, 3)])  # whole, its broken sentence, and as shown
def test_a_text_that_went_through_todays_masking_is_searched_once(is_masked, searches, monkeypatch):
    searched = []
    search = masking.patient_data
    monkeypatch.setattr(masking, "patient_data", lambda text, **named: searched.append(text) or search(text, **named))
    text = "FINDINGS: There is a small\nleft effusion. Seen by [NAME] on [DATE]."
    model = saying(EFFUSION)
    list(extractor(model).extract([ReportText(1, text, is_masked=is_masked)]))
    assert len(searched) == searches
    assert "(findings) Seen by [NAME] on [DATE]." in model.asked[0].turns[0].content


def test_a_report_that_cannot_be_masked_is_never_sent(monkeypatch):
    monkeypatch.setattr("cases.gate.report.masking.has_patient_data", lambda text: True)
    model = saying(EFFUSION)
    assert extracted(model, f"{TEXT} Größe.").fault is Fault.BLOCKED
    (one,) = extractor(model).extract([ReportText(1, TEXT, is_masked=True)])
    assert one.fault is Fault.BLOCKED
    assert model.asked == []


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b", "...", "\x00"])
def test_a_report_without_words_is_not_asked_about(text):
    model = saying(EFFUSION)
    one = extracted(model, text)
    assert (one.readings, one.fault, model.asked) == (((),), None, [])


def test_a_report_that_is_too_long_is_not_asked_about():
    model = saying(EFFUSION)
    one = extracted(model, "effusion " * 120_000)
    assert (one.fault, model.asked) == (Fault.TOO_LONG, [])
    assert "1080000 characters" in one.detail


def test_several_samples_are_readings_in_order():
    model = ScriptedModel(
        lambda question: findings(*[EFFUSION] * (question.temperature == 0.0)), at_once=3, name="three"
    )
    one = extracted(model, samples=3, seed=5, sample_temperature=0.9)
    assert [len(reading) for reading in one.readings] == [1, 0, 0]
    assert [(question.temperature, question.seed) for question in model.asked] == [(0.0, 5), (0.9, 6), (0.9, 7)]
    assert len(set(one.answers)) == 3


def test_different_prompts_are_samples_too():
    model = saying(EFFUSION)
    one = extracted(model, TEXT, PROMPT, CAREFUL)
    assert len(one.readings) == 2
    assert model.asked[0].system != model.asked[1].system
    assert [question.temperature for question in model.asked] == [0.0, 0.0]
    four = saying(EFFUSION)
    assert len(extracted(four, TEXT, PROMPT, CAREFUL, samples=4).readings) == 4
    assert [question.temperature for question in four.asked] == [0.0, 0.0, 0.7, 0.7]


def test_a_reading_beside_the_first_that_cannot_be_used_is_left_out():
    model = ScriptedModel(lambda question: findings(EFFUSION) if question.temperature == 0.0 else "")
    one = extracted(model, samples=3)
    assert (len(one.readings), one.detail) == (1, "2 of 3 readings could not be used.")


@pytest.mark.parametrize("fault", sorted(TRANSIENT | HOPELESS))
def test_a_fault_of_the_way_in_any_reading_is_the_reports_so_that_it_is_asked_again(fault):
    model = ScriptedModel(lambda question: findings(EFFUSION) if question.temperature == 0.0 else fault)
    assert extracted(model, samples=2).fault is fault


def test_the_key_is_of_all_the_answer_depends_on():
    def key(model=None, text=TEXT, *prompts, **options):
        model = model or saying(EFFUSION)
        extracted(model, text, *prompts, **options)
        return model.asked[0].key

    base = key()
    assert key() == base
    assert len(base) == 64
    others = {
        key(text=TEXT + " More."),
        key(None, TEXT, CAREFUL),
        key(None, TEXT, replace(PROMPT, text=PROMPT.text + " ")),
        key(temperature=0.5),
        key(temperature=None),
        key(seed=1),
        key(max_output_tokens=7),
        key(may_see_unmasked=True),
        key(ScriptedModel(lambda question: findings(EFFUSION), name="another")),
    }
    assert len(others) == 9
    assert base not in others


def test_reports_that_differ_only_in_masked_data_ask_the_same():
    texts = [f"Small effusion, compared with {date}." for date in ("03/04/2021", "5 May 2019")]
    model = saying(wire_finding("effusion", "present", 1, "Small effusion"))
    found = list(extractor(model).extract([ReportText(place, text) for place, text in enumerate(texts)]))
    assert len({question.key for question in model.asked}) == 1
    assert [one.findings[0].evidence for one in found] == texts


def test_the_version_changes_with_whatever_changes_answers():
    model = saying()
    base = extractor(model).version
    assert extractor(model).version == base
    assert extractor(model, attempt=2).version == base
    changed = {
        extractor(model, CAREFUL).version,
        extractor(model, samples=2).version,
        extractor(model, may_see_unmasked=True).version,
        ModelExtractor(model, (PROMPT,), Scope("CHEST", ()), CHEST, AskingOptions()).version,
        ModelExtractor(model, (PROMPT,), SCOPE, CHEST.with_labels([LabelDefinition("q", "Quux")]), AskingOptions()).version,
    }  # fmt: skip
    assert len(changed) == 5
    assert base not in changed


def test_a_prompt_of_the_other_stage_is_refused():
    with pytest.raises(PromptError, match="stage 'map'"):
        extractor(saying(), shipped_prompt(Stage.MAP, "labels"))
    with pytest.raises(PromptError, match="No prompt"):
        ModelExtractor(saying(), (), SCOPE, CHEST)
    with pytest.raises(PromptError, match="lacks"):
        extractor(saying(), Prompt(Stage.EXTRACT, "bad", 1, "=== report ==="))


@pytest.mark.parametrize(
    "bad", [{"samples": 0}, {"samples": 99}, {"max_output_tokens": 0}, {"max_report_characters": 0}]
)
def test_options_that_make_no_sense_are_refused(bad):
    with pytest.raises(ValueError, match=r"choose|at least"):
        AskingOptions(**bad)


@pytest.mark.parametrize("at_once", [1, 4, 50])
def test_every_report_comes_back_once_in_any_order_with_repairs_between(at_once):
    def script(question):
        is_odd = any("odd" in text for _, _, text in sentences_of(question))
        return "not json" if is_odd and len(question.turns) == 1 else findings()

    reports = [
        ReportText(ref, f"Film {ref}, {'odd' if ref % 3 == 0 else 'even'}." if ref % 5 else "") for ref in range(60)
    ]
    model = ScriptedModel(script, at_once=at_once)
    found = list(extractor(model).extract(reports))
    assert sorted(one.report.ref for one in found) == list(range(60))
    assert all(one.fault is None for one in found)
    assert sum(len(one.answers) == 2 for one in found) == sum(ref % 3 == 0 and ref % 5 > 0 for ref in range(60))


def test_reports_are_taken_one_by_one():
    taken = []

    def reports():
        for ref in count():
            taken.append(ref)
            yield ReportText(ref, f"Film {ref}.")

    list(islice(extractor(saying()).extract(reports()), 5))
    assert len(taken) <= 7


def test_reports_without_questions_do_not_pile_up():
    taken = []

    def reports():
        for ref in range(5000):
            taken.append(ref)
            yield ReportText(ref, "" if ref else "Film.")

    most = 0
    for place, _ in enumerate(extractor(saying()).extract(reports())):
        most = max(most, len(taken) - place)
    assert most < 600


def test_a_model_that_stops_taking_questions_ends_the_stream():
    class Tired(ScriptedModel):
        def ask(self, questions):
            yield from super().ask(islice(questions, 2))

    def reports():
        for ref in range(9):
            yield ReportText(ref, f"Film {ref}.")

    found = list(extractor(Tired(lambda question: findings())).extract(reports()))
    assert [one.fault for one in found][:2] == [None, None]
    assert len(found) == 2


def test_what_was_asked_and_never_answered_is_a_lost_connection():
    class Forgetful(ScriptedModel):
        def ask(self, questions):
            for answer in super().ask(questions):
                if not answer.text.startswith("lose"):
                    yield answer

    model = Forgetful(lambda question: "lose" if "Film 3." in question.turns[0].content else findings())
    found = {
        one.report.ref: one.fault
        for one in extractor(model).extract(ReportText(ref, f"Film {ref}.") for ref in range(6))
    }
    assert found == {0: None, 1: None, 2: None, 3: Fault.CONNECTION, 4: None, 5: None}


def test_no_report_text_in_details():
    for kind in ("wrong enum", "unknown field", "ungrounded", "half grounded"):
        assert "effusion" not in extracted(garbled(kind), "An effusion.").detail
