"""Finished files on their way into the storage, written by a decoding process."""

import os
from pathlib import Path


class SpoolError(Exception):
    """A file could not be written: the disk is full, or gone. ``code`` is the system's reason (errno)."""

    def __init__(self, code: int) -> None:
        super().__init__(os.strerror(code))
        self.code = code


def write_whole(path: Path, content: bytes) -> int:
    """Writes the file whole or not at all, beside others that write the same; its size. Raises SpoolError."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)  # noqa: PTH105 - the rename is the commit
    except OSError as error:
        raise SpoolError(error.errno or 0) from error
    return len(content)


def link_whole(file: Path, path: Path, content: bytes) -> None:
    """Gives the file, whose content this is, a second name; writes it there where the disk knows no such thing. Raises
    SpoolError.
    """
    try:
        os.link(file, path)
    except FileExistsError:
        return  # the same bytes came twice
    except OSError:
        write_whole(path, content)
