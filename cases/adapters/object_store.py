"""S3 prefixes as a source of imports: listed, and fetched object by object into a folder that an import reads.

Credentials come from the environment alone (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN); without them
buckets are asked unsigned, as public ones allow. Nothing of them is stored, logged or quoted in an error.
"""

import errno
import hashlib
import logging
import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cases.contribution import Problem, is_hidden
from core.errors import DomainError

SCHEME = "s3://"
MAX_OBJECTS = 2_000_000
RESERVE_BYTES = 1024**3  # left free on the disk
_CHUNK = 1024**2
_AT_ONCE = 8
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_JOURNAL, _FILES, _PARTS = "fetched.tsv", "files", "parts"
# What S3 answers, as what a person can do about it.
_SENTENCES = {
    "NoSuchBucket": "There is no bucket {bucket!r}; check its name and AWS_ENDPOINT_URL_S3.",
    "AccessDenied": (
        "The credentials in the environment may not read s3://{bucket}/{prefix}; allow s3:ListBucket and s3:GetObject."
    ),
    "InvalidAccessKeyId": "S3 does not know the AWS_ACCESS_KEY_ID in the environment; set the right one.",
    "SignatureDoesNotMatch": "The AWS_SECRET_ACCESS_KEY in the environment does not fit its key id; set the right one.",
    "ExpiredToken": "The AWS_SESSION_TOKEN in the environment has expired; set a fresh one and resume the import.",
    "PermanentRedirect": "The bucket {bucket!r} is in another region; set AWS_DEFAULT_REGION to it.",
    "AuthorizationHeaderMalformed": "The bucket {bucket!r} is in another region; set AWS_DEFAULT_REGION to it.",
}
_UNSIGNED_DENIED = (
    "The bucket {bucket!r} may not be read without credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "
    "environment."
)
# Errors that speak of one object: the others go on.
_OF_ONE = {
    "NoSuchKey": "The object is gone since it was listed.",
    "404": "The object is gone since it was listed.",
    "PreconditionFailed": "The object changed while it was fetched; import again.",
    "InvalidObjectState": "The object is archived (Glacier); restore it first.",
}
for _name in ("boto3", "botocore", "s3transfer", "urllib3"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # at DEBUG they write headers with signatures


class ObjectStoreError(DomainError):
    """The prefix cannot be read, or there is no room for it."""


@dataclass(frozen=True)
class Address:
    """A bucket and a prefix in it, maybe empty."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class _Object:
    key: str
    name: str  # below the prefix
    size: int
    etag: str


@dataclass
class Fetched:
    """How far it is: objects and bytes, what could not be had, and what was passed over."""

    objects: int = 0
    total_objects: int = 0
    size: int = 0
    total_size: int = 0
    refused: list[Problem] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # keys that are passed over


def parse_address(text: str) -> Address:
    """The bucket and prefix of ``s3://bucket/prefix``. Raises ObjectStoreError, which never quotes what may be a secret."""
    bucket, _, prefix = text.removeprefix(SCHEME).partition("/")
    if "@" in bucket or "?" in text or "#" in text:
        raise ObjectStoreError(
            "An S3 address is s3://bucket/prefix and holds no credentials or parameters; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY in the environment instead."
        )
    if not text.startswith(SCHEME) or not _BUCKET.fullmatch(bucket):
        raise ObjectStoreError(
            f"{bucket[:63]!r} cannot be a bucket's name; give s3://bucket/prefix, such as s3://hospital-north/2026/."
        )
    if not prefix.isprintable() or len(prefix) > 400:
        raise ObjectStoreError("The prefix must be printable and have at most 400 characters.")
    return Address(bucket, prefix)


def fetch(address: Address, folder: Path, progress: Callable[[Fetched], None]) -> tuple[Path, Fetched]:
    """Fetches all objects below the prefix into ``folder``; the path of the files, and what was refused.

    What an earlier call fetched into the folder is kept while its ETag stands; a broken-off object goes on where it
    broke off. ``progress`` is called after each object, and may raise to stop. Raises ObjectStoreError when the prefix
    cannot be read, holds nothing, or does not fit on the disk.
    """
    files = folder / _FILES
    for place in (files, folder / _PARTS):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = Fetched()
    with _errors_as_sentences(address):
        client = _client()
        wanted = list(_listed(client, address, told))
        done = _journal(folder)
        missing = [one for one in wanted if done.get(one.name) != one.etag or not _is_whole(files / one.name, one)]
        told.total_objects, told.total_size = len(wanted), sum(one.size for one in wanted)
        told.objects, told.size = len(wanted) - len(missing), told.total_size - sum(one.size for one in missing)
        _refuse_full_disk(folder, sum(one.size for one in missing))
        if not wanted and not told.refused:
            raise ObjectStoreError(f"There is nothing below {address}; check bucket and prefix.")
        progress(told)
        for one, problem in _fetched(client, address, missing, folder):
            told.objects, told.size = told.objects + 1, told.size + one.size
            if problem:
                told.refused.append(problem)
            progress(told)
    return files, told


def _client() -> Any:
    key = os.environ.get("AWS_ACCESS_KEY_ID", "")
    more = {} if key else {"signature_version": UNSIGNED}
    return boto3.session.Session(
        aws_access_key_id=key or None,
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY") or None,
        aws_session_token=os.environ.get("AWS_SESSION_TOKEN") or None,
        region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
    ).client(
        "s3",
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL_S3") or None,
        config=Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"max_attempts": 5, "mode": "standard"},
            max_pool_connections=_AT_ONCE,
            **more,
        ),
    )


