"""Pages of the extraction room."""

from django.urls import path

from llm_extract.views import backends, exports, prompts, runs, studies
from llm_extract.views.bench import compare, front, gold, stress, trials

app_name = "llm_extract"

urlpatterns = [
    path("", runs.run_list, name="run_list"),
    path("new/", runs.run_create, name="run_create"),
    path("<int:pk>/", runs.run_detail, name="run_detail"),
    path("<int:pk>/retry/", runs.run_retry, name="run_retry"),
    path("<int:pk>/go-on/", runs.run_go_on, name="run_go_on"),
    path("study/<int:pk>/", studies.study_suggestions, name="study_suggestions"),
    path("answers/<int:pk>/", studies.study_answers, name="study_answers"),
    path("backends/", backends.backend_list, name="backend_list"),
    path("backends/new/", backends.backend_create, name="backend_create"),
    path("backends/<int:pk>/", backends.backend_detail, name="backend_detail"),
    path("backends/<int:pk>/edit/", backends.backend_edit, name="backend_edit"),
    path("backends/<int:pk>/test/", backends.backend_test, name="backend_test"),
    path("backends/<int:pk>/switch/", backends.backend_switch, name="backend_switch"),
    path("backends/<int:pk>/unmask/", backends.backend_unmask, name="backend_unmask"),
    path("prompts/", prompts.prompt_list, name="prompt_list"),
    path("prompts/shipped/", prompts.prompt_shipped, name="prompt_shipped"),
    path("prompts/<int:pk>/", prompts.prompt_detail, name="prompt_detail"),
    path("prompts/<int:pk>/edit/", prompts.prompt_edit, name="prompt_edit"),
    path("prompts/<int:pk>/promote/", prompts.prompt_promote, name="prompt_promote"),
    path("bench/", front.bench, name="bench"),
    path("bench/gold/new/", gold.gold_create, name="gold_create"),
    path("bench/gold/<int:pk>/", gold.gold_detail, name="gold_detail"),
    path("bench/trials/new/", trials.trial_create, name="trial_create"),
    path("bench/trials/<int:pk>/", trials.trial_detail, name="trial_detail"),
    path("bench/trials/<int:pk>/differing/", trials.trial_differing, name="trial_differing"),
    path("bench/trials/<int:pk>/calibration/", trials.calibration_keep, name="calibration_keep"),
    path("bench/compare/", compare.compare_trials, name="compare_trials"),
    path("bench/stress/new/", stress.stress_create, name="stress_create"),
    path("bench/stress/<int:pk>/", stress.stress_detail, name="stress_detail"),
    path("bench/stress/<int:pk>/wrong/", stress.stress_wrong, name="stress_wrong"),
    path("bench/stress/<int:pk>/bar/", stress.stress_bar, name="stress_bar"),
    path("bench/bars/<int:pk>/lift/", stress.bar_lift, name="bar_lift"),
    path("exports/", exports.export_list, name="export_list"),
    path("exports/<slug:slug>/<slug:kind>/", exports.export_download, name="export_download"),
    path("exports/<slug:slug>/<slug:kind>/sealed/", exports.export_sealed, name="export_sealed"),
]
