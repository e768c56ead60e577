"""Files that people upload, kept under DATA_DIR/uploads until their import has read them."""

import errno
import hashlib
import os
import secrets
import shutil
import zlib
from dataclasses import dataclass
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


class OtherFileError(DomainError):
    """A piece of another file than the one whose beginning is here."""


class DiskFullError(DomainError):
    """There is no room for what is to come."""


@dataclass(frozen=True)
class Mark:
    """What the first ``length`` bytes of a file are, told from piece to piece, so that nothing is ever read again for it.

    ``crc32`` is of all of them. ``sha256`` (hexadecimal, "" before the first piece) is a chain, since browsers digest
    nothing piece by piece: of what it was before the last piece and the SHA-256 of that piece, as text one behind the other.
    """

    length: int = 0
    sha256: str = ""
    crc32: int = 0

    def is_of(self, checksum: str) -> bool:
        """Whether the same bytes have this checksum, ``sha256 <hex>`` of the chain or ``crc32 <hex>``."""
        return checksum in {f"sha256 {self.sha256}", f"crc32 {self.crc32:08x}"}

    def followed_by(self, data: bytes, sha256: str) -> "Mark":
        """The mark once a piece, whose SHA-256 is given, has come behind it."""
        chain = hashlib.sha256((self.sha256 + sha256).encode()).hexdigest()
        return Mark(self.length + len(data), chain, zlib.crc32(data, self.crc32))


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


def mark_of(upload_pk: int, file_pk: int) -> Mark:
    """What came of a file so far; of a whole one, all of it."""
    try:
        length, sha256, crc32 = _mark(upload_pk, file_pk).read_text().split()
        return Mark(int(length), sha256, int(crc32, 16))
    except (FileNotFoundError, ValueError):
        return Mark()


def bytes_there(upload_pk: int, file_pk: int) -> int:
    """How much of an unfinished file is on the disk. What was written of a piece when the server died does not count."""
    return _there(upload_pk, file_pk).length


def append_piece(
    upload_pk: int, file_pk: int, *, offset: int, data: bytes, checksum: str, before: str, size: int
) -> int:
    """Writes a piece at the end of what is there, and returns how much is there then.

    ``checksum`` is ``sha256 <hex>`` or ``crc32 <hex>`` of the piece, ``before`` that of all in front of it (see ``Mark``).
    Raises PieceRefusedError when it does not fit the piece or the offset is not the end, OtherFileError when what is here
    is not what the piece follows on, DiskFullError when the disk is full; what was there stays there.
    """
    path = _part(upload_pk, file_pk)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark = _there(upload_pk, file_pk)
    if offset != mark.length:
        raise PieceRefusedError(
            f"{mark.length:,} bytes of the file are here; send it from there, not from {offset:,}.", mark.length
        )
    if mark.length and not mark.is_of(before):
        raise OtherFileError(
            f"The {mark.length:,} bytes that are here are of another file, or this one was changed; choose it again."
        )
    if mark.length + len(data) > size:
        raise PieceRefusedError(f"The file was announced with {size:,} bytes; this piece goes beyond.", mark.length)
    sha256 = hashlib.sha256(data).hexdigest()
    if checksum != f"sha256 {sha256}" and checksum != f"crc32 {zlib.crc32(data):08x}":
        raise PieceRefusedError("The piece was damaged on its way: its checksum differs. Send it again.", mark.length)
    after = mark.followed_by(data, sha256)
    try:
        with path.open("ab") as target:
            target.truncate(mark.length)
            target.write(data)
        _write_mark(_mark(upload_pk, file_pk), after)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFullError(
            "The server's disk is full; ask an admin for room, then go on. What is here stays."
        ) from None
    return after.length


def start_anew(upload_pk: int, file_pk: int) -> None:
    """Forgets what came of a file; once whole, the next one takes the place of the one that was."""
    for path in (_mark(upload_pk, file_pk), _part(upload_pk, file_pk)):
        path.unlink(missing_ok=True)


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


def _mark(upload_pk: int, file_pk: int) -> Path:
    return folder_of(upload_pk) / "parts" / f"{file_pk}.mark"


def _there(upload_pk: int, file_pk: int) -> Mark:
    mark, path = mark_of(upload_pk, file_pk), _part(upload_pk, file_pk)
    return mark if path.exists() and path.stat().st_size >= mark.length else Mark()


def _write_mark(path: Path, mark: Mark) -> None:
    part = path.with_suffix(".new")
    part.write_text(f"{mark.length} {mark.sha256} {mark.crc32:08x}")
    os.replace(part, path)  # noqa: PTH105 - the rename is the commit
