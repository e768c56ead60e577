"""The page of a round's readers, for curators alone: pace, agreement, leniency, edits, and how often each errs."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import acting_user, curator_only
from accounts.models import User
from consensus.agreement import Statistic
from consensus.bias import NO_PLANTED, catch_rates
from consensus.queries import ReaderReads, reader_reads
from consensus.reader_quality import Pace, ReaderFigures, WithinReader, pace, reader_figures, within_reader
from consensus.views.figures import SEED, as_interval, csv_of, numbers, round_of, shares_plot
from core.plots import intervals

NOTHING_PLANTED = Statistic(None, None, 0, NO_PLANTED)
COLUMNS = (
    *("reader", "reads", "median_seconds", "n_timed", "n_idle"),
    *("agreement", "agreement_low", "agreement_high", "agreement_n"),
    *("agree_all", "agree_all_low", "agree_all_high", "agree_all_n"),
    *("leniency", "leniency_low", "leniency_high", "leniency_n"),
    *("against_others", "against_others_low", "against_others_high", "against_others_n"),
    *("edited", "edited_low", "edited_high", "edited_n", "struck", "struck_low", "struck_high", "struck_n"),
    *("repeats_equal", "repeats_equal_low", "repeats_equal_high", "repeats"),
    *("repeats_ac1", "repeats_ac1_low", "repeats_ac1_high", "repeats_ac1_n"),
    *("caught", "caught_low", "caught_high", "planted", "cannot_judge"),
)


@dataclass(frozen=True)
class ReaderRow:
    """One reader's line; ``figures`` is None while nothing is read."""

    person: User
    figures: ReaderFigures | None
    pace: Pace
    within: WithinReader
    caught: Statistic
    cannot_judge: int

    @property
    def cells(self) -> tuple[object, ...]:
        """The line of the CSV."""
        one = self.figures
        shares = (
            (one.agreement, one.agrees_all, one.leniency, one.against_all_others, one.edited, one.struck)
            if one
            else (None,) * 6
        )
        return (
            *(self.person.username, one.n_reads if one else 0, self.pace.median, self.pace.n, self.pace.n_idle),
            *(cell for share in shares for cell in (numbers(share) if share else ("", "", "", 0))),
            *(*numbers(self.within.raw), *numbers(self.within.gwet_ac1), *numbers(self.caught), self.cannot_judge),
        )


@require_GET
@curator_only
def readers_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Each reader's figures with their n and intervals; ``?csv`` gives the table. No reader ever sees it."""
    round_ = round_of(pk)
    rows = _rows(reader_reads(round_, acting_user(request)))
    if "csv" in request.GET:
        return csv_of(f"readers-{round_.pk}", COLUMNS, (row.cells for row in rows))
    figures = [(str(row.person), row.figures) for row in rows if row.figures]
    lenient = [as_interval(name, one.leniency) for name, one in figures]
    context = {
        "round": round_,
        "rows": rows,
        "has_reads": bool(figures),
        "agreement_plot": shares_plot(
            [(name, one.agreement) for name, one in figures], "Agreement with the other readers", "share equal"
        ),
        "leniency_plot": intervals(lenient, title="Leniency", axis="difference", low=-1, high=1),
        "within_plot": shares_plot(
            [(str(row.person), row.within.raw) for row in rows], "Agreement with oneself", "share equal"
        ),
    }
    return render(request, "consensus/readers.html", context)


def _rows(reads: ReaderReads) -> list[ReaderRow]:
    figures = reader_figures(reads.counting, SEED)
    caught = catch_rates(reads.planted).by_reader
    return [
        ReaderRow(
            person=person,
            figures=figures.get(name),
            pace=pace(reads.seconds.get(name, ())),
            within=within_reader(reads.repeated.get(name, ()), SEED),
            caught=caught.get(name, NOTHING_PLANTED),
            cannot_judge=reads.cannot_judge.get(name, 0),
        )
        for name, person in reads.people.items()
    ]
