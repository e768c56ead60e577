"""Runs that follow another and choose as it did: over its failures alone, or on from the cap it stopped before."""

from decimal import Decimal

from django.db import transaction

from accounts.models import User
from core.actions import cancel_run, record_event
from core.models import RunState
from llm_extract.actions.choices import refuse_cap_without_prices, refuse_no_longer_usable, refuse_odd_caps
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models import ExtractionRun
from llm_extract.queries import run_with_failures_of

COPIED = (
    "extractor",
    "mapper",
    "extractor_backend",
    "mapper_backend",
    "extractor_prompt",
    "mapper_prompt",
    "samples",
    "in_batches",
    "max_cost",
    "max_tokens",
    "max_requests",
    "version",
)


@transaction.atomic
def retry_failures(*, run: ExtractionRun, fault: str = "", by: User | None) -> ExtractionRun:
    """A queued run like ``run`` over its failed reports alone, or those of one kind; answers it has are not asked again.

    Refuses a run that is not over, one without such failures, and one whose backend is off or whose version is barred.
    """
    if not run.is_over:
        raise ExtractionRefusedError(f"Extraction run {run.pk} is not over; pause or cancel it, or wait, then retry.")
    failures = run.failed_reports.filter(fault=fault) if fault else run.failed_reports.all()
    if not failures.exists():
        raise ExtractionRefusedError(_nothing_to_retry(run, fault))
    attempt = run.params.get("attempt", 0) + 1
    retry = _like(run, by, retry_of=run, params={**run.params, "limit": None, "attempt": attempt, "fault": fault})
    record_event(verb="extraction.retried", subject=retry, by=by, data={"retry_of": run.pk, "fault": fault})
    return retry


def _nothing_to_retry(run: ExtractionRun, fault: str) -> str:
    """Why a run has no failed reports: none at all, or a later run like it asked for them again."""
    kind = f" of the kind {fault!r}" if fault else ""
    if not run.counts.get("failed"):
        return f"Extraction run {run.pk} has no failed reports{kind}; there is nothing to retry."
    later = run_with_failures_of(run, fault)
    if later is None:
        return (
            f"Extraction run {run.pk} has no failed reports{kind} any more, and no later run like it has any; there is "
            "nothing to retry."
        )
    return (
        f"Extraction run {run.pk} has no failed reports{kind} any more: run {later.pk} asked for them again, and has those "
        f"that failed there too. Retry run {later.pk} instead."
    )


@transaction.atomic
def go_on(
    *,
    run: ExtractionRun,
    max_cost: Decimal | None = None,
    max_tokens: int | None = None,
    max_requests: int | None = None,
    by: User,
) -> ExtractionRun:
    """A queued run like ``run`` over the reports it left, that may spend so much itself; ``run`` is cancelled.

    Answers there are already are not asked again. Refuses a run that is not paused at its cap, caps that cannot be held,
    none at all where the run had some, and a backend that is off or a version that is barred by now.
    """
    if run.state != RunState.PAUSED or not run.is_at_its_cap:
        raise ExtractionRefusedError(
            f"Extraction run {run.pk} is not paused at its cap; resume it, or start a new run."
        )
    caps = {"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests}
    if not any(caps.values()):
        raise ExtractionRefusedError(f"Say what the run may spend from here; run {run.pk} stopped before its own cap.")
    refuse_odd_caps(max_cost, max_tokens, max_requests)
    refuse_cap_without_prices(run, max_cost)
    limit = run.params.get("limit")
    left = None if limit is None else max(1, limit - run.done)
    following = _like(run, by, retry_of=run.retry_of, params={**run.params, "limit": left}, **caps)
    cancel_run(run=run, by=by)
    record_event(verb="extraction.went_on", subject=following, by=by, data={"after": run.pk})
    return following


def _like(run: ExtractionRun, by: User | None, **changes: object) -> ExtractionRun:
    """A stored run with the choices of another, but for what changes; refused where those may not be chosen any more."""
    values = {name: getattr(run, name) for name in COPIED} | changes
    like = ExtractionRun(kind="extraction", benchmark=run.benchmark, taxonomy=run.taxonomy, created_by=by, **values)
    refuse_no_longer_usable(like)
    like.save()
    return like
