"""The rows of `perf.science`: each makes its studies, runs one part of the science, and holds it against its target."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeVar

import numpy as np

from consensus.agreement_table import label_agreement, reader_pairs, verdict_agreement
from consensus.selection import selection_design
from consensus.split import WEIGHTS, Split, split, study_features
from labeling.assignment import AssignedRead, Assignment, ReaderSlot, assign, pair_counts
from labeling.takeover import reassign
from perf.science.pools import S1, S2, eligible, reads, roster, study_sites, synthetic_pool
from sampling.buckets import BucketProblem, Indices, hash01
from sampling.design import SampleCandidate, SampleDesign, bucket_problem, canonical, members_by_label
from sampling.draw import SampleDraw, draw_sample
from sampling.naive import iterative_stratification, random_pick, rare_first_quota

T = TypeVar("T")
SIZE = 1000
SEEDS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of a row: what was found, in words, what it must be, and whether it is; None where nothing is asked."""

    figure: str
    found: str
    target: str = ""
    is_met: bool | None = None


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """The result, seconds by the clock, and seconds of processor time, which other work on the machine disturbs least."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - processor


def duration(wall: float, processor: float, most: float) -> Check:
    """Time against its limit. The processor's time counts: on an idle machine the clock shows the same or less."""
    return Check(
        "time", f"{processor:.1f} s of processor, {wall:.1f} s by the clock", f"<= {most:g} s", processor <= most
    )


def sample_s1() -> list[Check]:
    """1,000 of 13,735."""
    return _sample(*S1, seconds=10)


def sample_s2() -> list[Check]:
    """1,000 of 227,835."""
    return _sample(*S2, seconds=30, with_stratification=False)


def _sample(n: int, patients: int, seconds: float, *, with_stratification: bool = True) -> list[Check]:
    pool = synthetic_pool(n, patients)
    design = SampleDesign(SIZE, SEEDS[0], inclusion_draws=0)
    drawn, wall, processor = timed(lambda: draw_sample(pool, design))
    gap = drawn.cost - drawn.lower_bound
    owner = {study.key: study.patient for study in pool}
    twice = len(drawn.picks) - len({owner[pick.key] for pick in drawn.picks})
    short = sum(len(drawn.short(group)) for group in ("label", "pair", "findings", "difficulty"))
    return [
        Check(
            "points above the bound",
            f"{gap:.4f}, {'proven best' if drawn.is_proven else 'not proven'}",
            "<= 0.01",
            gap <= 0.01,
        ),
        duration(wall, processor, seconds),
        Check("second studies of a patient", str(twice), "0", twice == 0),
        Check("targets of labels, pairs, findings, difficulty not met", str(short), "0 (all can be met)", short == 0),
        *_naive_samples(pool, design, drawn, with_stratification=with_stratification),
    ]


def _naive_samples(
    pool: Sequence[SampleCandidate], design: SampleDesign, drawn: SampleDraw, *, with_stratification: bool
) -> list[Check]:
    """What the simple ways cost on the same pool, in points above the bound."""
    ordered = canonical(pool, design.seed)
    problem = bucket_problem(ordered, design)
    ways = {
        "random, one per patient": random_pick(problem, 1),
        "rare labels first, by quota": rare_first_quota(problem),
    }
    if with_stratification:
        marks = np.zeros((len(ordered), len(members := members_by_label(ordered))))
        for place, label in enumerate(members.values()):
            marks[label, place] = 1
        ways["iterative stratification by labels"] = iterative_stratification(marks, SIZE / len(ordered), 1)
    return [Check(f"naive: {name}", _naive_words(problem, chosen, drawn.lower_bound)) for name, chosen in ways.items()]


def _naive_words(problem: BucketProblem, chosen: Indices, bound: float) -> str:
    counts = problem.counts(chosen)
    short = sum(
        max(0, bucket.target - int(count))
        for bucket, count in zip(problem.buckets, counts, strict=True)
        if bucket.group == "label"
    )
    twice = len(chosen) - len(np.unique(problem.patient[chosen]))
    return f"{problem.cost(chosen) - bound:,.0f} points above, labels short by {short}, {twice} second studies of a patient"


