"""Uploads through the browser: pieces with offset and checksum, in any number of sittings, until they are an import."""

import hashlib
import io
import json
import os
import zipfile
import zlib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cases.actions import import_studies
from cases.actions.uploads import ABANDONED, MAX_PIECE_BYTES, begin_upload
from cases.adapters import uploads
from cases.models import Image, ImportRun, Study, Upload, UploadState
from core.models import Event
from tests.cases.builders import by_uid, dicom, outcome, png, take_in
from tests.factories import make_user


@pytest.fixture
def curator(client, db):
    user = make_user("curator")
    client.force_login(user)
    return user


@pytest.fixture
def upload(curator, benchmark_):
    return begin_upload(benchmark=benchmark_, site_code="north", layout="auto", by=curator, now=timezone.now())


def announce(client, upload, *files, status=200):
    rows = [{"name": name, "size": size, "is_reports": name.endswith(".csv")} for name, size in files]
    url = reverse("cases:upload_files", args=[upload.pk])
    answer = client.post(url, json.dumps({"files": rows}), content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json().get("files", answer.json())


def send(client, upload, place, offset, piece, *, before=None, checksum=None, status=200):
    """A piece of a file, and what lies before it: the bytes themselves, or their checksum as text."""
    before = before if isinstance(before, str) else f"crc32 {zlib.crc32(before or b''):08x}"
    answer = client.generic(
        "PATCH",
        reverse("cases:upload_piece", args=[upload.pk, place["pk"]]),
        piece,
        content_type="application/offset+octet-stream",
        headers={
            "Upload-Offset": str(offset),
            "Upload-Checksum": checksum or f"sha256 {hashlib.sha256(piece).hexdigest()}",
            "Upload-Before": before,
        },
    )
    assert answer.status_code == status, answer.content
    return answer.json()


def announce_again(client, upload, name, content, offset):
    """The same file once more, with the checksum of as much of it as is here."""
    row = {"name": name, "size": len(content), "offset": offset}
    row["checksum"] = f"crc32 {zlib.crc32(content[:offset]):08x}"
    url = reverse("cases:upload_files", args=[upload.pk])
    answer = client.post(url, json.dumps({"files": [row]}), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()["files"][0]


def chain(*pieces):
    """The mark by SHA-256 of pieces, one behind the other, as a browser makes it."""
    mark = ""
    for piece in pieces:
        mark = hashlib.sha256((mark + hashlib.sha256(piece).hexdigest()).encode()).hexdigest()
    return f"sha256 {mark}"


def finish(client, upload):
    return client.post(reverse("cases:upload_finish", args=[upload.pk]), follow=True)


def everything(client, upload, **files):
    places = announce(client, upload, *((name, len(content)) for name, content in files.items()))
    for place, content in zip(places, files.values(), strict=True):
        if content:
            assert send(client, upload, place, 0, content)["is_whole"]


def test_a_folder_in_pieces_becomes_an_import(client, upload):
    film = dicom()
    places = announce(client, upload, ("S1/a.png", len(png())), ("film", len(film)), ("reports.csv", 28), ("empty", 0))
    send(client, upload, places[0], 0, png())
    for start in range(0, len(film), 100):
        last = send(client, upload, places[1], start, film[start : start + 100], before=film[:start])
    assert (last["offset"], last["is_whole"]) == (len(film), True)
    send(client, upload, places[2], 0, b"study_id,report_text\nS1,clear"[:28])
    assert places[3]["is_whole"]
    finish(client, upload)
    run = import_studies(ImportRun.objects.get().pk)
    assert outcome(run) == (3, 0, 1)  # the empty file is refused
    assert sorted(Study.objects.values_list("study_id", flat=True)) == ["S1", by_uid("1.2.3.1")]
    assert not uploads.folder_of(upload.pk).exists()
    assert client.get(reverse("cases:upload_detail", args=[upload.pk])).url == reverse(
        "cases:import_detail", args=[run.pk]
    )
    assert "Run again" not in client.get(reverse("cases:import_detail", args=[run.pk])).content.decode()


def test_the_terms_it_came_under_and_who_vouches_are_recorded_with_it(client, curator, benchmark_):
    form = {"benchmark": benchmark_.pk, "new_site": "north", "agreement": "DUA of May 2026", "attested_by": "Dr Weber"}
    assert client.post(reverse("cases:upload_create"), form).status_code == 302
    upload = Upload.objects.get()
    everything(client, upload, **{"a.png": png()})
    finish(client, upload)
    contribution = ImportRun.objects.get().contribution
    assert (contribution.agreement, contribution.attested_by) == ("DUA of May 2026", "Dr Weber")


def test_the_upload_of_a_zip_is_what_the_import_of_the_zip_is(client, upload, benchmark_, tmp_path):
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("S1/a.png", png())
    everything(client, upload, **{"c.zip": path.read_bytes()})
    finish(client, upload)
    import_studies(ImportRun.objects.get().pk)
    assert outcome(take_in(benchmark_, path)) == (0, 1, 0)


def test_after_a_break_the_same_files_go_on_where_they_were(client, upload):
    content = os.urandom(1000)
    (place,) = announce(client, upload, ("a.bin", 1000))
    send(client, upload, place, 0, content[:300])
    with uploads._part(upload.pk, place["pk"]).open("ab") as part:  # a server killed in the middle of a piece
        part.write(bytes(117))
    (again,) = announce(client, upload, ("a.bin", 1000))
    assert (again["pk"], again["offset"], again["is_whole"]) == (place["pk"], 300, False)
    assert not again["is_compared"]
    assert "300 bytes under this name are here" in again["problem"]
    again = announce_again(client, upload, "a.bin", content, 300)
    assert (again["offset"], again["is_compared"], again["problem"]) == (300, True, "")
    assert send(client, upload, place, 300, content[300:], before=content[:300])["is_whole"]
    assert (uploads.files_of(upload.pk) / "a.bin").read_bytes() == content


@pytest.mark.parametrize("is_whole", [False, True])
def test_another_file_of_the_same_name_and_size_begins_anew(is_whole, client, upload):
    first, second = dicom(), dicom()[:-1] + b"\x99"
    (place,) = announce(client, upload, ("1.dcm", len(first)))
    taken = len(first) if is_whole else 200
    send(client, upload, place, 0, first[:taken])
    first_again = announce_again(client, upload, "1.dcm", first, taken)
    assert (first_again["offset"], first_again["is_whole"], first_again["is_compared"]) == (taken, is_whole, True)
    other = bytes([255]) + second[1:]  # differs in what is here in either case
    anew = announce_again(client, upload, "1.dcm", other, taken)
    assert (anew["pk"], anew["offset"], anew["is_whole"], anew["is_compared"]) == (place["pk"], 0, False, True)
    assert "1 files are not whole yet" in finish(client, upload).content.decode()
    send(client, upload, anew, 0, other[:200])
    assert send(client, upload, anew, 200, other[200:], before=other[:200])["is_whole"]
    assert (uploads.files_of(upload.pk) / "1.dcm").read_bytes() == other


@pytest.mark.parametrize("before", [b"01234X", "sha256 " + "0" * 64])
def test_no_piece_is_joined_to_another_file(before, client, upload):
    (place,) = announce(client, upload, ("a.bin", 9))
    send(client, upload, place, 0, b"012345")
    assert "choose it again" in send(client, upload, place, 6, b"678", before=before, status=422)["detail"]
    assert "Upload-Before" in send(client, upload, place, 6, b"678", before="none", status=400)["detail"]
    assert uploads.bytes_there(upload.pk, place["pk"]) == 6
    assert send(client, upload, place, 6, b"678", before=b"012345")["is_whole"]


def test_a_file_goes_on_by_the_chain_of_its_pieces_or_by_all_its_bytes(client, upload):
    (place,) = announce(client, upload, ("a.bin", 10))
    send(client, upload, place, 0, b"0123")
    send(client, upload, place, 4, b"456", before=chain(b"0123"), checksum=f"crc32 {zlib.crc32(b'456'):08x}")
    send(client, upload, place, 7, b"7", before=chain(b"0123456"), status=422)  # other pieces make another chain
    send(client, upload, place, 7, b"7", before=chain(b"0123", b"456"))
    assert send(client, upload, place, 8, b"89", before=b"01234567")["is_whole"]


def test_a_file_whose_part_was_lost_begins_anew(client, upload):
    (place,) = announce(client, upload, ("a.bin", 10))
    send(client, upload, place, 0, b"01234")
    os.truncate(uploads._part(upload.pk, place["pk"]), 3)  # a machine that lost its power
    (again,) = announce(client, upload, ("a.bin", 10))
    assert (again["offset"], again["is_compared"]) == (0, True)
    assert send(client, upload, place, 0, b"abcdefghij")["is_whole"]
    assert (uploads.files_of(upload.pk) / "a.bin").read_bytes() == b"abcdefghij"


def test_what_is_told_again_while_a_piece_comes_in_forgets_nothing(client, upload):
    """The mark that was told is of an earlier moment; the file is compared once more."""
    (place,) = announce(client, upload, ("a.bin", 10))
    send(client, upload, place, 0, b"01234")
    again = announce_again(client, upload, "a.bin", b"01xxxxxxxx", 2)
    assert (again["offset"], again["is_compared"]) == (5, False)
    assert uploads.bytes_there(upload.pk, place["pk"]) == 5


def test_a_file_whose_last_piece_came_just_before_the_server_died_is_whole(client, upload):
    (place,) = announce(client, upload, ("a.bin", 4))
    send(client, upload, place, 0, b"abcd")
    target = uploads.files_of(upload.pk) / "a.bin"
    target.rename(uploads._part(upload.pk, place["pk"]))
    upload.files.update(is_whole=False)
    again = announce_again(client, upload, "a.bin", b"abcd", 4)
    assert (again["is_whole"], again["offset"], again["is_compared"]) == (True, 4, True)
    assert target.read_bytes() == b"abcd"


@pytest.mark.parametrize("kind", ["damaged", "wrong place", "too much", "twice"])
def test_a_piece_that_does_not_fit_changes_nothing_and_hears_where_the_file_stands(kind, client, upload):
    (place,) = announce(client, upload, ("a.bin", 10))
    send(client, upload, place, 0, b"01234")
    wrong = {
        "damaged": lambda: send(
            client, upload, place, 5, b"56789", before=b"01234", checksum="crc32 00000000", status=409
        ),
        "wrong place": lambda: send(client, upload, place, 7, b"789", status=409),
        "too much": lambda: send(client, upload, place, 5, b"567890", before=b"01234", status=409),
        "twice": lambda: send(client, upload, place, 0, b"01234", status=409),
    }[kind]()
    assert wrong["offset"] == 5
    checksum = f"crc32 {zlib.crc32(b'56789'):08x}"
    assert send(client, upload, place, 5, b"56789", before=b"01234", checksum=checksum)["is_whole"]
    assert send(client, upload, place, 10, b"x", status=409)["offset"] == 10
    assert (uploads.files_of(upload.pk) / "a.bin").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../b", "/etc/passwd", "a\\b", "a//b", "", ".hidden", "a/.git/b", "x\0y", "x" * 401, "é" * 200],
)
def test_a_name_that_leads_elsewhere_is_not_taken_and_the_others_are(name, client, upload):
    bad, good = announce(client, upload, (name, 1), ("good.png", 1))
    assert bad["problem"].startswith("Not taken")
    assert bad["pk"] is None
    assert good["pk"]


@given(st.text(max_size=60))
def test_whatever_passes_as_a_name_stays_below_the_folder(name):
    try:
        safe = uploads.safe_name(name)
    except ValueError:
        return
    assert os.path.normpath(f"/base/{safe}").startswith("/base/")


def test_a_file_that_is_a_folder_of_another_is_refused_with_a_sentence(client, upload):
    first, second = announce(client, upload, ("S1", 1), ("S1/a.png", 1))
    send(client, upload, first, 0, b"x")
    assert "rename one of them" in send(client, upload, second, 0, b"x", status=422)["detail"]


def test_the_same_name_with_another_size_is_another_file(client, upload):
    announce(client, upload, ("a.bin", 10))
    (place,) = announce(client, upload, ("a.bin", 11))
    assert "Rename it" in place["problem"]


def test_limits_are_told_in_sentences(client, upload, settings, monkeypatch):
    settings.UPLOAD_MAX_FILES = 1
    assert "at most 1." in announce(client, upload, ("a", 1), ("b", 1), status=409)["detail"]
    settings.UPLOAD_MAX_FILES, settings.UPLOAD_MAX_BYTES = 10, 1024**3
    assert "2.0 GiB; an upload has at most 1.0" in announce(client, upload, ("a", 2 * 1024**3), status=409)["detail"]
    monkeypatch.setattr(uploads, "bytes_free", lambda: 5)
    assert "ask an admin for room" in announce(client, upload, ("a", 6), status=507)["detail"]
    assert announce(client, upload, ("a", 5))[0]["pk"]
    assert "still to come" in announce(client, upload, ("b", 1), status=507)["detail"]  # a's are awaited


def test_a_full_disk_leaves_what_was_there(client, upload, monkeypatch):
    (place,) = announce(client, upload, ("a.bin", 10))
    send(client, upload, place, 0, b"01234")

    class Full(io.FileIO):
        def write(self, data):
            super().write(data[:2])
            raise OSError(28, "No space left on device")

    path = type(uploads._part(1, 1))
    opened = path.open
    monkeypatch.setattr(
        path,
        "open",
        lambda self, mode="r", *rest, **more: Full(self, "a") if "a" in mode else opened(self, mode, *rest, **more),
    )
    assert "disk is full" in send(client, upload, place, 5, b"56789", before=b"01234", status=507)["detail"]
    monkeypatch.undo()
    assert uploads.bytes_there(upload.pk, place["pk"]) == 5


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Offset": "x", "Upload-Checksum": "crc32 00000000"},
        {"Upload-Offset": "0", "Upload-Checksum": "md5 1"},
    ],
)
def test_a_piece_without_its_headers_is_refused(headers, client, upload):
    (place,) = announce(client, upload, ("a.bin", 10))
    url = reverse("cases:upload_piece", args=[upload.pk, place["pk"]])
    assert client.generic("PATCH", url, b"x", headers=headers).status_code == 400


