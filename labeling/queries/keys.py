"""A reader's keyboard map as it stands."""

from accounts.models import User
from core.prepared import PreparedRows
from labeling.keymap import keymap
from labeling.models import ReadingKeys

_own_keys = PreparedRows[ReadingKeys](lambda user: ReadingKeys.objects.filter(user=user), 1)


def keys_of(user: User, *, even_off: bool = False) -> tuple[dict[str, list[str]], bool]:
    """The keys of every action, and whether keys that are characters are on; ``even_off`` tells those too when they are not."""
    own = _own_keys.first(user.pk)
    if own is None:
        return keymap(), True
    return keymap(own.keys, single_keys=own.has_single_keys or even_off), own.has_single_keys
