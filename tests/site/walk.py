"""All addresses of the site, each with the rule its view states."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from accounts import permissions

# What each rule of accounts.access and accounts.permissions lets in.
ANYONE = frozenset({"anonymous", "reader", "contributor", "curator", "admin"})
SIGNED_IN = ANYONE - {"anonymous"}
ROLES_OF_RULE = {
    "anyone": ANYONE,
    "signed-in user": SIGNED_IN,
    "reader": frozenset({"reader"}),
    "reader or curator": SIGNED_IN - {"contributor"},
    "contributor": frozenset({"contributor"}),
    "contributor or curator": frozenset({"contributor", "curator", "admin"}),
    "curator": frozenset({"curator", "admin"}),
    "admin": frozenset({"admin"}),
}
ROLES_OF_PERMISSION = {
    permissions.IsSignedIn: SIGNED_IN,
    permissions.IsReaderOrCurator: SIGNED_IN - {"contributor"},
    permissions.IsReaderOrCuratorOrStores: SIGNED_IN - {"contributor"},  # who stores by POST alone: STORING
    permissions.IsReader: frozenset({"reader"}),
    permissions.IsCurator: frozenset({"curator", "admin"}),
    permissions.IsAdmin: frozenset({"admin"}),
}
# Where a contributor may store by POST, and do nothing else.
STORING = permissions.IsReaderOrCuratorOrStores
# allauth's own views state no rule of ours: theirs stands here. None: closed for everybody (404).
ROLES_OF_ALLAUTH: dict[str, frozenset[str] | None] = {
    "account_login": ANYONE,
    "account_logout": ANYONE,
    "account_signup": ANYONE,
    "account_inactive": ANYONE,
    "account_confirm_login_code": ANYONE,
    "account_reset_password": ANYONE,
    "account_reset_password_done": ANYONE,
    "account_reset_password_from_key": ANYONE,
    "account_reset_password_from_key_done": ANYONE,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_email": None,
    "account_email_verification_sent": None,
    "account_confirm_email": None,
    "mfa_authenticate": ANYONE,
    "mfa_trust": ANYONE,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "openid_connect_login": ANYONE,
    "openid_connect_callback": ANYONE,
    "socialaccount_login_cancelled": ANYONE,
    "socialaccount_login_error": ANYONE,
    "socialaccount_signup": None,
    "socialaccount_connections": None,
}


@dataclass(frozen=True)
class Address:
    """One URL pattern: its name (or route), the parameters it takes, and its view."""

    name: str
    route: str
    parameters: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_of_allauth(self) -> bool:
        return self.route.startswith("account/")

    @property
    def is_api(self) -> bool:
        return self.route.startswith(("api/", "dicom-web/"))

    def __str__(self) -> str:
        return f"{self.name}[{','.join(self.parameters)}]" if self.parameters else self.name


def addresses() -> list[Address]:
    """Every pattern of the site, in the order of the resolver."""
    return list(_below(get_resolver().url_patterns, "", ""))


def _below(patterns: list[URLPattern | URLResolver], namespace: str, route: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _below(pattern.url_patterns, inner, here)
        else:
            name = namespace + (pattern.name or here)
            regex = pattern.pattern.regex
            outer = [part for part in _parameters(here) if part not in regex.groupindex]
            yield Address(name, here, (*outer, *regex.groupindex), pattern.callback)


def stores(address: Address) -> bool:
    """Whether contributors may POST there."""
    view = getattr(address.view, "cls", None)
    return view is not None and STORING in view.permission_classes


def _parameters(route: str) -> list[str]:
    """Names of ``<int:pk>`` and ``(?P<pk>…)`` in a route."""
    return [part.partition(">")[0].rpartition(":")[2] for part in route.split("<")[1:]]


def roles_of(address: Address) -> frozenset[str] | None:
    """Who may open it by the rule it states; None when it is closed. Raises AssertionError when it states none."""
    if address.is_of_allauth:
        if address.name.startswith("account/social/"):
            return ANYONE  # old addresses that only redirect
        assert address.name in ROLES_OF_ALLAUTH, f"allauth's {address.name} is new: say in walk.py who may open it"
        return ROLES_OF_ALLAUTH[address.name]
    rule = getattr(address.view, "access_rule", None)
    if rule is not None:
        return ROLES_OF_RULE[rule]
    view = getattr(address.view, "cls", None)
    is_of_api = isinstance(view, type) and issubclass(view, APIView)
    assert is_of_api, f"{address} states no rule: decorate its view with one of accounts.access"
    assert view.get_permissions is APIView.get_permissions, f"{address} decides its permissions while it runs"
    stated = getattr(address.view, "initkwargs", {}).get("permission_classes", view.permission_classes)
    ours = [one for one in stated if one in ROLES_OF_PERMISSION]
    assert len(stated) == len(ours) == 1, f"{address} must state exactly one class of accounts.permissions: {stated}"
    return ROLES_OF_PERMISSION[ours[0]]
