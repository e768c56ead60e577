"""gate_report IMPORT: what the gate found in one import, as CSV for the site's data manager."""

from typing import Any

from django.core.management.base import CommandParser

from cases.models import ImportRun
from cases.queries.gate import GATE_REPORT_COLUMNS, gate_report
from core.adapters.tables import write_table
from core.commands import REFUSED, ProductCommand, file_to_write
from core.errors import DomainError


class Command(ProductCommand):
    help = (
        "The gate's report of one import: every finding with what, where and why, and every refused file. Exit code 1 "
        "while something waits for a curator's decision."
    )
    example = "gate_report 12 --out gate.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, metavar="IMPORT", help="the number that import_studies printed")
        parser.add_argument("--out", type=file_to_write, metavar="FILE.csv", help="write the findings as CSV")

    def work(self, **options: Any) -> int | None:
        run = ImportRun.objects.filter(pk=options["number"]).first()
        if run is None:
            raise DomainError(f"There is no import {options['number']}; the page Imports lists them.")
        report = gate_report(None, run)
        if options["out"] is not None:
            write_table(options["out"], GATE_REPORT_COLUMNS, report.rows())
        for name, count, held in report.by_check:
            self.say(f"{name}: {count} found, {held} of them held.")
        self.say(
            f"{len(report.findings)} findings in {report.studies} studies; {report.waiting} wait for a decision, "
            f"{report.rejected} rejected."
        )
        return REFUSED if report.waiting else None
