"""Drawing a sample: what it guarantees whatever the pool, and the words it gives."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.design import SampleCandidate, SampleDesign, age_band, bucket_problem
from sampling.draw import SampleDraw, SampleTooLarge, draw_sample
from sampling.planning import shortage

LABELS = ("effusion", "nodule", "pneumothorax", "cardiomegaly")
QUICK = {"inclusion_draws": 0}


def pool(n: int, seed: int, patients: int | None = None) -> list[SampleCandidate]:
    rng = Random(seed)
    shares = (0.3, 0.2, 0.05, 0.25)
    return [
        SampleCandidate(
            key=f"study-{i}",
            patient=f"patient-{rng.randrange(patients) if patients else i}",
            site=rng.choice(["north", "north", "south"]),
            labels=frozenset(label for label, share in zip(LABELS, shares, strict=True) if rng.random() < share),
            sex=rng.choice(["F", "M", ""]),
            age_band=rng.choice(["18-39", "40-54", "70+"]),
            view=rng.choice(["PA", "AP"]),
            manufacturer=rng.choice(["one", "two"]),
            difficulty=rng.random(),
        )
        for i in range(n)
    ]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 5000), size=st.integers(5, 40))
def test_one_study_per_patient_and_exactly_the_size(seed: int, size: int) -> None:
    candidates = pool(120, seed, patients=70)
    size = min(size, len({c.patient for c in candidates}))
    owner = {c.key: c.patient for c in candidates}
    draw = draw_sample(candidates, SampleDesign(size, seed, **QUICK))
    assert len(draw.picks) == len({owner[pick.key] for pick in draw.picks}) == size
    assert [pick.rank for pick in draw.picks] == list(range(1, size + 1))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 5000))
def test_every_label_reaches_a_tenth_or_what_there_is(seed: int) -> None:
    candidates = pool(150, seed)
    draw = draw_sample(candidates, SampleDesign(40, seed, **QUICK))
    labels = {c.key: c.labels for c in candidates}
    have = Counter(label for pick in draw.picks for label in labels[pick.key])
    there = Counter(label for c in candidates for label in c.labels)
    assert all(have[label] >= min(4, there[label]) for label in there)
    assert draw.short() == ()


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 5000), shuffle=st.integers(0, 5000))
def test_row_order_never_matters(seed: int, shuffle: int) -> None:
    candidates = pool(90, seed, patients=60)
    mixed = list(candidates)
    Random(shuffle).shuffle(mixed)
    design = SampleDesign(20, seed, inclusion_draws=3)
    assert draw_sample(mixed, design) == draw_sample(candidates, design)


def test_another_seed_gives_another_sample_of_the_same_quality() -> None:
    candidates = pool(200, 1)
    first, second = (draw_sample(candidates, SampleDesign(40, seed, **QUICK)) for seed in (1, 2))
    assert {pick.key for pick in first.picks} != {pick.key for pick in second.picks}
    assert [(row.name, row.target) for row in first.buckets] == [(row.name, row.target) for row in second.buckets]


def test_shares_of_sex_and_age_stay_near_the_pool() -> None:
    draw = draw_sample(pool(400, 5), SampleDesign(100, 5, **QUICK))
    for row in draw.buckets:
        if row.group in {"sex", "age"} and row.name != "unknown":
            assert abs(row.have / 100 - row.pool / 400) < 0.03, row


def test_a_small_site_is_lifted_by_the_square_root_of_its_share() -> None:
    candidates = [replace(one, site="small" if i % 10 == 0 else "large") for i, one in enumerate(pool(400, 5))]
    have = {row.name: row.have for row in draw_sample(candidates, SampleDesign(100, 5, **QUICK)).buckets}
    assert have["small"] == 25  # sqrt(0.1) of sqrt(0.1) + sqrt(0.9), where the pool has 10 %


def test_a_label_that_nobody_has_is_short_of_all_that_was_wanted() -> None:
    draw = draw_sample(pool(60, 2), SampleDesign(20, 2, label_names={"hernia": "Hernia"}, **QUICK))
    row = next(row for row in draw.buckets if row.name == "hernia")
    assert (row.have, row.target, row.wanted) == (0, 0, 2)
    assert shortage(row) == "hernia: 0 of 2; no study of the pool has it."


def test_a_label_scarcer_than_wanted_says_by_how_much_and_all_of_it_is_picked() -> None:
    candidates = pool(100, 3)
    rare = [replace(one, labels=one.labels | {"rare"}) if i < 3 else one for i, one in enumerate(candidates)]
    draw = draw_sample(rare, SampleDesign(50, 3, **QUICK))
    row = next(row for row in draw.buckets if row.name == "rare")
    assert shortage(row, "Rare") == "Rare: 3 of 5, 2 short; the pool has 3, and all that can be picked are."


def test_a_pool_without_any_finding_is_drawn_and_every_label_is_short() -> None:
    candidates = [replace(one, labels=frozenset()) for one in pool(40, 1)]
    draw = draw_sample(candidates, SampleDesign(10, 1, label_names={"a": "A", "b": "B"}, **QUICK))
    assert len(draw.picks) == 10
    assert [shortage(row) != "" for row in draw.buckets if row.group == "label"] == [True, True]


def test_one_site_is_no_obstacle() -> None:
    candidates = [replace(one, site="only") for one in pool(60, 4)]
    draw = draw_sample(candidates, SampleDesign(20, 4, **QUICK))
    assert [(row.have, row.target) for row in draw.buckets if row.group == "site"] == [(20, 20)]


def test_a_patient_with_nearly_the_whole_pool_gives_one_study() -> None:
    candidates = [replace(one, patient="one" if i < 50 else one.patient) for i, one in enumerate(pool(60, 6))]
    assert len(draw_sample(candidates, SampleDesign(11, 6, **QUICK)).picks) == 11
    with pytest.raises(SampleTooLarge, match="the pool has 11 patients, 1 short; ask for 11 or fewer"):
        draw_sample(candidates, SampleDesign(12, 6, **QUICK))


def test_normals_are_kept_although_everything_else_is_worth_more() -> None:
    draw = draw_sample(pool(400, 9), SampleDesign(100, 9, **QUICK))
    normal = next(row for row in draw.buckets if (row.group, row.name) == ("findings", "0"))
    assert normal.have == normal.target >= 10


def test_sample_is_proven_optimal_on_a_pool_of_the_demo_size() -> None:
    draw = draw_sample(pool(240, 3, patients=200), SampleDesign(60, 3, **QUICK))
    assert draw.is_proven
    assert draw.lower_bound <= draw.cost


def test_labels_come_first_when_combinations_would_win() -> None:
    pairs = combinations("abcde", 2)
    candidates = [SampleCandidate("".join(pair), "".join(pair), labels=frozenset(pair)) for pair in pairs]
    candidates.append(SampleCandidate("rare", "r", labels=frozenset({"rare"})))
    design = SampleDesign(10, 0, label_points=0.001, pair_points=500, **QUICK)
    draw = draw_sample(candidates, design)
    assert "rare" in {pick.key for pick in draw.picks}


def test_label_that_cannot_reach_its_target_is_shown_as_short() -> None:
    same = [SampleCandidate(f"s{i}", "one patient", labels=frozenset({f"label-{i}"})) for i in range(2)]
    others = [SampleCandidate(f"o{i}", f"p{i}") for i in range(9)]
    draw = draw_sample(same + others, SampleDesign(10, 0, **QUICK))
    assert [(row.have, row.target) for row in draw.short()] == [(0, 1)]


def test_reasons_say_label_target_and_combination() -> None:
    candidates = [SampleCandidate(f"n{i}", f"n{i}") for i in range(30)]
    candidates += [SampleCandidate(f"p{i}", f"p{i}", labels=frozenset({"pneumothorax"})) for i in range(5)]
    both = frozenset({"pneumothorax", "pleural_effusion"})
    candidates.append(SampleCandidate("both", "both", labels=both, uncertain=frozenset({"pneumothorax"})))
    draw = draw_sample(candidates, SampleDesign(20, 4, label_names={"pleural_effusion": "Effusion"}, **QUICK))
    reasons = {pick.key: pick.reasons for pick in draw.picks}
    assert reasons["both"] == (
        "one of 1 with Effusion (target 1)",
        "one of 6 with pneumothorax (target 2, uncertain here)",
        "the only study in the pool with Effusion and pneumothorax",
        "two or more findings",
    )
    assert any("normal study, quota 70 %" in reason for reason in reasons.values())
    assert all(reasons.values())


def test_label_without_any_study_is_in_the_table_with_nothing_in_the_pool() -> None:
    draw = draw_sample(pool(30, 1), SampleDesign(10, 1, label_names={"hernia": "Hernia"}, **QUICK))
    hernia = next(row for row in draw.buckets if row.name == "hernia")
    assert (hernia.have, hernia.target, hernia.pool) == (0, 0, 0)


def test_studies_with_images_are_preferred() -> None:
    candidates = [replace(c, has_images=i % 2 == 0) for i, c in enumerate(pool(60, 2))]
    pictured = {c.key for c in candidates if c.has_images}
    draw = draw_sample(candidates, SampleDesign(10, 2, **QUICK))
    assert len({pick.key for pick in draw.picks} & pictured) >= 8


def test_findings_may_be_counted_otherwise_than_labels() -> None:
    assert SampleCandidate("a", "a", labels=frozenset({"x"})).finding_count == 1
    assert SampleCandidate("a", "a", labels=frozenset({"x"}), n_findings=5).finding_count == 5


def test_more_studies_than_patients_is_refused_in_words() -> None:
    with pytest.raises(
        SampleTooLarge, match=r"sample of 30 studies .* the pool has 19 patients, 11 short; ask for 19 or fewer"
    ):
        draw_sample(pool(60, 1, patients=20), SampleDesign(30))


@pytest.mark.parametrize("size", [0, -3])
def test_empty_sample_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="ask for at least 1"):
        draw_sample(pool(10, 1), SampleDesign(size))


def test_study_listed_twice_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Study study-0 is among the candidates twice"):
        draw_sample([*pool(10, 1), pool(10, 1)[0]], SampleDesign(3))


def test_inclusion_probability_is_one_for_a_study_that_every_seed_needs() -> None:
    candidates = [SampleCandidate(f"n{i}", f"n{i}") for i in range(40)]
    candidates.append(SampleCandidate("rare", "rare", labels=frozenset({"rare"})))
    draw = draw_sample(candidates, SampleDesign(10, 4, inclusion_draws=8))
    found = {pick.key: pick.inclusion_probability for pick in draw.picks}
    assert found["rare"] == 1.0
    others = [value for key, value in found.items() if key != "rare" and value is not None]
    assert all(1 / 9 - 1e-3 <= value <= 1 for value in others)
    assert sum(others) / 9 < 0.6
    assert draw.inclusion_method.startswith("estimated: share of 9 draws")


@pytest.mark.parametrize(
    ("design", "why"),
    [(SampleDesign(5, inclusion_draws=0), "no other seeds"), (SampleDesign(5, seed_weight=0.0), "no weight")],
)
def test_inclusion_probability_is_none_with_a_reason_when_not_estimated(design: SampleDesign, why: str) -> None:
    draw = draw_sample(pool(20, 1), design)
    assert {pick.inclusion_probability for pick in draw.picks} == {None}
    assert why in draw.inclusion_method


def test_several_studies_of_a_patient_may_be_allowed_by_design() -> None:
    candidates = [SampleCandidate(f"s{i}", "one patient") for i in range(4)]
    assert len(draw_sample(candidates, SampleDesign(3, one_per_patient=False, **QUICK)).picks) == 3


def test_whole_pool_can_be_drawn() -> None:
    assert len(draw_sample(pool(15, 2), SampleDesign(15, 2, **QUICK)).picks) == 15


@pytest.mark.parametrize(
    ("years", "band"),
    [(None, ""), (0, "0-17"), (17.9, "0-17"), (18, "18-39"), (54, "40-54"), (69, "55-69"), (70, "70+")],
)
def test_age_bands(years: float | None, band: str) -> None:
    assert age_band(years) == band


def test_label_weight_multiplies_the_points_of_being_short() -> None:
    candidates = pool(50, 1)
    plain, heavy = (
        {b.name: b.under for b in bucket_problem(candidates, SampleDesign(10, label_weights=w)).buckets}
        for w in ({}, {"nodule": 3.0})
    )
    assert heavy["nodule"] == 3 * plain["nodule"]
    assert heavy["effusion"] == plain["effusion"]


def _competing(weights: Mapping[str, float]) -> SampleDraw:
    """Thirty studies have a alone, thirty have b and c: of ten picks a study with both meets two targets at once."""
    alone = [SampleCandidate(f"a{n}", f"p{n}", labels=frozenset({"a"})) for n in range(30)]
    both = [SampleCandidate(f"b{n}", f"q{n}", labels=frozenset({"b", "c"})) for n in range(30)]
    labels = {"a": 8, "b": 8, "c": 8}
    return draw_sample([*alone, *both], SampleDesign(10, 1, label_targets=labels, label_weights=weights, **QUICK))


def test_where_labels_compete_their_weights_decide() -> None:
    plain, heavy = _competing({}), _competing({"a": 100.0})
    assert sum(pick.key.startswith("b") for pick in plain.picks) == 8
    assert sum(pick.key.startswith("a") for pick in heavy.picks) == 8


@pytest.mark.parametrize("weights", [{}, {"a": 100.0}, {"a": 0.5}])
def test_a_sample_is_judged_by_the_problem_that_it_solves(weights: Mapping[str, float]) -> None:
    draw = _competing(weights)
    assert draw.is_proven
    assert draw.cost - draw.lower_bound < 0.01 * abs(draw.cost) + 0.01
    assert all(cost >= draw.cost - 1e-6 for cost in draw.naive_costs.values())
