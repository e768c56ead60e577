"""Who may call the API: DRF permission classes; every API view states exactly one of them."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User


class IsSignedIn(BasePermission):
    """Any role. What they see is decided by the ``visible_to`` querysets."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_active


class IsReaderOrCurator(IsSignedIn):
    """Everybody but a site's contributors, who read nothing."""

    message = "This account sends studies of its site and reads nothing else."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_active and not request.user.is_contributor


class IsReaderOrCuratorOrStores(IsReaderOrCurator):
    """As above, and contributors by POST alone; what they may store, and where, the view decides."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        is_storing = isinstance(request.user, User) and request.user.is_active and request.method == "POST"
        return is_storing or super().has_permission(request, view)


class IsReader(IsSignedIn):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_active and request.user.is_reader


class IsCurator(IsSignedIn):
    """Curators and admins."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_active and request.user.is_curator


class IsAdmin(IsSignedIn):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_active and request.user.is_admin
