"""The synthetic studies, readers and verdicts that `python -m perf.science` measures on; each is fixed by its seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labeling.assignment import ReaderSlot
from sampling.buckets import hash01
from sampling.design import SampleCandidate

LABEL_SHARES = (0.20, 0.19, 0.235, 0.25, 0.115, 0.045, 0.04, 0.019, 0.03, 0.02, 0.008, 0.003)
SITE_SHARES = (0.35, 0.25, 0.17, 0.12, 0.08, 0.03)
MAKER_SHARES = (0.4, 0.3, 0.15, 0.1, 0.05)
AGE_BANDS = ("18-39", "40-54", "55-69", "70+")
S1 = (13_735, 6_900)
S2 = (227_835, 65_379)


def synthetic_pool(n: int, patients: int, seed: int = 7) -> list[SampleCandidate]:
    """A pool with twelve labels that hang together by four hidden factors, six sites and five manufacturers.

    Text and label sets are shared between the candidates, as they are when a pool is read from the database.
    """
    rng = np.random.default_rng(seed)
    marked = _correlated_labels(n, rng)
    owner = rng.integers(0, patients, n)
    site = rng.choice(len(SITE_SHARES), n, p=SITE_SHARES)
    maker = rng.choice(len(MAKER_SHARES), n, p=MAKER_SHARES)
    sex = rng.choice(["F", "M"], patients).tolist()
    age = rng.choice(AGE_BANDS, patients, p=[0.2, 0.25, 0.3, 0.25]).tolist()
    view = rng.choice(["PA", "AP"], n, p=[0.6, 0.4]).tolist()
    difficulty = np.clip(0.2 * marked.sum(1) + rng.normal(0, 0.3, n), 0, None)
    sites = [f"site {place}" for place in range(len(SITE_SHARES))]
    makers = [f"maker {place}" for place in range(len(MAKER_SHARES))]
    names = [f"p{place}" for place in range(patients)]
    sets: dict[bytes, frozenset[str]] = {}
    for row in marked:
        key = row.tobytes()
        if key not in sets:
            sets[key] = frozenset(f"label_{place:02d}" for place in np.flatnonzero(row))
    return [
        SampleCandidate(
            key=f"s{i:06d}",
            patient=names[owner[i]],
            site=sites[site[i]],
            labels=sets[marked[i].tobytes()],
            sex=sex[owner[i]],
            age_band=age[owner[i]],
            view=view[i],
            manufacturer=makers[maker[i]],
            difficulty=float(difficulty[i]),
        )
        for i in range(n)
    ]


def _correlated_labels(n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Marks (n, 12) with the stated shares: each label is a threshold on a sum of four hidden factors and noise."""
    loadings = rng.normal(0, 0.45, (4, len(LABEL_SHARES)))
    hidden = rng.normal(size=(n, 4)) @ loadings + rng.normal(size=(n, len(LABEL_SHARES)))
    cut = [np.quantile(hidden[:, j], 1 - share) for j, share in enumerate(LABEL_SHARES)]
    return np.asarray(hidden > np.array(cut))


def eligible(sample: Sequence[SampleCandidate], size: int, seed: int) -> list[SampleCandidate]:
    """The `size` studies of a sample that simulated readers accept: the fewer findings, the likelier."""

    def chance(study: SampleCandidate) -> float:
        return hash01(f"reads {seed}", study.key) - (0.62 - 0.12 * study.finding_count)

    return sorted(sample, key=chance)[:size]


def roster(n: int = 17) -> list[ReaderSlot]:
    """Readers of six sites (5, 3, 3, 2, 1, 1) and two of none."""
    return [ReaderSlot(f"r{place:02d}", home) for place, home in enumerate([*"AAAAABBBCCCDDEF", "", ""][:n])]


def study_sites(studies: Sequence[str], seed: int = 0) -> dict[str, str]:
    """Seven sites, the largest with three in ten of the studies."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(list("ABCDEFG"), len(studies), p=[0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05])
    return dict(zip(studies, drawn.tolist(), strict=True))


def reads(studies: int, readers: int, labels: int, seed: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Marks (studies, readers, labels) of readers who are right nine times in ten, and their three-level verdicts."""
    rng = np.random.default_rng(seed)
    truth = rng.random((studies, 1, labels)) < 0.1
    marks = np.where(rng.random((studies, readers, labels)) < 0.9, truth, ~truth).astype(float)
    return marks, rng.integers(0, 3, (studies, readers))
