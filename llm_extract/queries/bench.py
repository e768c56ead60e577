"""Reads of the bench: what a trial reads and said, how it scored, and what it took."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F, Func, QuerySet, Sum

from cases.models import Report, Study
from cases.visibility import hidden_studies
from llm_extract.findings import Status
from llm_extract.models import BarredVersion, GoldLabel, GoldSet, ModelAnswer, StressTrial, Trial, TrialStudy
from llm_extract.queries.money import Spend, currency_of, money_words
from llm_extract.queries.runs import spending
from llm_extract.rules.engine import engine_for
from llm_extract.stages import Scope
from llm_extract.trust.calibration import calibrate, quality
from llm_extract.trust.causes import explain
from llm_extract.trust.disagreements import disagreements
from llm_extract.trust.scoring import Comparison, Counting, Scores, compare, score

LENIENT = Counting(lenient=True)
Said = dict[int, dict[str, Status]]


def trial_reports(trial: Trial) -> list[tuple[int, int]]:
    """(report, study) of the gold set's studies that have a text; ``limit`` of them by a draw that is always the same.

    Studies of a sealed holdout take no part, whoever asks.
    """
    studies = GoldLabel.objects.filter(gold_set=trial.gold_set_id).values("study")
    texts = Report.objects.filter(study__in=studies, is_empty=False).exclude(
        study__in=Study.objects.filter(hidden_studies())
    )
    found = list(texts.order_by("pk").values_list("pk", "study_id"))
    if trial.limit is not None and trial.limit < len(found):
        found = sorted(random.Random(trial.gold_set_id).sample(found, trial.limit))  # noqa: S311 - a draw, no secret
    return found


def gold_statuses(gold_set: GoldSet, studies: Sequence[int] | None = None) -> Said:
    """Study id → label key → status of a gold set, or of some of its studies, in the order of their ids."""
    rows = GoldLabel.objects.filter(gold_set=gold_set).order_by("study_id", "pk")
    if studies is not None:
        rows = rows.filter(study__in=studies)
    gold: Said = {}
    for study_id, key, status in rows.values_list("study_id", "label__key", "status").iterator(chunk_size=5000):
        gold.setdefault(study_id, {})[key] = Status(status)
    return gold


def said_in_trial(trial: Trial) -> Said:
    """Study id → label key → status as the trial suggests; a study it read without a suggestion has an empty entry."""
    said: Said = {study: {} for study in trial.studies.filter(fault="").values_list("study_id", flat=True)}
    rows = TrialStudy.objects.filter(trial=trial, suggestions__isnull=False)
    for study_id, key, status in rows.values_list("study_id", "suggestions__label__key", "suggestions__status"):
        said[study_id][key] = Status(status)
    return said


def spans_in_trial(trial: Trial) -> dict[tuple[int, str], tuple[int, int]]:
    """(study id, label key) → the first stretch of the report that the suggestion rests on."""
    rows = TrialStudy.objects.filter(trial=trial, suggestions__spans__len__gt=0)
    values = rows.values_list("study_id", "suggestions__label__key", "suggestions__spans")
    return {(study_id, key): (spans[0], spans[1]) for study_id, key, spans in values}


def label_names(trial: Trial) -> dict[str, str]:
    """The taxonomy's labels in order, key → name."""
    return dict(trial.taxonomy.labels.order_by("position").values_list("key", "name"))


def trial_scores(trial: Trial, scope: Scope) -> dict[str, Any]:
    """All that is worked out once a trial is over, as plain values to be kept with it; never text of a report.

    `strict` and `lenient` figures, `differing` (see below), and `reliability` of confidence and doubt. A study that
    could not be read counts as unread.
    """
    said = said_in_trial(trial)
    gold = gold_statuses(trial.gold_set, list(trial.studies.values_list("study_id", flat=True)))
    keys = list(label_names(trial))
    return {
        "strict": asdict(score(gold, said, keys, Counting())),
        "lenient": asdict(score(gold, said, keys, LENIENT)),
        "differing": _differing(trial, scope, gold, said),
        "reliability": _reliability(trial, gold, said),
    }


def _differing(trial: Trial, scope: Scope, gold: Said, said: Said) -> list[list[Any]]:
    """Every judged label the trial has wrong: study, label, gold, said ("" for nothing), cause, and the sentence's edges.

    An uncertain suggestion counts as present, as it does for readers; an uncertain gold label is left out.
    """
    spans = spans_in_trial(trial)
    texts = dict(Report.objects.filter(study__in=list(said)).values_list("study_id", "text"))
    reader = engine_for(scope.body_part, scope.labels), scope.labels
    labels = {one.key: one for one in scope.labels}
    found: list[list[Any]] = []
    for one in disagreements(gold, {"": said}, list(labels), LENIENT):
        mine = one.said[""]
        text = texts[one.study][: settings.MAX_REPORT_CHARACTERS]
        why = explain(text, labels[one.label], one.gold, mine, reader, evidence=spans.get((one.study, one.label)))
        found.append([one.study, one.label, one.gold.value, mine or "", why.cause.value, why.start, why.end])
    return found


