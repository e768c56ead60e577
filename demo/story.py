"""The demo world's story: the real actions, run in order on the synthetic material, up to a stage.

Every step looks at what is there first, so that a story that was interrupted goes on where it stopped.
"""

import csv
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from accounts.actions import accept_invitation, bootstrap_admin, ensure_reader, invite_existing_user, invite_user
from accounts.models import Role, User
from benchmarks.actions import load_benchmark
from benchmarks.adapters.yaml_file import read_definition
from benchmarks.definition import parse_definition
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.actions import create_import_run, import_studies
from cases.actions.contributors import invite_contributor
from cases.models import ImportRun, PoolEntry, Study
from consensus.actions import compute_agreement, create_agreement_run
from consensus.models import AgreementRun
from core.models import RunState
from demo.material import Material, write_material
from demo.opinions import Opinion, chance, opinion, seen_labels
from labeling.actions import ControlArms, open_case, open_round, record_read
from labeling.models import Arm, ReadingRound, ShowReport, Slot, SlotState, Verdict
from labeling.queries import suggested_keys
from labeling.verdicts import LabelChange
from llm_extract.actions import (
    create_extraction_run,
    create_gold_set,
    create_stress_trial,
    create_trial,
    extract_labels,
    run_stress_trial,
    run_trial,
)
from llm_extract.models import ExtractionRun
from releases.actions import build_release, create_build, create_export, freeze_release, work_export
from releases.models import Release, ReleaseExport, ReleaseState
from sampling.actions import create_sampling_run, draw
from sampling.models import SamplingRun

STAGES = ("imported", "extracted", "sampled", "reading", "consensus", "released")
DEFINITION = Path("benchmarks/definitions/chest-radiograph.yaml")
PILOT_LABELS = ("pleural_effusion", "pneumothorax", "cardiomegaly", "airspace_opacity", "lung_nodule_or_mass")
READERS = (
    ("reader", "Dr Ada Reader"),
    ("bertram", "Dr Bertram Voss"),
    ("chandra", "Dr Chandra Iyer"),
    ("dilek", "Dr Dilek Aydın"),
    ("emeka", "Dr Emeka Obi"),
    ("freya", "Dr Freya Lindqvist"),
    ("goran", "Dr Goran Petrić"),
    ("hana", "Dr Hana Sato"),
    ("ines", "Dr Inês Duarte"),
)
# Who sends one site's studies; such an account signs in by its address.
CONTRIBUTOR, CONTRIBUTOR_NAME, CONTRIBUTOR_SITE = "contributor@example.org", "Dana Data", "north"
AGREEMENT = "Invented agreement of the demo"
PILOT_SHARE = 4  # every fourth patient's studies go to the pilot benchmark
READ_SHARE = 0.45  # of the running round, before the visitor comes
READ_DAYS = 5
# The running round shows the report beside the case, where a planted error would be seen without the film.
ARMS = ControlArms(hide_suggestions_fraction=0.1, repeat_fraction=0.1)
# A pilot looks closer at its readers.
PILOT_ARMS = ControlArms(hide_suggestions_fraction=0.4, seeded_error_fraction=0.4, repeat_fraction=0.3)
GOLD_STUDIES = 120
STRESS_VARIANTS = 60

Tell = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Login:
    """What a visitor types."""

    role: str
    username: str
    password: str


@dataclass(frozen=True)
class Cast:
    """The people of the story."""

    admin: User
    curator: User
    readers: tuple[User, ...]


@dataclass(frozen=True)
class Scene:
    """One benchmark of the story and where its part of the material lies."""

    benchmark: Benchmark
    folder: Path


