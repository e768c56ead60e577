"""What the log leaves out: the traceback of a refusal, which is an answer and no accident."""

import logging

from django.core.exceptions import PermissionDenied


class RefusalsInOneLine(logging.Filter):
    """Keeps the line of a 403, which names the address, and drops the traceback Django hands along with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = None
        return True