def test_a_piece_larger_than_allowed_is_refused_unread(client, upload):
    (place,) = announce(client, upload, ("a.bin", 2 * MAX_PIECE_BYTES))
    send(client, upload, place, 0, bytes(MAX_PIECE_BYTES + 1), status=413)
    assert uploads.bytes_there(upload.pk, place["pk"]) == 0


WRONG = b'{"files": [{"name": "a", "size": 2, "offset": 1, "checksum": "md5 1"}]}'


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"files": 3}', b'{"files": [{"name": 1, "size": 2}]}', b"[" * 100_000, WRONG]
)
def test_a_list_of_files_that_is_none_is_refused(body, client, upload):
    answer = client.post(reverse("cases:upload_files", args=[upload.pk]), body, content_type="application/json")
    assert answer.status_code == 400


def test_what_is_not_whole_is_not_imported(client, upload):
    announce(client, upload, ("a.bin", 10))
    assert "1 files are not whole yet" in finish(client, upload).content.decode()
    assert not ImportRun.objects.exists()


def test_nothing_is_not_imported(client, upload):
    assert "Nothing was uploaded yet" in finish(client, upload).content.decode()


def test_an_upload_is_its_owners_and_an_admins(client, upload):
    client.force_login(make_user("curator"))
    assert client.get(reverse("cases:upload_detail", args=[upload.pk])).status_code == 404
    announce_url = reverse("cases:upload_files", args=[upload.pk])
    assert client.post(announce_url, b"{}", content_type="application/json").status_code == 404
    client.force_login(make_user("reader"))
    assert client.post(announce_url, b"{}", content_type="application/json").status_code == 403
    client.force_login(make_user("admin"))
    assert client.get(reverse("cases:upload_detail", args=[upload.pk])).status_code == 200


