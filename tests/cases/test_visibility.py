"""Who may look at a study: rules of higher rooms, and what stands without any."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from cases import visibility
from cases.models import Study
from cases.queries import may_view_study
from tests.factories import make_study, make_user


@pytest.fixture
def rules(monkeypatch):
    """No rules of other rooms; those a test registers are gone after it."""
    monkeypatch.setattr(visibility, "_rules", [])
    monkeypatch.setattr(visibility, "_viewing_rules", [])


@pytest.fixture
def study(db, rules):
    return make_study()


def test_without_a_rule_a_reader_sees_nothing(study):
    assert not may_view_study(make_user("reader"), study.pk)


def test_a_reader_sees_what_any_rule_opens(study):
    visibility.register_viewing_rule(lambda user, pk: False)
    visibility.register_viewing_rule(lambda user, pk: pk == study.pk)
    reader = make_user("reader")
    assert may_view_study(reader, study.pk)
    assert not may_view_study(reader, study.pk + 1)


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_the_office_sees_what_it_may_list_whatever_viewing_rules_say(role, study):
    visibility.register_viewing_rule(lambda user, pk: False)
    assert may_view_study(make_user(role), study.pk)
    assert not may_view_study(make_user(role), study.pk + 1)


def test_a_hidden_study_is_an_admins_alone(study):
    visibility.register_hiding_rule(lambda prefix: Q(**{f"{prefix}pk": study.pk}))
    visibility.register_viewing_rule(lambda user, pk: True)
    curator, admin = make_user("curator"), make_user("admin")
    assert not may_view_study(curator, study.pk)
    assert may_view_study(admin, study.pk)
    assert not Study.objects.visible_to(curator).exists()
    assert Study.objects.visible_to(admin).exists()


@pytest.mark.parametrize("user", [AnonymousUser(), None])
def test_nobody_sees_nothing(user, study):
    visibility.register_viewing_rule(lambda user, pk: True)
    assert not may_view_study(user, study.pk)


def test_a_deactivated_account_sees_nothing(study):
    assert not may_view_study(make_user("admin", is_active=False), study.pk)


def test_a_rule_registered_twice_counts_once(rules):
    def rule(user, pk):
        return True

    visibility.register_viewing_rule(rule)
    visibility.register_viewing_rule(rule)
    assert visibility._viewing_rules == [rule]
