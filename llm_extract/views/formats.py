"""A benchmark's findings and suggestions as the lines of an export, streamed: memory stays flat whatever the pool."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from benchmarks.models import Benchmark, Taxonomy
from benchmarks.queries import current_taxonomy
from cases.models import Study
from cases.visibility import hidden_studies
from core.adapters.tables import csv_lines
from llm_extract.actions.pipelines import scope_of
from llm_extract.findings import ReportFinding
from llm_extract.guards.guarding import heard
from llm_extract.models import SuggestionSet
from llm_extract.queries import suggestion_rows
from llm_extract.queries.courses import finding_of
from llm_extract.reporting import findings_jsonl, lunguage, radgraph
from llm_extract.reporting.places import Finder
from llm_extract.rules.vocabulary import vocabulary_for

CHUNK = 200


@dataclass(frozen=True)
class Read:
    """One study of an export: its report and what its newest extraction found in it."""

    site: str
    study_id: str
    text: str
    extractor: str
    findings: tuple[ReportFinding, ...]

    @property
    def key(self) -> str:
        """Site and study, which together name one study of the product."""
        return f"{self.site}/{self.study_id}"


@dataclass(frozen=True)
class Format:
    """One way to write a benchmark's findings. `lines` yields whole lines, ends included."""

    key: str
    title: str
    about: str
    suffix: str
    content_type: str
    lines: Callable[[Benchmark, bool], Iterator[str]]


def read_studies(benchmark: Benchmark, *, with_sealed: bool) -> Iterator[Read]:
    """The newest extraction of every study in the pool, by site and study; a sealed holdout only ``with_sealed``.

    Findings that rest on a sentence which speaks to a machine are left out, as such a sentence is no evidence.
    """
    for one in _sets(benchmark, with_sealed=with_sealed).iterator(chunk_size=CHUNK):
        extraction = one.extraction
        if extraction is None:
            continue
        text = extraction.report.text
        yield Read(
            one.study.site.code,
            one.study.study_id,
            text,
            f"{extraction.backend} {extraction.backend_version}",
            heard([finding_of(row, text) for row in extraction.findings.all()], text),
        )


def _sets(benchmark: Benchmark, *, with_sealed: bool) -> QuerySet[SuggestionSet]:
    taxonomy = current_taxonomy(benchmark)
    extracted = SuggestionSet.objects.filter(taxonomy=taxonomy, extraction__isnull=False)
    newest = extracted.filter(study=OuterRef("study")).order_by("-version").values("pk")[:1]
    sets = extracted.filter(pk=Subquery(newest), study__pool_entries__benchmark=benchmark)
    if not with_sealed:
        sets = sets.exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("study"))))
    return (
        sets.select_related("study__site", "extraction__report")
        .prefetch_related("extraction__findings")
        .order_by("study__site__code", "study__study_id")
    )


def _jsonl(benchmark: Benchmark, with_sealed: bool) -> Iterator[str]:
    finder = finder_for(current_taxonomy(benchmark))
    reports = (
        findings_jsonl.ReportFindings(
            one.study_id, one.extractor, finder.as_stated(one.text, one.findings), site=one.site
        )
        for one in read_studies(benchmark, with_sealed=with_sealed)
    )
    return (line + "\n" for line in findings_jsonl.write_lines(reports))


def finder_for(taxonomy: Taxonomy) -> Finder:
    """What finds the words of findings in reports of a benchmark."""
    scope = scope_of(taxonomy)
    return Finder.for_vocabulary(vocabulary_for(scope.body_part).with_labels(scope.labels))


def _radgraph(benchmark: Benchmark, with_sealed: bool) -> Iterator[str]:
    finder = finder_for(current_taxonomy(benchmark))
    for one in read_studies(benchmark, with_sealed=with_sealed):
        for line in radgraph.write_lines({one.key: radgraph.graph(one.text, one.findings, finder)}):
            yield line + "\n"


def _lunguage(benchmark: Benchmark, with_sealed: bool) -> Iterator[str]:
    finder = finder_for(current_taxonomy(benchmark))
    found = (
        row
        for one in read_studies(benchmark, with_sealed=with_sealed)
        for row in lunguage.rows(one.key, one.text, one.findings, finder)
    )
    return csv_lines(lunguage.HEADER, lunguage.table(found))


SUGGESTIONS_HEADER = ("study_id", "label", "status", "confidence", "evidence", "site")


def _suggestions(benchmark: Benchmark, with_sealed: bool) -> Iterator[str]:
    rows = (
        (study_id, label, status, confidence, evidence, site)
        for study_id, site, label, status, confidence, evidence in suggestion_rows(benchmark, with_sealed=with_sealed)
    )
    return csv_lines(SUGGESTIONS_HEADER, rows)


FORMATS = {
    one.key: one
    for one in (
        Format(
            "jsonl",
            "Findings, JSON lines",
            "Everything we know of each finding, with its span; one line per report, and it can be read back.",
            "findings.jsonl",
            "application/x-ndjson",
            _jsonl,
        ),
        Format(
            "radgraph",
            "RadGraph style, JSON lines",
            "Entities of twelve kinds and three relations over the report's tokens; one line per report.",
            "radgraph.jsonl",
            "application/x-ndjson",
            _radgraph,
        ),
        Format(
            "lunguage",
            "Lunguage style, CSV",
            "One row per relation of an entity, in the report's own words.",
            "lunguage.csv",
            "text/csv; charset=utf-8",
            _lunguage,
        ),
        Format(
            "suggestions",
            "Suggestions, CSV",
            "The newest suggested labels of every study; the file can be imported again.",
            "suggestions.csv",
            "text/csv; charset=utf-8",
            _suggestions,
        ),
    )
}
FINDING_FORMATS = ("jsonl", "radgraph", "lunguage")
