"""Pages of studies and imports: who may open them, what they show, and that they stay quick."""

import csv
import io
import re
import zipfile
from base64 import urlsafe_b64decode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.urls import reverse

from cases import visibility
from cases.actions import import_studies
from cases.models import Contribution, Image, ImportRun, Site, Study
from core.models import RunState
from core.searches import opened, sealed
from tests.cases.builders import dicom, png, reports_csv, take_in, write
from tests.factories import make_study, make_user


@pytest.fixture
def curator(client, db):
    user = make_user("curator")
    client.force_login(user)
    return user


@pytest.fixture
def film(benchmark_, tmp_path):
    """A study with one picture."""
    take_in(benchmark_, write(tmp_path / "films", {"a.dcm": dicom(ViewPosition="PA", PatientAge="045Y")}))
    return Image.objects.get()


def pages(film) -> list[str]:
    study, run = film.series.study_id, ImportRun.objects.get().pk
    names = [("study_list",), ("study_detail", study), ("import_list",), ("import_create",), ("import_detail", run)]
    return [reverse(f"cases:{name}", args=args) for name, *args in names]


def pictures(film) -> list[str]:
    return [
        reverse("cases:image_preview", args=[film.pk]),
        reverse("cases:image_preview", args=[film.pk, film.preview_sha256]),
        reverse("cases:image_thumbnail", args=[film.pk]),
        reverse("cases:image_thumbnail", args=[film.pk, film.thumbnail_sha256]),
    ]


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_the_office_opens_every_page(role, client, film):
    client.force_login(make_user(role))
    assert [client.get(page).status_code for page in pages(film) + pictures(film)] == [200] * 9


def test_a_reader_opens_none_of_them(client, film):
    client.force_login(make_user("reader"))
    assert {client.get(page).status_code for page in pages(film)} == {403}
    assert {client.get(page).status_code for page in pictures(film)} == {404}


def test_visitors_are_sent_to_the_sign_in_page(client, film):
    assert {client.get(page).status_code for page in pages(film) + pictures(film)} == {302}


def test_pages_that_only_show_take_no_posts(client, film, curator):
    again = reverse("cases:import_again", args=[ImportRun.objects.get().pk])
    takes = {reverse("cases:import_create"), reverse("cases:study_list")}
    shown = [page for page in pages(film) if page not in takes]
    assert {client.post(page).status_code for page in shown + pictures(film)} == {405}
    assert client.get(again).status_code == 405


@pytest.mark.parametrize("name", ["study_detail", "import_detail", "image_preview", "image_thumbnail"])
def test_what_is_not_there_is_not_found(name, client, curator):
    assert client.get(reverse(f"cases:{name}", args=[999_999])).status_code == 404


@pytest.fixture
def studies(benchmark_):
    """Three studies that differ in all that a list is filtered by."""
    south = Site.objects.create(code="south")
    return {
        "plain": make_study(None, study_id="AAA1", age=70),
        "reported": make_study(benchmark_, study_id="BBB2", report="Clear lungs.", modality="CR", age=30),
        "imaged": make_study(
            benchmark_, study_id="CCC3", site=south, with_image=True, modality="DX", study_uid="1.2.9"
        ),
    }


def listed(client, query="") -> list[str]:
    response = client.get(reverse("cases:study_list") + query, follow=True)
    assert response.status_code == 200
    return [study.study_id for study, *_ in response.context["rows"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["AAA1", "BBB2", "CCC3"]),
        ("?q=bb", ["BBB2"]),
        ("?q=1.2.9", ["CCC3"]),
        ("?site=south", ["CCC3"]),
        ("?modality=CR", ["BBB2"]),
        ("?benchmark=chest", ["BBB2", "CCC3"]),
        ("?report=yes", ["BBB2"]),
        ("?report=no", ["AAA1", "CCC3"]),
        ("?images=yes", ["CCC3"]),
        ("?images=no&benchmark=chest", ["BBB2"]),
        ("?sort=-study", ["CCC3", "BBB2", "AAA1"]),
        ("?sort=age&images=no", ["BBB2", "AAA1"]),
        ("?sort=password", ["AAA1", "BBB2", "CCC3"]),
        ("?site=nowhere", []),
        ("?page=99", ["AAA1", "BBB2", "CCC3"]),
    ],
)
def test_the_list_is_filtered_and_sorted_by_the_address(query, expected, client, curator, studies):
    assert listed(client, query) == expected


