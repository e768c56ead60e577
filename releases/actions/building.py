"""From outcomes to a draft release: consensus, selection, split."""

import hashlib
import json
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import labels_by_key
from cases.actions.frames import make_films
from cases.models import HeldEntry
from consensus.outcomes import Rule, StudyOutcome
from consensus.queries import RoundOutcome, outcomes_of_round, rule_of
from consensus.selection import TooFewEligible, select_to_split
from consensus.split import Split, SplitImpossible, commitment, split
from core.actions import record_event, working_on
from labeling.models import ReadingRound
from releases.actions.rules import ReleaseRefusedError, require_admin
from releases.models import (
    Partition,
    Release,
    ReleaseBuild,
    ReleaseCase,
    ReleasePatient,
    ReleaseState,
)
from releases.queries import has_changed, pictures_of, sealed_persons
from sampling.draw import SampleCandidate, SampleDraw
from sampling.queries import candidate_of

_NO_FILM = (
    "So it has no film, and this release holds its small preview; mend what is wrong, then discard it and build anew."
)
ALGORITHM = "bucket selection and parity split by patient (SciPy HiGHS), 2"


@transaction.atomic
def create_build(
    *, benchmark: Benchmark, released: int | None = None, holdout: int | None = None, seed: int = 1, by: User | None
) -> ReleaseBuild:
    """A queued build on the benchmark's newest round; sizes default to the benchmark's own. Admins and commands only."""
    require_admin(by)
    round_ = ReadingRound.objects.filter(benchmark=benchmark).order_by("-pk").first()
    if round_ is None:
        raise ReleaseRefusedError(f"Benchmark {benchmark.slug} has no reading round; open one and have it read first.")
    sizes = benchmark.settings["release"]
    released = sizes["released"] if released is None else released
    holdout = sizes["holdout"] if holdout is None else holdout
    if released < 0 or holdout < 0 or released + holdout < 1:
        raise ReleaseRefusedError(
            f"A release of {released} and {holdout} studies was asked for; ask for at least 1 in all."
        )
    build = ReleaseBuild.objects.create(
        kind="release",
        benchmark=benchmark,
        round=round_,
        created_by=by,
        params={"released": released, "holdout": holdout, "seed": seed},
    )
    record_event(verb="release.build_asked", subject=build, by=by, data=build.params)
    return build


def build_release(*, run_id: int, secret: str | None = None) -> Release:
    """Works a queued build: consensus, selection, split, and a draft release. Returns the draft.

    ``secret`` decides the coin flips of the split (random by default) and is kept with the release, for admins alone.
    A release made before from the same outcomes, sizes, seed and rule, frozen or not, is returned as it is. Studies of
    patients that an earlier frozen release holds are left out, so that no patient is ever on two sides, and so are those that
    the gate holds.
    """
    with working_on(run_id) as handle:
        build = ReleaseBuild.objects.select_related("benchmark", "round__taxonomy", "created_by").get(pk=run_id)
        handle.start(3)
        rule = rule_of(build.benchmark)
        outcomes = outcomes_of_round(build.round, rule)
        sealed = sealed_persons(build.benchmark)
        held = set(HeldEntry.objects.filter(benchmark=build.benchmark).values_list("study_id", flat=True))
        accepted = [one for one in outcomes if one.outcome.state == "accepted" and one.study.pk not in held]
        eligible = [one for one in accepted if one.study.patient.person_id not in sealed]
        handle.advance(1, eligible=len(eligible))
        draft = _made_before(build, rule, digest_of(outcomes))
        if draft is None:
            selected = _select(build, eligible)
            handle.advance(1, selected=len(selected.picks))
            by_key = {_key(one): one for one in eligible}
            chosen = [by_key[pick.key] for pick in selected.picks]
            secret = secret or secrets.token_hex(32)
            divided = _split(build, chosen, secret)
            for problem in make_films(studies=[one.study.pk for one in chosen], now=timezone.now()):
                handle.problem(
                    kind="no_film",
                    where=problem.where,
                    message=f"{problem.message} {_NO_FILM}",
                    is_warning=True,
                )
            with transaction.atomic():
                draft = _store_draft(build, rule, outcomes, len(eligible), selected, divided, secret)
                handle.advance(1, released=len(divided.released), holdout=len(divided.holdout))
        ReleaseBuild.objects.filter(pk=build.pk).update(release=draft)
    return draft


def _key(one: RoundOutcome) -> str:
    return f"{one.study.site.code}/{one.study.study_id}"


def _candidates(outcomes: Sequence[RoundOutcome]) -> list[SampleCandidate]:
    return [
        candidate_of(
            one.study,
            labels=one.outcome.labels or frozenset(),
            # How far the readers were apart: the share of reads that did not agree with everything.
            difficulty=sum(read.verdict != "agree_all" for read in one.reads.reads) / max(1, len(one.reads.reads)),
        )
        for one in outcomes
    ]


def _select(build: ReleaseBuild, eligible: Sequence[RoundOutcome]) -> SampleDraw:
    labels = labels_by_key(build.round.taxonomy)
    try:
        return select_to_split(
            _candidates(eligible),
            build.params["released"],
            build.params["holdout"],
            build.params["seed"],
            label_names={key: label.name.lower() for key, label in labels.items()},
            label_weights={key: label.weight for key, label in labels.items()},
        )
    except TooFewEligible as error:
        raise ReleaseRefusedError(str(error)) from error


