"""A hostile header hurts nothing but itself: refused at intake, and answered with a sentence where it came in before."""

import pytest

from cases.adapters.storage import ORIGINALS
from cases.models import Image
from dicomweb import disclosure
from tests.cases.builders import outcome, rules, take_in, write
from tests.cases.gate.header.test_limits import element, film
from tests.dicomweb.conftest import path_of
from tests.factories import keep

pytestmark = pytest.mark.django_db


@pytest.fixture
def hostile() -> bytes:
    return film(element(0x00081048, "PN", "^".join(f"{number:x}q" for number in range(100_000))))


def test_a_hostile_header_is_refused_at_intake(benchmark_, tmp_path, hostile):
    run = take_in(benchmark_, write(tmp_path, {"a.dcm": hostile}))
    assert (outcome(run), rules(run)) == ((0, 0, 1), ["header_size"])


def test_a_hostile_header_of_before_is_answered_with_a_sentence_and_not_de_identified(
    curator, benchmark_, tmp_path, hostile, monkeypatch
):
    run = take_in(benchmark_, write(tmp_path, {"a.dcm": film()}))
    assert outcome(run) == (1, 0, 0)
    image = Image.objects.get()
    Image.objects.filter(pk=image.pk).update(sha256=keep(ORIGINALS, hostile))
    asked = []
    monkeypatch.setattr(disclosure, "deidentify", lambda *args, **kwargs: asked.append(args))
    for address in (f"{path_of(image)}/metadata", path_of(image)):
        response = curator.get(address, accept="*/*")
        assert response.status_code == 409
        assert "(0008,1048) is a PN of" in response.json()["detail"]
    assert asked == []
