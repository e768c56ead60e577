"""Signing in to the API: by token or session, and every way a token stops working."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.models import ApiToken, Role, User
from tests.accounts.signing_in import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(reader) -> str:
    return actions.create_api_token(user=reader, name="script").secret


def me(authorization: str | None = None):
    return Client().get("/api/v1/me", headers={"Authorization": authorization} if authorization else {})


def test_a_token_says_whose_it_is(reader, secret):
    response = me(f"Bearer {secret}")
    assert response.json() == {
        "username": "rita",
        "name": "Rita",
        "email": "rita@example.org",
        "role": "reader",
        "home_site_code": "",
    }


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_is_written_in_any_case(secret, scheme):
    assert me(f"{scheme} {secret}").status_code == 200


@pytest.mark.parametrize("scheme", ["Token", "Basic", ""])
def test_another_scheme_signs_nobody_in(secret, scheme):
    response = me(f"{scheme} {secret}".strip())
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer ", "Bearer cs_made-up", "Bearer \xff"])
def test_no_token_or_an_unknown_one_is_refused(secret, authorization):
    assert me(authorization).status_code == 401


def test_the_prefix_or_digest_of_a_token_is_no_token(secret):
    token = ApiToken.objects.get()
    for text in (token.prefix, token.digest, secret[:-1], secret + "x", secret.swapcase()):
        assert me(f"Bearer {text}").status_code == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"revoked_at": timezone.now()}, 401),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, 401),
        ({"expires_at": timezone.now() + timedelta(hours=1)}, 200),
    ],
)
def test_revoked_and_expired_tokens_are_refused(secret, change, status):
    ApiToken.objects.update(**change)
    response = me(f"Bearer {secret}")
    assert response.status_code == status
    if status == 401:
        assert "unknown, expired or revoked" in response.json()["detail"]


def test_the_token_of_a_deactivated_person_is_refused(secret):
    User.objects.update(is_active=False)
    assert me(f"Bearer {secret}").status_code == 401


def test_the_token_has_the_role_its_owner_has_now(admin, reader, secret):
    actions.change_role(user=reader, role=Role.CURATOR, by=admin)
    assert me(f"Bearer {secret}").json()["role"] == "curator"


def test_the_last_use_of_a_token_is_noted(secret):
    assert ApiToken.objects.get().last_used_at is None
    before = timezone.now()
    me(f"Bearer {secret}")
    assert before <= ApiToken.objects.get().last_used_at <= timezone.now()
    me("Bearer cs_wrong")


def test_a_token_is_no_session_for_pages(secret):
    response = Client().get("/people/profile/", headers={"Authorization": f"Bearer {secret}"})
    assert response.status_code == 302


def test_a_session_opens_the_api_too_and_anonymous_does_not(client, reader):
    assert client.get("/api/v1/me").status_code in {401, 403}
    sign_in(client, reader)
    assert client.get("/api/v1/me").json()["username"] == "rita"


def test_a_session_writes_to_the_api_only_with_the_forms_own_secret(reader):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, reader)
    assert client.post("/api/v1/me").status_code in {403, 405}


@pytest.mark.parametrize("role", Role.values)
def test_the_schema_is_for_those_who_read(client, db, role):
    assert client.get("/api/v1/schema/").status_code in {401, 403}
    sign_in(client, make_user(role))
    response = client.get("/api/v1/schema/?format=json")
    if role == Role.CONTRIBUTOR:  # whose programs send, and read nothing
        assert response.status_code == 403
        return
    assert response.status_code == 200
    assert "/api/v1/me" in response.json()["paths"]
