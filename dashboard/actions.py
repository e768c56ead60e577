"""What a person may do to any run from its page."""

from django.db import transaction

from accounts.models import User
from core.actions import cancel_run, pause_run, resume_run
from core.errors import DomainError, NotAllowedError
from core.models import Run
from core.runs import admins_only_kinds

CONTROLS = {"pause": pause_run, "resume": resume_run, "cancel": cancel_run}


@transaction.atomic
def control_run(*, run: Run, do: str, by: User) -> None:
    """Pauses, resumes or cancels. Refuses anything else by name, and what the run's state does not allow."""
    if run.kind in admins_only_kinds() and not by.is_admin:
        raise NotAllowedError(f"A {run.kind} run is an admin's; your account has another role.")
    if do not in CONTROLS:
        raise DomainError(f"A run cannot be asked to {do!r}; it can {', '.join(CONTROLS)}.")
    CONTROLS[do](run=run, by=by)
