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

from cases.contribution import Problem, SourceFile, is_hidden
from cases.gate.told_names import hidden_left_out, left_out, readable, told_name
from core.errors import DomainError

MAX_MEMBERS = 500_000
_PACKED = (".tar", ".tgz", ".gz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".zst", ".7z", ".rar")
_READ_PACKED = (".csv.gz", ".tsv.gz", ".json.gz", ".ndjson.gz")
# What reading a damaged zip, gzip file or disk raises.
BROKEN = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, NotImplementedError, RuntimeError, OSError)


class ContributionError(DomainError):
    """The path cannot be a contribution of that layout."""


class DamagedZipError(ContributionError):
    """A zip that cannot be listed."""


class TooLongError(ValueError):
    """A text or table beside the pictures unpacks to more bytes than are taken."""


@dataclass
class Tree:
    """What lies at one path. ``files`` are in order of name; ``refused`` are names that no file may have, and folders that
    cannot be listed; ``hidden``, ``linked`` and ``no_files`` (pipes, sockets, devices) are the names of what is passed over.
    ``as_sent`` has the names that were made readable, as they lie on the disk.
    """

    source: Path
    files: list[SourceFile] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    no_files: list[str] = field(default_factory=list)
    as_sent: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, source: Path) -> "Tree":
        """Lists the path. Raises ContributionError for a folder that cannot be listed, and for a zip that is damaged or
        holds too many files; a folder below that cannot be listed is refused by name.
        """
        tree = cls(source)
        if source.is_dir():
            for path in tree._walk():
                tree._enter(tree._name_of(path), path)
        elif source.suffix.lower() == ".zip" or (not source.suffix and zipfile.is_zipfile(source)):
            tree._enter_members("", source)
        else:
            tree.files.append(SourceFile(readable(source.name), str(source)))
        return tree

    @property
    def is_single(self) -> bool:
        """Whether it is one file that is no zip."""
        return self.source.is_file() and len(self.files) == 1 and not self.files[0].member

    def names(self) -> list[str]:
        """Every file's name, in the order of ``LC_ALL=C sort``; hidden ones are not there."""
        return sorted({*(file.name for file in self.files), *(one.where for one in self.refused)}, key=self.sent_bytes)

    def sent_bytes(self, name: str) -> bytes:
        """A file's name as the disk has it."""
        return self.as_sent.get(name, name).encode("utf-8", "surrogateescape")

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

    def passed_over(self) -> Iterator[Problem]:
        """A remark on each kind of thing that is not looked at, with how many there are."""
        yield from hidden_left_out(self.source.name, self.hidden)
        why = "links to folders, which are not followed; put the folders themselves there"
        yield from left_out("linked", self.source.name, self.linked, why)
        why = "pipes, sockets or devices, which hold no file; put the files themselves there"
        yield from left_out("no_file", self.source.name, self.no_files, why)

    def _walk(self) -> Iterator[Path]:
        """Every file below, in order of name; what is passed over or cannot be listed is noted."""
        for here, folders, names in os.walk(self.source, onerror=self._refuse_folder):
            place = Path(here)
            kept = []
            for name in sorted(folders):
                told = f"{self._name_of(place / name)}/"
                if is_hidden(name):
                    self.hidden.append(told)
                elif os.path.islink(place / name):  # noqa: PTH114 - Path.is_symlink raises for a path that is too long
                    self.linked.append(told)
                else:
                    kept.append(name)
            folders[:] = kept
            for name in sorted(names):
                if is_hidden(name):
                    self.hidden.append(self._name_of(place / name))
                elif is_no_file(place / name):
                    self.no_files.append(self._name_of(place / name))
                else:
                    yield place / name

    def _name_of(self, path: Path) -> str:
        sent = path.relative_to(self.source).as_posix()
        name = readable(sent)
        if name != sent:
            self.as_sent[name] = sent
        return name

    def _refuse_folder(self, error: OSError) -> None:
        """Without this ``os.walk`` leaves out a folder that it cannot list, and everything in it."""
        folder = Path(error.filename)
        why = os.strerror(error.errno) if error.errno else type(error).__name__
        if folder == self.source:
            raise ContributionError(
                f"The folder {told_name(folder.name)!r} cannot be listed ({why}): see that its disk or share is mounted, and "
                "that the account that imports may read it."
            ) from None
        message = (
            f"The folder cannot be listed ({why}), so nothing in it was read. Give the account that imports the right to "
            "read it, or mend the disk or share, and import again."
        )
        self.refused.append(Problem("unreadable_folder", f"{self._name_of(folder)}/", message))

    def _enter(self, name: str, path: Path) -> None:
        if path.suffix.lower() == ".zip":
            try:
                self._enter_members(f"{name}/", path)
            except DamagedZipError:
                message = "The zip is damaged, so nothing in it was read; copy or pack it again, or unpack it."
                self.refused.append(Problem("packed", name, message))
        elif is_packed(name):
            self.refused.append(_packed(name))
        else:
            self.files.append(SourceFile(name, str(path)))

    def _enter_members(self, prefix: str, path: Path) -> None:
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
            raise DamagedZipError(f"{told_name(path.name)!r} is a damaged zip; pack it again.") from None
        if len(members) + len(self.files) > MAX_MEMBERS and members:
            raise ContributionError(
                f"{told_name(path.name)!r} brings the files to {len(members) + len(self.files):,}; at most {MAX_MEMBERS:,} are "
                "taken from zips. Split it."
            )
        for member in sorted(members, key=lambda one: one.filename):
            name = member.filename
            parts = PurePosixPath(name.replace("\\", "/")).parts
            if member.is_dir():
                continue
            if sent := self.as_sent.get(prefix[:-1]):
                self.as_sent[prefix + name] = f"{sent}/{name}"
            if any(is_hidden(part) for part in parts):
                self.hidden.append(prefix + name)
            elif ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
                message = "The name leads out of the zip; pack it again with names below one folder."
                self.refused.append(Problem("unsafe_name", prefix + name, message))
            elif stat.S_ISLNK(member.external_attr >> 16):
                message = "It is a link, not a file; pack the file itself."
                self.refused.append(Problem("unsafe_name", prefix + name, message))
            elif is_packed(name) or name.lower().endswith(".zip"):
                self.refused.append(_packed(prefix + name))
            else:
                self.files.append(SourceFile(prefix + name, str(path), member=name))


def is_no_file(path: Path) -> bool:
    """Whether a pipe, a socket or a device lies there, also behind a link: whoever opens one may wait for ever."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - once for every file, and Path adds to its time
    except OSError:
        return False  # the one who opens it says why
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def is_packed(name: str) -> bool:
    """Whether a file is an archive, or a packed file, that no layout opens where it lies; packed tables and FHIR are read."""
    return name.lower().endswith(_PACKED) and not name.lower().endswith(_READ_PACKED)


def _packed(name: str) -> Problem:
    message = (
        "It is packed, and is not opened here, so nothing in it was read: unpack it, take it away, and import again."
    )
    return Problem("packed", name, message)


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
