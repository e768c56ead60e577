"""Model backends: an admin sets them up, tests their connection and switches them; curators see which are ready."""

from os import environ
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, admin_only, curator_only, fresh_login_required
from core.errors import DomainError
from llm_extract.actions.backends import save_backend, try_connection
from llm_extract.forms.backends import BackendForm
from llm_extract.forms.choices import all_readiness, readiness
from llm_extract.models import Backend, BackendKind, StructuredMode
from llm_extract.views.room import BACKENDS, room_tabs


@require_GET
@curator_only
def backend_list(request: HttpRequest) -> HttpResponse:
    """Every backend with its model and whether it is ready; addresses and variables are an admin's to see."""
    context = {"tabs": room_tabs(BACKENDS), "rows": all_readiness(with_inactive=True)}
    return render(request, "llm_extract/backend_list.html", context)


@require_http_methods(["GET", "POST"])
@admin_only
def backend_create(request: HttpRequest) -> HttpResponse:
    """Sets up a backend; it sees masked text only, until somebody decides otherwise on its page."""
    return _edit(request, Backend())


@require_http_methods(["GET", "POST"])
@admin_only
def backend_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Mends a backend. Runs keep what they froze; a changed address or model must be tested anew."""
    return _edit(request, get_object_or_404(Backend, pk=pk))


def _edit(request: HttpRequest, backend: Backend) -> HttpResponse:
    is_new = backend.pk is None
    form = BackendForm(request.POST or None, instance=backend)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_backend(backend=form.save(commit=False), by=acting_user(request))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{saved.name} is saved." + (" Test its connection next." if is_new else ""))
            return redirect("llm_extract:backend_detail", saved.pk)
    context = {"form": form, "backend": None if is_new else Backend.objects.get(pk=backend.pk)}
    return render(request, "llm_extract/backend_edit.html", context, status=422 if form.errors else 200)


@require_GET
@admin_only
def backend_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One backend: how it is reached, what the last test found, and its switches."""
    backend = get_object_or_404(Backend.objects.select_related("created_by"), pk=pk)
    return render(request, "llm_extract/backend_detail.html", _about(backend))


def _about(backend: Backend, unmask_error: str = "") -> dict[str, Any]:
    return {
        "backend": backend,
        "ready": readiness(backend),
        "is_local": backend.kind == BackendKind.LOCAL,
        "key_is_set": bool(backend.api_key_env and environ.get(backend.api_key_env)),
        "n_answers": backend.answers.count(),
        "attempts": [
            (StructuredMode(one["mode"]).label, str(one["fault"] or "").replace("_", " "))
            for one in backend.probe.get("attempts", ())
        ],
        "unmask_error": unmask_error,
    }


@require_POST
@admin_only
def backend_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the server a tiny question in every structured mode until one works."""
    backend = get_object_or_404(Backend, pk=pk)
    try:
        found = try_connection(backend=backend, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        if found.structured_mode:
            messages.success(request, f"{backend.name} answers. What was found stands below.")
        else:
            messages.error(request, f"{backend.name} gave no usable answer. What was tried stands below.")
    return redirect("llm_extract:backend_detail", pk)


@require_POST
@admin_only
def backend_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switches a backend off, so that no new run may use it, or on again."""
    backend = get_object_or_404(Backend, pk=pk)
    backend.is_active = request.POST.get("do") == "activate"
    save_backend(backend=backend, by=acting_user(request))
    messages.success(request, f"{backend.name} is switched {'on' if backend.is_active else 'off'}.")
    return redirect("llm_extract:backend_detail", pk)


@require_POST
@admin_only
@fresh_login_required
def backend_unmask(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets a backend see reports as they are, once its name is typed; or masks them again."""
    backend = get_object_or_404(Backend, pk=pk)
    if request.POST.get("do") == "mask":
        backend.may_see_unmasked = False
    elif request.POST.get("name") == backend.name:
        backend.may_see_unmasked = True
    else:
        context = _about(backend, f"That is not the backend's name; type {backend.name} to confirm.")
        return render(request, "llm_extract/backend_detail.html", context, status=422)
    save_backend(backend=backend, by=acting_user(request))
    messages.success(request, f"{backend.name} sees {'unmasked' if backend.may_see_unmasked else 'masked'} text.")
    return redirect("llm_extract:backend_detail", pk)
