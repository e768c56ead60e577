"""Who may act on releases, and the refusals they share."""

from accounts.models import User
from core.errors import DomainError, NotAllowedError
from releases.models import Release


class ReleaseRefusedError(DomainError):
    """The release cannot be built, changed or exported as asked."""


def require_admin(by: User | None) -> None:
    """Refuses anyone but an admin; None is a command, run by whoever has a shell on the server."""
    if by is not None and not by.is_admin:
        raise NotAllowedError("Releases are an admin's; your account has another role.")


def require_name(release: Release, name: str) -> None:
    """Refuses a typed name that is not the release's own."""
    if name.strip() != release.name:
        raise ReleaseRefusedError(
            f"You typed {name.strip()!r}; the release is called {release.name!r}. Nothing changed."
        )