@contextmanager
def _errors_as_sentences(address: Address) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        is_unsigned = not os.environ.get("AWS_ACCESS_KEY_ID")
        sentence = _UNSIGNED_DENIED if is_unsigned and code in {"AccessDenied", "403"} else _SENTENCES.get(code)
        told = sentence.format(bucket=address.bucket, prefix=address.prefix) if sentence else ""
        shown = code if re.fullmatch(r"\w{1,60}", code) else "an error without a name"
        raise ObjectStoreError(told or f"S3 answered {shown} for {address}; resume the import to try again.") from None
    except BotoCoreError as error:
        raise ObjectStoreError(
            f"S3 could not be reached for {address} ({type(error).__name__}); what was fetched is kept, resume the import."
        ) from None
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise ObjectStoreError(
            f"The disk of DATA_DIR filled up while {address} was fetched, and what was fetched is kept; make room and "
            "resume the import."
        ) from None


def _listed(client: Any, address: Address, told: Fetched) -> Iterator[_Object]:
    count = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=address.bucket, Prefix=address.prefix):
        for row in page.get("Contents", ()):
            key, size = str(row["Key"]), int(row["Size"])
            if key.endswith("/"):
                continue  # a folder that a console made
            count += 1
            if count > MAX_OBJECTS:
                raise ObjectStoreError(
                    f"More than {MAX_OBJECTS:,} objects lie below {address}; import its parts one by one."
                )
            name = _name_below(key, address.prefix)
            if name is None:
                message = "The key cannot be a file's name; rename the object."
                told.refused.append(Problem("unsafe_name", "".join(c for c in key if c.isprintable())[:400], message))
            elif not name:
                told.hidden.append(key[:400])
            else:
                yield _Object(key, name, size, str(row.get("ETag", "")).strip('"'))


def _name_below(key: str, prefix: str) -> str | None:
    """The object's name below the last folder of the prefix; None when it is no safe name, "" when it is hidden."""
    name = key[prefix.rfind("/") + 1 :]
    parts = name.split("/")
    if (
        not name.isprintable()
        or "\\" in name
        or any(part in {"", ".", ".."} or len(part.encode()) > 255 for part in parts)
    ):
        return None
    return "" if any(map(is_hidden, parts)) else name


def _is_whole(path: Path, wanted: _Object) -> bool:
    return path.is_file() and path.stat().st_size == wanted.size


def _journal(folder: Path) -> dict[str, str]:
    """The ETag under which each file was fetched, by its name."""
    path = folder / _JOURNAL
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: etag for etag, _, name in (line.partition("\t") for line in lines)}


def _refuse_full_disk(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted + RESERVE_BYTES > free:
        raise ObjectStoreError(
            f"The objects have {wanted / 1024**3:,.1f} GiB, and the disk of DATA_DIR has {free / 1024**3:,.1f} GiB left, "
            f"of which {RESERVE_BYTES / 1024**3:,.0f} must stay free; make room, or import a smaller prefix."
        )


def _fetched(
    client: Any, address: Address, wanted: list[_Object], folder: Path
) -> Iterator[tuple[_Object, Problem | None]]:
    """A few at a time, told in order; the journal has a line once a file is whole and in its place."""
    waiting: deque[tuple[_Object, Future[Problem | None]]] = deque()
    threads = ThreadPoolExecutor(_AT_ONCE)
    try:
        with (folder / _JOURNAL).open("a", encoding="utf-8") as journal:
            for one in [*wanted, None]:
                if one is not None:
                    waiting.append((one, threads.submit(_fetch_one, client, address, one, folder)))
                while waiting and (one is None or len(waiting) >= 2 * _AT_ONCE):
                    first, future = waiting.popleft()
                    problem = future.result()
                    if problem is None:
                        journal.write(f"{first.etag}\t{first.name}\n")
                        journal.flush()
                    yield first, problem
    finally:
        threads.shutdown(wait=True, cancel_futures=True)


def _fetch_one(client: Any, address: Address, one: _Object, folder: Path) -> Problem | None:
    named = hashlib.sha256(f"{one.key}\0{one.etag}".encode()).hexdigest()
    part, target = folder / _PARTS / named, folder / _FILES / PurePosixPath(one.name)
    try:
        start = part.stat().st_size if part.exists() else 0
        if start < one.size or not one.size:
            _stream(client, address, one, part, start)
        if part.stat().st_size != one.size:
            part.unlink()
            return Problem(
                "size", one.name, f"The object has another size than the {one.size:,} bytes it was listed with."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, target)  # noqa: PTH105 - the rename is the commit
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code not in _OF_ONE:
            raise
        return Problem("unreadable", one.name, _OF_ONE[code])
    except (NotADirectoryError, IsADirectoryError, FileExistsError):
        return Problem("unsafe_name", one.name, "Another object's key is a folder of this one's; rename one of them.")
    return None


def _stream(client: Any, address: Address, one: _Object, part: Path, start: int) -> None:
    more = {"Range": f"bytes={start}-", "IfMatch": f'"{one.etag}"'} if start else {}
    body = client.get_object(Bucket=address.bucket, Key=one.key, **more)["Body"]
    with part.open("ab" if start else "wb") as target:
        for chunk in body.iter_chunks(_CHUNK):
            target.write(chunk)
