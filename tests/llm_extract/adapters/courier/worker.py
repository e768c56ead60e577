"""A worker that is there to be killed: it asks what its store lacks, and stores each answer as a line of a file.

python -m tests.llm_extract.adapters.courier.worker URL FOLDER TOTAL [MARK]

MARK is a file that it makes once it is about to ask.
"""

import os
import sys
from pathlib import Path

from llm_extract.adapters.courier import CourierModel, forget, recover
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import Answer
from tests.llm_extract.adapters.asking import question

STORED_AT_ONCE = 40
SEGMENT_BYTES = 20_000  # so that a short run has many


def stored_keys(folder: Path) -> list[str]:
    store = folder / "store"
    return store.read_text().splitlines() if store.exists() else []


def work(url: str, folder: Path, total: int, mark: Path | None = None) -> None:
    store = os.open(folder / "store", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    known = set(stored_keys(folder))

    def keep(answer: Answer) -> None:
        if answer.fault is None and answer.key not in known:
            known.add(answer.key)
            os.write(store, f"{answer.key}\n".encode())

    journal = folder / "journal"
    for answer in recover(journal):
        keep(answer)
    forget(journal)
    settings = ServerSettings(base_url=url, model="fake-model", concurrency=8, timeout_seconds=20)
    model = CourierModel(settings, journal, segment_bytes=SEGMENT_BYTES)
    lacking = (one for one in (question(f"report {number}") for number in range(total)) if one.key not in known)
    if mark is not None:
        mark.touch()
    for number, answer in enumerate(model.ask(lacking)):
        keep(answer)
        if number % STORED_AT_ONCE == 0:
            model.stored()
    model.close()
    forget(journal)


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), *map(Path, sys.argv[4:]))
