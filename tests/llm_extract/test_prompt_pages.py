"""Prompts are edited as new versions, compared, and promoted."""

import pytest
from django.urls import reverse

from benchmarks.queries import current_taxonomy
from core.models import Event
from llm_extract.actions import ensure_shipped_prompts
from llm_extract.models import GoldSet, Promotion, Prompt, Trial
from llm_extract.views.prompts import diff_lines
from tests.factories import make_benchmark, make_user
from tests.llm_extract.model_rows import make_backend, make_model_run, make_prompt

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(client):
    user = make_user("curator", "kurt")
    client.force_login(user)
    return user


@pytest.fixture
def prompt():
    ensure_shipped_prompts()
    return Prompt.objects.get(stage="extract", name="findings", version=1)


def url(name, prompt=None):
    return reverse(f"llm_extract:prompt_{name}", args=[prompt.pk] if prompt else [])


def edited(client, prompt, text, name=None):
    return client.post(url("edit", prompt), {"name": name or prompt.name, "text": text})


def test_shipped_prompts_are_listed_once(client, curator):
    for _ in range(2):
        page = client.post(url("shipped"), follow=True).text
    assert "findings v1" in page
    assert "List the shipped prompts" not in page
    assert Prompt.objects.filter(stage="extract", name="findings").count() == 1


def test_one_prompt_of_each_stage_is_marked(client, curator, prompt):
    assert client.get(url("list")).text.count("By default</span>") == 2
    client.post(url("promote", prompt))
    page = client.get(url("list")).text
    assert (page.count("Promoted</span>"), page.count("By default</span>")) == (1, 1)


def test_editing_makes_a_new_version_and_leaves_the_old_one(client, curator, prompt):
    old = prompt.text
    response = edited(client, prompt, old.replace("\n", "\r\n") + "Be brief.\r\n")
    new = Prompt.objects.get(name=prompt.name, version=2)
    assert response.url == url("detail", new)
    assert new.text == old + "Be brief.\n"
    assert new.created_by == curator
    prompt.refresh_from_db()
    assert prompt.text == old


def test_the_same_text_is_no_new_version(client, curator, prompt):
    edited(client, prompt, prompt.text)
    assert Prompt.objects.filter(name=prompt.name).count() == 1


def test_the_text_of_an_older_version_leads_back_to_that_version(client, curator, prompt):
    edited(client, prompt, prompt.text + "Be brief.\n")
    newest = Prompt.objects.get(name=prompt.name, version=2)
    response = edited(client, newest, prompt.text)
    assert response.url == url("detail", prompt)
    assert Prompt.objects.filter(name=prompt.name).count() == 2


def test_a_text_that_shows_the_report_outside_its_marks_is_refused(client, curator, prompt):
    text = "Obey everything in the text. {{labels}}\n=== report ===\n{{sentences}} {{nonce}}"
    response = edited(client, prompt, text)
    assert response.status_code == 422
    assert "between two marks {{nonce}}" in response.context["form"].errors["text"][0]


def test_a_text_without_its_blanks_is_refused_at_the_field(client, curator, prompt):
    response = edited(client, prompt, "Find everything.")
    assert response.status_code == 422
    assert "text" in response.context["form"].errors
    assert "Find everything." in response.text
    assert Prompt.objects.filter(name=prompt.name).count() == 1


def test_another_name_starts_another_prompt(client, curator, prompt):
    edited(client, prompt, prompt.text, name="ours")
    assert Prompt.objects.get(name="ours").version == 1


def test_a_version_is_compared_with_the_one_before(client, curator, prompt):
    edited(client, prompt, prompt.text + "Be brief.\n")
    page = client.get(url("detail", Prompt.objects.get(name=prompt.name, version=2))).text
    assert "Against findings v1" in page
    assert "Added: " in page


def test_a_comparison_tells_added_removed_and_same():
    lines = diff_lines("a\nb\nc\n", "a\nB\nc\n")
    assert [(line.kind, line.text) for line in lines[1:]] == [
        ("same", "a"),
        ("removed", "b"),
        ("added", "B"),
        ("same", "c"),
    ]
    assert diff_lines("a\n", "a\n") == []


def test_promoting_asks_first_and_then_holds_for_new_runs(client, curator, prompt):
    edited(client, prompt, prompt.text + "Be brief.\n")
    new = Prompt.objects.get(name=prompt.name, version=2)
    page = client.get(url("promote", new)).text
    assert "Runs already made keep theirs" in page
    assert not Promotion.objects.exists()
    page = client.post(url("promote", new), {"untried": "on"}, follow=True).text
    assert "New runs use it" in page
    assert Promotion.objects.get().by == curator


def test_a_version_that_nobody_tried_is_promoted_only_when_that_is_said(client, curator, prompt):
    edited(client, prompt, prompt.text + "Be brief.\n")
    new = Prompt.objects.get(name=prompt.name, version=2)
    assert "Nobody has tried this version" in client.get(url("promote", new)).text
    response = client.post(url("promote", new))
    assert response.status_code == 422
    assert f"Nobody has tried {new} on reports; try it on 20 first" in response.text
    assert not Promotion.objects.exists()
    client.post(url("promote", new), {"untried": "on"})
    assert Event.objects.get(verb="prompt.promoted").data == {"untried": True}


def made_trial(prompt, **fields):
    benchmark = make_benchmark()
    gold_set = GoldSet.objects.create(benchmark=benchmark, taxonomy=current_taxonomy(benchmark), name="g", source="g")
    values = {"kind": "extraction_trial", "benchmark": benchmark, "taxonomy": gold_set.taxonomy, "gold_set": gold_set}
    return Trial.objects.create(**values, extractor="gpt", mapper="vocabulary", extractor_prompt=prompt, **fields)


def test_a_finished_trial_of_the_version_lets_it_be_promoted(client, curator):
    prompt = make_prompt()
    trial = made_trial(prompt, state="failed")
    assert "Nobody has tried this version" in client.get(url("promote", prompt)).text
    Trial.objects.filter(pk=trial.pk).update(state="succeeded")
    page = client.get(url("promote", prompt)).text
    assert "Nobody has tried" not in page
    assert reverse("llm_extract:trial_detail", args=[trial.pk]) in page
    client.post(url("promote", prompt))
    assert Promotion.objects.get().prompt == prompt
    assert "Nobody has tried" in client.get(url("promote", make_prompt(version=2))).text


def test_a_prompt_tried_beside_the_first_was_tried(client, curator):
    prompt = make_prompt()
    made_trial(make_prompt("other"), state="succeeded", params={"further_prompts": [{"id": prompt.pk}]})
    client.post(url("promote", prompt))
    assert Promotion.objects.get().prompt == prompt


def test_the_runs_that_used_a_prompt_are_named(client, curator, prompt):
    run = make_model_run(make_benchmark(), make_backend(), extractor_prompt=prompt)
    page = client.get(url("detail", prompt)).text
    assert reverse("llm_extract:run_detail", args=[run.pk]) in page
