"""Pages of uploads, and the addresses that the page's script sends pieces to."""

import json
import re
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, contributor_or_curator, curator_only
from cases.actions.uploads import (
    MAX_ANNOUNCED,
    MAX_PIECE_BYTES,
    Announced,
    Place,
    announce_files,
    append_piece,
    begin_upload,
    discard_upload,
    finish_upload,
)
from cases.adapters.uploads import DiskFullError, PieceRefusedError
from cases.contribution import Terms
from cases.forms import UploadForm
from cases.queries.uploads import lacking_files, own_uploads
from core.errors import DomainError
from core.runs import dispatch

_SHOWN = 100
_CHECKSUM = re.compile(r"(sha256 [0-9a-f]{64}|crc32 [0-9a-f]{8})")
_NO_BYTES = "crc32 00000000"


@curator_only
def upload_create(request: HttpRequest) -> HttpResponse:
    """Says whose files they are and begins the upload; lists one's own open uploads."""
    form = UploadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            upload = begin_upload(
                benchmark=data["benchmark"],
                site_code=form.site_code,
                layout=data["layout"] or "auto",
                terms=Terms(data["agreement"], data["attested_by"]),
                by=acting_user(request),
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("cases:upload_detail", upload.pk)
    context = {"form": form, "open_uploads": own_uploads(acting_user(request)).filter(state="open")[:20]}
    return render(request, "cases/upload_create.html", context, status=422 if form.errors else 200)


@contributor_or_curator
@require_GET
def upload_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One upload: choose files, watch them go, go on after a break, start the import."""
    upload = get_object_or_404(own_uploads(acting_user(request)), pk=pk)
    if upload.import_run_id:
        return redirect(_page_of_import(request), upload.import_run_id)
    lacking = upload.files.filter(is_whole=False)
    context = {
        "upload": upload,
        "n_files": upload.files.count(),
        "n_lacking": lacking.count(),
        "size": upload.files.aggregate(size=Sum("size"))["size"] or 0,
        "lacking": lacking_files(acting_user(request), upload, _SHOWN),
        "max_piece": MAX_PIECE_BYTES,
        "max_announced": MAX_ANNOUNCED,
    }
    return render(request, "cases/upload_detail.html", context)


@contributor_or_curator
@require_POST
def upload_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes names and sizes as JSON, of files that are here also the checksum of as much; answers how much of each is here."""
    get_object_or_404(own_uploads(acting_user(request)), pk=pk)
    files = _announced(request)
    if isinstance(files, str):
        return JsonResponse({"detail": files}, status=400)
    try:
        places = announce_files(upload_pk=pk, files=files, by=acting_user(request), now=timezone.now())
    except DiskFullError as error:
        return JsonResponse({"detail": str(error)}, status=507)
    except DomainError as error:
        return JsonResponse({"detail": str(error)}, status=409)
    return JsonResponse({"files": [_shown(place) for place in places]})


@contributor_or_curator
@require_http_methods(["PATCH"])
def upload_piece(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    """Takes a piece of a file: Upload-Offset, Upload-Checksum (sha256 or crc32, hexadecimal), behind the first one
    Upload-Before (the checksum of all in front of it), and the bytes.
    """
    get_object_or_404(own_uploads(acting_user(request)), pk=pk)
    offset, checksum = request.headers.get("Upload-Offset", ""), request.headers.get("Upload-Checksum", "")
    length, before = request.headers.get("Content-Length", ""), request.headers.get("Upload-Before", "")
    if not offset.isdecimal() or not length.isdecimal() or not _CHECKSUM.fullmatch(checksum):
        detail = "A piece needs Upload-Offset, Content-Length, and Upload-Checksum: sha256 or crc32 in hexadecimal."
        return JsonResponse({"detail": detail}, status=400)
    if int(offset) and not _CHECKSUM.fullmatch(before):
        detail = "A piece behind the first needs Upload-Before: sha256 or crc32 of all in front of it, in hexadecimal."
        return JsonResponse({"detail": detail}, status=400)
    if not 0 < int(length) <= MAX_PIECE_BYTES:
        return JsonResponse({"detail": f"A piece has 1 to {MAX_PIECE_BYTES:,} bytes."}, status=413)
    try:
        data = request.read(int(length))  # unlike request.body it is not kept for as long as the request
    except UnreadablePostError:
        return JsonResponse({"detail": "The piece broke off on its way; send it again."}, status=400)
    try:
        place = append_piece(
            upload_pk=pk,
            file_pk=file_pk,
            offset=int(offset),
            data=data,
            checksum=checksum,
            before=before,
            by=acting_user(request),
        )
    except PieceRefusedError as error:
        return JsonResponse({"detail": str(error), "offset": error.offset}, status=409)
    except DiskFullError as error:
        return JsonResponse({"detail": str(error)}, status=507)
    except DomainError as error:
        return JsonResponse({"detail": str(error)}, status=422)
    return JsonResponse(_shown(place))


@contributor_or_curator
@require_POST
def upload_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts the import of an upload whose files are all here."""
    get_object_or_404(own_uploads(acting_user(request)), pk=pk)
    try:
        run = finish_upload(upload_pk=pk, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("cases:upload_detail", pk)
    dispatch(run)
    messages.success(request, "Import started.")
    return redirect(_page_of_import(request), run.pk)


@contributor_or_curator
@require_POST
def upload_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes the files of an open upload."""
    get_object_or_404(own_uploads(acting_user(request)), pk=pk)
    try:
        discard_upload(upload_pk=pk, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Upload {pk} was discarded; its files are removed.")
    return redirect("cases:contribution_list" if acting_user(request).is_contributor else "cases:upload_create")


def _page_of_import(request: HttpRequest) -> str:
    return "cases:contribution_detail" if acting_user(request).is_contributor else "cases:import_detail"


def _announced(request: HttpRequest) -> list[Announced] | str:
    """The files that the request names, or what is wrong with it."""
    try:
        rows: Any = json.loads(request.body)["files"]
        files = [_one_announced(row) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return 'The body must be JSON: {"files": [{"name": …, "size": …}]}.'
    numbers = [number for one in files for number in (one.size, one.offset)]
    if not all(isinstance(one.name, str) for one in files) or not all(
        type(one) is int and one < 2**62 for one in numbers
    ):
        return "Each file needs a name and a size in bytes; an offset, where it is given, is a number of bytes too."
    if not all(isinstance(one.checksum, str) and _CHECKSUM.fullmatch(one.checksum or _NO_BYTES) for one in files):
        return "The checksum of a file, where it is given, is sha256 or crc32 in hexadecimal."
    if len(files) > MAX_ANNOUNCED:
        return f"At most {MAX_ANNOUNCED:,} files are named in one request."
    return files


def _one_announced(row: Any) -> Announced:
    is_reports = row.get("is_reports") is True
    return Announced(row["name"], row["size"], is_reports, row.get("offset", 0), row.get("checksum", ""))


def _shown(place: Place) -> dict[str, object]:
    return {
        "name": place.name,
        "is_reports": place.is_reports,
        "pk": place.pk,
        "offset": place.offset,
        "is_whole": place.is_whole,
        "problem": place.problem,
        "is_compared": place.is_compared,
    }
