"""Contributors: invited for one site and benchmark, they send, see what became of it, and reach nothing else."""

import csv
import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from accounts.actions import (
    accept_invitation,
    change_role,
    create_api_token,
    deactivate_user,
    invite_contributor_account,
    invite_user,
    revoke_contributor_tokens,
)
from accounts.errors import AccountRefusedError, InvitationRefusedError
from accounts.models import ApiToken, Role, User
from cases.actions import ImportRefusedError, create_import_run, import_studies
from cases.actions.contributors import (
    MembershipRefusedError,
    create_site_token,
    end_membership,
    invite_contributor,
)
from cases.actions.decisions import decide_finding
from cases.actions.uploads import UploadRefusedError, begin_upload, discard_upload
from cases.contribution import ATTESTATION
from cases.models import Contribution, Contributor, GateFinding, ImportRun, Membership, Report, Site, Study, Upload
from cases.queries.contributors import contributed_runs, standings, told_of
from core.errors import NotAllowedError
from core.models import Event, RunState
from sampling.models import SampledStudy, SamplingRun
from tests.accounts.signing_in import sign_in
from tests.cases.builders import dicom, png, reports_csv, write
from tests.factories import make_benchmark, make_site, make_study, make_suggestions, make_user
from tests.pages import without_tokens

pytestmark = pytest.mark.django_db
DUA = "Data use agreement of 12 May 2026"


@pytest.fixture
def curator(db) -> User:
    return make_user(Role.CURATOR)


def invited(benchmark, by, *, email="dana@north.example.org", site="north", **more):
    values = {"agreement": DUA, "name": "Dana Data", **more}
    return invite_contributor(email=email, site_code=site, benchmark=benchmark, by=by, **values)


@pytest.fixture
def membership(benchmark_, curator) -> Membership:
    return invited(benchmark_, curator).membership


@pytest.fixture
def contributor(membership, client) -> User:
    """Signed in, moments ago."""
    user = membership.contributor.user
    user.set_password("plum-otter-lantern-71")
    user.save()
    return sign_in(client, user)


def sent(contributor, benchmark, source="", *, reports="", site="north") -> ImportRun:
    run = create_import_run(
        benchmark=benchmark, site_code=site, source=str(source), reports_source=str(reports), by=contributor
    )
    return import_studies(run.pk)


# Inviting and ending


def test_an_invited_person_opens_the_account_and_belongs_to_the_site(benchmark_, curator):
    made = invited(benchmark_, curator, email="Dana@North.example.org")
    user = accept_invitation(secret=made.issued.secret, password="plum-otter-lantern-71")
    assert (user.username, user.name, user.role, user.home_site_code) == (
        *("dana@north.example.org", "Dana Data"),
        *(Role.CONTRIBUTOR, "north"),
    )
    assert (user.contributor.site.code, made.membership.agreement) == ("north", DUA)
    event = Event.objects.get(verb="membership.begun")
    assert (event.actor, event.data["user"]) == (curator, user.pk)


def test_another_benchmark_needs_no_other_link_once_there_is_a_password(benchmark_, curator, contributor):
    again = invited(make_benchmark("knee"), curator)
    assert (again.issued, Contributor.objects.count(), Membership.objects.count()) == (None, 1, 2)


def test_the_same_invitation_again_names_another_agreement_and_gives_a_new_link(benchmark_, curator, membership):
    again = invited(benchmark_, curator, agreement="DUA of June")
    assert again.issued is not None
    assert Membership.objects.get().agreement == "DUA of June"


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"agreement": "  "}, MembershipRefusedError, "Name the use-agreement"),
        ({"agreement": "x" * 201}, MembershipRefusedError, "at most 200 characters"),
        ({"site": "no code"}, ImportRefusedError, "cannot be a site's code"),
    ],
)
def test_what_cannot_be_a_membership_makes_no_account(benchmark_, curator, more, error, words):
    with pytest.raises(error, match=words):
        invited(benchmark_, curator, **more)
    assert not User.objects.filter(role=Role.CONTRIBUTOR).exists()


def test_an_account_is_of_one_site(benchmark_, curator, membership):
    with pytest.raises(MembershipRefusedError, match=r"sends studies of north, and an account is of one site"):
        invited(make_benchmark("knee"), curator, site="south")


