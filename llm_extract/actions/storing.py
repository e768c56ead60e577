"""Findings and suggestions become rows: versioned, append-only, the same content never twice in a row."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from benchmarks.models import Label, Taxonomy
from cases.models import Report
from core.adapters.copying import copy_in
from llm_extract.findings import Flag, LabelSuggestion, ReportFinding
from llm_extract.models import Extraction, ExtractionRun, Finding, Suggestion, SuggestionSet, SuggestionSource
from llm_extract.pipeline import Reading


@dataclass(frozen=True)
class SetContent:
    """What is suggested for one study, and the extraction it comes from."""

    study_id: int
    suggestions: tuple[LabelSuggestion, ...]
    extraction: tuple[Extraction, list[Finding]] | None = None
    doubt: float | None = None
    flags: tuple[Flag, ...] = ()

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
    if source == SuggestionSource.IMPORT:
        newest = dict(sets_before.order_by("version").values_list("study_id", "content_sha256"))
        contents = [one for one in contents if newest.get(one.study_id) != one.sha256]
    sets = [
        SuggestionSet(
            study_id=one.study_id,
            taxonomy_id=taxonomy.pk,
            version=versions.get(one.study_id, 0) + 1,
            source=source,
            run_id=run.pk if run else None,
            extraction_id=one.extraction[0].pk if one.extraction else None,
            content_sha256=one.sha256,
            doubt=one.doubt,
            flags=[flag.value for flag in one.flags],
        )
        for one in contents
    ]
    copy_in(sets)
    pairs = [
        (_suggestion_row(suggestion_set, labels, suggestion, one), suggestion, one)
        for suggestion_set, one in zip(sets, contents, strict=True)
        for suggestion in one.suggestions
    ]
    copy_in([row for row, _, _ in pairs])
    through = Suggestion.findings.through
    copy_in(
        [
            through(suggestion_id=row.pk, finding_id=one.extraction[1][index].pk)
            for row, suggestion, one in pairs
            if one.extraction
            for index in suggestion.findings
        ]
    )
    return len(sets)


def _suggestion_row(
    suggestion_set: SuggestionSet, labels: dict[str, Label], suggestion: LabelSuggestion, content: SetContent
) -> Suggestion:
    findings = content.extraction[1] if content.extraction else []
    spans = sorted({(findings[index].start, findings[index].end) for index in suggestion.findings}) if findings else []
    return Suggestion(
        suggestion_set_id=suggestion_set.pk,
        label_id=labels[suggestion.label].pk,
        status=suggestion.status.value,
        confidence=suggestion.confidence,
        evidence=suggestion.evidence,
        spans=[edge for span in spans for edge in span],
        reason=suggestion.reason[:300],
        agreement=suggestion.agreement,
        second_opinion=suggestion.second_opinion,
        flags=[flag.value for flag in suggestion.flags],
    )


def store_findings(
    readings: Sequence[tuple[Report, Reading]], *, run: ExtractionRun, backend: str, version: str
) -> dict[int, tuple[Extraction, list[Finding]]]:
    """Extractions and their findings by report; one stored already (for another taxonomy) is used again.

    The caller holds a lock on the reports' studies, so nobody else stores them at the same time.
    """
    keys = {report.pk: extraction_key(report, backend, version) for report, _ in readings}
    rows = Extraction.objects.filter(report__in=keys, cache_key__in=keys.values()).prefetch_related("findings")
    stored = {row.report_id: (row, list(row.findings.all())) for row in rows if keys[row.report_id] == row.cache_key}
    fresh = [(report, reading) for report, reading in readings if report.pk not in stored]
    extractions = [
        Extraction(
            report_id=report.pk,
            run_id=run.pk,
            cache_key=keys[report.pk],
            backend=backend,
            backend_version=version,
            answers=list(reading.answers),
        )
        for report, reading in fresh
    ]
    copy_in(extractions)
    for extraction, (report, reading) in zip(extractions, fresh, strict=True):
        found = [_finding_row(extraction.pk, place, finding) for place, finding in enumerate(reading.findings)]
        stored[report.pk] = (extraction, found)
    copy_in([row for extraction in extractions for row in stored[extraction.report_id][1]])
    return stored


def extraction_key(report: Report, backend: str, version: str) -> str:
    """Cache key of what a version of a backend finds in a text."""
    return hashlib.sha256(f"{report.sha256}|{backend}|{version}".encode()).hexdigest()


def _finding_row(extraction_id: int, place: int, finding: ReportFinding) -> Finding:
    return Finding(
        extraction_id=extraction_id,
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
        size=(finding.size or "")[:60],
        grounding=finding.grounding.value,
    )
