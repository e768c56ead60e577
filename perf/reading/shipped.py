"""What a page ships: every script and style sheet it names, and what these import, as many bytes as are sent."""

import gzip
import re
import urllib.request
from collections.abc import Callable
from urllib.parse import urljoin

_NAMED = re.compile(r"""(?:src|href|data-worker)="([^"]+\.(?:js|css))(?:\?[^"]*)?\"""")
_IMPORTED = re.compile(r"""(?:\bfrom|\bimport|@import)\s*\(?\s*(?:url\()?["']([^"']+\.(?:js|css))["']""")

# An address → its text, and its size as sent.
Ask = Callable[[str], tuple[str, int]]


def scripts_and_styles(ask: Ask, page: str) -> dict[str, int]:
    """Address → bytes as sent, of all that ``page`` loads."""
    text, _ = ask(page)
    waiting = [urljoin(page, name) for name in _NAMED.findall(text)]
    sizes: dict[str, int] = {}
    while waiting:
        address = waiting.pop()
        if address not in sizes:
            text, sizes[address] = ask(address)
            waiting += [urljoin(address, name) for name in _IMPORTED.findall(text)]
    return sizes


def asking(address: str, cookie: str) -> Ask:
    """Asks a server as a browser that takes gzip, with a person's session."""

    def ask(path: str) -> tuple[str, int]:
        headers = {"Accept-Encoding": "gzip", "Cookie": f"sessionid={cookie}"}
        request = urllib.request.Request(urljoin(address, path), headers=headers)  # noqa: S310 - our own server's address
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            sent = answer.read()
            is_packed = answer.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(sent) if is_packed else sent).decode(), len(sent)

    return ask
