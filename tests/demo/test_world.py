"""The plan: the same for the same seed, and with everything that was promised in it."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.world import LABELS, SITES, Planted, broken_ribs, plan_world

WORLD = plan_world(7)


def test_same_seed_gives_the_same_plan():
    assert plan_world(7) == WORLD


def test_other_seed_gives_another_plan():
    assert plan_world(8) != WORLD


def test_counts_are_as_promised():
    assert len(WORLD.studies) == 240
    assert len(WORLD.patients) == 200
    assert sum(s.has_lateral for s in WORLD.studies) == 120
    assert sum(s.is_large for s in WORLD.studies) == 24


def test_every_site_contributes_in_its_own_way():
    sizes = Counter(s.site.code for s in WORLD.studies)
    assert set(sizes) == {s.code for s in SITES}
    assert min(sizes.values()) >= 25
    assert {s.photometric for s in SITES} == {"MONOCHROME1", "MONOCHROME2"}
    assert sorted(s.bits_stored for s in SITES) == [12, 13, 14, 15]
    assert len({s.manufacturer for s in SITES}) >= 3


def test_about_a_third_is_normal_and_none_has_more_than_four_findings():
    normal = sum(not s.findings for s in WORLD.studies) / len(WORLD.studies)
    assert 0.28 <= normal <= 0.42
    assert max(len(s.findings) for s in WORLD.studies) <= 4


@given(seed=st.integers(0, 10_000), count=st.integers(12, 300))
@settings(max_examples=25, deadline=None)
def test_every_label_is_planted_as_present(seed, count):
    present = Counter(f.label for s in plan_world(seed, count).studies for f in s.findings if f.status == "present")
    assert set(present) == set(LABELS)
    assert min(present.values()) >= max(1, count // 60 - 1)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_study_holds_each_label_once_and_identifiers_are_unique(seed):
    world = plan_world(seed, 60)
    assert len({s.study_id for s in world.studies}) == 60
    for study in world.studies:
        labels = [f.label for f in study.findings]
        assert len(labels) == len(set(labels))
        assert not {f.label for f in study.resolved} & set(labels)


def test_emphysema_never_meets_a_large_heart_in_a_first_study():
    for study in WORLD.studies:
        labels = {f.label for f in study.findings}
        assert not {"emphysema_hyperinflation", "cardiomegaly"} <= labels


def test_returning_patients_come_later_and_their_findings_change():
    chains = {p.pseudonym: [s for s in WORLD.studies if s.patient == p] for p in WORLD.patients}
    several = [c for c in chains.values() if len(c) > 1]
    assert max(len(c) for c in several) == 3
    for chain in several:
        assert [s.number for s in chain] == list(range(len(chain)))
        assert [s.study_date for s in chain] == sorted({s.study_date for s in chain})
    changes = {f.change for c in several for s in c[1:] for f in s.findings}
    assert {"unchanged", "increased"} <= changes
    assert any(s.resolved for c in several for s in c)


def test_first_studies_tell_no_change():
    assert all(f.change == "" for s in WORLD.studies if not s.has_prior for f in s.findings)


def test_bedside_films_have_no_lateral():
    bedside = [s for s in WORLD.studies if s.projection == "AP"]
    assert bedside
    assert not any(s.has_lateral for s in bedside)


def test_too_small_a_world_is_refused_with_the_number_needed():
    with pytest.raises(ValueError, match="at least 12"):
        plan_world(1, 11)


def test_truth_covers_every_label():
    study = next(s for s in WORLD.studies if s.findings)
    truth = study.truth()
    assert tuple(truth) == LABELS
    assert truth[study.findings[0].label] == study.findings[0].status


@pytest.mark.parametrize(("severity", "count"), [("mild", 1), ("moderate", 2), ("severe", 3)])
def test_severe_fractures_break_neighbouring_ribs(severity, count):
    finding = Planted("acute_fracture", "rib", "left", "mid", severity, 0.0, "present", "", 5)
    ribs = broken_ribs(finding)
    assert len(ribs) == count
    assert ribs == tuple(range(ribs[0], ribs[0] + count))
    assert broken_ribs(replace(finding, kind="clavicle")) == ()


def test_an_uncertain_finding_is_drawn_weaker():
    finding = Planted("pleural_effusion", "", "left", "lower", "moderate", 0.0, "present", "", 5)
    assert replace(finding, status="uncertain").strength < finding.strength
