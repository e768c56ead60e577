"""One small world with a row of every kind, and for every address of the site the values that fill it.

Texts that must stay hidden carry markers, so that a test can look for them in any page.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import actions as accounts_actions
from accounts.models import Role, User
from benchmarks.models import Benchmark
from benchmarks.queries import labels_by_key
from cases.frames import address_digest
from cases.models import (
    Contribution,
    Contributor,
    FrameRun,
    GateFinding,
    Image,
    ImportRun,
    Membership,
    Report,
    Study,
    Upload,
    UploadedFile,
)
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms
from consensus.models import AgreementRun
from core.models import RunState
from labeling.models import (
    Correction,
    CorrectionKind,
    Read,
    ReadingRound,
    RoundState,
    Slot,
    SlotState,
    TrainingCase,
    TrainingSet,
    Verdict,
)
from llm_extract.actions.pipelines import scope_of
from llm_extract.models import (
    Backend,
    BarredVersion,
    Extraction,
    ExtractionRun,
    GoldLabel,
    GoldSet,
    ModelAnswer,
    Prompt,
    StressTrial,
    Suggestion,
    Trial,
    TrialStudy,
)
from llm_extract.queries.bench import trial_scores
from llm_extract.trust.intervals import wilson
from releases.models import (
    FrozenOutcome,
    Partition,
    Release,
    ReleaseBuild,
    ReleaseCase,
    ReleaseExport,
    ReleasePatient,
    ReleaseState,
)
from sampling.models import SampledStudy, SamplingPlan, SamplingRun
from tests.factories import make_benchmark, make_round, make_site, make_study, make_suggestions, make_user
from tests.site.walk import Address

# The addresses of DICOMweb that stand below a study, or below a benchmark and a site.
DICOMWEB = (
    *("studies", "series_search", "instance_search", "study", "series", "instance", "frames", "bulkdata"),
    *("study_series", "study_instances", "series_instances", "study_metadata", "series_metadata", "instance_metadata"),
    *("study_thumbnail", "series_thumbnail", "instance_thumbnail", "frame_thumbnail"),
    *("study_rendered", "series_rendered", "instance_rendered", "frame_rendered"),
)
# Of another reader: no page of a reader shows them.
OTHER_NAME = "Zzbeatrix"
OTHER_COMMENT = "zzcommentofbeatrix"
OF_ANOTHER_READER = (OTHER_NAME, "zzbea", OTHER_COMMENT, "zzholdoutcomment")
# Of the frozen holdout: an admin's alone.
OF_THE_HOLDOUT = (
    "ZZHOLDOUTSTUDY",
    "ZZHOLDOUTPATIENT",
    "zzholdoutreport",
    "zzholdoutevidence",
    "zzholdoutcomment",
    "zzholdoutcase",
    "zzholdoutreason",
    "zzholdoutanswer",
)
# Of another site than the contributor's, and of a benchmark that is not theirs.
OF_ANOTHER_SITE = ("zzsouth", "ZZSOUTHSTUDY", "zzsouthproblem", "zzsouthfinding", "zzotherbenchmark")
# Of its own site, and yet not a contributor's to see: what readers, rules and curators make of the studies.
OF_THE_READING = ("zzthetwin", "Pleural effusion", "Agree all", "agree_all", "rare label", "costophrenic")
# Of the release's split: an admin's alone, before and after.
OF_THE_SPLIT = ("zzsecretseed", "zzsecretsalt")


@dataclass
class World:
    """Names of what was made; ``people`` by role, and a second reader."""

    people: dict[str, User]
    other: User
    benchmark: Benchmark
    open_study: Study
    released_study: Study
    holdout_study: Study
    closed_round: ReadingRound
    open_round: ReadingRound
    open_slot: Slot
    others_slot: Slot
    release: Release
    draft: Release
    import_run: ImportRun
    extraction_run: ExtractionRun
    sampling_run: SamplingRun
    agreement_run: AgreementRun
    build: ReleaseBuild
    export: ReleaseExport
    invitation_pk: int = 0
    invitation_secret: str = ""
    token_pk: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


def make_world() -> World:
    """Everything, by rows: the closed round is read and released, the open one is being read."""
    people = {role: make_user(role, f"the-{role}") for role in Role.values}
    other = make_user(Role.READER, "zzbea", name=OTHER_NAME)
    benchmark = make_benchmark()
    site = make_site()
    open_study = make_study(benchmark, site=site, study_id="OPEN-1", report="Clear lungs.", with_image=True)
    released = make_study(benchmark, site=site, study_id="RELEASED-1", report="Effusion.", with_image=True)
    holdout = make_study(
        benchmark,
        site=site,
        study_id="ZZHOLDOUTSTUDY",
        patient="ZZHOLDOUTPATIENT",
        report="zzholdoutreport: effusion.",
        with_image=True,
    )
    Image.objects.update(transfer_syntax="1.2.840.10008.1.2.1")
    runs: dict[str, Any] = {"state": RunState.SUCCEEDED, "started_at": timezone.now(), "finished_at": timezone.now()}
    import_run = ImportRun.objects.create(kind="import", benchmark=benchmark, site=site, counts={"imported": 3}, **runs)
    FrameRun.objects.create(kind="frames", benchmark=benchmark, counts={"derived": 3}, **runs)
    upload = Upload.objects.create(by=people[Role.CURATOR], benchmark=benchmark, site_code=site.code)
    UploadedFile.objects.create(upload=upload, name="a.dcm", size=3)
    import_run.problems.create(kind="bad_row", where="reports.csv", line=2, message="Row 2 has no study.")
    taxonomy = benchmark.taxonomies.get()
    extraction_run = ExtractionRun.objects.create(
        kind="extraction", benchmark=benchmark, taxonomy=taxonomy, extractor="rules", mapper="rules", **runs
    )
    backend = Backend.objects.create(
        name="gpt-4o", model="gpt-4o", base_url="http://127.0.0.1:9/v1", api_key_env="ZZHIDDEN_API_KEY", probe={}
    )
    Prompt.objects.create(stage="extract", name="findings", version=1, text="{{nonce}} {{sentences}}", sha256="0" * 64)
    for study in (open_study, released, holdout):
        suggestions = make_suggestions(study, benchmark)
        answer = ModelAnswer.objects.create(
            key=f"{study.pk:064d}", backend=backend, run=extraction_run, stage="extract", text="zzholdoutanswer"
        )
        Extraction.objects.create(
            report=Report.objects.get(study=study),
            run=extraction_run,
            cache_key="0" * 64,
            backend="rules",
            backend_version="1",
            answers=[answer.key],
        )
        Suggestion.objects.create(
            suggestion_set=suggestions,
            label=labels_by_key(taxonomy)["pleural_effusion"],
            status="present",
            evidence="zzholdoutevidence" if study == holdout else "effusion",
            spans=[0, 4],
        )
    _bench(benchmark, (open_study, released, holdout), runs)
    sampling_run = SamplingRun.objects.create(
        kind="sampling", benchmark=benchmark, taxonomy=taxonomy, size=3, seed=1, pool_size=3, **runs
    )
    SamplingPlan.objects.create(
        kind="plan", benchmark=benchmark, taxonomy=taxonomy, size=3, seed=1, consensus_rate=0.4, pool_size=3, **runs
    )
    for rank, study in enumerate((open_study, released, holdout), start=1):
        SampledStudy.objects.create(
            run=sampling_run,
            study=study,
            patient=study.patient,
            suggestion_set=study.suggestion_sets.get(),
            rank=rank,
            reasons=["zzholdoutreason" if study == holdout else "rare label"],
            inclusion_probability=0.5,
        )
    readers = [people[Role.READER], other]
    closed = make_round(
        benchmark,
        [released, holdout],
        readers,
        state=RoundState.CLOSED,
        closed_at=timezone.now(),
        sampling_run=sampling_run,
    )
    for slot in closed.slots.select_related("round_study", "reader"):
        comment = "mine" if slot.reader != other else OTHER_COMMENT
        if slot.round_study.study_id == holdout.pk:
            comment = "mine" if slot.reader != other else "zzholdoutcomment"
        read(slot, Verdict.AGREE_ALL, comment=comment)
    open_round = make_round(benchmark, [open_study], readers, sampling_run=sampling_run)
    others_slot = open_round.slots.get(reader=other)
    read(others_slot, Verdict.AGREE_ALL, comment=OTHER_COMMENT)
    training = TrainingSet.objects.create(benchmark=benchmark, taxonomy=taxonomy, name="First cases")
    TrainingCase.objects.create(
        training_set=training,
        study=open_study,
        suggestion_set=open_study.suggestion_sets.get(),
        position=1,
        explanation="The costophrenic angle is blunted.",
    )
    agreement = AgreementRun.objects.create(kind="agreement", round=closed, **runs)
    release, draft = (_release(benchmark, closed, version) for version in (1, 2))
    _fill_and_freeze(release, released, holdout)
    build = ReleaseBuild.objects.create(kind="release", benchmark=benchmark, round=closed, release=release, **runs)
    export = ReleaseExport.objects.create(kind="export", release=release, formats=["csv"], **runs)
    world = World(
        people=people,
        other=other,
        benchmark=benchmark,
        open_study=open_study,
        released_study=released,
        holdout_study=holdout,
        closed_round=closed,
        open_round=open_round,
        open_slot=open_round.slots.get(reader=people[Role.READER]),
        others_slot=others_slot,
        release=release,
        draft=draft,
        import_run=import_run,
        extraction_run=extraction_run,
        sampling_run=sampling_run,
        agreement_run=agreement,
        build=build,
        export=export,
        extra={
            "finding": GateFinding.objects.create(
                run=import_run,
                study=open_study,
                check_name="burned_in",
                outcome="quarantine",
                what="A line",
                why="Look",
            )
        },
    )
    world.extra |= _contributions(world)
    issued = accounts_actions.invite_user(email="new@example.org", role=Role.READER, by=people[Role.ADMIN])
    world.invitation_pk, world.invitation_secret = issued.invitation.pk, issued.secret
    world.token_pk = accounts_actions.create_api_token(user=people[Role.READER], name="script").token.pk
    with connection.cursor() as cursor:  # the rules PostgreSQL checks at the end hold already
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return world


def _contributions(world: World) -> dict[str, Any]:
    """The contributor of the north, with a contribution and an open upload; and a south that they know nothing of."""
    contributor, by = world.people[Role.CONTRIBUTOR], world.people[Role.CURATOR]
    north, benchmark = world.open_study.site, world.benchmark
    person = Contributor.objects.create(user=contributor, site=north)
    membership = Membership.objects.create(contributor=person, benchmark=benchmark, agreement="DUA", begun_by=by)
    runs: dict[str, Any] = {"kind": "import", "state": RunState.SUCCEEDED, "finished_at": timezone.now()}
    sent = ImportRun.objects.create(
        benchmark=benchmark,
        site=north,
        created_by=contributor,
        params={"only_site": True},
        counts={"rejected": 1},
        **runs,
    )
    Contribution.objects.create(run=sent, site=north, agreement="DUA", attested_by="North", recorded_by=contributor)
    sent.problems.create(kind="undecodable", where="b.dcm", line=3, value="x", message="Its pixels do not decode.")
    upload = Upload.objects.create(by=contributor, benchmark=benchmark, site_code=north.code)
    file = UploadedFile.objects.create(upload=upload, name="b.dcm", size=3)
    south, other = make_site("zzsouth"), make_benchmark("zzotherbenchmark", labels=("zzlabel",))
    far = make_study(benchmark, site=south, study_id="ZZSOUTHSTUDY", report="zzsouthreport", with_image=True)
    theirs = ImportRun.objects.create(
        benchmark=benchmark, site=south, created_by=by, params={"only_site": True}, counts={"imported": 1}, **runs
    )
    theirs.problems.create(kind="bad_row", where="zzsouthproblem", message="zzsouthproblem")
    elsewhere = ImportRun.objects.create(
        benchmark=other, site=north, created_by=by, params={"only_site": True}, counts={"imported": 1}, **runs
    )
    finding = {"run": sent, "check_name": "burned_in", "outcome": "quarantine", "why": "Look"}
    GateFinding.objects.create(study=world.holdout_study, what="A line in a picture", **finding)
    GateFinding.objects.create(**finding | {"run": theirs}, study=far, what="zzsouthfinding")
    image, twin = (Image.objects.get(series__study=study) for study in (world.released_study, far))
    about = {"check_name": "duplicate", "outcome": "pass", "what": "zzthetwin", "why": "twins"}
    GateFinding.objects.create(run=sent, study=world.released_study, image=image, other_image=twin, **about)
    return {
        "sent": sent,
        "theirs": theirs,
        "elsewhere": elsewhere,
        "membership": membership,
        "upload_of_contributor": upload,
        "file_of_contributor": file,
        "others_upload": Upload.objects.get(by=by),
    }


def _bench(benchmark: Benchmark, studies: tuple[Study, ...], runs: dict[str, Any]) -> None:
    """A gold set, a trial and a stress trial that all know of the holdout, and a barred version; by rows."""
    taxonomy = benchmark.taxonomies.get()
    label = labels_by_key(taxonomy)["pleural_effusion"]
    gold_set = GoldSet.objects.create(benchmark=benchmark, taxonomy=taxonomy, name="Gold", source="gold.csv")
    pipeline = {"benchmark": benchmark, "taxonomy": taxonomy, "extractor": "rules", "mapper": "vocabulary", **runs}
    trial = Trial.objects.create(kind="extraction_trial", gold_set=gold_set, version="v1", **pipeline)
    for study in studies:
        GoldLabel.objects.create(gold_set=gold_set, study=study, label=label, status="absent")
        row = TrialStudy.objects.create(trial=trial, study=study, doubt=0.2)
        row.suggestions.create(label=label, status="present", confidence=0.9, spans=[0, 4], reason="zzholdoutreason")
    trial.scores = trial_scores(trial, scope_of(taxonomy))
    trial.save()
    wrong = [
        {"report": pk, "label": label.key, "kind": "negated", "after": "present"}
        for pk in Report.objects.filter(study=studies[-1]).values_list("pk", flat=True)
    ]
    right = asdict(wilson(0, 1))
    rates = [{"kind": kind, "right": right, "untested": 0} for kind in (None, "negated")]
    stress = StressTrial.objects.create(
        kind="stress_trial", version="v1", results={"rates": rates, "wrong": wrong, "passes": False}, **pipeline
    )
    BarredVersion.objects.create(version="v1", reason="It reads nothing.", stress_trial=stress)


def read(
    slot: Slot, verdict: str, *, comment: str = "", added: tuple[str, ...] = (), supersedes: Read | None = None
) -> Read:
    """A verdict on a slot, by rows."""
    made = Read.objects.create(
        slot=slot,
        verdict=verdict,
        comment=comment,
        supersedes=supersedes,
        n_corrections=len(added),
        seconds=30,
        submitted_at=timezone.now() if supersedes is None else supersedes.submitted_at,
    )
    for key in added:
        Correction.objects.create(read=made, label=labels_by_key(slot.round.taxonomy)[key], kind=CorrectionKind.ADDED)
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.READ)
    return made


def _release(benchmark: Benchmark, round_: ReadingRound, version: int) -> Release:
    return Release.objects.create(
        benchmark=benchmark,
        taxonomy=round_.taxonomy,
        round=round_,
        version=version,
        rule={"name": "at_least", "verdict": "agree_all", "at_least": 2, "text": "at_least-2-agree_all/v1"},
        n_released=1,
        n_holdout=1,
        n_eligible=2,
        algorithm="test",
        input_sha256="0" * 64,
        secret_seed="zzsecretseed",
        secret_salt="zzsecretsalt",
        commitment="c" * 64,
    )


def _fill_and_freeze(release: Release, released: Study, holdout: Study) -> None:
    for study, partition in ((released, Partition.RELEASED), (holdout, Partition.HOLDOUT)):
        is_hidden = partition == Partition.HOLDOUT
        patient = ReleasePatient.objects.create(release=release, patient=study.patient, partition=partition)
        ReleaseCase.objects.create(
            release=release,
            release_patient=patient,
            patient=study.patient,
            study=study,
            case_id="zzholdoutcase" if is_hidden else "case-released",
            labels=["pleural_effusion"],
            reasons=["zzholdoutreason" if is_hidden else "rare label"],
        )
        FrozenOutcome.objects.create(
            release=release, study=study, state="eligible", labels=["pleural_effusion"], read_ids=[]
        )
    release.state, release.frozen_at = ReleaseState.FROZEN, timezone.now()
    release.save()


def samples(world: World) -> dict[str, dict[str, Any]]:
    """For each named address with parameters, values that fill it."""
    reader_pk = world.people[Role.READER].pk
    image = {"pk": Image.objects.filter(series__study=world.open_study).values_list("pk", flat=True).first()}
    study = {"pk": world.open_study.pk}
    person = {"pk": reader_pk}
    an_export = {"pk": world.export.pk}
    a_release = {"pk": world.release.pk}
    a_round = {"pk": world.open_round.pk}
    a_closed_round = {"pk": world.closed_round.pk}
    a_slot = {"pk": world.open_slot.pk}
    a_backend, a_prompt = {"pk": Backend.objects.get().pk}, {"pk": Prompt.objects.get().pk}
    a_trial, a_stress_trial = {"pk": Trial.objects.get().pk}, {"pk": StressTrial.objects.get().pk}
    an_upload = {"pk": world.extra["upload_of_contributor"].pk}
    a_file = {"slug": world.benchmark.slug, "kind": "jsonl"}
    of_dicomweb = names_of_dicomweb(world)
    return {
        # accounts
        **dict.fromkeys(
            [f"accounts:user_{what}" for what in ("detail", "change_role", "deactivate", "reactivate", "invite")],
            person,
        ),
        "accounts:invitation_revoke": {"pk": world.invitation_pk},
        "accounts:invitation_accept": {"token": world.invitation_secret},
        "accounts:token_revoke": {"pk": world.token_pk},
        "account_reset_password_from_key": {"uidb36": "zzzzz", "key": "made-up"},
        "account_confirm_email": {"key": "made-up"},
        "openid_connect_login": {"provider_id": "sso"},
        "openid_connect_callback": {"provider_id": "sso"},
        # benchmarks and cases
        "benchmarks:detail": {"slug": world.benchmark.slug},
        "benchmark-detail": {"slug": world.benchmark.slug},
        "cases:study_detail": study,
        "cases:image_preview": image,
        "cases:image_thumbnail": image,
        "cases:frame_whole": {**image, "frame": 1},
        "cases:image_frame": {**image, "digest": address_digest("0" * 64), "frame": 0},
        "cases:frames_detail": {"pk": FrameRun.objects.get().pk},
        "cases:import_detail": {"pk": world.import_run.pk},
        "cases:gate_report": {"pk": world.import_run.pk},
        "cases:decide": {"pk": world.extra["finding"].pk},
        "cases:hold_picture": image,
        "cases:import_again": {"pk": world.import_run.pk},
        **dict.fromkeys([f"cases:upload_{what}" for what in ("detail", "files", "finish", "discard")], an_upload),
        "cases:upload_piece": {**an_upload, "file_pk": world.extra["file_of_contributor"].pk},
        "cases:contribution_detail": {"pk": world.extra["sent"].pk},
        "cases:contribution_gate": {"pk": world.extra["sent"].pk},
        "cases:contributor_link": {"pk": world.extra["membership"].pk},
        "cases:membership_end": {"pk": world.extra["membership"].pk},
        # dashboard
        "dashboard:run_control": {"pk": world.import_run.pk},
        # llm_extract and sampling
        "llm_extract:run_detail": {"pk": world.extraction_run.pk},
        "llm_extract:run_retry": {"pk": world.extraction_run.pk},
        "llm_extract:run_go_on": {"pk": world.extraction_run.pk},
        "llm_extract:study_suggestions": study,
        "llm_extract:study_answers": {"pk": Extraction.objects.get(report__study=world.open_study).pk},
        **dict.fromkeys(
            [f"llm_extract:backend_{what}" for what in ("detail", "edit", "test", "switch", "unmask")],
            a_backend,
        ),
        **dict.fromkeys([f"llm_extract:prompt_{what}" for what in ("detail", "edit", "promote")], a_prompt),
        **dict.fromkeys(
            ["llm_extract:export_download", "llm_extract:export_sealed"],
            a_file,
        ),
        "llm_extract:gold_detail": {"pk": GoldSet.objects.get().pk},
        **dict.fromkeys(
            [f"llm_extract:{what}" for what in ("trial_detail", "trial_differing", "calibration_keep")], a_trial
        ),
        **dict.fromkeys([f"llm_extract:stress_{what}" for what in ("detail", "wrong", "bar")], a_stress_trial),
        "llm_extract:bar_lift": {"pk": BarredVersion.objects.get().pk},
        "prompt-detail": a_prompt,
        "extraction-run-detail": {"pk": world.extraction_run.pk},
        "suggestion-detail": {"pk": world.open_study.suggestion_sets.get().pk},
        "sampling:run_detail": {"pk": world.sampling_run.pk},
        "sampling:sampled_list": {"pk": world.sampling_run.pk},
        "sampling:buckets": {"pk": world.sampling_run.pk},
        "sampling:why": {"pk": world.sampling_run.pk, "study_pk": world.open_study.pk},
        "sampling:plan_detail": {"pk": SamplingPlan.objects.get().pk},
        "sampling-run-detail": {"pk": world.sampling_run.pk},
        "sampled-study-list": {"run_pk": world.sampling_run.pk},
        "sampled-study-detail": {"run_pk": world.sampling_run.pk, "pk": world.sampling_run.sampled_studies.first().pk},
        # labeling
        "labeling:round_pairs": a_round,
        "labeling:round_marks": a_round,
        "labeling:answer": a_slot,
        "labeling:training_detail": {"pk": TrainingSet.objects.get().pk},
        "labeling:training_case_remove": {"pk": TrainingCase.objects.get().pk},
        **dict.fromkeys(["labeling:case", "labeling:undo", "slot-reads", "slot-cannot-judge"], a_slot),
        **dict.fromkeys([f"labeling:{what}" for what in ("cannot_judge", "draft", "loan")], a_slot),
        **dict.fromkeys(["labeling:done", "labeling:next"], a_round),
        "labeling:hand_over": {**a_round, "reader_pk": world.open_slot.reader_id},
        "labeling:deal_waiting": {**a_round, "slot_pk": world.open_slot.pk},
        "labeling:deal_in": a_round,
        "labeling:hold": {**a_round, "hold_pk": 999_999_999},
        **dict.fromkeys(
            [f"labeling:round_{what}" for what in ("detail", "close", "studies", "assignments", "reads", "marks")],
            a_round,
        ),
        "round-detail": a_round,
        # consensus
        **dict.fromkeys(
            [
                "consensus:round",
                "consensus:outcome_list",
                "consensus:agreement_create",
                "consensus:bias",
                "consensus:readers",
            ],
            a_closed_round,
        ),
        "consensus:agreement": {"pk": world.agreement_run.pk},
        **dict.fromkeys(
            [f"consensus:{what}" for what in ("what_if", "adjudication_queue", "adjudication_deal")], a_closed_round
        ),
        "consensus:adjudication": {"pk": 1},
        "consensus:adjudication_withdraw": {"pk": 1},
        "round-outcomes": {"round_pk": world.closed_round.pk},
        "site-detail": {"code": world.open_study.site.code},
        "study-detail": study,
        "import-detail": {"pk": world.import_run.pk},
        # dicomweb
        **dict.fromkeys([f"dicomweb:{name}" for name in DICOMWEB], of_dicomweb),
        # releases
        **dict.fromkeys(
            ["releases:detail", "releases:report", "releases:case_list", "releases:export_create", "release-detail"],
            a_release,
        ),
        "releases:build_detail": {"pk": world.build.pk},
        **dict.fromkeys(["releases:export_detail", "releases:export_download"], an_export),
        "releases:step": {"pk": world.release.pk, "step": "publish"},
        "release-case-list": {"release_pk": world.release.pk},
        "release-case-detail": {"release_pk": world.release.pk, "pk": world.release.cases.first().pk},
    }


def names_of_dicomweb(world: World) -> dict[str, Any]:
    """The open study as DICOMweb names it, with its benchmark and site."""
    image = Image.objects.filter(series__study=world.open_study).select_related("series").get()
    names = pseudonyms()
    return {
        "benchmark": world.benchmark.slug,
        "site": world.open_study.site.code,
        "study": names.uid_of(Kind.STUDY, world.open_study.pk),
        "series": names.uid_of(Kind.SERIES, image.series_id),
        "instance": names.uid_of(Kind.INSTANCE, image.pk),
        "frames": "1",
        "tag": "7FE00010",
    }


def values_for(address: Address, world: World) -> dict[str, Any]:
    """What fills the address; fails the test that meets an address nobody gave a sample for."""
    if not address.parameters:
        return {}
    found = samples(world).get(address.name)
    if found is None:
        pytest.fail(f"add a sample for {address.name!r} ({', '.join(address.parameters)}) in tests/site/world.py")
    return {key: found[key] for key in address.parameters if key in found} | {
        key: "0" * 64 for key in address.parameters if key == "sha256"
    }
