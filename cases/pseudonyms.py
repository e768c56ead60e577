"""UIDs and patient pseudonyms for the world outside: they stand for rows, and only who has the key can tell which.

Each is a number of 128 bits: what kind of row, and its primary key, run through a Feistel network of four rounds whose
function is HMAC-SHA-256, which makes a permutation that nobody without the key can tell from a random one (Luby and
Rackoff, SIAM J. Comput. 17(2), 1988). So the same row always has the same name, no table is needed to find it, and
neither the UID that the hospital gave nor the number of a row can be read from it.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum

_ROOT = "2.25."  # ITU-T X.667: a number of 128 bits as a UID
_PREFIX = "CS-"
_HALF, _MASK = 64, 2**64 - 1
_MAX_DIGITS = 39


class Kind(IntEnum):
    STUDY, SERIES, INSTANCE, PATIENT, PATIENT_OF_ONE_STUDY = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Pseudonyms:
    """Names made and read with one key."""

    key: bytes

    def uid_of(self, kind: Kind, pk: int) -> str:
        """The UID that stands for the row."""
        return f"{_ROOT}{self._scrambled(kind, pk)}"

    def pk_of(self, kind: Kind, uid: str) -> int | None:
        """The row that the UID stands for; None when it is not one of ours, or of another kind."""
        digits = uid.removeprefix(_ROOT)
        if not uid.startswith(_ROOT) or not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_DIGITS:
            return None
        return self._pk(kind, int(digits)) if str(int(digits)) == digits else None

    def patient_id(self, kind: Kind, pk: int) -> str:
        """The pseudonym of a patient as a DICOM LO: ``CS-`` and 26 letters and digits."""
        content = self._scrambled(kind, pk).to_bytes(16, "big")
        return _PREFIX + base64.b32encode(content).decode().rstrip("=")

    def patient_pk(self, kind: Kind, patient_id: str) -> int | None:
        """The row that the pseudonym stands for; None when it is not one of ours, or of another kind."""
        try:
            content = base64.b32decode(patient_id.removeprefix(_PREFIX) + "======")
        except ValueError:
            return None
        if len(content) != 16 or not patient_id.startswith(_PREFIX):
            return None
        return self._pk(kind, int.from_bytes(content, "big"))

    def foreign_uid(self, space: str, uid: str) -> str:
        """The UID that stands for one that names no row, such as a frame of reference, within ``space``."""
        digest = hmac.digest(self.key, f"{space}\0{uid}".encode(), hashlib.sha256)
        return f"{_ROOT}{int.from_bytes(digest[:16], 'big')}"

    def _scrambled(self, kind: Kind, pk: int) -> int:
        left, right = int(kind), pk
        for number in range(4):
            left, right = right, left ^ self._round(number, right)
        return left << _HALF | right

    def _pk(self, kind: Kind, scrambled: int) -> int | None:
        if scrambled >= 2 ** (2 * _HALF):
            return None
        left, right = scrambled >> _HALF, scrambled & _MASK
        for number in reversed(range(4)):
            left, right = right ^ self._round(number, left), left
        return right if left == kind and right < 2**63 else None

    def _round(self, number: int, half: int) -> int:
        message = bytes([number]) + half.to_bytes(8, "big")
        return int.from_bytes(hmac.digest(self.key, message, hashlib.sha256)[:8], "big")
