"""invite_contributor --email ADDRESS --site CODE --benchmark SLUG --agreement WORDS: a site's way in."""

from typing import Any
from urllib.parse import urljoin

from django.core.management.base import CommandError, CommandParser
from django.urls import reverse

from benchmarks.models import Benchmark
from cases.actions.contributors import invite_contributor
from core.commands import REFUSED, ProductCommand


class Command(ProductCommand):
    help = (
        "Let a person of a site send its studies for a benchmark, and print the link by which they set a password. Again for "
        "the same person it names another agreement or adds a benchmark; without a password they get a new link."
    )
    example = (
        "invite_contributor --email data@north.example.org --site north --benchmark chest-radiograph "
        '--agreement "Data use agreement of 12 May 2026" --url https://labels.example.org/'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="the person's address, which is the username too")
        parser.add_argument("--name", default="", help="the person's name")
        parser.add_argument("--site", required=True, metavar="CODE", help="the site; an unknown one is created")
        parser.add_argument("--benchmark", required=True, metavar="SLUG")
        parser.add_argument("--agreement", required=True, metavar="WORDS", help="name and date of the use-agreement")
        parser.add_argument(
            "--url", default="http://127.0.0.1:8000/", help="where the pages are served (default: %(default)s)"
        )

    def work(self, **options: Any) -> None:
        benchmark = Benchmark.objects.filter(slug=options["benchmark"]).first()
        if benchmark is None:
            message = (
                f"There is no benchmark {options['benchmark']!r}; load its definition with create_benchmark first."
            )
            raise CommandError(message, returncode=REFUSED)
        invited = invite_contributor(
            email=options["email"],
            name=options["name"],
            site_code=options["site"],
            benchmark=benchmark,
            agreement=options["agreement"],
            by=None,
        )
        self.say(f"{invited.membership}, under {invited.membership.agreement}.")
        if invited.issued is None:
            self.say("The account has its password; they sign in as before.")
            return
        link = urljoin(options["url"], reverse("accounts:invitation_accept", args=[invited.issued.secret]))
        self.say(f"Send them this link, which opens once, before {invited.issued.invitation.expires_at:%d %B %Y}:")
        self.say(link)
