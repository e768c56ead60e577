"""Each role signs in through the real page and walks its path by clicking; what is queued on the way is worked between steps."""

import csv
import io
import re
import time
import zipfile

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from cases.tasks import import_task
from consensus.tasks import compute_agreement_task
from core.models import Event, Run, RunState
from labeling.actions.reads import record_read
from labeling.models import Slot, SlotState
from llm_extract.tasks import extract_labels_task
from releases.models import Release
from releases.tasks import build_task, export_task
from sampling.tasks import draw_task
from tests.browser.test_reading import UNSEEN_MS, add_pictures
from tests.factories import PASSWORD, make_benchmark, make_round, make_study, make_suggestions, make_user
from tests.labeling.conftest import make_world

pytestmark = pytest.mark.django_db(transaction=True)

TASKS = {
    "import": import_task,
    "extraction": extract_labels_task,
    "sampling": draw_task,
    "agreement": compute_agreement_task,
    "release": build_task,
    "export": export_task,
}
SIZE = {"width": 1366, "height": 768}


def work_queued_runs() -> None:
    """What the worker would do now."""
    for run in Run.objects.filter(state=RunState.QUEUED).order_by("pk"):
        TASKS[run.kind](run.pk)


def watch_the_run(page, kind: str) -> None:
    """On a run's page: it waits, is worked, and the page tells so by itself."""
    expect(page.get_by_text("Queued", exact=True)).to_be_visible()
    work_queued_runs()
    assert Run.objects.filter(kind=kind).latest("pk").state == RunState.SUCCEEDED
    expect(
        page.get_by_text("Succeeded", exact=True).or_(page.get_by_text("Finished", exact=True)).first
    ).to_be_visible()


