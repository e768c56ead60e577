"""Reads of what is suggested."""

from collections.abc import Iterable, Iterator

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery

from accounts.models import User
from benchmarks.models import Benchmark, Taxonomy
from benchmarks.queries import current_taxonomy
from cases.models import Study
from cases.visibility import hidden_studies
from llm_extract.models import Finding, Suggestion, SuggestionSet


def newest_sets(taxonomy: Taxonomy, studies: Iterable[int] | QuerySet[Study] | None = None) -> QuerySet[SuggestionSet]:
    """The newest suggestion set of every study (or of ``studies``) for a taxonomy."""
    newest = (
        SuggestionSet.objects.filter(study=OuterRef("study"), taxonomy=taxonomy).order_by("-version").values("pk")[:1]
    )
    sets = SuggestionSet.objects.filter(taxonomy=taxonomy, pk=Subquery(newest))
    return sets if studies is None else sets.filter(study__in=studies)


def newest_sets_of_pool(benchmark: Benchmark, taxonomy: Taxonomy | None = None) -> QuerySet[SuggestionSet]:
    """The newest set of every study in the benchmark's pool, with its suggestions at hand."""
    return (
        newest_sets(taxonomy or current_taxonomy(benchmark))
        .filter(study__pool_entries__benchmark=benchmark)
        .select_related("study__site")
        .prefetch_related("suggestions__label")
    )


def suggestion_rows(
    benchmark: Benchmark, *, with_sealed: bool = False
) -> Iterator[tuple[str, str, str, str, float | None, str]]:
    """``study_id, site, label, status, confidence, evidence`` of the newest sets; one empty label where none is suggested.

    A sealed holdout is left out unless ``with_sealed``, which is an admin's alone.
    """
    sets = newest_sets_of_pool(benchmark).order_by("study__site__code", "study__study_id")
    if not with_sealed:
        sets = sets.exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("study"))))
    for suggestion_set in sets.iterator(chunk_size=500):
        study = suggestion_set.study
        suggestions = list(suggestion_set.suggestions.all())
        if not suggestions:
            yield study.study_id, study.site.code, "", "", None, ""
        for one in suggestions:
            yield study.study_id, study.site.code, one.label.key, one.status, one.confidence, one.evidence


def suggestions_visible_to(user: User | AnonymousUser) -> QuerySet[Suggestion]:
    """All for admins; for curators without those of hidden studies; none for readers (their case page shows theirs)."""
    if not isinstance(user, User) or not user.is_curator:
        return Suggestion.objects.none()
    if user.is_admin:
        return Suggestion.objects.all()
    return Suggestion.objects.exclude(
        Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("suggestion_set__study")))
    )


def study_suggestion_sets(study: Study) -> QuerySet[SuggestionSet]:
    """All versions for a study, newest first, with their suggestions at hand."""
    return (
        study.suggestion_sets.select_related("taxonomy__benchmark", "run", "extraction")
        .prefetch_related(
            Prefetch("suggestions", Suggestion.objects.select_related("label").order_by("label__position"))
        )
        .order_by("-created_at", "-pk")
    )


def study_findings(suggestion_set: SuggestionSet) -> QuerySet[Finding]:
    """The findings a set's extraction made, in the order of the report; none for an imported set."""
    if suggestion_set.extraction_id is None:
        return Finding.objects.none()
    return Finding.objects.filter(extraction=suggestion_set.extraction_id).order_by("start", "position")
