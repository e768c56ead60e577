"""Pages of people, invitations, the audit trail and one's own profile."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.utils import perform_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.access import acting_user, admin_only, fresh_login_required, public, reader_or_curator, signed_in
from accounts.adapters.mail import send_invitation
from accounts.errors import InvitationRefusedError
from accounts.forms import (
    AcceptForm,
    EventFilterForm,
    InvitationForm,
    PeopleFilterForm,
    ProfileForm,
    RoleForm,
    TokenForm,
)
from accounts.models import ApiToken, Invitation, User
from accounts.queries import EventFilter, events_matching, invitation_of, known_verbs, people, refuse_closed_invitation
from core.adapters.tables import csv_lines
from core.errors import DomainError
from core.models import Event

PAGE_SIZE = 100


# Invitations


@require_GET
@admin_only
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Every invitation, newest first, with what became of it."""
    invitations = Invitation.objects.select_related("user", "invited_by")
    page = Paginator(invitations, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/invitation_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@never_cache
@admin_only
def invitation_create(request: HttpRequest) -> HttpResponse:
    """Invites somebody; the link is shown on the answer, this once."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            issued = actions.invite_user(**form.cleaned_data, by=acting_user(request))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return show_link(request, issued)
    return render(request, "accounts/invitation_create.html", {"form": form}, status=422 if form.errors else 200)


def show_link(
    request: HttpRequest, issued: actions.IssuedInvitation, *, back: str = "", back_words: str = ""
) -> HttpResponse:
    """The page that tells a link, this once, and how it went to its owner; with the way back."""
    link = request.build_absolute_uri(reverse("accounts:invitation_accept", args=[issued.secret]))
    invitation = issued.invitation
    is_mailed = send_invitation(
        email=invitation.email,
        link=link,
        invited_by=acting_user(request).get_full_name(),
        days=settings.INVITATION_DAYS,
    )
    context = {"invitation": invitation, "link": link, "is_mailed": is_mailed, "has_mail": bool(settings.EMAIL_HOST)}
    context |= {"back": back or reverse("accounts:invitation_list"), "back_words": back_words or "the invitations"}
    return render(request, "accounts/invitation_made.html", context)


@require_POST
@admin_only
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a link open nothing."""
    invitation = get_object_or_404(Invitation, pk=pk)
    try:
        actions.revoke_invitation(invitation=invitation, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The {invitation} is revoked; its link opens nothing now.")
    return redirect("accounts:invitation_list")


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("password", "password_again")
@public
def invitation_accept(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the invited person sees: choose username and password, and be signed in. Closed links say why."""
    try:
        invitation = refuse_closed_invitation(invitation_of(token), now=timezone.now())
    except InvitationRefusedError as error:
        return render(request, "accounts/invitation_closed.html", {"reason": str(error)}, status=410)
    form = AcceptForm(request.POST or None, email=invitation.email, user=invitation.user)
    if request.method == "POST" and form.is_valid():
        chosen = {key: form.cleaned_data[key] for key in ("username", "name", "password") if key in form.cleaned_data}
        try:
            user = actions.accept_invitation(secret=token, **chosen)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return perform_login(request, user)  # type: ignore[no-any-return]  # allauth ships no types
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/invitation_accept.html", context, status=422 if form.errors else 200)


# People


@require_GET
@admin_only
def user_list(request: HttpRequest) -> HttpResponse:
    """Everybody with an account; search, role and order in the address."""
    form = PeopleFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    users = people(search=chosen.get("search", ""), role=chosen.get("role", ""), order=chosen.get("sort") or "username")
    page = Paginator(users, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/user_list.html", {"page": page, "filter_form": form})


@require_GET
@admin_only
def user_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: role, access, tokens, and what they did last."""
    person = get_object_or_404(User, pk=pk)
    context = {
        "person": person,
        "role_form": RoleForm(initial={"role": person.role}),
        "tokens": person.api_tokens.all(),
        "events": Event.objects.filter(actor=person).select_related("actor")[:20],
        "is_self": person == request.user,
    }
    return render(request, "accounts/user_detail.html", context)


@require_POST
@admin_only
@fresh_login_required
def user_change_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the person another role."""
    person = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the three roles.")
        return redirect("accounts:user_detail", pk=pk)
    return _change(
        request,
        person,
        lambda: actions.change_role(user=person, role=form.cleaned_data["role"], by=acting_user(request)),
        f"{person} is now a {form.cleaned_data['role']}.",
    )


@require_POST
@admin_only
@fresh_login_required
def user_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends all access of the person, once their username is typed."""
    person = get_object_or_404(User, pk=pk)
    if request.POST.get("name", "").strip() != person.username:
        messages.error(request, f"Type {person.username} to deactivate this account; nothing was changed.")
        return redirect("accounts:user_detail", pk=pk)
    return _change(
        request,
        person,
        lambda: actions.deactivate_user(user=person, by=acting_user(request)),
        f"{person} has no access any more.",
    )


@require_POST
@admin_only
@fresh_login_required
def user_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets the person sign in again."""
    person = get_object_or_404(User, pk=pk)
    return _change(
        request,
        person,
        lambda: actions.reactivate_user(user=person, by=acting_user(request)),
        f"{person} may sign in again.",
    )


def _change(request: HttpRequest, person: User, act: Callable[[], object], done: str) -> HttpResponse:
    """One action on a person, its answer as a message, and back to the person's page."""
    try:
        act()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("accounts:user_detail", pk=person.pk)


@require_POST
@never_cache
@admin_only
@fresh_login_required
def user_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """A link by which the person of this account sets a password; shown on the answer, this once."""
    person = get_object_or_404(User, pk=pk)
    try:
        issued = actions.invite_existing_user(user=person, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("accounts:user_detail", pk=pk)
    return show_link(request, issued)


# The audit trail


@require_GET
@admin_only
def event_list(request: HttpRequest) -> HttpResponse:
    """Who did what, and when; filtered by what happened, who did it and to what."""
    form = EventFilterForm(request.GET)
    page = Paginator(events_matching(form.chosen()), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/event_list.html", {"page": page, "filter_form": form, "verbs": known_verbs()})


@require_GET
@admin_only
def event_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered events as CSV: exactly what the list shows, all pages of it."""
    response = StreamingHttpResponse(_event_lines(EventFilterForm(request.GET).chosen()), content_type="text/csv")
    response["Content-Disposition"] = 'attachment; filename="events.csv"'
    return response


def _event_lines(chosen: EventFilter) -> Iterator[str]:
    return csv_lines(["at", "actor", "verb", "subject_type", "subject_id", "data"], _event_rows(chosen))


def _event_rows(chosen: EventFilter) -> Iterator[list[str]]:
    for event in events_matching(chosen).iterator(chunk_size=2000):
        actor = event.actor.get_username() if event.actor else ""
        data = json.dumps(event.data, sort_keys=True)
        yield [event.at.isoformat(), actor, event.verb, event.subject_type, str(event.subject_id), data]


# One's own profile


@require_http_methods(["GET", "POST"])
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, ways to sign in, and API tokens."""
    user = acting_user(request)
    form = ProfileForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        actions.change_name(user=user, name=form.cleaned_data["name"])
        messages.success(request, "Your name is stored.")
        return redirect("accounts:profile")
    return _profile_page(request, form=form)


def _profile_page(request: HttpRequest, **context: Any) -> HttpResponse:
    user = acting_user(request)
    form = context.get("form") or ProfileForm(initial={"name": user.name})
    token_form = context.get("token_form") or TokenForm(auto_id="token_%s")
    context |= {
        "form": form,
        "token_form": token_form,
        "tokens": user.api_tokens.all(),
        "has_second_factor": is_mfa_enabled(user),
        "has_sign_on": bool(settings.SOCIALACCOUNT_PROVIDERS),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors or token_form.errors else 200)


@require_POST
@never_cache
@reader_or_curator
@fresh_login_required
def token_create(request: HttpRequest) -> HttpResponse:
    """Makes an API token; its secret is shown on the answer, this once."""
    form = TokenForm(request.POST, auto_id="token_%s")
    if form.is_valid():
        try:
            issued = actions.create_api_token(
                user=acting_user(request), name=form.cleaned_data["name"], expires_at=form.expires_at
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return render(request, "accounts/token_made.html", {"token": issued.token, "secret": issued.secret})
    return _profile_page(request, token_form=form)


@require_POST
@signed_in
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one's own token, or, as an admin, anybody's."""
    user = acting_user(request)
    mine = ApiToken.objects.all() if user.is_admin else user.api_tokens.all()
    token = get_object_or_404(mine, pk=pk)
    try:
        actions.revoke_api_token(token=token, by=user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The token {token} is revoked.")
    return redirect("accounts:profile") if token.user_id == user.pk else redirect("accounts:user_detail", token.user_id)