def sign_in(page, username: str, password: str = PASSWORD) -> None:
    page.goto("/")
    page.get_by_label("User name or email").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def go(page, name: str) -> None:
    """A link of the navigation at the side."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.fixture
def newcomer(new_context):
    """A person at a browser of their own: gives the page."""
    return new_context(viewport=SIZE, accept_downloads=True).new_page


# The reader


def test_a_reader_signs_in_reads_undoes_and_reaches_the_end(newcomer, transactional_db, data_dir):
    world = make_world(n_studies=2)
    for study in world.studies:
        add_pictures(study)
    page = newcomer()
    sign_in(page, "r1")
    expect(page.get_by_role("heading", name="Your reading")).to_be_visible()
    page.get_by_role("link", name="Start reading").click()
    page.locator("#viewer[data-painted]").wait_for()
    expect(page.locator(".suggestions")).to_contain_text("Pleural effusion")
    page.wait_for_timeout(UNSEEN_MS)
    page.keyboard.press("1")
    expect(page.locator(".bar")).to_contain_text("2 of 2")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".bar")).to_contain_text("1 of 2")
    expect(page.locator("#notice")).to_contain_text("taken back")
    page.wait_for_timeout(UNSEEN_MS)
    page.get_by_role("button", name="Agree all").click()
    expect(page.locator(".bar")).to_contain_text("2 of 2")
    page.get_by_role("button", name="Disagree").click()
    page.get_by_role("checkbox", name="Cardiomegaly").check()
    page.wait_for_timeout(UNSEEN_MS)
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    page.get_by_role("link", name="Worklist").click()
    expect(page.get_by_role("row", name=re.compile("case 2 .*added Cardiomegaly"))).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    standing = Slot.objects.filter(reader__username="r1").order_by("order")
    assert [slot.reads.current().get().verdict for slot in standing] == ["agree_all", "disagree"]


def test_a_reader_finds_no_way_into_the_office(newcomer, transactional_db, expected_complaints):
    expected_complaints.append("status of 403")
    make_user("reader", "r1")
    page = newcomer()
    sign_in(page, "r1")
    links = page.get_by_role("banner").get_by_role("link").all_inner_texts()
    assert not {"Imports", "Releases", "People"} & set(links)
    page.goto("/releases/")
    expect(page.locator("main")).to_contain_text("This page is not yours to see")


def test_a_wrong_password_says_so_and_keeps_the_name(newcomer, transactional_db):
    make_user("reader", "r1")
    page = newcomer()
    page.goto("/")
    page.get_by_label("User name or email").fill("r1")
    page.get_by_label("Password").fill("not-this-one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    expect(page.get_by_label("User name or email")).to_have_value("r1")


# The curator


REPORTS = (
    "There is a small left pleural effusion. The heart is normal.",
    "The heart is enlarged. No effusion or pneumothorax.",
    "Right apical pneumothorax.",
    "The lungs are clear. No effusion.",
)


def reports_file(n: int) -> dict[str, object]:
    """A CSV of n reports of n patients, and one row without a name that is refused."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["study_id", "report_text", "patient_id"])
    writer.writerows([f"CXR{row}", f"FINDINGS: {REPORTS[row % 4]}", f"P{row}"] for row in range(n))
    writer.writerow(["", "FINDINGS: Nobody's report.", ""])
    return {"name": "reports.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def read_everything() -> None:
    """Every reader agrees with everything, but for one verdict."""
    for slot in (
        Slot.objects.filter(state=SlotState.PENDING)
        .select_related("round", "reader")
        .order_by("round_id", "reader", "order")
    ):
        verdict = "agree_all" if slot.order > 1 else "agree_mostly"
        record_read(slot=slot, verdict=verdict, corrections=(), comment="", by=slot.reader, now=timezone.now())


def test_a_curator_takes_reports_to_agreement(newcomer, transactional_db):
    make_benchmark()
    make_user("curator", "casey")
    for name in ("r1", "r2", "r3"):
        make_user("reader", name)
    page = newcomer()
    sign_in(page, "casey")
    expect(page.get_by_role("heading", name="What needs you now")).to_be_visible()
    page.get_by_role("link", name="Import studies").click()
    page.get_by_label("Code of the new site").fill("north")
    page.get_by_label("Reports").set_input_files(reports_file(12))
    page.get_by_role("button", name="Start import").click()
    watch_the_run(page, "import")
    expect(page.locator(".figures")).to_contain_text("12")
    expect(page.get_by_role("heading", name="What was refused or noticed")).to_be_visible()
    page.get_by_role("link", name=re.compile("in the pool of Chest")).click()
    expect(page.get_by_role("row", name=re.compile("CXR11"))).to_be_visible()

    go(page, "Extraction")
    page.get_by_role("link", name="New extraction").first.click()
    page.get_by_role("button", name="Start extraction").click()
    watch_the_run(page, "extraction")
    expect(page.get_by_role("heading", name="Suggested labels")).to_be_visible()

    go(page, "Sampling")
    page.get_by_role("link", name="Draw a sample").first.click()
    page.get_by_label("Size").fill("9")
    page.get_by_role("button", name="Draw the sample").click()
    watch_the_run(page, "sampling")
    page.get_by_role("link", name="See the 9 picks and why").click()
    expect(page.locator("tbody tr")).to_have_count(9)

    go(page, "Reading rounds")
    page.get_by_role("link", name="Open a round").first.click()
    for name in ("R1", "R2", "R3"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Show the load").click()
    expect(page.get_by_text("9 studies × 3 reads = 27 reads")).to_be_visible()
    page.get_by_role("button", name="Open the round").click()
    expect(page.get_by_text("No verdict yet.")).to_be_visible()
    read_everything()
    page.reload()
    expect(page.get_by_role("row", name=re.compile("^R1 .* 9 9 "))).to_be_visible()

    go(page, "Consensus")
    page.get_by_role("link", name=re.compile("round 1")).click()
    expect(page.get_by_text("studies are eligible by the benchmark's rule")).to_be_visible()
    page.get_by_role("button", name="Compute agreement").click()
    watch_the_run(page, "agreement")
    expect(
        page.get_by_text("27 reads of 9 studies by 3 readers: 24 agree all, 3 agree mostly, 0 disagree.")
    ).to_be_visible()


# The admin


@pytest.fixture
def read_round(transactional_db) -> None:
    """Eight studies of eight patients on which three readers agree."""
    benchmark = make_benchmark(release={"released": 3, "holdout": 3})
    studies = [make_study(benchmark, study_id=f"S{place}", patient=f"P{place}") for place in range(8)]
    for place, study in enumerate(studies):
        make_suggestions(study, benchmark, ["pleural_effusion"] if place % 2 else [])
    make_round(benchmark, studies, [make_user("reader", f"r{number}") for number in range(3)])
    for slot in Slot.objects.select_related("round", "reader"):
        record_read(slot=slot, verdict="agree_all", corrections=(), comment="", by=slot.reader, now=timezone.now())


def let_the_login_grow_old(username: str) -> None:
    """As if the person had signed in an hour ago."""
    user = User.objects.get(username=username)
    for kept in Session.objects.all():
        session = SessionStore(kept.session_key)
        if session.get("_auth_user_id") == str(user.pk):
            for record in session["account_authentication_methods"]:
                record["at"] = time.time() - 3600
            session.save()


def test_an_admin_invites_builds_freezes_exports_and_sees_the_trail(newcomer, new_context, read_round):
    make_user("admin", "alex")
    page = newcomer()
    sign_in(page, "alex")
    link = invite(page, "casey@example.org")
    other = new_context(viewport=SIZE).new_page()
    accept(other, link)
    assert "Casey Curator" in other.get_by_role("banner").inner_text()

    go(page, "People")
    expect(page.get_by_role("row", name=re.compile("casey Casey Curator"))).to_contain_text("Curator")

    go(page, "Releases")
    page.get_by_role("link", name="Build a release").first.click()
    page.get_by_role("button", name="Build the draft").click()
    watch_the_run(page, "release")
    page.get_by_role("link", name="Look at chest-v1").click()
    freeze(page)

    page.get_by_role("button", name="Start export").click()
    watch_the_run(page, "export")
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download the zip").click()
    with zipfile.ZipFile(caught.value.path()) as archive:
        labels = archive.read("chest-v1/labels.csv").decode().splitlines()
    assert (labels[0], len(labels)) == ("case_id,pleural_effusion,pneumothorax,cardiomegaly", 4)

    go(page, "Events")
    trail = page.locator("tbody").inner_text().lower()
    done = ("invit", "release built", "release frozen", "release exported")
    assert [words for words in done if words not in re.sub(r"[._]", " ", trail)] == []
    admin = User.objects.get(username="alex")
    assert Event.objects.get(verb="release.frozen").actor == admin


def invite(page, email: str) -> str:
    """Gives the link, which is shown this once."""
    go(page, "Invitations")
    page.get_by_role("link", name="Invite somebody").first.click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Curator").check()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Copy it now").input_value()
    page.get_by_role("link", name="Back to the invitations").click()
    expect(page.get_by_role("row", name=re.compile(email))).to_be_visible()
    assert link.rsplit("/", 2)[1] not in page.content()
    return link


def accept(page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Username").fill("casey")
    page.get_by_label("Your name").fill("Casey Curator")
    page.get_by_label("Password", exact=True).fill("plum-otter-lantern-71")
    page.get_by_label("Password again").fill("plum-otter-lantern-71")
    page.get_by_role("button", name="Open the account").click()
    page.get_by_role("button", name="Sign out").wait_for()


def freeze(page) -> None:
    """A wrong name changes nothing; the right one asks who it is first, when the sign-in is an hour old."""
    let_the_login_grow_old("alex")
    zone = page.locator(".danger-zone", has_text="Freeze the release")
    zone.get_by_role("textbox").fill("chest-v1")
    zone.get_by_role("button", name="Freeze").click()
    assert Release.objects.get().is_draft
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Frozen")
    assert not Release.objects.get().is_draft


# On a telephone


OFFICE = [
    "/",
    "/studies/imports/",
    "/studies/imports/new/",
    "/studies/",
    "/extraction/",
    "/sampling/",
    "/sampling/new/",
    "/reading/rounds/",
    "/consensus/",
    "/releases/",
    "/releases/build/",
    "/people/",
    "/people/invitations/",
    "/people/events/",
    "/people/profile/",
    "/benchmarks/",
    "/runs/",
]


def too_wide(page, addresses) -> list[tuple[str, int]]:
    """The pages that a telephone would have to scroll sideways, with their widths."""
    widths = []
    for address in addresses:
        page.goto(address)
        widths.append((address, page.evaluate("document.documentElement.scrollWidth")))
    return [(address, width) for address, width in widths if width > 390]


def test_no_page_of_the_office_is_wider_than_a_telephone(new_context, log_in, read_round):
    context = new_context(viewport={"width": 390, "height": 844})
    log_in(context, make_user("admin", "alex"))
    round_ = Slot.objects.latest("round_id").round_id
    pages = [*OFFICE, f"/reading/rounds/{round_}/", f"/consensus/{round_}/", f"/consensus/{round_}/outcomes/"]
    assert too_wide(context.new_page(), pages) == []


def test_no_page_of_a_reader_is_wider_than_a_telephone(new_context, log_in, transactional_db, data_dir):
    world = make_world()
    add_pictures(world.studies[0])
    context = new_context(viewport={"width": 390, "height": 844})
    log_in(context, world.readers[0])
    pages = ["/reading/", "/people/profile/", f"/reading/case/{world.slot().pk}/", f"/reading/done/{world.round.pk}/"]
    assert too_wide(context.new_page(), pages) == []
