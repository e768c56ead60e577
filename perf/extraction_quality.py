"""Quality and speed of the rules engine against human codes: Open-i reports, twelve labels.

    python perf/extraction_quality.py --data ../shared/data/reports_openi [--split dev|test|all] [--json OUT.json]

The folder holds `indiana_reports.csv` and `gold12_open.csv` (uid, split, one column per label: 1, 0, -1 unclear). Strict scoring
counts an unclear cell as 0, lenient scoring leaves it out. An uncertain suggestion counts as positive, as it does in a round; the
figures with it as negative stand beside them. Rules and vocabulary were tuned on the split `dev` alone.
"""

import argparse
import csv
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from llm_extract.findings import LabelDefinition, Status
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import load_vocabulary

# Measured before on a test half of the same data (n = 1,867): a keyword list, two tools with our first lexicon, our prototype.
FLOOR = (
    ("keywords without negation", 0.278, 0.291),
    ("negspacy 1.0.4 with the same lexicon", 0.821, 0.883),
    ("medspaCy 1.3.1 ConText with the same lexicon", 0.852, 0.919),
    ("prototype of these rules", 0.866, 0.934),
)
TAXONOMY = (
    LabelDefinition("atelectasis", "Atelectasis"),
    LabelDefinition("cardiomegaly", "Cardiomegaly"),
    LabelDefinition("consolidation", "Consolidation", synonyms=("pneumonia", "infiltrate", "airspace disease")),
    LabelDefinition("edema", "Pulmonary edema"),
    LabelDefinition("pleural_effusion", "Pleural effusion"),
    LabelDefinition("emphysema", "Emphysema"),
    LabelDefinition("fibrosis", "Pulmonary fibrosis"),
    LabelDefinition("fracture", "Fracture"),
    LabelDefinition("hiatal_hernia", "Hiatal hernia"),
    LabelDefinition("nodule_mass", "Lung nodule or mass", "Excludes granuloma."),
    LabelDefinition("pneumothorax", "Pneumothorax"),
    LabelDefinition("support_device", "Support device", "Excludes sternotomy wires and surgical clips."),
)
SECTIONS = ("indication", "comparison", "findings", "impression")


@dataclass(frozen=True)
class Tally:
    """Counts of one label or of all."""

    tp: int
    fp: int
    fn: int

    @property
    def f1(self) -> float | None:
        """F1, or None where neither truth nor suggestion is positive."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp + self.fp + self.fn else None


def read_reports(folder: Path, split: str) -> tuple[list[str], list[list[int]]]:
    """Return the reports' texts with headings, and their gold cells in the taxonomy's order."""
    with (folder / "indiana_reports.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["uid"]: row for row in csv.DictReader(file)}
    with (folder / "gold12_open.csv").open(encoding="utf-8", newline="") as file:
        gold = [row for row in csv.DictReader(file) if split in {"all", row["split"]} and row["uid"] in rows]
    texts = [
        "\n".join(f"{name.upper()}: {rows[row['uid']][name]}" for name in SECTIONS if rows[row["uid"]].get(name))
        for row in gold
    ]
    return texts, [[int(row[label.key]) for label in TAXONOMY] for row in gold]


def suggest(engine: RulesEngine, text: str) -> list[Status]:
    """Return the status suggested for each label; nothing suggested is absent."""
    said = {suggestion.label: suggestion.status for suggestion in map_findings(engine.findings(text), TAXONOMY)}
    return [said.get(label.key, Status.ABSENT) for label in TAXONOMY]


def tally(
    truth: Sequence[Sequence[int]], said: Sequence[Sequence[int]], columns: Sequence[int], *, lenient: bool
) -> Tally:
    """Return the counts over some columns."""
    tp = fp = fn = 0
    for row, guess in zip(truth, said, strict=True):
        for column in columns:
            if lenient and row[column] < 0:
                continue
            is_true, is_said = row[column] == 1, guess[column] == 1
            tp, fp, fn = tp + (is_true and is_said), fp + (is_said and not is_true), fn + (is_true and not is_said)
    return Tally(tp, fp, fn)


def interval(truth: list[list[int]], said: list[list[int]], *, lenient: bool, draws: int) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of micro-F1, resampling reports."""
    rng = random.Random(7)
    columns = range(len(TAXONOMY))
    counts = [tally([row], [guess], columns, lenient=lenient) for row, guess in zip(truth, said, strict=True)]
    scores = []
    for _ in range(draws):
        drawn = rng.choices(counts, k=len(counts))
        scores.append(Tally(sum(c.tp for c in drawn), sum(c.fp for c in drawn), sum(c.fn for c in drawn)).f1 or 0.0)
    scores.sort()
    return scores[int(0.025 * draws)], scores[int(0.975 * draws) - 1]


