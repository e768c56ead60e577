"""What a case's page tells of the case before it; alone, for a page that the browser has already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from accounts.access import acting_user
from core.templatetags.ui import number, when
from labeling.models import CannotJudge, Draft, Read, ReadingRound, RoundState
from labeling.queries import cases_of


@dataclass(frozen=True)
class Said:
    """What the foot of the panel tells: a verdict just stored, a case closed, one taken back, or why not.

    With ``is_earlier`` the reader has gone on since without a verdict; the last one can still be taken back. ``reopened``
    is the closing that was taken back.
    """

    stored: Read | None = None
    closed: CannotJudge | None = None
    undone: bool = False
    reopened: CannotJudge | None = None
    error: str = ""
    is_earlier: bool = False

    @property
    def slot(self) -> int | None:
        """The case that was dealt with."""
        told = self.stored or self.closed
        return None if told is None else told.slot_id

    @property
    def dealt_with(self) -> int | None:
        """The case that was dealt with just now: nothing entered for it is kept in the browser any more."""
        return None if self.is_earlier else self.slot

    @property
    def onward(self) -> str:
        """The query with which another case still tells of it."""
        if self.slot is None:
            return ""
        return "?" + urlencode({"closed" if self.closed else "stored": self.slot, "earlier": ""})


@dataclass(frozen=True)
class About:
    """The case on whose page it is told: its standing verdict, how many of the list are read, and its draft."""

    slot: int
    round: ReadingRound
    standing: Read | None
    read: int
    error: str = ""
    draft: Draft | None = None

    def draft_beside(self, closing: CannotJudge | None) -> Draft | None:
        """The draft that another page saved of a case closed meanwhile: it stands where an undo would bring back the rest."""
        if closing is None or self.draft is None or self.draft.content == closing.as_draft:
            return None
        return self.draft


def told(request: HttpRequest, said: Said, about: About, keys: Mapping[str, Any]) -> dict[str, str | SafeString]:
    """Place on the page → what stands there, escaped. A page fetched ahead waits for these where it says ``data-told``."""
    shown = {"said": said, "slot": about.slot, "round": about.round, "standing": about.standing}
    shown |= {"error": about.error, "draft_beside": about.draft_beside(said.reopened)}
    return {
        "read": number(about.read),
        "saved": _saved(said.stored, about.standing),
        "onward": conditional_escape(said.onward),
        "dealt_with": str(said.dealt_with or ""),
        "notice": render_to_string("labeling/_notice.html", {**keys, **shown}, request),
    }


def told_ahead(judged: str) -> dict[str, str | SafeString]:
    """The same for a page fetched ahead of the verdict on the case ``judged``: empty where only its answer can tell."""
    said = f"?{urlencode({'stored': int(judged), 'earlier': ''})}" if judged.isdecimal() else ""
    return {"onward": conditional_escape(said), "dealt_with": conditional_escape(judged)}


def _saved(stored: Read | None, standing: Read | None) -> SafeString | str:
    if stored:
        return mark_safe(f"saved {when(stored.submitted_at)}")  # noqa: S308 - ``when`` escapes
    return mark_safe(f"read {when(standing.submitted_at)}") if standing else ""  # noqa: S308 - the same


def told_of(request: HttpRequest) -> Said:
    """What the address of the page says was done just before, on a case of the reader's own."""
    page = (
        request.GET if request.method == "GET" else QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    )
    stored, closed = page.get("stored", ""), page.get("closed", "")
    is_earlier = "earlier" in page
    reader = acting_user(request)
    if stored.isdecimal():
        own = cases_of(reader).filter(pk=int(stored), round__state=RoundState.OPEN)
        read = Read.objects.current().filter(slot__in=own).select_related("slot").first()
        return Said(stored=read, is_earlier=is_earlier)
    if closed.isdecimal():
        rows = CannotJudge.objects.filter(slot=int(closed), slot__reader=reader, undone_at__isnull=True)
        row = rows.filter(slot__round__state=RoundState.OPEN).select_related("slot").first()
        return Said(closed=row, is_earlier=is_earlier)
    return Said(undone="undone" in page)
