"""What tests of DICOMweb share: people with tokens, and studies by rows."""

import pytest
from django.test import Client

from accounts.actions import create_api_token
from accounts.models import Role, User
from cases.models import Image, Series, Study
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms
from tests.factories import make_benchmark, make_study, make_user


class Program:
    """A program that comes with somebody's token."""

    def __init__(self, user: User) -> None:
        self.user = user
        secret = create_api_token(user=user, name="viewer").secret
        self.client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str, accept: str = "application/dicom+json", **query: str):
        return self.client.get(f"/dicom-web/{path}", query, headers={"Accept": accept})

    def post(self, path: str, body: bytes, content_type: str, **environ: object):
        return self.client.post(f"/dicom-web/{path}", body, content_type=content_type, **environ)

    def found(self, path: str, **query: str) -> list[dict]:
        """The results of a search; none when the answer is 204."""
        response = self.get(path, **query)
        assert response.status_code in {200, 204}, response.content
        return response.json() if response.status_code == 200 else []

    def uids(self, path: str, level: str = "0020000D", **query: str) -> list[str]:
        return [one[level]["Value"][0] for one in self.found(path, **query)]


@pytest.fixture
def benchmark_(db):
    return make_benchmark()


@pytest.fixture
def curator(db) -> Program:
    return Program(make_user(Role.CURATOR))


@pytest.fixture
def admin(db) -> Program:
    return Program(make_user(Role.ADMIN))


@pytest.fixture
def reader(db) -> Program:
    return Program(make_user(Role.READER))


def study_with(benchmark=None, *, modalities=("DX",), images=1, about=None, **fields) -> Study:
    """A study with a series for each modality and so many DICOM images in each, by rows."""
    study = make_study(benchmark, **fields)
    for number, modality in enumerate(modalities, start=1):
        series = Series.objects.create(
            study=study,
            series_uid=f"1.2.{study.pk}.{number}",
            modality=modality,
            number=number,
            is_dicom=True,
            description="zzseries",
        )
        for instance in range(1, images + 1):
            values = {"rows": 10, "columns": 12, "transfer_syntax": "1.2.840.10008.1.2.1", **(about or {})}
            uid = f"1.2.{study.pk}.{number}.{instance}"
            Image.objects.create(series=series, sop_uid=uid, sha256="0" * 64, instance_number=instance, **values)
    return study


def uid_of(study: Study) -> str:
    return pseudonyms().uid_of(Kind.STUDY, study.pk)


def uids_of(image: Image) -> tuple[str, str, str]:
    """Study, series and instance as they are named outside."""
    names = pseudonyms()
    return (
        names.uid_of(Kind.STUDY, image.series.study_id),
        names.uid_of(Kind.SERIES, image.series_id),
        names.uid_of(Kind.INSTANCE, image.pk),
    )


def path_of(image: Image) -> str:
    study, series, instance = uids_of(image)
    return f"studies/{study}/series/{series}/instances/{instance}"
