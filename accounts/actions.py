"""The only writers of users, invitations and API tokens.

Roles and admins change under one lock on the rows of the active admins, so that two admins who demote each other at
the same moment cannot both succeed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import AccountRefusedError, InvitationRefusedError, LastAdminError, TokenRefusedError
from accounts.models import ApiToken, Invitation, Role, User
from accounts.queries import refuse_closed_invitation
from accounts.secrets import digest_of, new_secret
from core.actions import record_event
from core.errors import NotAllowedError

TOKEN_PREFIX = "cs_"  # noqa: S105  what every token begins with, not a secret
_LIVE_TOKENS = 20


@dataclass(frozen=True)
class IssuedInvitation:
    """An invitation and the secret of its link, which is told this once."""

    invitation: Invitation
    secret: str


@dataclass(frozen=True)
class IssuedToken:
    """A token and its secret, which is told this once."""

    token: ApiToken
    secret: str


@transaction.atomic
def invite_user(*, email: str, role: str, by: User, now: datetime | None = None) -> IssuedInvitation:
    """Makes a link that opens an account for ``email``; an earlier open invitation of the address is revoked.

    An account a roster made for the address is opened instead of a new one, and keeps its role.
    Raises NotAllowedError unless ``by`` is an active admin, InvitationRefusedError when the address has an account
    with a password already, or one that is deactivated, and for contributors, who are invited for a site.
    """
    _require_admin(by)
    if role == Role.CONTRIBUTOR:
        raise InvitationRefusedError("A contributor is invited for a site and a benchmark: Sites, then Contributors.")
    email = email.strip().lower()
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is not None and user.has_usable_password():
        raise InvitationRefusedError(
            f"{email} already has the account {user.username}; make a new link on its page if the person is locked out."
        )
    return _invite(email=email, role=role, user=user, by=by, invited_by=by, now=now)


@transaction.atomic
def invite_existing_user(*, user: User, by: User, now: datetime | None = None) -> IssuedInvitation:
    """Makes a link by which the person of an existing account sets a (new) password: roster readers, lost passwords.

    A second factor, where one is set up, is still asked for. Raises NotAllowedError unless ``by`` is an active admin,
    InvitationRefusedError when the account is deactivated.
    """
    _require_admin(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    return _invite(email=user.email.lower(), role=user.role, user=user, by=by, invited_by=by, now=now)


@transaction.atomic
def invite_contributor_account(*, user: User, by: User | None, now: datetime | None = None) -> IssuedInvitation:
    """Makes a link by which a contributor sets a (new) password. ``by`` is None for a command.

    Raises NotAllowedError unless ``by`` is an active curator or admin, InvitationRefusedError when the account is
    deactivated or is no contributor's.
    """
    _require_curator(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_contributor:
        raise InvitationRefusedError(f"{user.username} is a {user.role}; only an admin makes a link for that account.")
    return _invite(email=user.email.lower(), role=user.role, user=user, by=by, invited_by=by or user, now=now)


@transaction.atomic
def ensure_contributor(*, email: str, name: str = "", site: str, by: User | None, now: datetime | None = None) -> User:
    """The contributor of that address, made without a password when there is none; the address is the username.

    ``by`` is None for a command. Raises NotAllowedError unless ``by`` is an active curator or admin,
    AccountRefusedError when the address belongs to an account of another role, or to a deactivated one.
    """
    _require_curator(by)
    email = email.strip().lower()
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is None:
        user = _open_account(username=email, email=email, role=Role.CONTRIBUTOR, name=name, site=site)
        record_event(verb="user.created", subject=user, by=by, data={"role": user.role}, now=now)
    if not user.is_contributor:
        raise AccountRefusedError(
            f"{email} belongs to the {user.role} {user.username}, and who reads or curates a benchmark does not also "
            "contribute to it from the same account; invite another address of the site."
        )
    if not user.is_active:
        raise AccountRefusedError(f"The account {user.username} is deactivated; let an admin reactivate it first.")
    return user


def _invite(
    *, email: str, role: str, user: User | None, by: User | None, invited_by: User, now: datetime | None
) -> IssuedInvitation:
    now = now or timezone.now()
    if user is not None and not user.is_active:
        raise InvitationRefusedError(f"The account {user.username} is deactivated; reactivate it first.")
    earlier = Invitation.objects.open().filter(user=user) if user else Invitation.objects.none()
    if email:
        earlier = earlier | Invitation.objects.open().filter(email__iexact=email)
    for invitation in earlier.select_for_update(of=("self",)).order_by("pk"):
        _revoke(invitation, by=by, now=now)
    secret = new_secret()
    invitation = Invitation(
        email=email,
        role=user.role if user else role,
        user=user,
        digest=digest_of(secret),
        invited_by=invited_by,
        created_at=now,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError as error:
        raise InvitationRefusedError(f"Somebody made an {invitation} this moment; reload the list.") from error
    record_event(
        verb="invitation.created",
        subject=invitation,
        by=by,
        data={"role": invitation.role, "user": user.pk if user else None},
        now=now,
    )
    return IssuedInvitation(invitation, secret)


@transaction.atomic
def accept_invitation(
    *, secret: str, password: str, username: str = "", name: str = "", now: datetime | None = None
) -> User:
    """Opens the account the link was made for, once, and returns it; the password was checked by the form.

    ``username`` is used only when the link is not bound to an account. Raises InvitationRefusedError when the link is
    unknown, used, revoked or expired, or its account was deactivated; AccountRefusedError when the username or the
    address is taken.
    """
    now = now or timezone.now()
    invitation = Invitation.objects.select_for_update().filter(digest=digest_of(secret)).first()
    invitation = refuse_closed_invitation(invitation, now=now)
    if invitation.user_id is None:
        user = _open_account(username=username, email=invitation.email, role=invitation.role, name=name)
        invitation.user = user
    else:
        user = User.objects.select_for_update().get(pk=invitation.user_id)
        if not user.is_active:
            raise InvitationRefusedError(f"The account {user.username} is deactivated; ask an admin to reactivate it.")
        user.name = name.strip() or user.name
    had_password = user.has_usable_password()
    user.set_password(password)
    user.save(update_fields=["password", "name"])
    invitation.accepted_at = now
    invitation.save(update_fields=["user", "accepted_at"])
    data = {"user": user.pk, "had_password": had_password}
    record_event(verb="invitation.accepted", subject=invitation, by=user, data=data, now=now)
    return user


def _open_account(*, username: str, email: str, role: str, name: str, site: str = "") -> User:
    username = username.strip()
    if not username:
        raise AccountRefusedError("An account needs a username; choose one.")
    if User.objects.filter(username__iexact=username).exists():
        raise AccountRefusedError(f"The username {username} is taken; choose another.")
    if email and User.objects.filter(email__iexact=email).exists():
        raise AccountRefusedError(f"The address {email} belongs to another account; ask an admin which one to use.")
    user = User(username=username, email=email.lower(), role=role, name=name.strip(), home_site_code=site)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise AccountRefusedError(
            f"The username {username} or its address was taken this moment; try again."
        ) from error
    return user


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User, now: datetime | None = None) -> None:
    """Makes the link open nothing. Raises InvitationRefusedError when it was used or revoked before."""
    _require_admin(by)
    held = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if held.state in {"accepted", "revoked"}:
        raise InvitationRefusedError(f"The {held} was {held.state} already; only an open one can be revoked.")
    _revoke(held, by=by, now=now or timezone.now())


def _revoke(invitation: Invitation, *, by: User | None, now: datetime) -> None:
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])
    record_event(verb="invitation.revoked", subject=invitation, by=by, now=now)


@transaction.atomic
def change_role(*, user: User, role: str, by: User, now: datetime | None = None) -> None:
    """Gives the person another role, at once and everywhere. Does nothing when they have it.

    Raises NotAllowedError unless ``by`` is still an active admin, LastAdminError when no active admin would be left,
    AccountRefusedError for what is no role, and to or from contributor: whoever sends a site's studies must not also
    come to know what became of them in a round.
    """
    held = _held_under_admin_lock(user, by)
    if role not in Role.values:
        raise AccountRefusedError(f"{role!r} is no role; choose one of {', '.join(Role.values)}.")
    if held.role == role:
        return
    if Role.CONTRIBUTOR in {held.role, role}:
        raise AccountRefusedError(
            f"{held.username} is a {held.role}, and nobody becomes a contributor, or stops being one, by a new role; invite "
            "the person under another address."
        )
    if held.is_active and held.is_admin:
        _refuse_last_admin(held, "becomes a " + role)
    was, held.role = held.role, role
    held.save(update_fields=["role"])
    record_event(verb="user.role_changed", subject=held, by=by, data={"from": was, "to": role}, now=now)


@transaction.atomic
def deactivate_user(*, user: User, by: User, now: datetime | None = None) -> None:
    """Ends all access of the person: sign-in, sessions, API tokens and open links. What they did stays.

    Raises NotAllowedError unless ``by`` is still an active admin, LastAdminError when no active admin would be left,
    AccountRefusedError when the account is deactivated already.
    """
    held = _held_under_admin_lock(user, by)
    now = now or timezone.now()
    if not held.is_active:
        raise AccountRefusedError(f"The account {held.username} is deactivated already.")
    if held.is_admin:
        _refuse_last_admin(held, "is deactivated")
    held.is_active = False
    held.save(update_fields=["is_active"])
    n_tokens = held.api_tokens.filter(revoked_at__isnull=True).update(revoked_at=now)
    for invitation in Invitation.objects.open().filter(user=held).select_for_update(of=("self",)):
        _revoke(invitation, by=by, now=now)
    record_event(verb="user.deactivated", subject=held, by=by, data={"tokens_revoked": n_tokens}, now=now)


@transaction.atomic
def reactivate_user(*, user: User, by: User, now: datetime | None = None) -> None:
    """Lets the person sign in again; their tokens stay revoked. Raises AccountRefusedError when they can already."""
    held = _held_under_admin_lock(user, by)
    if held.is_active:
        raise AccountRefusedError(f"The account {held.username} is active already.")
    held.is_active = True
    held.save(update_fields=["is_active"])
    record_event(verb="user.reactivated", subject=held, by=by, now=now)


@transaction.atomic
def change_name(*, user: User, name: str) -> None:
    """The person's own name, as others see it."""
    if User.objects.filter(pk=user.pk).exclude(name=name).update(name=name):
        record_event(verb="user.renamed", subject=user, by=user)


