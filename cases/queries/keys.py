"""Whether the installation's key is the one that a site's identifiers were first mapped with."""

from cases.models import Site
from cases.queries import site_key
from core.errors import DomainError

_FORMER = "Set the former one again, or put DATA_DIR/pseudonym_key back from a backup; then try again."


class KeyChangedError(DomainError):
    """The installation's key is another than the one a site's studies came in under."""


def is_held(site: Site) -> bool:
    """Whether what is there of the site stands under this key, or nothing does yet."""
    return site.key_check in {"", site_key(site.code).check_value()}


def refuse_another_key(site_code: str) -> None:
    """Raises KeyChangedError where the site is known under another key: before much is sent or fetched for nothing."""
    site = Site.objects.filter(code=site_code).first()
    if site is not None:
        refuse_to_write(site)


def refuse_to_write(site: Site) -> None:
    """Raises KeyChangedError unless ``is_held``."""
    if not is_held(site):
        raise KeyChangedError(
            f"PSEUDONYM_KEY is not the one that studies of {site.code} came in under: patients, identifiers and dates of this "
            f"site would become others. The key must stay the same for web and worker, for good. {_FORMER}"
        )


def refuse_to_tell(site: Site) -> None:
    """Raises KeyChangedError, which does not name the site, unless ``is_held``: readers are not told whose studies they read."""
    if not is_held(site):
        raise KeyChangedError(
            "PSEUDONYM_KEY is not the one that these studies came in under: their names and dates would be told as others than "
            f"before. Ask an admin. {_FORMER}"
        )
