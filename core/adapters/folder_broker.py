"""A message broker in a folder, for machines without a broker server: kombu's, with whole messages only.

kombu's own filesystem transport writes a message in place and moves it through the system's temporary folder, so that
a worker may meet half a message. Here a message appears and is taken by a rename within one folder, in order of time.
Messages hold ids only; the run rows in the database are the truth should a message be lost.
"""

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """kombu's filesystem channel, with atomic put and get."""

    def _put(self, queue: str, message: dict[str, Any], **_options: object) -> None:  # type: ignore[override] # as kombu calls it
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        hidden = folder / f"{name}.part"
        hidden.write_text(dumps(message), encoding="utf-8")
        hidden.replace(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        """The oldest message of the queue. Raises queue.Empty when there is none, or others took them all."""
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f"{name}.taken"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            payload: dict[str, Any] = loads(taken.read_text(encoding="utf-8"))
            taken.unlink()
            return payload
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel


def transport_options(folder: Path) -> dict[str, object]:
    """Make the broker's folders under `folder`, private to this user, and return kombu's options that name them."""
    messages, control = folder / "messages", folder / "control"
    for path in (messages, control):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "polling_interval": 0.25,  # seconds between looks into the folder
    }