def test_what_is_typed_never_stands_in_an_address(client, curator, studies):
    """The form works without scripts: what is posted comes back sealed, and pages, order and download keep it."""
    page = reverse("cases:study_list")
    sent = {"q": "BB", "site": "", "report": "yes", "sort": "-age", "csrfmiddlewaretoken": "x"}
    there = client.post(page, sent)
    assert there.status_code == 302
    asked = parse_qs(urlsplit(there["Location"]).query)
    assert sorted(asked) == ["report", "search", "sort"]
    assert "BB" not in there["Location"].replace(asked["search"][0], "")
    shown = client.get(there["Location"])
    assert [study.study_id for study, *_ in shown.context["rows"]] == ["BBB2"]
    html = shown.content.decode()
    assert 'method="post"' in html
    assert 'value="BB"' in html
    links = [link for link in re.findall(r'href="(\?[^"]*)"', html) if "search=" in link]
    assert len(links) > 5
    assert all("q=" not in link for link in re.findall(r'href="(\?[^"]*)"', html))
    assert client.post(page, {"q": " "})["Location"] == page


def test_an_old_bookmark_of_a_search_is_sealed_and_a_broken_one_refused(client, curator, studies):
    page = reverse("cases:study_list")
    there = client.get(page + "?q=BB&page=2&sort=age")["Location"]
    assert "q=" not in there
    assert "page=" not in there
    assert "sort=age" in there
    for broken in ("x", "gAAAAA", "ä", there.split("search=")[1][:-9] + "A"):
        assert client.get(page + f"?search={broken}").status_code == 400


def test_a_search_is_sealed_anew_each_time_and_opened_with_our_key_alone(settings):
    one, other = sealed("DOE_JOHN"), sealed("DOE_JOHN")
    assert one != other
    assert opened(one) == opened(other) == "DOE_JOHN"
    assert b"DOE" not in urlsafe_b64decode(one)
    settings.SECRET_KEY = "another"
    with pytest.raises(BadRequest):
        opened(one)


def test_the_csv_is_what_is_shown(client, curator, studies):
    response = client.get(reverse("cases:study_list") + "?benchmark=chest&sort=-study&format=csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["study_id"] for row in rows] == ["CCC3", "BBB2"]
    assert [(row["images"], row["report"]) for row in rows] == [("1", "no"), ("0", "yes")]


def test_an_empty_list_says_how_to_fill_it(client, curator):
    assert b"No studies yet" in client.get(reverse("cases:study_list")).content
    assert b"No study fits" in client.get(reverse("cases:study_list") + "?q=x", follow=True).content
    assert b"No imports yet" in client.get(reverse("cases:import_list")).content


def test_hidden_studies_are_neither_listed_nor_shown_to_curators(client, studies, curator, monkeypatch):
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}study_id": "CCC3"})])
    assert listed(client) == ["AAA1", "BBB2"]
    image = Image.objects.get()
    image.preview_sha256 = "0" * 64
    image.save()
    assert client.get(reverse("cases:study_detail", args=[studies["imaged"].pk])).status_code == 404
    assert client.get(reverse("cases:image_preview", args=[image.pk])).status_code == 404
    assert b"CCC3" not in client.get(reverse("cases:study_list") + "?format=csv").content


def queries(client, page, django_assert_max_num_queries, limit) -> int:
    with django_assert_max_num_queries(limit) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["study_list", "import_list"])
def test_a_longer_list_takes_no_more_queries(
    name, client, curator, benchmark_, tmp_path, django_assert_max_num_queries
):
    page = reverse(f"cases:{name}")
    take_in(benchmark_, write(tmp_path, {"1/a.png": png(1)}))
    one = queries(client, page, django_assert_max_num_queries, 20)
    for number in (2, 3):
        take_in(benchmark_, write(tmp_path, {f"{number}/a.png": png(number)}))
    assert queries(client, page, django_assert_max_num_queries, 20) == one


