"""Who may call the API: DRF permission classes; every API view states exactly one of them."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User


class IsSignedIn(BasePermission):
    """Any role. What they see is decided by the ``visible_to`` querysets."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_active


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
