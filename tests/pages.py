"""What a page says."""

import re


def without_tokens(text: str) -> str:
    """The text without tokens and keys: twenty letters or more, which hold any two of them by chance."""
    return re.sub(r"[\w-]{20,}", "", text)


def without_uids(text: str) -> str:
    """The text without pseudonymous UIDs (2.25. and up to 39 digits), which hold any year by chance."""
    return re.sub(r"\b2\.25\.\d+", "", text)
