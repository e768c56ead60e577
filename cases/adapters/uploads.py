"""Files that people upload, kept under DATA_DIR/uploads until their import has read them."""

import errno
import hashlib
import os
import secrets
import shutil
import zlib
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename

from cases.adapters.storage import chunks
from core.errors import DomainError

MAX_NAME = 400
RESERVE_BYTES = 1024**3  # of the disk, never given to uploads


def keep_upload(*files: "UploadedFile[bytes] | None") -> list[str]:
    """Writes the files into a new folder of their own, readable by the product alone; their paths, "" for None."""
    folder = Path(settings.DATA_DIR) / "uploads" / secrets.token_hex(8)
    folder.mkdir(mode=0o700, parents=True)
    paths = []
    for number, file in enumerate(files):
        if file is None:
            paths.append("")
            continue
        place = folder / str(number)
        place.mkdir()
        path = place / (get_valid_filename(Path(file.name or "upload").name)[-100:] or "upload")
        with path.open("wb") as target:
            target.writelines(chunks(file))
        paths.append(str(path))
    return paths


class PieceRefusedError(DomainError):
    """A piece of a file that cannot be taken. ``offset`` is how much of the file is there, in bytes."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class DiskFullError(DomainError):
    """There is no room for what is to come."""


def folder_of(upload_pk: int) -> Path:
    """Where the files of an upload lie."""
    return Path(settings.DATA_DIR) / "uploads" / "browser" / str(upload_pk)


def safe_name(name: str) -> str:
    """The name below the chosen folder. Raises ValueError with the rule when it can be no file's name."""
    parts = name.split("/")
    if not name or len(name) > MAX_NAME:
        raise ValueError(f"a name has 1 to {MAX_NAME} characters")
    if "\\" in name or not name.isprintable() or any(part in {"", ".", ".."} for part in parts):
        raise ValueError("a name must not lead out of its folder, nor hold \\ or unprintable characters")
    if any(len(part.encode()) > 255 for part in parts):
        raise ValueError("each part of a name has at most 255 bytes")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        raise ValueError("hidden files are not taken")
    return name


def bytes_there(upload_pk: int, file_pk: int) -> int:
    """How much of an unfinished file is on the disk."""
    path = _part(upload_pk, file_pk)
    return path.stat().st_size if path.exists() else 0


def append_piece(upload_pk: int, file_pk: int, *, offset: int, data: bytes, checksum: str, size: int) -> int:
    """Writes a piece at the end of what is there, and returns how much is there then.

    ``checksum`` is ``sha256 <hex>`` or ``crc32 <hex>`` of the piece. Raises PieceRefusedError when it does not fit the
    piece or the offset is not the end, DiskFullError when the disk is full; what was there stays there.
    """
    path = _part(upload_pk, file_pk)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = bytes_there(upload_pk, file_pk)
    if offset != there:
        raise PieceRefusedError(
            f"{there:,} bytes of the file are here; send it from there, not from {offset:,}.", there
        )
    if there + len(data) > size:
        raise PieceRefusedError(f"The file was announced with {size:,} bytes; this piece goes beyond.", there)
    if not _fits(checksum, data):
        raise PieceRefusedError("The piece was damaged on its way: its checksum differs. Send it again.", there)
    try:
        with path.open("ab") as target:
            target.write(data)
    except OSError as error:
        if path.exists():
            os.truncate(path, there)
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFullError(
            "The server's disk is full; ask an admin for room, then go on. What is here stays."
        ) from None
    return there + len(data)


def settle(upload_pk: int, file_pk: int, name: str, *, is_reports: bool) -> None:
    """Moves a whole file to its place. Raises ValueError when another file is a folder of its name, or the reverse."""
    part, target = _part(upload_pk, file_pk), files_of(upload_pk, is_reports=is_reports) / name
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.touch()  # an empty file has no piece
        os.replace(part, target)  # noqa: PTH105 - the rename is the commit
    except (NotADirectoryError, IsADirectoryError, FileExistsError):
        raise ValueError("another file's name is a folder of this one's, or the reverse") from None


def files_of(upload_pk: int, *, is_reports: bool = False) -> Path:
    """The folder that an import reads."""
    return folder_of(upload_pk) / ("reports" if is_reports else "files")


def remove_upload(upload_pk: int) -> None:
    """Removes all files of an upload."""
    shutil.rmtree(folder_of(upload_pk), ignore_errors=True)


def bytes_free() -> int:
    """What is left on the disk that takes uploads, less the reserve."""
    return shutil.disk_usage(settings.DATA_DIR).free - RESERVE_BYTES


def _part(upload_pk: int, file_pk: int) -> Path:
    return folder_of(upload_pk) / "parts" / str(file_pk)


def _fits(checksum: str, data: bytes) -> bool:
    kind, _, given = checksum.partition(" ")
    found = {"sha256": lambda: hashlib.sha256(data).hexdigest(), "crc32": lambda: f"{zlib.crc32(data):08x}"}.get(kind)
    return found is not None and found() == given.strip().lower()
