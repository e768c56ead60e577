"""Who may send a site's studies: memberships are begun and ended here, and nowhere else."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actions import (
    IssuedInvitation,
    IssuedToken,
    create_api_token,
    ensure_contributor,
    invite_contributor_account,
    revoke_contributor_tokens,
)
from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions import get_or_create_site
from cases.models import Contributor, Membership
from cases.queries.contributors import memberships_of
from core.actions import record_event
from core.errors import DomainError, NotAllowedError


class MembershipRefusedError(DomainError):
    """The membership cannot be begun or ended so."""


@dataclass(frozen=True)
class Invited:
    """A membership, and the link by which its person sets a password; None where they have one."""

    membership: Membership
    issued: IssuedInvitation | None


@transaction.atomic
def invite_contributor(
    *,
    email: str,
    site_code: str,
    benchmark: Benchmark,
    agreement: str,
    name: str = "",
    by: User | None,
    now: datetime | None = None,
) -> Invited:
    """Lets the person of this address send studies of one site for one benchmark, and makes their account and link.

    Again for the same person it names another agreement, or begins an ended membership anew; an account without a
    password gets a new link. Tokens made under other terms are revoked, since nobody accepted these for what they send.
    ``by`` is None for a command. Raises NotAllowedError unless ``by`` is a curator or admin,
    MembershipRefusedError without an agreement or when the person sends for another site, AccountRefusedError when the
    address is that of a reader, curator or admin, ImportRefusedError when the site code is no code.
    """
    now = now or timezone.now()
    agreement = agreement.strip()
    if not agreement or len(agreement) > 200:
        raise MembershipRefusedError(
            "Name the use-agreement the site gives its studies under, in at most 200 characters."
        )
    user = ensure_contributor(email=email, name=name, site=site_code, by=by, now=now)
    site = get_or_create_site(code=site_code, by=by)
    contributor, _ = Contributor.objects.select_related("site").get_or_create(user=user, defaults={"site": site})
    if contributor.site_id != site.pk:
        raise MembershipRefusedError(
            f"{user.username} sends studies of {contributor.site.code}, and an account is of one site; invite another address "
            f"for {site.code}."
        )
    if not contributor.memberships.live().filter(benchmark=benchmark, agreement=agreement).exists():
        revoke_contributor_tokens(user=user, by=by, now=now)
    values = {"agreement": agreement, "ended_at": None}
    membership, _ = Membership.objects.update_or_create(
        contributor=contributor,
        benchmark=benchmark,
        defaults=values,
        create_defaults={**values, "begun_at": now, "begun_by": by},
    )
    data = {"user": user.pk, "site": site.pk, "benchmark": benchmark.pk}
    record_event(verb="membership.begun", subject=membership, by=by, data=data, now=now)
    has_way_in = user.has_usable_password() or user.last_login is not None
    return Invited(membership, None if has_way_in else invite_contributor_account(user=user, by=by, now=now))


@transaction.atomic
def end_membership(*, membership: Membership, by: User, now: datetime) -> None:
    """Ends the leave to send at once, open uploads included; with the person's last one their tokens are revoked. What
    came in stays.

    Raises NotAllowedError unless ``by`` is a curator or admin, MembershipRefusedError when it has ended already.
    """
    if not by.is_curator:
        raise NotAllowedError("Only curators and admins end a membership.")
    if not Membership.objects.live().filter(pk=membership.pk).update(ended_at=now):
        raise MembershipRefusedError(f"{membership} has ended already.")
    user = membership.contributor.user
    record_event(verb="membership.ended", subject=membership, by=by, data={"user": user.pk}, now=now)
    if not memberships_of(user).exists():
        revoke_contributor_tokens(user=user, by=by, now=now)


@transaction.atomic
def create_site_token(*, name: str, expires_at: datetime | None, by: User, now: datetime | None = None) -> IssuedToken:
    """A token by which a program stores studies of the person's site; what it sends is attested by making it.

    Raises NotAllowedError unless ``by`` may send something now, and TokenRefusedError as ``create_api_token`` does.
    """
    mine = list(memberships_of(by))
    if not mine:
        raise NotAllowedError("Your leave to send studies has ended; ask the curator before you make a token.")
    issued = create_api_token(user=by, name=name, expires_at=expires_at, now=now)
    data = {"benchmarks": [one.benchmark_id for one in mine], "site": mine[0].contributor.site_id}
    record_event(verb="contribution.attested", subject=issued.token, by=by, data=data, now=now)
    return issued
