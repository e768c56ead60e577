"""What a run found, as figures: labels that come together, and reasons for doubt per label."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from cases.models import Study
from cases.visibility import hidden_studies
from llm_extract.findings import Flag
from llm_extract.models import ExtractionRun, Suggestion

STANDING = ("present", "uncertain")
FLAG_WORDS = {
    Flag.CONTRADICTED: "its own sentence says otherwise",
    Flag.UNSUPPORTED: "no sentence speaks of it",
    Flag.RULES_DISAGREE: "the rules engine disagrees",
    Flag.SAMPLES_DISAGREE: "asked again, the model said otherwise",
    Flag.SECTIONS_DISAGREE: "findings and impression contradict each other",
    Flag.INSTRUCTED: "the text it rests on speaks to a machine",
}


REPORT_WORDS = {
    Flag.INSTRUCTED: "Part of this report speaks to a machine, or looks as if it did. Those sentences counted as no evidence: "
    "read the report yourself.",
    Flag.SECTIONS_DISAGREE: "Its findings and its impression contradict each other.",
}


def report_words(flags: Sequence[str]) -> str:
    """What is to be said of a report as a whole, in sentences; empty where there is nothing."""
    return " ".join(REPORT_WORDS[Flag(flag)] for flag in flags if flag in set(Flag) and Flag(flag) in REPORT_WORDS)


def flag_words(flags: Sequence[str]) -> list[str]:
    """Flags in words; one that is not known stands as it is."""
    return [FLAG_WORDS[Flag(flag)] if flag in set(Flag) else flag.replace("_", " ") for flag in flags]


@dataclass(frozen=True)
class Together:
    """How often labels come together: `counts[a][b]` studies have both; on the diagonal, the label itself."""

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def _suggestions_of(run: ExtractionRun, *, with_sealed: bool) -> QuerySet[Suggestion]:
    """A run's suggestions; those of a sealed holdout are an admin's alone, in sums too."""
    found = Suggestion.objects.filter(suggestion_set__run=run)
    if with_sealed:
        return found
    return found.exclude(suggestion_set__study__in=Study.objects.filter(hidden_studies()))


def labels_together(run: ExtractionRun, *, with_sealed: bool = False) -> Together:
    """Of a run's suggestions that stand (present or uncertain); labels that are nowhere are left out."""
    pairs = (
        _suggestions_of(run, with_sealed=with_sealed)
        .filter(status__in=STANDING)
        .filter(suggestion_set__suggestions__status__in=STANDING)
        .annotate(other=F("suggestion_set__suggestions__label"))
        .order_by()
        .values_list("label", "other")
        .annotate(n=Count("pk"))
    )
    counted = {(first, second): n for first, second, n in pairs}
    labels = [label for label in run.taxonomy.labels.order_by("position") if (label.pk, label.pk) in counted]
    return Together(
        tuple(label.name for label in labels),
        tuple(tuple(counted.get((a.pk, b.pk), 0) for b in labels) for a in labels),
    )


@dataclass(frozen=True)
class Doubts:
    """One label: its suggestions, how many of them the rules engine judged too, and how many carry each flag."""

    name: str
    suggestions: int
    second_opinions: int
    flags: tuple[int, ...]


def doubts_by_label(run: ExtractionRun, *, with_sealed: bool = False) -> tuple[tuple[Flag, ...], list[Doubts]]:
    """The flags that a run's suggestions carry, and per label how many carry each; no rows where nothing is in doubt."""
    counted = (
        _suggestions_of(run, with_sealed=with_sealed)
        .order_by()
        .values("label")
        .annotate(
            n=Count("pk"),
            n_second=Count("pk", filter=~Q(second_opinion="")),
            **{f"n_{flag.value}": Count("pk", filter=Q(flags__contains=[flag.value])) for flag in Flag},
        )
    )
    rows: dict[int, dict[str, Any]] = {row["label"]: {**row} for row in counted}
    flags = tuple(flag for flag in Flag if any(row[f"n_{flag.value}"] for row in rows.values()))
    if not flags and not any(row["n_second"] for row in rows.values()):
        return (), []
    return flags, [
        Doubts(label.name, row["n"], row["n_second"], tuple(row[f"n_{flag.value}"] for flag in flags))
        for label in run.taxonomy.labels.order_by("position")
        if (row := rows.get(label.pk))
    ]
