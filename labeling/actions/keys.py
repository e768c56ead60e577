"""A reader's own keyboard map."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from labeling.keymap import check_keys
from labeling.models import ReadingKeys


@transaction.atomic
def set_keys(*, keys: Mapping[str, Iterable[str]], has_single_keys: bool, by: User, now: datetime) -> ReadingKeys:
    """Stores the keys that differ from the defaults; an empty map is the defaults.

    Refuses unknown actions, reserved keys and one key for two actions (KeyRefusedError, see ``keymap.check_keys``).
    """
    tidy = check_keys(keys)
    stored, _ = ReadingKeys.objects.update_or_create(
        user=by, defaults={"keys": tidy, "has_single_keys": has_single_keys, "changed_at": now}
    )
    return stored
