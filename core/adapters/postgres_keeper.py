"""Script that stops the embedded server once no process holds it, also when the last one was killed outright.

Usage, run with `python -I -S`: `postgres_keeper.py FOLDER`. It has no imports of the product, since it is there as long as
the server is. Processes hold the server by a shared lock on FOLDER/users.lock, which the kernel drops however they end.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time

LOOKS_EVERY_S = 1.0
OTHER_KEEPER_S = 5.0  # one that has just stopped a server is about to end
FAST_S = 20.0
AT_ONCE_S = 10.0


def taken(lock: int) -> bool:
    """Whether the lock could be had for this process alone."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def server_pid(cluster: str) -> "int | None":
    """The pid that the server wrote, as long as a process of that number works in the cluster's folder."""
    try:
        with open(f"{cluster}/postmaster.pid") as file:  # noqa: PTH123 - os only: this script is always there
            pid = int(file.readline())
        return pid if os.path.samestat(os.stat(f"/proc/{pid}/cwd"), os.stat(cluster)) else None  # noqa: PTH116
    except (OSError, ValueError):
        return None


def stop(cluster: str) -> None:
    """A fast shutdown, and one at once where that takes too long."""
    for number, patience in ((signal.SIGINT, FAST_S), (signal.SIGQUIT, AT_ONCE_S)):
        pid = server_pid(cluster)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + patience
        while server_pid(cluster) is not None and time.monotonic() < until:
            time.sleep(0.05)


def main(folder: str) -> None:
    """Leave the caller at once; as the only keeper of the folder wait until nobody holds the server, and stop it."""
    os.setsid()  # out of reach of the terminal's Ctrl-C
    if os.fork():
        os._exit(0)
    keeper = os.open(f"{folder}/keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + OTHER_KEEPER_S
    while not taken(keeper):
        if time.monotonic() > until:
            return
        time.sleep(0.1)
    users = os.open(f"{folder}/users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    while not taken(users):
        time.sleep(LOOKS_EVERY_S)
    stop(f"{folder}/data")


if __name__ == "__main__":
    main(sys.argv[1])
