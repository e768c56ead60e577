"""The pages of people, invitations, audit trail and profile: who may, how, and what they say."""

import csv
import io
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import ApiToken, Invitation, Role, User
from core.actions import record_event
from core.models import Event
from tests.accounts.signing_in import sign_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = {
    "username": "newcomer",
    "name": "New",
    "password": "a-long-enough-password",
    "password_again": "a-long-enough-password",
}
ADMIN_PAGES = ("user_list", "invitation_list", "invitation_create", "event_list", "event_csv")
POST_ONLY = ("user_change_role", "user_deactivate", "user_reactivate", "user_invite")


def url(name: str, *args: object) -> str:
    return reverse(f"accounts:{name}", args=args)


def link_on(response) -> str:
    return response.context["link"]


# Who may


@pytest.mark.parametrize("name", ADMIN_PAGES)
def test_admin_pages_are_for_admins(client: Client, admin, curator, reader, name):
    assert client.get(url(name)).status_code == 302, "anonymous goes to sign in"
    for person, status in ((reader, 403), (curator, 403), (admin, 200)):
        sign_in(client, person)
        assert client.get(url(name)).status_code == status


@pytest.mark.parametrize("name", POST_ONLY)
def test_changes_of_people_are_for_admins_by_post(client: Client, admin, curator, reader, name):
    address = url(name, reader.pk)
    assert client.post(address).status_code == 302
    for person in (reader, curator):
        sign_in(client, person)
        assert client.post(address).status_code == 403
    sign_in(client, admin)
    assert client.get(address).status_code == 405
    reader.refresh_from_db()
    assert (reader.is_active, reader.role) == (True, Role.READER)


@pytest.mark.parametrize("name", POST_ONLY)
def test_changes_of_people_wait_for_a_fresh_login(client: Client, admin, reader, name):
    sign_in(client, admin, minutes_ago=6)
    response = client.post(url(name, reader.pk), {"role": "curator", "name": "rita"})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", [*POST_ONLY, "invitation_revoke", "user_detail"])
def test_somebody_who_does_not_exist_is_not_found(client: Client, admin, name):
    sign_in(client, admin)
    call = client.get if name == "user_detail" else client.post
    assert call(url(name, 999_999)).status_code == 404


# Inviting


def test_the_link_is_shown_once_after_inviting(client: Client, admin):
    sign_in(client, admin)
    response = client.post(url("invitation_create"), {"email": "new@example.org", "role": "curator"})
    assert link_on(response) in response.content.decode()
    assert link_on(response).startswith("http://testserver/people/invitations/accept/")
    assert "No mail server is set" in response.content.decode()
    secret = link_on(response).rstrip("/").rpartition("/")[2]
    assert secret not in client.get(url("invitation_list")).content.decode()


def test_the_link_is_mailed_when_there_is_a_mail_server(client: Client, admin, settings):
    settings.EMAIL_HOST = "mail.example.org"
    sign_in(client, admin)
    response = client.post(url("invitation_create"), {"email": "new@example.org", "role": "reader"})
    assert mail.outbox[0].to == ["new@example.org"]
    assert link_on(response) in mail.outbox[0].body
    assert "also sent by e-mail" in response.content.decode()


def test_a_mail_server_that_is_down_does_not_lose_the_link(client: Client, admin, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    sign_in(client, admin)
    response = client.post(url("invitation_create"), {"email": "new@example.org", "role": "reader"})
    assert response.status_code == 200
    assert link_on(response) in response.content.decode()
    assert "did not take it" in response.content.decode()


def test_an_address_with_an_account_is_refused_in_the_form(client: Client, admin, reader):
    sign_in(client, admin)
    response = client.post(url("invitation_create"), {"email": reader.email, "role": "reader"})
    assert response.status_code == 422
    assert "already has the account rita" in response.content.decode()
    assert reader.email in response.content.decode(), "the input is kept"


def test_an_invitation_is_revoked_on_the_list(client: Client, admin):
    issued = actions.invite_user(email="new@example.org", role=Role.READER, by=admin)
    sign_in(client, admin)
    client.post(url("invitation_revoke", issued.invitation.pk))
    again = client.post(url("invitation_revoke", issued.invitation.pk), follow=True)
    assert Invitation.objects.get().state == "revoked"
    assert "only an open one can be revoked" in again.content.decode()


def test_a_roster_reader_is_given_a_link(client: Client, admin):
    rosa = actions.ensure_reader(username="rosa", email="rosa@example.org", by=None)
    sign_in(client, admin)
    response = client.post(url("user_invite", rosa.pk))
    page = Client().get(link_on(response))
    assert "The account <strong>rosa</strong> waits" in page.content.decode()
    assert "username" not in page.context["form"].fields


# Accepting


@pytest.fixture
def link(admin) -> str:
    return url("invitation_accept", actions.invite_user(email="new@example.org", role=Role.READER, by=admin).secret)


def test_the_invited_person_chooses_a_password_and_is_signed_in(client: Client, link):
    response = client.post(link, NEW)
    assert response.status_code == 302
    user = User.objects.get(username="newcomer")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get(url("profile")).status_code == 200


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password_again": "another-long-password"}, "passwords differ"),
        ({"password": "password12345", "password_again": "password12345"}, "too common"),
        ({"password": "newcomer2024", "password_again": "newcomer2024"}, "too similar"),
        ({"username": "ADA"}, "is taken"),
        ({"username": "someone@else.org"}, "must be the address"),
        ({"username": "a b"}, "valid username"),
        ({"username": ""}, "required"),
        ({"name": ""}, "required"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_leaves_the_link_open(client: Client, link, change, why):
    response = client.post(link, NEW | change)
    assert response.status_code == 422
    assert why in response.content.decode()
    assert not User.objects.filter(email="new@example.org").exists()
    assert client.post(link, NEW).status_code == 302


def test_ones_own_address_may_be_the_username(client: Client, link):
    assert client.post(link, NEW | {"username": "new@example.org"}).status_code == 302


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"accepted_at": timezone.now()}, "used already"),
        ({"revoked_at": timezone.now()}, "withdrawn"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expired on"),
    ],
)
def test_a_closed_link_says_so_plainly_and_takes_nothing(client: Client, link, change, why):
    Invitation.objects.update(**change)
    for response in (client.get(link), client.post(link, NEW)):
        assert response.status_code == 410
        assert why in response.content.decode()
    assert not User.objects.filter(username="newcomer").exists()