@pytest.mark.parametrize("role", [Role.READER, Role.CURATOR, Role.ADMIN])
def test_who_reads_or_curates_is_no_contributor(benchmark_, curator, role):
    person = make_user(role)
    with pytest.raises(AccountRefusedError, match=f"belongs to the {role} {person.username}"):
        invited(benchmark_, curator, email=person.email)


@pytest.mark.parametrize("role", [Role.READER, Role.CONTRIBUTOR])
def test_only_curators_and_admins_invite(benchmark_, role):
    with pytest.raises(NotAllowedError, match="only these invite contributors"):
        invited(benchmark_, make_user(role))


def test_nobody_becomes_or_stops_being_a_contributor_by_a_new_role(contributor):
    admin, reader = make_user(Role.ADMIN), make_user(Role.READER)
    make_user(Role.ADMIN)
    for person, role in ((reader, Role.CONTRIBUTOR), (contributor, Role.READER), (contributor, Role.CURATOR)):
        with pytest.raises(AccountRefusedError, match="nobody becomes a contributor"):
            change_role(user=person, role=role, by=admin)
    with pytest.raises(InvitationRefusedError, match="invited for a site and a benchmark"):
        invite_user(email="new@example.org", role=Role.CONTRIBUTOR, by=admin)


def test_a_curator_makes_links_for_contributors_alone(curator, contributor):
    assert invite_contributor_account(user=contributor, by=curator).secret
    with pytest.raises(InvitationRefusedError, match="only an admin makes a link"):
        invite_contributor_account(user=make_user(Role.ADMIN), by=curator)


def test_an_ended_membership_ends_sending_uploads_and_tokens(benchmark_, curator, contributor, membership):
    upload = begin_upload(benchmark=benchmark_, site_code="north", layout="auto", by=contributor, now=timezone.now())
    create_site_token(name="router", expires_at=None, by=contributor)
    end_membership(membership=membership, by=curator, now=timezone.now())
    assert not ApiToken.objects.live().exists()
    assert Event.objects.get(verb="api_token.revoked").actor == curator
    with pytest.raises(UploadRefusedError, match="no upload"):
        discard_upload(upload_pk=upload.pk, by=contributor)
    with pytest.raises(NotAllowedError, match="Your leave to send studies has ended"):
        create_import_run(benchmark=benchmark_, site_code="north", source="/x", by=contributor)
    with pytest.raises(NotAllowedError, match="has ended"):
        create_site_token(name="router", expires_at=None, by=contributor)
    with pytest.raises(MembershipRefusedError, match="has ended already"):
        end_membership(membership=membership, by=curator, now=timezone.now())
    invited(benchmark_, curator)
    assert Membership.objects.live().count() == 1


def test_with_another_benchmark_left_the_tokens_stay(benchmark_, curator, contributor, membership):
    invited(make_benchmark("knee"), curator)
    create_site_token(name="router", expires_at=None, by=contributor)
    end_membership(membership=membership, by=curator, now=timezone.now())
    assert ApiToken.objects.live().count() == 1


@pytest.mark.parametrize(
    ("agreement", "benchmark", "left"), [(DUA, "chest", 1), ("DUA of June", "chest", 0), (DUA, "knee", 0)]
)
def test_tokens_made_under_other_terms_are_revoked(benchmark_, curator, contributor, agreement, benchmark, left):
    """Their owner accepted other terms for what they send."""
    create_site_token(name="router", expires_at=None, by=contributor)
    invited(benchmark_ if benchmark == "chest" else make_benchmark("knee"), curator, agreement=agreement)
    assert ApiToken.objects.live().count() == left
    assert Event.objects.filter(verb="api_token.revoked", actor=curator).count() == 1 - left


def test_a_curator_revokes_tokens_of_contributors_alone(curator):
    reader = make_user(Role.READER)
    create_api_token(user=reader, name="script")
    with pytest.raises(NotAllowedError, match="only they or an admin"):
        revoke_contributor_tokens(user=reader, by=curator)
    assert ApiToken.objects.live().count() == 1


def test_a_contributor_ends_no_membership(contributor, membership):
    with pytest.raises(NotAllowedError):
        end_membership(membership=membership, by=contributor, now=timezone.now())


