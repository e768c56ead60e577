"""Signing in and out: username or address, closed sign-up, limits, second factor, fresh login."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from tests.accounts.signing_in import sign_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()
    yield
    cache.clear()


def signed_in_as(client: Client) -> str | None:
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else None


def code_of(secret: str, steps_ago: int = 0) -> str:
    """What an authenticator app shows now, or showed so many times 30 seconds ago."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 - steps_ago))


# Password


@pytest.mark.parametrize("login", ["rita", "RITA", "rita@example.org", "Rita@Example.Org"])
def test_username_and_address_both_sign_in(client, reader, login):
    client.post(LOGIN, {"login": login, "password": PASSWORD})
    assert signed_in_as(client) == "rita"


@pytest.mark.parametrize(
    ("login", "password"), [("rita", "wrong"), ("nobody", PASSWORD), ("nobody@example.org", PASSWORD), ("rita", "")]
)
def test_wrong_details_all_get_the_same_answer_and_no_session(client, reader, login, password):
    response = client.post(LOGIN, {"login": login, "password": password})
    assert signed_in_as(client) is None
    assert response.status_code == 200
    assert "wrong" not in response.content.decode().replace("correct", "")


def test_unknown_and_known_names_are_not_told_apart(client, reader):
    def answer(login: str) -> str:
        text = client.post(LOGIN, {"login": login, "password": "wrong"}).content.decode()
        return re.sub(r'value="[^"]*"', "", text).replace(login, "")

    assert answer("rita") == answer("nobody")


def test_a_deactivated_person_does_not_sign_in(client, reader):
    User.objects.update(is_active=False)
    response = client.post(LOGIN, {"login": "rita", "password": PASSWORD})
    assert response["Location"] == "/account/inactive/"
    assert signed_in_as(client) is None


def test_an_account_without_a_password_does_not_sign_in_with_an_empty_one(client, reader):
    reader.set_unusable_password()
    reader.save()
    for password in ("", reader.password):
        client.post(LOGIN, {"login": "rita", "password": password})
        assert signed_in_as(client) is None


def test_signing_out_takes_a_post(client, reader):
    sign_in(client, reader)
    client.get("/account/logout/")
    assert signed_in_as(client) == "rita"
    client.post("/account/logout/")
    assert signed_in_as(client) is None


def test_the_way_back_after_signing_in_stays_on_this_site(client, reader):
    inside = client.post(
        LOGIN + "?next=/people/profile/", {"login": "rita", "password": PASSWORD, "next": "/people/profile/"}
    )
    assert inside["Location"] == "/people/profile/"
    outside = Client().post(LOGIN, {"login": "rita", "password": PASSWORD, "next": "https://elsewhere.example/"})
    assert "elsewhere" not in outside["Location"]


def test_nobody_signs_up_by_themselves(client, db):
    page = client.get("/account/signup/")
    assert "<form" not in page.content.decode().partition("<main")[2]
    form = {"username": "me", "email": "me@example.org", "password1": "a-long-password", "password2": "a-long-password"}
    client.post("/account/signup/", form)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["account_email", "socialaccount_connections", "socialaccount_signup"])
def test_pages_of_the_sign_in_library_that_we_do_not_offer_are_closed(client, reader, name):
    sign_in(client, reader)
    assert client.get(reverse(name)).status_code == 404
    assert client.post(reverse(name), {"email": "victim@example.org", "action_add": "1"}).status_code == 404


# Limits


def test_the_sixth_wrong_password_for_a_name_is_not_even_tried(client, reader):
    for _ in range(5):
        client.post(LOGIN, {"login": "rita", "password": "wrong"})
    response = client.post(LOGIN, {"login": "rita", "password": PASSWORD})
    assert signed_in_as(client) is None
    assert "Too many failed" in response.content.decode()


def test_the_limit_of_one_name_does_not_lock_others_out(client, reader):
    for _ in range(5):
        client.post(LOGIN, {"login": "rita", "password": "wrong"})
    make_user(username="roy")
    Client().post(LOGIN, {"login": "roy", "password": PASSWORD})
    client.post(LOGIN, {"login": "roy", "password": PASSWORD})
    assert signed_in_as(client) == "roy"


def test_one_address_of_the_network_gets_thirty_tries_a_minute(client, db):
    answers = [client.post(LOGIN, {"login": f"name{n}", "password": "x"}).status_code for n in range(31)]
    assert answers[-1] == 429


# Second factor


def test_a_second_factor_is_set_up_and_then_asked_for_at_sign_in(client, reader):
    client.post(LOGIN, {"login": "rita", "password": PASSWORD})
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked["Location"].startswith(reverse("account_reauthenticate")), "switching it on needs a fresh proof"
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": code_of(page.context["form"].secret)})
    assert Authenticator.objects.filter(user=reader, type="totp").exists()

    other = Client()
    halfway = other.post(LOGIN, {"login": "rita", "password": PASSWORD})
    assert halfway["Location"].startswith(reverse("mfa_authenticate"))
    assert signed_in_as(other) is None
    assert other.get("/people/profile/").status_code == 302, "a password alone opens nothing"
    other.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert signed_in_as(other) is None
    cache.clear()  # each code works once; the app's next one would come in 30 seconds
    other.post(reverse("mfa_authenticate"), {"code": code_of(page.context["form"].secret)})
    assert signed_in_as(other) == "rita"