def seeds() -> list[Check]:
    """The same seed and another on 13,735: same ids in any order of rows, and how far another seed's sample differs."""
    pool = synthetic_pool(*S1)
    drawn = {seed: _ids(pool, seed) for seed in SEEDS}
    again = _ids([pool[i] for i in np.random.default_rng(5).permutation(len(pool))], SEEDS[0])
    changed = [len(drawn[a] - drawn[b]) / SIZE for a, b in combinations(SEEDS, 2)]
    ordered = canonical(pool, 0)
    place = {study.key: index for index, study in enumerate(ordered)}
    plain = bucket_problem(ordered, SampleDesign(SIZE, 0, seed_weight=0.0))
    without_seed = {
        pick.key for pick in draw_sample(pool, SampleDesign(SIZE, 0, seed_weight=0.0, inclusion_draws=0)).picks
    }

    def cost(keys: Iterable[str]) -> float:
        return plain.cost(np.array(sorted(place[key] for key in keys), dtype=np.intp))

    price = [cost(drawn[seed]) - cost(without_seed) for seed in SEEDS]
    return [
        Check(
            "same seed, rows shuffled: ids in common",
            f"{len(drawn[SEEDS[0]] & again)} of {SIZE}",
            str(SIZE),
            drawn[SEEDS[0]] == again,
        ),
        Check(
            "another seed changes",
            f"{min(changed):.0%} to {max(changed):.0%}",
            "30 to 60 %",
            min(changed) >= 0.30 and max(changed) <= 0.60,
        ),
        Check("what the seed costs, in points", f"{max(price):.2f} at most", "<= 3", max(price) <= 3),
        Check("SHA-256 of the ids, to compare with another SciPy", digest(drawn[SEEDS[0]])),
    ]


def _ids(pool: Sequence[SampleCandidate], seed: int) -> set[str]:
    return {pick.key for pick in draw_sample(pool, SampleDesign(SIZE, seed, inclusion_draws=0)).picks}


