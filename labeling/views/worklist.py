"""Around the cases: the reader's worklist and the end of a list."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import acting_user, reader_only, reader_or_curator
from core.rendering import render_page
from labeling.models import ReadingRound, Verdict
from labeling.queries import history_of, keys_of, last_said, worklist
from labeling.views.room import show_end
from labeling.views.told import told_of

HISTORY_PAGE = 25


@require_GET
@never_cache
@reader_or_curator
def worklist_page(request: HttpRequest) -> HttpResponse:
    """The reader's home: what to read next, how far they are, what they said."""
    reader = acting_user(request)
    work = worklist(reader)
    asked = request.GET.get("verdict", "")
    verdict = asked if asked in Verdict.values else ""
    context = {
        "work": work,
        "verdict": verdict,
        "verdicts": Verdict.choices,
        "last": last_said(reader),
        "current": next((item for item in work if item.goes_on), None),
        "read": sum(item.read for item in work),
        "total": sum(item.total for item in work),
        "left": sum(item.left for item in work),
        "keymap": keys_of(reader)[0],
        "history": Paginator(history_of(reader, verdict), HISTORY_PAGE).get_page(request.GET.get("page")),
    }
    return render_page(request, "labeling/worklist.html", context)


@require_GET
@never_cache
@reader_only
def done_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The end of the reader's list in a round."""
    round_ = get_object_or_404(
        ReadingRound.objects.select_related("benchmark"), pk=pk, readers__reader=acting_user(request)
    )
    return show_end(request, round_, told_of(request))
