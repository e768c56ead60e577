"""Stress trials: altered reports worked and judged; versions barred and let in again."""

import pytest

from core.models import Event, RunProblem, RunState
from llm_extract.actions import (
    ExtractionRefusedError,
    PipelineChoice,
    bar_version,
    create_extraction_run,
    lift_bar,
    stress,
)
from llm_extract.actions.pipelines import scope_of
from llm_extract.models import BarredVersion, StressTrial, SuggestionSet
from llm_extract.queries.bench import standing_bars, version_marks
from llm_extract.queries.stress import stress_variants, wrong_answers, wrong_rows
from tests.factories import make_benchmark, make_study, make_user
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.bench_rows import stressed
from tests.llm_extract.clinical_server import clinical_answer, make_backend

pytestmark = pytest.mark.django_db
REPORT = "FINDINGS: There is a small left pleural effusion. The heart is normal in size. IMPRESSION: As above."


@pytest.fixture
def benchmark():
    benchmark = make_benchmark(body_part="CHEST")
    for _ in range(3):
        make_study(benchmark, report=REPORT)
    return benchmark


def test_the_rules_engine_follows_every_change(benchmark, monkeypatch):
    monkeypatch.setattr(stress, "LEAST_OF_A_KIND", 3)
    trial = stressed(benchmark, limit=12)
    assert trial.state == RunState.SUCCEEDED
    overall = trial.results["rates"][0]
    assert overall["right"]["n"] == 12
    assert overall["right"]["count"] == 12
    assert trial.results["passes"] is True
    assert trial.results["wrong"] == []


def test_on_too_few_of_a_kind_nothing_passes(benchmark):
    trial = stressed(benchmark, limit=12)
    assert trial.results["rates"][0]["right"]["value"] == 1
    assert trial.results["passes"] is None


def test_the_same_seed_alters_the_same_reports_the_same_way(benchmark):
    trial = stressed(benchmark, limit=8)
    scope = scope_of(trial.taxonomy)
    assert stress_variants(trial, scope) == stress_variants(trial, scope)
    other = StressTrial.objects.create(
        kind="stress_trial", benchmark=benchmark, taxonomy=trial.taxonomy, limit=8, seed=trial.seed + 1
    )
    assert stress_variants(trial, scope)[1] != stress_variants(other, scope)[1]


def test_a_pipeline_that_notices_nothing_does_not_pass_and_is_marked(benchmark, monkeypatch):
    from llm_extract.actions import stress
    from llm_extract.findings import Status

    # What a deaf pipeline says: of the altered report what it says of the one as written.
    worked = stress._StressWork._judge

    def deaf(self, number, variant):
        self.said[number] = {variant.label: Status.PRESENT}
        return worked(self, number, variant)

    monkeypatch.setattr(stress._StressWork, "_judge", deaf)
    trial = stressed(benchmark, limit=12)
    assert trial.results["passes"] is False
    assert trial.results["rates"][0]["right"]["count"] == 0
    assert len(trial.results["wrong"]) == 12
    assert "stress trial" in version_marks([trial.version])[trial.version]
    assert REPORT[10:40] not in str(trial.results)
    curator = make_user("curator")
    rows = wrong_rows(trial, curator, kind="negated")
    [first, *_] = wrong_answers(trial, scope_of(trial.taxonomy), rows)
    assert first.original == "There is a small left pleural effusion."
    assert first.altered != first.original
    assert (first.expected, first.said) == ("absent or not suggested", "present")
    assert not wrong_rows(trial, make_user("reader"))


def test_a_model_is_asked_and_its_faults_are_counted(benchmark):
    with LlmServer(answer=clinical_answer(scope_of(benchmark.taxonomies.get()).labels)) as server:
        make_backend(server)
        trial = stressed(benchmark, limit=4, choice=PipelineChoice(extractor="fake"))
    assert trial.results["unread"] == 0
    assert trial.results["rates"][0]["right"]["n"] == 4
    assert not SuggestionSet.objects.exists()
    assert not RunProblem.objects.exists()


def test_an_empty_pool_neither_passes_nor_fails():
    trial = stressed(make_benchmark(body_part="CHEST"))
    assert trial.state == RunState.SUCCEEDED
    assert trial.results["passes"] is None
    assert version_marks([trial.version]) == {}


def test_a_barred_version_is_refused_until_the_bar_is_lifted(benchmark):
    trial, curator = stressed(benchmark, limit=4), make_user("curator")
    bar_version(version=trial.version, reason="It reads nothing.", trial=trial, by=curator)
    assert version_marks([trial.version]) == {trial.version: "Barred from runs: It reads nothing."}
    with pytest.raises(ExtractionRefusedError, match="is barred from runs: It reads nothing"):
        create_extraction_run(benchmark=benchmark, by=None)
    # On the bench it may still be tried, as nothing else can show that the bar may go.
    assert stressed(benchmark, limit=4).results == trial.results
    lift_bar(version=trial.version, by=curator)
    assert not standing_bars().exists()
    assert create_extraction_run(benchmark=benchmark, by=None).version == trial.version
    assert list(Event.objects.filter(verb__startswith="version.").values_list("verb", flat=True).order_by("pk")) == [
        "version.barred",
        "version.bar_lifted",
    ]


def test_a_bar_needs_a_reason_and_stands_once(benchmark):
    with pytest.raises(ExtractionRefusedError, match="Say why"):
        bar_version(version="v", reason="  ", by=None)
    bar_version(version="v", reason="x", by=None)
    with pytest.raises(ExtractionRefusedError, match="is barred already"):
        bar_version(version="v", reason="y", by=None)
    lift_bar(version="v", by=None)
    with pytest.raises(ExtractionRefusedError, match="is not barred"):
        lift_bar(version="v", by=None)
    assert BarredVersion.objects.count() == 1
