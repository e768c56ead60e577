"""A decoding process: ``python -m cases.adapters.decoding_process``, started by ``readers``."""

import os
import pickle
import resource
import select
import signal
import sys

from cases.adapters.decoding import Look, decode, digests

MEMORY = 8 * 1024**3  # bytes of address space; a file that asks for more is refused, and the machine lives on
MOST_S = 360.0  # for one order, should whoever started it be gone; else the process is killed sooner
IDLE_S = 90.0  # without an order for so long it ends; whoever started it asks no process that old


def serve() -> None:
    """Orders on standard input, answers on standard output, until the input ends or nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a decoder that prints must not disturb the answers
    while select.select([source], [], [], IDLE_S)[0]:  # one message at a time: nothing of the next is buffered
        try:
            asked = pickle.load(source)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, MOST_S)  # its signal ends the process, in the middle of a decoder too
        answer = digests(asked) if isinstance(asked, Look) else decode(asked)
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    serve()
