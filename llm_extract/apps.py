"""The llm_extract app."""

from django.apps import AppConfig

from core.runs import register_run_kind


class LlmExtractConfig(AppConfig):
    name = "llm_extract"

    def ready(self) -> None:
        from llm_extract.tasks import extract_labels_task, run_stress_trial_task, run_trial_task

        register_run_kind("extraction", dispatcher=extract_labels_task.delay, page="llm_extract:run_detail")
        register_run_kind("extraction_trial", dispatcher=run_trial_task.delay, page="llm_extract:trial_detail")
        register_run_kind("stress_trial", dispatcher=run_stress_trial_task.delay, page="llm_extract:stress_detail")
