"""What a deal looks like: how much each reader reads, how many studies each pair of readers shares, how hard each list is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.access import curator_only
from core.plots import Bar, Cell, bars, heatmap
from core.rendering import render_page, table_csv
from core.sorting import Table
from labeling.actions.dealing import barred_by_key
from labeling.assignment import AssignedRead, AssignmentImpossible, ReaderSlot, assign, pair_counts
from labeling.models import ReadingRound, Slot


def planned_deal(data: Mapping[str, Any]) -> dict[str, Any]:
    """The plots and tables of a round that is not open yet, or the sentence that says why it cannot be dealt."""
    picks = list(data["sampling_run"].sampled_studies.select_related("study__site").order_by("rank"))
    keys = {f"{pick.study.site.code}/{pick.study.study_id}": pick for pick in picks}
    readers = {
        one.username: ReaderSlot(one.username, one.home_site_code, data["max_reads"].get(one.pk))
        for one in data["readers"]
    }
    hard = {key: pick.difficulty_score for key, pick in keys.items() if pick.difficulty}
    try:
        dealt = assign(
            list(keys),
            list(readers.values()),
            data["reads_per_study"],
            data["seed"],
            {key: pick.study.site.code for key, pick in keys.items()},
            exclude_own_site=data["exclude_own_site"],
            difficulty=hard,
            barred=barred_by_key({key: pick.study_id for key, pick in keys.items()}, list(data["readers"])),
        )
    except AssignmentImpossible as error:
        return {"refused": str(error)}
    return deal_context(dealt.reads, list(readers), hard)


@require_GET
@curator_only
def round_pairs(request: HttpRequest, pk: int) -> HttpResponse:
    """How a round is dealt: loads, pairs of readers, difficulty of each list. No verdict is told."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark"), pk=pk)
    slots = Slot.objects.counting().filter(round=round_).select_related("round_study", "reader")
    reads = [
        AssignedRead(str(one.round_study.study_id), one.position, one.reader.username) for one in slots if one.reader
    ]
    picks = round_.sampling_run.sampled_studies.all() if round_.sampling_run else ()
    hard = {str(pick.study_id): pick.difficulty_score for pick in picks if pick.difficulty}
    readers = sorted({read.reader for read in reads})
    deal = deal_context(reads, readers, hard) if reads else None
    asked = table_csv(request, f"round-{pk}", [deal["load_table"], deal["pair_table"]]) if deal else None
    return asked or render_page(request, "labeling/round_pairs.html", {"round": round_, "deal": deal})


def deal_context(reads: Sequence[AssignedRead], readers: Sequence[str], hard: Mapping[str, float]) -> dict[str, Any]:
    """Plots, tables and captions of a deal."""
    names = sorted(readers)
    mine = {name: [read.study for read in reads if read.reader == name] for name in names}
    pairs = pair_counts(reads, names)
    low, high = min(pairs.values(), default=0), max(pairs.values(), default=0)
    loads = [len(listed) for listed in mine.values()]
    mean = {name: _mean([hard[study] for study in listed if study in hard]) for name, listed in mine.items()}
    cells = [[_cell(pairs.get((min(a, b), max(a, b))), is_self=a == b) for b in names] for a in names]
    return {
        "least": min(loads, default=0),
        "most": max(loads, default=0),
        "load_plot": bars([Bar(name, len(mine[name])) for name in names], title="Reads by reader", unit="reads"),
        "load_caption": f"{_range(loads)} reads each.",
        "load_table": Table.of(
            "loads",
            ("Reader", "Reads", "Mean difficulty"),
            [(name, len(mine[name]), "" if mean[name] is None else f"{mean[name]:.3f}") for name in names],
        ),
        "pair_plot": heatmap(
            names, cells, title="Studies that two readers share", low=max(0, low - 1), high=high + 1, is_count=True
        ),
        "pair_caption": f"Every two readers share {_range([low, high])} studies.",
        "pair_table": Table.of(
            "pairs",
            ("Readers", "Shared studies"),
            [(f"{first} and {second}", count) for (first, second), count in pairs.items()],
        ),
    }


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _cell(count: int | None, *, is_self: bool) -> Cell:
    return Cell(None) if is_self or count is None else Cell(count, count)
