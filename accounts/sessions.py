"""Sessions in the database, as Django keeps them; the question that every request asks is compiled once in a process."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from core import prepared

_session = prepared.PreparedRows[Session](
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now),
    2,
    kinds=(prepared.text, prepared.moment),
)


class SessionStore(db.SessionStore):
    """Django's own, but for how a session is found."""

    def _get_session_from_db(self) -> Any:
        found = _session.first(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
        return found
