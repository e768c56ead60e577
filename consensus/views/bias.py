"""The bias page: planted errors caught, labels with and without suggestions, labels that readers add and strike."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import acting_user, curator_only
from benchmarks.queries import labels_by_key
from consensus.agreement import Statistic
from consensus.bias import CatchRates, LabelEdits, LabelShift, PlantedRead, catch_rates, label_edits, label_shifts
from consensus.queries import BiasReads, bias_reads
from consensus.views.figures import SEED, as_interval, csv_of, edges, numbers, percent, round_of, said, shares_plot
from core.plots import intervals
from labeling.models import ReadingRound

MISSED_SHOWN = 50
PLANTED_COLUMNS = ("study", "reader", "planted", "kind", "caught", "verdict", "others_hold_it", "others")
SHIFT_COLUMNS = ("label", "with_suggestions", "from_scratch", "difference", "low", "high", "n_studies", "undefined")
CHANGE_COLUMNS = (
    *("label", "added", "added_low", "added_high", "added_n_studies", "n_added", "n_not_suggested"),
    *("struck", "struck_low", "struck_high", "struck_n_studies", "n_struck", "n_suggested"),
)


@require_GET
@curator_only
def bias_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What suggestions do to the round's readers; ``?csv=planted``, ``shift`` or ``changes`` gives the rows behind."""
    round_ = round_of(pk)
    reads = bias_reads(round_, acting_user(request))
    names = {key: label.name for key, label in labels_by_key(round_.taxonomy).items()}
    rates = catch_rates(reads.planted)
    shifts = label_shifts(reads.paired, list(names), SEED)
    edits = label_edits(reads.counting, list(names), SEED)
    if part := request.GET.get("csv"):
        return _csv(round_, part, reads, shifts, edits)
    context = {
        "round": round_,
        "extra": {arm: {"read": read, "dealt": dealt} for arm, (read, dealt) in reads.extra.items()},
        "rates": rates,
        **_planted_context(rates, reads, names),
        **_shift_context(shifts, names, reads),
        **_edit_context(edits, names),
    }
    return render(request, "consensus/bias.html", context)


def _planted_context(rates: CatchRates, reads: BiasReads, names: Mapping[str, str]) -> dict[str, object]:
    rows = [("All planted errors", rates.overall), ("Others see the error too", rates.confirmed)]
    rows += [(f"Label {kind}", one) for kind, one in rates.by_kind.items()]
    rows += list(rates.by_reader.items())
    missed = [
        {"read": read, "study": reads.studies[read.study], "label": names.get(read.planted, read.planted)}
        for read in rates.missed[:MISSED_SHOWN]
    ]
    return {
        "planted_plot": shares_plot(rows, "Planted errors caught", "share caught"),
        "planted_caption": f"Caught: {said(rates.overall)}. {_confirmed(rates.confirmed)}",
        "planted_columns": ("Of", "Caught", "95 % from", "to", "n"),
        "planted_rows": [(name, *edges(one), one.n) for name, one in rows],
        "missed": missed,
        "n_missed": len(rates.missed),
    }


def _confirmed(rate: Statistic) -> str:
    if rate.value is None:
        return "Whether the other readers take them for errors too cannot be said yet."
    return f"Of those that most other readers of the study take for errors too: {said(rate)}."


def _shift_context(shifts: Mapping[str, LabelShift], names: Mapping[str, str], reads: BiasReads) -> dict[str, object]:
    clear = [
        f"{names[key]} {percent(one.difference.value, sign=True)}"
        for key, one in shifts.items()
        if one.difference.ci95 and not one.difference.ci95[0] <= 0 <= one.difference.ci95[1]
    ]
    told = f"Clear of zero: {', '.join(clear)}." if clear else "No label's interval is clear of zero."
    rows = [as_interval(names[key], one.difference) for key, one in shifts.items()]
    return {
        "n_paired": sum(bool(study.shown and study.scratch) for study in reads.paired),
        "shift_plot": intervals(
            rows, title="Share marked with suggestions, less from scratch", axis="difference", low=-1, high=1
        ),
        "shift_caption": f"Right of zero, readers mark the label more often when suggestions are shown. {told}",
        "shift_columns": ("Label", "With suggestions", "From scratch", "Difference", "95 % from", "to", "n studies"),
        "shift_rows": [
            (
                *(names[key], percent(one.shown.value), percent(one.scratch.value)),
                *(*edges(one.difference, sign=True), one.difference.n),
            )
            for key, one in shifts.items()
        ],
    }


def _edit_context(edits: Mapping[str, LabelEdits], names: Mapping[str, str]) -> dict[str, object]:
    added = {names[key]: one.added for key, one in edits.items()}
    struck = {names[key]: one.struck for key, one in edits.items()}
    return {
        "n_reads": max((one.n_not_suggested + one.n_suggested for one in edits.values()), default=0),
        "added_plot": shares_plot(added.items(), "Added where it was not suggested", "share of reads"),
        "added_caption": f"What the pipeline leaves out. {_most(added)}",
        "struck_plot": shares_plot(struck.items(), "Struck where it was suggested", "share of reads"),
        "struck_caption": f"What the pipeline invents. {_most(struck)}",
        "edit_columns": ("Label", "Share", "95 % from", "to", "reads", "of", "n studies"),
        "added_rows": [
            (names[key], *edges(one.added), one.n_added, one.n_not_suggested, one.added.n) for key, one in edits.items()
        ],
        "struck_rows": [
            (names[key], *edges(one.struck), one.n_struck, one.n_suggested, one.struck.n) for key, one in edits.items()
        ],
    }


def _most(shares: Mapping[str, Statistic]) -> str:
    known = {name: one for name, one in shares.items() if one.value}
    if not known:
        return "No reader changed a label."
    name = max(known, key=lambda name: known[name].value or 0)
    words = said(known[name], "studies' reads")
    return f"Most often {name}: {words}."


def _csv(
    round_: ReadingRound,
    part: str,
    reads: BiasReads,
    shifts: Mapping[str, LabelShift],
    edits: Mapping[str, LabelEdits],
) -> HttpResponse:
    if part == "planted":
        return csv_of(f"planted-{round_.pk}", PLANTED_COLUMNS, map(_planted_cells, reads.planted))
    if part == "shift":
        rows = (
            (key, one.shown.value, one.scratch.value, *numbers(one.difference), one.difference.undefined or "")
            for key, one in shifts.items()
        )
        return csv_of(f"with-and-without-{round_.pk}", SHIFT_COLUMNS, rows)
    if part != "changes":
        raise Http404(f"There is no table {part!r} on this page.")
    changes = (
        (
            *(key, *numbers(one.added), one.n_added, one.n_not_suggested),
            *(*numbers(one.struck), one.n_struck, one.n_suggested),
        )
        for key, one in edits.items()
    )
    return csv_of(f"changes-{round_.pk}", CHANGE_COLUMNS, changes)


def _planted_cells(read: PlantedRead) -> tuple[object, ...]:
    return (
        *(read.study, read.reader, read.planted, read.kind, int(read.is_caught), read.verdict),
        *(read.others_for, read.others),
    )
