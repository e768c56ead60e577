"""Pages on which curators invite the contributors of sites, and end their leave to send."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, curator_only, fresh_login_required
from accounts.actions import IssuedInvitation, invite_contributor_account
from accounts.views import show_link
from cases.actions.contributors import end_membership, invite_contributor
from cases.forms import ContributorForm
from cases.queries.contributors import all_memberships
from core.errors import DomainError


@require_GET
@curator_only
def contributor_list(request: HttpRequest) -> HttpResponse:
    """Who may send the studies of which site, for which benchmark and under which agreement."""
    return render(request, "cases/contributor_list.html", {"memberships": all_memberships()})


@require_http_methods(["GET", "POST"])
@never_cache
@curator_only
def contributor_invite(request: HttpRequest) -> HttpResponse:
    """Invites a person of a site; the link is shown on the answer, this once."""
    form = ContributorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invited = invite_contributor(
                email=data["email"],
                name=data["name"],
                site_code=form.site_code,
                benchmark=data["benchmark"],
                agreement=data["agreement"],
                by=acting_user(request),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            if invited.issued:
                return _link(request, invited.issued)
            messages.success(request, f"{invited.membership}: they sign in as before.")
            return redirect("cases:contributor_list")
    return render(request, "cases/contributor_invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@never_cache
@curator_only
@fresh_login_required
def contributor_link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link by which the person sets a password; the one before opens nothing."""
    membership = get_object_or_404(all_memberships().live(), pk=pk)
    try:
        issued = invite_contributor_account(user=membership.contributor.user, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("cases:contributor_list")
    return _link(request, issued)


@require_POST
@curator_only
def membership_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the leave to send; what came in stays."""
    membership = get_object_or_404(all_memberships(), pk=pk)
    try:
        end_membership(membership=membership, by=acting_user(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{membership.contributor.user} sends nothing for {membership.benchmark} any more.")
    return redirect("cases:contributor_list")


def _link(request: HttpRequest, issued: IssuedInvitation) -> HttpResponse:
    return show_link(request, issued, back=reverse("cases:contributor_list"), back_words="the contributors")