def test_a_study_with_more_pictures_takes_no_more_queries(
    client, curator, benchmark_, tmp_path, django_assert_max_num_queries
):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom()}))
    page = reverse("cases:study_detail", args=[Study.objects.get().pk])
    one = queries(client, page, django_assert_max_num_queries, 20)
    take_in(benchmark_, write(tmp_path, {f"{n}.dcm": dicom(series=n) for n in (2, 3)}))
    assert queries(client, page, django_assert_max_num_queries, 20) == one


def test_a_study_shows_its_pictures_its_facts_and_its_report(client, curator, film, benchmark_, tmp_path):
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("1.2.3.1", "Clear <b>lungs</b>.")]))
    shown = client.get(reverse("cases:study_detail", args=[film.series.study_id])).content.decode()
    assert reverse("cases:image_thumbnail", args=[film.pk, film.thumbnail_sha256]) in shown
    assert "45 years" in shown
    assert "Clear &lt;b&gt;lungs&lt;/b&gt;." in shown


def test_other_studies_of_the_patient_are_linked(client, curator, benchmark_):
    first, second = (make_study(benchmark_, study_id=name, patient="P1") for name in ("S1", "S2"))
    shown = client.get(reverse("cases:study_detail", args=[first.pk])).content.decode()
    assert reverse("cases:study_detail", args=[second.pk]) in shown


def test_a_picture_is_served_to_be_kept_for_good_by_its_reader_alone(client, curator, film):
    response = client.get(pictures(film)[0])
    assert b"".join(response.streaming_content)[:3] == b"\xff\xd8\xff"
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["ETag"] == f'"{film.preview_sha256}"'


def test_a_picture_that_the_browser_has_is_not_sent_again(client, curator, film):
    response = client.get(pictures(film)[0], headers={"If-None-Match": f'"{film.preview_sha256}"'})
    assert (response.status_code, response.content) == (304, b"")


def test_the_right_is_asked_even_when_the_browser_has_the_picture(client, film):
    client.force_login(make_user("reader"))
    response = client.get(pictures(film)[0], headers={"If-None-Match": f'"{film.preview_sha256}"'})
    assert response.status_code == 404


@pytest.mark.parametrize("kind", ["preview", "thumbnail"])
def test_an_address_from_before_the_picture_was_made_anew_gives_todays(kind, client, curator, film):
    before = client.get(reverse(f"cases:image_{kind}", args=[film.pk, "0" * 64]))
    today = client.get(reverse(f"cases:image_{kind}", args=[film.pk, getattr(film, f"{kind}_sha256")]))
    assert (before.status_code, b"".join(before)) == (200, b"".join(today))
    assert before["Cache-Control"] == "private, no-store"
    assert "immutable" in today["Cache-Control"]


def test_a_reader_sees_the_picture_of_a_case_and_no_other(client, film, monkeypatch):
    monkeypatch.setattr(visibility, "_viewing_rules", [lambda user, pk: pk == film.series.study_id])
    client.force_login(make_user("reader"))
    assert {client.get(page).status_code for page in pictures(film)} == {200}
    monkeypatch.setattr(visibility, "_viewing_rules", [lambda user, pk: False])
    assert {client.get(page).status_code for page in pictures(film)} == {404}


def test_a_picture_whose_file_is_lost_is_not_found(client, curator, film, data_dir):
    for path in (Path(data_dir) / "files" / "derived").rglob("*"):
        if path.is_file():
            path.unlink()
    assert client.get(pictures(film)[0]).status_code == 404


def archive(**files: bytes) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return SimpleUploadedFile("films.zip", buffer.getvalue())


@pytest.fixture
def post(client, curator, benchmark_, monkeypatch):
    """Posts the import form; what would be sent to a worker is noted."""
    sent: list[int] = []
    monkeypatch.setattr("cases.views.dispatch", lambda run: sent.append(run.pk))

    def send(**fields):
        return client.post(reverse("cases:import_create"), {"benchmark": benchmark_.pk, **fields}), sent

    return send


