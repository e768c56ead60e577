"""A site keeps the key that its identifiers were first mapped with: under another one nothing is imported."""

import pytest
from django.utils import timezone

from cases.actions import create_import_run, import_studies
from cases.actions.uploads import begin_upload
from cases.models import ImportRun, Site, Study, Upload
from cases.queries.keys import KeyChangedError
from core.models import RunState
from tests.cases.builders import dicom, outcome, reports_csv, take_in, write
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def films(tmp_path):
    return write(tmp_path / "films", {"a.dcm": dicom()})


def test_the_first_import_notes_the_key_and_later_ones_come_in(benchmark_, films):
    assert [outcome(take_in(benchmark_, films)) for _ in range(2)] == [(1, 0, 0), (0, 1, 0)]
    assert len(Site.objects.get().key_check) == 16


def test_an_import_under_another_key_is_refused_with_the_setting_the_rule_and_the_next_step(
    benchmark_, films, settings
):
    take_in(benchmark_, films)
    settings.PSEUDONYM_KEY = "another-key-" * 4
    with pytest.raises(KeyChangedError) as refusal:
        create_import_run(benchmark=benchmark_, site_code="north", source=str(films))
    for part in (
        "PSEUDONYM_KEY is not the one that studies of north",
        "must stay the same",
        "Set the former one again",
    ):
        assert part in str(refusal.value)
    assert ImportRun.objects.count() == 1
    assert settings.PSEUDONYM_KEY not in str(refusal.value)


def test_a_worker_with_another_key_than_the_pages_imports_nothing(benchmark_, films, settings):
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(films))
    settings.PSEUDONYM_KEY = "another-key-" * 4
    with pytest.raises(KeyChangedError):
        import_studies(run.pk)
    run.refresh_from_db()
    assert (run.state, Study.objects.count()) == (RunState.FAILED, 0)
    assert "PSEUDONYM_KEY" in run.message


def test_rows_of_another_site_are_held_to_that_sites_key(benchmark_, films, settings, tmp_path):
    take_in(benchmark_, films, site="south")
    settings.PSEUDONYM_KEY = "another-key-" * 4
    table = reports_csv(tmp_path / "r.csv", [("S1", "Clear.", "south")], header=("study_id", "report_text", "site"))
    with pytest.raises(KeyChangedError, match="studies of south"):
        take_in(benchmark_, reports=table, site="north")


def test_an_upload_under_another_key_is_refused_before_anything_is_sent(benchmark_, films, settings):
    take_in(benchmark_, films)
    settings.PSEUDONYM_KEY = "another-key-" * 4
    with pytest.raises(KeyChangedError, match="studies of north came in under"):
        begin_upload(
            benchmark=benchmark_, site_code="north", layout="auto", by=make_user("curator"), now=timezone.now()
        )
    assert not Upload.objects.exists()


def test_another_site_may_begin_under_the_new_key(benchmark_, films, settings):
    take_in(benchmark_, films)
    settings.PSEUDONYM_KEY = "another-key-" * 4
    assert outcome(take_in(benchmark_, films, site="south")) == (1, 0, 0)
