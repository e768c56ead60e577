"""Selects the studies of a release: rare labels and multiple findings first, normal studies kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
