"""The sites page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import acting_user, curator_only
from benchmarks.models import Benchmark
from core.rendering import table_csv
from dashboard.queries.sites import sites_page


@curator_only
@require_GET
def site_list(request: HttpRequest) -> HttpResponse:
    """Contributions of each site, its studies against the whole, and what the benchmark still lacks."""
    benchmarks = list(Benchmark.objects.order_by("title"))
    asked = request.GET.get("benchmark", "")
    benchmark = next((one for one in benchmarks if one.slug == asked), benchmarks[0] if benchmarks else None)
    if benchmark is None:
        return render(request, "dashboard/site_list.html", {"benchmarks": []})
    page = sites_page(acting_user(request), benchmark)
    tables = [page.contributions, page.labels, *(table for _, table in page.mixes)]
    if csv := table_csv(request, f"sites-{benchmark.slug}", tables):
        return csv
    context = {"benchmarks": benchmarks, "benchmark": benchmark, "sites": page}
    return render(request, "dashboard/site_list.html", context)
