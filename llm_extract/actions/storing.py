"""Findings and suggestions become rows: versioned, append-only, the same content never twice in a row."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max

from benchmarks.models import Label, Taxonomy
from cases.models import Report
from core.adapters.copying import copy_in, copy_values
from llm_extract.findings import Flag, LabelSuggestion, ReportFinding
from llm_extract.models import Extraction, ExtractionRun, Finding, Suggestion, SuggestionSet, SuggestionSource
from llm_extract.pipeline import Reading

_FINDING = (
    "extraction_id", "position", "observation", "name", "status", "certainty", "location", "laterality", "severity", "change",
    "temporality", "section", "start", "end", "is_device", "size", "grounding",
)  # fmt: skip
_SUGGESTION = (
    "suggestion_set_id", "label_id", "status", "confidence", "evidence", "spans", "reason", "agreement", "second_opinion",
    "flags",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredExtraction:
    """An extraction that is stored: its key, and the key, start and end of each of its findings in order."""

    pk: int
    findings: list[tuple[int, int, int]]


@dataclass(frozen=True)
class SetContent:
    """What is suggested for one study, and the extraction it comes from."""

    study_id: int
    suggestions: tuple[LabelSuggestion, ...]
    extraction: StoredExtraction | None = None
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
            extraction_id=one.extraction.pk if one.extraction else None,
            content_sha256=one.sha256,
            doubt=one.doubt,
            flags=[flag.value for flag in one.flags],
        )
        for one in contents
    ]
    copy_in(sets)
    pairs = [
        (suggestion, one, suggestion_set.pk)
        for suggestion_set, one in zip(sets, contents, strict=True)
        for suggestion in one.suggestions
    ]
    keys = copy_values(
        Suggestion,
        _SUGGESTION,
        [_suggestion_values(set_id, labels[suggestion.label].pk, suggestion, one) for suggestion, one, set_id in pairs],
    )
    copy_values(
        Suggestion.findings.through,
        ("suggestion_id", "finding_id"),
        [
            (key, one.extraction.findings[index][0])
            for key, (suggestion, one, _) in zip(keys, pairs, strict=True)
            if one.extraction
            for index in suggestion.findings
        ],
    )
    return len(sets)


def _suggestion_values(set_id: int, label_id: int, suggestion: LabelSuggestion, content: SetContent) -> tuple[Any, ...]:
    """One suggestion as values of `_SUGGESTION`."""
    findings = content.extraction.findings if content.extraction else []
    spans = sorted({findings[index][1:] for index in suggestion.findings}) if findings else []
    return (
        set_id,
        label_id,
        suggestion.status.value,
        suggestion.confidence,
        suggestion.evidence,
        [edge for span in spans for edge in span],
        suggestion.reason[:300],
        suggestion.agreement,
        suggestion.second_opinion,
        [flag.value for flag in suggestion.flags],
    )


def store_findings(
    readings: Sequence[tuple[Report, Reading]], *, run: ExtractionRun, backend: str, version: str
) -> dict[int, StoredExtraction]:
    """Extractions and their findings by report; one stored already (for another taxonomy) is used again.

    The caller holds a lock on the reports' studies, so nobody else stores them at the same time.
    """
    keys = {report.pk: extraction_key(report, backend, version) for report, _ in readings}
    rows = Extraction.objects.filter(report__in=keys, cache_key__in=keys.values())
    known = {pk: report for pk, report, key in rows.values_list("pk", "report", "cache_key") if keys[report] == key}
    stored = {report: StoredExtraction(pk, []) for pk, report in known.items()}
    findings = Finding.objects.filter(extraction__in=known).order_by("extraction", "position") if known else ()
    for finding in findings:
        stored[known[finding.extraction_id]].findings.append((finding.pk, finding.start, finding.end))
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
    pairs = [
        (extraction, place, finding)
        for extraction, (_, reading) in zip(extractions, fresh, strict=True)
        for place, finding in enumerate(reading.findings)
    ]
    found = copy_values(
        Finding, _FINDING, [_finding_values(extraction.pk, place, one) for extraction, place, one in pairs]
    )
    stored.update({extraction.report_id: StoredExtraction(extraction.pk, []) for extraction in extractions})
    for pk, (extraction, _, one) in zip(found, pairs, strict=True):
        stored[extraction.report_id].findings.append((pk, one.start, one.end))
    return stored


def extraction_key(report: Report, backend: str, version: str) -> str:
    """Cache key of what a version of a backend finds in a text."""
    return hashlib.sha256(f"{report.sha256}|{backend}|{version}".encode()).hexdigest()


def _finding_values(extraction_id: int, place: int, finding: ReportFinding) -> tuple[Any, ...]:
    """One finding as values of `_FINDING`."""
    return (
        extraction_id,
        place,
        finding.observation[:120],
        finding.name[:200],
        finding.status.value,
        (finding.certainty_words or "")[:120],
        (finding.location or "")[:120],
        finding.laterality.value if finding.laterality else "",
        finding.severity.value if finding.severity else "",
        finding.change.value if finding.change else "",
        finding.temporality.value,
        finding.section[:40],
        finding.start,
        finding.end,
        finding.is_device,
        (finding.size or "")[:60],
        finding.grounding.value,
    )
