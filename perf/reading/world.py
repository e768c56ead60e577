"""A scratch world for the reading benchmark: films imported by the product's own command, rounds dealt, the product served."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perf.reading.films import FRONTAL, LATERAL, View, dicom_of, enlarged, real_film, rolled, study_uid

if TYPE_CHECKING:  # Django is set up only when the world is connected to
    from core.adapters.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
PAIRS, SINGLES = "pairs", "singles"  # the benchmarks: cases of two views, cases of one
SUGGESTED = ("airspace_opacity", "pleural_effusion", "cardiomegaly", "atelectasis", "")
CHUNK = 20  # cases on disk twice at a time
CASES_EACH = 25  # of a reader in the load test
SINGLES_BEGIN = 5000  # numbers of the one-view cases, apart from the others'


@dataclass(frozen=True)
class Sizes:
    """How much is made: cases of two views and of one, readers of the load test, pixels of a film."""

    pairs: int = 200
    singles: int = 12
    readers: int = 40
    width: int = 2500
    height: int = 3000


class World:
    """The world in ``folder``; one that was made there before is used again, with new rounds."""

    def __init__(self, folder: Path, sizes: Sizes, film: Path | None = None) -> None:
        self.folder = folder
        self.sizes = sizes
        self.data_dir = folder / "data"
        self._film = film
        self._database: EmbeddedPostgres | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def film(self) -> Path:
        """The real film that all are made of."""
        return self._film or real_film(self.folder)

    # ---- Making it -------------------------------------------------------------------------------------------------------

    def make(self) -> None:
        """Films, definitions, suggestions and samples; what is there already stays."""
        made = self.folder / "made.json"
        if made.exists():
            return
        film = self.film
        views = {
            view: enlarged(film, view, width=self.sizes.width, height=self.sizes.height) for view in (FRONTAL, LATERAL)
        }
        plan = {
            PAIRS: (range(1, self.sizes.pairs + 1), (FRONTAL, LATERAL)),
            SINGLES: (range(SINGLES_BEGIN, SINGLES_BEGIN + self.sizes.singles), (FRONTAL,)),
        }
        for slug, (cases, shown) in plan.items():
            self.manage("create_benchmark", str(self._definition(slug)))
            for first in range(0, len(cases), CHUNK):
                self._import(slug, cases[first : first + CHUNK], {view: views[view] for view in shown})
            self.manage("import_suggestions", str(self._suggestions(slug, cases)), "--benchmark", slug)
            self.manage("draw_sample", "--benchmark", slug, "--size", str(len(cases)), "--seed", "1")
        made.write_text(json.dumps({"pairs": self.sizes.pairs}), encoding="utf-8")

    def _definition(self, slug: str) -> Path:
        """The shipped chest definition under another slug, so that rounds of one and of two views stand apart."""
        text = (ROOT / "benchmarks/definitions/chest-radiograph.yaml").read_text(encoding="utf-8")
        path = self.folder / f"{slug}.yaml"
        path.write_text(text.replace("slug: chest-radiograph", f"slug: {slug}"), encoding="utf-8")
        return path

    def _import(self, slug: str, cases: Sequence[int], views: dict[View, Any]) -> None:
        folder = self.folder / "incoming"
        folder.mkdir()
        for case in cases:
            for view, pixels in views.items():
                dicom_of(rolled(pixels, case), view, case=case, folder=folder)
        self.manage("import_studies", str(folder), "--benchmark", slug, "--site", slug)
        shutil.rmtree(folder)

    def _suggestions(self, slug: str, cases: Sequence[int]) -> Path:
        path = self.folder / f"{slug}-suggestions.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["study_id", "label", "status", "site"])
            for case in cases:
                label = SUGGESTED[case % len(SUGGESTED)]
                writer.writerow([study_uid(case), label, "present" if label else "", slug])
        return path

    def open_rounds(self, seed: int) -> None:
        """New rounds: everything of both benchmarks for each person of the walk, and a share for each of the load test."""
        walk = self._readers("walk", [f"walk-{seed}-{number}" for number in (1, 2, 3)])
        load = self._readers("load", [f"load-{seed}-{number:02d}" for number in range(self.sizes.readers)])
        seeded = ("--seed", str(seed))
        for slug in (PAIRS, SINGLES):
            self.manage("open_round", "--benchmark", slug, "--readers", str(walk), "--reads-per-study", "3", *seeded)
        share = min(self.sizes.readers, -(-CASES_EACH * self.sizes.readers // self.sizes.pairs))
        self.manage(
            "open_round", "--benchmark", PAIRS, "--readers", str(load), "--reads-per-study", str(share), *seeded
        )

    def _readers(self, name: str, usernames: Sequence[str]) -> Path:
        path = self.folder / f"{name}.csv"
        lines = ["username,name,email", *(f"{one},{one},{one}@example.org" for one in usernames)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    # ---- Running it ------------------------------------------------------------------------------------------------------

    def manage(self, *arguments: str) -> None:
        """One of the product's commands, on this world."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command, env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(
                f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )

    @contextmanager
    def served(self, workers: int) -> Iterator[str]:
        """The product served by its own command with ``workers`` web processes; its address."""
        command = [sys.executable, str(ROOT / "manage.py"), "serve", "--port", "8600", "--workers", str(workers)]
        log = (self.folder / "serve.log").open("w", encoding="utf-8")
        server = subprocess.Popen(
            command, env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert server.stdout is not None  # noqa: S101 - asked for above
            address = next((line.strip() for line in server.stdout if line.startswith("http://")), "")
            if not address:
                raise SystemExit(f"The product could not be served; {log.name} says why.")
            yield address
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
            log.close()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}}
        return kept | {
            "DATA_DIR": str(self.data_dir),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "WARNING",
        }

    # ---- Asking it (Django in this process, on the same database) --------------------------------------------------------

    def connect(self) -> None:
        """Django in this process, on this world's database."""
        os.environ.update(self._environment(), DJANGO_ALLOW_ASYNC_UNSAFE="true")
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from config.bootstrap import prepare_database

        self._database = prepare_database(["manage.py", "migrate"])

    def disconnect(self) -> None:
        """Lets go of the world's database, which stops where nobody else holds it; before the folder is deleted."""
        from django.db import connections

        connections.close_all()
        if self._database is not None:
            self._database.release()
            self._database = None

    def session_of(self, username: str) -> str:
        """A signed-in session of this reader: the value of its cookie."""
        from django.conf import settings
        from django.test import Client

        from accounts.models import User

        client = Client()
        client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return str(client.cookies[settings.SESSION_COOKIE_NAME].value)

    def cases_of(self, username: str, slug: str) -> list[int]:
        """The reader's cases in the newest round of a benchmark, in their order."""
        from labeling.models import ReadingRound, Slot

        slots = Slot.objects.filter(reader__username=username, round__benchmark__slug=slug)
        newest = ReadingRound.objects.filter(slots__in=slots).order_by("-pk").values("pk")[:1]
        return list(slots.filter(round__in=newest).order_by("order").values_list("pk", flat=True))

    def next_case(self, username: str, slug: str) -> int:
        """The first of these that is still to be read."""
        from labeling.models import Slot, SlotState

        todo = Slot.objects.filter(pk__in=self.cases_of(username, slug), state=SlotState.PENDING).order_by("order")
        if (slot := todo.first()) is None:
            raise SystemExit(f"{username} has read every case of {slug}; make the world larger.")
        return slot.pk

    def stored(self, case: int) -> int:
        """How many verdicts stand in the database for a case: 1 when it was stored, once."""
        from labeling.models import Read

        return Read.objects.current().filter(slot=case).count()
