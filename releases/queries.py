"""Reads of releases: who sees which, and what an export holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from benchmarks.models import Benchmark
from cases.models import GateFinding, HeldEntry, Image
from core.errors import DomainError
from releases.content import Case, CaseImage, LabelColumn, ReleaseContent
from releases.models import Partition, Release, ReleaseCase, ReleasePatient, ReleaseState, SealedPatient
from sampling.design import fifths_in_words

SEALED_STATES = (ReleaseState.FROZEN, ReleaseState.PUBLISHED, ReleaseState.WITHDRAWN)


class UnknownReleaseError(DomainError):
    """No release has the name."""


@cache
def sealed_holdout(prefix: str = "") -> Q:
    """Studies in the holdout of a frozen release; registered with cases.visibility. Made once: every list of studies is
    narrowed by it.
    """
    study = OuterRef(f"{prefix}pk")
    return Q(
        Exists(
            ReleaseCase.objects.filter(
                study=study, release_patient__partition=Partition.HOLDOUT, release__state__in=SEALED_STATES
            )
        )
    )


def release_by_name(name: str) -> Release:
    """The release called ``SLUG-vN``; UnknownReleaseError names those there are."""
    slug, _, version = name.rpartition("-v")
    if slug and version.isdecimal():
        release = Release.objects.filter(benchmark__slug=slug, version=int(version)).select_related("benchmark").first()
        if release is not None:
            return release
    known = ", ".join(one.name for one in Release.objects.select_related("benchmark").order_by("pk")) or "none yet"
    raise UnknownReleaseError(f"There is no release {name!r} (known: {known}); build one with build_release.")


def releases_visible_to(user: User | AnonymousUser) -> QuerySet[Release]:
    """All releases for curators and admins (their pages show holdouts as aggregates only); none for readers."""
    releases = Release.objects.select_related("benchmark", "taxonomy", "round", "created_by").order_by("-pk")
    return releases if isinstance(user, User) and user.is_curator else releases.none()


def cases_visible_to(user: User | AnonymousUser, release: Release) -> QuerySet[ReleaseCase]:
    """The cases this person may list: all for admins; the released side for curators, and of a draft nothing.

    A draft is an admin's alone: its two sides would become the sealed ones.
    """
    cases = release.cases.select_related("study__site", "release_patient").order_by("case_id")
    if not isinstance(user, User) or not user.is_curator:
        return cases.none()
    if user.is_admin:
        return cases
    if release.is_draft:
        return cases.none()
    return cases.filter(release_patient__partition=Partition.RELEASED)


@dataclass(frozen=True)
class LabelBalance:
    """How many cases on each side have a label. Aggregates may be shown; which cases, may not."""

    name: str
    released: int
    holdout: int


def label_balance(release: Release) -> list[LabelBalance]:
    """Per label of the taxonomy, and for cases without any label, the count on each side."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for side, labels in release.cases.values_list("release_patient__partition", "labels"):
        counts[side].update(labels or ["—"])
    rows = [(label.key, label.name) for label in release.taxonomy.labels.order_by("position")]
    return [
        LabelBalance(name, counts[Partition.RELEASED][key], counts[Partition.HOLDOUT][key])
        for key, name in [*rows, ("—", "No label")]
    ]


@dataclass(frozen=True)
class GroupReport:
    """One group of features (sites, findings, ...) in the selection and on the two sides; rows are names with figures."""

    name: str
    selection: tuple[tuple[str, int, int, int], ...]
    sides: tuple[tuple[str, int, int], ...]


def selection_and_split(release: Release) -> list[GroupReport]:
    """What was selected of what there was, and how it was divided, group by group; empty for a release built before."""
    names = {label.key: label.name for label in release.taxonomy.labels.all()}
    chosen, sides = release.objective.get("selection", []), release.objective.get("sides", [])
    fifths = fifths_in_words({name: pool for group, name, _, _, pool in chosen if group == "difficulty"})
    names |= fifths
    empty = {name for group, name, *_ in chosen if group == "difficulty" and name not in fifths}
    groups = dict.fromkeys(group for group, *_ in [*chosen, *sides])
    place = {(group, name): number for number, (group, name, *_) in enumerate(chosen)}
    sides = sorted(sides, key=lambda row: place.get((row[0], row[1]), len(place)))
    return [
        GroupReport(
            group,
            tuple(
                (names.get(name, name), *figures) for g, name, *figures in chosen if g == group and name not in empty
            ),
            tuple((names.get(name, name), *figures) for g, name, *figures in sides if g == group),
        )
        for group in groups
    ]


def release_content(release: Release, partition: str, *, with_images: bool) -> ReleaseContent:
    """One partition as plain data, as it was built: what changed since in the benchmark or its studies is not in it.

    The caller has checked who asks.
    """
    cases = release.cases.filter(release_patient__partition=partition).order_by("case_id")
    return ReleaseContent(
        name=release.name,
        title=release.card["title"],
        description=release.card["description"],
        version=release.version,
        partition=partition,
        modality=tuple(release.card["modality"]),
        body_part=release.card["body_part"],
        taxonomy_version=release.taxonomy.declared_version,
        labels=tuple(
            LabelColumn(label.key, label.name, label.definition, tuple(label.codes))
            for label in release.taxonomy.labels.order_by("position")
        ),
        rule=str(release.rule.get("text", "")),
        commitment=release.commitment,
        frozen_on=release.frozen_at.date().isoformat() if release.frozen_at else "",
        cases=tuple(
            Case(
                one.case_id,
                frozenset(one.labels),
                tuple(CaseImage(sha256, view) for sha256, view in one.images) if with_images else (),
            )
            for one in cases
        ),
    )


def sealed_persons(benchmark: Benchmark) -> set[int]:
    """The persons of whom a frozen release of the benchmark has a study, by any of their names."""
    rows = SealedPatient.objects.filter(benchmark=benchmark)
    return set(rows.values_list(Coalesce("patient__same_as", "patient"), flat=True))


def has_changed(release: Release) -> bool:
    """Whether a study of the release is held now, or was decided about since it was built, so that its pictures may be others;
    or a person stands on both of its sides, or in an earlier release on another, who was two patients when it was built.
    """
    person = Coalesce("patient__same_as", "patient")
    sides = ReleasePatient.objects.filter(release=release).values_list(person, "partition").distinct()
    earlier = SealedPatient.objects.filter(benchmark=release.benchmark_id).values_list(person, "partition").distinct()
    own = set(sides)
    if len({one for one, _ in own}) < len(own | {side for side in earlier if side[0] in {one for one, _ in own}}):
        return True
    studies = ReleaseCase.objects.filter(release=release).values("study")
    since = GateFinding.objects.filter(study__in=studies, decided_at__gt=release.created_at)
    held = HeldEntry.objects.filter(study__in=studies, benchmark=release.benchmark_id)
    return since.exists() or held.exists()


def pictures_of(studies: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """Digest and view of every picture that can be served, by study, in the order they hang."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    images = Image.objects.past_the_gate().filter(series__study__in=list(studies)).exclude(preview_sha256="")
    for image in images.select_related("series").order_by("series__number", "instance_number", "pk"):
        # A picture imported before there were films has only the other one, which was as large then.
        found[image.series.study_id].append((image.film_sha256 or image.preview_sha256, image.view_position))
    return found
