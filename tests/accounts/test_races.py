"""What two people do at the same moment, on two connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from accounts import actions
from accounts.models import Role, User
from core.errors import DomainError
from core.models import Event
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Runs the acts on threads that start together; gives each one's result or refusal."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return act()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(results: list[object]) -> list[str]:
    return [type(result).__name__ for result in results if isinstance(result, DomainError)]


def test_a_link_used_twice_at_once_opens_one_account():
    admin = make_user(Role.ADMIN)
    secret = actions.invite_user(email="new@example.org", role=Role.READER, by=admin).secret
    results = at_once(
        *(
            lambda name=name: actions.accept_invitation(secret=secret, username=name, password="a-long-password")
            for name in ("first", "second", "third")
        )
    )
    assert refusals(results) == ["InvitationRefusedError"] * 2
    assert User.objects.filter(email="new@example.org").count() == 1


def test_two_admins_who_demote_each_other_at_once_leave_one():
    ada, bea = make_user(Role.ADMIN), make_user(Role.ADMIN)
    results = at_once(
        lambda: actions.change_role(user=bea, role=Role.READER, by=ada),
        lambda: actions.deactivate_user(user=ada, by=bea),
    )
    assert len(refusals(results)) == 1
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


def test_two_admins_who_step_back_at_once_leave_one():
    ada, bea = make_user(Role.ADMIN), make_user(Role.ADMIN)
    results = at_once(*(lambda who=who: actions.change_role(user=who, role=Role.READER, by=who) for who in (ada, bea)))
    assert refusals(results) == ["LastAdminError"]
    assert User.objects.filter(role=Role.ADMIN).count() == 1


def test_the_second_of_two_changes_waits_for_the_first():
    ada, bea = make_user(Role.ADMIN), make_user(Role.ADMIN)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            actions.change_role(user=bea, role=Role.READER, by=ada)
            other = pool.submit(at_once, lambda: actions.deactivate_user(user=ada, by=bea))
            with pytest.raises(TimeoutError):
                other.result(timeout=0.3)
        assert refusals(other.result(timeout=10)) == ["NotAllowedError"]


def test_an_address_invited_twice_at_once_has_one_open_link():
    admin = make_user(Role.ADMIN)
    at_once(*(lambda: actions.invite_user(email="new@example.org", role=Role.READER, by=admin) for _ in range(3)))
    assert [one.state for one in admin_invitations()].count("invited") == 1


def admin_invitations() -> list[object]:
    from accounts.models import Invitation

    return list(Invitation.objects.all())


def test_a_roster_loaded_twice_at_once_makes_one_reader():
    results = at_once(*(lambda: actions.ensure_reader(username="rosa", by=None) for _ in range(3)))
    assert User.objects.filter(username="rosa").count() == 1
    assert Event.objects.filter(verb="user.created").count() == 1
    assert set(refusals(results)) <= {"AccountRefusedError"}


def test_a_token_revoked_twice_at_once_is_revoked_once():
    user = make_user()
    token = actions.create_api_token(user=user, name="x").token
    results = at_once(*(lambda: actions.revoke_api_token(token=token, by=user) for _ in range(2)))
    assert refusals(results) == ["TokenRefusedError"]
    assert Event.objects.filter(verb="api_token.revoked").count() == 1
