"""The only writer of the note that somebody looked at what is kept under access control."""

from django.db import transaction

from accounts.models import User
from core.actions import record_event
from core.errors import NotAllowedError
from llm_extract.models import Extraction


@transaction.atomic
def note_raw_answers_seen(*, extraction: Extraction, by: User) -> None:
    """Writes down that somebody opened the raw answers behind an extraction. Refuses anyone but an admin."""
    if not by.is_admin:
        raise NotAllowedError("Models' raw answers may hold patients' data; only an admin opens them.")
    record_event(verb="answers.opened", subject=extraction, by=by, data={"answers": len(extraction.answers)})
