"""Single sign-on against a fake provider on loopback: which account it opens, and when it opens none."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from accounts.models import Role, User
from tests.accounts.oidc_provider import Provider, running
from tests.accounts.signing_in import sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
START = "/account/oidc/sso/login/"
RITA = {"sub": "42", "email": "rita@example.org", "email_verified": True, "name": "Rita"}


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    cache.clear()
    with running(Provider(dict(RITA))) as provider:
        settings.SOCIALACCOUNT_PROVIDERS = provider.settings()
        yield provider


def sign_on(client: Client, provider: Provider, start: str = START):
    """From our link to the provider and back; the answer to the way back."""
    there = client.get(start)
    assert there["Location"].startswith(f"{provider.issuer}/authorize?")
    back = provider.authorize(there["Location"])
    return client.get(back.replace("http://testserver", ""))


def who(client: Client) -> str | None:
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else None


def test_the_sign_in_page_links_to_the_provider(client, provider):
    page = client.get("/account/login/").content.decode()
    assert START in page
    assert "Hospital sign-on" in page


@pytest.mark.parametrize("email", ["rita@example.org", "RITA@Example.org"])
def test_the_verified_address_opens_the_invited_account(client, provider, reader, email):
    provider.claims["email"] = email
    response = sign_on(client, provider)
    assert response.status_code == 302
    assert who(client) == "rita"
    assert provider.refused == []


def test_the_password_stays_and_nothing_is_connected(client, provider, reader):
    sign_on(client, provider)
    reader.refresh_from_db()
    assert reader.check_password(PASSWORD)
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": "stranger@example.org"}, "nobody was invited here under that address"),
        ({"email_verified": False}, "did not confirm an e-mail address"),
        ({"email_verified": "false"}, "did not confirm an e-mail address"),
        ({"email_verified": "true"}, "did not confirm an e-mail address"),
        ({"email_verified": None}, "did not confirm an e-mail address"),
        ({"email": ""}, "did not confirm an e-mail address"),
    ],
)
def test_an_unknown_or_unconfirmed_address_opens_nothing_and_says_why(client, provider, reader, change, why):
    provider.claims |= change
    response = sign_on(client, provider)
    assert response.status_code == 403
    assert why in response.content.decode()
    assert who(client) is None
    assert User.objects.count() == 1


def test_the_same_name_at_the_provider_is_not_enough(client, provider, reader):
    provider.claims |= {"email": "other@example.org", "preferred_username": "rita"}
    assert sign_on(client, provider).status_code == 403
    assert who(client) is None


def test_an_earlier_sign_on_does_not_keep_the_door_open_after_the_address_moved(client, provider, reader):
    sign_on(client, provider)
    User.objects.filter(pk=reader.pk).update(email="new@example.org")
    assert sign_on(Client(), provider).status_code == 403


def test_a_deactivated_account_stays_shut(client, provider, reader):
    User.objects.update(is_active=False)
    assert sign_on(client, provider)["Location"] == "/account/inactive/"
    assert who(client) is None


def test_the_second_factor_is_asked_for_after_single_sign_on(client, provider, reader):
    Authenticator.objects.create(user=reader, type="totp", data={"secret": "A" * 32})
    assert "2fa" in sign_on(client, provider)["Location"]
    assert who(client) is None


def test_somebody_signed_in_cannot_connect_an_identity_to_the_account(client, provider, reader):
    sign_in(client, reader)
    provider.claims["email"] = "attacker@example.org"
    assert sign_on(client, provider, START + "?process=connect").status_code == 403
    provider.claims["email"] = reader.email
    assert sign_on(client, provider, START + "?process=connect").status_code == 403
    assert not SocialAccount.objects.exists()


def test_an_answer_without_the_sessions_own_state_is_refused(client, provider, reader):
    back = provider.authorize(client.get(START)["Location"]).replace("http://testserver", "")
    other = Client()
    other.get(back)
    assert who(other) is None
    client.get(back.partition("state=")[0] + "state=made-up")
    assert who(client) is None


def test_an_answer_is_taken_once(client, provider, reader):
    back = provider.authorize(client.get(START)["Location"]).replace("http://testserver", "")
    client.get(back)
    client.post("/account/logout/")
    client.get(back)
    assert who(client) is None


@pytest.mark.parametrize(
    ("name", "value"), [("audience", "another-client"), ("lifetime_s", -1), ("secret", "rotated"), ("issuer", "bad")]
)
def test_a_token_for_somebody_else_an_old_one_or_a_refused_client_opens_nothing(client, provider, reader, name, value):
    there = client.get(START)["Location"]
    back = provider.authorize(there).replace("http://testserver", "")
    if name == "issuer":
        provider.claims["iss"] = "https://elsewhere.example"
    else:
        setattr(provider, name, value)
    response = client.get(back)
    assert who(client) is None
    assert "did not work" in response.content.decode()


def test_a_provider_that_is_down_is_a_page_and_not_an_error(client, provider, reader, settings):
    with running(Provider(RITA)) as gone:
        settings.SOCIALACCOUNT_PROVIDERS = gone.settings()
    response = client.get(START)
    assert response.status_code == 502
    assert "does not answer" in response.content.decode()


def test_a_person_without_password_proves_themselves_at_the_provider(client, provider, admin, reader):
    User.objects.filter(pk=admin.pk).update(password="!sso-only")
    sign_in(client, User.objects.get(pk=admin.pk), minutes_ago=6)
    asked = client.post(f"/people/{reader.pk}/deactivate/", {"name": "rita"})
    assert asked["Location"].startswith(START)
    assert User.objects.get(pk=reader.pk).is_active
    provider.claims["email"] = admin.email
    sign_on(client, provider, asked["Location"])
    client.post(f"/people/{reader.pk}/deactivate/", {"name": "rita"})
    assert not User.objects.get(pk=reader.pk).is_active


def test_without_the_setting_there_is_no_single_sign_on(client, db, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert client.get(START).status_code == 404
    assert START not in client.get("/account/login/").content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_single_sign_on_gives_no_role(client, provider, reader, role):
    provider.claims |= {"role": "admin", "groups": ["admin"]}
    User.objects.update(role=role)
    sign_on(client, provider)
    assert User.objects.get().role == role
