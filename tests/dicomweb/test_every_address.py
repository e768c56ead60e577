"""Every address of a study, asked for by everybody: what is closed to a person is so at each of them, and answers alike."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from cases.frames import address_digest
from cases.models import GateFinding, Image, ImportRun, PoolEntry
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms
from dicomweb import urls
from labeling.models import RoundState
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.dicomweb.conftest import Program, uids_of
from tests.dicomweb.test_store import TYPE, body_of
from tests.dicomweb.test_who_sees_what import seal
from tests.factories import make_benchmark, make_round, make_user

pytestmark = pytest.mark.django_db
ANY = "*/*"


@pytest.fixture
def images(benchmark_, tmp_path) -> list[Image]:
    """Two studies of one instance each, through the gate."""
    files = {
        f"{number}.dcm": dicom(RAMP[::step].copy() if step < 0 else RAMP, study=number)
        for number, step in ((1, 1), (2, -1))
    }
    take_in(benchmark_, write(tmp_path / "in", files))
    return list(Image.objects.select_related("series__study").order_by("series__study__study_uid"))


def addresses(uids: tuple[str, str, str], prefix: str = "") -> list[str]:
    """Every address that names a study, by the product's own list of them."""
    study, series, instance = uids
    known = {"study": study, "series": series, "instance": instance, "frames": "1", "tag": "7FE00010"}
    found = []
    for pattern in urls.urlpatterns:
        route = str(pattern.pattern)
        if "<str:study>" in route and "<slug:" not in route:
            for name, value in known.items():
                route = route.replace(f"<str:{name}>", value)
            found.append(prefix + route)
    assert len(found) == 19, found
    return found


def codes(program: Program, image: Image, prefix: str = "") -> set[int]:
    return {program.get(path, ANY).status_code for path in addresses(uids_of(image), prefix)}


def refusals(program: Program, uids: tuple[str, str, str]) -> set[bytes]:
    return {program.get(path, ANY).content for path in addresses(uids)}


def counted(program: Program) -> tuple[int, int, int]:
    """How many studies, series and instances searches tell of."""
    found = [program.found(path) for path in ("studies", "series", "instances")]
    return len(found[0]), len(found[1]), len(found[2])


def test_a_reader_has_every_address_of_an_own_case_and_none_of_another_study(reader, benchmark_, images):
    own, other = images
    assert codes(reader, own) == codes(reader, other) == {404}
    assert counted(reader) == (0, 0, 0)
    round_ = make_round(benchmark_, [own.series.study], [reader.user])
    assert (codes(reader, own), codes(reader, other), counted(reader)) == ({200}, {404}, (1, 1, 1))
    nobodys = tuple(pseudonyms().uid_of(kind, 999_999) for kind in (Kind.STUDY, Kind.SERIES, Kind.INSTANCE))
    assert refusals(reader, uids_of(other)) == refusals(reader, nobodys)
    type(round_).objects.update(state=RoundState.CLOSED, closed_at=timezone.now())
    assert (codes(reader, own), counted(reader)) == ({404}, (0, 0, 0))


def test_a_reader_of_another_benchmarks_round_has_its_case_alone(benchmark_, images):
    second = make_benchmark(slug="second")
    PoolEntry.objects.bulk_create([PoolEntry(benchmark=second, study=one.series.study) for one in images])
    reader = Program(make_user(Role.READER))
    make_round(second, [images[1].series.study], [reader.user])
    assert (codes(reader, images[0]), codes(reader, images[1]), counted(reader)) == ({404}, {200}, (1, 1, 1))


def test_no_address_of_a_site_tells_a_reader_whose_study_a_case_is(reader, curator, benchmark_, images):
    make_round(benchmark_, [one.series.study for one in images], [reader.user])
    for site in ("north", "south"):
        prefix = f"{benchmark_.slug}/{site}/"
        assert codes(reader, images[0], prefix) == {404}
        assert {reader.get(f"{prefix}{path}").status_code for path in ("studies", "series", "instances")} == {404}
    assert codes(curator, images[0], f"{benchmark_.slug}/north/") == {200}
    assert len(curator.found(f"{benchmark_.slug}/north/studies")) == 2