def test_a_discarded_upload_loses_its_files_and_takes_no_more(client, upload, django_capture_on_commit_callbacks):
    everything(client, upload, a=b"x")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("cases:upload_discard", args=[upload.pk]))
    assert not uploads.folder_of(upload.pk).exists()
    assert "is discarded" in announce(client, upload, ("b", 1), status=409)["detail"]
    assert client.get(reverse("cases:upload_detail", args=[upload.pk])).status_code == 200


def test_abandoned_uploads_are_discarded_when_another_begins(
    client, curator, upload, benchmark_, django_capture_on_commit_callbacks
):
    everything(client, upload, a=b"x")
    later = timezone.now() + ABANDONED + timedelta(days=1)
    with django_capture_on_commit_callbacks(execute=True):
        begin_upload(benchmark=benchmark_, site_code="north", layout="auto", by=curator, now=later)
    assert Upload.objects.get(pk=upload.pk).state == UploadState.DISCARDED
    assert not uploads.folder_of(upload.pk).exists()


def test_who_began_and_finished_is_on_record(client, upload):
    everything(client, upload, **{"a.png": png()})
    finish(client, upload)
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert [verb for verb in verbs if verb.startswith("upload.")] == ["upload.begun", "upload.finished"]


def test_the_form_begins_an_upload_and_says_what_is_wrong(client, curator, benchmark_):
    url = reverse("cases:upload_create")
    assert client.post(url, {"benchmark": benchmark_.pk}).status_code == 422
    made = client.post(url, {"benchmark": benchmark_.pk, "new_site": "south", "layout": "auto"})
    assert made.url == reverse("cases:upload_detail", args=[Upload.objects.get().pk])
    assert f"Go on with upload {Upload.objects.get().pk}" in client.get(url).content.decode()


def test_no_more_queries_for_many_files_than_for_few(client, upload, django_assert_max_num_queries):
    announce(client, upload, ("x", 1))
    with django_assert_max_num_queries(16):
        announce(client, upload, *((f"f{number}", 1) for number in range(50)))
    with django_assert_max_num_queries(8):
        client.get(reverse("cases:upload_detail", args=[upload.pk]))
    assert Image.objects.count() == 0


def test_names_of_files_are_told_to_who_sends_them_alone(client, upload):
    name = "Pemberwick_Aurelia_19500312/a.dcm"
    announce(client, upload, ("S1/a.dcm", 9), (name, 9), ("Zebulon.csv", 9))
    page = reverse("cases:upload_detail", args=[upload.pk])
    assert name in client.get(page).text
    client.force_login(make_user("admin"))
    seen = client.get(page).text
    assert "Pemberwick" not in seen
    assert "Zebulon" not in seen
    assert "…/a.dcm (file 1)" in seen
    assert "S1/a.dcm" in seen
