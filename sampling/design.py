"""What a sample is drawn from and what it should look like: candidates, the design, and the buckets they make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from sampling.buckets import Bucket, BucketProblem, Floats, Indices, apportion, hash01, members_by_name, patients_among

UNKNOWN = "unknown"
FINDING_NAMES = ("0", "1", "2", "3", "4+")
DIFFICULTY_NAMES = ("easiest fifth", "second fifth", "middle fifth", "fourth fifth", "hardest fifth")


@dataclass(frozen=True, slots=True)
class SampleCandidate:
    """One study that may be picked; blank metadata means unknown and never counts for or against it.

    `labels` holds the keys suggested present or uncertain, `uncertain` those of them that are uncertain. `n_findings`
    left out is the number of labels; 0 is a normal study. `difficulty` is any number that grows with difficulty.
    Studies with the same `duplicates` show the same picture, and their patients count as one; `cluster` names a group of
    pictures that look alike, of which the sample wants two.
    """

    key: str
    patient: str
    site: str = ""
    labels: frozenset[str] = frozenset()
    uncertain: frozenset[str] = frozenset()
    n_findings: int | None = None
    sex: str = ""
    age_band: str = ""
    view: str = ""
    manufacturer: str = ""
    difficulty: float | None = None
    has_images: bool = True
    duplicates: str = ""
    cluster: str = ""

    @property
    def finding_count(self) -> int:
        """Number of findings, which is the number of labels unless stated."""
        return len(self.labels) if self.n_findings is None else self.n_findings


@dataclass(frozen=True, slots=True)
class SampleDesign:
    """Size, seed and the weights of every wish, in points; the defaults are those the field notes were measured with.

    A group's points are spread over its target, so that the wishes keep their proportions at every size. `label_weights`
    multiplies the points of a label (its clinical relevance); `label_names` gives the words used in the reasons, and
    lists labels that no candidate has. With `labels_first` no other wish may leave a label short that need not be. A share
    is drawn towards `pool share ** power`: 1 follows the pool, 0.5 lifts small groups. `label_targets` names other
    targets for some labels; studies that are `locked` (by key) are picked whatever they cost, `excluded` ones never.
    """

    size: int
    seed: int = 0
    label_names: Mapping[str, str] = field(default_factory=dict)
    label_weights: Mapping[str, float] = field(default_factory=dict)
    label_targets: Mapping[str, int] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    label_share: float = 0.1
    label_points: float = 1000.0
    pair_share: float = 0.005
    pair_points: float = 12.5
    finding_shares: tuple[float, float, float, float, float] = (0.10, 0.30, 0.30, 0.18, 0.12)
    finding_points: float = 300.0
    difficulty_shares: tuple[float, float, float, float, float] = (0.10, 0.20, 0.25, 0.25, 0.20)
    difficulty_points: float = 300.0
    site_points: float = 200.0
    site_power: float = 0.5
    manufacturer_points: float = 100.0
    manufacturer_power: float = 0.5
    demographic_points: float = 100.0
    cluster_target: int = 2
    cluster_points: float = 0.5
    value_points: float = 100.0
    image_points: float = 300.0
    seed_weight: float = 0.2
    labels_first: bool = True
    one_per_patient: bool = True
    inclusion_draws: int = 16

    def name_of(self, label: str) -> str:
        """The label in words."""
        return self.label_names.get(label, label.replace("_", " "))


@dataclass(frozen=True, slots=True)
class BucketRow:
    """How full a bucket is: picked, aimed at, studies in the pool, and the patients these belong to.

    `wanted` is what was asked for where the pool has fewer patients than that, else None.
    """

    group: str
    name: str
    have: int
    target: int
    pool: int
    patients: int
    wanted: int | None = None


def canonical(candidates: Sequence[SampleCandidate], seed: int) -> tuple[SampleCandidate, ...]:
    """The candidates in an order fixed by seed and keys alone, so that the order of rows never matters."""
    return tuple(sorted(candidates, key=lambda candidate: (hash01(seed, candidate.key), candidate.key)))


def bucket_problem(candidates: Sequence[SampleCandidate], design: SampleDesign) -> BucketProblem:
    """The bucket model of these candidates (field notes A2): labels, pairs, findings, difficulty, sites and people."""
    patient = _patient_numbers(candidates, one_per_patient=design.one_per_patient)
    buckets = [
        *_label_buckets(candidates, design, patient),
        *_pair_buckets(candidates, design, patient),
        *_finding_buckets(candidates, design, patient),
        *_difficulty_buckets(candidates, design, patient),
    ]
    for group, names, points, power in (
        ("site", [c.site for c in candidates], design.site_points, design.site_power),
        ("manufacturer", [c.manufacturer for c in candidates], design.manufacturer_points, design.manufacturer_power),
        ("sex", [c.sex for c in candidates], design.demographic_points, 1.0),
        ("age", [c.age_band for c in candidates], design.demographic_points, 1.0),
        ("view", [c.view for c in candidates], design.demographic_points, 1.0),
    ):
        known = [name or UNKNOWN for name in names]
        members = members_by_name(known)
        shares = {name: (len(found) / len(candidates)) ** power for name, found in members.items()}
        buckets += _share_buckets(group, members, shares, points, design.size, patient)
    buckets += _cluster_buckets(candidates, design, patient)
    value = study_values(candidates, design) + seed_values(candidates, design, design.seed)
    return BucketProblem(design.size, value, patient, tuple(buckets))


@dataclass(frozen=True, slots=True)
class ValueScale:
    """How rare each label of the pool is, from 0 (half of the studies have it) to 1 (the rarest), and the range of difficulty."""

    rarity: Mapping[str, float]
    easiest: float
    hardest: float

    def difficulty_of(self, candidate: SampleCandidate) -> float:
        """From 0 (the easiest of the pool) to 1; unknown is in the middle."""
        if candidate.difficulty is None or self.hardest <= self.easiest:
            return 0.5
        return (candidate.difficulty - self.easiest) / (self.hardest - self.easiest)


def value_scale(candidates: Sequence[SampleCandidate]) -> ValueScale:
    """The scale that the values of these candidates are measured on."""
    share = {label: len(members) / len(candidates) for label, members in members_by_label(candidates).items()}
    rarest = math.log(min([*share.values(), 0.5]))
    known = [candidate.difficulty for candidate in candidates if candidate.difficulty is not None]
    rarity = {label: math.log(part) / rarest for label, part in share.items()}
    return ValueScale(rarity, min(known, default=0.0), max(known, default=0.0))


def value_terms(candidate: SampleCandidate, design: SampleDesign, scale: ValueScale) -> dict[str, float]:
    """What a study is worth by itself, in points by name: its rarest label, its findings, difficulty and pictures."""
    points = design.value_points / design.size
    return {
        "rarity": points * 0.5 * max((scale.rarity.get(label, 1.0) for label in candidate.labels), default=0.0),
        "findings": points * 0.3 * min(candidate.finding_count, 4) / 4,
        "difficulty": points * 0.2 * scale.difficulty_of(candidate),
        "pictures": design.image_points / design.size * candidate.has_images,
    }


def study_values(candidates: Sequence[SampleCandidate], design: SampleDesign) -> Floats:
    """The sum of the value terms of every study, shape (n,)."""
    scale = value_scale(candidates)
    return np.array([sum(value_terms(candidate, design, scale).values()) for candidate in candidates])


def seed_values(candidates: Sequence[SampleCandidate], design: SampleDesign, seed: int | str) -> Floats:
    """The part of the value that the seed decides; it breaks every tie and lets two seeds give two samples."""
    return np.array([seed_value(candidate.key, design, seed) for candidate in candidates])


def seed_value(key: str, design: SampleDesign, seed: int | str) -> float:
    """The same for one study."""
    return (design.value_points / design.size * design.seed_weight + 1e-6) * hash01(seed, key)


def members_by_label(candidates: Sequence[SampleCandidate]) -> dict[str, Indices]:
    """Candidate numbers per label, labels sorted."""
    found: dict[str, list[int]] = {}
    for index, candidate in enumerate(candidates):
        for label in candidate.labels:
            found.setdefault(label, []).append(index)
    return {label: np.array(found[label], dtype=np.intp) for label in sorted(found)}


def bucket_names(candidate: SampleCandidate, edges: Sequence[float]) -> list[tuple[str, str]]:
    """Group and name of every bucket the study is in, as `bucket_problem` makes them."""
    labels = sorted(candidate.labels)
    names = [("label", label) for label in labels]
    names += [("pair", f"{first}+{second}") for first, second in combinations(labels, 2)]
    names += [
        ("findings", FINDING_NAMES[min(candidate.finding_count, 4)]),
        ("difficulty", difficulty_name(candidate.difficulty, edges)),
        ("site", candidate.site or UNKNOWN),
        ("manufacturer", candidate.manufacturer or UNKNOWN),
        ("sex", candidate.sex or UNKNOWN),
        ("age", candidate.age_band or UNKNOWN),
        ("view", candidate.view or UNKNOWN),
    ]
    return [*names, ("cluster", candidate.cluster)] if candidate.cluster else names


def _patient_numbers(candidates: Sequence[SampleCandidate], *, one_per_patient: bool) -> Indices:
    """A number per study, the same for studies of which only one may be picked: patients who share a picture are one."""
    if not one_per_patient:
        return np.arange(len(candidates), dtype=np.intp)
    first: dict[str, int] = {}
    rows, columns = [], []
    for index, candidate in enumerate(candidates):
        if candidate.duplicates:
            rows.append(index)
            columns.append(first.setdefault(candidate.duplicates, index))
    _, numbers = np.unique([candidate.patient for candidate in candidates], return_inverse=True)
    if not rows:
        return np.asarray(numbers, dtype=np.intp)
    count = int(numbers.max()) + 1
    links = sparse.csr_array((np.ones(len(rows)), (numbers[rows], numbers[columns])), shape=(count, count))
    _, joined = csgraph.connected_components(links, directed=False)
    return np.asarray(joined[numbers], dtype=np.intp)


def _label_buckets(candidates: Sequence[SampleCandidate], design: SampleDesign, patient: Indices) -> list[Bucket]:
    members = members_by_label(candidates)
    wanted = math.ceil(design.size * design.label_share - 1e-9)
    buckets = []
    for label in sorted({*members, *design.label_names}):
        found = members.get(label, np.empty(0, dtype=np.intp))
        asked = design.label_targets.get(label, wanted)
        target = min(asked, patients_among(patient, found))
        under = design.label_points * design.label_weights.get(label, 1.0) / max(1, target)
        buckets.append(Bucket("label", label, target, under, 0.0, found, asked if asked > target else None))
    return buckets


def _pair_buckets(candidates: Sequence[SampleCandidate], design: SampleDesign, patient: Indices) -> list[Bucket]:
    found: dict[tuple[str, str], list[int]] = {}
    for index, candidate in enumerate(candidates):
        for first, second in combinations(sorted(candidate.labels), 2):
            found.setdefault((first, second), []).append(index)
    wanted = max(1, round(design.size * design.pair_share))
    buckets = []
    for first, second in sorted(found):
        members = np.array(found[first, second], dtype=np.intp)
        target = min(wanted, patients_among(patient, members))
        buckets.append(Bucket("pair", f"{first}+{second}", target, design.pair_points / target, 0.0, members))
    return buckets


def _cluster_buckets(candidates: Sequence[SampleCandidate], design: SampleDesign, patient: Indices) -> list[Bucket]:
    members = members_by_name([candidate.cluster for candidate in candidates])
    targets = {name: min(design.cluster_target, patients_among(patient, found)) for name, found in members.items()}
    return [Bucket("cluster", name, targets[name], design.cluster_points, 0.0, members[name]) for name in members]


def _finding_buckets(candidates: Sequence[SampleCandidate], design: SampleDesign, patient: Indices) -> list[Bucket]:
    members = members_by_name([FINDING_NAMES[min(candidate.finding_count, 4)] for candidate in candidates])
    shares = dict(zip(FINDING_NAMES, design.finding_shares, strict=True))
    buckets = _share_buckets("findings", members, shares, design.finding_points, design.size, patient)
    return [_with_label_weight(bucket, design) if bucket.name == "0" else bucket for bucket in buckets]


def _with_label_weight(normal: Bucket, design: SampleDesign) -> Bucket:
    """Normal studies weigh as much as a label: a benchmark without them cannot show a false alarm."""
    under = max(normal.under, design.label_points / max(1, normal.target))
    return Bucket(normal.group, normal.name, normal.target, under, normal.over, normal.members)


def difficulty_names(candidates: Sequence[SampleCandidate]) -> list[str]:
    """The fifth of the candidates that each is in by difficulty, or unknown; equal difficulties share a fifth."""
    edges = difficulty_edges(candidates)
    return [difficulty_name(candidate.difficulty, edges) for candidate in candidates]


def difficulty_edges(candidates: Sequence[SampleCandidate]) -> list[float]:
    """Where the second to the last fifth of the known difficulties begin; empty when none is known."""
    known = sorted(candidate.difficulty for candidate in candidates if candidate.difficulty is not None)
    return [known[min(len(known) - 1, len(known) * fifth // 5)] for fifth in range(1, 5)] if known else []


def difficulty_name(difficulty: float | None, edges: Sequence[float]) -> str:
    """The fifth in words, or unknown."""
    return UNKNOWN if difficulty is None else DIFFICULTY_NAMES[int(np.searchsorted(edges, difficulty, side="right"))]


def fifths_in_words(pool: Mapping[str, int]) -> dict[str, str]:
    """The fifths by difficulty that hold any of the pool, in words.

    Many studies may be equally difficult; the fifths that this leaves empty are told with the next one: "easiest to fourth
    fifth". `pool` maps a fifth to how many studies it holds; other names stay as they are.
    """
    words, first = {name: name for name in pool if name not in DIFFICULTY_NAMES}, ""
    for name in DIFFICULTY_NAMES:
        first = first or name
        if pool.get(name):
            words[name] = name if first == name else f"{first.removesuffix(' fifth')} to {name}"
            first = ""
    return words


def _difficulty_buckets(candidates: Sequence[SampleCandidate], design: SampleDesign, patient: Indices) -> list[Bucket]:
    names = difficulty_names(candidates)
    if set(names) <= {UNKNOWN}:
        return []
    shares = dict(zip(DIFFICULTY_NAMES, design.difficulty_shares, strict=True))
    members = members_by_name(names)
    unknown = members.get(UNKNOWN)
    if unknown is not None:
        unknown_share = len(unknown) / len(candidates)
        shares = {name: share * (1 - unknown_share) for name, share in shares.items()} | {UNKNOWN: unknown_share}
    return _share_buckets("difficulty", members, shares, design.difficulty_points, design.size, patient)


def _share_buckets(
    group: str,
    members: Mapping[str, Indices],
    shares: Mapping[str, float],
    points: float,
    size: int,
    patient: Indices,
) -> list[Bucket]:
    """Buckets that split the whole sample by shares; unknown takes its place in the sum but weighs nothing."""
    none = np.empty(0, dtype=np.intp)
    available = {name: patients_among(patient, members.get(name, none)) for name in shares}
    targets = apportion(size, shares, available)
    return [
        Bucket(group, name, targets[name], weight, weight, members.get(name, none))
        for name in shares
        for weight in (0.0 if name == UNKNOWN else points / size,)
    ]


def age_band(years: float | None, edges: Sequence[int] = (18, 40, 55, 70)) -> str:
    """The age band in words ("18-39", "70+"), blank when the age is unknown."""
    if years is None:
        return ""
    if years < edges[0]:
        return f"0-{edges[0] - 1}"
    for low, high in pairwise(edges):
        if years < high:
            return f"{low}-{high - 1}"
    return f"{edges[-1]}+"
