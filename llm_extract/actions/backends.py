"""The only writers of model backends: what an admin set up, and what a test of the connection found."""

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.actions import record_event
from core.errors import NotAllowedError
from llm_extract.actions.choices import frozen_backend, what_it_lacks
from llm_extract.actions.reaching import server_settings
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models import Backend, BackendKind

if TYPE_CHECKING:  # brings a model's SDK along, which only a test of a connection needs
    from llm_extract.adapters.probing import Probe

REPROBED = ("kind", "model", "base_url", "api_version")


@transaction.atomic
def save_backend(*, backend: Backend, by: User | None) -> Backend:
    """Stores a backend, new or mended. A changed address or model must be tested anew. Admins only (or a command)."""
    if by is not None and not by.is_admin:
        raise NotAllowedError("Backends send reports to other machines, so only an admin sets them up.")
    before = Backend.objects.select_for_update().filter(pk=backend.pk).first() if backend.pk else None
    if before and any(getattr(before, name) != getattr(backend, name) for name in REPROBED):
        backend.structured_mode, backend.probe, backend.probed_at = "", {}, None
    if before is None:
        backend.created_by = by
    _refuse_secrets_in(backend.base_url)
    backend.full_clean(exclude=["created_by"])  # nobody, when a command sets it up
    backend.save()
    record_event(
        verb="backend.changed" if before else "backend.created",
        subject=backend,
        by=by,
        data={"may_see_unmasked": backend.may_see_unmasked, "is_active": backend.is_active},
    )
    return backend


def _refuse_secrets_in(url: str) -> None:
    """An address is shown and stored, so it must hold nothing that opens a door; nor may it lead to a cloud's own metadata."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ExtractionRefusedError(
            f"The address of {parts.hostname} holds a user, a password or a query; an address is stored and shown, so name an "
            "environment variable for the key and leave those out."
        )
    if _is_link_local(parts.hostname or ""):
        raise ExtractionRefusedError(
            f"{parts.hostname} is a link-local address, where no model answers; name the server's own."
        )


def _is_link_local(host: str) -> bool:
    """Whether the host is an address that leads no further than the own machine's link, in IPv4, IPv6 or one in the other."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_link_local


def try_connection(*, backend: Backend, by: User | None) -> "Probe":
    """Asks the server a two-field question in every structured mode until one works, and keeps the mode.

    Refuses a local backend, which is tested by its first run, and one whose key is not set.
    """
    if backend.kind == BackendKind.LOCAL:
        raise ExtractionRefusedError(f"Backend {backend.name!r} runs in process; there is no connection to test.")
    if lacks := what_it_lacks(backend):
        raise ExtractionRefusedError(lacks)
    from llm_extract.adapters.probing import probe

    found = probe(server_settings(frozen_backend(backend) or {}))
    _keep_probe(backend, found, by)
    return found


@transaction.atomic
def _keep_probe(backend: Backend, found: "Probe", by: User | None) -> None:
    kept: dict[str, Any] = found.as_dict()
    Backend.objects.filter(pk=backend.pk).update(
        structured_mode=found.structured_mode or "", probe=kept, probed_at=timezone.now()
    )
    backend.refresh_from_db()
    record_event(verb="backend.tested", subject=backend, by=by, data={"works": bool(found.structured_mode)})
