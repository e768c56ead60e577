"""S3 prefixes as a source of imports, against moto's server: a stand-in for S3, not S3 itself."""

import logging
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from cases.actions import create_import_run, import_studies
from cases.adapters import object_store
from cases.adapters.object_store import ObjectStoreError, fetch, parse_address
from cases.models import Image, ImportRun, Study
from core.models import RunState
from tests.cases.builders import by_uid, dicom, everything, outcome, png, rules, take_in
from tests.cases.faults import resumed, small_disk

SECRET = "very-secret-key-of-the-hospital"
BUCKET = "hospital-north"


@pytest.fixture(scope="session")
def s3_server():
    """moto's server in a process of its own, which can be killed as a real one can fail."""
    code = (
        "from moto.server import ThreadedMotoServer as S; import sys\n"
        "s = S(port=0, ip_address='127.0.0.1', verbose=False); s.start()\n"
        "print(s.get_host_and_port()[1], flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.kill()
    process.communicate()


@pytest.fixture
def bucket(s3_server, monkeypatch, tmp_path):
    """An empty bucket, and the environment that leads to it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "hospital-key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_server)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "data")
    monkeypatch.setattr(object_store, "RESERVE_BYTES", 0)
    client = object_store._client()
    client.create_bucket(Bucket=BUCKET)
    yield client
    rows = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    for row in rows:
        client.delete_object(Bucket=BUCKET, Key=row["Key"])
    client.delete_bucket(Bucket=BUCKET)


def put(client, **objects):
    for key, content in objects.items():
        client.put_object(Bucket=BUCKET, Key=key, Body=content)


def films(count: int) -> dict[str, bytes]:
    """Pictures of about half a megabyte each, that no packing makes smaller."""
    noise = np.random.default_rng(1).integers(0, 4096, (count, 500, 500), dtype="<u2")
    return {f"many/S{number}/film": dicom(pixels, study=number) for number, pixels in enumerate(noise)}


def filled(client):
    objects = {
        "2026/S1/a.png": png(),
        "2026/S1/b.png": png(1),
        "2026/film": dicom(),
        "other/c.png": png(2),
        "2026/": b"",
    }
    put(client, **objects)
    return f"s3://{BUCKET}/2026/"


def test_a_prefix_is_imported_and_nothing_beyond_it(bucket, benchmark_):
    run = take_in(benchmark_, filled(bucket))
    assert outcome(run) == (3, 0, 0)
    assert sorted(Study.objects.values_list("study_id", flat=True)) == ["S1", by_uid("1.2.3.1")]


def test_hidden_objects_are_passed_over_and_counted(bucket, benchmark_):
    put(bucket, **{"2026/.cache/x.png": png(), "2026/S1/.a.png": png(), "2026/S1/a.png": png()})
    run = take_in(benchmark_, f"s3://{BUCKET}/2026/")
    assert outcome(run) == (1, 0, 0)
    assert [(one.kind, one.value) for one in run.problems.all()] == [("hidden", "2")]


def test_again_everything_is_unchanged_and_nothing_is_left_on_the_disk(bucket, benchmark_):
    address = filled(bucket)
    take_in(benchmark_, address)
    once = everything()
    assert outcome(take_in(benchmark_, address)) == (0, 3, 0)
    assert everything() == once
    assert list((settings.DATA_DIR / "uploads" / "s3").iterdir()) == []


def test_no_secret_is_in_the_runs_row_or_in_the_log(bucket, benchmark_, caplog):
    caplog.set_level(logging.DEBUG)
    run = take_in(benchmark_, filled(bucket))
    row = ImportRun.objects.filter(pk=run.pk).values().get()
    assert SECRET not in str(row) + caplog.text
    assert "Signature=" not in caplog.text


@pytest.mark.parametrize(
    "address",
    ["s3://key:very-secret@bucket/x", "s3://hospital/x?secret=1", "s3://", "s3://Upper/x", "s3://hospital/\n"],
)
def test_an_address_that_is_none_is_refused_and_no_secret_in_it_quoted(address):
    with pytest.raises(ObjectStoreError) as caught:
        parse_address(address)
    assert "very-secret" not in str(caught.value)
    assert "secret=1" not in str(caught.value)


def test_a_run_is_not_made_for_an_address_with_credentials(benchmark_):
    with pytest.raises(ObjectStoreError, match="holds no credentials"):
        create_import_run(benchmark=benchmark_, site_code="north", source="s3://k:s@bucket/x")
    assert not ImportRun.objects.exists()


def refused(benchmark, address):
    run = create_import_run(benchmark=benchmark, site_code="north", source=address)
    with pytest.raises(ObjectStoreError):
        import_studies(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    return run.message


def test_what_cannot_be_read_ends_in_a_sentence(bucket, benchmark_, monkeypatch):
    assert "There is no bucket 'nowhere-at-all'" in refused(benchmark_, "s3://nowhere-at-all/x")
    assert "There is nothing below s3://hospital-north/empty/" in refused(benchmark_, f"s3://{BUCKET}/empty/")
    monkeypatch.setattr(object_store, "RESERVE_BYTES", 2**62)
    assert "GiB left" in refused(benchmark_, filled(bucket))


def test_a_server_that_is_not_there_ends_in_a_sentence_and_the_run_can_be_resumed(bucket, benchmark_, monkeypatch):
    address = filled(bucket)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0)
    run = create_import_run(benchmark=benchmark_, site_code="north", source=address)
    with pytest.raises(ObjectStoreError, match="could not be reached"):
        import_studies(run.pk)


def test_a_disk_that_fills_while_objects_are_fetched_keeps_what_came_and_the_run_goes_on(
    bucket, benchmark_, monkeypatch
):
    put(bucket, **films(8))
    monkeypatch.setattr(object_store, "RESERVE_BYTES", -(2**40))  # another program takes the room after the look at it
    run = create_import_run(benchmark=benchmark_, site_code="north", source=f"s3://{BUCKET}/many/")
    spool = settings.DATA_DIR / "uploads"
    with small_disk(spool, "2m"):
        with pytest.raises(ObjectStoreError, match="filled up while s3://hospital-north/many/ was fetched"):
            import_studies(run.pk)
        assert not Image.objects.exists()
        subprocess.run(["mount", "-o", "remount,size=30m", str(spool)], check=True)
        assert outcome(resumed(run)) == (8, 0, 0)


def test_only_what_is_missing_is_fetched_again(bucket, tmp_path):
    address = parse_address(filled(bucket))
    seen = []
    fetch(address, tmp_path / "spool", lambda told: seen.append(told.objects))
    put(bucket, **{"2026/S1/b.png": png(9)})
    again = []
    files, _ = fetch(address, tmp_path / "spool", lambda told: again.append(told.objects))
    assert (seen[0], again[0]) == (0, 2)  # of three
    assert (files / "S1" / "b.png").read_bytes() == png(9)


def test_a_broken_off_object_goes_on_where_it_broke_off(bucket, tmp_path, monkeypatch):
    content = bytes(range(256)) * 40_000
    put(bucket, **{"big/one.bin": content})
    stream, starts = object_store._stream, []

    def broken(client, address, one, part, start):
        starts.append(start)
        if start == 0:
            part.write_bytes(content[:1_000_000])
            raise object_store.ClientError({"Error": {"Code": "InternalError"}}, "GetObject")
        stream(client, address, one, part, start)

    monkeypatch.setattr(object_store, "_stream", broken)
    address = parse_address(f"s3://{BUCKET}/big/")
    with pytest.raises(ObjectStoreError, match="InternalError"):
        fetch(address, tmp_path / "spool", lambda told: None)
    files, _ = fetch(address, tmp_path / "spool", lambda told: None)
    assert starts == [0, 1_000_000]
    assert (files / "one.bin").read_bytes() == content


@pytest.mark.parametrize("key", ["p/../../evil.png", "p//a.png", "p/a\\b.png", "p/" + "x" * 300])
def test_a_key_that_is_no_safe_name_is_refused_and_the_others_come_in(key, bucket, tmp_path):
    put(bucket, **{"p/good.png": png(), key: png(1)})
    files, told = fetch(parse_address(f"s3://{BUCKET}/p/"), tmp_path / "spool", lambda told: None)
    assert [path.name for path in files.rglob("*") if path.is_file()] == ["good.png"]
    assert [problem.kind for problem in told.refused] == ["unsafe_name"]


def test_a_key_that_is_also_a_folder_is_refused(bucket, benchmark_):
    put(bucket, **{"p/S1": dicom(), "p/S1/a.png": png()})
    run = take_in(benchmark_, f"s3://{BUCKET}/p/")
    assert outcome(run) == (1, 0, 1)
    assert rules(run) == ["unsafe_name"]


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_fetching_was_killed_goes_on(bucket, benchmark_, s3_server, tmp_path):
    """The process is killed while it fetches; the same run then fetches the rest and imports everything once."""
    address = filled(bucket)
    spool = tmp_path / "spool"
    code = (
        "import os, signal, sys; from pathlib import Path; from cases.adapters.object_store import fetch, parse_address\n"
        "def tell(told):\n    if told.objects: os.kill(os.getpid(), signal.SIGKILL)\n"
        "fetch(parse_address(sys.argv[1]), Path(sys.argv[2]), tell)"
    )
    prepare = "import cases.adapters.object_store as o; o.RESERVE_BYTES = 0\n"
    done = subprocess.run(
        [sys.executable, "-c", prepare + code, address, str(spool)], cwd=settings.BASE_DIR, check=False
    )
    assert done.returncode == -signal.SIGKILL
    run = create_import_run(benchmark=benchmark_, site_code="north", source=address)
    target = Path(settings.DATA_DIR) / "uploads" / "s3" / str(run.pk)
    target.parent.mkdir(parents=True)
    shutil.copytree(spool, target)
    assert outcome(import_studies(run.pk)) == (3, 0, 0)
    assert Image.objects.count() == 3
