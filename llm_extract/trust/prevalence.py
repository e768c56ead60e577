"""How often each label is suggested, and which labels come together."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from llm_extract.findings import Status
from llm_extract.trust.intervals import Proportion, wilson


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Of `share.n` studies, those with the label; `uncertain` of them only perhaps."""

    label: str
    share: Proportion
    present: int
    uncertain: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labels in the same studies. `lift`: together / expected by chance; `phi`: their correlation, -1..1.

    Both are None, with the reason, where a label is in no study (or, for phi, in every one).
    """

    first: str
    second: str
    both: int
    only_first: int
    only_second: int
    neither: int
    expected: float | None
    lift: float | None
    phi: float | None
    undefined: str | None = None

    @property
    def n(self) -> int:
        """Studies counted."""
        return self.both + self.only_first + self.only_second + self.neither


def prevalence(
    studies: Iterable[Mapping[str, Status]], labels: Sequence[str], *, uncertain_as_present: bool = True
) -> tuple[Prevalence, ...]:
    """Return each label's share of the studies, in the order of `labels`; a study's mapping holds what was suggested for it."""
    sets = list(studies)
    made = []
    for label in labels:
        present = sum(one.get(label) is Status.PRESENT for one in sets)
        uncertain = sum(one.get(label) is Status.UNCERTAIN for one in sets)
        counted = present + (uncertain if uncertain_as_present else 0)
        made.append(
            Prevalence(label, wilson(counted, len(sets), undefined="no study has suggestions"), present, uncertain)
        )
    return tuple(made)


def co_occurrence(
    studies: Iterable[Mapping[str, Status]], labels: Sequence[str], *, uncertain_as_present: bool = True
) -> tuple[Pair, ...]:
    """Return every pair of labels, each once, in the order of `labels`."""
    holding = {Status.PRESENT, Status.UNCERTAIN} if uncertain_as_present else {Status.PRESENT}
    table = np.array([[one.get(label) in holding for label in labels] for one in studies], int).reshape(-1, len(labels))
    together, n = table.T @ table, len(table)
    return tuple(
        _pair((labels[a], labels[b]), int(together[a, b]), int(together[a, a]), int(together[b, b]), n)
        for a, b in combinations(range(len(labels)), 2)
    )


def _pair(names: tuple[str, str], both: int, first: int, second: int, n: int) -> Pair:
    """Return the figures of two labels from their counts."""
    counts = (both, first - both, second - both, n - first - second + both)
    if not first or not second:
        missing = names[0] if not first else names[1]
        return Pair(*names, *counts, None, None, None, f"{missing} is in no study")
    expected = first * second / n
    spread = first * second * (n - first) * (n - second)
    phi = (both * counts[3] - counts[1] * counts[2]) / math.sqrt(spread) if spread else None
    reason = None if spread else f"{names[0] if first == n else names[1]} is in every study"
    return Pair(*names, *counts, expected, both / expected, phi, reason)
