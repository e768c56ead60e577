"""A refusal is one line of the log; an accident keeps its traceback."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from config.logs import RefusalsInOneLine
from tests.factories import make_user


def record_of(error):
    try:
        raise error
    except type(error) as caught:
        info = (type(caught), caught, caught.__traceback__)
        return logging.LogRecord("django.request", logging.WARNING, "f", 1, "Forbidden: %s", ("/x/",), info)


def test_a_refusal_loses_its_traceback_and_keeps_its_line():
    record = record_of(PermissionDenied("This page is for curators; your account has another role."))
    assert RefusalsInOneLine().filter(record)
    assert record.exc_info is None
    assert record.getMessage() == "Forbidden: /x/"


def test_an_accident_keeps_its_traceback():
    record = record_of(ValueError("broken"))
    assert RefusalsInOneLine().filter(record)
    assert record.exc_info is not None


@pytest.mark.django_db
def test_a_page_of_another_role_is_logged_without_a_traceback(client, caplog):
    client.force_login(make_user(role="reader"))
    with caplog.at_level(logging.WARNING, logger="django.request"):
        assert client.get(reverse("llm_extract:backend_list")).status_code == 403
    (record,) = [one for one in caplog.records if one.name == "django.request"]
    assert record.exc_info is None
