"""The releases app."""

from django.apps import AppConfig

from cases.visibility import register_hiding_rule
from core.runs import register_run_kind


class ReleasesConfig(AppConfig):
    name = "releases"

    def ready(self) -> None:
        from releases.queries import sealed_holdout
        from releases.tasks import build_task, export_task

        register_hiding_rule(sealed_holdout)
        register_run_kind("release", dispatcher=build_task.delay, page="releases:build_detail", admins_only=True)
        register_run_kind("export", dispatcher=export_task.delay, page="releases:export_detail", admins_only=True)
