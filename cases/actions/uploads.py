"""Uploads through the browser: begun, filled piece by piece in any number of sittings, and made an import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions import create_import_run, get_or_create_site
from cases.adapters import uploads
from cases.contribution import NO_TERMS, Terms
from cases.models import ImportRun, Upload, UploadedFile, UploadState
from cases.queries.contributors import membership_for
from cases.queries.keys import refuse_another_key
from cases.queries.uploads import own_uploads
from core.actions import record_event
from core.errors import DomainError

ABANDONED = timedelta(days=14)
MAX_PIECE_BYTES = 8 * 1024**2
MAX_ANNOUNCED = 1_000  # files in one request


class UploadRefusedError(DomainError):
    """What was asked of an upload cannot be done."""


@dataclass(frozen=True)
class Announced:
    """A file that the browser wants to send; with what its first ``offset`` bytes are, where as many are here already
    (``checksum`` as of ``uploads.Mark``).
    """

    name: str
    size: int
    is_reports: bool = False
    offset: int = 0
    checksum: str = ""


@dataclass(frozen=True)
class Place:
    """Where a file stands: its row and how much of it is here; or the rule it breaks. What is here may be of another file
    of this name unless it ``is_compared``.
    """

    name: str
    is_reports: bool
    pk: int | None = None
    offset: int = 0
    is_whole: bool = False
    problem: str = ""
    is_compared: bool = False


@transaction.atomic
def begin_upload(
    *,
    benchmark: Benchmark,
    site_code: str,
    layout: str,
    by: User,
    now: datetime,
    terms: Terms = NO_TERMS,
) -> Upload:
    """A new open upload; uploads that nobody touched for two weeks are discarded on the way.

    Raises ImportRefusedError when the site code is no code, NotAllowedError to a contributor of another site or benchmark,
    KeyChangedError when the site's studies came in under another key.
    """
    if by.is_contributor:
        membership_for(by, benchmark.slug, site_code)
    refuse_another_key(site_code)
    for old in Upload.objects.filter(state=UploadState.OPEN, touched_at__lt=now - ABANDONED):
        _discard(old, by=None)
    site = get_or_create_site(code=site_code, by=by)
    upload = Upload.objects.create(
        by=by,
        benchmark=benchmark,
        site_code=site.code,
        layout=layout,
        agreement=terms.agreement,
        attested_by=terms.attested_by,
        statement=terms.statement,
        created_at=now,
        touched_at=now,
    )
    record_event(verb="upload.begun", subject=upload, by=by, data={"benchmark": benchmark.pk, "site": site.pk})
    return upload


@transaction.atomic
def announce_files(*, upload_pk: int, files: Sequence[Announced], by: User, now: datetime) -> list[Place]:
    """Enters the files, in their order, and says how much of each is here already. A known one goes on where it was once its
    checksum says that it is the same; with another checksum it begins anew, whole or not.

    Raises UploadRefusedError when they are too many or too large for the limits, DiskFullError when the disk has no
    room for what is still to come, of this upload and of the other open ones.
    """
    upload = _open(upload_pk, by)
    unfit = [_unfit(file) for file in files]
    names = [file.name for file, problem in zip(files, unfit, strict=True) if not problem]
    known = {(one.is_reports, one.name): one for one in upload.files.filter(name__in=names)}
    problems = [
        problem or _other_size(file, known.get((file.is_reports, file.name)))
        for file, problem in zip(files, unfit, strict=True)
    ]
    new: list[UploadedFile] = []
    for file, problem in zip(files, problems, strict=True):
        key = (file.is_reports, file.name)
        if not problem and key not in known:
            known[key] = UploadedFile(upload=upload, name=file.name, size=file.size, is_reports=file.is_reports)
            new.append(known[key])
    _refuse_beyond_limits(upload, new)
    UploadedFile.objects.bulk_create(new)
    Upload.objects.filter(pk=upload.pk).update(touched_at=now)
    return [
        Place(file.name, file.is_reports, problem=problem)
        if problem
        else _stand(upload, known[file.is_reports, file.name], file)
        for file, problem in zip(files, problems, strict=True)
    ]


@transaction.atomic
def append_piece(
    *, upload_pk: int, file_pk: int, offset: int, data: bytes, checksum: str, before: str, by: User
) -> Place:
    """Adds a piece to a file, if what is here is what lies ``before`` it; with its last one the file is whole.

    Raises PieceRefusedError (with the offset to go on from), OtherFileError, DiskFullError or UploadRefusedError.
    """
    upload = _open(upload_pk, by, is_locked=False)
    row = UploadedFile.objects.select_for_update().filter(upload=upload, pk=file_pk).first()
    if row is None:
        raise UploadRefusedError(f"Upload {upload.pk} has no file {file_pk}; choose the files again.")
    if row.is_whole:
        raise uploads.PieceRefusedError("The file is whole already.", row.size)
    there = uploads.append_piece(
        upload.pk, row.pk, offset=offset, data=data, checksum=checksum, before=before, size=row.size
    )
    if there == row.size:
        _settle(upload, row)
    return Place(row.name, row.is_reports, row.pk, there, row.is_whole, is_compared=True)


@transaction.atomic
def finish_upload(*, upload_pk: int, by: User) -> ImportRun:
    """Makes the upload an import, queued; the caller dispatches it. Raises UploadRefusedError unless all files are whole."""
    upload = _open(upload_pk, by)
    lacking = upload.files.filter(is_whole=False).count()
    if lacking:
        raise UploadRefusedError(f"{lacking:,} files are not whole yet; choose them again to send the rest.")
    pictures = list(upload.files.filter(is_reports=False).values_list("name", flat=True)[:2])
    reports = upload.files.filter(is_reports=True).values_list("name", flat=True).first()
    if not pictures and not reports:
        raise UploadRefusedError("Nothing was uploaded yet; choose a folder, a zip or a CSV file of reports.")
    folder = uploads.files_of(upload.pk)
    source = folder / pictures[0] if len(pictures) == 1 else folder
    run = create_import_run(
        benchmark=upload.benchmark,
        site_code=upload.site_code,
        source=str(source) if pictures else "",
        reports_source=str(uploads.files_of(upload.pk, is_reports=True) / reports) if reports else "",
        layout=upload.layout,
        terms=Terms(upload.agreement, upload.attested_by, upload.statement),
        by=upload.by if upload.by.is_contributor else by,
    )
    upload.state, upload.import_run = UploadState.FINISHED, run
    upload.save(update_fields=["state", "import_run"])
    record_event(verb="upload.finished", subject=upload, by=by, data={"import": run.pk})
    return run


@transaction.atomic
def discard_upload(*, upload_pk: int, by: User) -> None:
    """Removes the upload's files; what it is of stays on record. Raises UploadRefusedError when it is not open."""
    _discard(_open(upload_pk, by), by=by)