def test_the_command_prints_the_link_once_and_refuses_an_unknown_benchmark(benchmark_, capsys):
    options = {
        "email": "dana@north.example.org",
        "site": "north",
        "agreement": DUA,
        "url": "https://labels.example.org/",
    }
    call_command("invite_contributor", benchmark=benchmark_.slug, **options)
    link = capsys.readouterr().out.splitlines()[-1]
    assert link.startswith("https://labels.example.org/people/invitations/accept/")
    accept_invitation(secret=link.rsplit("/", 2)[1], password="plum-otter-lantern-71")
    call_command("invite_contributor", benchmark=benchmark_.slug, **options)
    assert "sign in as before" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no benchmark 'knee'") as refusal:
        call_command("invite_contributor", benchmark="knee", **options)
    assert refusal.value.returncode == 1


# Sending


def test_what_is_sent_carries_the_terms_and_is_the_sites_own(contributor, benchmark_, tmp_path):
    run = sent(contributor, benchmark_, write(tmp_path, {"a.dcm": dicom()}))
    terms = Contribution.objects.get(run=run)
    assert (terms.agreement, terms.attested_by, terms.statement) == (
        *(DUA, "Dana Data <dana@north.example.org>"),
        ATTESTATION,
    )
    assert (Study.objects.get().site.code, list(contributed_runs(contributor))) == ("north", [run])


@pytest.mark.parametrize(("benchmark", "site"), [("chest", "south"), ("knee", "north"), ("knee", "nowhere")])
def test_nothing_is_sent_for_another_site_or_benchmark_and_no_site_is_made(contributor, benchmark_, benchmark, site):
    make_site("south")
    chosen = benchmark_ if benchmark == "chest" else make_benchmark("knee")
    for send in (
        lambda: create_import_run(benchmark=chosen, site_code=site, source="/x", by=contributor),
        lambda: begin_upload(benchmark=chosen, site_code=site, layout="auto", by=contributor, now=timezone.now()),
    ):
        with pytest.raises(
            NotAllowedError, match=f"You may not send studies of {site} for {benchmark}. You send those of"
        ):
            send()
    assert not make_site("nowhere").studies.exists()
    assert (ImportRun.objects.count(), Upload.objects.count()) == (0, 0)


def test_a_row_of_another_site_is_refused_to_a_contributor(contributor, benchmark_, tmp_path):
    make_site("south")
    header = ("study_id", "report_text", "site")
    table = reports_csv(tmp_path / "r.csv", [("S1", "Clear.", "south"), ("S2", "Clear.", "north")], header=header)
    run = sent(contributor, benchmark_, reports=table)
    problem = run.problems.get()
    assert (problem.kind, problem.line, problem.field, problem.value) == ("other_site", 2, "site", "south")
    assert run.counts == {"imported": 1, "unchanged": 0, "rejected": 1}
    assert list(Report.objects.values_list("study__site__code", "study__study_id")) == [("north", "S2")]


def test_a_curators_file_may_hold_rows_of_several_sites(curator, benchmark_, tmp_path):
    Site.objects.create(code="south")
    table = reports_csv(tmp_path / "r.csv", [("S1", "Clear.", "south")], header=("study_id", "report_text", "site"))
    assert sent(curator, benchmark_, reports=table).counts["imported"] == 1


def test_a_message_of_a_failed_import_names_no_place_on_the_servers_disk(contributor, benchmark_, settings):
    upload = begin_upload(benchmark=benchmark_, site_code="north", layout="auto", by=contributor, now=timezone.now())
    run = create_import_run(benchmark=benchmark_, site_code="north", source="/x", by=contributor)
    Upload.objects.filter(pk=upload.pk).update(import_run=run, state="finished")
    run.message = f"{settings.DATA_DIR}/uploads/browser/{upload.pk}/files/a.zip is broken; {settings.DATA_DIR} is full."
    run.refresh_from_db(fields=["params"])
    assert told_of(run) == "a.zip is broken; the server's disk is full."


# The pages


def test_the_home_of_a_contributor_is_their_site(client, contributor):
    page = client.get("/", follow=True)
    assert page.redirect_chain == [(reverse("cases:contribution_list"), 302)]
    text = page.content.decode()
    assert "<h1>north</h1>" in text
    assert DUA in text
    assert "Nothing sent yet" in text


