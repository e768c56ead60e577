"""Random secrets shown once and stored as digests."""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """A URL-safe secret of 256 bits, after ``prefix``."""
    return prefix + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """SHA-256 in hex. A fast hash is enough: the secrets are 256 random bits, not passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()
