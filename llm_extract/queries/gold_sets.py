"""Reads of gold sets: what is in them for a person, and whether one like it is there already."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from benchmarks.models import Benchmark
from cases.models import Report, Study
from llm_extract.gold_sources import GoldByStudy
from llm_extract.models import FindingStatus, GoldLabel, GoldSet, Trial


@dataclass(frozen=True)
class GoldCount:
    """How the studies of a gold set stand on one label."""

    name: str
    present: int
    absent: int
    uncertain: int

    @property
    def judged(self) -> int:
        """Studies judged for the label."""
        return self.present + self.absent + self.uncertain


@dataclass(frozen=True)
class GoldContents:
    """What a person may know of a gold set: its studies, how many of them have a report to read, and its labels."""

    n_studies: int
    n_readable: int
    labels: tuple[GoldCount, ...]


def gold_contents(gold_set: GoldSet, user: User) -> GoldContents:
    """Counts over the studies the person may see. Three queries."""
    rows = GoldLabel.objects.filter(gold_set=gold_set, study__in=Study.objects.visible_to(user))
    studies = rows.aggregate(
        n=Count("study", distinct=True),
        readable=Count(
            "study",
            distinct=True,
            filter=Q(Exists(Report.objects.filter(study=OuterRef("study"), is_empty=False))),
        ),
    )
    counted = {
        (label, status): n
        for label, status, n in rows.values_list("label", "status").annotate(n=Count("pk")).order_by()
    }
    labels = tuple(
        GoldCount(name, **{status: counted.get((pk, status), 0) for status in FindingStatus.values})
        for pk, name in gold_set.taxonomy.labels.order_by("position").values_list("pk", "name")
    )
    return GoldContents(studies["n"], studies["readable"], labels)


def gold_sets_with_counts(user: User) -> QuerySet[GoldSet]:
    """All gold sets, newest first, with the number of their studies the person may see and of their trials."""
    seen = Q(labels__study__in=Study.objects.visible_to(user))
    trials = Trial.objects.filter(gold_set=OuterRef("pk")).order_by().values("gold_set")
    return (
        GoldSet.objects.select_related("benchmark", "taxonomy", "created_by")
        .annotate(
            n_studies=Count("labels__study", distinct=True, filter=seen),
            n_trials=Coalesce(Subquery(trials.annotate(n=Count("pk")).values("n")), 0),
        )
        .order_by("-pk")
    )


def is_same_gold(gold_set: GoldSet, labels: GoldByStudy) -> bool:
    """Whether a gold set holds exactly these labels."""
    rows = GoldLabel.objects.filter(gold_set=gold_set).values_list("study_id", "label__key", "status")
    wanted = {(study, key, str(status)) for study, of_study in labels.items() for key, status in of_study.items()}
    return set(rows) == wanted


def gold_set_named(benchmark: Benchmark, name: str) -> GoldSet | None:
    """The benchmark's gold set of this name."""
    return GoldSet.objects.filter(benchmark=benchmark, name=name).select_related("benchmark", "taxonomy").first()
