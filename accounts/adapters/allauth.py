"""How allauth meets our rules: no open sign-up, sign-on only into accounts an admin invited."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.shortcuts import render


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are opened by an admin's invitation or a round's roster, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Single sign-on finds the invited account by its verified e-mail address; it creates and connects none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Points the sign-on at the account of the address, or ends it with a page that says why not.

        Nothing but the address counts, and only if the provider says it is verified: no stored connection, no
        connecting from inside a session. allauth's own matching by address is not used, since it wipes passwords.
        """
        verified = [address.email for address in sociallogin.email_addresses if address.verified is True]
        user = get_user_model()._default_manager.filter(email__iexact=verified[0]).first() if verified else None
        if user is None or sociallogin.state.get("process") == "connect":
            context = {"emails": verified, "provider": sociallogin.provider.name}
            raise ImmediateHttpResponse(render(request, "accounts/sign_on_unknown.html", context, status=403))
        sociallogin.user = user
