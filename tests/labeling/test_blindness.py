"""Nothing that reaches a reader tells a planted error or a repeat from any other case."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labeling.actions import record_read
from labeling.models import Arm, Read, Slot
from labeling.verdicts import LabelChange
from tests import factories

pytestmark = pytest.mark.django_db
REPORT = "Small left effusion. No pneumothorax."
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def cases(db) -> dict[str, Slot]:
    """One reader's cases that show the same three labels: as suggested, with one added, with one removed, repeated."""
    benchmark = factories.make_benchmark(labels=(*factories.LABELS, "pulmonary_edema"))
    reader = factories.make_user(username="me")
    sets = {
        Arm.NORMAL: ["pleural_effusion", "pneumothorax", "cardiomegaly"],
        "added": ["pleural_effusion", "pneumothorax"],
        "removed": ["pleural_effusion", "pneumothorax", "cardiomegaly", "pulmonary_edema"],
    }
    studies = []
    for name, labels in sets.items():
        study = factories.make_study(benchmark, study_id=str(name), report=REPORT, with_image=True)
        factories.make_suggestions(study, benchmark, labels)
        studies.append(study)
    round_ = factories.make_round(benchmark, studies, [reader])
    slots = {slot.round_study.study.study_id: slot for slot in round_.slots.all()}
    label = {one.key: one for one in round_.taxonomy.labels.all()}
    for kind, key in (("added", "cardiomegaly"), ("removed", "pulmonary_edema")):
        Slot.objects.filter(pk=slots[kind].pk).update(
            arm=Arm.PLANTED_ERROR, position=0, planted_label=label[key], planted_kind=kind
        )
        slots[kind].refresh_from_db()
    slots["repeat"] = Slot.objects.create(
        round=round_,
        round_study=slots["normal"].round_study,
        reader=reader,
        arm=Arm.REPEAT,
        position=0,
        reads_per_study=1,
        order=4,
    )
    return slots


def shape(page: bytes) -> str:
    """The page with the numbers and secrets that differ from case to case blotted out."""
    text = re.sub(r"[0-9a-f]{32,}|[A-Za-z0-9]{64}", "H", page.decode())
    text = re.sub(r"<title>.*?</title>", "", text, flags=re.S)
    # The order's own links (previous, next) depend on the place in the list alone.
    text = re.sub(r'<a class="[^"]*" id="(previous|next)".*?</a>', "", text, flags=re.S)
    text = re.sub(r'<div id="case-images".*?</div>', "", text, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "N", text))


@pytest.mark.parametrize("show_report", ["never", "after_verdict"])
@pytest.mark.parametrize("other", ["added", "removed", "repeat"])
def test_a_control_case_has_the_very_page_of_a_normal_one(client, cases, other, show_report):
    normal, control = cases["normal"], cases[other]
    normal.round.show_report = show_report
    normal.round.save()
    client.force_login(normal.reader)
    for slot in (normal, control):  # warm
        client.get(reverse("labeling:case", args=[slot.pk]))
    pages, queries = [], []
    for slot in (normal, control):
        with CaptureQueriesContext(connection) as seen:
            page = client.get(reverse("labeling:case", args=[slot.pk]))
        pages.append(shape(page.content))
        queries.append(len(seen))
    assert pages[0] == pages[1]
    assert queries[0] == queries[1]


def test_the_answer_to_a_verdict_is_the_same_too(client, cases):
    client.force_login(cases["normal"].reader)
    answers = []
    for name in ("normal", "added"):
        answer = client.post(reverse("labeling:case", args=[cases[name].pk]), {"verdict": "agree_all"}, **HTMX)
        answers.append((answer.status_code, sorted(answer.headers)))
    assert answers[0] == answers[1]


def test_no_word_of_an_arm_reaches_the_reader(client, cases):
    reader = cases["normal"].reader
    client.force_login(reader)
    for slot in cases.values():
        if slot.arm != Arm.NO_SUGGESTIONS:
            verdict = "agree_mostly" if slot.arm == Arm.PLANTED_ERROR else "agree_all"
            struck = [LabelChange("pleural_effusion", "struck")] if verdict == "agree_mostly" else []
            record_read(slot=slot, verdict=verdict, corrections=struck, by=reader, now=timezone.now())
    pages = [reverse("labeling:worklist"), *(reverse("labeling:case", args=[slot.pk]) for slot in cases.values())]
    pages += ["/api/v1/slots/", "/api/v1/reads/", "/api/v1/reads/?controls=1"]
    for page in pages:
        text = client.get(page).content.decode().lower()
        for word in ("planted", "no_suggestions", "control_arm", '"arm": "', "planted_error"):
            assert f'"{word}": "' not in text
            assert not re.search(
                rf"\b{word}\b(?!\":null)", text.replace('"planted":null', "").replace('"arm":null', "")
            )


def test_curators_are_told(client, cases):
    read = record_read(slot=cases["added"], verdict="agree_all", by=cases["added"].reader, now=timezone.now())
    client.force_login(factories.make_user("curator"))
    assert client.get("/api/v1/reads/").json()["results"] == []
    told = client.get("/api/v1/reads/?controls=1").json()["results"]
    assert [(one["id"], one["arm"], one["planted"]) for one in told] == [(read.pk, "planted_error", "+cardiomegaly")]


def test_a_case_without_suggestions_asks_for_labels_and_stores_them(client, cases):
    slot = cases["normal"]
    cases["repeat"].delete()
    Slot.objects.filter(pk=slot.pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    client.force_login(slot.reader)
    address = reverse("labeling:case", args=[slot.pk])
    page = client.get(address).content.decode()
    assert "No suggestions for this case" in page
    assert "Agree all" not in page.split("<dialog")[0]
    assert 'name="struck"' not in page
    answer = client.post(address, {"verdict": "labels", "added": ["pneumothorax"]})
    assert answer.status_code == 302
    read = Read.objects.get(slot=slot)
    assert [item.label.key for item in read.corrections.all()] == ["pneumothorax"]
    again = client.get(address).content.decode()
    assert re.search(r'value="pneumothorax"[^>]* checked', again)
    assert client.post(address, {"verdict": "agree_all"}).status_code == 422


def test_the_evidence_of_hidden_suggestions_is_not_marked_in_the_report(client, cases):
    slot = cases["normal"]
    slot.round.show_report = "always"
    slot.round.save()
    suggestion = slot.round_study.suggestion_set.suggestions
    assert suggestion.exists()
    cases["repeat"].delete()
    Slot.objects.filter(pk=slot.pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    client.force_login(slot.reader)
    page = client.get(reverse("labeling:case", args=[slot.pk])).content.decode()
    assert "Small left effusion" in page
    assert "<mark>" not in page
