"""Who sees which link. A link appears once its page exists, so rooms can be built in any order."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse

register = template.Library()


@dataclass(frozen=True)
class Link:
    """One entry: URL name, the words, the icon, and whether only an admin sees it."""

    url_name: str
    text: str
    icon: str
    admin_only: bool = False


SIDE: tuple[tuple[str, tuple[Link, ...]], ...] = (
    ("", (Link("dashboard:home", "Home", "home"),)),
    (
        "The chain",
        (
            Link("benchmarks:list", "Benchmarks", "book"),
            Link("cases:import_list", "Imports", "inbox"),
            Link("cases:quarantine", "Quarantine", "shield"),
            Link("cases:study_list", "Studies", "film"),
            Link("dashboard:site_list", "Sites", "users"),
            Link("cases:contributor_list", "Contributors", "upload"),
            Link("llm_extract:run_list", "Extraction", "tag"),
            Link("sampling:run_list", "Sampling", "funnel"),
            Link("labeling:round_list", "Reading rounds", "users"),
            Link("consensus:list", "Consensus", "scale"),
            Link("releases:list", "Releases", "box"),
        ),
    ),
    (
        "Administration",
        (
            Link("accounts:user_list", "People", "user", admin_only=True),
            Link("accounts:invitation_list", "Invitations", "mail", admin_only=True),
            Link("accounts:event_list", "Events", "log", admin_only=True),
        ),
    ),
)
READER = (
    Link("labeling:worklist", "Worklist", "eye"),
    Link("consensus:adjudication_list", "Adjudication", "scale"),
    Link("benchmarks:list", "Benchmarks", "book"),
)
CONTRIBUTOR = (
    Link("cases:contribution_list", "Contributions", "inbox"),
    Link("cases:contribution_dicomweb", "DICOMweb", "upload"),
)
PUBLIC: tuple[Link, ...] = ()  # pages for visitors come with the first published release


def is_office(user: Any) -> bool:
    """Whether this person works in the office (curator or admin) and so has the side navigation."""
    return getattr(user, "role", "") in {"curator", "admin"}


def resolve(links: tuple[Link, ...]) -> list[tuple[str, Link]]:
    """The links whose pages exist, each with its address."""
    found = []
    for link in links:
        try:
            found.append((reverse(link.url_name), link))
        except NoReverseMatch:
            continue
    return found


def current_url(path: str, urls: list[str]) -> str:
    """The entry a page belongs to: the longest address that begins the path; the site's root only for itself."""
    fits = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(fits, key=len, default="")


@register.inclusion_tag("partials/side.html", takes_context=True)
def side_nav(context: Context) -> dict[str, object]:
    """The side navigation of curators and admins, in the order of the chain; nothing for anyone else."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or not is_office(user):
        return {"groups": []}
    is_admin = getattr(user, "role", "") == "admin"
    groups = [
        (title, resolve(tuple(link for link in links if is_admin or not link.admin_only))) for title, links in SIDE
    ]
    urls = [url for _, links in groups for url, _ in links]
    return {"groups": [group for group in groups if group[1]], "current": current_url(request.path, urls)}


@register.inclusion_tag("partials/top.html", takes_context=True)
def top_bar(context: Context) -> dict[str, object]:
    """The bar on top: the brand, the few links of readers, contributors and visitors, who is signed in."""
    request = context.get("request")
    user = getattr(request, "user", None)
    signed_in = bool(getattr(user, "is_authenticated", False))
    own = CONTRIBUTOR if getattr(user, "role", "") == "contributor" else READER
    links = [] if is_office(user) else resolve(own if signed_in else PUBLIC)
    path = getattr(request, "path", "")
    return {
        "request": request,
        "user": user,
        "csrf_token": context.get("csrf_token"),
        "has_side": is_office(user),
        "links": links,
        "current": current_url(path, [url for url, _ in links]),
    }
