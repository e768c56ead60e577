"""The llm_extract app."""

from django.apps import AppConfig

from core.runs import register_run_kind


class LlmExtractConfig(AppConfig):
    name = "llm_extract"

    def ready(self) -> None:
        from llm_extract.tasks import extract_labels_task

        register_run_kind("extraction", dispatcher=extract_labels_task.delay, page="llm_extract:run_detail")
