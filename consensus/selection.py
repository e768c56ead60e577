"""Selects the studies of a release: rare labels and multiple findings first, normal studies kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from consensus.split import reachable_sums
from sampling.design import SampleCandidate, SampleDesign
from sampling.draw import SampleDraw, draw_sample

# The final set is smaller than the sample and meant to be harder: shares of 0, 1, 2, 3 and 4+ findings, and of the
# fifths of difficulty, easiest first. Sorting by rarity or by findings alone would lose every normal study.
FINDING_SHARES = (0.08, 0.27, 0.32, 0.20, 0.13)
DIFFICULTY_SHARES = (0.05, 0.15, 0.25, 0.30, 0.25)
LABEL_SHARE = 0.15
PAIR_SHARE = 0.01


class TooFewEligible(ValueError):  # noqa: N818 - named as the sentence it tells
    """Consensus has made fewer studies eligible than the release needs."""


def select(
    candidates: Sequence[SampleCandidate],
    size: int,
    seed: int = 0,
    *,
    label_names: Mapping[str, str] | None = None,
    label_weights: Mapping[str, float] | None = None,
) -> SampleDraw:
    """The best `size` of the eligible studies; `labels` of a candidate are its final ones.

    Solved to its optimum by the bucket model of the sampler: every label up to 15 % of the size or all there is, pairs
    of labels, many findings, 8 % normal studies, sites and people as among the eligible. Several studies of a patient
    may be selected; the split keeps them together. The same candidates and seed give the same answer in any order.

    Raises TooFewEligible with the numbers and what to do next.
    """
    if len(candidates) < size:
        raise TooFewEligible(
            f"The release needs {size} eligible studies, but consensus has accepted {len(candidates)}, "
            f"{size - len(candidates)} short; adjudicate open studies, collect more reads"
            + (
                f", or ask for a smaller release (at most {len(candidates)} studies in all)."
                if candidates
                else "; no release is possible before that."
            )
        )
    design = selection_design(size, seed, label_names=label_names, label_weights=label_weights)
    return draw_sample(candidates, design)


def select_to_split(
    candidates: Sequence[SampleCandidate],
    released: int,
    holdout: int,
    seed: int = 0,
    *,
    label_names: Mapping[str, str] | None = None,
    label_weights: Mapping[str, float] | None = None,
) -> SampleDraw:
    """The selection of `select` for both sides together, such that no patient need stand on both.

    Where the best selection has patients of so many studies that they cannot be kept whole at these sizes, it is changed
    by as few studies as make it possible, those ranked last first; it is not called proven then. Where no choice of the
    eligible studies can be split so, the best selection is returned as it is.
    """
    size = released + holdout
    best = select(candidates, size, seed, label_names=label_names, label_weights=label_weights)
    patient = {one.key: one.patient for one in candidates}
    ranked = [pick.key for pick in best.picks]
    chosen = Counter(patient[key] for key in ranked)
    if reachable_sums(chosen.values()) >> released & 1:
        return best
    quota = _nearest_quota(chosen, Counter(patient.values()), released, holdout)
    if quota is None:
        return best
    kept: list[str] = []
    for key in [*ranked, *sorted(patient.keys() - set(ranked))]:
        if quota[patient[key]]:
            quota[patient[key]] -= 1
            kept.append(key)
    design = selection_design(size, seed, label_names=label_names, label_weights=label_weights)
    changed = draw_sample(candidates, replace(design, locked=frozenset(kept)))
    return replace(changed, lower_bound=best.lower_bound, is_proven=False)


def _nearest_quota(
    chosen: Mapping[str, int], eligible: Mapping[str, int], released: int, holdout: int
) -> dict[str, int] | None:
    """Studies per patient that can be split by patient, as near to `chosen` as can be; None where none can."""
    patients = sorted(eligible)
    n = len(patients)
    most = np.array([eligible[one] for one in patients], dtype=float)
    had = np.array([chosen.get(one, 0) for one in patients], dtype=float)
    # Columns: studies on the released side, on the other, whether the patient is released, how far from `chosen`.
    one, room = sparse.eye_array(n), sparse.diags_array(most)
    rows = LinearConstraint(
        sparse.block_array(
            [
                [one, None, -room, None],
                [None, one, room, None],
                [one, one, None, -one],
                [-one, -one, None, -one],
            ],
            format="csr",
        ),
        -np.inf,
        np.concatenate([np.zeros(n), most, had, -had]),
    )
    sides = sparse.csr_array(
        (np.ones(2 * n), (np.repeat([0, 1], n), np.arange(2 * n))),
        shape=(2, 4 * n),
    )
    found = milp(
        np.concatenate([np.zeros(3 * n), np.ones(n)]),
        integrality=np.concatenate([np.ones(3 * n), np.zeros(n)]),
        bounds=Bounds(0, np.concatenate([most, most, np.ones(n), np.full(n, np.inf)])),
        constraints=[rows, LinearConstraint(sides, [released, holdout], [released, holdout])],
    )
    if found.x is None:
        return None
    counts = np.rint(found.x[:n] + found.x[n : 2 * n]).astype(int)
    return dict(zip(patients, counts.tolist(), strict=True))


def selection_design(
    size: int,
    seed: int = 0,
    *,
    label_names: Mapping[str, str] | None = None,
    label_weights: Mapping[str, float] | None = None,
) -> SampleDesign:
    """What a release should look like: the bucket model's targets and weights for a selection of `size` studies."""
    return SampleDesign(
        size=size,
        seed=seed,
        label_names=label_names or {},
        label_weights=label_weights or {},
        label_share=LABEL_SHARE,
        pair_share=PAIR_SHARE,
        finding_shares=FINDING_SHARES,
        difficulty_shares=DIFFICULTY_SHARES,
        labels_first=False,
        # The sample lifted small sites already; lifting them again would leave the large ones too little.
        site_power=1.0,
        one_per_patient=False,
        inclusion_draws=0,
    )
