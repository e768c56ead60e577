"""Says in words why a study was picked, from the bucket table of the draw."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from sampling.design import BucketRow, SampleCandidate, SampleDesign

Table = Mapping[tuple[str, str], BucketRow]

MOST_LABELS = 4
MOST_PAIRS = 2


def reasons_for(
    candidate: SampleCandidate, design: SampleDesign, table: Table, *, is_hardest: bool = False
) -> tuple[str, ...]:
    """Short sentences, the weightiest first; at least one for every pick. `table` maps (group, name) to the row."""
    reasons = [*_label_reasons(candidate, design, table), *_pair_reasons(candidate, design, table)]
    reasons += _finding_reasons(candidate, design, table)
    if is_hardest:
        reasons.append("among the hardest fifth of the pool")
    if len(reasons) < 2:
        reasons += _share_reasons(candidate, table)
    return tuple(reasons) or ("fills the sample to its size",)


def _label_reasons(candidate: SampleCandidate, design: SampleDesign, table: Table) -> list[str]:
    """Rarest label of the pool first."""
    labels = sorted(candidate.labels, key=lambda label: (table["label", label].pool, label))
    reasons = []
    for label in labels[:MOST_LABELS]:
        row = table["label", label]
        doubt = ", uncertain here" if label in candidate.uncertain else ""
        reasons.append(f"one of {row.have} with {design.name_of(label)} (target {row.target}{doubt})")
    return reasons


def _pair_reasons(candidate: SampleCandidate, design: SampleDesign, table: Table) -> list[str]:
    """Combinations that are scarce: those of which the sample holds no more than it wants."""
    scarce = []
    for first, second in combinations(sorted(candidate.labels), 2):
        row = table["pair", f"{first}+{second}"]
        if row.have <= row.target:
            both = f"{design.name_of(first)} and {design.name_of(second)}"
            words = f"the only study in the pool with {both}" if row.pool == 1 else f"one of {row.have} with {both}"
            scarce.append((row.pool, words))
    return [words for _, words in sorted(scarce)[:MOST_PAIRS]]


def _finding_reasons(candidate: SampleCandidate, design: SampleDesign, table: Table) -> list[str]:
    if candidate.finding_count == 0:
        return [f"normal study, quota {100 * table['findings', '0'].target / design.size:.3g} %"]
    if candidate.finding_count >= 4:
        return ["four or more findings"]
    if candidate.finding_count >= 2:
        return ["two or more findings"]
    return []


def _share_reasons(candidate: SampleCandidate, table: Table) -> list[str]:
    """Metadata groups that hold no more than their share: without this study the share would be too small."""
    reasons = []
    for group, name, words in (
        ("site", candidate.site, "site"),
        ("manufacturer", candidate.manufacturer, "manufacturer"),
        ("sex", candidate.sex, "sex"),
        ("age", candidate.age_band, "age"),
    ):
        row = table.get((group, name))
        if row is not None and 0 < row.have <= row.target < sum(
            other.have for other in table.values() if other.group == group
        ):
            reasons.append(f"keeps {words} {name} at its share ({row.have} of {row.target})")
    return reasons[:2]
