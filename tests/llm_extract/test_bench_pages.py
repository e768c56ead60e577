"""The bench's pages: from a CSV to figures, side by side, under stress; who may open them, and what they never show."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cases import visibility
from core.models import Event, RunProblem, RunState
from labeling.models import RoundState, Verdict
from llm_extract.actions import PipelineChoice, bar_version, promote_prompt, run_trial
from llm_extract.actions.pipelines import scope_of
from llm_extract.models import Calibration, GoldLabel, GoldSet, Stage, StressTrial, Trial
from tests.factories import make_benchmark, make_round, make_study, make_suggestions, make_user
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.bench_rows import GOLD, REPORTS, gold_benchmark, hand_gold, stressed, tried
from tests.llm_extract.clinical_server import clinical_answer, make_backend
from tests.llm_extract.model_rows import extracted, make_prompt
from tests.llm_extract.test_trials import confident_world
from tests.site.world import read

pytestmark = pytest.mark.django_db
GETS = ("bench", "gold_create", "trial_create", "compare_trials", "stress_create")
OF_A_TRIAL = ("trial_detail", "trial_differing")
OF_A_STRESS_TRIAL = ("stress_detail", "stress_wrong", "stress_bar")


def url(name, *args):
    return reverse(f"llm_extract:{name}", args=args)


def words(response):
    """The page's text with single blanks, tags left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)).replace("\u202f", " ")


@pytest.fixture
def world():
    return gold_benchmark()


@pytest.fixture
def curator(client):
    user = make_user("curator", "kurt")
    client.force_login(user)
    return user


@pytest.fixture
def gold_set(world):
    return hand_gold(*world)


@pytest.fixture
def trial(gold_set):
    return tried(gold_set)


def upload(client, benchmark, text=GOLD, name="coders", **changes):
    file = SimpleUploadedFile("gold.csv", text.encode())
    return client.post(url("gold_create"), {"benchmark": benchmark.pk, "name": name, "file": file, **changes})


# Who may


@pytest.mark.parametrize("name", GETS)
@pytest.mark.parametrize(("role", "status"), [("curator", 200), ("admin", 200), ("reader", 403)])
def test_pages_are_for_curators_and_admins(client, settings, name, role, status):
    settings.REQUIRE_ADMIN_MFA = False
    client.force_login(make_user(role))
    assert client.get(url(name)).status_code == status


@pytest.mark.parametrize("name", GETS)
def test_who_is_not_signed_in_is_sent_to_sign_in(client, name):
    response = client.get(url(name))
    assert response.status_code == 302
    assert "/account/login/" in response["Location"]


@pytest.mark.parametrize("name", ["bench", "compare_trials", *OF_A_TRIAL, *OF_A_STRESS_TRIAL[:2]])
def test_reading_pages_take_no_form(client, curator, name):
    args = [] if name in GETS else [1]
    assert client.post(url(name, *args)).status_code == 405


@pytest.mark.parametrize("name", ["calibration_keep", "bar_lift"])
def test_forms_targets_have_no_face(client, curator, name):
    assert client.get(url(name, 1)).status_code == 405


@pytest.mark.parametrize("name", [*OF_A_TRIAL, *OF_A_STRESS_TRIAL, "gold_detail"])
def test_what_is_not_there_is_not_found_and_is_no_readers(client, curator, name):
    assert client.get(url(name, 999)).status_code == 404
    client.force_login(make_user("reader"))
    assert client.get(url(name, 999)).status_code == 403


# The front page


def test_an_empty_bench_says_what_to_do_first(client, curator):
    response = client.get(url("bench"))
    assert response.context["next"].action == "Add a gold set"
    assert 'aria-current="page">Bench' in response.text


def test_the_next_step_follows_what_is_there(client, curator, gold_set):
    assert client.get(url("bench")).context["next"].action == "Start a trial"
    tried(gold_set)
    assert client.get(url("bench")).context["next"].action == "Start a stress trial"
    stress = stressed(gold_set.benchmark, limit=2)
    assert client.get(url("bench")).context["next"].action == "New extraction"
    StressTrial.objects.update(results=stress.results | {"passes": False})
    assert client.get(url("bench")).context["next"].url == url("stress_detail", stress.pk)
    bar_version(version=stress.version, reason="Deaf.", by=curator)
    assert client.get(url("bench")).context["next"].action == "New extraction"