@transaction.atomic
def create_api_token(
    *, user: User, name: str, expires_at: datetime | None = None, now: datetime | None = None
) -> IssuedToken:
    """Makes a key to the API with the rights of ``user``, for a program of theirs.

    Raises TokenRefusedError when the name is empty, the end lies in the past, or 20 live tokens exist.
    """
    now = now or timezone.now()
    User.objects.select_for_update().get(pk=user.pk)
    if not name.strip():
        raise TokenRefusedError("A token needs a name that says which program uses it.")
    if expires_at is not None and expires_at <= now:
        raise TokenRefusedError(f"The token would have expired on {expires_at:%d %B %Y} already; choose a later day.")
    if user.api_tokens.live().count() >= _LIVE_TOKENS:
        raise TokenRefusedError(f"You have {_LIVE_TOKENS} live tokens, which is the most allowed; revoke one first.")
    secret = new_secret(TOKEN_PREFIX)
    token = ApiToken.objects.create(
        user=user, name=name.strip(), prefix=secret[:8], digest=digest_of(secret), created_at=now, expires_at=expires_at
    )
    record_event(verb="api_token.created", subject=token, by=user, data={"user": user.pk}, now=now)
    return IssuedToken(token, secret)


@transaction.atomic
def revoke_api_token(*, token: ApiToken, by: User, now: datetime | None = None) -> None:
    """Ends the token at once. Raises NotAllowedError unless ``by`` owns it or is an admin, TokenRefusedError when it
    was revoked before.
    """
    if token.user_id != by.pk and not by.is_admin:
        raise NotAllowedError(
            f"The token {token.prefix}… belongs to somebody else; only they or an admin may revoke it."
        )
    now = now or timezone.now()
    if not ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        raise TokenRefusedError(f"The token {token.prefix}… was revoked already.")
    record_event(verb="api_token.revoked", subject=token, by=by, data={"user": token.user_id}, now=now)


