"""The only writers of this room: an import is asked for here, and worked off here."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils.text import slugify

from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions.gate import record_contribution
from cases.actions.images import known_to, missing_studies, store_images
from cases.actions.keys import hold_key
from cases.actions.reports import store_reports
from cases.actions.studies import lock_sites
from cases.adapters import object_store
from cases.adapters.layouts import LAYOUTS, Contribution, find_contribution
from cases.adapters.readers import Decoding, ReadFile, decoding, read_files
from cases.adapters.sources import reading, refuse_if_gone
from cases.adapters.uploads import remove_upload
from cases.contribution import NO_TERMS, Problem, ReportRow, SourceFile, Terms
from cases.gate.columns import told_value
from cases.gate.told_names import hidden_left_out, readable, told_name, with_stored_id
from cases.models import Image, ImportRun, Patient, Report, Series, Site, Study, Upload, UploadedFile
from cases.queries import site_key
from cases.queries.contributors import membership_for, terms_of
from core.actions import RunHandle, record_event, working_on
from core.adapters.table_statistics import refresh_statistics
from core.errors import DomainError
from core.models import RunState

_REPORTS_AT_ONCE = 200
_IMAGES_AT_ONCE = 100
_SECONDS_AT_ONCE = 2.0  # after which what was decoded is stored: so much a killed worker has to do again, at most
_MISSING_TOLD = 5_000
T = TypeVar("T")
Progress = Callable[[int, int | None], None]


class ImportRefusedError(DomainError):
    """What was asked cannot be an import."""


def create_import_run(  # noqa: PLR0913  each is a part of what is asked
    *,
    benchmark: Benchmark,
    site_code: str,
    source: str = "",
    reports_source: str = "",
    layout: str = "auto",
    terms: Terms = NO_TERMS,
    missed: Sequence[Problem] = (),
    with_new_sites: bool = False,
    by: User | None = None,
) -> ImportRun:
    """A queued import of ``source`` (a path, or s3://bucket/prefix) and ``reports_source`` (a CSV file); makes the site
    when it is unknown.

    ``terms`` are recorded with it; a contributor's, where none are given, are those of the membership. What a contributor
    sends is of their site alone. A row of a site that is not there is refused unless ``with_new_sites``. ``missed`` is what
    could not be had before the import began: its refusals count the same.

    Raises ImportRefusedError when both are empty, the layout is unknown or the site code is no code, KeyChangedError
    when the site's studies came in under another key, NotAllowedError to a contributor of another site or benchmark. The caller
    dispatches it (``import_task.delay_on_commit``) or works it off at once (``import_studies``).
    """
    if not source and not reports_source:
        raise ImportRefusedError("Nothing to import: give a folder, a file or a zip, or a CSV file of reports.")
    for path in (source, reports_source):
        if readable(path) != path:
            raise ImportRefusedError(
                f"{readable(path)!r} is not UTF-8 on the disk, so it cannot be kept with the import: rename its last folders or "
                "file, or give a folder above them."
            )
    if source.startswith(object_store.SCHEME):
        source = str(object_store.parse_address(source))
    if layout not in LAYOUTS:
        raise ImportRefusedError(f"There is no layout {layout!r}; allowed: {', '.join(LAYOUTS)}.")
    params: dict[str, object] = {"layout": layout}
    if missed:
        params["missed"] = [[one.kind, one.where, one.message] for one in missed]
    if with_new_sites:
        params["with_new_sites"] = True
    if by is not None and by.is_contributor:
        membership = membership_for(by, benchmark.slug, site_code)
        terms = terms if terms.agreement else terms_of(by, membership)
        params["only_site"] = True
    with transaction.atomic():
        site = get_or_create_site(code=site_code, by=by)
        hold_key(site)
        run = ImportRun.objects.create(
            kind="import",
            benchmark=benchmark,
            site=site,
            source=source,
            reports_source=reports_source,
            layout=layout,
            created_by=by,
            params=params,
        )
        record_contribution(run=run, terms=terms, by=by)
        record_event(verb="import.asked", subject=run, by=by, data={"benchmark": benchmark.pk, "site": run.site_id})
    return run


def get_or_create_site(*, code: str, by: User | None = None) -> Site:
    """The site of that code. Raises ImportRefusedError unless it is letters, digits, - and _, at most 50."""
    if not code or len(code) > 50 or not code.isascii() or not code.replace("-", "").replace("_", "").isalnum():
        raise ImportRefusedError(
            f"{code!r} cannot be a site's code: use letters, digits, - and _, at most 50, such as {suggested_code(code)!r}."
        )
    site, is_new = Site.objects.get_or_create(code=code)
    if is_new:
        record_event(verb="site.created", subject=site, by=by)
    return site


def suggested_code(text: str) -> str:
    """A code made of the text, for an error message."""
    return slugify(text)[:50] or "north"


@contextmanager
def decoding_for(*, benchmark: Benchmark, site_code: str, with_frames: bool | None = None) -> Iterator[Decoding]:
    """The desk at which an import of that site is decoded. Files can be begun there while others are still arriving;
    ``import_studies`` takes it over then. Nothing of it is stored unless it does.

    ``with_frames``: whether the frame files are derived with the rest; None is what the settings say.
    """
    site = Site.objects.filter(code=site_code).first()
    with decoding(
        modalities=benchmark.modality,
        site_code=site_code,
        known=known_to(site, benchmark) if site else None,
        with_frames=settings.DERIVE_FRAMES_AT_INTAKE if with_frames is None else with_frames,
        max_characters=settings.MAX_REPORT_CHARACTERS,
    ) as desk:
        yield desk


def import_studies(run_id: int, progress: Progress | None = None, *, desk: Decoding | None = None) -> ImportRun:
    """Works a queued import off and returns it; safe to kill and to repeat: what is stored already is unchanged.

    ``desk`` is where some of its files were begun (``decoding_for`` the same benchmark and site).
    ``progress(done, total)`` is called after every batch. Raises RunNotClaimableError when the run is not queued, and
    DomainError (after marking the run failed) when the source cannot be opened at all. Refused files and rows are the
    run's problems, and its counts are ``imported``, ``unchanged`` and ``rejected``.
    """
    with working_on(run_id) as handle:
        run = ImportRun.objects.select_related("benchmark", "site", "created_by").get(pk=run_id)
        source, refused, left_out = _local_source(run, handle)
        reports = Path(run.reports_source) if run.reports_source else None
        contribution = find_contribution(
            source,
            reports,
            layout=run.layout,
            max_characters=settings.MAX_REPORT_CHARACTERS,
        )
        contribution.refused += refused
        contribution.refused += [Problem(*one) for one in run.params.get("missed", ())]
        contribution.skipped += left_out
        work = _Work(run, handle, progress or (lambda done, total: None), source, desk=desk)
        with reading(source, reports):
            work.start(contribution)
            work.take_reports(contribution)
            work.take_images(contribution)
        work.look_for_missing(contribution)
        work.finish()
    run.refresh_from_db()
    if run.state == RunState.SUCCEEDED:
        _forget_fetched()
        _forget_uploaded(run)
    return run


def _local_source(run: ImportRun, handle: RunHandle) -> tuple[Path | None, list[Problem], list[Problem]]:
    """Where the import's files lie on this machine, what could not be had, and what was passed over; an S3 prefix is
    fetched first.
    """
    if not run.source.startswith(object_store.SCHEME):
        return (Path(run.source) if run.source else None), [], []

    def tell(told: object_store.Fetched) -> None:
        done, total = told.size / 1024**3, told.total_size / 1024**3
        handle.say(f"Fetching: {told.objects:,} of {told.total_objects:,} objects, {done:,.1f} of {total:,.1f} GiB.")

    address = object_store.parse_address(run.source)
    files, told = object_store.fetch(address, _fetched_folder() / str(run.pk), tell)
    handle.say("")
    return files, told.refused, list(hidden_left_out(str(address), told.hidden))


def _forget_uploaded(run: ImportRun) -> None:
    """Removes what came through the browser for this import: the originals are in the storage now. The files' names, which
    may name somebody, go with them.
    """
    for upload_pk in Upload.objects.filter(import_run=run).values_list("pk", flat=True):
        remove_upload(upload_pk)
    UploadedFile.objects.filter(upload__import_run=run).update(name=Cast("pk", CharField()))


def _fetched_folder() -> Path:
    return Path(settings.DATA_DIR) / "uploads" / "s3"


def _forget_fetched() -> None:
    """Removes what was fetched for imports that nobody can resume any more; originals are in the storage by then."""
    folders = {entry.name: entry for entry in _fetched_folder().iterdir()} if _fetched_folder().exists() else {}
    known = ImportRun.objects.filter(pk__in=[int(name) for name in folders if name.isdecimal()])
    kept = known.exclude(state__in=[RunState.SUCCEEDED, RunState.CANCELLED]).values_list("pk", flat=True)
    for name in folders.keys() - {str(pk) for pk in kept}:
        shutil.rmtree(folders[name], ignore_errors=True)


@dataclass
class _Work:
    """One attempt at a run."""

    run: ImportRun
    handle: RunHandle
    progress: Progress
    source: Path | None
    total: int | None = None
    sites: dict[str, Site] = field(default_factory=dict)
    there: dict[str, bool] = field(default_factory=dict)  # codes that rows gave
    remarks: Counter[str] = field(default_factory=Counter)
    carried: int = 0
    desk: Decoding | None = None
    told_place: Callable[[str], str] = told_name

    def start(self, contribution: Contribution) -> None:
        hold_key(self.run.site)  # the worker's key may be another than the pages'
        self.sites[""] = self.sites[self.run.site.code] = self.run.site
        self.told_place = contribution.told_place
        key = site_key(self.run.site.code)
        contribution.files = [with_stored_id(file, key) for file in contribution.files]
        self.total = contribution.report_count() + len(contribution.files) + len(contribution.refused)
        if self.total < (self.run.total or 0):
            message = (
                f"There were {self.run.total:,} files and rows when this import was begun, and {self.total:,} when it was "
                "resumed: if none was taken away on purpose, see whether a disk is missing, then import again."
            )
            self.note(Problem("fewer_files", Path(self.run.source).name, message, is_warning=True))
        # What an earlier attempt of this run imported is met again as unchanged; it stays counted as imported.
        self.carried = int(self.run.counts.get("imported", 0))
        self.handle.counts.update(imported=self.carried, unchanged=0, rejected=0)
        self.handle.start(self.total)

    def take_reports(self, contribution: Contribution) -> None:
        for batch in _batches(map(self._of_this_site, contribution.reports()), _REPORTS_AT_ONCE):
            rows = [row for row in batch if isinstance(row, ReportRow)]
            remarks = sum(isinstance(row, Problem) and row.is_warning for row in batch)
            with transaction.atomic():
                by_site: dict[Site, list[ReportRow]] = {}
                for row in rows:
                    by_site.setdefault(self._site(row.site_code), []).append(row)
                lock_sites(by_site)
                counts = Counter({"rejected": len(batch) - len(rows) - remarks})
                for problem in batch:
                    if isinstance(problem, Problem):
                        self._refuse_if_gone(problem)
                        self.note(problem)
                for site, some in by_site.items():
                    counts += store_reports(self.run, site, some, self.note)
                self._advance(len(batch) - remarks, counts)
            self._tell()

    def take_images(self, contribution: Contribution) -> None:
        for problem in contribution.skipped + contribution.refused:
            self.note(problem)
        if contribution.refused:
            self._advance(len(contribution.refused), Counter({"rejected": len(contribution.refused)}))
        if not contribution.files:
            return
        own = decoding_for(benchmark=self.run.benchmark, site_code=self.run.site.code)
        with nullcontext(self.desk) if self.desk else own as desk:
            read = read_files(contribution.files, root=self.source or Path(), desk=desk)
            for batch in _timely_batches(read, _IMAGES_AT_ONCE, _SECONDS_AT_ONCE):
                self._take_batch(batch, contribution)

    def _take_batch(self, batch: list[ReadFile], contribution: Contribution) -> None:
        with transaction.atomic():
            lock_sites([self.run.site])
            counts, held = store_images(self.run, batch, self.note, self.remarks, contribution.by_uid)
            rows = [file.answer for file in batch if isinstance(file.answer, ReportRow)]
            if rows:
                counts += store_reports(self.run, self.run.site, rows, self.note)
            self._advance(len(batch), counts, held)
        self._tell()

    def _of_this_site(self, row: ReportRow | Problem) -> ReportRow | Problem:
        """The row; its refusal where a contributor sent it for another site, or its site is not there."""
        own = self.run.site.code
        if isinstance(row, Problem) or row.site_code in {"", own}:
            return row
        if not self.run.params.get("only_site"):
            return row if self._may_take(row.site_code) else _of_no_site(row)
        message = (
            f"This row is of another site than {own}, and you send for {own} alone; take it out, or mend its site."
        )
        return Problem(
            "other_site", row.where, message, line=row.line, field="site", value=told_value("site", row.site_code)
        )

    def _may_take(self, code: str) -> bool:
        """Whether a row may say this site: it is there, or the import was told to make those that are not."""
        if code not in self.there:
            self.there[code] = bool(self.run.params.get("with_new_sites")) or Site.objects.filter(code=code).exists()
        return self.there[code]

    def _refuse_if_gone(self, problem: Problem) -> None:
        """A report file that cannot be read ends the import where all of the source is gone."""
        if self.source is not None:
            refuse_if_gone(self.source, SourceFile("", str(self.source), member="all of it"), problem)

    def look_for_missing(self, contribution: Contribution) -> None:
        """Remarks on each study that the contribution's table names and that the site has no picture of."""
        missing = missing_studies(self.run.site, contribution.by_uid)
        for uid in missing[:_MISSING_TOLD]:
            message = f"The table names study {uid}, of which there is no picture; send it and import again."
            self.note(Problem("missing_study", "", message, field="StudyInstanceUID", value=uid, is_warning=True))
        if len(missing) > _MISSING_TOLD:
            message = f"{len(missing) - _MISSING_TOLD:,} more studies that the table names have no picture."
            self.note(Problem("missing_study", "", message, is_warning=True))

    def finish(self) -> None:
        for message, count in self.remarks.items():
            where = "1 file" if count == 1 else f"{count} files"
            self.handle.problem(kind="header", where=where, message=message, value=str(count), is_warning=True)
        counts = dict(self.handle.counts)
        refresh_statistics(sum(counts.values()), Patient, Study, Series, Image, Report)
        with transaction.atomic():
            self.handle.advance(0)
            record_event(verb="import.worked_off", subject=self.run, by=self.run.created_by, data=counts)

    def note(self, problem: Problem) -> None:
        self.handle.problem(
            kind=problem.kind,
            where=self.told_place(problem.where),
            message=problem.message,
            line=problem.line,
            name=problem.field,
            value=problem.value,
            is_warning=problem.is_warning,
        )

    def _site(self, code: str) -> Site:
        if code not in self.sites:
            self.sites[code] = get_or_create_site(code=code, by=self.run.created_by)
            hold_key(self.sites[code])
        return self.sites[code]

    def _advance(self, units: int, counts: Counter[str], held: int = 0) -> None:
        if held:
            counts["held"] = held
        again = min(self.carried, counts["unchanged"])
        self.carried -= again
        counts["unchanged"] -= again
        self.handle.advance(units, **counts)

    def _tell(self) -> None:
        """Once the batch is committed."""
        self.progress(self.handle.done, self.total)


def _of_no_site(row: ReportRow) -> Problem:
    """The refusal of a row whose site is not there; what it says may be anything, a name too, so it is not repeated."""
    message = "There is no site of the code in this row; mend or empty its cell, or use import_studies --create-sites."
    return Problem("unknown_site", row.where, message, line=row.line, field="site")


def _timely_batches(items: Iterable[T], size: int, seconds: float) -> Iterator[list[T]]:
    """Batches of ``size`` at most that take no longer than ``seconds`` to be gathered, or are one item."""
    batch: list[T] = []
    began = time.monotonic()
    for item in items:
        batch.append(item)
        if len(batch) >= size or time.monotonic() - began >= seconds:
            yield batch
            batch, began = [], time.monotonic()
    if batch:
        yield batch


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