def _reliability(trial: Trial, gold: Said, said: Said) -> dict[str, Any]:
    """Whether stated confidence and doubt can be believed, over the suggestions the gold set judges."""
    rows = TrialStudy.objects.filter(trial=trial, suggestions__confidence__isnull=False).order_by("study_id")
    values = rows.values_list("study_id", "suggestions__label__key", "suggestions__status", "suggestions__confidence")
    stated: list[float] = []
    right: list[bool] = []
    studies: list[int] = []
    for study, key, status, confidence in values:
        truth = gold.get(study, {}).get(key)
        if confidence is not None and truth in {Status.PRESENT, Status.ABSENT}:
            stated.append(confidence)
            right.append((status != Status.ABSENT) == (truth is Status.PRESENT))
            studies.append(study)
    wrong_studies = {one.study for one in disagreements(gold, {"": said}, list(label_names(trial)), LENIENT)}
    doubts = trial.studies.filter(fault="", doubt__isnull=False).values_list("study_id", "doubt")
    doubted = {study: 1 - doubt for study, doubt in doubts if doubt is not None}
    of_doubt = quality(list(doubted.values()), [study not in wrong_studies for study in doubted])
    return {"confidence": asdict(calibrate(stated, right, studies)), "doubt": asdict(of_doubt)}


@dataclass(frozen=True)
class SideBySide:
    """Two trials over the studies both have read: the figures of each, and how they differ."""

    first: Scores
    second: Scores
    difference: Comparison
    lenient: tuple[Scores, Scores]


def compared(first: Trial, second: Trial) -> SideBySide:
    """Two trials on the same gold set, each scored over the studies both have read; strict unless named lenient."""
    one, other, keys = said_in_trial(first), said_in_trial(second), list(label_names(first))
    gold = gold_statuses(first.gold_set, list(one.keys() & other.keys()))
    return SideBySide(
        score(gold, one, keys, Counting()),
        score(gold, other, keys, Counting()),
        compare(gold, one, other, keys, Counting()),
        (score(gold, one, keys, LENIENT), score(gold, other, keys, LENIENT)),
    )


@dataclass(frozen=True)
class Taken:
    """What a trial took. `whole` is what all answers it rests on have cost, whichever run paid; None where unknown."""

    spend: Spend
    whole: Decimal | None
    reports: int
    model_seconds: float

    @property
    def per_thousand(self) -> Decimal | None:
        """Cost of a thousand reports at this rate, in the backend's currency."""
        return None if self.whole is None or not self.reports else self.whole / self.reports * 1000

    @property
    def per_thousand_words(self) -> str:
        """The same in words, such as "3.20 USD"; "nothing" where no model was asked."""
        if not self.spend.requests and not self.spend.reused:
            return "nothing"
        cost = self.per_thousand
        return "unknown" if cost is None else money_words(cost, self.spend.currency)


def taken_by(trial: Trial) -> Taken:
    """Money and time of a trial, answers of earlier runs it used again included."""
    used = trial.studies.annotate(one=Func(F("answers"), function="UNNEST")).values("one")
    answers = ModelAnswer.objects.filter(key__in=used)
    sums = answers.aggregate(whole=Sum("cost"), seconds=Sum("seconds", default=0.0))
    paid = spending(trial)
    reused = answers.exclude(run=trial.pk).count()
    unknown = answers.filter(cost__isnull=True).exists()
    spend = Spend(paid.requests, paid.tokens, paid.cost, paid.of_unknown_cost, currency_of(trial), reused)
    return Taken(spend, None if unknown else sums["whole"], trial.studies.count(), sums["seconds"])


def finished_trials() -> QuerySet[Trial]:
    """Trials that are over and have figures, newest first."""
    return Trial.objects.filter(scores__has_key="strict").order_by("-pk")


def standing_bars() -> QuerySet[BarredVersion]:
    """Versions no run may use now, newest first."""
    return BarredVersion.objects.filter(lifted_at__isnull=True).select_related("barred_by", "stress_trial")


def version_marks(versions: Sequence[str]) -> Mapping[str, str]:
    """For each version that is barred, or did not pass its newest stress trial, a sentence that says so."""
    trials = StressTrial.objects.filter(version__in=versions, results__has_key="passes").order_by("pk")
    newest = dict(trials.values_list("version", "results__passes"))
    marks = {
        version: "Does not change its labels as it should when a report is altered (stress trial)."
        for version, passes in newest.items()
        if passes is False
    }
    bars = standing_bars().filter(version__in=versions).values_list("version", "reason")
    return marks | {version: f"Barred from runs: {reason}" for version, reason in bars}
