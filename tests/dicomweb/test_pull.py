"""Pulling from an archive: the product's own DICOMweb plays it, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.actions import create_api_token
from cases.models import Contribution, Image, ImportRun, Study
from core.models import RunProblem
from dicomweb.adapters.archive import Access, Archive, ArchiveError
from tests.cases.builders import RAMP, bare, dicom, take_in, write
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
        code, said = pull(url, "--match", "PatientSex=F", "--agreement", "DUA 7", "--attested-by", "A. Weber")
        assert (code, "0 imported" in said) == (0, True), said
        told = Contribution.objects.latest("pk")
        assert (told.agreement, told.attested_by) == ("DUA 7", "A. Weber")


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


@contextmanager
def odd_archive(studies: dict[str, list[bytes] | int]) -> Iterator[str]:
    """An archive that sends its files as they are, odd ones too, or a status in place of a study."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, _, query = self.path.partition("?")
            held = studies.get(path.rpartition("/")[2])
            if path == "/studies":
                rows = (
                    [] if "offset=0" not in query else [{"0020000D": {"vr": "UI", "Value": [uid]}} for uid in studies]
                )
                self.answer(200, "application/dicom+json", json.dumps(rows).encode())
            elif isinstance(held, int):
                self.answer(held, "text/plain", b"no")
            else:
                parts = [b"--cut\r\nContent-Type: application/dicom\r\n\r\n" + one + b"\r\n" for one in held]
                kind = 'multipart/related; type="application/dicom"; boundary=cut'
                self.answer(200, kind, b"".join(parts) + b"--cut--\r\n")

        def answer(self, status, kind, body):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_instances_are_kept_byte_for_byte_and_a_bad_one_takes_nothing_with_it(db):
    make_benchmark()
    whole, without_preamble = dicom(), bare(dicom(RAMP + 1, instance=2))
    files = {"1.2.3.1": [whole, b"no DICOM at all", without_preamble], "1.2.3.2": [dicom(RAMP + 2, study=2)]}
    with odd_archive(files) as url:
        code, said = pull(url)
    assert code == 1
    assert "…/00002.dcm (file 2): The file is not DICOM" in said
    assert "3 imported, 0 unchanged, 1 rejected" in said
    kept = set(Image.objects.filter(series__study__study_uid="1.2.3.1").values_list("sha256", flat=True))
    assert kept == {sha256(whole).hexdigest(), sha256(without_preamble).hexdigest()}


def test_a_study_that_cannot_be_had_is_named_with_what_to_do_there_and_among_the_runs_problems(db):
    make_benchmark()
    with odd_archive({"1.2.3.1": [dicom()], "1.2.3.7": 404, "1.2.3.8": 500}) as url:
        code, said = pull(url)
    assert code == 1
    assert "Study 2 of the list (1.2.3.7): 127.0.0.1" in said
    assert "answered 404 for the study: it lists the study and does not have it" in said
    assert "2 rejected" in said
    assert "2 of them studies that could not be fetched" in said
    told = {one.where: one.message for one in ImportRun.objects.get().problems.filter(kind="not_fetched")}
    assert set(told) == {"study 2", "study 3"}
    assert "answered 500" in told["study 3"]
    assert "1.2.3." not in str(list(RunProblem.objects.values()))  # only the terminal tells a UID


def listing(*pages: list[str | None], knows_pages: bool = True) -> tuple[Archive, list[int]]:
    """An archive that lists so; and the offsets that it is asked for."""
    archive, asked = Archive("http://127.0.0.1:9/dicom-web"), []
    listed = [name for page in pages for name in page]

    def page(filters, offset):
        asked.append(offset)
        names = listed[offset : offset + len(pages[0])] if knows_pages else listed
        return [{"0020000D": {"vr": "UI", **({"Value": [name]} if name else {})}} for name in names]

    archive._page = page
    return archive, asked


@pytest.mark.parametrize("bad", ["../../../etc/passwd", None, "Pemberwick"])
def test_a_study_that_is_listed_by_no_uid_is_told_by_its_place_and_the_pages_go_on(bad):
    archive, asked = listing(["1.2.1", bad, "1.2.3"], ["1.2.4", "1.2.1", "1.2.5"])
    assert [one.uid for one in archive.studies({})] == ["1.2.1", "", "1.2.3", "1.2.4", "1.2.5"]
    assert asked == [0, 3, 6]
    archive, asked = listing(["1.2.1", bad], knows_pages=False)
    assert [one.uid for one in archive.studies({})] == ["1.2.1", ""]
    assert asked == [0, 2]


def test_a_study_that_is_listed_by_no_uid_counts_as_one_that_could_not_be_fetched(db):
    make_benchmark()
    with odd_archive({"1.2.3.1": [dicom()], "../../../etc/passwd": 404}) as url:
        code, said = pull(url)
    assert (code, "lists it by what is no StudyInstanceUID" in said) == (1, True), said
    assert "1 of them studies that could not be fetched" in said
    assert "Study 2 of the list: 127.0.0.1" in said
    assert "passwd" not in said + str(list(RunProblem.objects.values()))


def test_what_waits_for_a_curator_is_told(db):
    make_benchmark()
    with odd_archive({"1.2.3.1": [dicom(BurnedInAnnotation="YES")]}) as url:
        code, said = pull(url)
    assert (code, "1 study waits for a curator's decision" in said) == (0, True), said


def test_an_archive_that_is_not_there_is_told_of():
    archive = Archive("http://127.0.0.1:9/dicom-web", Access(token="secret"))
    archive.client.set_http_retry_params(wait_exponential_multiplier=1)  # five tries, half a minute apart in all

    with pytest.raises(ArchiveError, match=r"127.0.0.1:9 cannot be asked \(ConnectionError\)") as refusal:
        list(archive.studies({}))
    assert "secret" not in str(refusal.value)
