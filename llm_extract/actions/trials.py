"""The only writers of trials: a pipeline tried on a gold set, its suggestions kept on the bench."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.models import User
from benchmarks.queries import labels_by_key
from core.actions import RunHandle, record_event, working_on
from core.models import RunState
from llm_extract.actions.choices import PipelineChoice, frozen_choice
from llm_extract.actions.feeding import Feed, report_texts
from llm_extract.actions.pipelines import open_pipeline, scope_of
from llm_extract.findings import ReportFinding
from llm_extract.models import GoldSet, Trial, TrialStudy, TrialSuggestion
from llm_extract.pipeline import Reading
from llm_extract.queries.bench import finished_trials, trial_reports, trial_scores
from llm_extract.stages import ReportText

Progress = Callable[[int, int], None]


@transaction.atomic
def create_trial(
    *, gold_set: GoldSet, choice: PipelineChoice | None = None, limit: int | None = None, by: User | None
) -> Trial:
    """A queued trial of a pipeline on a gold set, or on ``limit`` of its studies by a fixed draw.

    Refuses what `frozen_choice` refuses.
    """
    trial = _unsaved(gold_set, choice, limit, by)
    trial.save()
    record_event(verb="trial.created", subject=trial, by=by, data={"gold_set": gold_set.pk, "version": trial.version})
    return trial


def finished_trial_like(*, gold_set: GoldSet, choice: PipelineChoice, limit: int | None = None) -> Trial | None:
    """The newest finished trial that asked the same of the same version: another would say the same."""
    version = _unsaved(gold_set, choice, limit, None).version
    same = finished_trials().filter(gold_set=gold_set, version=version, limit=limit, state=RunState.SUCCEEDED)
    return same.filter(studies__isnull=False).exclude(studies__fault__gt="").first()


def _unsaved(gold_set: GoldSet, choice: PipelineChoice | None, limit: int | None, by: User | None) -> Trial:
    trial = Trial(
        kind="extraction_trial",
        benchmark=gold_set.benchmark,
        taxonomy=gold_set.taxonomy,
        gold_set=gold_set,
        limit=limit,
        created_by=by,
        params={"attempt": 0},
    )
    frozen_choice(trial, choice or PipelineChoice())
    return trial


def run_trial(*, run_id: int, progress: Progress | None = None) -> None:
    """Works a queued trial: the reports of the gold set's studies are read, and what is suggested stays on the bench.

    Killed and run again it goes on where it stopped; answers that any run has are not asked for again.
    """
    with working_on(run_id) as handle:
        trial = Trial.objects.select_related("benchmark", "taxonomy", "gold_set").get(pk=run_id)
        work = _TrialWork(trial, handle, progress)
        handle.start(work.total, done=work.total - len(work.todo))
        with open_pipeline(trial, handle) as opened:
            Feed(handle, opened, work.store).run(work.reports())
        Trial.objects.filter(pk=run_id).update(scores=trial_scores(trial, scope_of(trial.taxonomy)))


class _TrialWork:
    """One trial at work."""

    def __init__(self, trial: Trial, handle: RunHandle, progress: Progress | None) -> None:
        self.trial, self.handle, self.progress = trial, handle, progress
        self.labels = labels_by_key(trial.taxonomy)
        drawn = trial_reports(trial)
        done = set(trial.studies.values_list("study_id", flat=True))
        self.total = len(drawn)
        self.todo = [(report, study) for report, study in drawn if study not in done]
        self.study_of = dict(self.todo)

    def reports(self) -> Iterator[ReportText]:
        """The reports to read."""
        return report_texts([report for report, _ in self.todo])

    def store(self, batch: Sequence[Reading]) -> None:
        """One batch as rows, all or nothing."""
        self._store(batch)
        if self.progress:
            self.progress(self.handle.done, self.total)

    @transaction.atomic
    def _store(self, batch: Sequence[Reading]) -> None:
        rows = TrialStudy.objects.bulk_create(
            TrialStudy(
                trial=self.trial,
                study_id=self.study_of[one.report.ref],
                fault=one.fault.value if one.fault else "",
                doubt=one.doubt,
                findings=[_plain(finding) for finding in one.findings],
                answers=list(one.answers),
            )
            for one in batch
        )
        TrialSuggestion.objects.bulk_create(
            TrialSuggestion(
                trial_study=row,
                label=self.labels[suggestion.label],
                status=suggestion.status.value,
                confidence=suggestion.confidence,
                agreement=suggestion.agreement,
                flags=[flag.value for flag in suggestion.flags],
                spans=[
                    edge
                    for index in suggestion.findings
                    for edge in (one.findings[index].start, one.findings[index].end)
                ],
                reason=suggestion.reason[:300],
            )
            for row, one in zip(rows, batch, strict=True)
            for suggestion in one.suggestions
        )
        failed = sum(one.fault is not None for one in batch)
        self.handle.advance(len(batch), reports=len(batch) - failed, failed=failed)


def _plain(finding: ReportFinding) -> dict[str, Any]:
    """A finding's own values; its evidence is the report's, found again by the span."""
    return {name: value for name, value in asdict(finding).items() if name != "evidence" and value is not None}
