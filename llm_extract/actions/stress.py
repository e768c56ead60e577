"""The only writers of stress trials and bars: does a pipeline change its labels when the report does?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy
from core.actions import RunHandle, record_event, working_on
from llm_extract.actions.choices import PipelineChoice, frozen_choice
from llm_extract.actions.feeding import Feed
from llm_extract.actions.pipelines import open_pipeline, scope_of
from llm_extract.asking.protocol import Fault
from llm_extract.errors import ExtractionRefusedError
from llm_extract.findings import Status
from llm_extract.models import BarredVersion, StressTrial
from llm_extract.pipeline import Reading
from llm_extract.queries.stress import stress_variants
from llm_extract.stages import ReportText
from llm_extract.trust.stress import Judgement, Kind, PassRate, Variant, failing, judge, pass_rates

# A version that is right less often than this is marked on every page that offers it.
PASSING = 0.97
# With fewer of a kind nothing can be said to pass.
LEAST_OF_A_KIND = 10
WRONG_KEPT = 500
Progress = Callable[[int, int], None]


@transaction.atomic
def create_stress_trial(
    *, benchmark: Benchmark, choice: PipelineChoice | None = None, limit: int = 100, seed: int = 7, by: User | None
) -> StressTrial:
    """A queued stress trial of ``limit`` altered reports of the benchmark's pool, the same for the same seed."""
    trial = StressTrial(
        kind="stress_trial",
        benchmark=benchmark,
        taxonomy=current_taxonomy(benchmark),
        limit=limit,
        seed=seed,
        created_by=by,
        params={"attempt": 0},
    )
    frozen_choice(trial, choice or PipelineChoice())
    trial.save()
    record_event(verb="stress_trial.created", subject=trial, by=by, data={"version": trial.version})
    return trial


def run_stress_trial(*, run_id: int, progress: Progress | None = None) -> None:
    """Works a queued stress trial: each report as written and as altered goes through the pipeline.

    Nothing of it reaches a reader. Killed and run again it starts over, but asks no model twice.
    """
    with working_on(run_id) as handle:
        trial = StressTrial.objects.select_related("benchmark", "taxonomy").get(pk=run_id)
        work = _StressWork(trial, handle, progress)
        handle.start(len(work.texts))
        with open_pipeline(trial, handle) as opened:
            Feed(handle, opened, work.store).run(work.reports())
        StressTrial.objects.filter(pk=run_id).update(results=work.results())


class _StressWork:
    """One stress trial at work. Texts are numbered: originals once each, then the variants."""

    def __init__(self, trial: StressTrial, handle: RunHandle, progress: Progress | None) -> None:
        self.handle, self.progress = handle, progress
        originals, self.variants = stress_variants(trial, scope_of(trial.taxonomy))
        self.original_of: dict[int, int] = {}
        self.texts: list[str] = []
        for pk, text in originals.items():
            self.original_of[pk] = len(self.texts)
            self.texts.append(text)
        self.first_variant = len(self.texts)
        self.texts += [variant.text for variant in self.variants]
        self.said: dict[int, dict[str, Status]] = {}
        self.faults: dict[int, Fault] = {}

    def reports(self) -> Iterator[ReportText]:
        """All texts under their numbers."""
        return (ReportText(number, text) for number, text in enumerate(self.texts))

    def store(self, batch: Sequence[Reading]) -> None:
        """Keeps what was said of each text until all are read."""
        for one in batch:
            if one.fault:
                self.faults[one.report.ref] = one.fault
            else:
                self.said[one.report.ref] = {suggestion.label: suggestion.status for suggestion in one.suggestions}
        self.handle.advance(len(batch), failed=sum(one.fault is not None for one in batch))
        if self.progress:
            self.progress(self.handle.done, len(self.texts))

    def results(self) -> dict[str, Any]:
        """Rates by kind, and where it was wrong: report, label and kind, no text."""
        judged: list[tuple[Kind, Judgement]] = []
        wrong: list[dict[str, Any]] = []
        for number, variant in enumerate(self.variants, self.first_variant):
            verdict = self._judge(number, variant)
            if verdict is None:
                continue
            judged.append((variant.kind, verdict))
            if verdict is Judgement.WRONG:
                after = self.said[number].get(variant.label)
                wrong.append(
                    {"report": variant.report, "label": variant.label, "kind": variant.kind.value, "after": after}
                )
        rates = pass_rates(judged)
        return {
            "rates": [asdict(rate) for rate in rates],
            "wrong": wrong[:WRONG_KEPT],
            "unread": len(self.faults),
            "passes": _passes(rates),
        }

    def _judge(self, number: int, variant: Variant) -> Judgement | None:
        """None where either text could not be read."""
        original = self.original_of[variant.report]
        if number not in self.said or original not in self.said:
            return None
        before, after = self.said[original].get(variant.label), self.said[number].get(variant.label)
        return judge(variant.kind, before, after)


def _passes(rates: Sequence[PassRate]) -> bool | None:
    """Whether every rate reaches the mark; None where nothing could be judged, or too little of a kind to say so."""
    if rates[0].right.value is None:
        return None
    if failing(rates, PASSING):
        return False
    return True if all(rate.right.n >= LEAST_OF_A_KIND for rate in rates) else None


@transaction.atomic
def bar_version(*, version: str, reason: str, trial: StressTrial | None = None, by: User | None) -> BarredVersion:
    """Bars a pipeline version from runs. Refuses one that is barred already, and a bar without a reason."""
    if not reason.strip():
        raise ExtractionRefusedError(f"Say why version {version} is barred; the reason is shown to whoever chooses it.")
    if BarredVersion.objects.filter(version=version, lifted_at__isnull=True).exists():
        raise ExtractionRefusedError(f"Version {version} is barred already.")
    bar = BarredVersion.objects.create(version=version, reason=reason[:300], stress_trial=trial, barred_by=by)
    record_event(verb="version.barred", subject=bar, by=by, data={"version": version})
    return bar


@transaction.atomic
def lift_bar(*, version: str, by: User | None) -> None:
    """Lets runs use a version again. Refuses one that is not barred."""
    standing = BarredVersion.objects.filter(version=version, lifted_at__isnull=True)
    if not standing.update(lifted_at=timezone.now(), lifted_by=by):
        raise ExtractionRefusedError(f"Version {version} is not barred.")
    bar = BarredVersion.objects.filter(version=version).latest("lifted_at")
    record_event(verb="version.bar_lifted", subject=bar, by=by, data={"version": version})
