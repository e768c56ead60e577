"""Child processes that end with their parent, however it ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

PR_SET_PDEATHSIG = 1
PARENT = "CHILD_PROCESS_OF"  # the variable that tells a child the pid of its parent
ORPHAN_PATIENCE_S = 10.0


class ChildProcess:
    """A named program in a session of its own, so that the terminal's Ctrl-C reaches the parent alone.

    It is sent SIGTERM when its parent dies, be it by kill -9 (Linux).
    """

    def __init__(self, name: str, command: Sequence[str], *, env: dict[str, str], pass_fds: Sequence[int] = ()) -> None:
        self.name = name
        self._command = list(command)
        self._env = env
        self._pass_fds = pass_fds
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, anew when it has ended."""
        parent = os.getpid()

        def end_with_parent() -> None:
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
                if os.getppid() != parent:  # it died in between
                    os._exit(1)

        self._process = subprocess.Popen(
            self._command,
            env=self._env | {PARENT: str(parent)},
            pass_fds=self._pass_fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no threads here, and there is no other way to ask for it
        )

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return None if self._process is None else self._process.poll()

    def ask_to_end(self) -> None:
        if self._process is not None and self.exit_code is None:
            self._process.terminate()

    def end(self, patience_s: float) -> None:
        """Wait for it to end; kill it and whatever is left of its session once patience is out."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def end_when_orphaned(last: Callable[[], None] | None, patience_s: float = ORPHAN_PATIENCE_S) -> None:
    """In a ChildProcess: when its parent is gone and the SIGTERM that came of it was not heeded, call `last` and end.

    A program can miss a signal that meets it in the middle of its start. Whatever else is in its session ends with it.
    Does nothing in a program that was not started as a ChildProcess.
    """
    if PARENT not in os.environ:
        return

    def watch() -> None:
        while not _is_orphaned():
            time.sleep(0.5)
        time.sleep(patience_s)
        try:
            if last is not None:
                last()
        finally:
            os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, name="orphan", daemon=True).start()


def _is_orphaned() -> bool:
    """Whether this program was started as a ChildProcess and its parent is gone."""
    parent = int(os.environ.get(PARENT, "0"))
    return bool(parent) and os.getppid() != parent


def end_all(children: Sequence[ChildProcess], patience_s: float) -> None:
    """Ask every child to end at once, and have none left after about `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    for child in children:
        child.ask_to_end()
    for child in children:
        child.end(max(0.0, deadline - time.monotonic()))
