"""Pulling from an archive: the product's own DICOMweb plays it, over real HTTP."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.actions import create_api_token
from cases.models import Image, Study
from dicomweb.adapters.archive import Access, Archive, ArchiveError
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.dicomweb.server import served
from tests.factories import make_benchmark, make_user


def pull(url: str, *options: str) -> tuple[int, str]:
    """Exit code and what it said."""
    out = StringIO()
    try:
        call_command("pull_studies", url, "--benchmark", "chest", "--site", "south", *options, stdout=out)
    except (CommandError, SystemExit) as error:
        code = getattr(error, "returncode", getattr(error, "code", 1))
        return int(code), out.getvalue() + str(error)
    return 0, out.getvalue()


def test_studies_are_pulled_and_a_pull_that_was_cut_off_goes_on(transactional_db, tmp_path, monkeypatch):
    files = {"1.dcm": dicom(), "2.dcm": dicom(RAMP + 1, instance=2), "3.dcm": dicom(RAMP + 2, study=2, PatientSex="F")}
    take_in(make_benchmark(), write(tmp_path / "north", files))
    secret = create_api_token(user=make_user("curator"), name="pull").secret
    fetch, fetched = Archive.fetch, []

    def broken(self, study, folder):
        if len(fetched) == 1:
            raise ArchiveError("the line was lost.")
        fetched.append(study.uid)
        return fetch(self, study, folder)

    with served() as address:
        url = f"{address}/dicom-web/chest/north"
        assert pull(url)[0] == 1  # without a token
        monkeypatch.setenv("DICOMWEB_TOKEN", secret)
        with monkeypatch.context() as patch:
            patch.setattr(Archive, "fetch", broken)
            code, said = pull(url)
        assert (code, Study.objects.filter(site__code="south").count()) == (1, 1), said
        asked = []
        monkeypatch.setattr(Archive, "_write", lambda self, uid, part: asked.append(uid) or original(self, uid, part))
        code, said = pull(url)
        assert (code, len(asked)) == (0, 1), said  # the first was there
        assert Image.objects.filter(series__study__site__code="south").count() == 3
        code, said = pull(url, "--match", "PatientSex=F")
        assert (code, "0 imported" in said) == (0, True), said


original = Archive._write


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("pacs.example.org", "is no address"),
        ("ftp://pacs.example.org", "is no address"),
        ("https://me:secret@pacs.example.org", "Leave name and password out"),
    ],
)
def test_an_address_that_is_none_is_refused(url, why):
    with pytest.raises(ArchiveError, match=why) as refusal:
        Archive(url)
    assert "secret" not in str(refusal.value)


def test_an_archive_that_is_not_there_is_told_of():
    archive = Archive("http://127.0.0.1:9/dicom-web", Access(token="secret"))

    with pytest.raises(ArchiveError, match=r"127.0.0.1:9 cannot be asked \(ConnectionError\)") as refusal:
        list(archive.studies({}))
    assert "secret" not in str(refusal.value)
