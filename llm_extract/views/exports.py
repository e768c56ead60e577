"""Downloads of a benchmark's findings and suggestions, streamed; a sealed holdout only for an admin, and noted."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import acting_user, admin_only, curator_only
from benchmarks.models import Benchmark
from llm_extract.actions import note_sealed_export
from llm_extract.views.formats import FORMATS, Format
from llm_extract.views.room import EXPORTS, room_tabs


@require_GET
@curator_only
def export_list(request: HttpRequest) -> HttpResponse:
    """Every benchmark with what can be downloaded of it."""
    context = {
        "tabs": room_tabs(EXPORTS),
        "benchmarks": Benchmark.objects.order_by("title"),
        "formats": FORMATS.values(),
    }
    return render(request, "llm_extract/export_list.html", context)


@require_GET
@curator_only
def export_download(request: HttpRequest, slug: str, kind: str) -> HttpResponseBase:
    """One format of a benchmark, without a sealed holdout's studies."""
    benchmark, chosen = _chosen(slug, kind)
    return _streamed(benchmark, chosen, with_sealed=False)


@require_POST
@admin_only
def export_sealed(request: HttpRequest, slug: str, kind: str) -> HttpResponseBase:
    """The same with a sealed holdout's studies; the audit trail says who took them out."""
    benchmark, chosen = _chosen(slug, kind)
    note_sealed_export(benchmark=benchmark, by=acting_user(request))
    return _streamed(benchmark, chosen, with_sealed=True)


def _chosen(slug: str, kind: str) -> tuple[Benchmark, Format]:
    if kind not in FORMATS:
        raise Http404(f"There is no export format {kind!r}.")
    return get_object_or_404(Benchmark, slug=slug), FORMATS[kind]


def _streamed(benchmark: Benchmark, chosen: Format, *, with_sealed: bool) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chosen.lines(benchmark, with_sealed), content_type=chosen.content_type)
    response["Content-Disposition"] = f'attachment; filename="{benchmark.slug}-{chosen.suffix}"'
    return response
