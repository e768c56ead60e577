"""How a run finds its task: each room registers its kind at start-up."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:  # apps.py files import this module before models can be loaded
    from core.models import Run

Dispatcher = Callable[[int], object]

_dispatchers: dict[str, Dispatcher] = {}
_page_names: dict[str, str] = {}
_admins_only: set[str] = set()
_obstacles: dict[str, Callable[[int], str]] = {}


def register_run_kind(
    kind: str,
    *,
    dispatcher: Dispatcher,
    page: str,
    admins_only: bool = False,
    obstacle: Callable[[int], str] | None = None,
) -> None:
    """Says how a queued run of ``kind`` is sent to a worker (``task.delay``) and which URL name shows it.

    With ``admins_only`` curators neither see nor steer such runs. ``obstacle`` tells, of a run by its id, the sentence why
    it can never be resumed; "" where it can.
    """
    if obstacle is not None:
        _obstacles[kind] = obstacle
    if admins_only:
        _admins_only.add(kind)
    _dispatchers[kind] = dispatcher
    _page_names[kind] = page


def dispatch(run: "Run") -> None:
    """Sends the run's id to a worker, once the caller's transaction has committed."""
    transaction.on_commit(partial(_dispatchers[run.kind], run.pk))


def page_name(kind: str) -> str | None:
    """URL name of the page that shows runs of this kind, taking the run's id as ``pk``."""
    return _page_names.get(kind)


def obstacle_to(run: "Run") -> str:
    """The sentence why the run can never be resumed; "" where nothing stands in the way."""
    return _obstacles[run.kind](run.pk) if run.kind in _obstacles else ""


def admins_only_kinds() -> frozenset[str]:
    """Kinds of runs that only an admin may see and steer."""
    return frozenset(_admins_only)
