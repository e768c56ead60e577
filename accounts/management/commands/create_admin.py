"""create_admin --username NAME --email ADDRESS: the first way in."""

from typing import Any
from urllib.parse import urljoin

from django.core.management.base import CommandParser
from django.urls import reverse

from accounts.actions import bootstrap_admin
from core.commands import ProductCommand


class Command(ProductCommand):
    help = (
        "Make an admin account and print the link by which its owner sets a password. For a first deployment, or for an "
        "admin who is locked out: the same username gets a new link, and the earlier one opens nothing."
    )
    example = "create_admin --username ada --email ada@example.org --url https://labels.example.org/"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--email", required=True, help="single sign-on finds the account by this address")
        parser.add_argument(
            "--url", default="http://127.0.0.1:8000/", help="where the pages are served (default: %(default)s)"
        )

    def work(self, **options: Any) -> None:
        issued = bootstrap_admin(username=options["username"], email=options["email"])
        link = urljoin(options["url"], reverse("accounts:invitation_accept", args=[issued.secret]))
        self.say(f"Open this link once, before {issued.invitation.expires_at:%d %B %Y}, to set the password:")
        self.say(link)
