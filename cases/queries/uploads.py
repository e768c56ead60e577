"""Reads of uploads."""

from django.db.models import QuerySet

from accounts.models import User
from cases.models import Upload


def own_uploads(user: User) -> QuerySet[Upload]:
    """The person's uploads, newest first; an admin's are everybody's."""
    found = Upload.objects.select_related("benchmark", "by")
    return found if user.is_admin else found.filter(by=user)
