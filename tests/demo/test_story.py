"""The demo: the real chain on a small synthetic world, once; told again it changes nothing."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Role, User
from cases.models import Image, Study
from core.models import Event, RunProblem
from demo.opinions import opinion, seen_labels
from labeling.models import Read, ReadingRound, Slot
from releases.models import Release

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def tell(*options):
    out = StringIO()
    call_command("demo", "--studies", "40", "--scale", "0.12", *options, stdout=out)
    return out.getvalue()


def counts():
    return [model.objects.count() for model in (Study, Image, Read, Slot, Release, Event, User)]


def test_demo_tells_the_whole_chain_and_keeps_a_login_of_each_role(settings, client):
    text = tell()
    assert Study.objects.count() == 40
    assert Image.objects.count() >= 40
    assert RunProblem.objects.filter(where__contains="scanned-form.dcm").exists()
    assert [release.state for release in Release.objects.all()] == ["frozen"]
    running = ReadingRound.objects.get(benchmark__slug="chest-radiograph")
    assert 0 < running.slots.filter(state="read").count() < running.slots.count()
    logins = [line.split() for line in (Path(settings.DATA_DIR) / "demo_logins.txt").read_text().splitlines()]
    assert sorted(role for role, _, _ in logins) == sorted(Role.values)
    for _, username, password in logins:
        assert client.login(username=username, password=password)
        assert f"{username} " in text
    page = client.get(reverse("cases:contribution_list")).content.decode()  # the contributor, who came last
    assert "1 import for your site was made by the platform's curators" in page
    before = counts()
    tell()
    assert counts() == before


def test_stage_brings_the_chest_benchmark_that_far():
    tell("--stage", "sampled")
    assert not ReadingRound.objects.exists()
    assert Study.objects.count() == 40


def test_a_reader_who_sees_what_was_suggested_agrees():
    said = opinion(reader="r", study="s", seen=frozenset(), suggested=frozenset(), seed=1)
    assert said.verdict == "agree_all"


def test_a_correction_never_comes_with_agree_all():
    for number in range(200):
        case = {"reader": f"r{number % 7}", "study": str(number), "seed": 3}
        seen = seen_labels(truth=frozenset({"a"}), labels=("a", "b", "c"), **case)
        said = opinion(seen=seen, suggested=frozenset({"b"}), **case)
        assert (said.verdict == "agree_all") == (not said.added and not said.struck)
        assert not set(said.added) & {"b"}
        assert set(said.struck) <= {"b"}
