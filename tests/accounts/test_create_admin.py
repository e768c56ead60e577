"""The command that opens the first account."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_admin", *arguments, stdout=out)
    return out.getvalue()


def test_the_printed_link_opens_the_account():
    link = run("--username", "ada", "--email", "ada@example.org").strip().splitlines()[-1]
    assert link.startswith("http://127.0.0.1:8000/people/invitations/accept/")
    password = "a-long-enough-password"
    Client().post(link, {"name": "Ada", "password": password, "password_again": password}, SERVER_NAME="127.0.0.1")
    user = User.objects.get()
    assert (user.role, user.check_password(password)) == ("admin", True)


def test_the_link_names_the_place_the_pages_are_served():
    text = run("--username", "ada", "--email", "", "--url", "https://labels.example.org/")
    assert "https://labels.example.org/people/invitations/accept/" in text


def test_a_username_of_another_role_is_refused_with_exit_code_1(reader):
    with pytest.raises(CommandError, match="rita is a reader") as refused:
        run("--username", "rita", "--email", "x@example.org")
    assert refused.value.returncode == 1


def test_username_and_address_are_asked_for():
    with pytest.raises(CommandError, match="--email"):
        run("--username", "ada")