def test_the_front_page_asks_as_often_for_three_trials_as_for_one(
    client, curator, gold_set, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(40) as captured:
            client.get(url("bench"))
        return len(captured)

    tried(gold_set)
    stressed(gold_set.benchmark, limit=1)
    one = queries()
    for number in range(2):
        tried(hand_gold(gold_set.benchmark, studies_of(gold_set), name=f"more {number}"))
        stressed(gold_set.benchmark, limit=1)
    assert queries() == one


def studies_of(gold_set):
    return {label.study.study_id: label.study for label in gold_set.labels.select_related("study")}


# Gold sets


def test_from_a_csv_to_f1_on_the_page(client, curator, world):
    benchmark, _ = world
    response = upload(client, benchmark)
    gold_set = GoldSet.objects.get()
    assert response["Location"] == url("gold_detail", gold_set.pk)
    page = client.get(response["Location"])
    effusion, pneumothorax, cardiomegaly = page.context["contents"].labels
    assert (effusion.present, effusion.absent, effusion.uncertain) == (2, 3, 1)
    assert (pneumothorax.present, pneumothorax.absent, pneumothorax.judged) == (2, 3, 5)
    assert cardiomegaly.judged == 0
    data = {"gold_set": gold_set.pk, "extractor": "rules", "mapper": "vocabulary", "samples": 1}
    response = client.post(url("trial_create"), data)
    trial = Trial.objects.get()
    assert response["Location"] == url("trial_detail", trial.pk)
    assert (trial.created_by, trial.state) == (curator, RunState.QUEUED)
    assert "How often it is right" not in client.get(response["Location"]).text
    run_trial(run_id=trial.pk)
    strict = words(client.get(response["Location"]))
    assert re.search(r"micro F1, strict 0\.500 ", strict)
    # Effusion by hand: 2 have it; precision 1 of 3, recall 1 of 2, F1 0.40; 1 right, 2 wrongly suggested, 1 missed.
    row = re.search(r"Pleural effusion 2 (.+?) Pneumothorax 2", strict[strict.index("Label by label") :])[1]
    assert re.search(r"0\.33 .+ n = 3 0\.50 .+ n = 2 0\.40 .*n = 6 1 2 1", row)
    lenient = words(client.get(response["Location"], {"counting": "lenient"}))
    row = re.search(r"Pleural effusion 2 (.+?) Pneumothorax 2", lenient[lenient.index("Label by label") :])[1]
    assert re.search(r"0\.50 .+ n = 2 0\.50 .+ n = 2 0\.50 .*n = 5 1 1 1", row)


def test_refused_rows_are_listed_with_line_column_value_and_rule(client, curator, world):
    response = upload(client, world[0], "study_id,pleural_effusion\nG1,1\nG2,7\nNOBODY,1\n")
    text = words(response)
    assert "2 rows refused" in text
    assert "3 pleural_effusion 7 gold.csv, line 3" in text
    assert "There is no study &#x27;NOBODY&#x27;" in text
    assert GoldLabel.objects.count() == 1
    assert not RunProblem.objects.exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"text": "study_id,x\nG1,1\n"}, "nor a label of the taxonomy"),
        ({"name": ""}, "required"),
        ({"text": "study_id,pleural_effusion\nNOBODY,1\n"}, "no row that can be used"),
    ],
)
def test_a_file_that_cannot_be_used_stands_on_the_form(client, curator, world, changes, why):
    response = upload(client, world[0], **changes)
    assert response.status_code == 422
    assert why in response.text
    assert not GoldSet.objects.exists()


def test_the_same_file_again_changes_nothing(client, curator, world):
    upload(client, world[0])
    response = client.get(upload(client, world[0])["Location"])
    assert "nothing changed" in response.text
    assert GoldSet.objects.count() == 1


def test_a_bench_without_a_benchmark_says_what_to_do(client, curator):
    assert "Load a benchmark" in client.get(url("gold_create")).text
    assert "Load a benchmark" in client.get(url("stress_create")).text
    assert "Add a gold set" in client.get(url("trial_create")).text


def test_reads_of_a_closed_round_become_gold(client, curator, world):
    benchmark, studies = world
    make_suggestions(studies["G1"], benchmark, ["pleural_effusion"])
    readers = [make_user(), make_user()]
    round_ = make_round(benchmark, [studies["G1"]], readers, state=RoundState.CLOSED, closed_at=timezone.now())
    for slot in round_.slots.all():
        read(slot, Verdict.AGREE_ALL)
    offer = f"{benchmark.pk}|reads:{round_.pk}"
    assert f'value="{offer}"' in client.get(url("gold_create")).text
    response = client.post(url("gold_create"), {"from": "reads", "offer": offer, "name": "majority"})
    assert response["Location"] == url("gold_detail", GoldSet.objects.get().pk)
    assert dict(GoldLabel.objects.values_list("label__key", "status"))["pleural_effusion"] == "present"
    refused = client.post(url("gold_create"), {"from": "reads", "offer": f"{benchmark.pk}|reads:99", "name": "no"})
    assert refused.status_code == 422


