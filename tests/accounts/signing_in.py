"""Signing in as the pages see it, for views that ask for a fresh login."""

import time

from django.test import Client

from accounts.models import User


def sign_in(client: Client, user: User, *, minutes_ago: float = 0) -> User:
    """Signs ``user`` in with a proof of who they are that is so many minutes old (5 and more are not fresh)."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - minutes_ago * 60}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return user
