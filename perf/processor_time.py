"""Processor time of other processes, from /proc: what a benchmark's server and database used beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
# Fields of /proc/PID/stat after the name in brackets, counted from 0 (proc(5)).
PARENT, OWN, WITH_CHILDREN = 1, (11, 12), (11, 12, 13, 14)


def of_process(pid: int) -> float:
    """Seconds of user and system time of one process; 0 where it is gone or there is no /proc."""
    return _seconds(_fields(pid), OWN)


def of_tree(pid: int) -> float:
    """Seconds of a process, its children that have ended, and those that live."""
    return _seconds(_fields(pid), WITH_CHILDREN) + sum(of_process(child) for child in _children(pid))


def _children(pid: int) -> Iterator[int]:
    for folder in PROC.glob("[0-9]*"):
        fields = _fields(int(folder.name))
        if fields and int(fields[PARENT]) == pid:
            yield int(folder.name)


def _fields(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _seconds(fields: list[str], places: tuple[int, ...]) -> float:
    return sum(int(fields[place]) for place in places) / os.sysconf("SC_CLK_TCK") if fields else 0.0