def test_an_upload_begins_only_once_the_terms_are_accepted_and_attested(client, contributor, benchmark_):
    url = reverse("cases:contribution_create")
    assert DUA in client.get(url).content.decode()
    for accepted in ({}, {"is_accepted": "on"}, {"is_attested": "on"}):
        refused = client.post(url, {"benchmark": benchmark_.pk, **accepted})
        assert refused.status_code == 422
        assert "Tick the box" in refused.content.decode()
    assert not Upload.objects.exists()
    both = {"benchmark": benchmark_.pk, "is_accepted": "on", "is_attested": "on"}
    begun = client.post(url, both)
    upload = Upload.objects.get()
    assert begun.url == reverse("cases:upload_detail", args=[upload.pk])
    assert (upload.by, upload.site_code, upload.agreement, upload.statement) == (contributor, "north", DUA, ATTESTATION)
    assert client.get(begun.url).status_code == 200
    assert "Go on with upload" in client.get(reverse("cases:contribution_list")).content.decode()
    discarded = client.post(reverse("cases:upload_discard", args=[upload.pk]))
    assert discarded.url == reverse("cases:contribution_list")


def test_a_benchmark_that_is_not_theirs_is_no_choice(client, contributor, curator, benchmark_):
    other = make_benchmark("knee")
    terms = {"is_accepted": "on", "is_attested": "on"}
    url = reverse("cases:contribution_create")
    assert client.post(url, {"benchmark": other.pk, **terms}).status_code == 422
    invited(other, curator, agreement="DUA of the knees")
    assert "Knee, under “DUA of the knees”" in client.get(url).content.decode()
    assert client.post(url, {"benchmark": other.pk, **terms}).status_code == 302
    assert Upload.objects.get().agreement == "DUA of the knees"


@pytest.fixture
def contribution(contributor, benchmark_, tmp_path) -> ImportRun:
    """Two films that come in, one of them held, and one file that is refused."""
    films = {"good.dcm": dicom(), "held.dcm": dicom(study=2, BurnedInAnnotation="YES"), "broken.dcm": b"DICM?" * 9}
    return sent(contributor, benchmark_, write(tmp_path / "films", films))


def test_a_contribution_says_what_came_in_what_was_refused_and_what_waits(client, contribution):
    text = client.get(reverse("cases:contribution_detail", args=[contribution.pk])).content.decode()
    refused = contribution.problems.get(is_warning=False)
    finding = GateFinding.objects.get(outcome="quarantine")
    for words in (refused.where, refused.message[:30], finding.what, finding.why[:40], "Waiting", DUA):
        assert words in text
    assert "1 wait" in text
    assert 'href="/studies/"' not in text
    assert "/studies/imports/" not in text
    line = client.get(reverse("cases:contribution_list")).content.decode()
    assert f"Contribution {contribution.pk}" in line


def test_both_lists_come_as_csv(client, contribution):
    def rows(url: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(client.get(url).content.decode())))

    page = reverse("cases:contribution_detail", args=[contribution.pk])
    header, *refused = rows(f"{page}?problems=csv")
    assert header == ["where", "line", "field", "value", "rule", "message"]
    assert "broken.dcm" in [row[0] for row in refused]
    gate = rows(reverse("cases:contribution_gate", args=[contribution.pk]) + "?format=csv")
    held = [row for row in gate if row[3] == "quarantine"]
    assert [row[7] for row in held] == ["Waiting"]
    assert "broken.dcm" in [row[1] for row in gate if row[3] == "reject"]


def test_a_decision_shows_at_once_and_never_who_decided(client, contribution, curator):
    finding = GateFinding.objects.get(outcome="quarantine")
    decide_finding(finding=finding, decision="reject", by=curator, now=timezone.now())
    text = client.get(reverse("cases:contribution_gate", args=[contribution.pk])).content.decode()
    assert "Rejected" in text
    assert str(curator) not in text
    home = client.get(reverse("cases:contribution_list")).content.decode()
    [standing] = standings(User.objects.get(role=Role.CONTRIBUTOR))
    assert (standing.in_pool, standing.waiting, standing.rejected) == (1, 0, 1)
    assert str(curator) not in home


