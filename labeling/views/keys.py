"""A reader's own keys: the map of the reading room, one field an action."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import acting_user, reader_or_curator
from core.errors import DomainError
from core.rendering import render_page
from labeling.actions import set_keys
from labeling.keymap import ACTIONS
from labeling.queries import keys_of


@require_http_methods(["GET", "POST"])
@never_cache
@reader_or_curator
def keys_page(request: HttpRequest) -> HttpResponse:
    """Shows every action with its keys; stores a changed map, or goes back to the defaults."""
    user = acting_user(request)
    keys, has_single_keys = keys_of(user, even_off=True)
    if request.method == "GET":
        return render_page(request, "labeling/keys.html", _context(keys, has_single_keys=has_single_keys))
    has_single_keys = "single_keys" in request.POST
    is_reset = "reset" in request.POST
    given = {} if is_reset else {action.id: request.POST.get(action.id, "").split() for action in ACTIONS}
    try:
        set_keys(keys=given, has_single_keys=has_single_keys or is_reset, by=user, now=timezone.now())
    except DomainError as error:
        context = _context(given, has_single_keys=has_single_keys) | {"error": str(error)}
        return render_page(request, "labeling/keys.html", context, status=422)
    messages.success(request, "The keys are as they came." if is_reset else "Your keys are stored, on every device.")
    return redirect("labeling:keys")


def _context(keys: dict[str, list[str]], *, has_single_keys: bool) -> dict[str, Any]:
    rows = [
        {"action": one, "keys": " ".join(keys[one.id]), "default": " ".join(one.keys), "is_fixed": one.id == "escape"}
        for one in ACTIONS
    ]
    return {"rows": rows, "has_single_keys": has_single_keys}
