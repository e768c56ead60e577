"""The bench's pages of stress trials and barred versions."""

import pytest
from django.db.models import Q
from django.urls import reverse

from cases import visibility
from llm_extract.actions import bar_version
from llm_extract.models import BarredVersion, StressTrial
from tests.factories import make_benchmark, make_user
from tests.llm_extract.bench_rows import gold_benchmark, hand_gold, stressed, tried

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"llm_extract:{name}", args=args)


@pytest.fixture
def world():
    return gold_benchmark()


@pytest.fixture
def curator(client):
    user = make_user("curator", "kurt")
    client.force_login(user)
    return user


def test_a_stress_trial_is_started_and_shows_what_it_found(client, curator, world):
    data = {"benchmark": world[0].pk, "extractor": "rules", "mapper": "vocabulary", "samples": 1, "limit": 4, "seed": 3}
    response = client.post(url("stress_create"), data)
    trial = StressTrial.objects.get()
    assert response["Location"] == url("stress_detail", trial.pk)
    assert (trial.limit, trial.seed, trial.created_by) == (4, 3, curator)
    assert client.get(response["Location"]).status_code == 200
    done = client.get(url("stress_detail", stressed(world[0], limit=4).pk))
    assert "altered reports" in done.text
    assert done.context["overall"]["n"] == 4
    assert "Too few altered reports of some kind" in done.text


def failed_stress(benchmark, report):
    trial = stressed(benchmark, limit=8)
    trial.results["wrong"] = [{"report": report.pk, "label": "pleural_effusion", "kind": "negated", "after": "present"}]
    trial.results["passes"] = False
    trial.save()
    return trial


def test_a_wrong_answer_is_shown_as_written_and_as_altered(client, curator, world):
    trial = failed_stress(world[0], world[1]["G3"].report)
    detail, wrong = client.get(url("stress_detail", trial.pk)), client.get(url("stress_wrong", trial.pk))
    for response in (detail, wrong):
        assert "Small pleural effusion." in response.text
        assert "must be absent or not suggested" in response.text
    assert "Does not pass" in detail.text
    assert "Bar this version" in detail.text
    assert client.get(url("stress_wrong", trial.pk), {"kind": "hedged"}).context["rows"] == []


def test_a_sealed_studys_wrong_answer_is_no_curators(client, curator, world, monkeypatch):
    trial = failed_stress(world[0], world[1]["G3"].report)
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}study_id": "G3"})])
    for name in ("stress_detail", "stress_wrong"):
        assert "Small pleural effusion." not in client.get(url(name, trial.pk)).text


def test_a_version_is_barred_with_a_reason_and_let_in_again(client, curator, world):
    trial = failed_stress(world[0], world[1]["G3"].report)
    assert f"Stress trial {trial.pk}:" in client.get(url("stress_bar", trial.pk)).text
    assert client.post(url("stress_bar", trial.pk), {"reason": ""}).status_code == 422
    client.post(url("stress_bar", trial.pk), {"reason": "It reads nothing."})
    bar = BarredVersion.objects.get()
    assert (bar.version, bar.stress_trial, bar.barred_by) == (trial.version, trial, curator)
    for page in (url("bench"), url("stress_detail", trial.pk)):
        assert "It reads nothing." in client.get(page).text
    assert client.post(url("stress_bar", trial.pk), {"reason": "Again."}).status_code == 422
    client.post(url("bar_lift", bar.pk))
    bar.refresh_from_db()
    assert bar.lifted_by == curator
    assert "is not barred" in client.post(url("bar_lift", bar.pk), follow=True).text


def test_a_barred_version_is_marked_on_its_trials(client, curator, world):
    trial = tried(hand_gold(*world))
    bar_version(version=trial.version, reason="It reads nothing.", by=None)
    assert "It reads nothing." in client.get(url("trial_detail", trial.pk)).text


def test_an_empty_pool_says_that_nothing_could_be_judged(client, curator):
    trial = stressed(make_benchmark(body_part="CHEST"))
    assert "Nothing could be judged" in client.get(url("stress_detail", trial.pk)).text
