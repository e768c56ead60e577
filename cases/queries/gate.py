"""Reads of the gate: what waits for a curator, and the report of one contribution for the site's data manager."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q

from accounts.models import User
from cases.gate.checks import CHECK_NAMES, Outcome
from cases.models import Contribution, Decision, GateFinding, GateFindingQuerySet, Image, ImportRun, Study
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms
from core.models import Event

GATE_REPORT_COLUMNS = ("study_id", "picture", "check", "outcome", "what", "where", "why", "decision")
_TOLD = ("study__site", "image__series", "other_image__series__study", "run__benchmark", "benchmark", "decided_by")
_WORDS = {one.value: one.label for one in Decision if one.value} | {
    "unmask": "Mask taken back",
    "hold": "Held again",
}


SHOWN = {  # what the quarantine's page can show beside what waits
    "decided": (Decision.ACCEPT, Decision.MASK),
    "rejected": (Decision.REJECT,),
}


def findings_to_decide(user: User | AnonymousUser, *, site: str = "", show: str = "") -> GateFindingQuerySet:
    """What waits for a decision, oldest first, of studies this person may list; with ``show`` what was "decided" to go on, or
    "rejected", newest first.
    """
    found = GateFinding.objects.filter(study__in=Study.objects.visible_to(user))
    decided = found.filter(outcome=Outcome.QUARANTINE, decision__in=SHOWN.get(show, ()))
    found = decided if show in SHOWN else found.waiting()
    if site:
        found = found.filter(study__site__code=site)
    order = ("-decided_at", "-pk") if show in SHOWN else ("study", "pk")
    return found.select_related(*_TOLD).order_by(*order)


def holding_findings(user: User | AnonymousUser, study: Study) -> GateFindingQuerySet:
    """What held the study once, or holds it, decided or not; of a study that this person may list."""
    found = GateFinding.objects.filter(study__in=Study.objects.visible_to(user).filter(pk=study.pk))
    return found.filter(outcome=Outcome.QUARANTINE).select_related(*_TOLD).order_by("pk")


@dataclass(frozen=True)
class Decided:
    """One decision about a finding, as history: what, by whom, when, and how many boxes were masked by it."""

    words: str
    by: str
    at: datetime
    boxes: int


def decisions_about(findings: Iterable[GateFinding]) -> dict[int, list[Decided]]:
    """Every decision about these findings that was ever made, oldest first. One query."""
    keys = [str(one.pk) for one in findings]
    events = Event.objects.filter(subject_type=GateFinding._meta.label_lower, subject_id__in=keys)
    found: dict[int, list[Decided]] = defaultdict(list)
    for one in events.select_related("actor").order_by("at", "pk"):
        words = _WORDS.get(one.verb.removeprefix("gate."), one.verb)
        boxes = one.data.get("boxes", ())
        found[int(one.subject_id)].append(Decided(words, str(one.actor or "–"), one.at, len(boxes)))
    return found


def without_hidden_twins(user: User | AnonymousUser, findings: Iterable[GateFinding]) -> list[GateFinding]:
    """The findings, the other picture taken off those where this person may not list its study. They are not to be saved."""
    listed = list(findings)
    twins = {one.twin.pk for one in listed if one.twin}
    told = set(Study.objects.visible_to(user).filter(pk__in=twins).values_list("pk", flat=True)) if twins else set()
    for one in listed:
        if one.twin and one.twin.pk not in told:
            one.other_image = None
    return listed


def waiting_count(user: User | AnonymousUser) -> int:
    """How many findings wait for a decision."""
    return findings_to_decide(user).count()


@dataclass(frozen=True)
class GateReport:
    """What became of one contribution at the gate: its terms, counts by outcome and by check, and every finding."""

    run: ImportRun
    contribution: Contribution | None
    findings: tuple[GateFinding, ...]
    studies: int
    waiting: int
    rejected: int
    by_check: tuple[tuple[str, int, int], ...]
    is_sites_own: bool = False  # for the site itself, which knows its pictures by the UIDs that it gave them

    def rows(self) -> list[list[str]]:
        """Every finding and every refused file as rows of text, in the order of `GATE_REPORT_COLUMNS`."""
        rows = []
        for one in self.findings:
            picture = self._told_uid(one.image) if one.image else ""
            decision = one.get_decision_display() if one.outcome == Outcome.QUARANTINE else ""
            where = "; ".join([*one.places, *([f"study {one.twin.study_id}"] if one.twin else [])])
            rows.append([one.study.study_id, picture, one.check_name, one.outcome, one.what, where, one.why, decision])
        for problem in self.run.problems.filter(is_warning=False):
            rows.append(["", problem.where, problem.kind, Outcome.REJECT, problem.message, problem.field, "", ""])
        return rows

    def _told_uid(self, image: Image) -> str:
        return image.sop_uid if self.is_sites_own else pseudonyms().uid_of(Kind.INSTANCE, image.pk)


def gate_report(user: User | AnonymousUser | None, run: ImportRun) -> GateReport:
    """The report of one import; findings of studies that this person may not list are left out (None: all are shown)."""
    found = GateFinding.objects.filter(run=run)
    if user is not None:
        found = found.filter(study__in=Study.objects.visible_to(user))
    report = _report(run, found)
    return report if user is None else replace(report, findings=tuple(without_hidden_twins(user, report.findings)))


def site_gate_report(run: ImportRun) -> GateReport:
    """The report of one contribution as the site itself sees it. It does not depend on what became of a study later, so
    that it tells nothing of a release, and names no picture of another site.
    """
    return replace(_report(run, GateFinding.objects.filter(run=run).told_to(run.site)), is_sites_own=True)


def _report(run: ImportRun, found: GateFindingQuerySet) -> GateReport:
    findings = tuple(
        found.select_related("study", "image", "other_image__series__study").order_by("study__study_id", "pk")
    )
    held = Counter(one.decision for one in findings if one.outcome == Outcome.QUARANTINE)
    counts = {
        row["check_name"]: (row["n"], row["held"])
        for row in found.order_by()
        .values("check_name")
        .annotate(n=Count("pk"), held=Count("pk", filter=Q(outcome=Outcome.QUARANTINE)))
    }
    return GateReport(
        run=run,
        contribution=Contribution.objects.filter(run=run).first(),
        findings=findings,
        studies=len({one.study_id for one in findings}),
        waiting=held[""],
        rejected=held["reject"],
        by_check=tuple((name, *counts[key]) for key, name in CHECK_NAMES.items() if key in counts),
    )
