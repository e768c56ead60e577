"""Files by the SHA-256 of their bytes in the default storage: written once, never changed, never half there.

Originals lie under ``originals/ab/<sha256>``, pictures derived from them under ``derived/ab/<sha256>``, frame files
under ``frames/ab/<sha256>.<coding>``. A file without a row is harmless: the next import of the same bytes finds it.
"""

import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage, storages

from core.errors import StorageError

ORIGINALS, DERIVED, FRAMES = "originals", "derived", "frames"
_ABANDONED_S = 24 * 3600.0  # a folder of a worker that was killed
_CHUNK = 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def stored_name(folder: str, sha256: str) -> str:
    """Where the bytes with this digest lie in the storage."""
    return f"{folder}/{sha256[:2]}/{sha256}"


def adopt(folder: str, path: Path, name: str) -> None:
    """Moves a finished file into the storage under ``name``, which begins with its digest, unless it is there already.
    Raises StorageError.
    """
    name = stored_name(folder, name)
    with _writing():
        if _is_local():
            target = Path(default_storage.path(name))
            if target.exists():
                path.unlink(missing_ok=True)  # two files with the same bytes may have been one
            else:
                _move(path, target)
        elif default_storage.exists(name):
            path.unlink(missing_ok=True)
        else:
            with path.open("rb") as file:
                default_storage.save(name, File(file))
            path.unlink()


@contextmanager
def spool() -> Iterator[Path]:
    """A new folder for files on their way into the storage (on the same disk), gone at the end with what is left."""
    place = _spool_place()
    folder = place / uuid.uuid4().hex
    with _writing():
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            with suppress(FileNotFoundError):  # another import ends, and its folder goes
                if time.time() - old.stat().st_mtime > _ABANDONED_S:
                    shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spool_place() -> Path:
    return Path(default_storage.path("spool")) if _is_local() else Path(settings.DATA_DIR) / "spool"


def is_spooled(path: str) -> bool:
    """Whether the path is that of a ``spool`` folder, there or gone: what lies in one is never there again."""
    return Path(path).parent == _spool_place()


def local_copy(folder: str, sha256: str, place: Path) -> Path:
    """A path on this machine with the stored bytes: their own, or a copy in ``place``. Raises FileNotFoundError."""
    if _is_local():
        return Path(default_storage.path(stored_name(folder, sha256)))
    path = place / sha256
    with open_kept(folder, sha256) as source, path.open("wb") as target:
        target.writelines(chunks(source))
    return path


def _is_local() -> bool:
    return isinstance(storages["default"], FileSystemStorage)


def _move(path: Path, target: Path) -> None:
    try:
        os.replace(path, target)  # noqa: PTH105 - the rename is the commit
    except FileNotFoundError:  # the first of its folder
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)  # noqa: PTH105


def storage_error(code: int) -> StorageError:
    """The sentence for what the system answered (errno) to a write into the storage."""
    place = default_storage.path("") if _is_local() else str(settings.DATA_DIR)
    if code in _FULL:
        return StorageError(
            f"The disk that holds {place!r} is full, or a limit on it is reached. Make room there, then resume the run, "
            "or import again: what is stored so far stays."
        )
    reason = os.strerror(code) if code else "the system gave no reason"
    return StorageError(
        f"Nothing can be written to {place!r} ({reason}). See that its disk is mounted and may be written to, "
        "then resume the run, or import again: what is stored so far stays."
    )


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_error(error.errno or 0) from error


def is_kept(folder: str, sha256: str) -> bool:
    """Whether the bytes are there."""
    return default_storage.exists(stored_name(folder, sha256))


def open_kept(folder: str, sha256: str) -> "File[bytes]":
    """The stored file, for reading. Raises FileNotFoundError."""
    return default_storage.open(stored_name(folder, sha256), "rb")


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The file's bytes, a MiB at a time."""
    while chunk := file.read(_CHUNK):
        yield chunk
