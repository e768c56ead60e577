"""A decoding process: ``python -m cases.adapters.decoding_process``, started by ``readers``."""

import os
import pickle
import resource
import select
import sys

from cases.adapters.decoding import decode

_MEMORY = 8 * 1024**3  # bytes of address space; a file that asks for more is refused, and the machine lives on
IDLE_S = 90.0  # without an order for so long it ends; whoever started it asks no process that old


def serve() -> None:
    """Orders on standard input, answers on standard output, until the input ends or nobody asks any more.

    A message is an order, with the keys of known files where they differ from the message before.
    """
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a decoder that prints must not disturb the answers
    known: frozenset[str] = frozenset()
    while select.select([source], [], [], IDLE_S)[0]:  # one message at a time: nothing of the next is buffered
        try:
            order, changed = pickle.load(source)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        known = known if changed is None else changed
        answer, data = decode(order, known)
        if not order.source.member:
            data = b""  # the asking process reads it from the disk itself
        pickle.dump((answer, data), answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    serve()