def _discard(upload: Upload, *, by: User | None) -> None:
    upload.files.all().delete()
    upload.state = UploadState.DISCARDED
    upload.save(update_fields=["state"])
    record_event(verb="upload.discarded", subject=upload, by=by)
    transaction.on_commit(lambda: uploads.remove_upload(upload.pk))


def _open(upload_pk: int, by: User, *, is_locked: bool = True) -> Upload:
    """The person's own open upload, or an admin's pick of any."""
    found = own_uploads(by).filter(pk=upload_pk)
    upload = (found.select_for_update(of=("self",)) if is_locked else found).first()
    if upload is None:
        raise UploadRefusedError(f"There is no upload {upload_pk} of yours; begin a new one.")
    if upload.state != UploadState.OPEN:
        raise UploadRefusedError(f"Upload {upload.pk} is {upload.get_state_display().lower()}; begin a new one.")
    return upload


def _unfit(file: Announced) -> str:
    try:
        uploads.safe_name(file.name)
    except ValueError as error:
        return f"Not taken: {error}."
    return "" if file.size >= 0 else "Not taken: the size must be a number of bytes."


def _other_size(file: Announced, row: UploadedFile | None) -> str:
    if row is None or row.size == file.size:
        return ""
    return f"Not taken: a file of this name with {row.size:,} bytes is here, this one has {file.size:,}. Rename it."


