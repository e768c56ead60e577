"""Refusals of the extraction room."""

from core.errors import DomainError


class ExtractionRefusedError(DomainError):
    """The run cannot be made or finished as asked."""
