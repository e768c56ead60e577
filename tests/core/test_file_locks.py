"""Locks that vanish with their holder."""

import fcntl
import os
import subprocess
import sys
from itertools import count

import pytest

from core.adapters.file_locks import LockedError, locked, take_lock, wait_until


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.lock"


def test_exclusive_lock_shuts_others_out_and_names_the_file(path):
    with locked(path, fcntl.LOCK_EX, 0), pytest.raises(LockedError, match=r"a\.lock"):
        take_lock(path, fcntl.LOCK_SH, 0.05)


def test_shared_locks_live_together(path):
    with locked(path, fcntl.LOCK_SH, 0), locked(path, fcntl.LOCK_SH, 0), pytest.raises(LockedError):
        take_lock(path, fcntl.LOCK_EX, 0)


@pytest.mark.parametrize("error", [None, ValueError], ids=["done", "failed"])
def test_lock_is_free_after_the_block(path, error):
    try:
        with locked(path, fcntl.LOCK_EX, 0):
            if error:
                raise error
    except ValueError:
        pass
    os.close(take_lock(path, fcntl.LOCK_EX, 0))


def test_program_started_by_the_holder_does_not_hold_it(path):
    with locked(path, fcntl.LOCK_EX, 0):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    os.close(take_lock(path, fcntl.LOCK_EX, 0))
    child.communicate(b"\n")


def test_lock_of_a_killed_process_is_free(path):
    script = f"import fcntl, os; os.open({str(path)!r}, os.O_CREAT | os.O_RDWR); fcntl.flock(3, 2); print(1, flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"1\n"
    with pytest.raises(LockedError):
        take_lock(path, fcntl.LOCK_EX, 0)
    child.kill()
    child.communicate()
    os.close(take_lock(path, fcntl.LOCK_EX, 0))


def test_waiting_ends_as_soon_as_it_is_true_and_gives_up_in_time():
    seen = count()
    assert wait_until(lambda: next(seen) == 3, patience_s=5)
    assert not wait_until(lambda: False, patience_s=0.05)
