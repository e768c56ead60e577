"""Files by the SHA-256 of their bytes in the default storage: written once, never changed, never half there.

Originals lie under ``originals/ab/<sha256>``, what is derived from them under ``derived/ab/<sha256>``. A file without
a row is harmless: the next import of the same bytes finds it.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage

ORIGINALS, DERIVED = "originals", "derived"
_CHUNK = 1024 * 1024


def stored_name(folder: str, sha256: str) -> str:
    """Where the bytes with this digest lie in the storage."""
    return f"{folder}/{sha256[:2]}/{sha256}"


def keep(folder: str, content: bytes, sha256: str = "") -> str:
    """Stores the bytes, unless they are there already, and returns their SHA-256."""
    sha256 = sha256 or hashlib.sha256(content).hexdigest()
    name = stored_name(folder, sha256)
    if not default_storage.exists(name):
        _write(name, content)
    return sha256


def _write(name: str, content: bytes) -> None:
    if not isinstance(default_storage._wrapped, FileSystemStorage):  # type: ignore[attr-defined]  # a LazyObject's own
        default_storage.save(name, ContentFile(content))  # object stores put a whole object or none
        return
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)  # noqa: PTH105 - the rename is the commit
    finally:
        part.unlink(missing_ok=True)


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
