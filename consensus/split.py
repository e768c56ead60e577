"""Splits the selected studies into released and holdout: by patient, as alike as can be, partly by secret coin flips."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from consensus.parity import Counts, least_imbalance
from sampling.buckets import hash01
from sampling.design import FINDING_NAMES, UNKNOWN, SampleCandidate, difficulty_names

WEIGHTS = {
    "label": 10.0,
    "pair": 2.0,
    "findings": 3.0,
    "difficulty": 3.0,
    "site": 3.0,
    "sex": 3.0,
    "age": 3.0,
    "view": 2.0,
    "manufacturer": 2.0,
}
SALT_LENGTH = 64
FLIPS_AT_MOST = 10  # one patient in this many: more flips would cost balance
# How often the coins are thrown anew, each time from the next secret derived from the seed, while the bound cannot be
# reached with them: mostly that is seen at once, but searches that end without an answer take their time.
THROWS = 200
FEW_THROWS = 8
UNANSWERED_AT_MOST = 20
NODES_TO_BOUND = 3000
NODE_LIMIT = 6000
TOLERANCE = 1e-6
INFEASIBLE = 2  # what milp says of a problem without a solution

Floats = NDArray[np.float64]


class SplitImpossible(ValueError):  # noqa: N818 - named as the sentence it tells
    """No split by patient has the sizes asked for."""


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """How often a feature is on each side."""

    group: str
    name: str
    released: int
    holdout: int


@dataclass(frozen=True, slots=True)
class Split:
    """The two partitions by key, sorted, and how good the split is.

    `imbalance` is the weighted sum over features of |count - fair share|, doubled; `bound` is the least that whole
    studies allow (an odd count differs by one, and numbers of labels and of findings hang together), `is_proven` says
    that no split with these coin flips is better.
    """

    released: tuple[str, ...]
    holdout: tuple[str, ...]
    imbalance: float
    bound: float
    is_proven: bool
    coin_flips: int
    features: tuple[FeatureRow, ...]
    input_sha256: str


@dataclass(frozen=True, slots=True)
class _Problem:
    """Patients in a secret order, their sizes, and the counts of every feature per patient, shape (Q, P).

    `bound` is the least weighted imbalance that any split of these studies can have.
    """

    patients: tuple[str, ...]
    sizes: NDArray[np.intp]
    counts: sparse.csr_array
    features: tuple[tuple[str, str], ...]
    totals: Floats
    released: int
    bound: float = 0.0

    @property
    def weights(self) -> Floats:
        return np.array([WEIGHTS[group] for group, _ in self.features])

    @property
    def fair(self) -> Floats:
        """Count of each feature on the released side that would be exactly its share."""
        return self.totals * self.released / float(self.sizes.sum())

    @property
    def floor(self) -> Floats:
        """The least doubled deviation of each feature that whole studies allow (0 or 1 for equal halves)."""
        return 2 * np.abs(self.fair - np.rint(self.fair))


def split(
    selected: Sequence[SampleCandidate], released: int, holdout: int, seed: str | int, secret_coin_flips: int = 20
) -> Split:
    """Divide the selected studies into exactly `released` and `holdout`, no patient on both sides.

    Labels weigh most, then findings, difficulty, site, sex and age, then pairs of labels, view and manufacturer. The
    sides of some patients (20, but at most one in ten) are coin flips from the secret seed, thrown anew until they
    allow the bound, so that nobody can work out the holdout by solving the same problem. The same studies and seed give
    the same split in any order of rows.

    Raises SplitImpossible with the numbers when the sizes do not fit the studies, or the patients cannot be kept whole.
    """
    _check(selected, released, holdout)
    problem = _problem(selected, released, seed)
    problem = replace(problem, bound=_bound(problem, selected))
    wanted = 0 if released == 0 or holdout == 0 else secret_coin_flips
    flips, side, is_proven = _best_side(problem, selected, seed, wanted)
    if side is None:
        raise SplitImpossible(_uneven(problem))
    released_patients = {patient for patient, is_released in zip(problem.patients, side, strict=True) if is_released}
    counts = problem.counts @ side.astype(float)
    imbalance = float(problem.weights @ (2 * np.abs(counts - problem.fair)))
    result = Split(
        released=tuple(sorted(study.key for study in selected if study.patient in released_patients)),
        holdout=tuple(sorted(study.key for study in selected if study.patient not in released_patients)),
        imbalance=round(imbalance, 6),
        bound=round(problem.bound, 6),
        is_proven=is_proven,
        coin_flips=len(flips),
        features=tuple(
            FeatureRow(group, name, round(count), round(total - count))
            for (group, name), count, total in zip(
                problem.features, counts.tolist(), problem.totals.tolist(), strict=True
            )
        ),
        input_sha256=input_sha256(selected),
    )
    if (len(result.released), len(result.holdout)) != (released, holdout):
        raise RuntimeError(f"The split has {len(result.released)} and {len(result.holdout)} studies.")
    return result


def commitment(seed: str | int, salt: str) -> str:
    """SHA-256 of seed and salt joined, in hex: published at the freeze, so that the seed can be proven when revealed.

    The salt is 64 hex digits, so that seed and salt cannot be told apart in two ways. Anyone can check it with
    `printf '%s%s' SEED SALT | sha256sum`. Raises ValueError on any other salt.
    """
    if len(salt) != SALT_LENGTH or set(salt) - set("0123456789abcdef"):
        raise ValueError(f"The salt has {len(salt)} characters; use {SALT_LENGTH} lower-case hex digits.")
    return hashlib.sha256(f"{seed}{salt}".encode()).hexdigest()


def is_committed(seed: str | int, salt: str, published: str) -> bool:
    """Whether a revealed seed and salt are the ones a published commitment was made from."""
    return hmac.compare_digest(commitment(seed, salt), published)


def input_sha256(selected: Sequence[SampleCandidate]) -> str:
    """SHA-256 of everything the split depends on but the seed, the same in any order of rows."""
    rows = []
    for s in sorted(selected, key=lambda study: study.key):
        people = [s.key, s.patient, s.site, s.sex, s.age_band, s.view, s.manufacturer]
        rows.append([*people, sorted(s.labels), s.finding_count, s.difficulty])
    return hashlib.sha256(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _check(selected: Sequence[SampleCandidate], released: int, holdout: int) -> None:
    if released < 0 or holdout < 0 or released + holdout < 1:
        raise SplitImpossible(f"A split into {released} and {holdout} was asked for; ask for sizes of 0 or more.")
    if len(selected) != released + holdout:
        raise SplitImpossible(
            f"{released} released and {holdout} holdout studies make {released + holdout}, but {len(selected)} are "
            f"selected; select exactly {released + holdout}."
        )
    key, times = Counter(study.key for study in selected).most_common(1)[0]
    if times > 1:
        raise SplitImpossible(f"Study {key} is selected {times} times; select it once.")


def study_features(selected: Sequence[SampleCandidate]) -> list[list[tuple[str, str]]]:
    """The features of every study; pairs of labels only where at least two studies have them, unknowns never."""
    difficulties = difficulty_names(selected)
    pairs = Counter(pair for study in selected for pair in combinations(sorted(study.labels), 2))
    found = []
    for study, difficulty in zip(selected, difficulties, strict=True):
        mine = [("label", label) for label in sorted(study.labels)]
        mine += [("pair", "+".join(pair)) for pair in combinations(sorted(study.labels), 2) if pairs[pair] >= 2]
        mine.append(("findings", FINDING_NAMES[min(study.finding_count, 4)]))
        mine += [("difficulty", difficulty), ("site", study.site), ("sex", study.sex), ("age", study.age_band)]
        mine += [("view", study.view), ("manufacturer", study.manufacturer)]
        found.append([(group, name) for group, name in mine if name not in {"", UNKNOWN}])
    return found


def _problem(selected: Sequence[SampleCandidate], released: int, seed: str | int) -> _Problem:
    """The problem in an order of patients and features that rows cannot change."""
    patients = _secret_order(selected, seed)
    number = {patient: i for i, patient in enumerate(patients)}
    per_study = study_features(selected)
    features = tuple(sorted({feature for mine in per_study for feature in mine}))
    row = {feature: i for i, feature in enumerate(features)}
    cells = Counter(
        (row[f], number[study.patient]) for study, mine in zip(selected, per_study, strict=True) for f in mine
    )
    places = sorted(cells)
    counts = sparse.csr_array(
        ([float(cells[place]) for place in places], ([q for q, _ in places], [p for _, p in places])),
        shape=(len(features), len(patients)),
    )
    sizes = Counter(study.patient for study in selected)
    return _Problem(
        patients=patients,
        sizes=np.array([sizes[patient] for patient in patients], dtype=np.intp),
        counts=counts,
        features=features,
        totals=np.asarray(counts.sum(axis=1), dtype=float),
        released=released,
    )


def _secret_order(selected: Sequence[SampleCandidate], seed: str | int) -> tuple[str, ...]:
    patients = {study.patient for study in selected}
    return tuple(sorted(patients, key=lambda patient: (hash01(f"{seed}|order", patient), patient)))


def _coin_flips(selected: Sequence[SampleCandidate], released: int, seed: str | int, wanted: int) -> dict[str, bool]:
    """Patients whose side is decided by the secret seed alone: True is released. The coin has the share released."""
    patients = _secret_order(selected, seed)
    number = min(max(0, wanted), max(1, len(patients) // FLIPS_AT_MOST))
    share = released / len(selected)
    return {patient: hash01(f"{seed}|side", patient) < share for patient in patients[:number]}


def _best_side(
    problem: _Problem, selected: Sequence[SampleCandidate], seed: str | int, wanted: int
) -> tuple[dict[str, bool], NDArray[np.bool_] | None, bool]:
    """The coin flips, who is released, shape (P,), and whether that is proven best with these flips.

    A split at the bound is proven by that alone and is looked for first: the coins are thrown anew, from "seed|1",
    "seed|2" and so on, until they allow one. That is rejection sampling: what the coins say stays uniform among all
    that allow the bound, and nobody without the seed can tell which it was. It is given up soon where the bound cannot
    be reached with no coins at all. Where none is found the first flips stay and the imbalance is as low as can be;
    flips that leave no split at all are halved.
    """
    unanswered = 0
    for throw in range(THROWS):
        if throw == FEW_THROWS and not _is_bound_in_reach(problem):
            break
        flips = _coin_flips(selected, problem.released, f"{seed}|{throw}" if throw else seed, wanted)
        side, is_answered = _solve(problem, flips, is_at_bound=True)
        if side is not None:
            return flips, side, True
        unanswered += not is_answered
        if unanswered == UNANSWERED_AT_MOST or not flips:
            break
    flips = _coin_flips(selected, problem.released, seed, wanted)
    side, is_proven = _solve(problem, flips)
    while side is None and flips:
        flips = dict(list(flips.items())[: len(flips) // 2])
        side, is_proven = _solve(problem, flips)
    return flips, side, is_proven


def _is_bound_in_reach(problem: _Problem) -> bool:
    """Whether some split is at the bound, coins aside; no where none was found in time."""
    side, _ = _solve(problem, {}, is_at_bound=True)
    return side is not None


def _solve(
    problem: _Problem, flips: dict[str, bool], *, is_at_bound: bool = False
) -> tuple[NDArray[np.bool_] | None, bool]:
    """Who is released, shape (P,), or None where no such split was found; and whether either is proven.

    Minimise sum w_q d_q with d_q >= |2 (count - fair share)| and d_q at least its parity. `is_at_bound` asks only for
    some split whose sum is the bound, which is found many times sooner than the least sum is proven.
    """
    patients, features = len(problem.patients), len(problem.features)
    fixed = np.array([[float(flips.get(p, False)), float(flips.get(p, True))] for p in problem.patients])
    doubled = 2 * problem.counts
    minus = -sparse.eye_array(features)
    fair = 2 * problem.fair
    weigh = np.concatenate([np.zeros(patients), problem.weights])
    size_row = sparse.csr_array(np.concatenate([problem.sizes, np.zeros(features)])[None, :])
    constraints = [
        LinearConstraint(sparse.csc_array(sparse.hstack([doubled, minus])), -np.inf, fair),
        LinearConstraint(sparse.csc_array(sparse.hstack([-doubled, minus])), -np.inf, -fair),
        LinearConstraint(size_row, problem.released, problem.released),
    ]
    if is_at_bound:
        constraints.append(LinearConstraint(weigh[None, :], -np.inf, problem.bound + TOLERANCE))
    result = milp(
        np.zeros_like(weigh) if is_at_bound else weigh,
        integrality=np.concatenate([np.ones(patients), np.zeros(features)]),
        bounds=Bounds(
            np.concatenate([fixed[:, 0], problem.floor]),
            np.concatenate([fixed[:, 1], np.maximum(problem.floor, 2 * problem.totals)]),
        ),
        constraints=constraints,
        options={"mip_rel_gap": 0.0, "node_limit": NODES_TO_BOUND if is_at_bound else NODE_LIMIT},
    )
    if result.x is None:
        return None, result.status == INFEASIBLE
    return np.asarray(result.x[:patients]) > 0.5, is_at_bound or result.status == 0


def _bound(problem: _Problem, selected: Sequence[SampleCandidate]) -> float:
    """The least imbalance by counting alone; numbers of findings are tied to labels where they are the same thing."""
    return least_imbalance(
        Counts(problem.features, problem.totals, problem.weights, problem.fair, problem.floor),
        Counter(len(study.labels) for study in selected),
        problem.released,
        has_findings_as_labels=all(study.finding_count == len(study.labels) for study in selected),
    )


def reachable_sums(sizes: Iterable[int]) -> int:
    """The sums that some of the sizes can have, as the bits of a number: bit r is set where r can be reached."""
    reachable = 1
    for size in sizes:
        reachable |= reachable << size
    return reachable


def _uneven(problem: _Problem) -> str:
    """Why patients cannot be kept whole at these sizes, and the nearest sizes that work."""
    reachable = reachable_sums(problem.sizes.tolist())
    n = int(problem.sizes.sum())
    possible = [r for r in range(n + 1) if reachable >> r & 1]
    nearest = min(possible, key=lambda r: (abs(r - problem.released), r), default=math.nan)
    largest = int(problem.sizes.max())
    return (
        f"{n} studies of {len(problem.patients)} patients (up to {largest} each) cannot be split into "
        f"{problem.released} and {n - problem.released} without cutting a patient in two; the nearest is {nearest} and "
        f"{n - int(nearest)}. Choose these sizes, or have more studies accepted."
    )
