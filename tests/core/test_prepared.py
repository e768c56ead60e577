"""Prepared questions find what the query they were made of finds."""

import pytest

from accounts.models import Role, User
from core.prepared import PreparedExists
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_it_is_made_once_and_finds_what_each_value_asks_for(django_assert_num_queries):
    made: list[int] = []

    def build(pk: int):
        made.append(pk)
        return User.objects.filter(role=Role.READER).exclude(pk__gt=2**40).filter(pk=pk)

    is_reader = PreparedExists(build, 1)
    reader, curator = make_user(Role.READER), make_user(Role.CURATOR)
    with django_assert_num_queries(3):
        assert (is_reader(reader.pk), is_reader(curator.pk), is_reader(2**30)) == (True, False, False)
    assert len(made) == 1


def test_each_value_takes_its_own_place():
    first, second = make_user(Role.READER), make_user(Role.READER)
    both = PreparedExists(lambda a, b: User.objects.filter(pk=a).filter(pk__lt=b), 2)
    assert both(first.pk, second.pk)
    assert not both(second.pk, first.pk)


def test_a_value_that_is_not_in_the_question_is_refused():
    with pytest.raises(ValueError, match="must hold each of its values"):
        PreparedExists(lambda pk: User.objects.filter(role=Role.READER), 1)(1)


def test_it_is_made_again_where_its_shape_changes():
    role = Role.READER
    has_role = PreparedExists(lambda pk: User.objects.filter(role=role, pk=pk), 1, shape=lambda: role)
    curator = make_user(Role.CURATOR)
    assert not has_role(curator.pk)
    role = Role.CURATOR
    assert has_role(curator.pk)