def _split(build: ReleaseBuild, chosen: Sequence[RoundOutcome], secret: str) -> Split:
    try:
        return split(_candidates(chosen), build.params["released"], build.params["holdout"], secret)
    except SplitImpossible as error:
        raise ReleaseRefusedError(str(error)) from error


def _bases(outcome: StudyOutcome) -> list[object]:
    """What an outcome rests on: its reads, and the adjudication if one decided it."""
    return [sorted(outcome.rests_on), *([outcome.adjudication] if outcome.adjudication else [])]


def digest_of(outcomes: Sequence[RoundOutcome]) -> str:
    """Of every outcome with the reads it rests on: a draft whose digest differs was built from other reads."""
    rows = sorted(
        (one.study.pk, one.outcome.state, sorted(one.outcome.labels or ()), *_bases(one.outcome)) for one in outcomes
    )
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _made_before(build: ReleaseBuild, rule: Rule, digest: str) -> Release | None:
    standing = (ReleaseState.DRAFT, ReleaseState.FROZEN, ReleaseState.PUBLISHED)
    made = Release.objects.filter(round=build.round, state__in=standing, input_sha256=digest).select_related(
        "benchmark"
    )
    for release in made.order_by("-pk"):
        is_same = release.rule["text"] == str(rule) and release.objective.get("asked") == build.params
        if is_same and not (release.is_draft and has_changed(release)):
            return release
    return None


def _store_draft(
    build: ReleaseBuild,
    rule: Rule,
    outcomes: Sequence[RoundOutcome],
    n_eligible: int,
    selected: SampleDraw,
    divided: Split,
    secret: str,
) -> Release:
    benchmark = Benchmark.objects.select_for_update().get(pk=build.benchmark_id)
    newest = Release.objects.filter(benchmark=benchmark).order_by("-version").first()
    salt = secrets.token_hex(32)
    release = Release.objects.create(
        benchmark=benchmark,
        taxonomy=build.round.taxonomy,
        round=build.round,
        version=newest.version + 1 if newest else 1,
        rule={"name": rule.name, "at_least": rule.at_least, "verdict": rule.verdict, "text": str(rule)},
        n_released=len(divided.released),
        n_holdout=len(divided.holdout),
        n_eligible=n_eligible,
        algorithm=ALGORITHM,
        input_sha256=digest_of(outcomes),
        card={
            "title": benchmark.title,
            "description": benchmark.description,
            "modality": benchmark.modality,
            "body_part": benchmark.body_part,
        },
        objective={
            "asked": build.params,
            "selection_cost": round(selected.cost, 6),
            "selection_bound": round(selected.lower_bound, 6),
            "selection_proven": selected.is_proven,
            "split_imbalance": divided.imbalance,
            "split_bound": divided.bound,
            "split_proven": divided.is_proven,
            "coin_flips": divided.coin_flips,
            # Sums alone: pairs of labels are left out, as some are so rare that a sum would point at a study.
            "selection": [
                [r.group, r.name, r.have, r.target if r.wanted is None else r.wanted, r.pool]
                for r in selected.buckets
                if r.group != "pair"
            ],
            "sides": [[f.group, f.name, f.released, f.holdout] for f in divided.features if f.group != "pair"],
            "pairs_apart_at_most": max(
                (abs(f.released - f.holdout) for f in divided.features if f.group == "pair"), default=0
            ),
        },
        secret_seed=secret,
        secret_salt=salt,
        commitment=commitment(secret, salt),
        created_by=build.created_by,
    )
    _store_cases(release, outcomes, selected, divided)
    record_event(
        verb="release.built",
        subject=release,
        by=build.created_by,
        data={"released": release.n_released, "holdout": release.n_holdout, "eligible": n_eligible},
    )
    return release


def _store_cases(release: Release, outcomes: Sequence[RoundOutcome], selected: SampleDraw, divided: Split) -> None:
    by_key = {_key(one): one for one in outcomes}
    sides = dict.fromkeys(divided.released, Partition.RELEASED) | dict.fromkeys(divided.holdout, Partition.HOLDOUT)
    patients = {
        by_key[key].study.patient_id: ReleasePatient(
            release=release, patient_id=by_key[key].study.patient_id, partition=side
        )
        for key, side in sides.items()
    }
    ReleasePatient.objects.bulk_create(patients.values())
    pictures = pictures_of(by_key[key].study.pk for key in sides)
    reasons = {pick.key: [reason[:300] for reason in pick.reasons] for pick in selected.picks}
    cases = ReleaseCase.objects.bulk_create(
        ReleaseCase(
            release=release,
            release_patient=patients[by_key[key].study.patient_id],
            patient_id=by_key[key].study.patient_id,
            study=by_key[key].study,
            case_id=secrets.token_hex(8),
            labels=sorted(by_key[key].outcome.labels or ()),
            reasons=reasons[key],
            images=pictures.get(by_key[key].study.pk, []),
        )
        for key in sides
    )
    through = ReleaseCase.reads.through
    through.objects.bulk_create(
        through(releasecase_id=case.pk, read_id=read_id)
        for case, key in zip(cases, sides, strict=True)
        for read_id in by_key[key].outcome.rests_on
    )
