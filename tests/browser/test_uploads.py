"""The page of an upload in a real browser: files go in pieces, survive a lost line and a reload, and by keyboard alone."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from cases.adapters.uploads import files_of
from cases.models import ImportRun, Upload, UploadedFile
from cases.tasks import import_task
from tests.cases.builders import png, write
from tests.factories import make_benchmark, make_user

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=30_000)  # a slow machine is no bug
PIECES = "**/files/*/"


@pytest.fixture
def curator(db):
    make_benchmark()
    return make_user("curator")


@pytest.fixture
def upload_page(new_context, log_in, curator, monkeypatch):
    """A page of a new upload; pieces of 64 KiB."""
    monkeypatch.setattr("cases.views.uploads.MAX_PIECE_BYTES", 64 * 1024)
    context = new_context(viewport={"width": 1366, "height": 768}, color_scheme="dark")
    log_in(context, curator)
    page = context.new_page()
    page.goto("/studies/uploads/new/")
    page.get_by_label("Code of the new site").fill("north")
    page.get_by_role("button", name="Choose files").click()
    expect(page.get_by_role("heading", name="Upload")).to_be_visible()
    return page


def state(page, name):
    return page.locator("#upload[data-state=" + name + "]")


def test_a_folder_goes_up_and_becomes_an_import(upload_page, tmp_path):
    write(tmp_path / "films", {"S1/a.png": png(), "S1/b.png": png(1), ".hidden": b"x", "big.bin": bytes(300_000)})
    (tmp_path / "r.csv").write_text("study_id,report_text\nS1,clear\n")
    upload_page.locator("#folder").set_input_files(tmp_path / "films")
    expect(state(upload_page, "done")).to_be_attached()
    upload_page.locator("#reports").set_input_files(tmp_path / "r.csv")
    expect(upload_page.get_by_role("status")).to_contain_text("4 of 4 files are here")
    assert sorted(UploadedFile.objects.values_list("name", flat=True)) == ["S1/a.png", "S1/b.png", "big.bin", "r.csv"]
    start = upload_page.get_by_role("button", name="Start import")
    expect(start).to_be_enabled()
    start.focus()
    upload_page.keyboard.press("Enter")
    expect(
        upload_page.get_by_role("heading", name="Import 1").or_(upload_page.get_by_text("Queued"))
    ).not_to_have_count(0)
    run = ImportRun.objects.get()
    import_task(run.pk)
    run.refresh_from_db()
    assert run.counts == {"imported": 3, "unchanged": 0, "rejected": 1}


LOOKS = """async () => {
  const { Queue } = await import("/static/apart/queue.js");
  const queue = new Queue({ dataset: { files: "/", piece: "1", announced: "1" } }, () => {});
  let looks = 0;
  const enter = (name, isReports) => {
    const file = queue.enter({ name, source: { size: 1 }, isReports }, { pk: 1, offset: 1, is_whole: true, is_compared: true });
    Object.defineProperty(file, "name", { configurable: true, get: () => { looks += 1; return name; } });
    return file;
  };
  const names = [...Array(300).keys()].map((number) => `S1/${number}.dcm`);
  const files = names.map((name) => enter(name, false));
  const again = names.map((name) => enter(name, false));
  enter(names[0], true);
  return [looks, files.every((file, at) => file === again[at]), queue.files.length];
}"""


def test_a_file_is_entered_without_a_look_at_every_other(upload_page):
    def apart(route):  # its module is served joined with others
        source = Path(settings.BASE_DIR, "static/js/upload", Path(route.request.url).name)
        route.fulfill(body=source.read_text(), content_type="text/javascript")

    upload_page.route("**/apart/*.js", apart)
    looks, are_the_same, count = upload_page.evaluate(LOOKS)
    assert looks < 1_000
    assert (are_the_same, count) == (True, 301)


def test_hidden_files_stay_behind_and_are_counted_and_named(upload_page, tmp_path):
    hidden = {".hidden": b"x", "S1/.DS_Store": b"x", "__MACOSX/a.png": b"x", "S1/.b": b"x"}
    write(tmp_path / "films", {"S1/a.png": png(), **hidden})
    upload_page.locator("#folder").set_input_files(tmp_path / "films")
    expect(state(upload_page, "done")).to_be_attached()
    told = upload_page.get_by_role("status")
    expect(told).to_contain_text("1 of 1 files are here")
    expect(told).to_contain_text(
        "Left behind, 4 in all, since they are hidden (a name that begins with a dot, or __MACOSX)"
    )
    expect(told).to_contain_text("Rename what is to come in.")
    assert sum(name in told.inner_text() for name in hidden) == 3
    assert UploadedFile.objects.get().name == "S1/a.png"


def test_a_lost_line_is_waited_for_and_a_reload_goes_on_from_there(upload_page, tmp_path, expected_complaints):
    expected_complaints.append("net::ERR_")
    content = bytes(range(256)) * 2000  # eight pieces
    (tmp_path / "big.bin").write_bytes(content)
    sent = []

    def lose(route):
        sent.append(route.request.headers["upload-offset"])
        route.abort() if len(sent) > 3 else route.continue_()

    upload_page.route(PIECES, lose)
    upload_page.locator("#files").set_input_files(tmp_path / "big.bin")
    expect(upload_page.get_by_role("status")).to_contain_text("The connection is lost")
    upload_page.unroute(PIECES)
    upload_page.on("dialog", lambda dialog: dialog.accept())
    upload_page.reload()
    expect(upload_page.get_by_text("Some files are not whole yet")).to_be_visible()
    expect(upload_page.get_by_role("button", name="Start import")).to_be_disabled()
    again = []
    upload_page.on(
        "request", lambda request: request.method == "PATCH" and again.append(request.headers["upload-offset"])
    )
    upload_page.locator("#files").set_input_files(tmp_path / "big.bin")
    expect(state(upload_page, "done")).to_be_attached()
    assert again[0] == str(3 * 64 * 1024)  # nothing is sent twice
    expect(upload_page.get_by_role("button", name="Start import")).to_be_enabled()
    upload = Upload.objects.get()
    assert (files_of(upload.pk) / "big.bin").read_bytes() == content


@pytest.mark.parametrize("is_secure", [True, False])
def test_another_file_under_the_name_of_one_that_is_partly_or_all_here_is_sent_anew(
    is_secure, upload_page, tmp_path, expected_complaints
):
    expected_complaints.append("net::ERR_")
    if not is_secure:  # as on a page without TLS
        upload_page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {get: () => undefined})")
        upload_page.reload()
    first, second = (bytes([value]) + bytes(range(256)) * 1000 for value in (1, 2))
    write(tmp_path / "export", {"partly.bin": first, "all.bin": first[:50_000], "same.bin": first[:50_000]})
    sent = []

    def lose(route):
        if int(route.request.headers["upload-offset"]):
            return route.abort()
        sent.append(route.request.headers["upload-checksum"])
        return route.continue_()

    upload_page.route(PIECES, lose)
    upload_page.locator("#folder").set_input_files(tmp_path / "export")
    expect(upload_page.get_by_role("status")).to_contain_text("The connection is lost")
    expect(upload_page.get_by_role("status")).to_contain_text("2 of 3 files are here")
    assert {one.split()[0] for one in sent} == {"sha256" if is_secure else "crc32"}
    upload_page.unroute(PIECES)
    upload_page.on("dialog", lambda dialog: dialog.accept())
    upload_page.reload()
    write(tmp_path / "export", {"partly.bin": second, "all.bin": second[:50_000]})
    upload_page.locator("#folder").set_input_files(tmp_path / "export")
    expect(state(upload_page, "done")).to_be_attached()
    expect(upload_page.get_by_role("status")).to_contain_text("not what was here under the name")
    folder = files_of(Upload.objects.get().pk)
    assert (folder / "partly.bin").read_bytes() == second
    assert (folder / "all.bin").read_bytes() == second[:50_000]
    assert (folder / "same.bin").read_bytes() == first[:50_000]


def test_the_line_comes_back_and_it_goes_on_by_itself(upload_page, tmp_path, expected_complaints):
    expected_complaints.append("net::ERR_")
    (tmp_path / "big.bin").write_bytes(bytes(200_000))
    lost = []

    def lose_twice(route):
        lost.append(1)
        route.abort() if len(lost) in {2, 3} else route.continue_()

    upload_page.route(PIECES, lose_twice)
    upload_page.locator("#files").set_input_files(tmp_path / "big.bin")
    expect(state(upload_page, "done")).to_be_attached()
    expect(upload_page.get_by_role("status")).to_contain_text("1 of 1 files are here")


def test_pause_and_go_on_by_keyboard(upload_page, tmp_path):
    (tmp_path / "big.bin").write_bytes(bytes(500_000))
    held = []
    upload_page.route(PIECES, lambda route: held.append(route) if not held else route.continue_())
    upload_page.locator("#files").set_input_files(tmp_path / "big.bin")
    pause = upload_page.get_by_role("button", name="Pause")
    pause.focus()
    upload_page.keyboard.press("Enter")
    expect(state(upload_page, "paused")).to_be_attached()
    held[0].continue_()
    expect(upload_page.get_by_role("status")).to_contain_text("Paused.")
    upload_page.get_by_role("button", name="Go on").focus()
    upload_page.keyboard.press("Enter")
    expect(state(upload_page, "done")).to_be_attached()


def test_what_the_server_refuses_is_told_beside_the_file(upload_page, tmp_path, expected_complaints):
    write(tmp_path / "films", {"S1/a.png": png(), "good.png": png()})
    (tmp_path / "S1").write_bytes(b"x")
    expected_complaints.append("status of 422")
    upload_page.locator("#folder").set_input_files(tmp_path / "films")
    expect(state(upload_page, "done")).to_be_attached()
    upload_page.locator("#files").set_input_files(tmp_path / "S1")
    expect(upload_page.get_by_text("rename one of them")).to_be_visible()
