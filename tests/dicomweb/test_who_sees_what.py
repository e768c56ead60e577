"""Nobody gets by DICOMweb what they could not see on a page."""

import pytest
from django.utils import timezone

from accounts.actions import revoke_api_token
from accounts.models import ApiToken
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms
from labeling.models import CannotJudge, RoundState, SlotState, StudyHold
from releases.models import Partition, Release, ReleaseCase, ReleasePatient, ReleaseState
from tests.dicomweb.conftest import Program, study_with, uid_of
from tests.factories import make_round, make_user

pytestmark = pytest.mark.django_db
PATHS = ("studies", "series", "instances")


def seal(round_, released, holdout, state=ReleaseState.FROZEN) -> Release:
    """A frozen release of the round with one study on each side, by rows."""
    release = Release.objects.create(
        benchmark=round_.benchmark,
        taxonomy=round_.taxonomy,
        round=round_,
        version=1,
        rule={"name": "at_least", "verdict": "agree_all", "at_least": 2, "text": "at_least-2-agree_all/v1"},
        n_released=1,
        n_holdout=1,
        n_eligible=2,
        algorithm="test",
        input_sha256="0" * 64,
        secret_seed="seed",
        secret_salt="salt",
        commitment="c" * 64,
    )
    for study, partition in ((released, Partition.RELEASED), (holdout, Partition.HOLDOUT)):
        patient = ReleasePatient.objects.create(release=release, patient=study.patient, partition=partition)
        ReleaseCase.objects.create(
            release=release,
            release_patient=patient,
            patient=study.patient,
            study=study,
            case_id=partition,
            labels=[],
            reasons=[],
        )
    if state == ReleaseState.FROZEN:
        Release.objects.filter(pk=release.pk).update(state=state, frozen_at=timezone.now())
    return release


def everything(program: Program) -> set[str]:
    """The studies that any search tells of."""
    return {uid for path in PATHS for uid in program.uids(path, includefield="all")}


def below(program: Program, study) -> set[int]:
    """What the addresses of the study answer."""
    return {program.get(f"studies/{uid_of(study)}/{path}").status_code for path in ("series", "instances")}


@pytest.mark.parametrize("path", [*PATHS, "studies/2.25.1/series", "chest/north/studies", "studies/1/instances"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer cs_made_up"}])
def test_without_a_token_the_answer_is_401_and_never_a_page(client, db, path, headers):
    response = client.get(f"/dicom-web/{path}", headers=headers)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert "detail" in response.json()


def test_a_revoked_token_opens_nothing(curator):
    revoke_api_token(token=ApiToken.objects.get(), by=curator.user)

    assert curator.get("studies").status_code == 401


def test_an_admin_without_the_second_factor_is_told_so_in_json(client, settings, db):
    settings.REQUIRE_ADMIN_MFA = True
    client.force_login(make_user("admin"))
    response = client.get("/dicom-web/studies")

    assert response.status_code == 403
    assert "second factor" in response.json()["detail"]


def test_a_reader_has_the_cases_of_open_rounds_and_nothing_else(reader, benchmark_):
    other = make_user("reader")
    mine, others, unread = (study_with(benchmark_) for _ in range(3))
    make_round(benchmark_, [mine], [reader.user])
    make_round(benchmark_, [others], [other])

    assert everything(reader) == {uid_of(mine)}
    assert below(reader, mine) == {200}
    for study in (others, unread):
        assert below(reader, study) == {404}
        assert reader.uids("studies", StudyInstanceUID=uid_of(study)) == []


def test_a_reader_loses_a_case_with_its_round_its_slot_or_a_hold(reader, benchmark_):
    closed, handed_over, held = (study_with(benchmark_) for _ in range(3))
    make_round(benchmark_, [closed], [reader.user], state=RoundState.CLOSED, closed_at=timezone.now())
    round_ = make_round(benchmark_, [handed_over, held], [reader.user])
    slot = round_.slots.get(round_study__study=handed_over)
    assert everything(reader) == {uid_of(handed_over), uid_of(held)}
    type(slot).objects.filter(pk=slot.pk).update(state=SlotState.CLOSED)
    seen = CannotJudge.objects.create(slot=round_.slots.get(round_study__study=held), reason="patient_data")
    StudyHold.objects.create(study=held, cannot_judge=seen)

    assert everything(reader) == set()
    assert {code for study in (closed, handed_over, held) for code in below(reader, study)} == {404}


def test_no_search_tells_a_reader_which_cases_are_of_one_patient(reader, curator, benchmark_):
    first, second = (study_with(benchmark_, patient="A") for _ in range(2))
    make_round(benchmark_, [first], [reader.user])
    make_round(benchmark_, [second], [reader.user])
    told = [one["00100020"]["Value"][0] for one in reader.found("studies")]

    assert len(set(told)) == 2
    assert reader.uids("studies", PatientID=told[0]) == [uid_of(first)]
    of_curators = pseudonyms().patient_id(Kind.PATIENT, first.patient_id)
    assert reader.found("studies", PatientID=of_curators) == []
    assert curator.found("studies", PatientID=told[0]) == []
    assert len(curator.found("studies", PatientID=of_curators)) == 2


def test_a_prior_of_a_case_is_not_open_with_it(reader, benchmark_):
    case, prior = (study_with(benchmark_, patient="A") for _ in range(2))
    make_round(benchmark_, [case], [reader.user])

    assert everything(reader) == {uid_of(case)}
    assert below(reader, prior) == {404}


def test_the_sealed_holdout_is_an_admins_alone(reader, curator, admin, benchmark_):
    released, holdout = study_with(benchmark_), study_with(benchmark_)
    round_ = make_round(benchmark_, [released, holdout], [reader.user])
    assert everything(reader) == everything(curator) == {uid_of(released), uid_of(holdout)}
    seal(round_, released, holdout)

    assert everything(admin) == {uid_of(released), uid_of(holdout)}
    assert everything(curator) == {uid_of(released)}
    assert everything(reader) == set()  # of a sealed round nothing, so that the two sides cannot be told apart
    for program in (curator, reader):
        assert below(program, holdout) == {404}
        assert program.found("studies", PatientID=pseudonyms().patient_id(Kind.PATIENT, holdout.patient_id)) == []


def test_what_is_not_open_answers_like_what_is_not_there(reader, benchmark_):
    hidden = study_with(benchmark_)
    for path in ("series", "instances"):
        answers = [
            reader.get(f"studies/{uid}/{path}")
            for uid in (uid_of(hidden), pseudonyms().uid_of(Kind.STUDY, 999_999), "1.2.3", "nonsense")
        ]
        assert {(one.status_code, one.content) for one in answers} == {(404, answers[0].content)}
