"""Reads of uploads."""

from django.db.models import QuerySet

from accounts.models import User
from cases.adapters.storage import is_spooled
from cases.models import ImportRun, Upload
from cases.queries.contributors import memberships_of


def own_uploads(user: User) -> QuerySet[Upload]:
    """The person's uploads, newest first; an admin's are everybody's, a contributor's those for a live membership."""
    found = Upload.objects.select_related("benchmark", "by")
    if user.is_contributor:
        found = found.filter(benchmark__in=memberships_of(user).values("benchmark"))
    return found if user.is_admin else found.filter(by=user)


def obstacle_to_import(run_id: int) -> str:
    """The sentence why an import can never be resumed, "" where it can: its files were kept only while it was worked off."""
    source = ImportRun.objects.filter(pk=run_id).values_list("source", flat=True).first()
    if not source or not is_spooled(source):
        return ""
    return (
        "Its files came by DICOMweb and were kept only while it was worked off. Have them sent or pulled again: what came in "
        "by then stays, and nothing comes in twice."
    )
