"""Gold sets and trials: made, worked, scored, kept, and what they refuse."""

import io
from decimal import Decimal

import pytest
from django.db.models import Q

from cases import visibility
from core.models import Event, RunProblem, RunState
from llm_extract.actions import (
    ExtractionRefusedError,
    PipelineChoice,
    bar_version,
    create_gold_set,
    create_trial,
    finished_trial_like,
    import_gold,
    keep_calibration,
    run_trial,
)
from llm_extract.actions.pipelines import scope_of
from llm_extract.models import Calibration, GoldLabel, GoldSet, ModelAnswer, SuggestionSet, Trial, TrialStudy
from llm_extract.queries.bench import compared, taken_by, trial_reports, version_marks
from llm_extract.queries.calibrations import curve_of
from llm_extract.queries.differing import differing_between, differing_in
from tests.factories import make_benchmark, make_study, make_user
from tests.fakes.llm_replies import refused
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.bench_rows import DIFFERING, GOLD, STRICT_F1, gold_benchmark, hand_gold, tried
from tests.llm_extract.clinical_server import clinical_answer, make_backend

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return gold_benchmark()


@pytest.fixture
def gold_set(world):
    return hand_gold(*world)


@pytest.fixture
def sealed(monkeypatch):
    """Seals the studies named, as a frozen release would."""

    def seal(*names):
        monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}study_id__in": names})])

    return seal


def imported(benchmark, text, name="file", by=None):
    return import_gold(benchmark=benchmark, name=name, file=io.BytesIO(text.encode()), file_name="gold.csv", by=by)


def test_a_file_becomes_a_gold_set_with_unjudged_labels_left_out(world):
    benchmark, studies = world
    done = imported(benchmark, GOLD)
    assert (done.is_new, done.refused) == (True, ())
    assert GoldLabel.objects.count() == 11
    of_g3 = GoldLabel.objects.filter(study=studies["G3"]).values_list("label__key", "status")
    assert list(of_g3) == [("pleural_effusion", "absent")]
    assert Event.objects.get(verb="gold_set.created").data == {"n_studies": 6}


def test_the_long_form_says_the_same(world):
    benchmark, _ = world
    words = {"1": "present", "0": "absent", "-1": "uncertain"}
    long = "study_id,label,status\n" + "".join(
        f"{study},{key},{words[cell]}\n"
        for study, *cells in (line.split(",") for line in GOLD.split()[1:])
        for key, cell in zip(("pleural_effusion", "pneumothorax"), cells, strict=True)
        if cell
    )
    imported(benchmark, GOLD)
    again = imported(benchmark, long)
    assert not again.is_new
    assert GoldSet.objects.count() == 1


def test_bad_rows_and_unknown_studies_are_named_and_the_good_rows_kept(world):
    benchmark, _ = world
    done = imported(benchmark, "study_id,pleural_effusion\nG1,1\nG2,7\nNOBODY,1\n")
    assert [(one.line, one.column, one.value) for one in done.refused] == [
        (3, "pleural_effusion", "7"),
        (0, "study_id", "NOBODY"),
    ]
    assert "There is no study 'NOBODY'" in done.refused[1].message
    assert GoldLabel.objects.count() == 1


def test_a_study_named_in_two_ways_is_taken_once(world):
    benchmark, studies = world
    studies["G1"].study_uid = "1.2.3"
    studies["G1"].save()
    done = imported(benchmark, "study_id,pleural_effusion\nG1,1\n1.2.3,0\n")
    assert [one.value for one in done.refused] == ["1.2.3"]
    assert GoldLabel.objects.get().status == "present"


def test_other_labels_under_a_taken_name_are_refused(world):
    benchmark, _ = world
    imported(benchmark, GOLD)
    with pytest.raises(ExtractionRefusedError, match="has a gold set 'file' already"):
        imported(benchmark, "study_id,pleural_effusion\nG1,0\n")
    assert GoldSet.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("study_id,pleural_effusion\nNOBODY,1\n", "no row that can be used"),
        ("study_id,pleural_effusion\n", "no label of a known study"),
        ("study_id,other\nG1,1\n", "nor a label of the taxonomy"),
        ("", "is empty"),
    ],
)
def test_a_file_without_a_usable_label_makes_no_set(world, text, why):
    with pytest.raises(ExtractionRefusedError, match=why):
        imported(world[0], text)
    assert not GoldSet.objects.exists()
    assert not Event.objects.filter(verb="gold_set.created").exists()


def test_a_label_that_is_not_the_taxonomys_is_refused(world):
    benchmark, studies = world
    with pytest.raises(ExtractionRefusedError, match="has no label 'gout'"):
        create_gold_set(
            benchmark=benchmark, name="x", source="x", labels={studies["G1"].pk: {"gout": "present"}}, by=None
        )


