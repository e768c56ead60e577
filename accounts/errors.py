"""Refusals of the accounts room."""

from core.errors import DomainError


class InvitationRefusedError(DomainError):
    """The invitation cannot be made, or its link opens nothing any more."""


class AccountRefusedError(DomainError):
    """The account cannot be made or changed this way."""


class LastAdminError(DomainError):
    """Nobody would be left to run the place."""


class TokenRefusedError(DomainError):
    """The API token cannot be made or revoked."""
