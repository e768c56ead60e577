"""The stress set made from real reports: findings negated, removed, hedged, moved to history; how the rules backend does.

    python -m perf.extraction.stress --data ../shared/data/reports_openi [--split dev|test|all] [--seed 7] [--show 20]
    [--failures OUT.md]

The folder holds `indiana_reports.csv` and `gold12_open.csv`; the labels are those of `extraction_quality.py`. The rules engine
chooses what is rewritten: labels it reads as present, each from one observation, in sentences whose shape the grammar can
rewrite, which are 31 % of the positive labels of all reports. It is judged on what it has read, which favours it. A variant once
made is never dropped because of what the engine then says of it.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from llm_extract.findings import Status
from llm_extract.rules.engine import engine_for
from llm_extract.trust.stress import Judgement, Kind, PassRate, StressSet, Variant, judge, pass_rates, positive_labels
from perf.extraction.gold import read_taxonomy, read_twelve
from perf.extraction.quality import suggest

TARGET = 0.97


@dataclass(frozen=True)
class Judged:
    """One variant and how the backend did."""

    variant: Variant
    after: Status | None
    judgement: Judgement


@dataclass(frozen=True)
class Measured:
    """What was made of the reports, and how it went."""

    n_reports: int
    n_positive: int
    judged: tuple[Judged, ...]

    @property
    def rates(self) -> tuple[PassRate, ...]:
        """Over all kinds, then by kind."""
        return pass_rates((one.variant.kind, one.judgement) for one in self.judged)


def measure(folder: Path, split: str, seed: int) -> Measured:
    """Make every variant of a split's reports and judge the rules backend on each."""
    taxonomy = read_taxonomy("openi12")
    texts = read_twelve(folder, split, taxonomy).texts
    engine = engine_for("CHEST", taxonomy)
    made = StressSet(engine, taxonomy, seed)
    judged: list[Judged] = []
    positive = 0
    for number, text in enumerate(texts):
        positive += len(positive_labels(text, engine, taxonomy))
        before = suggest(engine, text, taxonomy)
        for variant in made.variants(number, text):
            after = suggest(engine, variant.text, taxonomy).get(variant.label)
            judged.append(Judged(variant, after, judge(variant.kind, before.get(variant.label), after)))
    return Measured(len(texts), positive, tuple(judged))


def by_label(judged: Sequence[Judged]) -> list[tuple[str, int, int]]:
    """Return each label's right variants and how many there are, the most frequent first."""
    n = Counter(one.variant.label for one in judged)
    right = Counter(one.variant.label for one in judged if one.judgement is Judgement.RIGHT)
    return [(label, right[label], count) for label, count in n.most_common()]


def show(result: Measured, split: str, seed: int) -> None:
    """Print the pass rates."""
    covered = len({(one.variant.report, one.variant.label) for one in result.judged})
    print(
        f"split {split}, seed {seed}: {result.n_reports} reports, {result.n_positive} positive labels, {covered} of "
        f"them rewritten ({covered / max(result.n_positive, 1):.0%})"
    )
    print(f"{'kind':9} {'right':>6} {'of':>6} {'share':>7}  95 % interval (Wilson)")
    for rate in result.rates:
        name, share = rate.kind.value if rate.kind else "all", rate.right
        if share.value is None or share.ci95 is None:
            print(f"{name:9} undefined: {share.undefined}")
        else:
            print(
                f"{name:9} {share.count:6} {share.n:6} {share.value:7.3f}  [{share.ci95[0]:.3f}, {share.ci95[1]:.3f}]"
            )
    print("by label: " + ", ".join(f"{label} {right}/{n}" for label, right, n in by_label(result.judged)))
    value = result.rates[0].right.value
    print(f"target {TARGET}: {'met' if value is not None and value >= TARGET else 'not met'}")


def show_some(judged: Sequence[Judged], number: int, seed: int) -> None:
    """Print some rewrites of each kind for reading with one's own eyes."""
    for kind in Kind:
        of_kind = [one for one in judged if one.variant.kind is kind]
        print(f"\n{kind.value}:")
        for one in Random(seed).sample(of_kind, min(number, len(of_kind))):
            mark = "" if one.judgement is Judgement.RIGHT else f"   [{one.judgement.value}: {one.after}]"
            after = " | ".join(filter(None, one.variant.rewritten)) or "(left out)"
            print(f"  {' | '.join(one.variant.sentences)}\n    -> {after}{mark}")


def write_failures(judged: Sequence[Judged], path: Path) -> None:
    """Write every wrong variant's rewritten sentences, the most frequent kinds first."""
    wrong = [one for one in judged if one.judgement is Judgement.WRONG]
    lines = [f"# {len(wrong)} wrong of {len(judged)}", ""]
    for (kind, label), count in Counter((one.variant.kind, one.variant.label) for one in wrong).most_common():
        lines += [f"## {kind.value}, {label}: {count}", ""]
        lines += [
            f"- {' | '.join(filter(None, one.variant.rewritten))}  (was {one.after.value if one.after else 'not suggested'})"
            for one in wrong
            if (one.variant.kind, one.variant.label) == (kind, label)
        ]
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")


def main() -> int:
    """Print the pass rates; 1 when the data is not there or the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reports_openi"))
    parser.add_argument("--split", choices=("dev", "test", "all"), default="all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="also print N rewrites of each kind")
    parser.add_argument("--failures", type=Path, help="also write every wrong variant to this file")
    arguments = parser.parse_args()
    if not (arguments.data / "gold12_open.csv").exists():
        print(
            f"No gold12_open.csv in {arguments.data}; name the folder of the Open-i reports with --data.",
            file=sys.stderr,
        )
        return 1
    result = measure(arguments.data, arguments.split, arguments.seed)
    show(result, arguments.split, arguments.seed)
    show_some(result.judged, arguments.show, arguments.seed) if arguments.show else None
    if arguments.failures:
        write_failures(result.judged, arguments.failures)
    value = result.rates[0].right.value
    return 0 if value is not None and value >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