def score(truth: list[list[int]], said: list[list[int]], *, lenient: bool, draws: int = 500) -> dict[str, object]:
    """Return micro- and macro-F1, the share of reports with every label right, and each label's figures."""
    labels = {}
    for column, label in enumerate(TAXONOMY):
        counts = tally(truth, said, [column], lenient=lenient)
        precision = counts.tp / (counts.tp + counts.fp) if counts.tp + counts.fp else None
        recall = counts.tp / (counts.tp + counts.fn) if counts.tp + counts.fn else None
        labels[label.key] = {
            **asdict(counts),
            "precision": precision,
            "recall": recall,
            "f1": counts.f1 if recall is not None else None,
        }
    defined = [entry["f1"] for entry in labels.values() if entry["f1"] is not None]
    exact = [
        all((lenient and cell < 0) or (cell == 1) == (guess == 1) for cell, guess in zip(row, guesses, strict=True))
        for row, guesses in zip(truth, said, strict=True)
    ]
    return {
        "micro_f1": tally(truth, said, range(len(TAXONOMY)), lenient=lenient).f1,
        "ci95": interval(truth, said, lenient=lenient, draws=draws),
        "macro_f1": statistics.fmean(defined) if defined else None,
        "exact_set": statistics.fmean(exact),
        "labels": labels,
    }


def measure(folder: Path, split: str) -> dict[str, Any]:
    """Return every figure of one split."""
    texts, truth = read_reports(folder, split)
    engine = RulesEngine(load_vocabulary("chest"))
    said, times = [], []
    suggest(engine, texts[0])
    for text in texts:
        started = time.process_time()
        said.append(suggest(engine, text))
        times.append(1000 * (time.process_time() - started))
    positive = [[int(status is not Status.ABSENT) for status in row] for row in said]
    certain = [[int(status is Status.PRESENT) for status in row] for row in said]
    columns = range(len(TAXONOMY))
    return {
        "split": split,
        "n_reports": len(texts),
        "uncertain_as_negative": {
            name: tally(truth, certain, columns, lenient=name == "lenient").f1 for name in ("strict", "lenient")
        },
        "milliseconds_per_report": {
            "median": statistics.median(times),
            "mean": statistics.fmean(times),
            "max": max(times),
        },
        "strict": score(truth, positive, lenient=False),
        "lenient": score(truth, positive, lenient=True),
    }


def show(result: dict[str, Any]) -> None:
    """Print the figures as a table."""
    times = result["milliseconds_per_report"]
    print(f"split {result['split']}, n = {result['n_reports']}, median CPU time {times['median']:.2f} ms per report")
    for name in ("strict", "lenient"):
        figures = result[name]
        low, high = figures["ci95"]
        print(
            f"{name:8} micro-F1 {figures['micro_f1']:.3f} [{low:.3f}, {high:.3f}]  macro-F1 {figures['macro_f1']:.3f}"
            f"  exact set {figures['exact_set']:.3f}"
        )
    certain = result["uncertain_as_negative"]
    print(f"with uncertain as negative: strict micro-F1 {certain['strict']:.3f}, lenient {certain['lenient']:.3f}")
    print(f"\n{'label':18} {'strict P':>8} {'R':>6} {'F1':>6} {'n':>5}   {'lenient P':>9} {'R':>6} {'F1':>6}")
    for label in TAXONOMY:
        strict, lenient = (result[name]["labels"][label.key] for name in ("strict", "lenient"))
        shown = [
            f"{value:.3f}" if value is not None else "-"
            for entry in (strict, lenient)
            for value in (entry["precision"], entry["recall"], entry["f1"])
        ]
        positives = strict["tp"] + strict["fn"]
        print(
            f"{label.key:18} {shown[0]:>8} {shown[1]:>6} {shown[2]:>6} {positives:>5}   {shown[3]:>9} {shown[4]:>6} {shown[5]:>6}"
        )
    print("\nfor comparison, test half, strict / lenient micro-F1:")
    for name, strict, lenient in FLOOR:
        print(f"  {name:46} {strict:.3f} / {lenient:.3f}")


def main() -> int:
    """Score one split; 1 when the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reports_openi"))
    parser.add_argument("--split", choices=("dev", "test", "all"), default="test")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    arguments = parser.parse_args()
    if not (arguments.data / "gold12_open.csv").exists():
        print(
            f"No gold12_open.csv in {arguments.data}; name the folder of the Open-i reports with --data.",
            file=sys.stderr,
        )
        return 1
    result = measure(arguments.data, arguments.split)
    show(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