def test_to_a_curator_a_sealed_study_does_not_exist_and_an_admin_is_told(world, sealed):
    sealed("G2")
    by_curator = imported(world[0], GOLD, "a", by=make_user("curator"))
    by_admin = imported(world[0], GOLD, "b", by=make_user("admin"))
    unknown = imported(world[0], GOLD.replace("G2", "G9"), "c", by=make_user("curator"))
    assert by_curator.refused[0].message == unknown.refused[0].message.replace("G9", "G2")
    assert "is sealed" in by_admin.refused[0].message
    assert not GoldLabel.objects.filter(study__study_id="G2").exists()


def test_a_trial_scores_as_worked_out_by_hand(gold_set):
    trial = tried(gold_set)
    assert trial.state == RunState.SUCCEEDED
    strict, lenient = trial.scores["strict"], trial.scores["lenient"]
    assert {one["label"]: one["f1"]["value"] for one in strict["labels"]} == {
        key: pytest.approx(value) if value else None for key, value in STRICT_F1.items()
    }
    assert strict["micro_f1"]["value"] == pytest.approx(0.5)
    assert lenient["micro_f1"]["value"] == pytest.approx(4 / 7)
    assert lenient["labels"][0]["f1"]["value"] == pytest.approx(0.5)
    assert (strict["exact_set"]["count"], strict["exact_set"]["n"]) == (2, 6)
    assert lenient["exact_set"]["count"] == 3
    assert (strict["n_studies"], strict["unread"]) == (6, 0)


def test_a_trials_disagreements_are_those_found_by_hand(gold_set, world):
    trial, names = tried(gold_set), {study.pk: key for key, study in world[1].items()}
    found = differing_in(trial, make_user("curator"))
    assert [(names[one.study], one.label, one.gold, one.said[0]) for one in found] == DIFFERING
    assert [one.cause for one in found] == ["other", "negation", "synonym"]
    text = world[1]["G4"].report.text
    assert text[found[1].start : found[1].end] == "No pleural effusion."


def test_a_trial_writes_no_suggestion_and_keeps_no_text(gold_set):
    trial = tried(gold_set)
    assert not SuggestionSet.objects.exists()
    assert not RunProblem.objects.exists()
    for kept in (trial.scores, trial.params, trial.counts, list(trial.studies.values("findings"))):
        assert "Small" not in str(kept)
    assert "pleural effusion" not in str(list(Event.objects.values_list("data")))


def test_sealed_studies_take_no_part_and_are_not_listed(gold_set, sealed):
    before = tried(gold_set)
    sealed("G3", "G2")
    after = tried(gold_set)
    assert len(trial_reports(after)) == 4
    assert after.scores["strict"]["n_studies"] == 4
    assert len(differing_in(before, make_user("curator"))) == 2
    assert len(differing_in(before, make_user("admin"))) == 3
    assert not differing_in(before, make_user("reader"))


