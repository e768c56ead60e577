"""Quality and speed of the rules engine, every figure beside its target: human codes, marked sentences, probes, reports a second.

    python -m perf.extraction.quality --data ../shared/data [--split dev|test|all] [--json OUT.json]

The folder holds `reports_openi` and `reports_misc`. Rules and vocabulary were tuned on the split `dev` alone: in
`gold12_open.csv` a column says it, the 14-label gold follows that column, the marked sentences are split by their hash. Strict
scoring counts an unclear cell as 0, lenient scoring leaves it out. An uncertain suggestion counts as present. Intervals are
95 %, by resampling reports.
Exits with 1 where a figure is short of its target, so that a script may rest on it.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from llm_extract.findings import LabelDefinition, Status
from llm_extract.rules import engine as engine_module
from llm_extract.rules.engine import RulesEngine, engine_for, status_of
from llm_extract.rules.mapping import index_labels, map_findings
from llm_extract.rules.vocabulary import load_vocabulary
from perf.extraction.gold import (
    CodedReports,
    MarkedSentence,
    Probe,
    read_forms,
    read_fourteen,
    read_marked,
    read_probes,
    read_taxonomy,
    read_twelve,
)

TAXONOMY = read_taxonomy("openi12")
# The same labels, their definitions saying how the coders took doubt ("Not counted where merely possible").
CODED = read_taxonomy("openi12_coded")
FOURTEEN = read_taxonomy("openi14")
DRAWS = 500
Counts = npt.NDArray[np.int64]  # reports x labels x (true positive, false positive, false negative)


# Any word that could tell a reader that a sentence speaks of the past, however weakly; wide on purpose. Far more sentences
# with one of these are current.
PAST_CUE = re.compile(
    r"\b(?:histor\w*|hx|h/o|pmhx?|fhx?|past|prior|previous\w*|old|former\w*|remote\w*|status post|s/p|post|ago|earlier"
    r"|last|before|since|known?|chronic|longstanding|recent\w*|childhood|years?|months?|weeks?|days?|date|time|was|were|had|did|then|been"
    r"|removed|again|redemonstrated|unchanged)\b|\b(?:19|20)\d\d\b",
    re.I,
)


@dataclass(frozen=True)
class Figure:
    """One measured number, its target and what others reached."""

    name: str
    value: float
    target: float | None
    n: int
    interval: tuple[float, float] | None = None
    peers: str = ""

    @property
    def verdict(self) -> str:
        """PASS, or how far the figure is from its target; empty where it has none."""
        if self.target is None:
            return ""
        return "PASS" if self.value >= self.target else f"short by {self.target - self.value:.3g}"


@dataclass(frozen=True)
class Measured:
    """Every figure of one split, and the counts of each label behind them."""

    split: str
    figures: tuple[Figure, ...]
    labels: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)

    def value(self, name: str) -> float:
        """Return a figure by its name."""
        return next(figure.value for figure in self.figures if figure.name == name)


def suggest(engine: RulesEngine, text: str, taxonomy: tuple[LabelDefinition, ...]) -> dict[str, Status]:
    """Return the status suggested for each label the report speaks of."""
    return {
        suggestion.label: suggestion.status
        for suggestion in map_findings(engine.findings(text), taxonomy, engine.vocabulary)
    }


def count(coded: CodedReports, *, lenient: bool, certain_only: bool = False) -> Counts:
    """Return what is right and wrong of every cell; lenient scoring leaves out unclear ones."""
    engine = engine_for("CHEST", coded.taxonomy)
    holding = {Status.PRESENT} if certain_only else {Status.PRESENT, Status.UNCERTAIN}
    counts = np.zeros((len(coded.texts), len(coded.taxonomy), 3), dtype=np.int64)
    for row, (text, truth) in enumerate(zip(coded.texts, coded.truth, strict=True)):
        said = suggest(engine, text, coded.taxonomy)
        for column, label in enumerate(coded.taxonomy):
            if lenient and truth[column] < 0:
                continue
            is_true, is_said = truth[column] == 1, said.get(label.key) in holding
            counts[row, column] = (is_true and is_said, is_said and not is_true, is_true and not is_said)
    return counts


def f1(tp: float, fp: float, fn: float) -> float:
    """Return F1; 1 where neither truth nor suggestion is positive."""
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 1.0


def micro(counts: Counts) -> float:
    """Return F1 over all cells."""
    return f1(*counts.sum(axis=(0, 1)).tolist())


def macro(counts: Counts) -> float:
    """Return the mean F1 of the labels that have positives in the whole."""
    return float(np.mean([f1(*counts[:, column].sum(axis=0).tolist()) for column in range(counts.shape[1])]))


def interval(counts: Counts, score: Callable[[Counts], float]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a score, resampling the first axis."""
    rng = np.random.default_rng(7)
    scores = [score(counts[rng.integers(0, len(counts), len(counts))]) for _ in range(DRAWS)]
    low, high = np.quantile(scores, [0.025, 0.975])
    return float(low), float(high)