@transaction.atomic
def revoke_contributor_tokens(*, user: User, by: User | None, now: datetime | None = None) -> int:
    """Ends all tokens of a contributor, whose terms have changed or ended; how many. ``by`` is None for a command.

    Raises NotAllowedError unless ``by`` is an active curator or admin and ``user`` a contributor.
    """
    _require_curator(by)
    if not user.is_contributor:
        raise NotAllowedError(f"{user.username} is a {user.role}; only they or an admin revoke their tokens.")
    now = now or timezone.now()
    live = list(user.api_tokens.live().select_for_update(of=("self",)))
    for token in live:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record_event(verb="api_token.revoked", subject=token, by=by, data={"user": user.pk}, now=now)
    return len(live)


@transaction.atomic
def ensure_reader(
    *, username: str, name: str = "", email: str = "", site: str = "", by: User | None, now: datetime | None = None
) -> User:
    """The reader of that username, made without a password when there is none; rosters and imported reads call it.

    The same call again changes nothing. ``site`` is the code of the reader's own site; a new one replaces the old.
    ``by`` is None for a command. Raises NotAllowedError when ``by`` is a reader, AccountRefusedError when the account
    has another role or is deactivated, or the address belongs to another account.
    """
    if by is not None and not by.is_curator:
        raise NotAllowedError("Only a curator or an admin may add readers.")
    username, email = username.strip(), email.strip().lower()
    user = User.objects.select_for_update().filter(username__iexact=username).first()
    if user is None:
        user = _open_account(username=username, email=email, role=Role.READER, name=name, site=site)
        record_event(verb="user.created", subject=user, by=by, data={"role": user.role}, now=now)
        return user
    if not user.is_reader:
        raise AccountRefusedError(
            f"{user.username} is a {user.role}, and only readers read cases; take them off the roster, or let an admin "
            "change the role."
        )
    if not user.is_active:
        raise AccountRefusedError(
            f"The reader {user.username} is deactivated; let an admin reactivate the account first."
        )
    if site and user.home_site_code != site:
        user.home_site_code = site
        user.save(update_fields=["home_site_code"])
        record_event(verb="user.site_changed", subject=user, by=by, now=now)
    return user


