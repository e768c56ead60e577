"""What one person can read of the site: every address by name, and whatever the pages themselves link to."""

import json
import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

from django.http import StreamingHttpResponse
from django.test import Client

LINKS = frozenset({"href", "src", "action", "hx-get", "data-src", "data-url"})
NOT_FOLLOWED = ("/account/logout", "/static/", "/account/oidc/")
ALIKE_AT_MOST = 3  # addresses that differ only in the values of their query: sort orders, filters, pages


@dataclass(frozen=True)
class Page:
    """One answer of 200."""

    url: str
    content_type: str
    text: str

    @property
    def is_html(self) -> bool:
        return self.content_type.startswith("text/html")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        is_sent_by_post = tag == "form" and ("method", "post") in attributes
        self.found += [value for key, value in attributes if key in LINKS and value and not is_sent_by_post]


def everything_readable(client: Client, urls: Iterable[str], refused: dict[str, str] | None = None) -> dict[str, Page]:
    """Follows links from ``urls`` within the site by GET; gives the pages that answered 200, by address.

    A link of an HTML page that answers 4xx is noted in ``refused``, with the page it stands on.
    """
    queue, pages = deque(urls), {}
    seen, alike = set(queue), Counter[tuple[str, ...]]()
    linked_from: dict[str, str] = {}
    while queue:
        url = queue.popleft()
        page = fetch(client, url)
        if page is None:
            if refused is not None and url in linked_from and client.get(url).status_code >= 400:
                refused[url] = linked_from[url]
            continue
        pages[url] = page
        for link in links_of(page):
            kind = (urlsplit(link).path, *sorted(parse_qs(urlsplit(link).query, keep_blank_values=True)))
            if link not in seen and alike[kind] < ALIKE_AT_MOST and not link.startswith(NOT_FOLLOWED):
                seen.add(link)
                alike[kind] += 1
                if page.is_html:
                    linked_from[link] = url
                queue.append(link)
    return pages


def fetch(client: Client, url: str, **headers: str) -> Page | None:
    """The page, or None when it answers anything but 200."""
    response = client.get(url, headers=headers)
    body = b"".join(response.streaming_content) if isinstance(response, StreamingHttpResponse) else response.content
    if response.status_code != 200:
        return None
    return Page(url, response.headers.get("Content-Type", ""), body.decode(errors="replace"))


def links_of(page: Page) -> list[str]:
    """Addresses within the site that the page names, without fragments."""
    if page.is_html:
        parser = _Links()
        parser.feed(page.text)
        found = parser.found
    elif page.content_type.startswith("application/json"):
        found = re.findall(r'"((?:http://testserver)?/[^"\s]*)"', json.dumps(json.loads(page.text)))
    else:
        found = []
    links = [urlsplit(urljoin(f"http://testserver{page.url}", link)) for link in found]
    return [
        link.path + (f"?{link.query}" if link.query else "")
        for link in links
        if link.scheme in {"", "http"} and link.netloc in {"", "testserver"} and link.path
    ]
