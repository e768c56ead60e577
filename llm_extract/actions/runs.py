"""The only writers of extraction runs: made with their choices frozen, worked in batches, stopped before their caps."""

from array import array
from collections.abc import Callable, Iterator, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.models import Report, Study
from cases.visibility import hidden_studies
from core.actions import RunHandle, record_event, working_on
from core.adapters.table_statistics import MANY, refresh_statistics
from llm_extract.actions.choices import PipelineChoice, frozen_choice
from llm_extract.actions.feeding import Feed, failure_sentence, report_texts
from llm_extract.actions.pipelines import open_pipeline
from llm_extract.actions.storing import SetContent, store_findings, store_suggestions
from llm_extract.asking.protocol import Fault
from llm_extract.models import (
    Extraction,
    ExtractionRun,
    FailedReport,
    Finding,
    Stage,
    Suggestion,
    SuggestionSet,
    SuggestionSource,
)
from llm_extract.pipeline import Reading
from llm_extract.queries import failed_reports_of, reports_digest, reports_lacking_suggestions, reports_with_suggestions
from llm_extract.stages import ReportText

Progress = Callable[[int, int], None]


@transaction.atomic
def create_extraction_run(
    *,
    benchmark: Benchmark,
    choice: PipelineChoice | None = None,
    limit: int | None = None,
    by: User | None,
) -> ExtractionRun:
    """A queued run with its choices frozen. Refuses an unknown, untested or barred backend by name."""
    run = ExtractionRun(
        kind="extraction",
        benchmark=benchmark,
        taxonomy=current_taxonomy(benchmark),
        created_by=by,
        params={"limit": limit, "attempt": 0},
    )
    frozen_choice(run, choice or PipelineChoice())
    run.save()
    data = {"extractor": run.extractor, "mapper": run.mapper, "version": run.version}
    record_event(verb="extraction.created", subject=run, by=by, data=data)
    return run


def extract_labels(*, run_id: int, progress: Progress | None = None) -> None:
    """Works a queued run: every report of the pool that lacks suggestions gets findings and a suggestion set.

    Batches are transactions of their own; killed anywhere and run again, it goes on where it stopped and asks no model
    a second time for an answer it has. ``progress`` is told (done, total) after each batch. Raises
    RunNotClaimableError when the run is not queued, and fails with a sentence when its backend is hopeless.
    """
    with working_on(run_id) as handle:
        run = ExtractionRun.objects.select_related("benchmark", "taxonomy", "retry_of").get(pk=run_id)
        with open_pipeline(run, handle) as opened:
            work = _Work(run, handle, progress)
            work.start()
            Feed(handle, opened, work.store).run(work.reports())
            work.refresh_statistics()


class _Work:
    """One extraction run at work: which reports it reads, and how readings become rows."""

    def __init__(self, run: ExtractionRun, handle: RunHandle, progress: Progress | None) -> None:
        self.run, self.handle, self.progress = run, handle, progress
        self.labels = labels_by_key(run.taxonomy)
        self.refs = array("q")
        self._unseen, self._look_at = 0, MANY  # rows that PostgreSQL may not have counted yet, and when it shall

    def start(self) -> None:
        """Settles what there is to do, and writes down, once, which texts the run began with."""
        todo = self.todo()
        if not self.run.input_sha256:
            ExtractionRun.objects.filter(pk=self.run.pk).update(input_sha256=reports_digest(todo))
        limit = self.run.params.get("limit")
        # Eight bytes a report: asking again for every page would look at all that is done already, each time.
        self.refs = array("q", todo.values_list("pk", flat=True)[:limit].iterator(chunk_size=5000))
        self.handle.start(len(self.refs))

    def todo(self) -> QuerySet[Report]:
        """Reports of the pool that lack suggestions of this version; for a retry, the failed ones among them."""
        lacking = reports_lacking_suggestions(
            self.run.benchmark, self.run.taxonomy, backend=self.run.extractor, version=self.run.version
        )
        if self.run.retry_of is None:
            return lacking
        return lacking.filter(pk__in=failed_reports_of(self.run.retry_of, self.run.params.get("fault", "")))

    def reports(self) -> Iterator[ReportText]:
        """The reports to read."""
        return report_texts(self.refs)

    def store(self, batch: Sequence[Reading]) -> None:
        """One batch as rows, all or nothing; whoever watches is told once they are there."""
        self._store(batch)
        self._unseen += len(batch)
        if self._unseen >= self._look_at:
            self.refresh_statistics()
            self._look_at *= 8
        if self.progress:
            self.progress(self.handle.done, len(self.refs))

    def refresh_statistics(self) -> None:
        """Early on, rarely after, and at the end: PostgreSQL looks by itself too late for a run of some seconds."""
        refresh_statistics(self._unseen, Extraction, Finding, SuggestionSet, Suggestion)
        self._unseen = 0

    @transaction.atomic
    def _store(self, batch: Sequence[Reading]) -> None:
        """Rows of a batch; what another run has stored meanwhile is left as it is."""
        refs = [reading.report.ref for reading in batch]
        # The lock makes two runs on one pool wait for each other, study by study, never store the same one twice.
        list(Study.objects.filter(report__in=refs).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
        done = reports_with_suggestions(refs, self.run.taxonomy, backend=self.run.extractor, version=self.run.version)
        missing = Report.objects.filter(pk__in=set(refs) - done).defer("text", "created_at")
        lacking = {report.pk: report for report in missing}
        read = [(lacking[one.report.ref], one) for one in batch if not one.fault and one.report.ref in lacking]
        extractions = store_findings(read, run=self.run, backend=self.run.extractor, version=self.run.version)
        contents = [
            SetContent(report.study_id, one.suggestions, extractions[report.pk], one.doubt, one.flags)
            for report, one in read
        ]
        store_suggestions(
            taxonomy=self.run.taxonomy,
            labels=self.labels,
            contents=contents,
            source=SuggestionSource.EXTRACTION,
            run=self.run,
        )
        failed = [one for one in batch if one.fault]
        if self.run.uses_models:
            self._keep_failures(refs, failed)
        with_labels = sum(any(one.status != "absent" for one in reading.suggestions) for _, reading in read)
        self.handle.advance(
            len(batch),
            reports=len(read),
            findings=sum(len(reading.findings) for _, reading in read),
            with_findings=with_labels,
            normal=len(read) - with_labels,
            failed=len(failed),
        )

    def _keep_failures(self, refs: Sequence[int], failed: Sequence[Reading]) -> None:
        """Failures of these reports as they stand now: those read at last are gone from the list of every like run."""
        FailedReport.objects.filter(run__version=self.run.version, report__in=refs).delete()
        # Which studies are sealed is an admin's alone, and problems stand on a page that curators read.
        shown = Study.objects.exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("pk"))))
        reports = Report.objects.filter(pk__in=[one.report.ref for one in failed], study__in=shown)
        study_ids = dict(reports.values_list("pk", "study__study_id"))
        for one in failed:
            fault, stage = one.fault or Fault.EMPTY, Stage.MAP if one.failed_in_mapping else Stage.EXTRACT
            FailedReport.objects.create(
                run=self.run, report_id=one.report.ref, stage=stage, fault=fault.value, detail=one.detail[:300]
            )
            self.handle.problem(
                kind=fault.value,
                where=study_ids.get(one.report.ref, "a sealed study"),
                name=stage.value,
                message=failure_sentence(one),
            )
