"""Pages of the gate: what waits beside its picture, decisions by form, and the report that goes to the site."""

import csv
import io

import pytest
from django.core.management import call_command
from django.db.models import Q
from django.urls import reverse

from cases import visibility
from cases.models import Contribution, GateFinding, Image, Study
from cases.pseudonyms import Kind
from cases.queries.gate import GATE_REPORT_COLUMNS, site_gate_report
from cases.queries.told import pseudonyms
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.factories import make_user

pytestmark = pytest.mark.django_db
QUARANTINE = "/studies/quarantine/"


@pytest.fixture
def curator(client):
    user = make_user("curator")
    client.force_login(user)
    return user


@pytest.fixture
def held(benchmark_, tmp_path):
    """Two that wait, one file that is refused, and a header that names somebody."""
    files = {
        "a.dcm": dicom(BurnedInAnnotation="YES", PatientName="Quixotl^Zebulon"),
        "b.dcm": dicom(RAMP + 1, study=2, BurnedInAnnotation="YES"),
        "c.bin": b"hello",
    }
    return take_in(benchmark_, write(tmp_path, files))


def waiting(client) -> str:
    response = client.get(QUARANTINE)
    assert response.status_code == 200
    return response.content.decode()


def decide(client, finding, **data):
    return client.post(reverse("cases:decide", args=[finding.pk]), data, follow=True)


def first() -> GateFinding:
    return GateFinding.objects.waiting().first()


def test_quarantine_shows_what_where_and_why_beside_the_picture(client, curator, held):
    page = waiting(client)
    finding = first()
    assert finding.what in page
    assert finding.why in page
    assert "(0028,0301) BurnedInAnnotation" in page
    assert reverse("cases:image_preview", args=[finding.image.pk, finding.image.preview_sha256]) in page
    assert "Quixotl" not in page


def test_the_form_says_what_an_empty_field_of_boxes_masks(client, curator, held):
    sentence = "Left empty, the boxes that were found are masked."
    assert sentence not in waiting(client)
    GateFinding.objects.update(regions=[[0, 0, 16, 4]])
    assert sentence in waiting(client)


def test_a_decision_by_form_lets_the_study_go(client, curator, held, benchmark_):
    finding = first()
    page = decide(client, finding, decision="accept").content.decode()
    assert f"Accepted: {finding.study.study_id}." in page
    assert Study.objects.in_pool_of(benchmark_).get().study_uid == "1.2.3.1"
    assert f"finding-{finding.pk}" not in waiting(client)


def test_a_mask_by_form_sends_a_worker_for_the_picture(
    client, curator, held, monkeypatch, django_capture_on_commit_callbacks
):
    from cases.views import gate

    sent = []
    monkeypatch.setattr(gate.frames_task, "delay", sent.append)
    finding = first()
    with django_capture_on_commit_callbacks(execute=True):
        decide(client, finding, decision="mask", regions="0 0 16 4\n0, 4, 16, 2")
    finding.refresh_from_db()
    assert finding.decision == "mask"
    assert finding.image.mask == [[0, 0, 16, 4], [0, 4, 16, 2]]
    assert sent == [finding.image_id]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"decision": "mask", "regions": "0 0 sixteen"}, "is no box: give left, top, width and height"),
        ({"decision": "mask", "regions": "0 0 99 99"}, "inside the picture of 16 × 16 pixels"),
        ({"decision": "mask"}, "No box was given"),
        ({"decision": "shrug"}, "shrug is not one of the available choices"),
        ({}, "This field is required"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_with_a_sentence(client, curator, held, data, sentence):
    finding = first()
    assert sentence in decide(client, finding, **data).content.decode()
    finding.refresh_from_db()
    assert finding.decision == ""


def test_what_was_rejected_can_be_found_again(client, curator, held):
    finding = first()
    decide(client, finding, decision="reject")
    assert f"finding-{finding.pk}" not in waiting(client)
    assert f"finding-{finding.pk}" in client.get(QUARANTINE, {"show": "rejected"}).content.decode()


def test_what_was_decided_is_listed_with_who_and_when_and_decided_once_more(client, curator, held, benchmark_):
    finding = first()
    decide(client, finding, decision="mask", regions="0 0 4 4", seen="")
    page = client.get(QUARANTINE, {"show": "decided"}).content.decode()
    assert f"finding-{finding.pk}" in page
    assert f'Region masked (1 box) <span class="quiet">{curator}' in page
    finding.refresh_from_db()
    assert f'name="seen" value="{finding.standing}"' in page
    answer = decide(client, finding, decision="reject", seen=finding.standing, back="decided")
    assert answer.redirect_chain[-1][0] == f"{QUARANTINE}?show=decided"
    assert f"Rejected: {finding.study.study_id}." in answer.content.decode()
    assert "decided meanwhile" in decide(client, finding, decision="accept", seen=finding.standing).content.decode()


def test_the_page_of_a_study_offers_every_decision_and_tells_those_that_were_made(client, curator, held):
    finding = first()
    decide(client, finding, decision="mask", regions="0 0 4 4")
    address = reverse("cases:study_detail", args=[finding.study_id])
    page = client.get(address).content.decode()
    for words in ("Mask these too", "Take the mask back", "Reject", "Region masked (1 box)", "A frozen release keeps"):
        assert words in page
    finding.refresh_from_db()
    answer = decide(client, finding, decision="unmask", seen=finding.standing, back="study")
    assert answer.redirect_chain[-1][0] == address
    assert "Mask taken back" in answer.content.decode()


def test_a_picture_is_held_from_the_page_of_its_study_by_curators_alone(client, curator, benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom()}))
    image = Image.objects.get()
    address = reverse("cases:hold_picture", args=[image.pk])
    assert address in client.get(reverse("cases:study_detail", args=[image.series.study_id])).content.decode()
    page = client.post(address, follow=True).content.decode()
    assert "Seen by a curator: waiting" in page
    assert address not in page
    client.force_login(make_user("reader"))
    assert client.post(address).status_code == 403