def test_a_link_nobody_made_says_so(client: Client, db):
    response = client.get(url("invitation_accept", "made-up"))
    assert response.status_code == 410
    assert "not one of ours" in response.content.decode()


def test_a_person_with_a_second_factor_is_asked_for_it_after_a_new_link(client: Client, admin, reader):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=reader, type="totp", data={"secret": "A" * 32})
    issued = actions.invite_existing_user(user=reader, by=admin)
    response = client.post(url("invitation_accept", issued.secret), {key: NEW[key] for key in NEW if key != "username"})
    assert response["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


# People


def test_a_role_is_changed_on_the_persons_page(client: Client, admin, reader):
    sign_in(client, admin)
    response = client.post(url("user_change_role", reader.pk), {"role": "curator"}, follow=True)
    assert "is now a curator" in response.content.decode()
    reader.refresh_from_db()
    assert reader.is_curator


@pytest.mark.parametrize("role", ["", "owner"])
def test_a_role_that_does_not_exist_is_refused(client: Client, admin, reader, role):
    sign_in(client, admin)
    response = client.post(url("user_change_role", reader.pk), {"role": role}, follow=True)
    assert "Choose one of the three roles" in response.content.decode()
    reader.refresh_from_db()
    assert reader.is_reader


def test_the_last_admin_reads_why_the_role_stays(client: Client, admin):
    sign_in(client, admin)
    response = client.post(url("user_change_role", admin.pk), {"role": "reader"}, follow=True)
    assert "last admin who can sign in" in response.content.decode()


def test_deactivating_asks_for_the_username(client: Client, admin, reader):
    sign_in(client, admin)
    refused = client.post(url("user_deactivate", reader.pk), {"name": "ritta"}, follow=True)
    assert "Type rita to deactivate" in refused.content.decode()
    client.post(url("user_deactivate", reader.pk), {"name": "rita"})
    reader.refresh_from_db()
    assert not reader.is_active


def test_a_deactivated_person_loses_the_open_session_and_comes_back_by_reactivation(client: Client, admin, reader):
    theirs = Client()
    sign_in(theirs, reader)
    sign_in(client, admin)
    client.post(url("user_deactivate", reader.pk), {"name": "rita"})
    assert theirs.get(url("profile")).status_code == 302
    client.post(url("user_reactivate", reader.pk))
    assert sign_in(theirs, User.objects.get(pk=reader.pk)).is_active
    assert theirs.get(url("profile")).status_code == 200


def test_people_are_searched_filtered_and_sorted(client: Client, admin, curator, reader):
    sign_in(client, admin)

    def shown(**query: str) -> list[str]:
        return [person.username for person in client.get(url("user_list"), query).context["page"]]

    assert shown() == ["ada", "cleo", "rita"]
    assert shown(sort="-username") == ["rita", "cleo", "ada"]
    assert shown(role="curator") == ["cleo"]
    assert shown(search="RIT") == ["rita"]
    assert shown(sort="password") == ["ada", "cleo", "rita"], "unknown orders fall back to the username"


def test_the_list_of_people_costs_the_same_for_one_and_for_many(client: Client, admin, django_assert_num_queries):
    sign_in(client, admin)
    with django_assert_num_queries(4):  # session, who asks, how many, the page
        client.get(url("user_list"))
    for _ in range(3):
        actions.create_api_token(user=make_user(), name="x")
    with django_assert_num_queries(4):
        client.get(url("user_list"))


# The audit trail


def test_events_are_filtered_by_what_who_and_to_what(client: Client, admin, reader):
    record_event(verb="round.opened", subject=reader, by=admin)
    record_event(verb="round.closed", subject=admin, by=None)
    record_event(verb="import.started", subject=reader, by=reader)
    sign_in(client, admin)

    def shown(**query: str) -> list[str]:
        return [event.verb for event in client.get(url("event_list"), query).context["page"]]

    assert shown() == ["import.started", "round.closed", "round.opened"]
    assert shown(verb="round") == ["round.closed", "round.opened"]
    assert shown(actor="RITA") == ["import.started"]
    assert shown(subject=f"accounts.user:{reader.pk}", verb="round.opened") == ["round.opened"]
    assert shown(subject="accounts.user") == shown()
    assert shown(subject="accounts.user:nobody") == []


def test_the_csv_holds_exactly_the_filtered_events(client: Client, admin, reader):
    record_event(verb="round.opened", subject=reader, by=admin, data={"k": 3, "note": 'a "b", c'})
    record_event(verb="import.started", subject=reader, by=None)
    sign_in(client, admin)
    response = client.get(url("event_csv"), {"verb": "round.opened"})
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert response["Content-Type"] == "text/csv"
    assert [(row["actor"], row["verb"], row["data"]) for row in rows] == [
        ("ada", "round.opened", '{"k": 3, "note": "a \\"b\\", c"}')
    ]


def test_events_come_in_pages_at_a_fixed_cost(client: Client, admin, django_assert_num_queries):
    for _ in range(3):
        record_event(verb="x.y", subject=admin, by=admin)
    sign_in(client, admin)
    with django_assert_num_queries(5):  # session, who asks, verbs, how many, the page
        assert len(client.get(url("event_list")).context["page"]) == 3
    Event.objects.bulk_create(Event(verb="x.y", subject_type="a.b", subject_id="1", actor=admin) for _ in range(150))
    with django_assert_num_queries(5):
        assert len(client.get(url("event_list"), {"page": 2}).context["page"]) == 53


# Profile and tokens


def test_everybody_has_a_profile_and_names_themselves(client: Client, reader):
    assert client.get(url("profile")).status_code == 302
    sign_in(client, reader)
    assert client.post(url("profile"), {"name": "Rita R."}).status_code == 302
    assert "Rita R." in client.get(url("profile")).content.decode()
    assert client.post(url("profile"), {"name": ""}).status_code == 422
    assert client.put(url("profile")).status_code == 405


def test_a_token_made_on_the_profile_opens_the_api_and_is_shown_once(client: Client, reader):
    sign_in(client, reader)
    response = client.post(url("token_create"), {"name": "nightly"})
    secret = response.context["secret"]
    assert secret in response.content.decode()
    assert secret not in client.get(url("profile")).content.decode()
    me = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert me.json()["username"] == "rita"


def test_a_token_is_made_only_after_a_fresh_login_and_by_post(client: Client, reader):
    sign_in(client, reader, minutes_ago=6)
    assert client.post(url("token_create"), {"name": "x"})["Location"].startswith("/account/reauthenticate/")
    assert client.get(url("token_create")).status_code == 405
    assert not ApiToken.objects.exists()


def test_a_token_works_to_the_end_of_its_last_day(client: Client, reader):
    sign_in(client, reader)
    today = timezone.localdate()
    assert client.post(url("token_create"), {"name": "x", "expires_on": today.isoformat()}).status_code == 200
    assert timezone.localtime(ApiToken.objects.get().expires_at).date() == today
    yesterday = (today - timedelta(days=1)).isoformat()
    refused = client.post(url("token_create"), {"name": "x", "expires_on": yesterday})
    assert (refused.status_code, ApiToken.objects.count()) == (422, 1)
    assert "choose a later day" in refused.content.decode()


def test_tokens_of_others_cannot_be_revoked_or_even_found(client: Client, reader, curator, admin):
    token = actions.create_api_token(user=reader, name="x").token
    for stranger in (curator, make_user()):
        sign_in(client, stranger)
        assert client.post(url("token_revoke", token.pk)).status_code == 404
    sign_in(client, admin)
    assert client.post(url("token_revoke", token.pk))["Location"] == url("user_detail", reader.pk)
    token.refresh_from_db()
    assert token.state == "revoked"


def test_ones_own_token_is_revoked_on_the_profile(client: Client, reader):
    token = actions.create_api_token(user=reader, name="x").token
    sign_in(client, reader)
    assert client.get(url("token_revoke", token.pk)).status_code == 405
    assert client.post(url("token_revoke", token.pk))["Location"] == url("profile")
    assert "was revoked already" in client.post(url("token_revoke", token.pk), follow=True).content.decode()


def test_the_persons_page_shows_tokens_and_last_events_without_secrets(client: Client, admin, reader):
    issued = actions.create_api_token(user=reader, name="nightly")
    sign_in(client, admin)
    text = client.get(url("user_detail", reader.pk)).content.decode()
    assert "nightly" in text
    assert "Api token created" in text
    assert issued.secret not in text
    assert issued.token.digest not in text
    assert PASSWORD not in text