@pytest.mark.parametrize(("steps_ago", "is_taken"), [(1, True), (3, False)])
def test_a_code_that_went_stale_on_its_way_is_taken_and_an_older_one_is_not(client, reader, steps_ago, is_taken):
    sign_in(client, reader)
    session = client.session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session.save()
    page = client.get(reverse("mfa_activate_totp"))
    ahead = int(steps_ago == 1 and time.time() % 30 > 25)  # the step may end before the code is looked at
    client.post(reverse("mfa_activate_totp"), {"code": code_of(page.context["form"].secret, steps_ago - ahead)})
    assert Authenticator.objects.exists() == is_taken


def test_the_secret_of_the_second_factor_is_refused_with_a_wrong_code(client, reader):
    sign_in(client, reader)
    session = client.session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session.save()
    client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": "123"})
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("is_required", [True, False])
def test_only_admins_must_have_a_second_factor_and_only_where_it_is_required(client, settings, db, role, is_required):
    settings.REQUIRE_ADMIN_MFA = is_required
    sign_in(client, make_user(role))
    is_sent_away = is_required and role == Role.ADMIN
    page, api = client.get("/people/profile/"), client.get("/api/v1/me")
    assert (page.status_code, api.status_code) == ((302, 403) if is_sent_away else (200, 200))
    if is_sent_away:
        assert page["Location"] == "/account/2fa/totp/activate/?next=%2Fpeople%2Fprofile%2F"
        assert "second factor" in api.json()["detail"]


def test_an_admin_with_a_second_factor_passes_and_without_one_may_still_set_it_up_or_leave(client, settings, admin):
    settings.REQUIRE_ADMIN_MFA = True
    sign_in(client, admin)
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("mfa_activate_totp"))["Location"].startswith("/account/reauthenticate/")
    Authenticator.objects.create(user=admin, type="totp", data={"secret": "A" * 32})
    assert client.get("/people/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.post("/account/logout/").status_code == 302


# Fresh login


def deactivate(client: Client, user: User, **extra: object):
    return client.post(reverse("accounts:user_deactivate", args=[user.pk]), {"name": user.username}, **extra)


def test_a_form_sent_too_late_is_carried_out_after_the_proof(client, admin, reader):
    sign_in(client, admin, minutes_ago=6)
    asked = deactivate(client, reader)
    assert User.objects.get(pk=reader.pk).is_active
    wrong = client.post(asked["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    assert User.objects.get(pk=reader.pk).is_active
    next_page = reverse("accounts:user_deactivate", args=[reader.pk])
    done = client.post(asked["Location"], {"password": PASSWORD, "next": next_page})
    assert done["Location"] == reverse("accounts:user_detail", args=[reader.pk])
    assert not User.objects.get(pk=reader.pk).is_active


def test_a_kept_form_is_not_carried_out_for_the_next_person_on_the_machine(client, admin, reader):
    other = make_user(Role.ADMIN)
    sign_in(client, admin, minutes_ago=6)
    asked = deactivate(client, reader)
    client.post("/account/logout/")
    sign_in(client, other, minutes_ago=6)
    client.post(asked["Location"], {"password": PASSWORD, "next": asked["Location"].partition("next=")[2]})
    assert User.objects.get(pk=reader.pk).is_active


def test_a_login_minutes_ago_is_fresh_enough(client, admin, reader):
    sign_in(client, admin, minutes_ago=4)
    deactivate(client, reader)
    assert not User.objects.get(pk=reader.pk).is_active


def test_signing_in_by_password_counts_as_the_proof(client, admin, reader):
    client.post(LOGIN, {"login": "ada", "password": PASSWORD})
    deactivate(client, reader)
    assert not User.objects.get(pk=reader.pk).is_active


def test_the_proof_of_another_person_does_not_count(client, admin, reader):
    sign_in(client, admin)
    session = client.session
    session["account_authentication_methods_user"] = str(reader.pk)
    session.save()
    assert deactivate(client, reader).status_code == 302
    assert User.objects.get(pk=reader.pk).is_active


def test_a_fragment_request_sends_the_whole_browser_to_the_proof(client, admin, reader):
    sign_in(client, admin, minutes_ago=6)
    page = f"http://testserver/people/{reader.pk}/"
    answer = deactivate(client, reader, headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer["HX-Redirect"] == f"/account/reauthenticate/?next=%2Fpeople%2F{reader.pk}%2F"
    assert User.objects.get(pk=reader.pk).is_active


def test_somebody_without_any_way_to_prove_themselves_is_refused(client, admin, reader):
    User.objects.filter(pk=admin.pk).update(password="!none")
    sign_in(client, User.objects.get(pk=admin.pk), minutes_ago=6)
    assert deactivate(client, reader).status_code == 403
    assert User.objects.get(pk=reader.pk).is_active
