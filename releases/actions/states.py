"""A release's life after its draft: freeze, publish, withdraw, or discard the draft."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from consensus.outcomes import Rule
from consensus.queries import outcomes_of_round
from core.actions import record_event
from labeling.actions.rounds import close_round
from releases.actions.building import digest_of
from releases.actions.rules import ReleaseRefusedError, require_admin, require_name
from releases.models import (
    FrozenOutcome,
    Release,
    ReleaseCase,
    ReleaseState,
)
from releases.queries import has_changed


@transaction.atomic
def freeze_release(*, release: Release, name: str, by: User | None, now: datetime | None = None) -> Release:
    """Seals a draft for good: closes its round, stores every outcome, and puts the holdout out of everyone's sight.

    ``name`` must be the release's own, typed by the person. Refuses a release that is not a draft, and a draft whose
    reads changed since it was built, or what was decided at the gate about its studies. Only an admin, or a command
    (``by`` None).
    """
    require_admin(by)
    now = now or timezone.now()
    release = Release.objects.select_for_update().select_related("benchmark", "round__benchmark").get(pk=release.pk)
    if not release.is_draft:
        raise ReleaseRefusedError(f"Release {release.name} is {release.state} already; only a draft can be frozen.")
    require_name(release, name)
    close_round(round_=release.round, by=by, now=now)
    rule = Rule(name=release.rule["name"], at_least=release.rule["at_least"], verdict=release.rule["verdict"])
    outcomes = outcomes_of_round(release.round, rule)
    if digest_of(outcomes) != release.input_sha256:
        raise ReleaseRefusedError(f"Reads changed since {release.name} was built; build a new draft and freeze that.")
    if has_changed(release):
        raise ReleaseRefusedError(
            f"A study of {release.name} was held, masked or otherwise decided about at the gate since it was built, or two of "
            "its patients turned out to be one; build a new draft and freeze that."
        )
    FrozenOutcome.objects.bulk_create(
        FrozenOutcome(
            release=release,
            study=one.study,
            state=one.outcome.state,
            labels=sorted(one.outcome.labels or ()),
            read_ids=list(one.outcome.rests_on),
            adjudication_id=one.outcome.adjudication,
        )
        for one in outcomes
    )
    Release.objects.filter(pk=release.pk).update(state=ReleaseState.FROZEN, frozen_at=now)
    record_event(verb="release.frozen", subject=release, by=by, now=now, data={"commitment": release.commitment})
    release.refresh_from_db()
    return release


@transaction.atomic
def publish_release(*, release: Release, name: str, by: User, now: datetime | None = None) -> None:
    """Marks a frozen release as public. Refuses other states."""
    _move(release, name, (ReleaseState.FROZEN,), ReleaseState.PUBLISHED, by, now)


@transaction.atomic
def withdraw_release(*, release: Release, name: str, by: User, now: datetime | None = None) -> None:
    """Takes a frozen or published release back; its rows stay, its holdout stays sealed. Refuses other states."""
    _move(release, name, (ReleaseState.FROZEN, ReleaseState.PUBLISHED), ReleaseState.WITHDRAWN, by, now)


def _move(
    release: Release, name: str, allowed: tuple[ReleaseState, ...], state: ReleaseState, by: User, now: datetime | None
) -> None:
    require_admin(by)
    require_name(release, name)
    now = now or timezone.now()
    moved = Release.objects.filter(pk=release.pk, state__in=allowed).update(state=state, **{f"{state.value}_at": now})
    if not moved:
        current = Release.objects.get(pk=release.pk)
        raise ReleaseRefusedError(
            f"Release {release.name} is {current.state}, so it cannot become {state.value}; it must be "
            f"{' or '.join(one.value for one in allowed)}."
        )
    record_event(verb=f"release.{state.value}", subject=release, by=by, now=now)


@transaction.atomic
def discard_draft(*, release: Release, name: str, by: User) -> None:
    """Deletes a draft and its rows; the event stays. Refuses anything but a draft."""
    require_admin(by)
    release = Release.objects.select_for_update().select_related("benchmark").get(pk=release.pk)
    if not release.is_draft:
        raise ReleaseRefusedError(f"Release {release.name} is {release.state}; only a draft can be discarded.")
    require_name(release, name)
    record_event(verb="release.discarded", subject=release, by=by)
    ReleaseCase.reads.through.objects.filter(releasecase__release=release).delete()
    release.cases.all().delete()
    release.patients.all().delete()
    release.delete()
