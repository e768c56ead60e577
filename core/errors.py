"""Errors that a person can act on: each names the thing, the value, the rule and the next step."""


class DomainError(Exception):
    """A refusal by a rule of the product. Its text is a whole sentence, safe to show and to log."""

    @property
    def message(self) -> str:
        """The sentence shown to the person."""
        return str(self)


class StorageError(DomainError):
    """The product's own disk is full, read-only or gone; nothing that was stored is lost."""


class DatabaseLostError(DomainError):
    """The database's connection broke, or its disk is full; nothing that was stored is lost."""


class NotAllowedError(DomainError):
    """The actor's role does not permit the action."""


class RunNotClaimableError(DomainError):
    """The run is finished, paused, or already being worked on."""


class RunStoppedError(DomainError):
    """The run was paused, cancelled or taken over while it was being worked on; the worker lets go of it."""
