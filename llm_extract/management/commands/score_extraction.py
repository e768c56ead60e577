"""score_extraction --benchmark SLUG --gold NAME: a trial of a pipeline on a gold set, and its figures as a table."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from benchmarks.models import Benchmark
from benchmarks.queries import benchmark_by_slug
from core.commands import REFUSED, ProductCommand, file_to_write, progress_bar
from llm_extract.actions import ExtractionRefusedError, PipelineChoice, create_trial, finished_trial_like, run_trial
from llm_extract.management.commands.extract_labels import money
from llm_extract.models import GoldSet, Trial
from llm_extract.queries.bench import label_names, taken_by
from llm_extract.queries.gold_sets import gold_set_named


class Command(ProductCommand):
    help = (
        "Try a pipeline on a gold set and print precision, recall and F1 per label with 95 % intervals. A finished trial "
        "of the same version on the same reports is not repeated: its figures are printed."
    )
    example = "score_extraction --benchmark chest-radiograph --gold radiologists-2026 --out scores.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--gold", required=True, metavar="NAME", help="name of the gold set")
        parser.add_argument("--extractor", default="rules", help="backend that reads reports (default: rules)")
        parser.add_argument("--mapper", default="vocabulary", help="backend that maps findings to labels")
        parser.add_argument("--limit", type=int, help="try so many reports, by a fixed draw")
        parser.add_argument("--max-cost", type=money, help="stop before this cost, in the backend's currency")
        parser.add_argument("--out", type=file_to_write, help="write all figures to this JSON file")

    def work(self, **options: Any) -> int | None:
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError(f"--limit is {options['limit']}; it must be 1 or more.", returncode=2)
        gold_set = _gold_set(benchmark_by_slug(options["benchmark"]), options["gold"])
        choice = PipelineChoice(options["extractor"], options["mapper"], max_cost=options["max_cost"])
        trial = finished_trial_like(gold_set=gold_set, choice=choice, limit=options["limit"]) or self._tried(
            gold_set, choice, options["limit"]
        )
        if not trial.scores:
            self.say(trial.message or "The trial has no figures; look at its page.")
            return REFUSED
        for line in table(trial):
            self.say(line)
        if options["out"]:
            options["out"].write_text(json.dumps(as_json(trial), indent=1) + "\n", encoding="utf-8")
        return REFUSED if trial.counts.get("failed") else None

    def _tried(self, gold_set: GoldSet, choice: PipelineChoice, limit: int | None) -> Trial:
        trial = create_trial(gold_set=gold_set, choice=choice, limit=limit, by=None)
        with progress_bar() as bar:
            line = bar.add_task("Reading reports", total=None)
            run_trial(run_id=trial.pk, progress=lambda done, total: bar.update(line, completed=done, total=total))
        trial.refresh_from_db()
        return trial


def _gold_set(benchmark: Benchmark, name: str) -> GoldSet:
    found = gold_set_named(benchmark, name)
    if found is None:
        known = ", ".join(repr(one.name) for one in benchmark.gold_sets.all()) or "none; import one (import_gold)"
        raise ExtractionRefusedError(f"{benchmark} has no gold set {name!r}; there are: {known}.")
    return found


def table(trial: Trial) -> list[str]:
    """The figures as lines: one per label, then the overall ones."""
    names, scores = label_names(trial), trial.scores["strict"]
    width = max((len(name) for name in names.values()), default=0)
    lines = [f"{'label':<{width}}  {'n':>5}  {'precision':<20}  {'recall':<20}  F1"]
    for one in scores["labels"]:
        cells = f"{_words(one['precision']):<20}  {_words(one['recall']):<20}  {_words(one['f1'])}"
        lines.append(f"{names[one['label']]:<{width}}  {one['tp'] + one['fn']:>5}  {cells}")
    for name in ("strict", "lenient"):
        figures = trial.scores[name]
        lines.append(f"{name}: micro F1 {_words(figures['micro_f1'])}, macro F1 {_words(figures['macro_f1'])}")
    right = scores["exact_set"]
    lines.append(
        f"{scores['n_studies']} studies read, {right['count']} of {right['n']} with every label right, "
        f"{scores['unread']} unread. Cost: {taken_by(trial).spend.cost_words}. (Trial {trial.pk}, {trial.version})"
    )
    return lines


def _words(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "–"
    interval = f" ({figure['ci95'][0]:.3f}-{figure['ci95'][1]:.3f})" if figure["ci95"] else ""
    return f"{figure['value']:.3f}{interval}"


def as_json(trial: Trial) -> dict[str, Any]:
    """All figures of a trial with what it was asked; no study is named."""
    kept = {name: trial.scores[name] for name in ("strict", "lenient", "reliability")}
    return {
        "benchmark": trial.benchmark.slug,
        "gold_set": trial.gold_set.name,
        "trial": trial.pk,
        "extractor": trial.extractor,
        "mapper": trial.mapper,
        "version": trial.version,
        "limit": trial.limit,
        **kept,
    }
