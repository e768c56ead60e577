"""export_release RELEASE --out DIR: the release as files."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import User
from core.commands import REFUSED, ProductCommand
from releases.actions import export_to_folder
from releases.adapters.formats import NAMES
from releases.queries import release_by_name


class Command(ProductCommand):
    help = "Write a frozen release as files: labels.csv and SHA256SUMS always, more by --formats. Case ids are random."
    example = "export_release chest-radiograph-v1 --out export/ --formats csv,croissant,hf,images"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="name of the release, SLUG-vN")
        parser.add_argument("--out", type=Path, required=True, help="the folder to write, empty or new")
        parser.add_argument("--partition", default="released", help="released (default), or holdout with --admin")
        parser.add_argument("--formats", default="csv", help=f"comma-separated: {', '.join(NAMES)} (default: csv)")
        parser.add_argument("--admin", help="username of the admin who exports a holdout; the audit trail says so")

    def work(self, **options: Any) -> None:
        by = None
        if options["admin"]:
            by = User.objects.filter(username=options["admin"]).first()
            if by is None:
                raise CommandError(f"There is no user {options['admin']!r}.", returncode=REFUSED)
        names = export_to_folder(
            release=release_by_name(options["release"]),
            folder=options["out"],
            partition=options["partition"],
            formats=[name.strip() for name in options["formats"].split(",") if name.strip()],
            by=by,
        )
        self.say(f"{len(names)} files written to {options['out']}.")