def _figure(
    name: str, counts: Counts, score: Callable[[Counts], float], target: float | None, peers: str = "", n: int = 0
) -> Figure:
    return Figure(name, score(counts), target, n or len(counts), interval(counts, score), peers)


def twelve_figures(folder: Path, split: str, labels: dict[str, dict[str, dict[str, float]]]) -> Iterator[Figure]:
    """Yield the figures of the 12-label gold, with names and synonyms alone and with definitions saying how coders took doubt."""
    coded = read_twelve(folder, split, TAXONOMY)
    strict, lenient = count(coded, lenient=False), count(coded, lenient=True)
    labels["12 labels, strict"], labels["12 labels, lenient"] = by_label(coded, strict), by_label(coded, lenient)
    peers = "prototype {}; medspaCy {}; negspaCy {}; keywords {}".format
    yield _figure(
        "12 labels, names and synonyms: strict micro F1", strict, micro, 0.90, peers(".87", ".855", ".84", ".30")
    )
    yield _figure(
        "12 labels, names and synonyms: lenient micro F1", lenient, micro, 0.95, peers(".93", ".91", ".89", ".31")
    )
    yield _figure(
        "12 labels, names and synonyms: lenient macro F1", lenient, macro, 0.93, peers(".92", ".87", ".85", ".58")
    )
    certain = count(coded, lenient=False, certain_only=True)
    yield _figure("  for knowledge: strict micro, uncertain as absent", certain, micro, None)
    ruled = read_twelve(folder, split, CODED)
    strict, lenient = count(ruled, lenient=False), count(ruled, lenient=True)
    labels["12 labels, definitions with the coders' rule, strict"] = by_label(ruled, strict)
    yield _figure("  definitions with the coders' rule on doubt: strict micro F1", strict, micro, 0.90)
    yield _figure("  definitions with the coders' rule: lenient micro F1", lenient, micro, 0.95)
    yield _figure("  definitions with the coders' rule: lenient macro F1", lenient, macro, 0.93)


def fourteen_figures(folder: Path, split: str, labels: dict[str, dict[str, dict[str, float]]]) -> Iterator[Figure]:
    """Yield the figure of the 14-label gold, and the same with nothing but the labels' names and synonyms."""
    coded = read_fourteen(folder, split, FOURTEEN)
    counts = count(coded, lenient=False)
    labels["14 labels"] = by_label(coded, counts)
    yield _figure("14 labels: macro F1 (definitions as data)", counts, macro, 0.88, "crude rules .76")
    bare = count(read_fourteen(folder, split, read_taxonomy("nih14")), lenient=False)
    yield _figure("  for knowledge: macro, names and synonyms alone", bare, macro, None)


def by_label(coded: CodedReports, counts: Counts) -> dict[str, dict[str, float]]:
    """Return precision, recall, F1 and positives of each label; the figures of one without positives are left out."""
    result = {}
    for column, label in enumerate(coded.taxonomy):
        tp, fp, fn = counts[:, column].sum(axis=0).tolist()
        result[label.key] = {"f1": f1(tp, fp, fn), "positives": tp + fn, "false_positives": fp, "false_negatives": fn}
    return result


