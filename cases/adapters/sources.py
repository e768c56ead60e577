"""Whether what an import was reading from is still there: a disk or a share may go in the middle."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cases.contribution import Problem, SourceFile
from cases.gate.told_names import told_name
from core.errors import DomainError

UNREADABLE = "unreadable"  # the kind of a Problem whose file could not be opened or read to its end


class SourceGoneError(DomainError):
    """The folder or file that an import reads is no longer there."""


def is_there(place: Path) -> bool:
    """Whether a file can be opened, or a folder listed and holds anything: what is left of a mount is an empty folder."""
    with suppress(OSError):
        if not place.is_dir():
            place.open("rb").close()
            return True
        with os.scandir(place) as entries:
            return next(entries, None) is not None
    return False


def refuse_if_gone(root: Path, source: SourceFile, problem: Problem) -> None:
    """Raises SourceGoneError when a file could not be read since its folder, its zip or all of ``root`` is gone.

    A file that alone is missing or damaged is refused by name, and the rest goes on.
    """
    if problem.kind == UNREADABLE:
        place = Path(source.path) if source.member else Path(source.path).parent
        _refuse_unless_there(root)
        _refuse_unless_there(place, told=_below(root, place))


@contextmanager
def reading(*roots: Path | None) -> Iterator[None]:
    """Turns the system's errors in reading what lies at ``roots`` into a SourceGoneError, where one of them is gone."""
    try:
        yield
    except OSError:
        for root in roots:
            if root is not None:
                _refuse_unless_there(root)
        raise


def _below(root: Path, place: Path) -> str:
    """A place as people are told it: whoever imports knows the root; the folders below are a site's, and may name somebody."""
    return str(root / told_name(place.relative_to(root).as_posix())) if place.is_relative_to(root) else str(place)


def _refuse_unless_there(place: Path, told: str = "") -> None:
    if not is_there(place):
        raise SourceGoneError(
            f"{told or str(place)!r} is gone or empty while it was being imported: the disk or share may be no longer mounted. "
            "Bring it back, then resume the import; what it took in so far stays."
        )
