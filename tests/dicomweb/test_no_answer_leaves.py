"""The answer to the benchmark's question, or a class of nobody's registry, in a code string: no reader meets it."""

import pytest
from django.test import Client
from django.utils import timezone

from cases.actions.decisions import decide_finding
from cases.models import GateFinding, Image, Study
from labeling.models import Slot
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.dicomweb.conftest import path_of
from tests.factories import make_round

pytestmark = pytest.mark.django_db
PRIVATE = "1.2.276.4711.19500512"


def test_an_answer_in_code_strings_reaches_no_reader(reader, benchmark_, tmp_path):
    film = dicom(
        RAMP,
        BodyPartExamined="PNEUMOTHORAX",
        ViewPosition="EFFUSION",
        ManufacturerModelName="Pneumothorax effusion",
        WindowCenter=2000,
        WindowWidth=4000,
        WindowCenterWidthExplanation="Pneumothorax",
    )
    take_in(benchmark_, write(tmp_path, {"a.dcm": film}))
    make_round(benchmark_, list(Study.objects.all()), [reader.user])
    pages = Client()
    pages.force_login(reader.user)
    image = Image.objects.get()
    told = [
        reader.get("studies", includefield="all").content,
        reader.get("instances", includefield="BodyPartExamined").content,
        reader.get(f"{path_of(image)}/metadata").content,
        pages.get(f"/reading/case/{Slot.objects.get().pk}/").content,
        str([image.display, image.view_position, *Study.objects.values()]).encode(),
    ]
    # The page offers the labels of the benchmark, so there the words are looked for as the file wrote them.
    assert [word for word in (b"EFFUSION", b"PNEUMOTHORAX") for answer in told if word in answer] == []
    assert [word for word in (b"effusion", b"pneumothorax") for answer in told[:3] if word in answer.lower()] == []


def test_a_private_sop_class_is_told_as_one(curator, reader, benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom(RAMP, SOPClassUID=PRIVATE)}))
    finding = GateFinding.objects.get(check_name="sop_class")
    assert finding.what == "The SOP class, a private one, is not one of modality DX"
    pages = Client()
    pages.force_login(curator.user)
    assert PRIVATE not in pages.get("/studies/quarantine/").content.decode()
    decide_finding(finding=finding, decision="accept", by=curator.user, now=timezone.now())
    make_round(benchmark_, list(Study.objects.all()), [reader.user])
    assert [one["00080016"] for one in reader.found("instances")] == [{"vr": "UI"}]
    told = reader.get(f"{path_of(Image.objects.get())}/metadata").content.decode()
    assert "4711.19500512" not in told
