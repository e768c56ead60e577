"""Reads of uploads."""

from django.db.models import QuerySet

from accounts.models import User
from cases.adapters.storage import is_spooled
from cases.gate.told_names import told_name
from cases.models import ImportRun, Upload, UploadedFile
from cases.queries.contributors import memberships_of


def own_uploads(user: User) -> QuerySet[Upload]:
    """The person's uploads, newest first; an admin's are everybody's, a contributor's those for a live membership."""
    found = Upload.objects.select_related("benchmark", "by")
    if user.is_contributor:
        found = found.filter(benchmark__in=memberships_of(user).values("benchmark"))
    return found if user.is_admin else found.filter(by=user)


def lacking_files(user: User, upload: Upload, most: int) -> list[UploadedFile]:
    """The first files of an upload that are not whole, by name to who sends them; to others as files are told elsewhere, by
    their number in order of name where the name may be somebody's.
    """
    lacking = list(upload.files.filter(is_whole=False)[:most])
    if upload.by == user:
        return lacking
    names = upload.files.filter(is_reports=False).values_list("name", flat=True)
    places = {name: number for number, name in enumerate(sorted(names), start=1)}
    for one in lacking:
        one.name = told_name(one.name, None if one.is_reports else places[one.name])
    return lacking


def obstacle_to_import(run_id: int) -> str:
    """The sentence why an import can never be resumed, "" where it can: its files were kept only while it was worked off."""
    source = ImportRun.objects.filter(pk=run_id).values_list("source", flat=True).first()
    if not source or not is_spooled(source):
        return ""
    return (
        "Its files came by DICOMweb and were kept only while it was worked off. Have them sent or pulled again: what came in "
        "by then stays, and nothing comes in twice."
    )
