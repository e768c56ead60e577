"""Under another key than a site's studies came in under, nothing of them is told, stored or fetched."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.actions.keys import hold_key
from cases.models import Image, ImportRun, Site
from dicomweb.adapters.archive import Archive
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.dicomweb.conftest import path_of, study_with, uid_of
from tests.dicomweb.test_store import HERE, TYPE, body_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom()}))
    return Image.objects.get().series.study


@pytest.fixture
def changed(study, settings):
    settings.PSEUDONYM_KEY = "another-key-" * 4
    return study


def test_the_key_it_came_in_under_tells_it(curator, study):
    assert curator.uids("studies") == [uid_of(study)]


@pytest.mark.parametrize("level", ["studies", "series", "instances"])
def test_a_search_that_finds_it_is_refused_with_the_setting_and_the_next_step(level, curator, changed):
    response = curator.get(level)
    told = response.json()["detail"]
    assert (response.status_code, "PSEUDONYM_KEY is not the one" in told) == (409, True)
    assert "Set the former one again" in told
    assert "north" not in told


@pytest.mark.parametrize("end", ["", "/metadata", "/frames/1", "/rendered", "/thumbnail"])
def test_nothing_of_it_is_retrieved(end, curator, changed):
    response = curator.get(path_of(Image.objects.get()) + end, accept="*/*")
    assert response.status_code == 409, response.content
    assert "PSEUDONYM_KEY" in response.json()["detail"]


def test_its_series_are_not_searched(curator, changed):
    assert curator.get(f"studies/{uid_of(changed)}/series").status_code == 409


def test_a_site_that_began_under_the_new_key_is_told(curator, benchmark_, changed):
    other = study_with(benchmark_, site=Site.objects.create(code="south"))
    hold_key(other.site)
    assert curator.uids("chest/south/studies") == [uid_of(other)]


def test_a_store_request_is_refused_before_its_body_is_read_and_nothing_is_stored(curator, changed):
    response = curator.post(HERE, body_of(dicom(RAMP + 1, study=2)), TYPE)
    assert response.status_code == 409
    assert "PSEUDONYM_KEY is not the one that studies of north came in under" in response.json()["detail"]
    assert (Image.objects.count(), ImportRun.objects.count()) == (1, 1)


def test_a_pull_is_refused_before_anything_is_fetched(changed, monkeypatch):
    monkeypatch.setattr(Archive, "studies", lambda *_: pytest.fail("the archive was asked"))
    with pytest.raises((CommandError, SystemExit), match="PSEUDONYM_KEY is not the one that studies of north"):
        call_command(
            *("pull_studies", "http://127.0.0.1:9/dicom-web", "--benchmark", "chest", "--site", "north"),
            stdout=StringIO(),
        )