def digest(keys: Iterable[str]) -> str:
    """Of a set of ids, in any order."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()


def selection() -> list[Check]:
    """200 of 381 eligible studies, three times."""
    studies = _sampled()
    checks: list[Check] = []
    for seed in SEEDS:
        candidates = eligible(studies, 381, seed)
        drawn, wall, processor = timed(lambda c=candidates, s=seed: draw_sample(c, selection_design(200, s)))  # type: ignore[misc]
        where = f"reads {seed}: "
        took = duration(wall, processor, 5)
        checks += [
            Check(f"{where}proof", "proven best" if drawn.is_proven else "not proven", "proven", drawn.is_proven),
            Check(f"{where}time", took.found, took.target, took.is_met),
        ]
        if seed == SEEDS[0]:
            naive = _naive_samples(candidates, selection_design(200, seed), drawn, with_stratification=False)
            checks += [*naive, Check("naive: sorted, rare labels first", _sorted_words(candidates, drawn))]
    return checks


def _sorted_words(candidates: Sequence[SampleCandidate], drawn: SampleDraw) -> str:
    """Plain sorting by rarity, then by findings: what it costs, and the normal studies it loses."""
    design = selection_design(200, SEEDS[0])
    ordered = canonical(candidates, design.seed)
    share = {label: len(found) for label, found in members_by_label(ordered).items()}

    def rank(index: int) -> tuple[int, int]:
        labels = ordered[index].labels
        return min((share[label] for label in labels), default=len(ordered)), -len(labels)

    chosen = np.array(sorted(sorted(range(len(ordered)), key=rank)[:200]), dtype=np.intp)
    normals = sum(not ordered[index].labels for index in chosen.tolist())
    return f"{_naive_words(bucket_problem(ordered, design), chosen, drawn.lower_bound)}, {normals} normal studies"


def _sampled() -> list[SampleCandidate]:
    """The 1,000 studies of the first sample."""
    pool = synthetic_pool(*S1)
    keys = _ids(pool, SEEDS[0])
    return [study for study in pool if study.key in keys]


def parity() -> list[Check]:
    """100 and 100 of the 200 selected, under secrets, and the same with two studies of thirty patients."""
    chosen = _selected(SEEDS[0])
    found, wall, processor = timed(lambda: split(chosen, 100, 100, "secret 0"))
    others = [split(chosen, 100, 100, f"secret {number}") for number in range(1, 5)]
    shared = [_agreement(found, other) for other in others]
    apart = max(split_gap(one) for one in (found, *others))
    mean = float(np.mean(shared))
    return [
        Check("imbalance above the parity bound", f"{apart:g} at most, 5 secrets", "0", apart < 1e-6),
        duration(wall, processor, 60),
        Check("sizes", f"{len(found.released)} and {len(found.holdout)}", "100 and 100", len(found.released) == 100),
        Check(
            "two secrets agree on",
            f"{mean:.0%} on average ({min(shared):.0%} to {max(shared):.0%})",
            "40 to 60 %",
            0.4 <= mean <= 0.6,
        ),
        *_paired_patients(),
        *_naive_splits(chosen, found),
    ]


def split_gap(found: Split) -> float:
    """How far the imbalance is above what whole studies allow at least."""
    return found.imbalance - found.bound


def _agreement(one: Split, other: Split) -> float:
    """Share of studies on the same side in both."""
    return (len(set(one.released) & set(other.released)) + len(set(one.holdout) & set(other.holdout))) / 200


def _selected(seed: int) -> list[SampleCandidate]:
    by_key = {study.key: study for study in eligible(_sampled(), 381, seed)}
    drawn = draw_sample(list(by_key.values()), selection_design(200, seed))
    return [by_key[pick.key] for pick in drawn.picks]


def _paired_patients() -> list[Check]:
    """The same with 30 patients of two studies each: the patient is never cut in two."""
    chosen = _selected(SEEDS[1])
    paired = [
        replace(study, patient=f"pair {place // 2}") if place < 60 else study for place, study in enumerate(chosen)
    ]
    found, wall, processor = timed(lambda: split(paired, 100, 100, "secret 0"))
    took = duration(wall, processor, 60)
    others = [split(paired, 100, 100, f"secret {number}") for number in range(1, 5)]
    gap = max(split_gap(one) for one in (found, *others))
    mean = float(np.mean([_agreement(found, other) for other in others]))
    return [
        Check("with 30 patients of two studies: above the bound", f"{gap:g} at most, 5 secrets", "0", gap < 1e-6),
        Check(
            "with 30 patients of two studies: two secrets agree on",
            f"{mean:.0%} on average",
            "40 to 60 %",
            0.4 <= mean <= 0.6,
        ),
        Check("with 30 patients of two studies: time", took.found, took.target, took.is_met),
    ]


def _naive_splits(chosen: Sequence[SampleCandidate], found: Split) -> list[Check]:
    """Random halves, and iterative stratification by labels alone: imbalance, and labels that differ by more than one."""
    features = study_features(chosen)
    names = sorted({feature for mine in features for feature in mine})
    column = {feature: place for place, feature in enumerate(names)}
    marks = np.zeros((len(chosen), len(names)))
    for row, mine in enumerate(features):
        marks[row, [column[feature] for feature in mine]] = 1
    weight = np.array([WEIGHTS[group] for group, _ in names])
    labels = np.array([group == "label" for group, _ in names])

    def words(released: Indices) -> str:
        apart = np.abs(2 * marks[released].sum(axis=0) - marks.sum(axis=0))
        fair = "" if len(released) == 100 else f", {len(released)} and {200 - len(released)} studies"
        return f"imbalance {weight @ apart:,.0f} ({found.imbalance:g} here), {int((apart[labels] > 1).sum())} labels uneven{fair}"

    shuffled = np.random.default_rng(0).permutation(200)[:100]
    return [
        Check("naive: random halves", words(shuffled)),
        Check("naive: iterative stratification by labels", words(iterative_stratification(marks[:, labels], 0.5, 1))),
    ]


def assignment() -> list[Check]:
    """17 readers, 1,000 studies, 3 reads each; freely, and with own sites left out; one reader leaves, one joins."""
    studies = [f"s{place:04d}" for place in range(SIZE)]
    slots, sites = roster(), study_sites(studies)
    hard = {study: hash01("difficulty", study) for study in studies}
    free, wall, processor = timed(lambda: assign(studies, slots, 3, 1, difficulty=hard))
    apart, wall_apart, processor_apart = timed(
        lambda: assign(studies, slots, 3, 1, sites, exclude_own_site=True, difficulty=hard)
    )
    checks = [
        *_dealt("free: ", free, hard, wall, processor),
        *_dealt("own site left out: ", apart, hard, wall_apart, processor_apart),
    ]
    own = sum(sites[read.study] == home for read in apart.reads for home in [_home(slots, read.reader)] if home)
    checks.append(Check("own site left out: reads of the own site", str(own), "0", own == 0))
    checks += [_leaves(free, slots, share) for share in (0.1, 0.5, 0.9)]
    return [*checks, Check("naive: random readers", _random_deal(studies, slots))]


def _home(slots: Sequence[ReaderSlot], reader: str) -> str:
    return next(slot.site for slot in slots if slot.reader == reader)


def _dealt(where: str, dealt: Assignment, hard: dict[str, float], wall: float, processor: float) -> list[Check]:
    loads, pairs = sorted(dealt.loads.values()), sorted(dealt.pair_counts.values())
    took = duration(wall, processor, 5)
    means = [float(np.mean([hard[study] for study in mine])) for mine in dealt.lists.values()]
    return [
        Check(f"{where}loads", f"{loads[0]} to {loads[-1]}", "range 1", loads[-1] - loads[0] <= 1),
        Check(
            f"{where}studies that two readers share", f"{pairs[0]} to {pairs[-1]}", "range 1", pairs[-1] - pairs[0] <= 1
        ),
        Check(f"{where}time", took.found, took.target, took.is_met),
        Check(f"{where}mean difficulty of a reader's list", f"{min(means):.4f} to {max(means):.4f}"),
    ]


def _leaves(dealt: Assignment, slots: Sequence[ReaderSlot], share: float) -> Check:
    """Every reader in turn leaves after a share of the list: the worst load and pair range that is left behind."""
    worst_load = worst_pair = moved_done = 0
    for slot in slots:
        done = set(dealt.lists[slot.reader][: int(share * len(dealt.lists[slot.reader]))])
        pending = [read for read in dealt.reads if read.reader == slot.reader and read.study not in done]
        taken = {(m.study, m.position): m.to_reader for m in reassign(dealt.reads, pending, slot.reader, slots, 1)}
        moved_done += sum(study in done for study, _ in taken)
        after = [AssignedRead(r.study, r.position, taken.get((r.study, r.position), r.reader)) for r in dealt.reads]
        loads = Counter(read.reader for read in after if read.reader != slot.reader).values()
        pairs = [n for pair, n in pair_counts(after, list(dealt.lists)).items() if slot.reader not in pair]
        worst_load = max(worst_load, max(loads) - min(loads))
        worst_pair = max(worst_pair, max(pairs) - min(pairs))
    return Check(
        f"any one reader leaves after {share:.0%}",
        f"load range {worst_load}, pair range {worst_pair}, {moved_done} done reads moved",
        "<= 2, <= 3, 0",
        worst_load <= 2 and worst_pair <= 3 and moved_done == 0,
    )


def _random_deal(studies: Sequence[str], slots: Sequence[ReaderSlot]) -> str:
    rng = np.random.default_rng(0)
    names = [slot.reader for slot in slots]
    dealt = [
        AssignedRead(study, place + 1, names[reader])
        for study in studies
        for place, reader in enumerate(rng.choice(len(names), 3, replace=False).tolist())
    ]
    loads, pairs = Counter(read.reader for read in dealt).values(), pair_counts(dealt, names).values()
    return f"loads {min(loads)} to {max(loads)}, pairs {min(pairs)} to {max(pairs)}"


def agreement() -> list[Check]:
    """12 labels, 1,000 studies, 3 readers, 1,000 resamples."""
    return [_agreement_time(1000, 5)]


def agreement_large() -> list[Check]:
    """12 labels, 15,000 studies, 3 readers, 1,000 resamples."""
    return [_agreement_time(15_000, 60)]


def _agreement_time(studies: int, most: float) -> Check:
    marks, verdicts = reads(studies, 3, 12)
    patients = [f"p{place // 2}" for place in range(studies)]

    def work() -> None:
        label_agreement(marks, [f"label_{place}" for place in range(12)], patients, 1)
        verdict_agreement(verdicts, patients, 1)
        reader_pairs(verdicts, ["a", "b", "c"], 3)

    _, wall, processor = timed(work)
    return duration(wall, processor, most)


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the table: what it is, the work, and the most memory its process may take, in MB."""

    title: str
    work: Callable[[], list[Check]]
    memory: int | None = None


ROWS: dict[str, Row] = {
    "sample": Row("sample 1,000 of 13,735", sample_s1, 400),
    "sample-large": Row("sample 1,000 of 227,835", sample_s2, 800),
    "seeds": Row("seeds and order of rows, 1,000 of 13,735", seeds),
    "selection": Row("select 200 of 381", selection),
    "split": Row("split into 100 and 100 by patient", parity),
    "assignment": Row("deal 1,000 studies to 17 readers, 3 reads each", assignment),
    "agreement": Row("agreement, 12 labels, 1,000 studies, 3 readers, 1,000 resamples", agreement),
    "agreement-large": Row("the same on 15,000 studies", agreement_large),
}
