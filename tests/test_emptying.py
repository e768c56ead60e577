"""Emptying the tables between tests that commit: nothing is left, guarded rows included, and Django's own stay."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection

from cases.models import Report, Site, Study
from core.actions import record_event
from core.models import Event
from tests.emptying import empty_tables
from tests.factories import make_study


@pytest.mark.django_db(transaction=True)
def test_no_row_is_left_but_what_is_the_same_for_every_test(request):
    study = make_study(report="Clear.", with_image=True)
    record_event(verb="study.made", subject=study, by=None)  # which nobody may delete
    permissions = Permission.objects.count()
    empty_tables(None)
    assert not any(model.objects.exists() for model in (Report, Study, Site, Event))
    assert Permission.objects.count() == permissions > 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
