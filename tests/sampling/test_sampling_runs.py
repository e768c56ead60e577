"""Sampling runs: from the pool to picks with reasons."""

from io import StringIO

import pytest
from django.core.management import call_command

from core.models import Event, RunProblem
from sampling.actions import SampleRefusedError, create_sampling_run, draw, same_draw
from sampling.models import SampledStudy
from sampling.queries import NoSampleError, newest_finished_run, pooled_studies
from tests.factories import make_benchmark, make_study, make_suggestions, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def benchmark():
    return make_benchmark()


@pytest.fixture
def pool(benchmark):
    """Twelve patients: effusions, one pneumothorax, normals; one patient has two studies."""
    labels = [["pleural_effusion"]] * 5 + [["pneumothorax", "pleural_effusion"]] + [[]] * 6
    for place, keys in enumerate(labels):
        make_suggestions(make_study(benchmark, study_id=f"S{place}", patient=f"P{min(place, 10)}"), benchmark, keys)
    return benchmark


def drawn(benchmark, size=6, seed=1):
    run = create_sampling_run(benchmark=benchmark, size=size, seed=seed, by=None)
    draw(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_one_study_per_patient_every_label_normals_kept(pool):
    run = drawn(pool)
    picks = list(run.sampled_studies.select_related("study"))
    assert len({pick.patient_id for pick in picks}) == len(picks) == 6
    labels = [{one.label.key for one in pick.suggestion_set.suggestions.all()} for pick in picks]
    assert any("pneumothorax" in found for found in labels)
    assert any(not found for found in labels)


def test_every_pick_says_why(pool):
    assert all(pick.reasons for pick in drawn(pool).sampled_studies.all())


def test_same_seed_gives_the_same_picks_in_any_run(pool):
    first, second = drawn(pool, seed=3), drawn(pool, seed=3)
    picks = [list(run.sampled_studies.values_list("study", "rank")) for run in (first, second)]
    assert picks[0] == picks[1]
    assert same_draw(benchmark=pool, size=6, seed=3) == second
    assert same_draw(benchmark=pool, size=6, seed=4) is None


def test_a_changed_pool_is_drawn_from_again(pool):
    drawn(pool, seed=3)
    make_suggestions(make_study(pool), pool, ["cardiomegaly"])
    assert same_draw(benchmark=pool, size=6, seed=3) is None


def test_command_repeated_draws_nothing_new(pool, tmp_path):
    out = StringIO()
    for _ in range(2):
        call_command(
            "draw_sample",
            "--benchmark",
            "chest",
            "--size",
            "6",
            "--seed",
            "3",
            "--out",
            str(tmp_path / "s.csv"),
            stdout=out,
        )
    assert "drew these 6 studies already" in out.getvalue()
    assert SampledStudy.objects.count() == 6
    header, *rows = (tmp_path / "s.csv").read_text().splitlines()
    assert header == "study_id,rank,reasons,inclusion_probability,site"
    assert len(rows) == 6


def test_study_without_suggestions_is_not_a_candidate(benchmark):
    make_study(benchmark)
    assert pooled_studies(benchmark) == []


def test_uncertain_counts_as_standing_absent_does_not(benchmark):
    study = make_study(benchmark)
    make_suggestions(study, benchmark, {"pneumothorax": "uncertain", "cardiomegaly": "absent"})
    [pooled] = pooled_studies(benchmark)
    assert pooled.candidate.labels == pooled.candidate.uncertain == {"pneumothorax"}


def test_sample_larger_than_patients_is_refused_with_both_numbers(pool):
    run = create_sampling_run(benchmark=pool, size=50, seed=1, by=None)
    with pytest.raises(SampleRefusedError, match=r"50 .* 11 patients"):
        draw(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "11 patients" in run.message


def test_empty_pool_says_to_extract_first(benchmark):
    run = create_sampling_run(benchmark=benchmark, size=5, seed=1, by=None)
    with pytest.raises(SampleRefusedError, match="extract labels first"):
        draw(run_id=run.pk)


def test_size_below_one_is_refused(benchmark):
    with pytest.raises(SampleRefusedError, match="at least 1"):
        create_sampling_run(benchmark=benchmark, size=0, seed=1, by=None)


def test_bucket_table_is_stored_with_the_run(pool):
    run = drawn(pool)
    labels = {row["name"]: row for row in run.buckets if row["group"] == "label"}
    assert labels["pneumothorax"]["have"] == 1
    assert run.pool_size == 12


def test_creation_is_audited(benchmark):
    curator = make_user("curator")
    create_sampling_run(benchmark=benchmark, size=2, seed=9, by=curator)
    assert Event.objects.get(verb="sampling.created").data == {"size": 2, "seed": 9}


def test_newest_finished_run_is_named_or_asked_for(pool):
    with pytest.raises(NoSampleError, match="draw a sample first"):
        newest_finished_run(pool)
    run = drawn(pool)
    assert newest_finished_run(pool) == run


def test_no_problem_rows_on_success(pool):
    assert not RunProblem.objects.filter(run=drawn(pool)).exists()
    assert SampledStudy.objects.count() == 6
