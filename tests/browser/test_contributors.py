"""A site's data manager in a real browser: from the invitation to the lists of what was refused and what waits."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from cases.models import Contribution, ImportRun, Membership, Study
from cases.tasks import import_task
from core.models import RunState
from tests.browser.test_roles import SIZE, too_wide
from tests.cases.builders import dicom, write
from tests.factories import PASSWORD, make_benchmark, make_user

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=30_000)  # a slow machine is no bug
DANA = "dana@north.example.org"


@pytest.fixture
def films(tmp_path):
    """What a site has: two good films, one with text on it by its own header, one that is no film, one of another kind."""
    files = {
        "p1/a.dcm": dicom(),
        "p1/b.dcm": dicom(study=2),
        "p2/held.dcm": dicom(study=3, BurnedInAnnotation="YES"),
        "p2/broken.dcm": b"DICM?" * 9,
        "p2/mr.dcm": dicom(study=4, Modality="MR"),
    }
    return write(tmp_path / "films", files)


def invite(page) -> str:
    """The curator's way; gives the link."""
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Sites", exact=True).click()
    page.locator("main").get_by_role("link", name="Contributors").click()
    page.get_by_role("link", name="Invite a contributor").first.click()
    page.get_by_label("E-mail address").fill(DANA)
    page.get_by_label("Code of the new site").fill("north")
    page.get_by_label("Use-agreement").fill("DUA of 12 May 2026")
    page.get_by_role("button", name="Make the link").click()
    return page.get_by_label("Copy it now").input_value()


def open_account(page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Dana Data")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("north")


def sign_in_again(page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.goto("/")
    page.get_by_label("User name or email").fill(DANA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing sent yet")).to_be_visible()


def send(page, films) -> None:
    page.get_by_role("link", name="Send studies").first.click()
    page.get_by_role("button", name="Choose files").click()  # the browser itself asks for the two ticks
    expect(page.get_by_role("heading", level=1)).to_have_text("Send studies")
    page.get_by_label("I accept its terms").check()
    page.get_by_label("de-identified as far as").check()
    page.get_by_role("button", name="Choose files").click()
    page.locator("#folder").set_input_files(films)
    expect(page.get_by_role("status")).to_contain_text("5 of 5 files are here")
    page.get_by_role("button", name="Start import").click()
    expect(page.get_by_text("Queued", exact=True)).to_be_visible()


def download(page, name: str) -> list[dict[str, str]]:
    with page.expect_download() as caught:
        page.get_by_role("link", name=name).click()
    with Path(caught.value.path()).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_from_the_invitation_to_the_lists_of_what_was_refused_and_what_waits(new_context, log_in, films):
    make_benchmark()
    office = new_context(viewport=SIZE)
    log_in(office, make_user(Role.CURATOR, "casey"))
    link = invite(office.new_page())
    page = new_context(viewport=SIZE, accept_downloads=True).new_page()
    open_account(page, link)
    sign_in_again(page)
    send(page, films)
    run = ImportRun.objects.get()
    import_task(run.pk)  # what the worker would do now; the page tells it by itself
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    run.refresh_from_db()
    assert (run.state, run.counts) == (
        RunState.SUCCEEDED,
        {"imported": 3, "unchanged": 0, "rejected": 2, "held": 1},
    )
    expect(page.locator(".figures")).to_contain_text("3")
    expect(page.get_by_text("1 waits for a curator")).to_be_visible()
    expect(page.get_by_role("row", name="p2/broken.dcm")).to_be_visible()
    expect(page.get_by_role("row", name="p2/mr.dcm")).to_contain_text("MR")
    refused = download(page, "Refused as CSV")
    assert {row["where"] for row in refused} >= {"p2/broken.dcm", "p2/mr.dcm"}
    assert all(row["rule"] and row["message"] for row in refused)
    gate = download(page, "Gate report as CSV")
    assert [row["decision"] for row in gate if row["outcome"] == "quarantine"] == ["Waiting"]
    page.get_by_role("link", name="Contributions").first.click()
    expect(page.get_by_role("row", name=f"Contribution {run.pk}")).to_contain_text("Dana Data")
    assert Contribution.objects.get().attested_by == f"Dana Data <{DANA}>"
    assert (Study.objects.count(), Membership.objects.get().contributor.user.username) == (3, DANA)
    page.set_viewport_size({"width": 390, "height": 844})
    here = f"/studies/contributions/{run.pk}/"
    assert (
        too_wide(page, ["/", here, f"{here}gate/", "/studies/contributions/new/", "/studies/contributions/dicomweb/"])
        == []
    )
