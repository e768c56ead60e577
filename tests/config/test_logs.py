"""A refusal is one line of the log; an accident keeps its traceback."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from config.logs import AddressesWithoutUids, RefusalsInOneLine, hide_uids_of_the_server
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


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/dicom-web/chest/north/studies/1.2.826.0.1.3680043", "/dicom-web/chest/north/studies/…"),
        (
            "/dicom-web/studies/1.2.3/series/4.5/instances/6.7/frames/1",
            "/dicom-web/studies/…/series/…/instances/…/frames/…",
        ),
        ("/dicom-web/studies?PatientName=DOE JOHN&StudyInstanceUID=1.2.3", "/dicom-web/studies"),
        ("/dicom-web/chest/north/studies/DOE JOHN/metadata", "/dicom-web/chest/north/studies/…/metadata"),
        ("/dicom-web/1.2.3/8675309/a", "/dicom-web/…/…/…"),
        ("/studies/12/", "/studies/12/"),
    ],
)
def test_an_address_of_dicomweb_is_logged_without_uids_and_query(address, told):
    record = logging.LogRecord("django.request", logging.WARNING, "f", 1, "%s: %s", ("Conflict", address), None)
    assert AddressesWithoutUids().filter(record)
    assert record.getMessage() == f"Conflict: {told}"


def test_every_line_of_the_log_goes_through_the_filter(settings):
    handlers = settings.LOGGING["handlers"].values()
    assert all("addresses" in one["filters"] for one in handlers)
    web = [logging.getLogger(name) for name in ("gunicorn.error", "gunicorn.access")]
    hide_uids_of_the_server()
    assert all(any(isinstance(one, AddressesWithoutUids) for one in logger.filters) for logger in web)
