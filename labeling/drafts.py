"""What a draft may hold: the unfinished form of one case, tidied and bounded."""

import json
from typing import Any

from core.errors import DomainError

LARGEST = 64 * 1024
_TEXTS = {"verdict": 20, "reason": 20, "comment": 10_000, "why": 10_000}
_LISTS = ("struck", "added")


class DraftRefusedError(DomainError):
    """What was sent is no draft."""


def clean_draft(raw: object) -> dict[str, Any]:
    """The known fields of ``raw``: verdict, struck, added, comment, reason, why (the reason's words), marks.

    Raises DraftRefusedError for what is no object, what the database cannot hold, and for more than 64 KB.
    Whether it would make a verdict is not asked.
    """
    if not isinstance(raw, dict):
        raise DraftRefusedError("A draft is an object.")
    if len(json.dumps(raw)) > LARGEST:
        raise DraftRefusedError(f"A draft holds at most {LARGEST // 1024} KB.")
    if not is_storable(raw):
        raise DraftRefusedError("A draft holds no NUL character and no half of a character.")
    draft: dict[str, Any] = {
        field: raw[field][:longest] for field, longest in _TEXTS.items() if isinstance(raw.get(field), str)
    }
    for field in _LISTS:
        values = raw.get(field)
        draft[field] = [value[:60] for value in values if isinstance(value, str)] if isinstance(values, list) else []
    draft["marks"] = raw["marks"] if isinstance(raw.get("marks"), list) else []
    return draft


def is_storable(sent: object) -> bool:
    """Whether PostgreSQL can hold every text in parsed JSON: it takes no NUL character, and no surrogate by itself."""
    if isinstance(sent, str):
        return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in sent)
    if isinstance(sent, dict):
        return all(is_storable(part) for item in sent.items() for part in item)
    return all(is_storable(part) for part in sent) if isinstance(sent, list) else True


def is_empty(draft: dict[str, Any]) -> bool:
    """Whether nothing is in it, so that it need not be kept."""
    return not any(draft.values())
