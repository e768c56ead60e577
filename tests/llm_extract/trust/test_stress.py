"""The stress set: what is made of a report, and how a backend is judged on it."""

from pathlib import Path

import pytest

from llm_extract.findings import LabelDefinition, Status
from llm_extract.rules.engine import engine_for
from llm_extract.trust.stress import EXPECTED, Judgement, Kind, StressSet, failing, judge, pass_rates, positive_labels
from perf.extraction import stress

OPENI = Path(__file__).parents[4] / "shared" / "data" / "reports_openi"
TAXONOMY = (
    LabelDefinition("cardiomegaly", "Cardiomegaly"),
    LabelDefinition("effusion", "Pleural effusion"),
    LabelDefinition("opacity", "Lung opacity"),
    LabelDefinition("none", "No finding", exclusive=True),
)
ENGINE = engine_for("CHEST", TAXONOMY)
REPORT = (
    "INDICATION: Chest pain\nFINDINGS: The heart is enlarged. There is a small left pleural effusion. "
    "No pneumothorax.\nIMPRESSION: 1. Small left pleural effusion. 2. Stable degenerative changes."
)


def made(text=REPORT, seed=7):
    return {(one.label, one.kind): one for one in StressSet(ENGINE, TAXONOMY, seed).variants(4, text)}


def test_every_positive_label_gets_every_kind():
    assert positive_labels(REPORT, ENGINE, TAXONOMY) == {"cardiomegaly", "effusion"}
    assert set(made()) == {(label, kind) for label in ("cardiomegaly", "effusion") for kind in Kind}
    assert all(one.report == 4 for one in made().values())


def test_every_mention_is_rewritten_and_nothing_else():
    one = made()["effusion", Kind.NEGATED]
    assert len(one.sentences) == len(one.rewritten) == 2
    assert "small left pleural effusion" not in one.text.lower()
    for kept in (
        "The heart is enlarged.",
        "No pneumothorax.",
        "2. Stable degenerative changes.",
        "INDICATION: Chest pain",
    ):
        assert kept in one.text


def test_removed_sentence_takes_its_number_and_the_list_closes_up():
    text = made()["effusion", Kind.REMOVED].text
    assert "effusion" not in text
    assert text.endswith("IMPRESSION: 1. Stable degenerative changes.")


def test_section_left_empty_goes_with_its_heading():
    text = "FINDINGS: The heart is enlarged. Lungs are clear.\nIMPRESSION: Cardiomegaly."
    removed = made(text)["cardiomegaly", Kind.REMOVED].text
    assert removed == "FINDINGS: Lungs are clear."


def test_report_that_would_say_nothing_is_not_made():
    assert ("cardiomegaly", Kind.REMOVED) not in made("FINDINGS: Cardiomegaly.")


def test_history_goes_to_the_indication_or_is_told_as_past():
    texts = [made(seed=seed)["effusion", Kind.HISTORY].text for seed in range(12)]
    assert any("Chest pain. History of left pleural effusion." in text for text in texts)
    assert any(
        "FINDINGS: The heart is enlarged. " in text and "istory of left pleural effusion" in text for text in texts
    )


def test_same_seed_same_set_and_another_seed_another():
    assert made() == made()
    assert any(made(seed=seed) != made() for seed in range(3))


@pytest.mark.parametrize(
    "text",
    [
        "FINDINGS: Left effusion. There is opacity. Consolidation is seen.",  # the label rests on two observations
        "FINDINGS: Opacity in the left base. This is unchanged. Clear otherwise.",  # the next sentence refers to it
        "FINDINGS: Left basilar opacity. Possible opacity on the right.",  # another sentence doubts it
    ],
)
def test_label_that_rests_on_more_is_left_alone(text):
    assert not [key for key in made(text) if key[0] == "opacity"]


def test_contradicted_label_is_left_alone():
    assert not [
        key for key in made("FINDINGS: Left pleural effusion. No right pleural effusion.") if key[0] == "effusion"
    ]


def test_exclusive_label_is_never_stressed():
    assert not [key for key in made("FINDINGS: No effusion. Heart is normal.") if key[0] == "none"]


@pytest.mark.parametrize(
    ("kind", "after", "judgement"),
    [
        (Kind.NEGATED, Status.ABSENT, Judgement.RIGHT),
        (Kind.NEGATED, None, Judgement.RIGHT),
        (Kind.NEGATED, Status.UNCERTAIN, Judgement.WRONG),
        (Kind.NEGATED, Status.PRESENT, Judgement.WRONG),
        (Kind.REMOVED, None, Judgement.RIGHT),
        (Kind.REMOVED, Status.PRESENT, Judgement.WRONG),
        (Kind.HEDGED, Status.UNCERTAIN, Judgement.RIGHT),
        (Kind.HEDGED, Status.PRESENT, Judgement.WRONG),
        (Kind.HEDGED, None, Judgement.WRONG),
        (Kind.HISTORY, None, Judgement.RIGHT),
        (Kind.HISTORY, Status.PRESENT, Judgement.WRONG),
    ],
)
def test_judgement(kind, after, judgement):
    assert judge(kind, Status.PRESENT, after) is judgement


def test_label_never_suggested_tests_nothing():
    assert judge(Kind.NEGATED, None, None) is Judgement.UNTESTED
    assert set(EXPECTED) == set(Kind)


def test_pass_rates_by_kind():
    judged = [(Kind.NEGATED, Judgement.RIGHT)] * 3 + [(Kind.HEDGED, Judgement.WRONG), (Kind.HEDGED, Judgement.UNTESTED)]
    rates = {rate.kind: rate for rate in pass_rates(judged)}
    assert (rates[None].right.count, rates[None].right.n, rates[None].untested) == (3, 4, 1)
    assert rates[Kind.NEGATED].right.value == 1.0
    assert rates[Kind.HEDGED].right.value == 0.0
    assert rates[Kind.HISTORY].right.undefined
    assert {rate.kind for rate in failing(rates.values())} == {None, Kind.HEDGED}
    assert {rate.kind for rate in failing(rates.values(), least=0.7)} == {Kind.HEDGED}


@pytest.mark.shared_data
@pytest.mark.skipif(not (OPENI / "gold12_open.csv").exists(), reason="needs the reports in ../shared/data")
def test_real_reports_give_a_large_set_and_the_rules_do_not_fall():
    result = stress.measure(OPENI, "dev", seed=7)
    rates = {rate.kind: rate.right for rate in result.rates}
    assert rates[None].n >= 500
    assert rates[None].value >= stress.TARGET
    assert all(rates[kind].value >= 0.9 for kind in Kind)
