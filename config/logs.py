"""What the log leaves out: the traceback of a refusal, which is an answer and no accident, and identifiers in addresses."""

import logging
import re

from django.core.exceptions import PermissionDenied

_ADDRESS = re.compile(r"(/dicom-web/)([^\n\"]*)")
_QUERY = re.compile(r"[?#].*")
_SLUG = re.compile(r"(?!\d+$)[-\w]+", re.ASCII)
_KNOWN = frozenset(["studies", "series", "instances", "frames", "bulkdata", "metadata", "rendered", "thumbnail"])
_SCOPE = 2  # a benchmark and a site stand before what is asked for
_HIDDEN = "…"


class RefusalsInOneLine(logging.Filter):
    """Keeps the line of a 403, which names the address, and drops the traceback Django hands along with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = None
        return True


class AddressesWithoutUids(logging.Filter):
    """Tells the addresses of DICOMweb without the UIDs of the hospital and without what is asked of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        line = record.getMessage()
        if "/dicom-web/" in line:
            record.msg, record.args = without_uids(line), None
        return True


def hide_uids_of_the_server() -> None:
    """Gunicorn's own lines hold addresses too, and go through handlers that are not Django's."""
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).addFilter(AddressesWithoutUids())


def without_uids(line: str) -> str:
    """A line of the log with "…" for each part of an address of DICOMweb that is none of its own words, benchmark or site."""
    return _ADDRESS.sub(lambda found: found[1] + _told(_QUERY.sub("", found[2])), line)


def _told(path: str) -> str:
    parts = path.split("/")
    slugs = range(_SCOPE if parts[0] not in _KNOWN else 0)
    return "/".join(
        part if part in _KNOWN or not part or (at in slugs and _SLUG.fullmatch(part)) else _HIDDEN
        for at, part in enumerate(parts)
    )
