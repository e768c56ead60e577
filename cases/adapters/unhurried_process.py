"""A decoding process that lets everybody else go first: ``python -m cases.adapters.unhurried_process``, started by
``decoders``. It imports the decoders only then, which takes a second of a core.
"""

import os
from contextlib import suppress
from pathlib import Path

_LEAST_HASTE = 19
_GROUP = Path("/proc/self/autogroup")


def let_others_first() -> None:
    """Has this process take only the processor time that nobody else wants.

    Linux shares the processor among sessions first where ``sched_autogroup`` is on: within its parent's the least haste
    would count against that session's processes alone, and ``serve`` has its web processes in another. So it takes a
    session of its own, whose group has the least haste too.
    """
    os.nice(_LEAST_HASTE)
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):  # it leads a session already, or the system knows no such groups
        os.setsid()
        _GROUP.write_text(str(_LEAST_HASTE), encoding="ascii")


if __name__ == "__main__":
    let_others_first()
    from cases.adapters.decoding_process import serve

    serve()
