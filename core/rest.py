"""How the API says no: a DomainError becomes a 409 with its sentence."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import DomainError, NotAllowedError


def refusals_as_json(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own handler, and 403 or 409 ``{"detail": sentence}`` for the product's refusals."""
    if isinstance(exc, NotAllowedError):
        return Response({"detail": str(exc)}, status=403)
    if isinstance(exc, DomainError):
        return Response({"detail": str(exc)}, status=409)
    return exception_handler(exc, context)
