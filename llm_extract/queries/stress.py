"""Reads of stress trials: the altered reports of one, made anew from its seed, since no text of them is kept."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from cases.models import Report, Study
from cases.visibility import hidden_studies
from llm_extract.models import StressTrial
from llm_extract.rules.engine import engine_for
from llm_extract.stages import Scope
from llm_extract.trust.stress import EXPECTED, Kind, StressSet, Variant

# A stress set looks at so many reports for each variant it needs, at most.
REPORTS_PER_VARIANT = 20
PAGE = 200


def stress_variants(trial: StressTrial, scope: Scope) -> tuple[dict[int, str], list[Variant]]:
    """The stress set of a trial: texts of the reports used, by id, and their altered versions; always the same.

    Sealed studies take no part. Reports are drawn by the trial's seed until there are ``limit`` variants, spread over
    the kinds as they come.
    """
    makes = _maker(trial, scope)
    pool = Report.objects.filter(study__pool_entries__benchmark=trial.benchmark, is_empty=False).exclude(
        study__in=Study.objects.filter(hidden_studies())
    )
    keys = list(pool.order_by("pk").values_list("pk", flat=True))
    random.Random(trial.seed).shuffle(keys)  # noqa: S311 - a draw, no secret
    originals: dict[int, str] = {}
    variants: list[Variant] = []
    for start in range(0, min(len(keys), trial.limit * REPORTS_PER_VARIANT), PAGE):
        texts = dict(pool.filter(pk__in=keys[start : start + PAGE]).values_list("pk", "text"))
        for pk in keys[start : start + PAGE]:
            made = makes.variants(pk, texts[pk])
            if made:
                originals[pk] = texts[pk]
                variants += made
            if len(variants) >= trial.limit:
                return originals, variants[: trial.limit]
    return originals, variants


def _maker(trial: StressTrial, scope: Scope) -> StressSet:
    return StressSet(engine_for(scope.body_part, scope.labels), scope.labels, trial.seed)


@dataclass(frozen=True)
class WrongAnswer:
    """An altered report after which a label did not change as it had to."""

    study: Study
    label: str
    kind: str
    original: str
    altered: str
    expected: str
    said: str


def wrong_rows(trial: StressTrial, user: User, *, kind: str = "") -> list[dict[str, Any]]:
    """The wrong answers kept with a trial (report, label, kind, after), of the studies the person may see."""
    rows: list[dict[str, Any]] = [one for one in trial.results.get("wrong", []) if kind in {"", one["kind"]}]
    visible = Report.objects.filter(
        pk__in={one["report"] for one in rows}, study__in=Study.objects.visible_to(user)
    ).values_list("pk", flat=True)
    seen = set(visible)
    return [one for one in rows if one["report"] in seen]


def wrong_answers(trial: StressTrial, scope: Scope, rows: Sequence[dict[str, Any]]) -> list[WrongAnswer]:
    """The rows with their sentences, written and altered, made anew from the seed. One query.

    Both sentences are empty where an older version of the product altered the report in a way this one does not.
    """
    makes = _maker(trial, scope)
    names = {label.key: label.name for label in scope.labels}
    reports = Report.objects.select_related("study__site").in_bulk({one["report"] for one in rows})
    found = []
    for one in rows:
        report = reports[one["report"]]
        made = makes.variants(report.pk, report.text)
        variant = next((it for it in made if (it.label, it.kind) == (one["label"], one["kind"])), None)
        found.append(
            WrongAnswer(
                report.study,
                names[one["label"]],
                one["kind"],
                " … ".join(variant.sentences) if variant else "",
                " … ".join(filter(None, variant.rewritten)) if variant else "",
                expected_words(Kind(one["kind"])),
                one["after"] or "not suggested",
            )
        )
    return found


def expected_words(kind: Kind) -> str:
    """What a label may be after a change of this kind, in words."""
    return " or ".join(sorted("not suggested" if one is None else one.value for one in EXPECTED[kind]))
