"""Times sampling, assignment, selection, split and agreement on synthetic studies, and prints their quality.

Run from the project's root: `python -m perf.science`. The third column is what a prototype of each method reached on
data of the same shape; its objective values are of another synthetic pool, so only gaps, counts and times compare.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from consensus.agreement_table import label_agreement, verdict_agreement
from consensus.selection import select
from consensus.split import split
from labeling.assignment import AssignedRead, ReaderSlot, assign, pair_counts
from labeling.takeover import reassign
from sampling.buckets import hash01
from sampling.design import SampleCandidate, SampleDesign
from sampling.draw import SampleDraw, draw_sample

T = TypeVar("T")
LABEL_SHARES = (0.20, 0.19, 0.235, 0.25, 0.115, 0.045, 0.04, 0.019, 0.03, 0.02, 0.008, 0.003)


def synthetic_pool(n: int, patients: int, seed: int = 7) -> list[SampleCandidate]:
    """A pool with twelve labels that hang together by four hidden factors, six sites and five manufacturers."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(0, 0.45, (4, len(LABEL_SHARES)))
    hidden = rng.normal(size=(n, 4)) @ loadings + rng.normal(size=(n, len(LABEL_SHARES)))
    cut = [np.quantile(hidden[:, j], 1 - share) for j, share in enumerate(LABEL_SHARES)]
    marked = hidden > np.array(cut)
    owner = rng.integers(0, patients, n)
    site = rng.choice(6, n, p=[0.35, 0.25, 0.17, 0.12, 0.08, 0.03])
    maker = rng.choice(5, n, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    sex = rng.choice(["F", "M"], patients)
    age = rng.choice(["18-39", "40-54", "55-69", "70+"], patients, p=[0.2, 0.25, 0.3, 0.25])
    view = rng.choice(["PA", "AP"], n, p=[0.6, 0.4])
    difficulty = np.clip(0.2 * marked.sum(1) + rng.normal(0, 0.3, n), 0, None)
    return [
        SampleCandidate(
            key=f"s{i:06d}",
            patient=f"p{owner[i]}",
            site=f"site {site[i]}",
            labels=frozenset(f"label_{j:02d}" for j in np.flatnonzero(marked[i])),
            sex=str(sex[owner[i]]),
            age_band=str(age[owner[i]]),
            view=str(view[i]),
            manufacturer=f"maker {maker[i]}",
            difficulty=float(difficulty[i]),
        )
        for i in range(n)
    ]


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result and the processor time in seconds, which other work on the machine disturbs least."""
    start = time.process_time()
    return work(), time.process_time() - start


def line(what: str, found: str, before: str) -> None:
    """One row of the report."""
    print(f"{what:<46} | {found:<74} | {before}")


def quality(draw: SampleDraw) -> str:
    """Gap, proof and what is short, in a few words."""
    short = {group: len(draw.short(group)) for group in ("label", "pair")}
    off = sum(abs(row.have - row.target) for row in draw.buckets if row.group in {"findings", "difficulty", "site"})
    proof = "proven" if draw.is_proven else "not proven"
    return f"gap {draw.cost - draw.lower_bound:.4f} {proof}; short {short['label']} labels {short['pair']} pairs, {off}  off"


def sampling() -> dict[str, SampleCandidate]:
    """Draws 1,000 of 13,735 and of 3,080, 60 of 240; returns the first sample."""
    before = {
        13735: "4.3 s, gap .0007 (greedy 81, greedy and swap 2.6, random 6,348)",
        3080: "at most 20 s",
        240: "at most 2 s",
    }
    sample: dict[str, SampleCandidate] = {}
    for n, patients, size in ((13735, 9300, 1000), (3080, 3000, 1000), (240, 400, 60)):
        pool = synthetic_pool(n, patients)
        draw, seconds = timed(lambda p=pool, s=size: draw_sample(p, SampleDesign(s, 1, inclusion_draws=0)))  # type: ignore[misc]
        line(f"sample {size} of {n}", f"{seconds:5.1f} s, {quality(draw)}", before[n])
        again, seconds = timed(lambda p=pool, s=size: draw_sample(p[::-1], SampleDesign(s, 1)))  # type: ignore[misc]
        same = [pick.key for pick in again.picks] == [pick.key for pick in draw.picks]
        line("  the same and inclusion probabilities, rows turned", f"{seconds:5.1f} s, same picks: {same}", "")
        if not sample:
            by_key = {candidate.key: candidate for candidate in pool}
            sample = {pick.key: by_key[pick.key] for pick in draw.picks}
    return sample


def assignment() -> None:
    """Deals 1,000 studies to 17 readers, free, with own sites left out and with caps; then one reader leaves."""
    studies = [f"s{i}" for i in range(1000)]
    slots = [ReaderSlot(f"r{i}", home) for i, home in enumerate([*"AAAAABBBCCCDDEF", "", ""])]
    rng = np.random.default_rng(0)
    sites = {study: str(rng.choice(list("ABCDEFG"), p=[0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05])) for study in studies}
    caps = [ReaderSlot(f"r{i}", "", 80 if i < 4 else 40 if i == 4 else None) for i in range(17)]
    free, seconds = timed(lambda: assign(studies, slots, 3, 1))
    before = {
        "free": "176-177, 22-23 in 6 of 10 seeds, .17 s a try",
        "own sites out": "176-177, 22-23 in 5 of 10 seeds, .26 s",
    }
    apart, seconds_apart = timed(lambda: assign(studies, slots, 3, 1, sites, exclude_own_site=True))
    capped, seconds_capped = timed(lambda: assign(studies, caps, 3, 1))
    for name, dealt, took in (
        ("free", free, seconds),
        ("own sites out", apart, seconds_apart),
        ("caps", capped, seconds_capped),
    ):
        loads, pairs = sorted(dealt.loads.values()), sorted(dealt.pair_counts.values())
        found = f"{took:5.1f} s, loads {loads[0]}-{loads[-1]}, pairs {pairs[0]}-{pairs[-1]}"
        line(f"assign 17 x 1,000 x 3, {name}", found, before.get(name, "loads at the caps"))
    for share in (0.1, 0.5, 0.9):
        done = set(free.lists["r3"][: int(share * len(free.lists["r3"]))])
        pending = [read for read in free.reads if read.reader == "r3" and read.study not in done]
        moves, seconds = timed(lambda p=pending: reassign(free.reads, p, "r3", slots, 1))  # type: ignore[misc]
        taken = {(move.study, move.position): move.to_reader for move in moves}
        reads = [AssignedRead(r.study, r.position, taken.get((r.study, r.position), r.reader)) for r in free.reads]
        pairs = sorted(n for pair, n in pair_counts(reads, list(free.lists)).items() if "r3" not in pair)
        line(
            f"  a reader leaves after {share:.0%}",
            f"{seconds:5.1f} s, {len(moves)} move, pairs {pairs[0]}-{pairs[-1]}",
            "<= 3",
        )


def release(sample: dict[str, SampleCandidate]) -> None:
    """Selects 200 of about 381 and splits them, four times."""
    for seed in range(4):
        eligible = [c for key, c in sample.items() if hash01(f"reads {seed}", key) < 0.62 - 0.12 * c.finding_count]
        chosen, seconds = timed(lambda e=eligible, s=seed: select(e, 200, s))  # type: ignore[misc]
        line(f"select 200 of {len(eligible)}", f"{seconds:5.1f} s, {quality(chosen)}", ".46 s, optimum proven")
        studies = [sample[pick.key] for pick in chosen.picks]
        found, seconds = timed(lambda s=studies, n=seed: split(s, 100, 100, f"secret {n}"))  # type: ignore[misc]
        proof = f"imbalance {found.imbalance:g}, bound {found.bound:g}, {'proven' if found.is_proven else 'not proven'}"
        line(
            "  split 100 and 100",
            f"{seconds:5.1f} s, {proof}, {found.coin_flips} coin flips",
            "bound, 2.3 s",
        )


def agreement() -> None:
    """All figures of 810 x 3 reads and 14 labels with 1,000 resamples."""
    rng = np.random.default_rng(1)
    truth = rng.random((810, 1, 14)) < 0.1
    marks = np.where(rng.random((810, 3, 14)) < 0.9, truth, ~truth).astype(float)
    patients = [f"p{i // 2}" for i in range(810)]
    verdicts = rng.integers(0, 3, (810, 3))
    _, seconds = timed(
        lambda: (
            label_agreement(marks, [f"l{i}" for i in range(14)], patients, 1),
            verdict_agreement(verdicts, patients, 1),
        )
    )
    line("agreement of 810 x 3 reads, 14 labels", f"{seconds:5.1f} s with 1,000 resamples", "a few seconds")


if __name__ == "__main__":
    line("what", "found", "prototype or limit")
    drawn = sampling()
    assignment()
    release(drawn)
    agreement()