def test_a_twin_at_another_site_is_not_told(client, contributor, benchmark_, curator, tmp_path):
    """Else a picture could be sent to learn whether somebody else has it."""
    film = write(tmp_path / "films", {"a.dcm": dicom()})
    run = create_import_run(benchmark=benchmark_, site_code="south", source=str(film), by=curator)
    import_studies(run.pk)
    run = sent(contributor, benchmark_, film)
    assert GateFinding.objects.filter(run=run, check_name="duplicate").exists()
    page = client.get(reverse("cases:contribution_gate", args=[run.pk]))
    assert "another study" not in page.content.decode()
    again = client.get(reverse("cases:contribution_gate", args=[run.pk]) + "?format=csv").content.decode()
    assert "duplicate" not in again


def test_a_twin_of_the_sites_own_is_told(client, contributor, benchmark_, tmp_path):
    run = sent(contributor, benchmark_, write(tmp_path, {"a.dcm": dicom(), "b.dcm": dicom(study=2)}))
    gate = client.get(reverse("cases:contribution_gate", args=[run.pk])).content.decode()
    assert "The same pixels as a picture of another study" in gate


def test_a_remark_that_tells_what_is_sampled_is_the_curators(client, contributor, curator, benchmark_, tmp_path):
    run = sent(contributor, benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "Clear."), ("S2", "Clear.")]))
    sampling = SamplingRun.objects.create(
        kind="sampling", benchmark=benchmark_, taxonomy=benchmark_.taxonomies.get(), size=1, seed=1, pool_size=2
    )
    study = Study.objects.get(study_id="S1")
    SampledStudy.objects.create(
        run=sampling,
        study=study,
        patient=study.patient,
        suggestion_set=make_suggestions(study, benchmark_),
        rank=1,
        reasons=[],
        inclusion_probability=0.5,
    )
    header = ("study_id", "report_text", "patient_id")
    rows = [("S1", "Clear.", "P1"), ("S2", "Clear.", "P2")]
    run = sent(contributor, benchmark_, reports=reports_csv(tmp_path / "again.csv", rows, header=header))
    assert [one.kind for one in run.problems.all()] == ["patient_fixed"]
    assert run.counts["imported"] == 2
    page = reverse("cases:contribution_detail", args=[run.pk])
    for url in (page, f"{page}?problems=csv", f"{page}?kind=patient_fixed", f"{page}gate/?format=csv"):
        text = without_tokens(client.get(url).content.decode())
        assert "sampled" not in text
        assert "S1" not in text
    sign_in(client, curator)
    assert "sampled" in client.get(reverse("cases:import_detail", args=[run.pk])).content.decode()


def test_what_a_curator_imported_for_the_site_is_not_among_its_contributions(
    client, contributor, curator, benchmark_, tmp_path
):
    table = reports_csv(tmp_path / "r.csv", [("S1", "Clear.")])
    run = sent(curator, benchmark_, reports=table)
    assert client.get(reverse("cases:contribution_detail", args=[run.pk])).status_code == 404
    assert [(one.in_pool, one.waiting) for one in standings(contributor)] == [(1, 0)]


def test_the_contributor_is_told_how_many_imports_curators_made_for_the_site(
    client, contributor, curator, benchmark_, tmp_path
):
    home = reverse("cases:contribution_list")
    sent(contributor, benchmark_, reports=reports_csv(tmp_path / "own.csv", [("S0", "Clear.")]))
    sent(curator, make_benchmark("other"), reports=reports_csv(tmp_path / "o.csv", [("S9", "Clear.")]))
    assert "curators" not in client.get(home).content.decode()
    for number in (1, 2):
        sent(curator, benchmark_, reports=reports_csv(tmp_path / f"{number}.csv", [(f"S{number}", "Clear.")]))
    assert "2 imports for your site were made by the platform's curators" in client.get(home).content.decode()


def test_a_failed_contribution_says_what_happens_now(client, contributor, benchmark_):
    run = create_import_run(benchmark=benchmark_, site_code="north", source="/nowhere", by=contributor)
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, message="The zip is broken.")
    text = client.get(reverse("cases:contribution_detail", args=[run.pk])).content.decode()
    assert "The zip is broken." in text
    assert "It broke off" in text
    assert "Resume" not in text.replace("resume it", "")


