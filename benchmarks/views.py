"""Pages of benchmarks: what there is, and each definition in full. Definitions are loaded by file, not edited here."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import acting_user, curator_only, reader_or_curator
from benchmarks.actions import load_benchmark
from benchmarks.adapters.yaml_file import parse_yaml
from benchmarks.definition import DefinitionError
from benchmarks.forms import DefinitionForm
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy


@reader_or_curator
def benchmark_list(request: HttpRequest) -> HttpResponse:
    """All benchmarks."""
    benchmarks = Benchmark.objects.annotate(n_taxonomies=Count("taxonomies")).order_by("title")
    return render(request, "benchmarks/list.html", {"benchmarks": benchmarks})


@reader_or_curator
def benchmark_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A benchmark's labels with their definitions, and its settings."""
    benchmark = get_object_or_404(Benchmark, slug=slug)
    return render(
        request,
        "benchmarks/detail.html",
        {"benchmark": benchmark, "taxonomy": current_taxonomy(benchmark), "versions": benchmark.taxonomies.all()},
    )


@curator_only
def benchmark_load(request: HttpRequest) -> HttpResponse:
    """Loads a definition from an uploaded YAML file; an invalid one says which key breaks which rule."""
    form = DefinitionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            definition = parse_yaml(form.cleaned_data["file"].read(), name=form.cleaned_data["file"].name)
        except DefinitionError as error:
            form.add_error("file", str(error))
        else:
            loaded = load_benchmark(definition=definition, by=acting_user(request))
            return redirect("benchmarks:detail", loaded.benchmark.slug)
    return render(request, "benchmarks/load.html", {"form": form}, status=422 if form.errors else 200)