def _refuse_beyond_limits(upload: Upload, new: Sequence[UploadedFile]) -> None:
    count = upload.files.count() + len(new)
    if count > settings.UPLOAD_MAX_FILES:
        raise UploadRefusedError(
            f"That makes {count:,} files; an upload has at most {settings.UPLOAD_MAX_FILES:,}. Pack them in a zip, or send "
            "them in several uploads."
        )
    size = (upload.files.aggregate(size=Sum("size"))["size"] or 0) + sum(one.size for one in new)
    if size > settings.UPLOAD_MAX_BYTES:
        raise UploadRefusedError(
            f"That makes {size / 1024**3:,.1f} GiB; an upload has at most {settings.UPLOAD_MAX_BYTES / 1024**3:,.1f}. Send "
            "it in several uploads."
        )
    waiting = UploadedFile.objects.filter(upload__state=UploadState.OPEN, is_whole=False)
    coming = (waiting.aggregate(size=Sum("size"))["size"] or 0) + sum(one.size for one in new)
    if new and coming > uploads.bytes_free():
        raise uploads.DiskFullError(
            f"The server's disk has {max(0, uploads.bytes_free()) / 1024**3:,.1f} GiB left for uploads, and "
            f"{coming / 1024**3:,.1f} GiB are still to come; ask an admin for room."
        )


def _stand(upload: Upload, row: UploadedFile, file: Announced) -> Place:
    if not row.is_whole and row.size == uploads.bytes_there(upload.pk, row.pk):
        try:  # an empty file, or one whose last piece came just before the server died
            _settle(upload, row)
        except UploadRefusedError as error:
            return Place(row.name, row.is_reports, problem=str(error))
    here = _here(upload, row)
    if here and file.checksum and file.offset == here and not _is_same(upload, row, file) and _begin_anew(upload, row):
        return Place(row.name, row.is_reports, row.pk, is_compared=True)
    is_compared = not here or (file.offset == here and _is_same(upload, row, file))
    problem = "" if is_compared else f"{here:,} bytes under this name are here; say the checksum of as many of yours."
    return Place(row.name, row.is_reports, row.pk, here, row.is_whole, problem, is_compared)


def _here(upload: Upload, row: UploadedFile) -> int:
    return row.size if row.is_whole else uploads.bytes_there(upload.pk, row.pk)


def _is_same(upload: Upload, row: UploadedFile, file: Announced) -> bool:
    mark = uploads.mark_of(upload.pk, row.pk)
    return mark.length == file.offset and mark.is_of(file.checksum)


def _begin_anew(upload: Upload, row: UploadedFile) -> bool:
    """Whether what is here of the file was forgotten: not while a piece of it comes in, which holds its row."""
    if not UploadedFile.objects.select_for_update(skip_locked=True).filter(pk=row.pk).exists():
        return False
    row.is_whole = False
    row.save(update_fields=["is_whole"])
    uploads.start_anew(upload.pk, row.pk)
    return True


def _settle(upload: Upload, row: UploadedFile) -> None:
    try:
        uploads.settle(upload.pk, row.pk, row.name, is_reports=row.is_reports)
    except ValueError as error:
        raise UploadRefusedError(f"{row.name}: {error}; rename one of them.") from None
    row.is_whole = True
    row.save(update_fields=["is_whole"])
    Upload.objects.filter(pk=upload.pk).update(touched_at=timezone.now())
