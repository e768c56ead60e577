"""The files of a contribution as one list of names, whether they lie in a folder, in a zip, or in zips in a folder."""

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO

from cases.contribution import Problem, SourceFile
from core.errors import DomainError

MAX_MEMBERS = 500_000
# What reading a damaged zip, gzip file or disk raises.
BROKEN = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, NotImplementedError, RuntimeError, OSError)


class ContributionError(DomainError):
    """The path cannot be a contribution of that layout."""


class TooLongError(ValueError):
    """A text or table beside the pictures unpacks to more bytes than are taken."""


@dataclass
class Tree:
    """What lies at one path. ``files`` are in order of name; ``refused`` are names that no file may have."""

    source: Path
    files: list[SourceFile] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)

    @classmethod
    def at(cls, source: Path) -> "Tree":
        """Lists the path. Raises ContributionError for a zip that is damaged or holds too many files."""
        tree = cls(source)
        if source.is_dir():
            for path in _walk(source):
                tree._enter(path.relative_to(source).as_posix(), path)
        elif source.suffix.lower() == ".zip" or (not source.suffix and zipfile.is_zipfile(source)):
            tree._enter_members("", source)
        else:
            tree.files.append(SourceFile(source.name, str(source)))
        return tree

    @property
    def is_single(self) -> bool:
        """Whether it is one file that is no zip."""
        return self.source.is_file() and len(self.files) == 1 and not self.files[0].member

    @cached_property
    def base_names(self) -> dict[str, SourceFile]:
        """The first file of each last part of a name, in lower case."""
        found: dict[str, SourceFile] = {}
        for file in self.files:
            found.setdefault(PurePosixPath(file.name).name.lower(), file)
        return found

    @cached_property
    def top_names(self) -> set[str]:
        """The first parts of all names."""
        return {file.name.split("/", 1)[0] for file in self.files}

    def _enter(self, name: str, path: Path) -> None:
        if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
            self._enter_members(f"{name}/", path)
        else:
            self.files.append(SourceFile(name, str(path)))

    def _enter_members(self, prefix: str, path: Path) -> None:
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
            raise ContributionError(f"{path.name!r} is a damaged zip; pack it again.") from None
        if len(members) + len(self.files) > MAX_MEMBERS and members:
            raise ContributionError(
                f"{path.name!r} brings the files to {len(members) + len(self.files):,}; at most {MAX_MEMBERS:,} are "
                "taken from zips. Split it."
            )
        for member in sorted(members, key=lambda one: one.filename):
            name = member.filename
            parts = PurePosixPath(name.replace("\\", "/")).parts
            if member.is_dir() or any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts:
                continue
            if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
                message = "The name leads out of the zip; pack it again with names below one folder."
                self.refused.append(Problem("unsafe_name", prefix + name, message))
            elif stat.S_ISLNK(member.external_attr >> 16):
                message = "It is a link, not a file; pack the file itself."
                self.refused.append(Problem("unsafe_name", prefix + name, message))
            else:
                self.files.append(SourceFile(prefix + name, str(path), member=name))


@contextmanager
def opened(file: SourceFile, *, limit: int) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked where its name ends in .gz; reading beyond ``limit`` bytes raises TooLongError, and
    damage raises one of BROKEN.
    """
    with _raw(file) as raw:
        stream = gzip.GzipFile(fileobj=raw) if file.name.lower().endswith(".gz") else raw
        yield io.BufferedReader(_Limited(stream, limit))


def read_bytes(file: SourceFile, *, limit: int) -> bytes:
    """The whole of a small file. Raises TooLongError, or one of BROKEN."""
    with opened(file, limit=limit) as stream:
        return stream.read()


@contextmanager
def _raw(file: SourceFile) -> Iterator[IO[bytes]]:
    if not file.member:
        with Path(file.path).open("rb") as plain:
            yield plain
        return
    with zipfile.ZipFile(file.path) as archive, archive.open(file.member) as packed:
        yield packed


class _Limited(io.RawIOBase):
    """Passes bytes on until there were more than the limit, so that no gzip or zip bomb is unpacked to its end."""

    def __init__(self, stream: "IO[bytes] | gzip.GzipFile", limit: int) -> None:
        self.stream, self.left, self.limit = stream, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # what BufferedReader hands over
        data = self.stream.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise TooLongError(f"it has more than {self.limit:,} bytes")
        buffer[: len(data)] = data
        return len(data)


def _walk(folder: Path) -> Iterator[Path]:
    """Every file below, in order of name; hidden ones and links to folders are left out."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        yield from (Path(here) / name for name in sorted(names) if not name.startswith("."))
