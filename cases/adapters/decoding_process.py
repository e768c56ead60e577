"""A decoding process: ``python -m cases.adapters.decoding_process``, started by ``readers``."""

import os
import pickle
import resource
import sys

from cases.adapters.decoding import Order, decode

_MEMORY = 8 * 1024**3  # bytes of address space; a file that asks for more is refused, and the machine lives on


def serve() -> None:
    """Orders on standard input, answers on standard output, until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a decoder that prints must not disturb the answers
    known: frozenset[str] = pickle.load(source)  # noqa: S301 - from the process that started this one
    while True:
        try:
            order: Order = pickle.load(source)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        answer, data = decode(order, known)
        if not order.source.member:
            data = b""  # the asking process reads it from the disk itself
        pickle.dump((answer, data), answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    serve()
