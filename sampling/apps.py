"""The sampling app."""

from django.apps import AppConfig

from core.runs import register_run_kind


class SamplingConfig(AppConfig):
    name = "sampling"

    def ready(self) -> None:
        from sampling.tasks import draw_task, plan_task

        register_run_kind("sampling", dispatcher=draw_task.delay, page="sampling:run_detail")
        register_run_kind("plan", dispatcher=plan_task.delay, page="sampling:plan_detail")
