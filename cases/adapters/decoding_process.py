"""A decoding process: ``python -m cases.adapters.decoding_process``, started by ``readers``."""

import ctypes
import os
import pickle
import resource
import select
import signal
import sys
from collections.abc import Callable
from typing import IO

from cases.adapters.decoding import Look, decode, digests

MEMORY = 8 * 1024**3  # bytes of address space; a file that asks for more is refused, and the machine lives on
MOST_S = 360.0  # for one order, should whoever started it be gone; else the process is killed sooner
QUIET_S = 2.0  # without an order for so long it gives the memory back that it holds ready
IDLE_S = 90.0  # without an order for so long it ends; whoever started it asks no process that old
# Of glibc's mallopt(3). Arrays of a film are of some 15 MB each; by default every one of them is asked of the system anew
# and given back at once, and the system clears each page of it: a fifth of a film's time.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_HELD_BYTES = 1024**3


def serve() -> None:
    """Orders on standard input, answers on standard output, until the input ends or nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a decoder that prints must not disturb the answers
    give_back = hold_memory()
    while _is_asked(source, give_back):
        try:
            asked = pickle.load(source)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, MOST_S)  # its signal ends the process, in the middle of a decoder too
        answer = digests(asked) if isinstance(asked, Look) else decode(asked)
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)


def _is_asked(source: IO[bytes], give_back: Callable[[], None]) -> bool:
    """Whether an order comes in time, or the input's end. One message at a time: nothing of the next is buffered."""
    if select.select([source], [], [], QUIET_S)[0]:
        return True
    give_back()
    return bool(select.select([source], [], [], IDLE_S - QUIET_S)[0])


def hold_memory() -> Callable[[], None]:
    """Has the system's library, where it can, hold freed memory for the next array, until what is returned is called."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        return lambda: None
    library.mallopt(_MMAP_THRESHOLD, _HELD_BYTES)
    library.mallopt(_TRIM_THRESHOLD, _HELD_BYTES)
    library.mallopt(_ARENA_MAX, 1)  # threads hold none of their own, which would be given back each time

    def give_back() -> None:
        library.malloc_trim(0)

    return give_back


if __name__ == "__main__":
    serve()
