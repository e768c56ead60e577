"""Storing one batch of reports."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

from cases.actions.gate import store_findings
from cases.actions.studies import Placed, Remark, Wanted, find_studies, place_studies
from cases.contribution import Naming, Problem, ReportRow
from cases.gate.checks import Outcome
from cases.gate.columns import names_a_person, sole_name
from cases.gate.known_numbers import without_numbers
from cases.gate.study_ids import names_in_id
from cases.models import GateFinding, ImportRun, Report, Site, Study

Note = Callable[[Problem], None]


def store_reports(run: ImportRun, site: Site, rows: Sequence[ReportRow], note: Note) -> Counter[str]:
    """Stores the reports with their studies; returns how many rows were imported, unchanged and rejected.

    What may name somebody is masked in the text that is stored to be read, and is a finding of the gate. Call it inside
    a transaction that holds the site's lock. A report whose study has another text already is refused.
    """
    every = [
        Wanted(row.study_id, row.aliases, row.facts, _remark(row, note), row.naming, _named_beside(row)) for row in rows
    ]
    kept, wanted = _without_conflicts(site, rows, every, note)
    counts = Counter({"rejected": len(rows) - len(kept)})
    new: list[Report] = []
    known: dict[int, ReportRow] = {}  # what stands beside each text, by its place among the new ones
    for row, placed in zip(kept, place_studies(site, run.benchmark, wanted, run=run), strict=True):
        before = len(new)
        counts[_store(row, placed, new, note)] += 1
        if len(new) > before:
            known[before] = row
    findings = [_masked(run, report, known[place]) for place, report in enumerate(new)]
    Report.objects.bulk_create(new)
    store_findings([finding for finding in findings if finding])
    return counts


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, as hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _named(row: ReportRow) -> list[str]:
    """Who the columns and the header beside a report name: their names stand in its text too, in whichever form."""
    words = [
        word
        for name in (row.facts.patient_id, *row.facts.names_of_patient, row.study_id)
        if (word := names_in_id(name))
    ]
    return [*words, *_named_beside(row)]


def _named_beside(row: ReportRow) -> tuple[str, ...]:
    return (*row.named, *_naming_cells(row))


def _numbered(row: ReportRow) -> list[str]:
    """By which numbers they know the patient or the examination, and so may the text."""
    examination = [row.study_id] if row.naming == Naming.NUMBER else []
    return [*row.numbered, row.facts.patient_id, *row.facts.names_of_patient, *examination, *_naming_cells(row)]


def _naming_cells(row: ReportRow) -> list[str]:
    return [cell for name, cell in row.facts.metadata.items() if names_a_person(name)]


def _masked(run: ImportRun, report: Report, row: ReportRow) -> GateFinding | None:
    """Masks the text of a new report, who and what number stands beside it too; the finding that says so names kinds of data,
    never it.
    """
    # Half a second of patterns, which only an import should pay.
    from cases.gate.report.masking import mask, patient_data
    from cases.gate.report.version import masking_version

    seen = mask(report.text, _named(row))
    text, numbers = without_numbers(seen.text, _numbered(row))
    sole = sole_name(text)
    if sole:
        text = f"{text[: sole[0]]}[NAME]{text[sole[1] :]}"
    # What a mask stands beside may read as a name now: such a text is not said to be masked, and is searched again later.
    count = len(seen.found) + numbers + bool(sole)
    if not count or not patient_data(text):
        report.masked_by = masking_version()
    if not count:
        return None
    report.original, report.text = report.text, text
    places = "1 place names" if count == 1 else f"{count} places name"
    kinds = {data.kind.value for data in seen.found} | ({"ID"} if numbers else set()) | ({"NAME"} if sole else set())
    return GateFinding(
        run=run,
        study=report.study,
        check_name="report_text",
        outcome=Outcome.PASS,
        what=f"{places} somebody by form (a name, a number, a date, an address)"[:300],
        why="They are masked in the text that is read; the text as it was sent is kept and shown nowhere.",
        where=sorted(kinds),
    )


def _without_conflicts(
    site: Site, rows: Sequence[ReportRow], wanted: Sequence[Wanted], note: Note
) -> tuple[list[ReportRow], list[Wanted]]:
    """The rows that may be stored; nothing of a refused row is taken over."""
    kept = []
    for row, want, known in zip(rows, wanted, find_studies(site, wanted), strict=True):
        if known and known.report_sha256 not in {"", digest(row.text)}:
            note(_conflict(row, known.study))
        else:
            kept.append((row, want))
    return [row for row, _ in kept], [want for _, want in kept]


def _conflict(row: ReportRow, study: Study) -> Problem:
    message = (
        f"The report of study {study.study_id} differs from the one stored, which is kept: a report never changes "
        "once it is in. If it is another examination, give it its own study_id."
    )
    return Problem("report_differs", row.where, message, line=row.line, field="report_text")


def _store(row: ReportRow, placed: Placed, new: list[Report], note: Note) -> str:
    sha256 = digest(row.text)
    if not placed.report_sha256:
        new.append(Report(study=placed.study, text=row.text, sha256=sha256, is_empty=row.is_empty))
        placed.report_sha256, placed.is_changed = sha256, True
    elif placed.report_sha256 != sha256:  # two rows of one batch meant one study, one by its id and one by its UID
        note(_conflict(row, placed.study))
        return "rejected"
    if row.is_empty:
        message = f"The report of study {placed.study.study_id} is empty: it is kept and marked, and never extracted."
        note(Problem("empty_report", row.where, message, line=row.line, field="report_text", is_warning=True))
    return "imported" if placed.is_changed else "unchanged"


def _remark(row: ReportRow, note: Note) -> Remark:
    def remark(kind: str, name: str, value: str, message: str) -> None:
        note(Problem(kind, row.where, message, line=row.line, field=name, value=value, is_warning=True))

    return remark