def test_counts_of_a_gold_set_leave_sealed_studies_out_for_a_curator(client, curator, settings, gold_set, monkeypatch):
    settings.REQUIRE_ADMIN_MFA = False
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}study_id__in": ["G1", "G2"]})])
    assert client.get(url("gold_detail", gold_set.pk)).context["contents"].n_studies == 4
    assert client.get(url("bench")).context["gold_sets"][0].n_studies == 4
    client.force_login(make_user("admin"))
    assert client.get(url("gold_detail", gold_set.pk)).context["contents"].n_studies == 6


def test_a_gold_set_without_reports_says_so(client, curator, world):
    study = make_study(world[0], study_id="BARE")
    upload(client, world[0], f"study_id,pneumothorax\n{study.study_id},1\n")
    assert "has a report" in client.get(url("gold_detail", GoldSet.objects.get().pk)).text


# Trials


def test_the_address_fills_the_trials_form_in(client, curator, gold_set):
    prompt = make_prompt()
    response = client.get(url("trial_create"), {"extractor_prompt": prompt.pk, "limit": 20})
    assert 'value="20"' in response.text
    assert f'<option value="{prompt.pk}" selected>' in response.text
    asked = f"{url('trial_create')}?extractor_prompt={prompt.pk}&amp;limit=20"
    assert asked in client.get(url("prompt_detail", prompt.pk)).text
    other = make_prompt("other")
    more = client.get(url("trial_create"), {"further_prompts": [other.pk], "maps_all": 1})
    assert more.context["form"]["further_prompts"].subwidgets[0].data["selected"] is False
    assert more.context["form"]["further_prompts"].subwidgets[1].data["selected"] is True
    assert more.context["form"]["maps_all"].value() == "1"
    of_mapping = make_prompt(stage=Stage.MAP)
    assert f"mapper_prompt={of_mapping.pk}&amp;limit=20" in client.get(url("prompt_detail", of_mapping.pk)).text


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"samples": 3}, "always answers the same"),
        ({"extractor": "gpt"}, "valid choice"),
        ({"limit": 0}, "greater than or equal to 1"),
        ({"gold_set": 99}, "valid choice"),
    ],
)
def test_a_refused_trial_stands_on_the_form(client, curator, gold_set, changes, why):
    data = {"gold_set": gold_set.pk, "extractor": "rules", "mapper": "vocabulary", "samples": 1}
    response = client.post(url("trial_create"), data | changes)
    assert response.status_code == 422
    assert why in response.text
    assert not Trial.objects.exists()


