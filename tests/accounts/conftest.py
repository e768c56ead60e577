"""One person of each role."""

import pytest

from accounts.models import Role, User
from tests.factories import make_user


@pytest.fixture
def admin(db: None) -> User:
    return make_user(Role.ADMIN, "ada")


@pytest.fixture
def curator(db: None) -> User:
    return make_user(Role.CURATOR, "cleo")


@pytest.fixture
def reader(db: None) -> User:
    return make_user(Role.READER, "rita")
