"""Who may open a page: every view states its rule by one of these decorators.

The rule is kept on the view as ``access_rule``; a test walks all URLs and fails on a view without one.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import Role, User
from core.middleware import FOR_PROGRAMS

logger = logging.getLogger(__name__)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

# Pages of allauth that have no place here: addresses are an admin's to change, and single sign-on finds its account
# by the verified address alone, so there is nothing to connect.
CLOSED_PAGES = frozenset(
    {
        "account_email",
        "account_email_verification_sent",
        "account_confirm_email",
        "socialaccount_connections",
        "socialaccount_signup",
    }
)
# What an admin may open before the second factor is set up.
BEFORE_SECOND_FACTOR = frozenset(
    {"account_logout", "account_reauthenticate", "account_change_password", "account_set_password", "mfa_index"}
    | {"mfa_activate_totp", "mfa_reauthenticate", "mfa_generate_recovery_codes", "mfa_view_recovery_codes"}
)


def _rule(name: str, roles: frozenset[str]) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            # Anonymous requests never come here: LoginRequiredMiddleware sends them to the sign-in page.
            if not isinstance(request.user, User) or request.user.role not in roles:
                whom = name.replace(" or ", "s and ")
                raise PermissionDenied(f"This page is for {whom}s; your account has another role.")
            return view(request, *args, **kwargs)

        checked.access_rule = name  # type: ignore[attr-defined]  # read by the test that walks all URLs
        return checked

    return decorate


signed_in = _rule("signed-in user", frozenset(Role.values))
reader_only = _rule("reader", frozenset({Role.READER}))
reader_or_curator = _rule("reader or curator", frozenset({Role.READER, Role.CURATOR, Role.ADMIN}))
curator_only = _rule("curator", frozenset({Role.CURATOR, Role.ADMIN}))
contributor_only = _rule("contributor", frozenset({Role.CONTRIBUTOR}))
contributor_or_curator = _rule("contributor or curator", frozenset({Role.CONTRIBUTOR, Role.CURATOR, Role.ADMIN}))
admin_only = _rule("admin", frozenset({Role.ADMIN}))


def public(view: View[P]) -> View[P]:
    """Anyone may open it."""
    marked: Any = login_not_required(view)
    marked.access_rule = "anyone"
    return marked  # type: ignore[no-any-return]  # the same view, marked


def acting_user(request: HttpRequest) -> User:
    """The signed-in person, typed. Raises PermissionDenied for anyone else."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user


def has_fresh_login(request: HttpRequest) -> bool:
    """Whether this person proved who they are within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds, by any method."""
    records = get_authentication_records(request, acting_user(request))
    timeout: float = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return bool(records) and time.time() - float(records[-1]["at"]) < timeout


def fresh_login_required(view: View[P]) -> View[P]:
    """For steps that cannot be undone: asks who it is again unless that was proven minutes ago.

    Stands below the role's decorator. A form sent too late is kept in the session and carried out once the proof is
    given, with its own fields and only for the same person; a page asked for is shown then.
    """

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if has_fresh_login(request):
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(_page_of(request))
        if get_reauthentication_flows(acting_user(request)):
            raise ReauthenticationRequired  # allauth keeps the form and sends the person to "Confirm it is you"
        return _sign_on_again(request)

    return checked


def _page_of(request: HttpRequest) -> str:
    """Where a fragment's request came from: as a whole page it asks for the fresh login itself."""
    name = "mfa_reauthenticate" if is_mfa_enabled(acting_user(request)) else "account_reauthenticate"
    page: str = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]  # set by HtmxMiddleware
    return reverse(name, query={"next": page})


def _sign_on_again(request: HttpRequest) -> HttpResponse:
    """A person without password or second factor proves who they are at the single sign-on provider."""
    page = request.get_full_path() if request.method == "GET" else reverse(settings.LOGIN_REDIRECT_URL)
    if "openid_connect" not in settings.SOCIALACCOUNT_PROVIDERS:
        raise PermissionDenied("This step needs a fresh login, and your account has no password. Set one first.")
    if request.method != "GET":
        messages.warning(request, "That step needs a fresh login and was not done. You are signed in again; repeat it.")
    return redirect(reverse("openid_connect_login", args=["sso"], query={"next": page}))


class AccountRulesMiddleware:
    """Closes the pages of allauth we have no place for, sends admins to set up their second factor if it is due, and
    says so when the single sign-on provider is down.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "POST" and request.resolver_match and request.resolver_match.view_name == "account_logout":
            # On a workstation that others use too, no picture stays behind in the browser, and no draft.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in CLOSED_PAGES:
            raise Http404
        if not self._lacks_second_factor(request) or name in BEFORE_SECOND_FACTOR:
            return None
        if request.path.startswith(FOR_PROGRAMS):
            return JsonResponse({"detail": "Admins need a second factor here; set one up on your profile."}, status=403)
        return redirect(reverse("mfa_activate_totp", query={"next": request.get_full_path()}))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A single sign-on provider that cannot be reached is told plainly; all that is raised then is an OSError."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not name.startswith("openid_connect_") or not isinstance(error, OSError):
            return None
        logger.warning("the single sign-on provider cannot be reached: %s", type(error).__name__)
        return render(request, "accounts/sign_on_unreachable.html", status=502)

    @staticmethod
    def _lacks_second_factor(request: HttpRequest) -> bool:
        user = request.user
        return (
            settings.REQUIRE_ADMIN_MFA
            and isinstance(user, User)
            and user.is_admin
            and not is_mfa_enabled(user, ["totp"])
        )