def test_a_limited_trial_draws_the_same_reports_for_every_pipeline(gold_set):
    one, other = tried(gold_set, limit=3), tried(gold_set, limit=3)
    assert one.scores["strict"]["n_studies"] == 3
    drawn = [set(trial.studies.values_list("study_id", flat=True)) for trial in (one, other)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 3


def test_a_trial_killed_and_run_again_goes_on_where_it_stopped(gold_set, monkeypatch):
    trial = create_trial(gold_set=gold_set, by=None)
    run_trial(run_id=trial.pk)
    kept = TrialStudy.objects.exclude(study__study_id="G6").count()
    TrialStudy.objects.filter(study__study_id="G6").delete()
    Trial.objects.filter(pk=trial.pk).update(state=RunState.QUEUED, scores={}, claim=None)
    stamps = set(TrialStudy.objects.values_list("pk", flat=True))
    run_trial(run_id=trial.pk)
    trial.refresh_from_db()
    assert kept == 5
    assert stamps < set(TrialStudy.objects.values_list("pk", flat=True))
    assert trial.scores["strict"]["n_studies"] == 6
    assert trial.done == 6


def test_a_finished_trial_of_the_same_version_is_found_and_a_limited_one_is_not_it(gold_set):
    choice = PipelineChoice()
    assert finished_trial_like(gold_set=gold_set, choice=choice) is None
    trial = tried(gold_set)
    assert finished_trial_like(gold_set=gold_set, choice=choice) == trial
    assert finished_trial_like(gold_set=gold_set, choice=choice, limit=3) is None


def test_a_trial_of_a_model_counts_what_it_paid_and_what_it_used_again(gold_set, world):
    with LlmServer(answer=clinical_answer(scope_of(gold_set.taxonomy).labels)) as server:
        make_backend(server)
        choice = PipelineChoice(extractor="fake", mapper="vocabulary")
        first, second = tried(gold_set, choice=choice), tried(gold_set, choice=choice)
    paid, again = taken_by(first), taken_by(second)
    assert (paid.spend.requests, paid.spend.reused) == (6, 0)
    assert (again.spend.requests, again.spend.reused) == (0, 6)
    assert ModelAnswer.objects.count() == 6
    assert again.whole == paid.whole == paid.spend.cost > 0
    assert again.per_thousand == paid.whole / 6 * 1000
    assert first.scores["strict"]["micro_f1"] == second.scores["strict"]["micro_f1"]


def test_reports_that_could_not_be_read_count_as_unread(gold_set):
    good = clinical_answer(scope_of(gold_set.taxonomy).labels)
    with LlmServer(
        answer=lambda body: refused("I cannot.") if "right pneumothorax" in str(body) else good(body)
    ) as server:
        make_backend(server)
        trial = tried(gold_set, choice=PipelineChoice(extractor="fake"))
    assert trial.counts["failed"] == 1
    assert (trial.scores["strict"]["n_studies"], trial.scores["strict"]["unread"]) == (5, 1)
    assert trial.studies.exclude(fault="").get().study.study_id == "G2"


def test_a_trial_over_its_cap_pauses_without_figures(gold_set):
    with LlmServer(answer=clinical_answer(scope_of(gold_set.taxonomy).labels)) as server:
        make_backend(server, concurrency=1)
        trial = tried(gold_set, choice=PipelineChoice(extractor="fake", max_requests=2))
    assert (trial.state, trial.scores) == (RunState.PAUSED, {})
    assert trial.studies.count() == 2


def test_two_trials_of_the_same_answers_do_not_differ(gold_set):
    first, second = tried(gold_set), tried(gold_set)
    side = compared(first, second)
    assert side.difference.difference.value == 0
    assert all(one.p_value is None for one in side.difference.labels)
    found = differing_between(first, second, make_user("curator"))
    assert [len(found[key]) for key in ("one", "first", "second", "both")] == [0, 0, 0, 3]


def test_two_trials_are_compared_over_the_studies_both_have_read(gold_set, world):
    first, second = tried(gold_set), tried(gold_set)
    row = second.studies.get(study=world[1]["G3"])
    row.suggestions.all().delete()  # the second says nothing of G3, which is right
    second.studies.filter(study=world[1]["G6"]).update(fault="empty")
    side = compared(first, second)
    assert side.difference.n_studies == 5
    # Strict, without G6. First: tp 2, fp 2 (G3, G5), fn 1 (G4): 4/7. Second: fp 1: 4/6.
    assert side.first.micro_f1.value == pytest.approx(4 / 7)
    assert side.second.micro_f1.value == pytest.approx(4 / 6)
    assert side.difference.difference.value == pytest.approx(4 / 7 - 4 / 6)
    effusion = side.difference.labels[0]
    assert (effusion.only_first, effusion.only_second, effusion.p_value) == (0, 1, 1)
    found = differing_between(first, second, make_user("curator"))
    assert [(one.study, one.said) for one in found["first"]] == [(world[1]["G3"].pk, ("present", ""))]
    assert len(found["both"]) == 1


def confident_world(n=40):
    """A gold set in which every fourth effusion the report states is not there: confidence .9 or so, right in 3 of 4."""
    benchmark = make_benchmark(body_part="CHEST")
    studies = [make_study(benchmark, report="FINDINGS: Small pleural effusion.") for _ in range(n)]
    labels = {
        study.pk: {"pleural_effusion": "present" if place % 4 else "absent"} for place, study in enumerate(studies)
    }
    return create_gold_set(benchmark=benchmark, name="g", source="test", labels=labels, by=None)


def test_a_calibration_is_kept_once_and_puts_confidence_right():
    trial, curator = tried(confident_world()), make_user("curator")
    assert curve_of(trial.version) is None
    kept = keep_calibration(trial=trial, by=curator)
    assert curve_of(trial.version).apply(0.9) == pytest.approx(0.75)
    assert kept.curve["before"]["n"] == 40
    assert kept.curve["after"]["ece"] < kept.curve["before"]["ece"]
    event = Event.objects.get(verb="calibration.kept")
    assert (event.actor_id, event.data["trial"]) == (curator.pk, trial.pk)
    with pytest.raises(ExtractionRefusedError, match="kept already"):
        keep_calibration(trial=trial, by=curator)
    assert Calibration.objects.count() == 1
    assert curve_of("another") is None


def test_too_few_suggestions_give_no_calibration(gold_set):
    trial = tried(gold_set)
    with pytest.raises(ExtractionRefusedError, match="are needed"):
        keep_calibration(trial=trial, by=None)
    assert not Calibration.objects.exists()


def test_a_barred_version_can_be_tried_on_a_gold_set(gold_set):
    before = tried(gold_set)
    bar_version(version=before.version, reason="It reads nothing.", by=None)
    assert tried(gold_set).scores == before.scores


def test_an_unmarked_version_has_no_mark(gold_set):
    assert version_marks([tried(gold_set).version]) == {}


def test_a_trial_refuses_a_backend_that_is_not_there(gold_set):
    with pytest.raises(ExtractionRefusedError, match="There is no extractor 'gpt'"):
        create_trial(gold_set=gold_set, choice=PipelineChoice(extractor="gpt", max_cost=Decimal(1)), by=None)
    assert not Trial.objects.exists()
