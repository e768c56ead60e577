"""The "what if" page: the same reads under every rule, and what each keeps of every label and number of findings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.access import curator_only
from benchmarks.queries import labels_by_key
from consensus.outcomes import Rule, RuleYield, StudyReads, by_findings, what_if
from consensus.queries import reads_of_round, rules_to_compare
from core.adapters.tables import write_rows
from core.plots import Cell, heatmap
from core.rendering import table_csv
from core.sorting import Table
from labeling.models import ReadingRound

HEADER = ("rule", "group", "name", "eligible", "suggested", "added")


@curator_only
def what_if_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Every rule at once, with survival per label and per number of findings; ``?csv`` gives all of it."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark", "taxonomy"), pk=pk)
    studies = [one.reads for one in reads_of_round(round_)]
    rules = rules_to_compare(round_)
    yields = what_if(studies, rules)
    names = {key: label.name for key, label in labels_by_key(round_.taxonomy).items()}
    groups = {"labels": _suggested(studies, names), "findings": by_findings(studies)}
    if "csv" in request.GET:
        return _csv(round_, yields, groups)
    words = {**names, **{count: f"{count} suggested" for count in groups["findings"]}}
    columns = [f"Rule {place}" for place in range(1, len(rules) + 1)]
    context: dict[str, Any] = {
        "round": round_,
        "n_studies": len(studies),
        "rules": Table.of(
            "rules",
            ("Rule", "In words", "Eligible", "Of", "Needs adjudication", "Incomplete", "Rejected"),
            [
                (
                    *(column, rule.words + (" (the benchmark's own)" if rule == rules[0] else ""), one.accepted),
                    *(len(studies), one.needs_adjudication, one.incomplete, one.rejected),
                )
                for column, rule, one in zip(columns, rules, yields, strict=True)
            ],
        ),
        "by_label": _survival(
            "Eligible share of the studies with a label suggested", groups["labels"], yields, words, "labels", columns
        ),
        "by_findings": _survival(
            "Eligible share by number of suggested findings", groups["findings"], yields, words, "findings", columns
        ),
        "caption": _easy(rules[0], yields[0], groups["findings"]),
    }
    tables = [context["rules"], context["by_label"]["table"], context["by_findings"]["table"]]
    return table_csv(request, f"what-if-{round_.pk}", tables) or render(request, "consensus/what_if.html", context)


def _suggested(studies: Sequence[StudyReads], names: Iterable[str]) -> dict[str, int]:
    return {key: sum(key in study.suggested for study in studies) for key in names}


def _survival(
    title: str,
    there: Mapping[str, int],
    yields: Sequence[RuleYield],
    words: Mapping[str, str],
    group: str,
    columns: Sequence[str],
) -> dict[str, Any]:
    """The heat map of one group, a row per label or number of findings, a column per rule; and the same as a table.

    The shares are of what was suggested; labels that readers added to other studies stand in the table beside them.
    """
    rows = [name for name, count in there.items() if count]
    kept = {name: [_kept(one, group, name) for one in yields] for name in rows}
    cells = [[Cell(count / there[name], count) for count, _ in kept[name]] for name in rows]
    return {
        "plot": heatmap([words[name] for name in rows], cells, title=title, columns=columns),
        "table": Table.of(
            group,
            ("Label" if group == "labels" else "Findings", "Suggested" if group == "labels" else "Studies", *columns),
            [(words[name], there[name], *map(_and_added, kept[name])) for name in rows],
        ),
    }


def _kept(one: RuleYield, group: str, name: str) -> tuple[int, int]:
    """How many eligible studies keep the suggested label, or have as many findings; and to how many it was added."""
    if group == "findings":
        return one.findings.get(name, 0), 0
    kept = one.kept.get(name, 0)
    return kept, one.labels.get(name, 0) - kept


def _and_added(counts: tuple[int, int]) -> int | str:
    kept, added = counts
    return f"{kept} + {added} added" if added else kept


def _easy(rule: Rule, found: RuleYield, there: Mapping[str, int]) -> str:
    """In words, how much more of the easy studies the rule keeps than of the hard ones."""
    few = [(found.findings[name], there[name]) for name in ("0", "1") if there.get(name)]
    many = [(found.findings[name], there[name]) for name in ("3", "4+") if there.get(name)]
    if not few or not many:
        return "The share of the studies that are eligible, and their number."
    (a, n), (b, m) = (tuple(map(sum, zip(*part, strict=True))) for part in (few, many))
    return (
        f"By the benchmark's own rule ({rule.words}) {a} of {n} studies with no or one suggested finding are eligible, "
        f"and {b} of {m} with three or more. In the cells: the share that are eligible, and their number."
    )


def _csv(round_: ReadingRound, yields: Sequence[RuleYield], groups: Mapping[str, Mapping[str, int]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="what-if-{round_.pk}.csv"'
    rows = (
        (one.rule, group, name, getattr(one, group).get(name, 0), count, _kept(one, group, name)[1])
        for one in yields
        for group, there in groups.items()
        for name, count in there.items()
    )
    write_rows(response, HEADER, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response
