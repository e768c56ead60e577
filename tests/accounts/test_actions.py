"""What opens, changes and closes accounts: every rule, every refusal, and the audit row of each change."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import actions
from accounts.errors import AccountRefusedError, InvitationRefusedError, LastAdminError, TokenRefusedError
from accounts.models import ApiToken, Invitation, Role, User
from accounts.secrets import digest_of
from core.errors import NotAllowedError
from core.models import Event
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LONG = "a-long-enough-password"


def last_event() -> tuple[str, Any]:
    event = Event.objects.latest("pk")
    return event.verb, event.data


def invite(admin: User, email: str = "new@example.org", role: str = Role.READER) -> actions.IssuedInvitation:
    return actions.invite_user(email=email, role=role, by=admin)


def accept(issued: actions.IssuedInvitation, username: str = "newcomer", **values: Any) -> User:
    return actions.accept_invitation(secret=issued.secret, username=username, password=LONG, name="New", **values)


# Inviting


def test_only_a_digest_of_the_link_is_stored(admin):
    issued = invite(admin)
    assert issued.invitation.digest == digest_of(issued.secret)
    assert issued.secret not in str(Invitation.objects.values())


def test_an_invitation_tells_the_audit_trail_its_role_and_not_its_address(admin):
    issued = invite(admin, role=Role.CURATOR)
    assert last_event() == ("invitation.created", {"role": "curator", "user": None})
    assert Event.objects.latest("pk").subject_id == str(issued.invitation.pk)


def test_a_newer_invitation_of_the_same_address_closes_the_earlier_link(admin):
    first = invite(admin, "New@Example.org")
    second = invite(admin, "new@example.ORG")
    assert [one.state for one in Invitation.objects.all()] == ["invited", "revoked"]
    with pytest.raises(InvitationRefusedError, match="withdrawn"):
        accept(first)
    assert accept(second).email == "new@example.org"


def test_an_address_with_an_account_is_not_invited_again(admin, reader):
    with pytest.raises(InvitationRefusedError, match="already has the account rita"):
        invite(admin, reader.email.upper())


def test_an_account_made_by_a_roster_is_opened_and_keeps_its_role(admin):
    made = actions.ensure_reader(username="rosa", email="rosa@example.org", by=None)
    user = accept(invite(admin, "rosa@example.org", role=Role.ADMIN))
    assert (user, user.role, user.username) == (made, Role.READER, "rosa")
    assert user.check_password(LONG)


@pytest.mark.parametrize("role", [Role.READER, Role.CURATOR])
def test_only_admins_invite(role):
    with pytest.raises(NotAllowedError, match="only admins"):
        invite(make_user(role))


def test_an_admin_who_was_deactivated_meanwhile_invites_nobody(admin):
    User.objects.update(is_active=False)
    with pytest.raises(NotAllowedError):
        invite(admin)


def test_a_deactivated_account_gets_no_link(admin):
    idle = make_user(is_active=False)
    with pytest.raises(InvitationRefusedError, match="reactivate it first"):
        actions.invite_existing_user(user=idle, by=admin)


def test_a_reader_without_an_address_can_be_given_a_link(admin):
    nameless = actions.ensure_reader(username="rex", by=None)
    other = actions.ensure_reader(username="roy", by=None)
    first = actions.invite_existing_user(user=nameless, by=admin)
    actions.invite_existing_user(user=other, by=admin)
    assert accept(first) == nameless


def test_only_admins_make_links_for_accounts(curator, reader):
    with pytest.raises(NotAllowedError):
        actions.invite_existing_user(user=reader, by=curator)


# Accepting


def test_accepting_opens_an_account_of_the_invited_role_and_address(admin):
    user = accept(invite(admin, "Neu@Example.org", Role.CURATOR), username=" Nora ")
    assert (user.username, user.email, user.role, user.name) == ("Nora", "neu@example.org", "curator", "New")
    assert user.check_password(LONG)
    assert last_event() == ("invitation.accepted", {"user": user.pk, "had_password": False})
    assert Event.objects.latest("pk").actor == user


def test_a_link_works_once(admin):
    issued = invite(admin)
    accept(issued)
    with pytest.raises(InvitationRefusedError, match="used already"):
        accept(issued, username="second")
    assert not User.objects.filter(username="second").exists()


def test_a_link_ends_after_the_days_of_the_setting(admin, settings):
    settings.INVITATION_DAYS = 3
    issued = actions.invite_user(email="late@example.org", role=Role.READER, by=admin, now=NOW)
    with pytest.raises(InvitationRefusedError, match="expired on"):
        accept(issued, now=NOW + timedelta(days=3))
    assert accept(issued, now=NOW + timedelta(days=3, seconds=-1)).is_active


def test_an_unknown_link_is_refused():
    with pytest.raises(InvitationRefusedError, match="not one of ours"):
        actions.accept_invitation(secret="made-up", username="x", password=LONG)


@pytest.mark.parametrize("taken", ["rita", "RITA"])
def test_a_taken_username_is_refused_whatever_its_case(admin, reader, taken):
    issued = invite(admin)
    with pytest.raises(AccountRefusedError, match="is taken"):
        accept(issued, username=taken)
    assert accept(issued).username == "newcomer", "the link still opens after a refusal"


def test_an_account_needs_a_username(admin):
    with pytest.raises(AccountRefusedError, match="needs a username"):
        accept(invite(admin), username="  ")


def test_an_address_taken_after_the_invitation_is_refused(admin):
    issued = invite(admin, "shared@example.org")
    make_user(username="early", email="shared@example.org")
    with pytest.raises(AccountRefusedError, match="belongs to another account"):
        accept(issued)


def test_a_link_of_an_account_deactivated_meanwhile_is_refused(admin):
    rosa = actions.ensure_reader(username="rosa", by=None)
    issued = actions.invite_existing_user(user=rosa, by=admin)
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    with pytest.raises(InvitationRefusedError, match="deactivated"):
        accept(issued)


def test_a_new_link_replaces_a_forgotten_password_and_says_so_in_the_trail(admin, reader):
    accept(actions.invite_existing_user(user=reader, by=admin))
    reader.refresh_from_db()
    assert reader.check_password(LONG)
    assert last_event() == ("invitation.accepted", {"user": reader.pk, "had_password": True})


# Revoking


def test_a_revoked_link_opens_nothing(admin):
    issued = invite(admin)
    actions.revoke_invitation(invitation=issued.invitation, by=admin)
    assert last_event()[0] == "invitation.revoked"
    with pytest.raises(InvitationRefusedError, match="withdrawn"):
        accept(issued)


def test_a_used_or_revoked_invitation_is_not_revoked_again(admin):
    used, withdrawn = invite(admin), invite(admin, "other@example.org")
    accept(used)
    actions.revoke_invitation(invitation=withdrawn.invitation, by=admin)
    for issued, word in ((used, "accepted"), (withdrawn, "revoked")):
        with pytest.raises(InvitationRefusedError, match=word):
            actions.revoke_invitation(invitation=issued.invitation, by=admin)


def test_only_admins_revoke_invitations(admin, curator):
    with pytest.raises(NotAllowedError):
        actions.revoke_invitation(invitation=invite(admin).invitation, by=curator)


# Roles


def test_a_role_changes_with_its_audit_row(admin, reader):
    actions.change_role(user=reader, role=Role.CURATOR, by=admin)
    reader.refresh_from_db()
    assert reader.is_curator
    assert last_event() == ("user.role_changed", {"from": "reader", "to": "curator"})


def test_the_same_role_changes_nothing(admin, reader):
    actions.change_role(user=reader, role=Role.READER, by=admin)
    assert not Event.objects.exists()


def test_an_unknown_role_is_refused(admin, reader):
    with pytest.raises(AccountRefusedError, match="'owner' is no role"):
        actions.change_role(user=reader, role="owner", by=admin)


@pytest.mark.parametrize("act", ["change_role", "deactivate_user", "reactivate_user"])
@pytest.mark.parametrize("role", [Role.READER, Role.CURATOR])
def test_only_admins_change_accounts(admin, act, role):
    values = {"role": Role.READER} if act == "change_role" else {}
    with pytest.raises(NotAllowedError):
        getattr(actions, act)(user=admin, by=make_user(role), **values)


def test_the_last_admin_keeps_the_role(admin):
    with pytest.raises(LastAdminError, match="ada is the last admin"):
        actions.change_role(user=admin, role=Role.CURATOR, by=admin)
    admin.refresh_from_db()
    assert admin.is_admin


def test_the_last_admin_is_not_deactivated(admin):
    with pytest.raises(LastAdminError):
        actions.deactivate_user(user=admin, by=admin)


@pytest.mark.parametrize("other", [{"is_active": False}, {"password": "!never-set"}])
def test_an_admin_who_cannot_sign_in_does_not_count_as_another(admin, other):
    second = make_user(Role.ADMIN)
    User.objects.filter(pk=second.pk).update(**other)
    with pytest.raises(LastAdminError):
        actions.change_role(user=admin, role=Role.READER, by=admin)


def test_one_of_two_admins_may_step_back(admin):
    make_user(Role.ADMIN)
    actions.change_role(user=admin, role=Role.READER, by=admin)
    admin.refresh_from_db()
    assert admin.is_reader


# Deactivating


def test_deactivating_ends_tokens_and_links_and_keeps_the_account(admin, reader):
    token = actions.create_api_token(user=reader, name="script").token
    issued = actions.invite_existing_user(user=reader, by=admin)
    actions.deactivate_user(user=reader, by=admin)
    reader.refresh_from_db()
    token.refresh_from_db()
    issued.invitation.refresh_from_db()
    assert not reader.is_active
    assert (token.state, issued.invitation.state) == ("revoked", "revoked")
    assert last_event() == ("user.deactivated", {"tokens_revoked": 1})


def test_a_deactivated_account_comes_back_without_its_tokens(admin, reader):
    actions.create_api_token(user=reader, name="script")
    actions.deactivate_user(user=reader, by=admin)
    actions.reactivate_user(user=reader, by=admin)
    reader.refresh_from_db()
    assert reader.is_active
    assert not reader.api_tokens.live().exists()
    assert last_event()[0] == "user.reactivated"


def test_deactivating_and_reactivating_twice_is_refused(admin, reader):
    with pytest.raises(AccountRefusedError, match="active already"):
        actions.reactivate_user(user=reader, by=admin)
    actions.deactivate_user(user=reader, by=admin)
    with pytest.raises(AccountRefusedError, match="deactivated already"):
        actions.deactivate_user(user=reader, by=admin)


def test_an_idle_admin_may_be_demoted_though_nobody_else_is_one(admin):
    idle = make_user(Role.ADMIN, is_active=False)
    actions.change_role(user=idle, role=Role.READER, by=admin)
    idle.refresh_from_db()
    assert idle.is_reader


# Tokens


def test_a_token_is_told_once_and_stored_as_a_digest(reader):
    issued = actions.create_api_token(user=reader, name=" nightly ")
    assert issued.secret.startswith("cs_")
    assert issued.secret.startswith(issued.token.prefix)
    assert len(issued.token.prefix) < 10, "the shown part must not help to guess the rest"
    assert (issued.token.name, issued.token.digest) == ("nightly", digest_of(issued.secret))
    assert last_event() == ("api_token.created", {"user": reader.pk})


def test_a_token_needs_a_name_and_a_future(reader):
    with pytest.raises(TokenRefusedError, match="needs a name"):
        actions.create_api_token(user=reader, name=" ")
    with pytest.raises(TokenRefusedError, match="expired on"):
        actions.create_api_token(user=reader, name="x", expires_at=NOW, now=NOW)


def test_a_person_has_at_most_twenty_live_tokens(reader):
    tokens = [actions.create_api_token(user=reader, name=f"t{n}").token for n in range(20)]
    with pytest.raises(TokenRefusedError, match="20 live tokens"):
        actions.create_api_token(user=reader, name="one more")
    actions.revoke_api_token(token=tokens[0], by=reader)
    assert actions.create_api_token(user=reader, name="one more").token.pk


def test_the_owner_or_an_admin_revokes_a_token(admin, reader):
    for by in (reader, admin):
        token = actions.create_api_token(user=reader, name="x").token
        actions.revoke_api_token(token=token, by=by)
        assert Event.objects.latest("pk").actor == by
        with pytest.raises(TokenRefusedError, match="revoked already"):
            actions.revoke_api_token(token=token, by=by)


def test_nobody_else_revokes_a_token(reader, curator):
    token = actions.create_api_token(user=reader, name="x").token
    with pytest.raises(NotAllowedError, match="belongs to somebody else"):
        actions.revoke_api_token(token=token, by=curator)
    assert ApiToken.objects.live().count() == 1


# Rosters


def test_a_roster_makes_a_reader_without_a_password(curator):
    user = actions.ensure_reader(username="rosa", name="Rosa", email="R@Example.org", site="north", by=curator)
    assert (user.role, user.name, user.email, user.home_site_code) == ("reader", "Rosa", "r@example.org", "north")
    assert not user.has_usable_password()
    assert last_event() == ("user.created", {"role": "reader"})


def test_the_same_roster_again_changes_nothing():
    row = {"username": "rosa", "name": "Rosa", "email": "r@example.org", "site": "north", "by": None}
    first = actions.ensure_reader(**row)
    assert actions.ensure_reader(**row) == first
    assert actions.ensure_reader(**row | {"username": "ROSA"}) == first
    assert Event.objects.count() == 1


def test_a_roster_moves_a_reader_to_another_site_and_nothing_else():
    actions.ensure_reader(username="rosa", name="Rosa", email="r@example.org", site="north", by=None)
    user = actions.ensure_reader(username="rosa", name="Other", email="", site="south", by=None)
    assert (user.name, user.home_site_code) == ("Rosa", "south")
    assert last_event() == ("user.site_changed", {})


def test_a_roster_names_no_curators_and_no_deactivated_readers(curator):
    make_user(username="gone", is_active=False)
    for username, why in (("cleo", "is a curator"), ("gone", "is deactivated")):
        with pytest.raises(AccountRefusedError, match=why):
            actions.ensure_reader(username=username, by=None)


def test_a_roster_does_not_share_an_address(reader):
    with pytest.raises(AccountRefusedError, match="belongs to another account"):
        actions.ensure_reader(username="twin", email=reader.email, by=None)


def test_a_reader_adds_no_readers(reader):
    with pytest.raises(NotAllowedError, match="Only a curator"):
        actions.ensure_reader(username="friend", by=reader)


# The first admin


def test_the_first_admin_gets_a_link_and_no_password():
    issued = actions.bootstrap_admin(username="root", email="Root@Example.org")
    user = User.objects.get()
    assert (user.role, user.email, user.has_usable_password()) == ("admin", "root@example.org", False)
    assert accept(issued).check_password(LONG)
    trail = [(event.verb, event.actor) for event in Event.objects.order_by("pk")]
    assert trail[:2] == [("user.created", None), ("invitation.created", None)], "a command acts for nobody"


def test_a_locked_out_admin_gets_a_newer_link(admin):
    first = actions.bootstrap_admin(username="ADA", email="ignored@example.org")
    second = actions.bootstrap_admin(username="ada", email="ignored@example.org")
    with pytest.raises(InvitationRefusedError):
        accept(first)
    assert accept(second) == admin
    assert User.objects.count() == 1


def test_nobody_is_made_an_admin_by_the_command(reader):
    with pytest.raises(AccountRefusedError, match="rita is a reader"):
        actions.bootstrap_admin(username="rita", email="")


# Names


def test_a_changed_name_is_an_event_and_an_unchanged_one_is_not(reader):
    actions.change_name(user=reader, name="Rita R.")
    actions.change_name(user=reader, name="Rita R.")
    reader.refresh_from_db()
    assert reader.get_full_name() == "Rita R."
    assert [event.verb for event in Event.objects.all()] == ["user.renamed"]