def test_an_upload_is_kept_and_its_import_started(post, client, data_dir):
    reports = SimpleUploadedFile("../../r.csv", b"study_id,report_text\n1.2.3.1,Clear.\n")
    response, sent = post(new_site="west", pictures=archive(**{"a.dcm": dicom()}), reports=reports)
    run = ImportRun.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("cases:import_detail", args=[run.pk])
    assert sent == [run.pk]
    for source in (run.source, run.reports_source):
        assert Path(source).is_relative_to(Path(data_dir) / "uploads")
    finished = import_studies(run.pk)
    assert finished.counts == {"imported": 2, "unchanged": 0, "rejected": 0}
    shown = client.get(response["Location"]).content.decode()
    assert "films.zip" in shown
    assert str(data_dir) not in shown


def test_reports_alone_go_to_a_known_site(post):
    Site.objects.create(code="north")
    response, _ = post(site="north", reports=SimpleUploadedFile("r.csv", b"study_id,report_text\n"))
    assert response.status_code == 302
    assert ImportRun.objects.get().site.code == "north"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"new_site": "west"}, "Give a zip of pictures"),
        ({"reports": b"x"}, "Choose a site above"),
        ({"reports": b"x", "new_site": "a b"}, "such as a-b"),
        ({"reports": b"x", "new_site": "west", "site": "north"}, "Either the site north or a new one"),
        ({"reports": b"x", "new_site": "west", "layout": "zoo"}, "zoo"),
    ],
)
def test_a_form_that_lacks_something_says_what_and_starts_nothing(fields, message, post):
    Site.objects.create(code="north")
    files = {"reports": SimpleUploadedFile("r.csv", fields["reports"])} if "reports" in fields else {}
    response, sent = post(**{**fields, **files})
    assert response.status_code == 422
    assert message in response.content.decode()
    assert sent == []
    assert not ImportRun.objects.exists()


def test_without_a_benchmark_the_form_sends_to_benchmarks_first(client, curator):
    assert b"load its definition first" in client.get(reverse("cases:import_create")).content


def test_an_imports_page_shows_counts_and_problems(client, curator, benchmark_, tmp_path):
    path = reports_csv(tmp_path / "r.csv", [("S1", "a", "W"), ("S2", "b", "F")], ("study_id", "report_text", "sex"))
    run = take_in(benchmark_, reports=path)
    shown = client.get(reverse("cases:import_detail", args=[run.pk])).content.decode()
    assert "sex must be M, F, O" in shown
    assert "r.csv" in shown
    assert "Run again" in shown


def test_problems_are_downloaded_as_csv(client, curator, benchmark_, tmp_path):
    run = take_in(benchmark_, write(tmp_path, {"bad.dcm": b"junk"}))
    response = client.get(reverse("cases:import_detail", args=[run.pk]) + "?problems=csv")
    assert "bad.dcm" in response.content.decode()
    assert response["Content-Type"].startswith("text/csv")


def test_the_live_part_is_asked_until_the_run_is_over(client, curator, benchmark_, tmp_path):
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a")]))
    page = reverse("cases:import_detail", args=[run.pk])
    assert b'hx-trigger="every 2s"' not in client.get(page, headers={"HX-Request": "true"}).content
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.QUEUED)
    assert b'hx-trigger="every 2s"' in client.get(page, headers={"HX-Request": "true"}).content


def test_running_again_starts_a_new_import_of_the_same_files(client, curator, benchmark_, tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr("cases.views.dispatch", lambda run: sent.append(run.pk))
    old = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a")]))
    response = client.post(reverse("cases:import_again", args=[old.pk]))
    (new,) = sent
    assert response["Location"] == reverse("cases:import_detail", args=[new])
    assert import_studies(new).counts == {"imported": 0, "unchanged": 1, "rejected": 0}


def test_running_again_keeps_the_terms_the_files_came_with(client, curator, benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr("cases.views.dispatch", lambda run: None)
    old = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a")]))
    terms = {"agreement": "DUA of 12 May 2026", "attested_by": "A. Weber", "statement": "De-identified."}
    Contribution.objects.filter(run=old).update(**terms)
    client.post(reverse("cases:import_again", args=[old.pk]))
    assert Contribution.objects.filter(**terms).count() == 2
