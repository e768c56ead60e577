"""Where trials and the gold differ, a page at a time: rows kept with the trial, and the sentences they rest on."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings

from accounts.models import User
from cases.models import Study
from llm_extract.findings import Status
from llm_extract.models import Trial
from llm_extract.queries.bench import LENIENT, gold_statuses, said_in_trial, spans_in_trial
from llm_extract.rules.engine import engine_for
from llm_extract.stages import Scope
from llm_extract.trust.causes import Cause, explain
from llm_extract.trust.disagreements import disagreements

CONTEXT = 160  # characters shown before and after a sentence
Wrong = Literal["one", "first", "second", "both"]
CAUSE_WORDS: Mapping[str, str] = {
    Cause.NEGATION: "The sentence denies it.",
    Cause.UNCERTAINTY: "The sentence states it with doubt.",
    Cause.HISTORY: "The sentence tells it of the past.",
    Cause.SYNONYM: "No sentence names it in words the rules know.",
    Cause.SECTION: "Only a part of the report that says nothing of these images names it, or names it without stating it.",
    Cause.DEVICE: "The sentence speaks of a device.",
    Cause.CHANGE: "The sentence states it as a change against the prior.",
    Cause.OTHER: "The sentence states it plainly.",
}


@dataclass(frozen=True)
class Differing:
    """One label of one study that a trial, or one of two, has otherwise than the gold set. `said`: one entry per trial."""

    study: int
    label: str
    gold: str
    said: tuple[str, ...]
    cause: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Shown:
    """The same with its study and its sentence, for the page."""

    study: Study
    label: str
    gold: str
    said: tuple[str, ...]
    cause: str
    before: str
    sentence: str
    after: str

    @property
    def judged(self) -> list[tuple[str, bool]]:
        """What each trial said, and whether it is wrong."""
        return [(one, (one in {"present", "uncertain"}) != (self.gold == "present")) for one in self.said]

    @property
    def reason(self) -> str:
        """The cause in a sentence."""
        return CAUSE_WORDS.get(self.cause, "")


def differing_in(trial: Trial, user: User, *, label: str = "", cause: str = "") -> list[Differing]:
    """What the trial has otherwise than the gold set, over the studies the person may see."""
    rows: Sequence[Sequence[Any]] = trial.scores.get("differing", [])
    seen = _seen(user, {row[0] for row in rows})
    return [
        Differing(study, key, gold, (said,), why, start, end)
        for study, key, gold, said, why, start, end in rows
        if study in seen and label in {"", key} and cause in {"", why}
    ]


def cause_table(rows: Iterable[Differing]) -> dict[str, Counter[str]]:
    """Label key → how often each cause stands behind its disagreements."""
    counted: dict[str, Counter[str]] = {}
    for one in rows:
        counted.setdefault(one.label, Counter())[one.cause] += 1
    return counted


def differing_between(first: Trial, second: Trial, user: User) -> dict[Wrong, list[Differing]]:
    """What one of two trials, the first, the second or both have wrong, over the studies both read and the person may see."""
    sides = {"first": said_in_trial(first), "second": said_in_trial(second)}
    common = sides["first"].keys() & sides["second"].keys()
    gold = gold_statuses(first.gold_set, list(_seen(user, common)))
    labels = list(first.taxonomy.labels.order_by("position").values_list("key", flat=True))
    found: dict[Wrong, list[Differing]] = {"one": [], "first": [], "second": [], "both": []}
    for one in disagreements(gold, sides, labels, LENIENT):
        row = Differing(one.study, one.label, one.gold.value, tuple(one.said[name] or "" for name in sides))
        if len(one.wrong) == len(sides):
            found["both"].append(row)
        else:
            found["one"].append(row)
            found["first" if "first" in one.wrong else "second"].append(row)
    return found


def explained(rows: Sequence[Differing], first: Trial, second: Trial, scope: Scope) -> list[Differing]:
    """The rows with the cause and the sentence of what is wrong in them; work for one page, not for a list."""
    reader = engine_for(scope.body_part, scope.labels), scope.labels
    labels = {one.key: one for one in scope.labels}
    studies = Study.objects.filter(pk__in={row.study for row in rows}).select_related("report")
    texts = {study.pk: study.report.text[: settings.MAX_REPORT_CHARACTERS] for study in studies}
    spans = (spans_in_trial(first), spans_in_trial(second))
    found = []
    for row in rows:
        side = 0 if (row.said[0] in {"present", "uncertain"}) != (row.gold == "present") else 1
        said = Status(row.said[side]) if row.said[side] else None
        evidence = spans[side].get((row.study, row.label))
        why = explain(texts[row.study], labels[row.label], Status(row.gold), said, reader, evidence=evidence)
        found.append(Differing(row.study, row.label, row.gold, row.said, why.cause.value, why.start, why.end))
    return found


def shown(rows: Sequence[Differing], names: Mapping[str, str]) -> list[Shown]:
    """The rows with their studies and sentences, in their order. One query."""
    studies = Study.objects.select_related("site", "report").in_bulk({row.study for row in rows})
    return [
        Shown(
            studies[row.study],
            names[row.label],
            row.gold,
            row.said,
            row.cause,
            *excerpt(studies[row.study].report.text, row.start, row.end),
        )
        for row in rows
    ]


def excerpt(text: str, start: int | None, end: int | None) -> tuple[str, str, str]:
    """What stands before a stretch, the stretch, and what follows it; without a stretch the text's beginning alone."""
    if start is None or end is None:
        return _cut_end(_dense(text), 2 * CONTEXT), "", ""
    return _cut_start(_dense(text[:start]), CONTEXT), _dense(text[start:end]), _cut_end(_dense(text[end:]), CONTEXT)


def _dense(text: str) -> str:
    """The text without empty lines."""
    return re.sub(r"\n\s*\n", "\n", text)


def _cut_end(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def _cut_start(text: str, most: int) -> str:
    return text if len(text) <= most else "… " + text[-most:].split(" ", 1)[-1]


def _seen(user: User, studies: Iterable[int]) -> set[int]:
    return set(Study.objects.visible_to(user).filter(pk__in=list(studies)).values_list("pk", flat=True))