class Story:
    """Tells the story for a seed; ``tell`` gets one line per step, ``keep`` each new login, ``progress`` the films drawn."""

    def __init__(
        self,
        *,
        seed: int,
        n_studies: int,
        scale: float,
        tell: Tell,
        keep: Callable[[Login], None] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.seed = seed
        self.n_studies = n_studies
        self.scale = scale
        self.tell = tell
        self.keep = keep
        self.progress = progress
        self.now = timezone.now()

    def until(self, stage: str) -> Cast:
        """The chest benchmark alone, brought to ``stage``; everything before it is done."""
        cast, main, _ = self._prepare(with_pilot=False)
        self._advance(main, cast, STAGES.index(stage), sample_share=0.6)
        return cast

    def whole(self) -> Cast:
        """The demo: a finished pilot benchmark with a frozen release, and a running round on the chest benchmark."""
        cast, main, pilot = self._prepare(with_pilot=True)
        if pilot:
            self._advance(pilot, cast, STAGES.index("released"), sample_share=0.8)
        self._advance(main, cast, STAGES.index("reading"), sample_share=0.6)
        return cast

    def _prepare(self, *, with_pilot: bool) -> tuple[Cast, Scene, Scene | None]:
        cast = self._people()
        root = Path(settings.DATA_DIR) / "demo" / f"seed-{self.seed}"
        material = self._material(root)
        truth = material / "truth.csv"
        self.truth = _read_truth(truth)
        main = Scene(self._benchmark(pilot=False, by=cast.curator), material / "main")
        pilot = Scene(self._benchmark(pilot=True, by=cast.curator), material / "pilot") if with_pilot else None
        self._contributor(main.benchmark, by=cast.curator)
        _divide(material, main.folder, pilot.folder if pilot else None)
        return cast, main, pilot

    def _material(self, root: Path) -> Path:
        """The films and reports, drawn once; a folder without its mark was interrupted and is drawn again."""
        mark = root / "complete"
        if not mark.exists():
            shutil.rmtree(root, ignore_errors=True)
            self.tell(f"Drawing {self.n_studies} studies…")
            made = write_material(root, self.seed, n_studies=self.n_studies, progress=self.progress, scale=self.scale)
            self.tell(f"{made.n_films} films drawn, {made.n_bytes / 1e6:.0f} MB.")
            _add_a_broken_file(made)
            mark.touch()
        return root

    def _people(self) -> Cast:
        def person(username: str, name: str, role: str) -> User:
            known = User.objects.filter(username=username).first()
            if known and known.has_usable_password():
                return known
            password = secrets.token_urlsafe(9)
            if role == Role.ADMIN:
                link = bootstrap_admin(username=username, email=f"{username}@example.org")
            elif known:
                link = invite_existing_user(user=known, by=admin)
            else:
                link = invite_user(email=f"{username}@example.org", role=role, by=admin)
            if self.keep:
                self.keep(
                    Login(role, username, password)
                )  # at once: a story that is interrupted must not lose the way in
            return accept_invitation(secret=link.secret, username=username, name=name, password=password)

        admin = person("admin", "Alex Admin", Role.ADMIN)
        curator = person("curator", "Casey Curator", Role.CURATOR)
        first = person(READERS[0][0], READERS[0][1], Role.READER)
        others = [
            ensure_reader(username=username, name=name, email=f"{username}@example.org", by=admin)
            for username, name in READERS[1:]
        ]
        return Cast(admin, curator, (first, *others))

    def _contributor(self, benchmark: Benchmark, *, by: User) -> None:
        """A site's data manager, who sends for the chest benchmark."""
        known = User.objects.filter(username=CONTRIBUTOR).first()
        if known and known.has_usable_password():
            return
        invited = invite_contributor(
            email=CONTRIBUTOR,
            name=CONTRIBUTOR_NAME,
            site_code=CONTRIBUTOR_SITE,
            benchmark=benchmark,
            agreement=AGREEMENT,
            by=by,
        )
        if invited.issued is None:
            return
        password = secrets.token_urlsafe(9)
        if self.keep:
            self.keep(Login(Role.CONTRIBUTOR, CONTRIBUTOR, password))
        accept_invitation(secret=invited.issued.secret, password=password)

    def _benchmark(self, *, pilot: bool, by: User) -> Benchmark:
        definition = read_definition(settings.BASE_DIR / DEFINITION)
        if pilot:
            labels = [
                {"key": label.key, "name": label.name, "definition": label.definition, "synonyms": list(label.synonyms)}
                for label in definition.labels
                if label.key in PILOT_LABELS
            ]
            definition = parse_definition(
                {
                    "slug": "chest-pilot",
                    "title": "Chest radiograph pilot",
                    "description": "Five labels, read by three radiologists each; finished and frozen.",
                    "modality": list(definition.modality),
                    "body_part": definition.body_part,
                    "taxonomy": {"version": "1", "labels": labels},
                    "reading": {"show_report": "after_verdict"},
                    "release": {"released": 10, "holdout": 10},
                }
            )
        return load_benchmark(definition=definition, by=by).benchmark

    def _advance(self, scene: Scene, cast: Cast, last: int, *, sample_share: float) -> None:
        """Takes a benchmark through the stages up to and including number ``last``."""
        self._import(scene, cast)
        if last >= STAGES.index("extracted"):
            self._extract(scene, cast)
        if last >= STAGES.index("sampled"):
            self._sample(scene, cast, sample_share)
        if last >= STAGES.index("reading"):
            is_whole = last > STAGES.index("reading")
            self._read(scene, cast, 1.0 if is_whole else READ_SHARE)
        if last >= STAGES.index("consensus"):
            self._agree(scene, cast)
        if last >= STAGES.index("released"):
            self._release(scene, cast)

    def _import(self, scene: Scene, cast: Cast) -> None:
        for folder in sorted(path for path in scene.folder.iterdir() if path.is_dir()):
            done = ImportRun.objects.filter(benchmark=scene.benchmark, site__code=folder.name, state=RunState.SUCCEEDED)
            if done.exists():
                continue
            run = create_import_run(
                benchmark=scene.benchmark,
                site_code=folder.name,
                source=str(folder),
                reports_source=str(_reports_of(folder)),
                by=cast.curator,
            )
            import_studies(run.pk)
        pool = PoolEntry.objects.filter(benchmark=scene.benchmark).count()
        self.tell(f"{scene.benchmark.title}: {pool} studies imported.")

    def _extract(self, scene: Scene, cast: Cast) -> None:
        if ExtractionRun.objects.filter(benchmark=scene.benchmark, state=RunState.SUCCEEDED).exists():
            return
        run = create_extraction_run(benchmark=scene.benchmark, by=cast.curator)
        extract_labels(run_id=run.pk)
        self._try(scene, cast)
        self.tell(f"{scene.benchmark.title}: reports read, labels suggested.")

    def _try(self, scene: Scene, cast: Cast) -> None:
        """The bench: what was planted as gold, the rules engine tried on it, and put to the stress set."""
        keys = tuple(labels_by_key(current_taxonomy(scene.benchmark)))
        pool = Study.objects.filter(pool_entries__benchmark=scene.benchmark).order_by("pk")
        gold = {
            study.pk: {key: "present" if key in self.truth[study.study_id] else "absent" for key in keys}
            for study in pool[:GOLD_STUDIES]
        }
        gold_set = create_gold_set(
            benchmark=scene.benchmark,
            name="Planted findings",
            source="the demo's own drawings",
            labels=gold,
            by=cast.curator,
        )
        run_trial(run_id=create_trial(gold_set=gold_set, by=cast.curator).pk)
        run_stress_trial(
            run_id=create_stress_trial(benchmark=scene.benchmark, limit=STRESS_VARIANTS, by=cast.curator).pk
        )

    def _sample(self, scene: Scene, cast: Cast, share: float) -> None:
        if SamplingRun.objects.filter(benchmark=scene.benchmark, state=RunState.SUCCEEDED).exists():
            return
        entries = PoolEntry.objects.filter(benchmark=scene.benchmark)
        size = int(entries.values("study__patient").distinct().count() * share)
        run = create_sampling_run(benchmark=scene.benchmark, size=size, seed=self.seed, by=cast.curator)
        draw(run_id=run.pk)
        self.tell(f"{scene.benchmark.title}: {size} studies sampled.")

    def _read(self, scene: Scene, cast: Cast, share: float) -> None:
        round_ = ReadingRound.objects.filter(benchmark=scene.benchmark).first()
        if round_ is None:
            round_ = open_round(
                benchmark=scene.benchmark,
                readers=cast.readers,
                show_report=ShowReport.ALWAYS if scene.benchmark.slug != "chest-pilot" else None,
                arms=PILOT_ARMS if scene.benchmark.slug == "chest-pilot" else ARMS,
                seed=self.seed,
                by=cast.curator,
                now=self.now - timedelta(days=READ_DAYS),
            )
        if not round_.is_open:
            return
        slots = Slot.objects.filter(round=round_).select_related(
            "round", "reader", "round_study__study", "round_study__suggestion_set", "planted_label"
        )
        by_reader: dict[int, list[Slot]] = defaultdict(list)
        for slot in slots.order_by("order"):
            by_reader[slot.holder.pk].append(slot)
        for listed in by_reader.values():
            done = round(len(listed) * share)
            for place, slot in enumerate(listed[:done]):
                if slot.state == SlotState.PENDING:
                    self._one_read(slot, place, done)
        n_read = Slot.objects.filter(round=round_, state=SlotState.READ).count()
        self.tell(f"{scene.benchmark.title}: {n_read} of {slots.count()} reads done.")

    def _one_read(self, slot: Slot, place: int, of: int) -> None:
        """The reader opens the case and gives a verdict some seconds later; reading is spread over the days."""
        said = self._opinion(slot)
        opened = self._moment(slot, place, of)
        open_case(slot=slot, by=slot.holder, now=opened)
        record_read(
            slot=slot,
            verdict=said.verdict,
            corrections=[LabelChange(key, "added") for key in said.added]
            + [LabelChange(key, "struck") for key in said.struck],
            by=slot.holder,
            now=opened + timedelta(seconds=12 + 50 * chance(self.seed, slot.pk, "seconds")),
        )

    def _opinion(self, slot: Slot) -> Opinion:
        """What the slot's reader makes of what the slot's arm shows."""
        study, labels = slot.round_study.study.study_id, tuple(labels_by_key(slot.round.taxonomy))
        seen = seen_labels(
            reader=slot.holder.username,
            study=study,
            truth=self.truth[study] & set(labels),
            labels=labels,
            seed=self.seed,
            is_again=slot.arm == Arm.REPEAT,
        )
        if slot.arm == Arm.NO_SUGGESTIONS:
            return Opinion(Verdict.LABELS, tuple(sorted(seen)), ())
        return opinion(
            reader=slot.holder.username,
            study=study,
            seen=seen,
            suggested=frozenset(suggested_keys(slot)),
            seed=self.seed,
        )

    def _moment(self, slot: Slot, place: int, of: int) -> datetime:
        start = self.now - timedelta(days=READ_DAYS)
        return start + timedelta(days=(READ_DAYS - 0.1) * (place + chance(self.seed, slot.pk)) / (of + 1))

    def _agree(self, scene: Scene, cast: Cast) -> None:
        round_ = ReadingRound.objects.get(benchmark=scene.benchmark)
        if not AgreementRun.objects.filter(round=round_, state=RunState.SUCCEEDED).exists():
            compute_agreement(run_id=create_agreement_run(round_=round_, by=cast.curator).pk)
            self.tell(f"{scene.benchmark.title}: agreement computed.")

    def _release(self, scene: Scene, cast: Cast) -> None:
        if Release.objects.filter(benchmark=scene.benchmark).exclude(state=ReleaseState.DRAFT).exists():
            return
        sizes = scene.benchmark.settings["release"]
        half = min(sizes["released"], self._eligible(scene) // 2)
        build = create_build(benchmark=scene.benchmark, released=half, holdout=half, seed=self.seed, by=cast.admin)
        draft = build_release(run_id=build.pk)
        release = freeze_release(release=draft, name=draft.name, by=cast.admin)
        if not ReleaseExport.objects.filter(release=release).exists():
            export = create_export(release=release, formats=["csv", "croissant", "hf", "images"], by=cast.admin)
            work_export(run_id=export.pk)
        self.tell(f"{scene.benchmark.title}: {release.name} frozen, {half} released and {half} held out.")

    def _eligible(self, scene: Scene) -> int:
        from consensus.queries import eligible_count

        return eligible_count(ReadingRound.objects.get(benchmark=scene.benchmark))


def _read_truth(path: Path) -> dict[str, frozenset[str]]:
    """Planted labels (present or uncertain) by study id."""
    planted: dict[str, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            planted[row["study_id"]].update({row["label"]} if row["status"] != "absent" else set())
    return {study: frozenset(labels) for study, labels in planted.items()}


def _divide(material: Path, main: Path, pilot: Path | None) -> None:
    """Deals the studies of each site to the benchmarks by patient, with hard links: nothing is copied."""
    if main.exists():
        return
    for site in sorted(path for path in material.iterdir() if (path / "reports.csv").exists()):
        with (site / "reports.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        is_pilots = [pilot is not None and int(chance(r["patient_id"]) * PILOT_SHARE) == 0 for r in rows]
        parts = [(main, [row for row, away in zip(rows, is_pilots, strict=True) if not away])]
        if pilot:
            parts.append((pilot, [row for row, away in zip(rows, is_pilots, strict=True) if away]))
        for folder, own in parts:
            _lay_out(site, folder / site.name, own, with_strays=folder == main)


def _lay_out(site: Path, target: Path, rows: Sequence[dict[str, str]], *, with_strays: bool) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for row in rows:
        _link_folder(site / row["study_id"], target / row["study_id"])
    if with_strays:
        for stray in site.glob("*.dcm"):
            (target / stray.name).hardlink_to(stray)
    with _reports_of(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["study_id", "report_text"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _reports_of(site: Path) -> Path:
    """A site's reports lie beside its folder of pictures, since they are given to the import apart."""
    return site.with_name(f"{site.name}-reports.csv")


def _link_folder(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for file in _files(source):
        (target / file.name).hardlink_to(file)


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _add_a_broken_file(material: Material) -> None:
    """Every real contribution has one: a file that is no picture, so that the import page has something to refuse."""
    (material.sites[0].folder / "scanned-form.dcm").write_bytes(b"this is not DICOM\n" * 20)
