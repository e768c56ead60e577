"""Reads of contributors: what a person may send, and what their site may see of it."""

from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, QuerySet

from accounts.models import User
from cases.adapters.uploads import files_of
from cases.contribution import ATTESTATION, Terms
from cases.gate.checks import Outcome
from cases.models import (
    Contributor,
    Decision,
    GateFinding,
    HeldEntry,
    ImportRun,
    Membership,
    MembershipQuerySet,
    PoolEntry,
)
from core.errors import NotAllowedError


@dataclass(frozen=True)
class Standing:
    """How a site stands in one benchmark: studies in the pool, waiting at the gate, and rejected there."""

    membership: Membership
    in_pool: int
    waiting: int
    rejected: int


def contributor_of(user: User) -> Contributor | None:
    """The site this person sends for; None for everybody else."""
    return Contributor.objects.select_related("site").filter(user=user, user__role="contributor").first()


def memberships_of(user: User) -> MembershipQuerySet:
    """What this person may send for now; nothing for anyone but a contributor."""
    found = Membership.objects.live().filter(contributor__user=user, contributor__user__role="contributor")
    return found.select_related("contributor__site", "benchmark").order_by("benchmark__title")


def membership_for(user: User, benchmark_slug: str, site_code: str) -> Membership:
    """The live membership by which this person may send studies of that site for that benchmark.

    Raises NotAllowedError, in the same words whether or not there is such a site or benchmark.
    """
    mine = list(memberships_of(user))
    for one in mine:
        if (one.benchmark.slug, one.contributor.site.code) == (benchmark_slug, site_code):
            return one
    allowed = ", ".join(f"{one.contributor.site.code} for {one.benchmark.slug}" for one in mine)
    raise NotAllowedError(
        f"You may not send studies of {site_code} for {benchmark_slug}. "
        + (f"You send those of {allowed}." if allowed else "Your leave to send studies has ended; ask the curator.")
    )


def terms_of(user: User, membership: Membership) -> Terms:
    """Under which agreement this person sends, that they attest it, and in which words."""
    return Terms(membership.agreement, f"{user.get_full_name()} <{user.email}>", ATTESTATION)


def contributed_runs(user: User) -> QuerySet[ImportRun]:
    """What contributors of this person's site sent for the benchmarks they are in, newest first.

    Imports that a curator made of handed-over files are not among them: such a file may hold rows of several sites.
    """
    mine = memberships_of(user)
    found = ImportRun.objects.filter(params__only_site=True, benchmark__in=mine.values("benchmark"))
    found = found.filter(site__in=mine.values("contributor__site"))
    return found.select_related("benchmark", "site", "created_by", "contribution").order_by("-pk")


def curators_imports(user: User) -> int:
    """How many imports curators made under the code of this person's site, for the benchmarks they are in, by which
    anything came in. They are told of by their number alone, as no row says which study came by which import.
    """
    mine = memberships_of(user)
    found = ImportRun.objects.filter(benchmark__in=mine.values("benchmark"), site__in=mine.values("contributor__site"))
    return found.exclude(params__has_key="only_site").filter(counts__imported__gt=0).count()


def waiting_by_run(runs: list[ImportRun]) -> dict[int, int]:
    """How many findings of each of these contributions wait for a curator."""
    found = GateFinding.objects.waiting().filter(run__in=runs, study__site=F("run__site"))
    found = found.asked_by(F("run__benchmark")).order_by()
    return {int(row["run"]): row["n"] for row in found.values("run").annotate(n=Count("pk"))}


def standings(user: User) -> list[Standing]:
    """How this person's site stands in each of their benchmarks. Held-out studies count as any: see ``site_gate_report``."""
    mine = list(memberships_of(user))
    if not mine:
        return []
    site = mine[0].contributor.site
    in_pool = Counter(dict(_by_benchmark(PoolEntry.objects.filter(study__site=site), "study")))
    held = HeldEntry.objects.filter(study__site=site)
    turned_down = GateFinding.objects.filter(
        outcome=Outcome.QUARANTINE, decision=Decision.REJECT, study=OuterRef("study")
    )
    is_rejected = Exists(turned_down.asked_by(OuterRef("benchmark")))
    rejected = Counter(dict(_by_benchmark(held.filter(is_rejected), "study")))
    all_held = Counter(dict(_by_benchmark(held, "study")))
    return [
        Standing(one, in_pool[pk], all_held[pk] - rejected[pk], rejected[pk])
        for one in mine
        for pk in [one.benchmark_id]
    ]


def _by_benchmark(rows: QuerySet[PoolEntry] | QuerySet[HeldEntry], what: str) -> list[tuple[int, int]]:
    counted = rows.order_by().values("benchmark").annotate(n=Count(what, distinct=True))
    return [(row["benchmark"], row["n"]) for row in counted]


def told_of(run: ImportRun) -> str:
    """The run's message without places on the server's disk."""
    text = run.message
    upload = getattr(run, "upload", None)
    if upload is not None:
        for folder in (files_of(upload.pk), files_of(upload.pk, is_reports=True)):
            text = text.replace(f"{folder}/", "").replace(str(folder), "the upload")
    return text.replace(str(settings.DATA_DIR), "the server's disk")


def all_memberships() -> MembershipQuerySet:
    """Every membership, by site, with its person; for curators."""
    return Membership.objects.select_related("contributor__site", "contributor__user", "benchmark").order_by(
        "contributor__site__code", "contributor__user__username", "benchmark__title"
    )
