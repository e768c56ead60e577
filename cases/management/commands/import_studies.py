"""import_studies PATH --benchmark SLUG --site CODE: studies and reports from files."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from benchmarks.queries import benchmark_by_slug
from cases.actions import create_import_run, import_studies
from cases.adapters.layouts import LAYOUTS
from cases.adapters.object_store import SCHEME
from cases.contribution import Terms
from cases.models import ImportRun
from cases.queries import PROBLEM_COLUMNS, problem_rows
from core.adapters.tables import write_table
from core.commands import REFUSED, ProductCommand, file_to_write, progress_bar

_BAD_USAGE = 2
_SHOWN = 100
_MISSING = "missing_study"


class Command(ProductCommand):
    help = (
        "Import studies from DICOM, PNG or JPEG files, a folder, a zip or an S3 prefix of them, and reports from a CSV "
        "file. Credentials for S3 come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). "
        "Importing the same again changes nothing. Exit code 1 when a file or a row was rejected; the good ones are in."
    )
    example = "import_studies /data/north --benchmark chest-radiograph --site north --reports reports.csv --report refused.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path",
            metavar="PATH",
            help="folder, file or zip; s3://bucket/prefix; a CSV file of reports; - for --reports alone",
        )
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark the studies are for")
        parser.add_argument("--site", required=True, metavar="CODE", help="the site they come from; made if unknown")
        parser.add_argument(
            "--reports", type=Path, metavar="FILE.csv", help="reports: study_id,report_text[,…]; or FHIR"
        )
        parser.add_argument(
            "--create-sites",
            action="store_true",
            help="make the sites that rows of reports name and that are not there",
        )
        parser.add_argument("--layout", choices=LAYOUTS, default="auto", help="how the files lie (default: auto)")
        parser.add_argument("--agreement", default="", metavar="TEXT", help="the use-agreement: its name and date")
        parser.add_argument("--attested-by", default="", metavar="NAME", help="who vouches for the site")
        parser.add_argument(
            "--report", type=file_to_write, metavar="OUT.csv", help="write what was refused or remarked, as CSV"
        )

    def work(self, **options: Any) -> int | None:
        is_s3 = options["path"].startswith(SCHEME)
        source = None if options["path"] == "-" or is_s3 else Path(options["path"])
        if source is None and not is_s3 and options["reports"] is None:
            raise CommandError("PATH is -, so --reports FILE.csv is needed.", returncode=_BAD_USAGE)
        for path in (source, options["reports"]):
            if path is not None and not path.exists():
                raise CommandError(f"There is nothing at {path}.", returncode=_BAD_USAGE)
        run = create_import_run(
            benchmark=benchmark_by_slug(options["benchmark"]),
            site_code=options["site"],
            source=options["path"] if is_s3 else str(source.resolve()) if source else "",
            reports_source=str(options["reports"].resolve()) if options["reports"] else "",
            layout=options["layout"],
            terms=Terms(options["agreement"], options["attested_by"]),
            with_new_sites=options["create_sites"],
        )
        with progress_bar() as bar:
            line = bar.add_task("Importing", total=None)
            run = import_studies(run.pk, lambda done, total: bar.update(line, completed=done, total=total))
        return self._tell(run, options["report"])

    def _tell(self, run: ImportRun, out: Path | None) -> int | None:
        problems = problem_rows(run)
        if out is not None:
            write_table(out, PROBLEM_COLUMNS, problems)
        missing = [row for row in problems if row[5] == _MISSING]
        if len(missing) > 1:
            problems = [row for row in problems if row[5] != _MISSING]
            self.say(
                f"warning: {len(missing):,} remarks name studies of the table that have no picture; --report OUT.csv writes each."
            )
        for row in problems[:_SHOWN]:
            place = f"{row[1]}, line {row[2]}" if row[2] else row[1]
            self.say(f"{row[0]}: {place}: {row[6]}")
        if len(problems) > _SHOWN:
            self.say(f"… and {len(problems) - _SHOWN} more; --report OUT.csv writes all.")
        counts = run.counts
        self.say(
            f"{counts.get('imported', 0)} imported, {counts.get('unchanged', 0)} unchanged, "
            f"{counts.get('rejected', 0)} rejected (import {run.pk})."
        )
        if held := counts.get("held", 0):
            studies = "1 study waits" if held == 1 else f"{held} studies wait"
            self.say(f"{studies} for a curator's decision: look at Quarantine.")
        return REFUSED if counts.get("rejected") or run.state != "succeeded" else None