def test_after_the_end_the_home_says_whom_to_ask(client, contributor, membership, curator):
    end_membership(membership=membership, by=curator, now=timezone.now())
    for name in ("contribution_list", "contribution_create", "contribution_dicomweb"):
        page = client.get(reverse(f"cases:{name}"))
        assert (page.status_code, "sends for no benchmark now" in page.content.decode()) == (200, True)


def test_a_list_of_contributions_asks_as_often_with_three_as_with_one(
    client, contributor, benchmark_, tmp_path, django_assert_max_num_queries
):
    for number in range(3):
        sent(contributor, benchmark_, write(tmp_path / str(number), {"a.png": png(number)}))
    with django_assert_max_num_queries(16):
        assert client.get(reverse("cases:contribution_list")).status_code == 200


def test_a_token_needs_the_terms_and_is_shown_once(client, contributor):
    page, url = reverse("cases:contribution_dicomweb"), reverse("cases:contribution_token")
    assert "http://testserver/dicom-web/chest/north/" in client.get(page).content.decode()
    assert client.post(url, {"name": "router"}).status_code == 422
    made = client.post(url, {"name": "router", "is_accepted": "on", "is_attested": "on"})
    assert 'value="cs_' in made.content.decode()
    assert "cs_" in client.get(page).content.decode()
    assert Event.objects.get(verb="contribution.attested").actor == contributor
    assert client.post(reverse("accounts:token_create"), {"name": "router"}).status_code == 403


def test_a_token_asks_for_a_fresh_login(client, contributor):
    sign_in(client, contributor, minutes_ago=30)
    asked = client.post(reverse("cases:contribution_token"), {"name": "r", "is_accepted": "on", "is_attested": "on"})
    assert asked.status_code == 302
    assert not ApiToken.objects.exists()


def test_the_api_tells_a_contributor_who_they_are_and_nothing_more(contributor, client, benchmark_):
    make_study(benchmark_, report="Clear.")
    secret = create_api_token(user=contributor, name="script").secret
    client.logout()
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me", headers=bearer).json()["role"] == "contributor"
    for name in (
        "studies",
        "imports",
        "sites",
        "benchmarks",
        "reads",
        "releases",
        "suggestions",
        "rounds",
        "schema",
        "slots",
    ):
        assert client.get(f"/api/v1/{name}/", headers=bearer).status_code == 403, name


# The curator's side


def test_a_curator_invites_on_the_page_sees_who_sends_and_ends_it(client, curator, benchmark_):
    sign_in(client, curator)
    form = {"email": "dana@north.example.org", "benchmark": benchmark_.pk, "new_site": "north", "agreement": DUA}
    made = client.post(reverse("cases:contributor_invite"), form)
    assert "Copy it now" in made.content.decode()
    membership = Membership.objects.get()
    listed = client.get(reverse("cases:contributor_list")).content.decode()
    assert "dana@north.example.org" in listed
    assert "No password yet" in listed
    link = client.post(reverse("cases:contributor_link", args=[membership.pk]))
    assert "Copy it now" in link.content.decode()
    client.post(reverse("cases:membership_end", args=[membership.pk]))
    assert "Ended" in client.get(reverse("cases:contributor_list")).content.decode()


def test_a_refused_invitation_keeps_what_was_typed(client, curator, benchmark_):
    sign_in(client, curator)
    reader = make_user(Role.READER)
    form = {"email": reader.email, "benchmark": benchmark_.pk, "new_site": "north", "agreement": DUA}
    refused = client.post(reverse("cases:contributor_invite"), form)
    assert refused.status_code == 422
    assert "belongs to the reader" in refused.content.decode()
    assert DUA in refused.content.decode()


def test_a_link_asks_a_curator_for_a_fresh_login(client, curator, membership):
    sign_in(client, curator, minutes_ago=30)
    assert client.post(reverse("cases:contributor_link", args=[membership.pk])).status_code == 302


def test_a_deactivated_contributor_is_not_invited_again(benchmark_, curator, contributor):
    deactivate_user(user=contributor, by=make_user(Role.ADMIN))
    with pytest.raises(AccountRefusedError, match="is deactivated"):
        invited(benchmark_, curator)
