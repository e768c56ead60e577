"""Lists of people, invitations and audit events."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from accounts.errors import InvitationRefusedError
from accounts.models import Invitation, User
from accounts.secrets import digest_of
from core.models import Event

USER_ORDERS = ("username", "name", "email", "role", "last_login", "date_joined")


@dataclass(frozen=True)
class EventFilter:
    """Which events to show; an empty part does not narrow."""

    verb: str = ""
    actor: str = ""
    subject: str = ""


def people(*, search: str = "", role: str = "", order: str = "username") -> QuerySet[User]:
    """Users whose username, name or address contains ``search``, of ``role`` if given, in a known order."""
    users = User.objects.annotate(
        n_tokens=Count("api_tokens", filter=Q(api_tokens__revoked_at__isnull=True), distinct=True)
    )
    if search:
        users = users.filter(Q(username__icontains=search) | Q(name__icontains=search) | Q(email__icontains=search))
    if role:
        users = users.filter(role=role)
    return users.order_by(order if order.lstrip("-") in USER_ORDERS else "username", "pk")


def invitation_of(secret: str) -> Invitation | None:
    """The invitation a link's secret belongs to, whatever its state."""
    return Invitation.objects.select_related("user").filter(digest=digest_of(secret)).first()


def refuse_closed_invitation(invitation: Invitation | None, *, now: datetime) -> Invitation:
    """The invitation, if its link still opens; raises InvitationRefusedError saying why it does not."""
    if invitation is None:
        why = "This link is not one of ours. Check that it was copied whole, or ask for a new one."
    elif invitation.accepted_at:
        why = "This link was used already; sign in with the username and password you chose then."
    elif invitation.revoked_at:
        why = "This link was withdrawn, perhaps because a newer one was made; ask for a new one."
    elif invitation.expires_at <= now:
        day = f"{invitation.expires_at:%d %B %Y}"
        why = f"This link expired on {day}; ask the person who invited you for a new one."
    else:
        return invitation
    raise InvitationRefusedError(why)


def events_matching(chosen: EventFilter) -> QuerySet[Event]:
    """Audit events, newest first. ``subject`` is ``type`` or ``type:id``, as in the list; ``actor`` is a username."""
    events = Event.objects.select_related("actor")
    if chosen.verb:
        events = events.filter(verb__startswith=chosen.verb)
    if chosen.actor:
        events = events.filter(actor__username__iexact=chosen.actor)
    if chosen.subject:
        kind, _, number = chosen.subject.partition(":")
        events = events.filter(subject_type=kind.strip().lower())
        if number:
            events = events.filter(subject_id=number.strip())
    return events


def known_verbs() -> list[str]:
    """Every verb that has happened, for the filter."""
    return list(Event.objects.order_by("verb").values_list("verb", flat=True).distinct())
