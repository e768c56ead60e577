"""The reports: they tell what is planted, tell nothing else, and rarely tell it twice in the same words."""

import re

import pytest

from demo.prose import finding_sentence, lobe, template_count, write_report
from demo.world import Planted, plan_world

WORLD = plan_world(7)
REPORTS = [(s, write_report(s)) for s in WORLD.studies]
HEDGE = re.compile(r"possible|questionable|cannot be excluded|may represent|may be", re.IGNORECASE)


def test_same_study_gives_the_same_report():
    study, report = REPORTS[5]
    assert write_report(study) == report


def test_every_planted_finding_is_stated_word_for_word():
    for study, report in REPORTS:
        assert set(report.evidence) == {f.label for f in study.findings}
        for sentence in report.evidence.values():
            assert sentence in report.text


def test_uncertain_findings_are_hedged_and_present_ones_are_not():
    for study, report in REPORTS:
        for finding in study.findings:
            assert bool(HEDGE.search(report.evidence[finding.label])) == (finding.status == "uncertain")


def test_truth_is_that_of_the_study():
    assert all(report.truth == study.truth() for study, report in REPORTS)


def test_no_slot_is_left_open_and_no_blank_doubled():
    for _, report in REPORTS:
        assert "{" not in report.text
        assert "  " not in report.text
        assert " \n" not in report.text


@pytest.mark.parametrize(
    ("label", "claim"),
    [
        ("pleural_effusion", "No pneumothorax or pleural effusion."),
        ("pneumothorax", "No pneumothorax or pleural effusion."),
        ("cardiomegaly", "The heart is normal in size."),
        ("acute_fracture", "No acute osseous abnormality."),
        ("lung_nodule_or_mass", "The lungs are clear."),
        ("airspace_opacity", "No focal consolidation."),
    ],
)
def test_what_is_planted_is_never_denied(label, claim):
    told = [r.text for s, r in REPORTS if s.truth()[label] != "absent"]
    assert told
    assert not any(claim in text for text in told)


def test_bodies_rarely_repeat():
    bodies = {report.text for _, report in REPORTS}
    assert len(bodies) >= 0.95 * len(REPORTS)


def test_there_are_many_templates():
    assert template_count() >= 150


def test_houses_have_their_own_style():
    by_site = {}
    for study, report in REPORTS:
        by_site.setdefault(study.site.code, []).append(report.text)
    assert all("FINDINGS:" in t and "IMPRESSION:" in t for t in by_site["north"] + by_site["harbour"])
    assert all(re.search(r"^Lungs: |^Pleura: |^Heart", t, re.MULTILINE) for t in by_site["harbour"])
    assert all("Conclusion:" in t for t in by_site["lakeside"])
    assert not any(re.search(r"^[A-Za-z ]+:", t, re.MULTILINE) for t in by_site["valley"])


def test_reports_hold_neither_dates_nor_pseudonyms():
    for study, report in REPORTS:
        assert study.patient.pseudonym not in report.text
        assert not re.search(r"\b(19|20)\d\d\b|\d+/\d+", report.text)


def test_resolved_findings_are_told_as_gone():
    gone = [r.text for s, r in REPORTS if s.resolved]
    assert gone
    assert all(re.search(r"resolved|resolution|no longer|cleared", t) for t in gone)


def test_every_study_with_a_prior_can_compare():
    texts = [r.text for s, r in REPORTS if s.has_prior and s.findings]
    assert sum(
        bool(re.search(r"prior|previous|interval|unchanged|stable|earlier|change", t, re.I)) for t in texts
    ) == len(texts)


@pytest.mark.parametrize(
    ("side", "zone", "name"),
    [("right", "mid", "right middle lobe"), ("left", "mid", "lingula"), ("left", "upper", "left upper lobe"),
     ("both", "lower", "both lungs")],
)  # fmt: skip
def test_lobe_is_named_as_reports_do(side, zone, name):
    assert lobe(Planted("airspace_opacity", "patchy", side, zone, "mild", 0.0, "present", "", 1)) == name


def test_a_sentence_names_the_side_it_is_on():
    import numpy as np

    finding = Planted("pneumothorax", "", "right", "upper", "severe", 0.0, "present", "", 1)
    for seed in range(20):
        assert "right" in finding_sentence(np.random.default_rng(seed), finding).lower()