def test_the_sealed_holdout_answers_nobody_but_an_admin_at_any_address(
    reader, curator, admin, benchmark_, images, client
):
    released, holdout = images
    round_ = make_round(benchmark_, [one.series.study for one in images], [reader.user])
    seal(round_, released.series.study, holdout.series.study)
    assert (codes(admin, holdout), counted(admin)) == ({200}, (2, 2, 2))
    assert (codes(curator, holdout), codes(curator, released), counted(curator)) == ({404}, {200}, (1, 1, 1))
    assert (codes(reader, holdout), codes(reader, released), counted(reader)) == ({404}, {404}, (0, 0, 0))
    prefix = f"{benchmark_.slug}/north/"
    assert codes(curator, holdout, prefix) == {404}
    assert len(curator.found(f"{prefix}instances")) == 1
    uid = pseudonyms().uid_of(Kind.INSTANCE, holdout.pk)
    for query in ({"SOPInstanceUID": uid}, {"Rows": "16"}, {"Modality": "DX"}, {"fuzzymatching": "true"}):
        level = "instances" if query.keys() & {"SOPInstanceUID", "Rows"} else "series"
        told = str(curator.found(level, **query))
        assert uid not in told
        assert pseudonyms().uid_of(Kind.SERIES, holdout.series_id) not in told


@pytest.mark.parametrize("decision", ["", "reject"])
def test_what_the_gate_holds_is_at_no_address_and_no_page_but_those_of_who_decides(
    reader, curator, admin, benchmark_, images, client, decision
):
    """Held after the round was opened, too: a late instance may bring the finding."""
    held = images[0]
    make_round(benchmark_, [held.series.study], [reader.user])
    client.force_login(reader.user)
    pictures = [
        reverse("cases:image_preview", args=[held.pk, held.preview_sha256]),
        reverse("cases:image_thumbnail", args=[held.pk, held.thumbnail_sha256]),
        reverse("cases:image_frame", args=[held.pk, address_digest(held.sha256), 0]),
    ]
    assert codes(reader, held) == {200}
    assert {client.get(path).status_code for path in pictures} == {200}
    GateFinding.objects.create(
        run=ImportRun.objects.get(),
        study=held.series.study,
        image=held,
        check_name="burned_in",
        outcome="quarantine",
        what="text",
        why="look",
        decision=decision,
        decided_at=timezone.now() if decision else None,
    )
    for program in (reader, curator, admin):
        assert codes(program, held) == {404}
    assert (counted(reader), counted(curator), counted(admin)) == ((0, 0, 0), (1, 1, 1), (1, 1, 1))
    assert {client.get(path).status_code for path in pictures} == {404}
    study = held.series.study_id
    finding = GateFinding.objects.get().pk
    for path in (
        reverse("cases:quarantine"),
        reverse("cases:study_detail", args=[study]),
        reverse("cases:gate_report", args=[ImportRun.objects.get().pk]),
        f"/api/v1/studies/{study}/",
        f"/api/v1/imports/{ImportRun.objects.get().pk}/",
    ):
        assert client.get(path).status_code in {403, 404}, path
    assert client.post(reverse("cases:decide", args=[finding]), {"decision": "accept"}).status_code in {403, 404}
    assert not GateFinding.objects.filter(decision="accept").exists()


def test_storing_again_is_answered_alike_for_what_is_sealed(reader, curator, benchmark_, images):
    released, holdout = images
    seal(
        make_round(benchmark_, [one.series.study for one in images], [reader.user]),
        released.series.study,
        holdout.series.study,
    )
    path = f"{benchmark_.slug}/north/studies"
    told = []
    for pixels, number in ((RAMP, 1), (RAMP[::-1].copy(), 2)):
        answered = curator.post(path, body_of(dicom(pixels, study=number)), TYPE)
        told.append((answered.status_code, sorted(answered.json()), answered.headers.get("Warning")))
    assert told[0] == told[1]
    assert told[0][0] == 200
    assert reader.post(path, body_of(dicom(study=2)), TYPE).status_code == 403
    assert Image.objects.count() == 2
