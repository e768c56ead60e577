"""Gold sets: made of a file or of reads, and what is in one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import acting_user, curator_only
from accounts.models import User
from core.errors import DomainError
from core.plots import Stack, stacked_bars
from core.templatetags.ui import number
from llm_extract.actions import ImportedGold, create_gold_set, import_gold
from llm_extract.forms.bench import GoldFileForm, GoldReadsForm
from llm_extract.gold_sources import take_gold
from llm_extract.models import GoldSet
from llm_extract.queries.gold_sets import GoldContents, gold_contents

REFUSALS_SHOWN = 200


@require_http_methods(["GET", "POST"])
@curator_only
def gold_create(request: HttpRequest) -> HttpResponse:
    """Makes a gold set of a file, or of the reads of a closed round."""
    user, from_reads = acting_user(request), request.POST.get("from") == "reads"
    is_post = request.method == "POST"
    file_form = GoldFileForm(
        request.POST if is_post and not from_reads else None, request.FILES if is_post and not from_reads else None
    )
    reads_form = GoldReadsForm(user, request.POST if is_post and from_reads else None)
    form: Any = reads_form if from_reads else file_form
    if is_post and form.is_valid():
        try:
            return _of_reads(request, reads_form) if from_reads else _of_file(request, file_form)
        except DomainError as error:
            form.add_error(None, str(error))
    context = {"file_form": file_form, "reads_form": reads_form}
    return render(request, "llm_extract/bench/gold_create.html", context, status=422 if form.errors else 200)


def _of_file(request: HttpRequest, form: GoldFileForm) -> HttpResponse:
    data = form.cleaned_data
    done = import_gold(
        benchmark=data["benchmark"],
        name=data["name"],
        file=data["file"],
        file_name=data["file"].name,
        by=acting_user(request),
    )
    messages.success(request, _sentence(done))
    if not done.refused:
        return redirect("llm_extract:gold_detail", done.gold_set.pk)
    context = {"gold_set": done.gold_set, "refused": done.refused[:REFUSALS_SHOWN], "n_refused": len(done.refused)}
    return render(request, "llm_extract/bench/gold_refused.html", context)


def _sentence(done: ImportedGold) -> str:
    if done.is_new:
        return f"The gold set {done.gold_set} is there."
    return f"The gold set {done.gold_set} was there already with the same labels; nothing changed."


def _of_reads(request: HttpRequest, form: GoldReadsForm) -> HttpResponse:
    user: User = acting_user(request)
    benchmark, offer = form.offers[form.cleaned_data["offer"]]
    gold_set = create_gold_set(
        benchmark=benchmark,
        name=form.cleaned_data["name"],
        source=offer.title,
        labels=take_gold(benchmark, user, offer.key),
        by=user,
    )
    messages.success(request, f"The gold set {gold_set} is there.")
    return redirect("llm_extract:gold_detail", gold_set.pk)


@require_GET
@curator_only
def gold_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What is in a gold set, and what was tried on it."""
    gold_set = get_object_or_404(GoldSet.objects.select_related("benchmark", "taxonomy", "created_by"), pk=pk)
    contents = gold_contents(gold_set, acting_user(request))
    trials = gold_set.trials.annotate(strict=F("scores__strict__micro_f1")).defer("scores", "params").order_by("-pk")
    context = {
        "gold_set": gold_set,
        "contents": contents,
        "plot": _plot(contents),
        "rare": [one.name for one in contents.labels if 0 < one.present < 10],
        "page": Paginator(trials, 50).get_page(request.GET.get("page")),
    }
    return render(request, "llm_extract/bench/gold_detail.html", context)


def _plot(contents: GoldContents) -> dict[str, Any]:
    rows = [Stack(one.name, (one.present, one.uncertain)) for one in contents.labels]
    return {
        "svg": stacked_bars(rows, series=("present", "uncertain"), title="Labels of the gold set", unit="studies"),
        "caption": f"Of {number(contents.n_studies)} studies, how many have each label, and in how many it is uncertain.",
        "columns": ("Label", "Present", "Uncertain", "Absent", "Judged"),
        "rows": [(one.name, one.present, one.uncertain, one.absent, one.judged) for one in contents.labels],
    }