def marked_figures(folder: Path, split: str) -> Iterator[Figure]:
    """Yield the figures of the marked sentences.

    Two classes each: F1 of "negated", and micro F1 over both classes of time, which is the share of sentences that are right. A
    sentence whose words are not found as they are marked counts as neither negated nor affirmed, neither current nor history.
    Beside them stands what calling every sentence current gives: nine sentences in ten are current, so that answer alone is right
    nine times in ten, and finds no history at all.
    What is marked as history only by its place in a list ("Gout.") cannot be read from its sentence: who finds all that have any
    word of time, and errs nowhere, reaches the last figure.
    """
    sentences = read_marked(folder, split)
    read = [(sentence, read_condition(sentence)) for sentence in sentences]
    negated = _cells([(s.is_negated, said is not None and said[0]) for s, said in read])
    past = _cells([(s.is_history, said is not None and said[1]) for s, said in read])
    current = _cells([(not s.is_history, said is not None and not said[1]) for s, said in read])
    both = np.concatenate([past, current], axis=1)
    yield _figure("NegEx sentences: F1 of negated", negated, micro, 0.95)
    yield _figure(
        "  F1 of affirmed",
        _cells([(not s.is_negated, said is not None and not said[0]) for s, said in read]),
        micro,
        None,
    )
    yield _figure("NegEx sentences: current or history, F1 over both", both, micro, 0.90)
    yield _figure("  both classes, every sentence called current", all_current(sentences, both=True), micro, None)
    yield _figure("  F1 of current alone", current, micro, None)
    yield _figure("  F1 of history alone", past, micro, None)
    yield _figure("  history alone, every sentence called current", all_current(sentences, both=False), micro, None)
    told = [bool(PAST_CUE.search(sentence.text)) for sentence in sentences if sentence.is_history]
    visible = sum(told) / len(told)
    yield Figure("  share of history with any word of time in its sentence", visible, None, len(told))
    yield Figure("  so F1 of history alone can reach at most", 2 * visible / (1 + visible), None, len(told))


def all_current(sentences: Sequence[MarkedSentence], *, both: bool) -> Counts:
    """Return the counts of an answer that reads nothing: of history alone, or of both classes."""
    past = _cells([(sentence.is_history, False) for sentence in sentences])
    return np.concatenate([past, _cells([(not s.is_history, True) for s in sentences])], axis=1) if both else past


def _cells(pairs: Sequence[tuple[bool, bool]]) -> Counts:
    """Return truth and answer of one class as counts."""
    return np.array([[(t and s, s and not t, t and not s)] for t, s in pairs], dtype=np.int64)


def read_condition(sentence: MarkedSentence) -> tuple[bool, bool] | None:
    """Return whether the engine reads the marked words as absent and as history; None where it does not find them."""
    effects = status_of(sentence.text, sentence.condition)
    return None if effects is None else (effects[0] is Status.ABSENT, effects[1])


def answer_probe(probe: Probe) -> str:
    """Return the status of the probe's label, or the attribute of the first finding that counts for or against it."""
    engine = RulesEngine(load_vocabulary("chest"))
    findings = engine.findings(probe.text)
    if probe.attribute == "status":
        said = {s.label: s.status.value for s in map_findings(findings, TAXONOMY)}
        return said.get(probe.label, "absent")
    index = index_labels(TAXONOMY, engine.vocabulary)
    counting = [
        finding
        for finding in findings
        if probe.label in (*index.holds[finding.observation], *index.denies[finding.observation])
    ]
    return str(getattr(counting[0], probe.attribute) or "") if counting else "no finding"


def probe_figures() -> Iterator[Figure]:
    """Yield how many probes of each file are right."""
    for name, peers in (("probes", "prototype 86, medspaCy 55"), ("probes_more", "first run of this engine 72")):
        probes = read_probes(name)
        right = sum(answer_probe(probe) == probe.expected for probe in probes)
        yield Figure(f"{name}.csv, three-way, of {len(probes)}", right, 87, len(probes), peers=peers)
    forms = read_forms()
    engine = engine_for("CHEST", TAXONOMY)
    right = sum(suggest(engine, text, TAXONOMY) == expected for text, expected in forms)
    yield Figure(f"form_reports.csv, every label, of {len(forms)}", right, None, len(forms))