@transaction.atomic
def bootstrap_admin(*, username: str, email: str, now: datetime | None = None) -> IssuedInvitation:
    """The first admin of a deployment, or a new link for one who is locked out, for whoever has a shell on the server.

    Raises AccountRefusedError when the account exists with another role, InvitationRefusedError when deactivated.
    """
    now = now or timezone.now()
    user = User.objects.select_for_update().filter(username__iexact=username.strip()).first()
    if user is None:
        user = _open_account(username=username, email=email.strip(), role=Role.ADMIN, name="")
        record_event(verb="user.created", subject=user, by=None, data={"role": user.role}, now=now)
    elif not user.is_admin:
        raise AccountRefusedError(
            f"{user.username} is a {user.role}; choose another username, or let an admin change it."
        )
    return _invite(email=user.email, role=user.role, user=user, by=None, invited_by=user, now=now)


def _require_curator(by: User | None) -> None:
    if by is not None and not (by.is_curator and User.objects.filter(pk=by.pk, is_active=True).exists()):
        raise NotAllowedError(f"{by.username} is not an active curator or admin, and only these invite contributors.")


def _require_admin(by: User) -> None:
    if not User.objects.filter(pk=by.pk, is_active=True, role=Role.ADMIN).exists():
        raise NotAllowedError(f"{by.username} is not an active admin, and only admins open and change accounts.")


def _held_under_admin_lock(user: User, by: User) -> User:
    """The user's locked row; every change of roles waits here for the one before it."""
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    if by.pk not in {admin.pk for admin in admins}:
        raise NotAllowedError(f"{by.username} is not an active admin, and only admins open and change accounts.")
    return User.objects.select_for_update().get(pk=user.pk)


def _refuse_last_admin(user: User, what: str) -> None:
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if not any(other.has_usable_password() or other.last_login for other in others):
        raise LastAdminError(
            f"{user.username} is the last admin who can sign in; make somebody else an admin before this one {what}."
        )
