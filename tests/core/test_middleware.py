"""Times are those of whoever looks: of the browser's zone on pages, UTC for programs."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from core.middleware import ReaderZoneMiddleware
from labeling.actions import record_read
from tests import factories
from tests.labeling.conftest import make_world


def seen_zone(cookie: str, path: str = "/reading/") -> str:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(timezone.get_current_timezone_name())

    request = RequestFactory().get(path)
    request.COOKIES["zone"] = cookie
    return ReaderZoneMiddleware(view)(request).content.decode()


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("Asia%2FTokyo", "Asia/Tokyo"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Asia/Calcutta", "Asia/Calcutta"),  # the old name, which browsers still say
        *(
            (odd, "Europe/Paris")
            for odd in ("", "Mars/Olympus", "Asia", "../../etc/passwd", "/etc/passwd", "%00", "x" * 4000)
        ),
    ],
)
def test_a_page_is_shown_in_the_zone_that_the_browser_told_if_there_is_one(settings, cookie, zone):
    settings.TIME_ZONE = "Europe/Paris"
    assert seen_zone(cookie) == zone


@pytest.mark.parametrize("path", ["/api/v1/rounds/", "/dicom-web/studies"])
def test_programs_get_utc(settings, path):
    settings.TIME_ZONE = "Europe/Paris"
    assert seen_zone("Asia/Tokyo", path) == "UTC"


def test_no_zone_stays_for_the_next_request(settings):
    settings.TIME_ZONE = "Europe/Paris"
    seen_zone("Asia/Tokyo")
    assert timezone.get_current_timezone() == ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(("kind", "is_told"), [("text/html; charset=utf-8", True), ("image/png", False)])
def test_what_is_kept_of_a_page_is_kept_by_its_cookies(kind, is_told):
    answer = ReaderZoneMiddleware(lambda _: HttpResponse(b"", content_type=kind))(RequestFactory().get("/"))
    assert ("Cookie" in answer.get("Vary", "")) == is_told


NEW_YEAR = datetime(2020, 12, 31, 20, 15, tzinfo=UTC)


@pytest.fixture
def world(db):
    world = make_world()
    record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=NEW_YEAR)
    return world


def test_the_worklist_tells_the_time_and_the_date_where_its_reader_is(client, world):
    client.force_login(world.readers[0])
    assert "31 Dec 2020 20:15" in client.get(reverse("labeling:worklist")).content.decode()
    client.cookies["zone"] = "Asia/Tokyo"
    page = client.get(reverse("labeling:worklist"))
    assert "1 Jan 2021 05:15" in page.content.decode()
    assert 'datetime="2021-01-01T05:15:00+09:00"' in page.content.decode(), "the same moment for a program"
    assert "Cookie" in page["Vary"]


def test_files_and_the_api_tell_the_same_moment_to_everybody(client, world, settings):
    settings.TIME_ZONE = "Europe/Paris"
    client.force_login(factories.make_user(role=Role.CURATOR))
    addresses = [reverse("labeling:round_reads", args=[world.round.pk]), "/api/v1/reads/"]
    told = [b"".join(client.get(address)) for address in addresses]
    client.cookies["zone"] = "Asia/Tokyo"
    assert [b"".join(client.get(address)) for address in addresses] == told
    assert all(b"2020-12-31T20:15:00Z" in text for text in told)
