"""API sign-in by token: ``Authorization: Bearer cs_…``."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.secrets import digest_of
from core.prepared import PreparedRows, text

_token = PreparedRows[ApiToken](
    lambda digest: ApiToken.objects.select_related("user").filter(digest=digest).order_by(), 1, kinds=[text]
)
NOTED_EVERY = timedelta(minutes=1)  # a viewer asks a hundred times a minute; each note is a commit


class ApiTokenAuthentication(BaseAuthentication):
    """Finds the token by its digest; a revoked or expired one, or an inactive user, is refused."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = _token.first(digest_of(secret.strip()))
        if token is None or token.state != "active" or not token.user.is_active:
            raise AuthenticationFailed(
                "This token is unknown, expired or revoked; make a new one on your profile page."
            )
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at >= NOTED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself when defined
    """How the OpenAPI schema describes the token."""

    target_class = ApiTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of your profile page, beginning with cs_."}
