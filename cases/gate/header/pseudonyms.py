"""Keyed pseudonyms: the same identifier of a site always becomes the same pseudonym, and nobody without the key can tell."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

MIN_KEY_CHARACTERS = 32
_LEAST_DAYS, _SPREAD_DAYS = 366, 3_285  # dates go back by one to ten years


@dataclass(frozen=True)
class SiteKey:
    """The key of one site, made from the installation's; every method is HMAC-SHA256 (RFC 2104) under it."""

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, installation_key: str, site_code: str) -> "SiteKey":
        """The key of the site with this code. Raises ValueError when the installation's key is too short to be one."""
        if len(installation_key) < MIN_KEY_CHARACTERS:
            raise ValueError(f"A pseudonym key has at least {MIN_KEY_CHARACTERS} characters.")
        return cls(hmac.digest(installation_key.encode(), f"site\0{site_code}".encode(), hashlib.sha256))

    def uid(self, uid: str) -> str:
        """A UID under 2.25 (ITU-T X.667) in place of ``uid``: at most 44 characters."""
        return f"2.25.{int.from_bytes(self._digest('uid', uid)[:16])}"

    def patient(self, patient_id: str) -> str:
        """A patient's pseudonym: ``P`` and 16 letters and digits (80 bits)."""
        return f"P{base64.b32encode(self._digest('patient', patient_id)[:10]).decode()}"

    def study(self, study_id: str) -> str:
        """A study's pseudonym, where the site calls it by what may name somebody: ``S`` and 16 letters and digits (80 bits)."""
        return f"S{base64.b32encode(self._digest('study', study_id)[:10]).decode()}"

    def days_back(self, patient_id: str) -> int:
        """By how many days all dates of this patient go back: the same for all, so that intervals stay."""
        return _LEAST_DAYS + int.from_bytes(self._digest("days", patient_id)[:8]) % _SPREAD_DAYS

    def check_value(self) -> str:
        """What tells this key from another, and nothing else: 64 bits in hex."""
        return self._digest("check", "")[:8].hex()

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.digest(self.secret, f"{kind}\0{value.strip()}".encode("utf-8", "surrogateescape"), hashlib.sha256)
