"""The Celery application: long jobs run in a worker, with Redis or RabbitMQ, or a broker in a folder by default."""

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from celery import Celery
from celery.signals import worker_init, worker_process_init, worker_ready
from kombu.exceptions import KombuError
from kombu.transport import TRANSPORT_ALIASES

if TYPE_CHECKING:
    from celery.worker.consumer import Consumer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TRANSPORT_ALIASES["filesystem"] = "core.adapters.folder_broker:Transport"
PR_SET_PDEATHSIG = 1
LOOK_EVERY_S = 60.0
_takes_runs = threading.Event()

app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A run's row says what is done: a message is only a nudge, and one that is lost or doubled does no harm. So a worker
# that is told to end may soon cut its tasks off; the rows let the next worker go on.
app.conf.worker_soft_shutdown_timeout = 3.0  # seconds
app.conf.worker_cancel_long_running_tasks_on_connection_loss = True
app.conf.worker_hijack_root_logger = False


@app.on_after_configure.connect
def use_folder_broker(sender: Celery, **_kwargs: object) -> None:
    """Without a broker server, messages are files under DATA_DIR/broker."""
    from django.conf import settings

    from core.adapters.folder_broker import transport_options

    if str(sender.conf.broker_url or "filesystem:").startswith("filesystem:"):
        sender.conf.update(
            broker_url="filesystem://localhost",
            broker_transport_options=transport_options(Path(settings.DATA_DIR) / "broker"),
            worker_enable_remote_control=False,  # it would leave a file per worker
        )


@worker_init.connect
def prepare_worker(**_kwargs: object) -> None:
    """The worker needs the database as much as the pages do."""
    from config.bootstrap import prepare_database
    from core.adapters.child_processes import end_when_orphaned

    database = prepare_database(["celery", "worker"])
    end_when_orphaned(database.release if database else None)


@worker_process_init.connect
def end_with_the_worker(**_kwargs: object) -> None:
    """A child of the worker must not outlive it, even when the worker is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if _takes_runs.is_set():  # this child replaces one that died in the middle of a run
        _requeue_interrupted_runs()


@worker_ready.connect
def see_to_runs(sender: "Consumer", **_kwargs: object) -> None:
    """The worker that takes runs has them go on where they were cut off: now, and from now on within a minute.

    It makes the pictures of open rounds ready too: after an upgrade that draws them anew, readers should not be the ones
    to find that out. A worker of only what is awaited leaves both to it.
    """
    if app.conf.task_default_queue not in sender.app.amqp.queues.consume_from:
        return
    from labeling.actions.rounds import make_open_rounds_ready

    _takes_runs.set()
    # A run whose process is killed while this worker lives, such as a command's, is nobody else's to find.
    threading.Thread(target=_look_again_and_again, name="interrupted-runs", daemon=True).start()
    _requeue_interrupted_runs()
    make_open_rounds_ready()


def _look_again_and_again(seconds: float = LOOK_EVERY_S, ended: threading.Event | None = None) -> None:
    from django.db import DatabaseError, connection

    from core.actions import requeue_interrupted_runs

    never = threading.Event()
    while not (ended or never).wait(seconds):
        # Without the database or the broker there is nothing to do but to look again.
        with suppress(DatabaseError, KombuError, OSError):
            requeue_interrupted_runs(with_queued=False)  # a message a minute for each that waits would pile up
        with suppress(DatabaseError):
            connection.close()


def _requeue_interrupted_runs() -> None:
    from core.actions import requeue_interrupted_runs

    requeue_interrupted_runs()
