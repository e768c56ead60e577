"""A contributor's token stores at the address of its site, and reads nothing anywhere."""

import pytest
from django.utils import timezone

from accounts.models import Role
from cases.actions.contributors import end_membership, invite_contributor
from cases.models import Contribution, ImportRun, Membership, Site, Study
from tests.cases.builders import RAMP, dicom
from tests.dicomweb.conftest import Program, uid_of
from tests.dicomweb.test_store import HERE, TYPE, answer, body_of, reasons
from tests.factories import make_benchmark, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def router(benchmark_) -> Program:
    """The archive of the north, with its data manager's token."""
    invited = invite_contributor(
        email="dana@north.example.org",
        name="Dana Data",
        site_code="north",
        benchmark=benchmark_,
        agreement="DUA of May",
        by=make_user(Role.CURATOR),
    )
    return Program(invited.membership.contributor.user)


def test_its_own_site_is_stored_under_the_terms(router):
    response = router.post(HERE, body_of(dicom()), TYPE)
    assert response.status_code == 200, response.content
    assert (Study.objects.get().site.code, ImportRun.objects.get().created_by) == ("north", router.user)
    assert (Contribution.objects.get().agreement, Contribution.objects.get().is_attested) == ("DUA of May", True)
    assert [item.ReferencedSOPInstanceUID for item in answer(response).ReferencedSOPSequence] == ["1.2.3.1.1.1"]


def test_the_answer_names_nothing_that_it_could_not_retrieve(router):
    found = answer(router.post(HERE, body_of(dicom(), dicom(RAMP + 1, instance=2)), TYPE))
    assert "RetrieveURL" not in found
    assert not any(item.RetrieveURL for item in found.ReferencedSOPSequence)


def test_the_warning_leads_to_the_sites_own_page(router):
    response = router.post(HERE, body_of(dicom(), dicom(instance=2, study=2, Modality="MR")), TYPE)
    assert response.status_code == 202
    assert len(reasons(response)) == 1
    assert f"/studies/contributions/{ImportRun.objects.get().pk}/" in response["Warning"]


@pytest.mark.parametrize("address", ["chest/south/studies", "knee/north/studies", "nothing/nowhere/studies", "studies"])
def test_nothing_is_stored_anywhere_else_and_no_site_is_made(router, address):
    make_benchmark("knee")
    response = router.post(address, body_of(dicom()), TYPE)
    assert response.status_code == 403
    assert "You may not send studies" in response.json()["detail"]
    assert (Study.objects.count(), list(Site.objects.values_list("code", flat=True))) == (0, ["north"])


def test_nothing_is_read_not_even_what_it_stored(router):
    router.post(HERE, body_of(dicom()), TYPE)
    study = uid_of(Study.objects.get())
    for path in (
        *("studies", HERE, "series", "instances", f"studies/{study}", f"chest/north/studies/{study}"),
        *(f"studies/{study}/metadata", f"studies/{study}/series", f"studies/{study}/thumbnail"),
    ):
        response = router.get(path, accept="*/*")
        assert response.status_code == 403, path
        assert "reads nothing" in response.json()["detail"]


def test_an_ended_membership_stores_nothing(router):
    end_membership(membership=Membership.objects.get(), by=make_user(Role.CURATOR), now=timezone.now())
    assert router.post(HERE, body_of(dicom()), TYPE).status_code == 401  # its token is revoked with it


def test_a_reader_stores_nothing(reader, benchmark_):
    response = reader.post(HERE, body_of(dicom()), TYPE)
    assert response.status_code == 403
    assert not Study.objects.exists()