def test_the_live_part_of_a_trial_is_the_runs(client, curator, trial):
    response = client.get(url("trial_detail", trial.pk), headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"
    assert "How often" not in response.text


def test_a_disagreement_is_shown_with_its_sentence_marked(client, curator, trial):
    response = client.get(url("trial_differing", trial.pk))
    assert '<mark class="standing">No pleural effusion.</mark>' in response.text
    assert "The sentence denies it." in response.text
    assert response.context["page"].paginator.count == 3
    by_label = client.get(url("trial_differing", trial.pk), {"label": "pneumothorax"})
    assert [row.study.study_id for row, _, _ in by_label.context["rows"]] == ["G6"]
    by_cause = client.get(url("trial_differing", trial.pk), {"cause": "negation"})
    assert [row.study.study_id for row, _, _ in by_cause.context["rows"]] == ["G4"]
    none = client.get(url("trial_differing", trial.pk), {"cause": "device"})
    assert "None of this kind" in none.text


def test_disagreements_are_paged_and_cost_the_same_queries(client, curator, django_assert_max_num_queries):
    gold_set = confident_world(100)
    trial = tried(gold_set)
    response = client.get(url("trial_differing", trial.pk), {"page": 2})
    assert (len(response.context["rows"]), response.context["page"].paginator.count) == (5, 25)
    with django_assert_max_num_queries(14):
        client.get(url("trial_differing", trial.pk))


def test_causes_on_the_trials_page_lead_to_their_sentences(client, curator, trial):
    text = client.get(url("trial_detail", trial.pk)).text
    assert f"{url('trial_differing', trial.pk)}?label=pleural_effusion&amp;cause=negation" in text


def test_a_report_cannot_break_out_of_the_page(client, curator):
    benchmark = make_benchmark(body_part="CHEST")
    text = "FINDINGS: Small pleural effusion. See <script>alert(1)</script> & more."
    study = make_study(benchmark, study_id="<b>X</b>", report=text)
    upload(client, benchmark, f"study_id,pleural_effusion\n{study.study_id},0\n")
    trial = tried(GoldSet.objects.get())
    page = client.get(url("trial_differing", trial.pk)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_too_few_suggestions_leave_reliability_unknown_and_offer_nothing_to_keep(client, curator, trial):
    text = client.get(url("trial_detail", trial.pk)).text
    assert "Not known:" in text
    assert "Keep this calibration" not in text
    response = client.post(url("calibration_keep", trial.pk), follow=True)
    assert "are needed" in response.text
    assert not Calibration.objects.exists()


def test_a_calibration_is_kept_and_stands_beside_the_stated_confidence(client, curator):
    trial = tried(confident_world())
    page = client.get(url("trial_detail", trial.pk))
    assert "Keep this calibration" in page.text
    assert "calibrated 0.75" not in client.get(url("trial_differing", trial.pk)).text
    client.post(url("calibration_keep", trial.pk))
    page = client.get(url("trial_detail", trial.pk))
    assert "Calibration kept" in page.text
    assert "Keep this calibration" not in page.text
    assert "calibrated 0.75" in client.get(url("trial_differing", trial.pk)).text


def test_the_study_page_shows_the_calibrated_confidence_of_a_run_of_the_same_version(client, curator):
    trial = tried(confident_world())
    study = trial.studies.first().study
    extracted(trial.benchmark)
    page = url("study_suggestions", study.pk)
    assert "calibrated" not in client.get(page).text
    client.post(url("calibration_keep", trial.pk))
    assert "calibrated 0.75" in client.get(page).text
    assert study.suggestion_sets.get().suggestions.get().confidence == pytest.approx(0.9)


def test_a_trials_prompt_that_runs_do_not_use_yet_can_be_promoted_from_its_page(client, curator, gold_set):
    prompt = make_prompt(stage=Stage.EXTRACT, text=shipped_text())
    with LlmServer(answer=clinical_answer(scope_of(gold_set.taxonomy).labels)) as server:
        make_backend(server)
        trial = tried(gold_set, choice=PipelineChoice(extractor="fake", extractor_prompt=prompt))
    text = client.get(url("trial_detail", trial.pk)).text
    assert url("prompt_promote", prompt.pk) in text
    assert "paid by this trial" in text
    promote_prompt(prompt=prompt, by=curator)
    assert url("prompt_promote", prompt.pk) not in client.get(url("trial_detail", trial.pk)).text


def shipped_text():
    from llm_extract.asking.prompts import shipped_prompts

    return next(one.text for one in shipped_prompts() if one.stage == "extract")


# Comparing


def test_two_trials_stand_side_by_side(client, curator, gold_set):
    first, second = tried(gold_set), tried(gold_set)
    second.studies.get(study__study_id="G3").suggestions.all().delete()
    response = client.get(url("compare_trials"), {"trial": [first.pk, second.pk]})
    # First 4/8 = 0.5; the second without the wrong effusion of G3: 4/7 = 0.571.
    text = words(response)
    assert "Micro F1, strict 0.500" in text
    assert response.context["side"].second.micro_f1.value == pytest.approx(4 / 7)
    assert [row.study.study_id for row in response.context["rows"]] == ["G3"]
    assert "<mark" in response.text
    both = client.get(url("compare_trials"), {"trial": [first.pk, second.pk], "wrong": "both", "label": "pneumothorax"})
    assert [row.study.study_id for row in both.context["rows"]] == ["G6"]


def test_equal_trials_are_said_not_to_differ(client, curator, gold_set):
    trials = [tried(gold_set).pk, tried(gold_set).pk]
    assert "No difference beyond chance" in client.get(url("compare_trials"), {"trial": trials}).text


@pytest.mark.parametrize("asked", [["x"], ["1" * 40], ["7", "7"], ["-1", "2"]])
def test_odd_choices_lead_to_the_list(client, curator, trial, asked):
    response = client.get(url("compare_trials"), {"trial": asked})
    assert response.status_code == 422
    assert "choose 2" in response.text


def test_trials_on_different_gold_sets_are_not_compared(client, curator, gold_set, world):
    other = hand_gold(*world, name="another")
    response = client.get(url("compare_trials"), {"trial": [tried(gold_set).pk, tried(other).pk]})
    assert response.status_code == 422
    assert "different gold sets" in response.text


def test_no_report_stands_in_an_address_an_event_or_a_problem(client, curator, trial):
    keep_words = [text.split(": ")[1].rstrip(".") for text in REPORTS.values()]
    pages = "".join(client.get(url(name, trial.pk)).text for name in OF_A_TRIAL)
    addresses = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', pages))
    kept = f"{list(Event.objects.values())} {list(RunProblem.objects.values())}"
    assert not [one for one in keep_words if one in addresses or one in kept]