def speed_figures(folder: Path) -> Iterator[Figure]:
    """Yield reports a second of processor time, findings and suggestions, over distinct reports; and what the cache does."""
    texts = list(dict.fromkeys(read_twelve(folder, "all", TAXONOMY).texts))
    engine = engine_for("CHEST", TAXONOMY)
    suggest(engine, "No effusion.", TAXONOMY)
    cached = engine_module.read_sentence
    cached.cache_clear()
    cold, warm = _rate(engine, texts), _rate(engine, texts)
    try:
        engine_module.read_sentence = cached.__wrapped__  # type: ignore[assignment]
        bare = _rate(engine, texts)
    finally:
        engine_module.read_sentence = cached
    yield Figure(
        "reports/s per core, distinct reports, cold sentence cache",
        cold,
        1200,
        len(texts),
        peers="prototype 1,100-2,000",
    )
    yield Figure("  without the sentence cache", bare, None, len(texts))
    yield Figure("  a second pass, the cache warm", warm, None, len(texts))


def _rate(engine: RulesEngine, texts: Sequence[str]) -> float:
    """Return reports per second of processor time."""
    started = time.process_time()
    for text in texts:
        suggest(engine, text, TAXONOMY)
    return len(texts) / (time.process_time() - started)


def measure(folder: Path, split: str) -> Measured:
    """Return every figure of one split of the data folder."""
    labels: dict[str, dict[str, dict[str, float]]] = {}
    figures = (
        *twelve_figures(folder / "reports_openi", split, labels),
        *fourteen_figures(folder / "reports_openi", split, labels),
        *probe_figures(),
        *marked_figures(folder / "reports_misc", split),
        *speed_figures(folder / "reports_openi"),
    )
    return Measured(split, figures, labels)


def show(measured: Measured) -> None:
    """Print the figures as a table, then each label's."""
    print(f"split {measured.split}; intervals are 95 %, {DRAWS} resamples; an uncertain suggestion counts as present")
    print(f"rules version {engine_module.VERSION}; the coders' rule on doubt reads: {CODED[0].definition!r}\n")
    print(f"{'what':66} {'value':>7} {'interval':>14} {'n':>5} {'target':>7}  {'verdict':16} measured elsewhere")
    for figure in measured.figures:
        value = f"{figure.value:.3f}" if figure.value <= 1 else f"{figure.value:,.0f}"
        spread = f"{figure.interval[0]:.3f}-{figure.interval[1]:.3f}" if figure.interval else ""
        target = f"{figure.target:,g}" if figure.target is not None else ""
        print(
            f"{figure.name:66} {value:>7} {spread:>14} {figure.n:>5} {target:>7}  {figure.verdict:16} {figure.peers}".rstrip()
        )
    for name, labels in measured.labels.items():
        print(f"\n{name:30} {'F1':>6} {'positives':>10} {'false +':>8} {'false -':>8}")
        for key, entry in labels.items():
            print(
                f"  {key:28} {entry['f1']:6.3f} {entry['positives']:10.0f} {entry['false_positives']:8.0f}"
                f" {entry['false_negatives']:8.0f}"
            )


def main() -> int:
    """Print the figures of one split; 1 where one is short of its target or the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", choices=("dev", "test", "all"), default="test")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    arguments = parser.parse_args()
    data = arguments.data.parent if (arguments.data / "gold12_open.csv").exists() else arguments.data
    if not (data / "reports_openi" / "gold12_open.csv").exists():
        print(
            f"No reports_openi/gold12_open.csv in {data}; name the folder that holds it with --data.", file=sys.stderr
        )
        return 1
    measured = measure(data, arguments.split)
    show(measured)
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(measured), indent=2) + "\n", encoding="utf-8")
    return 1 if any(figure.verdict.startswith("short") for figure in measured.figures) else 0


if __name__ == "__main__":
    raise SystemExit(main())