def test_quarantine_is_narrowed_to_a_site(client, curator, held):
    assert "finding-" in client.get(QUARANTINE, {"site": "north"}).content.decode()
    assert "Nothing here" in client.get(QUARANTINE, {"site": "south"}).content.decode()


def test_a_curator_neither_sees_nor_decides_about_a_hidden_study(client, curator, held, monkeypatch):
    from django.db.models import Q

    finding = first()
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": finding.study_id})])
    assert f"finding-{finding.pk}" not in waiting(client)
    assert decide(client, finding, decision="accept").status_code == 404
    report = client.get(reverse("cases:gate_report", args=[held.pk])).content.decode()
    assert finding.study.study_id not in report


@pytest.mark.parametrize("role", ["reader", None])
def test_only_curators_decide(client, held, role):
    if role:
        client.force_login(make_user(role))
    for response in (
        client.get(QUARANTINE),
        client.post(reverse("cases:decide", args=[first().pk]), {"decision": "accept"}),
    ):
        assert response.status_code in {302, 403}
    assert GateFinding.objects.waiting().count() == 2


def test_the_pages_cost_the_same_queries_for_one_and_for_many(
    client, curator, benchmark_, tmp_path, django_assert_max_num_queries
):
    take_in(
        benchmark_,
        write(tmp_path, {f"{n}.dcm": dicom(RAMP + n, study=n, BurnedInAnnotation="YES") for n in range(1, 7)}),
    )
    with django_assert_max_num_queries(14):
        waiting(client)


def test_the_report_names_every_finding_and_refused_file(client, curator, held):
    url = reverse("cases:gate_report", args=[held.pk])
    page = client.get(url).content.decode()
    assert "Names in the header" in page
    assert "(0010,0010) PatientName" in page
    content = client.get(url, {"format": "csv"}).content.decode()
    rows = list(csv.reader(io.StringIO(content)))
    assert tuple(rows[0]) == GATE_REPORT_COLUMNS
    assert sorted(row[2] for row in rows[1:]) == ["burned_in", "burned_in", "format", "header_identifiers"]
    assert "Quixotl" not in page + content
    images = Image.objects.all()
    assert {row[1] for row in rows[1:] if row[0]} == {pseudonyms().uid_of(Kind.INSTANCE, one.pk) for one in images}
    assert not [one for one in images if one.sop_uid in content]
    own = site_gate_report(held).rows()
    assert {row[1] for row in own if row[0]} == {one.sop_uid for one in images}


def test_the_command_writes_the_same_report(held, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("gate_report", held.pk, out=tmp_path / "gate.csv")
    assert ended.value.code == 1  # something waits
    assert "2 wait for a decision" in capsys.readouterr().out
    with (tmp_path / "gate.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == 5


def test_terms_are_recorded_by_the_command_and_told_in_the_report(client, curator, benchmark_, tmp_path):
    write(tmp_path, {"a.dcm": dicom()})
    options = {"agreement": "DUA of 2026-03-01", "attested_by": "Dr. A. Data"}
    call_command("import_studies", str(tmp_path), benchmark=benchmark_.slug, site="north", **options)
    contribution = Contribution.objects.get()
    assert contribution.is_attested
    page = client.get(reverse("cases:gate_report", args=[contribution.run_id])).content.decode()
    assert "DUA of 2026-03-01" in page
    assert "Dr. A. Data" in page


def test_a_picture_that_was_there_before_is_named_and_linked_unless_its_study_is_hidden(
    client, curator, benchmark_, tmp_path, monkeypatch
):
    take_in(benchmark_, write(tmp_path / "first", {"a.dcm": dicom()}))
    run = take_in(benchmark_, write(tmp_path / "second", {"a.dcm": dicom(study=2)}))
    known = Study.objects.get(study_uid="1.2.3.1")
    report = reverse("cases:gate_report", args=[run.pk])
    link = f'href="{reverse("cases:study_detail", args=[known.pk])}">study {known.study_id}'
    assert link in client.get(report).content.decode()
    assert f"study {known.study_id}" in client.get(f"{report}?format=csv").content.decode()
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": known.pk})])
    for address in (report, f"{report}?format=csv"):
        page = client.get(address).content.decode()
        assert run.findings.get().study.study_id in page  # the finding itself
        assert known.study_id not in page
