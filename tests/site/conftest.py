"""The world of the site's tests: made once per module, in a transaction that is never committed."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.accounts.signing_in import sign_in
from tests.site.walk import Address
from tests.site.world import World, make_world, values_for


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """A row of every kind."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def clients(world: World) -> dict[str, Client]:
    """A signed-in browser of each role, and an anonymous one; errors come as answers of 500."""
    signed_in = {role: Client(raise_request_exception=False) for role in ("anonymous", *world.people)}
    for role, person in world.people.items():
        sign_in(signed_in[role], person)
    return signed_in


@pytest.fixture(scope="module")
def url_of(world: World) -> Callable[[Address], str]:
    """An address filled with the world's samples."""

    def fill(address: Address) -> str:
        values = values_for(address, world)
        return reverse(address.name, kwargs=values) if not address.name.startswith("account/") else f"/{address.name}"

    return fill
