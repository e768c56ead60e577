"""Pages of adjudication: a curator's queue, and the adjudicator's list and case."""

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import acting_user, curator_only, reader_only
from consensus.actions import deal_adjudications, record_adjudication, withdraw_adjudication
from consensus.models import Adjudication
from consensus.outcomes import label_states
from consensus.queries import reads_of_round
from consensus.queries.adjudication import adjudication_case, adjudications_of, adjudications_visible_to
from core.adapters.tables import write_rows
from core.errors import DomainError
from labeling.keymap import keymap
from labeling.models import ReadingRound

QUEUE_HEADER = ("study_id", "site", "state", "adjudicator", "labels", "decided_at")
ORDERS = {
    "study": "round_study__study__study_id",
    "state": "state",
    "adjudicator": "adjudicator__username",
    "at": "decided_at",
}


@curator_only
def queue(request: HttpRequest, pk: int) -> HttpResponse:
    """A round's adjudications: who has what, what was decided; ``?csv`` gives exactly what is shown."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark", "taxonomy"), pk=pk)
    user = acting_user(request)
    found = adjudications_visible_to(user, round_)
    asked = request.GET.get("sort", "")
    if asked.lstrip("-") in ORDERS:
        order = ORDERS[asked.lstrip("-")]
        found = found.order_by(f"-{order}" if asked.startswith("-") else order, "pk")
    if "csv" in request.GET:
        return _queue_csv(round_, list(found))
    names = {label.key: label.name for label in round_.taxonomy.labels.all()}
    page = Paginator(found, 100).get_page(request.GET.get("page"))
    rows = [{"item": one, "labels": [_said(one, key, names[key]) for key in one.labels]} for one in page]
    return render(request, "consensus/adjudication_queue.html", {"round": round_, "page": page, "rows": rows})


def _said(one: Adjudication, key: str, name: str) -> str:
    found = {decision.label.key: decision.is_present for decision in one.decisions.all()}
    return name if key not in found else f"{name} {'present' if found[key] else 'absent'}"


def _queue_csv(round_: ReadingRound, found: list[Adjudication]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="adjudications-{round_.pk}.csv"'
    rows = (
        (
            one.round_study.study.study_id,
            one.round_study.study.site.code,
            one.state,
            one.adjudicator.username,
            ";".join(_signed(one)),
            one.decided_at.isoformat() if one.decided_at else "",
        )
        for one in found
    )
    write_rows(response, QUEUE_HEADER, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response


def _signed(one: Adjudication) -> list[str]:
    """Each open label, with + or - once it is decided."""
    found = {decision.label.key: "+" if decision.is_present else "-" for decision in one.decisions.all()}
    return [f"{found.get(key, '')}{key}" for key in one.labels]


@curator_only
@require_POST
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """Deals what needs adjudication to readers who did not read it."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark"), pk=pk)
    try:
        dealt = deal_adjudications(round_=round_, by=acting_user(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        words = f"{dealt.dealt} studies dealt to adjudicators."
        if dealt.left:
            words += f" {dealt.left} have no reader left who did not read them; invite another reader, then deal again."
        if dealt.settled:
            words += (
                f" Of {dealt.settled} no label is open: their readers all ended at the same labels, and only the rule keeps "
                "them out (see What if)."
            )
        (messages.warning if dealt.left else messages.success)(request, words)
    return redirect("consensus:adjudication_queue", pk)


@curator_only
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one adjudication back, so that the study can be dealt anew."""
    visible = Adjudication.objects.select_related("round_study__round")
    found = get_object_or_404(visible, pk=pk)
    round_ = found.round_study.round
    get_object_or_404(adjudications_visible_to(acting_user(request), round_), pk=pk)
    try:
        withdraw_adjudication(adjudication=found, by=acting_user(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("consensus:adjudication_queue", round_.pk)


@never_cache
@reader_only
def own_list(request: HttpRequest) -> HttpResponse:
    """The reader's adjudications, those to decide first."""
    page = Paginator(adjudications_of(acting_user(request)), 50).get_page(request.GET.get("page"))
    return render(request, "consensus/adjudication_list.html", {"page": page})


@never_cache
@reader_only
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One adjudication: GET shows the pictures and the open labels alone, POST takes the decision."""
    reader = acting_user(request)
    found = get_object_or_404(adjudications_of(reader), pk=pk)
    error = ""
    if request.method == "POST":
        decisions = {key: request.POST[key] == "present" for key in found.labels if request.POST.get(key)}
        try:
            record_adjudication(
                adjudication=found,
                decisions=decisions,
                comment=request.POST.get("comment", "")[:10_000],
                by=reader,
                now=timezone.now(),
            )
        except DomainError as refused:
            error = str(refused)
        else:
            coming = adjudications_of(reader).filter(state="pending").first()
            return redirect("consensus:adjudication", coming.pk) if coming else redirect("consensus:adjudication_list")
    return render(request, "consensus/adjudication.html", _case_context(found, error), status=422 if error else 200)


def _case_context(found: Adjudication, error: str) -> dict[str, Any]:
    shown = adjudication_case(found, _votes(found) if found.shows_reads else {})
    return {"case": shown, "case_images": json.dumps(shown.viewer), "error": error, "keymap": keymap()}


def _votes(found: Adjudication) -> dict[str, tuple[int, int]]:
    """How many of how many reads hold each label of the study."""
    reads = next(
        one.reads for one in reads_of_round(found.round_study.round) if one.study.pk == found.round_study.study_id
    )
    return {state.label: (state.votes_for, state.n_reads) for state in label_states(reads.suggested, reads.reads)}
