"""Addresses nobody would click: odd digits, NUL, sorts that are none. Refused or ignored, never an error of ours."""

import pytest

from tests.factories import make_benchmark, make_round, make_study, make_suggestions, make_user

pytestmark = pytest.mark.django_db

ODD = [
    "/reading/rounds/{round}/?q=%00",
    "/reading/rounds/{round}/?reads=²",
    "/reading/rounds/new/?sample=²",
    "/reading/rounds/{round}/?page=²",
    "/studies/?q=%00",
    "/studies/?sort=--age",
    "/runs/?state=%00",
    "/releases/?page=99999999999999999999",
    "/benchmarks/%00/",
    "/api/v1/reads/?round=²",
    "/api/v1/reads/?round=99999999999999999999",
    "/api/v1/suggestions/?study_id=%00",
    "/api/v1/suggestions/?benchmark=%00",
    "/api/v1/benchmarks/%00/",
    "/api/v1/sites/%00/",
    "/api/v1/studies/?limit=-1&offset=²",
]


@pytest.fixture
def round_():
    benchmark = make_benchmark()
    study = make_study(benchmark)
    make_suggestions(study, benchmark, ["pneumothorax"])
    return make_round(benchmark, [study], [make_user()])


@pytest.mark.parametrize("address", ODD)
def test_odd_address_is_no_error_of_ours(client, round_, address):
    client.force_login(make_user("curator"))
    assert client.get(address.format(round=round_.pk)).status_code < 500


def test_nul_is_a_bad_request_with_a_page(client):
    client.force_login(make_user("curator"))
    response = client.get("/studies/?q=%00")
    assert response.status_code == 400
    assert "Countersign" in response.text


@pytest.mark.parametrize(
    "address",
    [
        *("/dicom-web/studies?PatientID=%00", "/dicom-web/studies/%00", "/api/v1/sites/%00/"),
        *("/dicom-web/%00", "/dicom-web/nowhere?x=%00", "/api/%00/", "/api/v1/nowhere/%00/?%00"),  # which lead nowhere
    ],
)
def test_nul_is_told_to_a_program_as_json(client, address):
    client.force_login(make_user("curator"))
    response = client.get(address)
    assert response.status_code == 400
    assert "NUL" in response.json()["detail"]


def test_a_curator_neither_sees_nor_steers_an_admins_run(client):
    from releases.models import ReleaseBuild

    benchmark = make_benchmark()
    round_ = make_round(benchmark, [], [make_user()])
    run = ReleaseBuild.objects.create(
        kind="release", state="failed", message="too few eligible studies", benchmark=benchmark, round=round_
    )
    client.force_login(make_user("curator"))
    assert f"/releases/builds/{run.pk}/" not in client.get("/runs/").text
    assert "too few eligible studies" not in client.get("/").text
    assert client.post(f"/runs/{run.pk}/control/", {"do": "resume"}).status_code == 404
    run.refresh_from_db()
    assert run.state == "failed"
    client.force_login(make_user("admin"))
    assert "too few eligible studies" in client.get("/").text
