"""pull_studies URL --benchmark SLUG --site CODE: studies from an archive that speaks DICOMweb."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from benchmarks.queries import benchmark_by_slug
from cases.actions import create_import_run, import_studies
from cases.contribution import Problem, Terms
from cases.queries.keys import refuse_another_key
from core.commands import REFUSED, ProductCommand, progress_bar
from dicomweb.adapters.archive import Access, Archive, ArchiveError

_BAD_USAGE = 2
_SHOWN = 100
_MISSED = "not_fetched"


class Command(ProductCommand):
    help = (
        "Fetch studies from a PACS or archive that speaks DICOMweb, and import them. Stopped and run again, it goes on: "
        "a study that was fetched whole is not fetched again. A token, or a name and a password, are taken from the "
        "environment: DICOMWEB_TOKEN, or DICOMWEB_USER and DICOMWEB_PASSWORD. Exit code 1 when a study could not be "
        "fetched or a file was rejected; the good ones are in."
    )
    example = (
        "pull_studies https://pacs.example.org/dicom-web --benchmark chest-radiograph --site north --match PatientSex=F"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="URL", help="the archive's address, below which studies stands")
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark the studies are for")
        parser.add_argument("--site", required=True, metavar="CODE", help="the site they come from; made if unknown")
        parser.add_argument(
            "--match",
            action="append",
            default=[],
            metavar="ATTRIBUTE=VALUE",
            help="only studies that match, as StudyDate=20240101-20241231; may be given more than once",
        )
        parser.add_argument("--agreement", default="", metavar="TEXT", help="the use-agreement: its name and date")
        parser.add_argument("--attested-by", default="", metavar="NAME", help="who vouches for the site")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many studies")

    def work(self, **options: Any) -> int | None:
        benchmark = benchmark_by_slug(options["benchmark"])
        refuse_another_key(options["site"])
        filters = dict(_pair(one) for one in options["match"])
        access = Access(*(os.environ.get(f"DICOMWEB_{name}", "") for name in ("TOKEN", "USER", "PASSWORD")))
        archive = Archive(options["url"], access)
        name = hashlib.sha256(f"{options['url']}\0{options['site']}".encode()).hexdigest()[:16]
        folder = Path(settings.DATA_DIR) / "uploads" / f"pull-{name}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        missed = self._fetch(archive, filters, options["limit"], folder)
        if not any(path.is_file() for path in folder.rglob("*")):
            none = (
                f"None of {len(missed)} studies could be fetched" if missed else "The archive has no study that matches"
            )
            self.say(f"{none}; nothing to import.")
            return REFUSED if missed else None
        run = create_import_run(
            benchmark=benchmark,
            site_code=options["site"],
            source=str(folder),
            layout="folder",
            terms=Terms(options["agreement"], options["attested_by"]),
            missed=missed,
        )
        with progress_bar() as bar:
            line = bar.add_task("Importing", total=None)
            run = import_studies(run.pk, lambda done, total: bar.update(line, completed=done, total=total))
        if run.state == "succeeded" and not missed:
            shutil.rmtree(folder)  # the originals are in the storage now
        for problem in run.problems.filter(is_warning=False).exclude(kind=_MISSED)[:_SHOWN]:
            self.say(f"{problem.where}: {problem.message}")
        counts = run.counts
        self.say(
            f"{counts.get('imported', 0)} imported, {counts.get('unchanged', 0)} unchanged, "
            f"{counts.get('rejected', 0)} rejected (import {run.pk}), {len(missed)} of them studies that could not be fetched."
        )
        if held := counts.get("held", 0):
            studies = "1 study waits" if held == 1 else f"{held} studies wait"
            self.say(f"{studies} for a curator's decision: look at Quarantine.")
        return REFUSED if missed or counts.get("rejected") or run.state != "succeeded" else None

    def _fetch(self, archive: Archive, filters: dict[str, str], limit: int | None, folder: Path) -> list[Problem]:
        """Fetches every study that matches; those that could not be had, each with its place in the archive's list.

        The terminal is of somebody who may ask the archive, and shows the UIDs that it gives; what is stored with the import
        holds none of them.
        """
        missed: list[Problem] = []
        with progress_bar() as bar:
            line = bar.add_task("Fetching", total=None)
            for number, study in enumerate(archive.studies(filters), start=1):
                if limit is not None and number > limit:
                    break
                try:
                    archive.fetch(study, folder)
                except ArchiveError as error:
                    missed.append(Problem(_MISSED, f"study {number}", str(error), field="StudyInstanceUID"))
                    named = f" ({study.uid})" if study.uid else ""
                    self.say(f"Study {number} of the list{named}: {error}")
                bar.update(line, completed=number)
        return missed


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals or not value:
        raise CommandError(
            f"--match {text!r} is no ATTRIBUTE=VALUE, such as ModalitiesInStudy=DX.", returncode=_BAD_USAGE
        )
    return name, value
