"""The only writers of extraction runs, findings and suggestions."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from accounts.models import User
from benchmarks.models import Benchmark, Label, Taxonomy
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.actions.studies import Wanted, lock_sites, place_studies
from cases.contribution import StudyFacts
from cases.models import Report, Site, Study
from cases.queries import StudyName, studies_named
from core.actions import RunHandle, record_event, working_on
from core.errors import DomainError, NotAllowedError
from llm_extract.backends import UnknownBackendError, make_extractor, make_mapper
from llm_extract.findings import LabelDefinition, LabelSuggestion, ReportFinding
from llm_extract.models import Extraction, ExtractionRun, Finding, Suggestion, SuggestionSet, SuggestionSource
from llm_extract.queries import reports_lacking_suggestions
from llm_extract.stages import Extractor, Mapper, ReportText, Scope
from llm_extract.suggestion_rows import RefusedRow, SuggestionRow

BATCH = 200
Progress = Callable[[int, int], None]


class ExtractionRefusedError(DomainError):
    """The run cannot be made as asked."""


def scope_of(taxonomy: Taxonomy) -> Scope:
    """What the backends need to know of a benchmark: its body part and its labels as plain data."""
    return Scope(
        body_part=taxonomy.benchmark.body_part,
        labels=tuple(
            LabelDefinition(label.key, label.name, label.definition, tuple(label.synonyms), label.exclusive)
            for label in labels_by_key(taxonomy).values()
        ),
    )


@transaction.atomic
def create_extraction_run(
    *,
    benchmark: Benchmark,
    extractor: str = "rules",
    mapper: str = "vocabulary",
    limit: int | None = None,
    by: User | None,
) -> ExtractionRun:
    """A queued run with its choices frozen. Refuses an unknown backend by name."""
    taxonomy = current_taxonomy(benchmark)
    scope = scope_of(taxonomy)
    try:
        first, second = make_extractor(extractor, scope), make_mapper(mapper, scope)
    except UnknownBackendError as error:
        raise ExtractionRefusedError(str(error)) from error
    run = ExtractionRun.objects.create(
        kind="extraction",
        benchmark=benchmark,
        taxonomy=taxonomy,
        extractor=extractor,
        mapper=mapper,
        created_by=by,
        params={
            "limit": limit,
            "extractor_version": first.version,
            "mapper_version": second.version,
        },
    )
    record_event(verb="extraction.created", subject=run, by=by, data={"extractor": extractor, "mapper": mapper})
    return run


def extract_labels(*, run_id: int, progress: Progress | None = None) -> None:
    """Works a queued run: every report of the pool that lacks suggestions gets findings and a suggestion set.

    Batches of 200, each one transaction; killed anywhere and run again, it goes on where it stopped. ``progress`` is
    told (done, total) after each batch. Raises RunNotClaimableError when the run is not queued.
    """
    with working_on(run_id) as handle:
        run = ExtractionRun.objects.select_related("benchmark", "taxonomy").get(pk=run_id)
        worker = _Worker(run, handle)
        todo = worker.todo()
        limit = run.params.get("limit")
        total = min(todo.count(), limit) if limit else todo.count()
        handle.start(total)
        last = 0
        while handle.done < total:
            # Keyset paging: memory stays flat, and a report that fails is not met again in this run.
            batch = list(todo.filter(pk__gt=last).values_list("pk", flat=True)[: min(BATCH, total - handle.done)])
            if not batch:
                break
            last = batch[-1]
            worker.work(batch)
            if progress:
                progress(handle.done, total)


class _Worker:
    """One run at work: its backends, its labels, and how a batch becomes rows."""

    def __init__(self, run: ExtractionRun, handle: RunHandle) -> None:
        self.run = run
        self.handle = handle
        scope = scope_of(run.taxonomy)
        self.extractor: Extractor = make_extractor(run.extractor, scope)
        self.mapper: Mapper = make_mapper(run.mapper, scope)
        self.labels = labels_by_key(run.taxonomy)
        # One version for both stages: a change of either makes new suggestions.
        self.version = f"{self.extractor.version}+{self.mapper.name}-{self.mapper.version}"

    def todo(self) -> QuerySet[Report]:
        """Reports of the pool that lack suggestions of this version."""
        return reports_lacking_suggestions(
            self.run.benchmark, self.run.taxonomy, backend=self.extractor.name, version=self.version
        )

    @transaction.atomic
    def work(self, batch: Sequence[int]) -> None:
        """Extracts the reports of a batch that still lack suggestions, and stores what was found."""
        # The lock makes two runs on one pool wait for each other, report by report, never do the same one twice.
        list(Study.objects.filter(report__in=batch).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
        reports = list(self.todo().filter(pk__in=batch).defer("created_at"))
        found = self._read(reports)
        extractions = self._store_findings(found)
        store_suggestions(
            taxonomy=self.run.taxonomy,
            labels=self.labels,
            contents=[
                SetContent(report.study_id, tuple(suggestions), extractions[report.pk])
                for report, _, suggestions in found
            ],
            source=SuggestionSource.EXTRACTION,
            run=self.run,
        )
        with_labels = sum(any(one.status != "absent" for one in suggestions) for _, _, suggestions in found)
        self.handle.advance(
            len(batch),
            reports=len(found),
            findings=sum(len(findings) for _, findings, _ in found),
            with_findings=with_labels,
            normal=len(found) - with_labels,
        )

    def _read(
        self, reports: Sequence[Report]
    ) -> list[tuple[Report, tuple[ReportFinding, ...], tuple[LabelSuggestion, ...]]]:
        texts = (ReportText(report.pk, report.text[: settings.MAX_REPORT_CHARACTERS]) for report in reports)
        mapped = {one.extracted.report.ref: one for one in self.mapper.map(self.extractor.extract(texts))}
        return [(report, mapped[report.pk].extracted.findings, mapped[report.pk].readings[0]) for report in reports]

    def _cache_key(self, report: Report) -> str:
        return hashlib.sha256(f"{report.sha256}|{self.extractor.name}|{self.version}".encode()).hexdigest()

    def _store_findings(
        self, found: Sequence[tuple[Report, Sequence[ReportFinding], Sequence[LabelSuggestion]]]
    ) -> dict[int, tuple[Extraction, list[Finding]]]:
        """Extractions and their findings by report; one that is stored already (another taxonomy's) is used again."""
        keys = {report.pk: self._cache_key(report) for report, _, _ in found}
        Extraction.objects.bulk_create(
            [
                Extraction(
                    report=report,
                    run=self.run,
                    cache_key=keys[report.pk],
                    backend=self.extractor.name,
                    backend_version=self.version,
                )
                for report, _, _ in found
            ],
            ignore_conflicts=True,
        )
        rows = Extraction.objects.filter(report__in=keys, cache_key__in=keys.values()).prefetch_related("findings")
        extractions = {row.report_id: row for row in rows if keys[row.report_id] == row.cache_key}
        fresh = [
            _finding_row(extractions[report.pk], place, finding)
            for report, findings, _ in found
            if not extractions[report.pk].findings.all()
            for place, finding in enumerate(findings)
        ]
        Finding.objects.bulk_create(fresh)
        by_extraction: dict[int, list[Finding]] = {row.pk: list(row.findings.all()) for row in extractions.values()}
        for row in fresh:
            by_extraction[row.extraction_id].append(row)
        return {report_id: (row, by_extraction[row.pk]) for report_id, row in extractions.items()}


def _finding_row(extraction: Extraction, place: int, finding: ReportFinding) -> Finding:
    return Finding(
        extraction=extraction,
        position=place,
        observation=finding.observation[:120],
        name=finding.name[:200],
        status=finding.status.value,
        certainty=(finding.certainty_words or "")[:120],
        location=(finding.location or "")[:120],
        laterality=finding.laterality.value if finding.laterality else "",
        severity=finding.severity.value if finding.severity else "",
        change=finding.change.value if finding.change else "",
        temporality=finding.temporality.value,
        section=finding.section[:40],
        start=finding.start,
        end=finding.end,
        is_device=finding.is_device,
    )


@dataclass(frozen=True)
class SetContent:
    """What is suggested for one study, and the extraction it comes from."""

    study_id: int
    suggestions: tuple[LabelSuggestion, ...]
    extraction: tuple[Extraction, list[Finding]] | None = None

    @property
    def sha256(self) -> str:
        """Of labels, statuses, confidences and evidence: equal digests are equal content."""
        content = sorted((s.label, s.status.value, s.confidence or -1, s.evidence) for s in self.suggestions)
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@transaction.atomic
def store_suggestions(
    *,
    taxonomy: Taxonomy,
    labels: dict[str, Label],
    contents: Iterable[SetContent],
    source: SuggestionSource,
    run: ExtractionRun | None,
) -> int:
    """Stores one new set per study and returns how many.

    An imported set equal to the study's newest is not stored again. An extraction always makes a set, so that the
    backend's version is on record. Versions count up per study and taxonomy; older sets stay as they are.
    """
    contents = list(contents)
    sets_before = SuggestionSet.objects.filter(taxonomy=taxonomy, study__in=[one.study_id for one in contents])
    versions: dict[int, int] = dict(sets_before.values_list("study").annotate(Max("version")))
    newest = {row.study_id: row.content_sha256 for row in sets_before.order_by("version")}
    if source == SuggestionSource.IMPORT:
        contents = [one for one in contents if newest.get(one.study_id) != one.sha256]
    sets = SuggestionSet.objects.bulk_create(
        SuggestionSet(
            study_id=one.study_id,
            taxonomy=taxonomy,
            version=versions.get(one.study_id, 0) + 1,
            source=source,
            run=run,
            extraction=one.extraction[0] if one.extraction else None,
            content_sha256=one.sha256,
        )
        for one in contents
    )
    pairs = [
        (_suggestion_row(suggestion_set, labels, suggestion, one), suggestion, one)
        for suggestion_set, one in zip(sets, contents, strict=True)
        for suggestion in one.suggestions
    ]
    Suggestion.objects.bulk_create(row for row, _, _ in pairs)
    through = Suggestion.findings.through
    through.objects.bulk_create(
        through(suggestion_id=row.pk, finding_id=one.extraction[1][index].pk)
        for row, suggestion, one in pairs
        if one.extraction
        for index in suggestion.findings
    )
    return len(sets)


@transaction.atomic
def note_sealed_export(*, benchmark: Benchmark, by: User | None) -> None:
    """Writes down that suggestions are exported with those of a sealed holdout. Refuses anyone but an active admin."""
    if by is None or not by.is_admin or not by.is_active:
        raise NotAllowedError("Suggestions of a sealed holdout are an admin's alone; name an active admin.")
    record_event(verb="suggestions.exported_sealed", subject=benchmark, by=by)


@dataclass(frozen=True)
class ImportedSuggestions:
    """What an import of suggestions did: studies with a new set, studies that had the same, rows refused."""

    imported: int
    unchanged: int
    new_studies: int
    refused: tuple[RefusedRow, ...]


def import_suggestions(
    *, benchmark: Benchmark, rows: Iterable[SuggestionRow], site: Site | None = None, by: User | None
) -> ImportedSuggestions:
    """Stores one set per study from another tool's rows; a study's rows are taken together, in batches of 200 studies.

    With ``site``, studies it does not know are made (``patient_id`` names their patient); without, a row whose study is
    not in the pool, or at several sites, is refused by name. A set equal to the newest is not stored again.
    """
    by_study: dict[tuple[str, str], list[SuggestionRow]] = {}
    for row in rows:
        by_study.setdefault((row.site, row.study_id), []).append(row)
    taxonomy = current_taxonomy(benchmark)
    labels = labels_by_key(taxonomy)
    refused: list[RefusedRow] = []
    stored = seen = new_studies = 0
    groups = [group for group in by_study.values() if _is_sound(group, refused)]
    for start in range(0, len(groups), BATCH):
        batch = groups[start : start + BATCH]
        with transaction.atomic():
            studies, made = _studies_of(batch, benchmark, site, refused)
            contents = [
                SetContent(studies[group[0].line].pk, tuple(row.suggestion for row in group if row.suggestion))
                for group in batch
                if group[0].line in studies
            ]
            seen += len(contents)
            new_studies += made
            stored += store_suggestions(
                taxonomy=taxonomy, labels=labels, contents=contents, source=SuggestionSource.IMPORT, run=None
            )
    record_event(
        verb="suggestions.imported",
        subject=benchmark,
        by=by,
        data={"imported": stored, "unchanged": seen - stored, "new_studies": new_studies, "refused": len(refused)},
    )
    return ImportedSuggestions(stored, seen - stored, new_studies, tuple(sorted(refused, key=lambda row: row.line)))


def _is_sound(group: Sequence[SuggestionRow], refused: list[RefusedRow]) -> bool:
    """Whether a study's rows fit each other; the first that does not refuses the whole study."""
    seen: set[str] = set()
    for row in group:
        label = row.suggestion.label if row.suggestion else ""
        if label in seen or ("" in seen and label) or (not label and seen):
            message = f"study {row.study_id!r} has contradicting rows for {label or 'nothing suggested'!r}; keep one."
            refused.append(RefusedRow(row.line, "label", label, message))
            return False
        seen.add(label)
    return True


def _studies_of(
    batch: Sequence[Sequence[SuggestionRow]], benchmark: Benchmark, site: Site | None, refused: list[RefusedRow]
) -> tuple[dict[int, Study], int]:
    """The study of each group by the line of its first row, and how many were made."""
    heads = [group[0] for group in batch]
    if site is not None:
        lock_sites([site])
        wanted = [
            Wanted(head.study_id, (), StudyFacts(patient_id=head.patient_id), remark=lambda *_: None) for head in heads
        ]
        placed = place_studies(site, benchmark, wanted)
        made = sum(one.is_new for one in placed)
        return {head.line: one.study for head, one in zip(heads, placed, strict=True)}, made
    found = studies_named(benchmark, [StudyName(head.line, head.study_id, head.site) for head in heads])
    for line, problem in found.problems.items():
        name = next(head.study_id for head in heads if head.line == line)
        refused.append(RefusedRow(line, "study_id", name, problem))
    return found.studies, 0


def _suggestion_row(
    suggestion_set: SuggestionSet, labels: dict[str, Label], suggestion: LabelSuggestion, content: SetContent
) -> Suggestion:
    findings = content.extraction[1] if content.extraction else []
    spans = sorted({(findings[index].start, findings[index].end) for index in suggestion.findings}) if findings else []
    return Suggestion(
        suggestion_set=suggestion_set,
        label=labels[suggestion.label],
        status=suggestion.status.value,
        confidence=suggestion.confidence,
        evidence=suggestion.evidence,
        spans=[edge for span in spans for edge in span],
        reason=suggestion.reason[:300],
    )
