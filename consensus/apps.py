"""The consensus app."""

from django.apps import AppConfig

from core.runs import register_run_kind


class ConsensusConfig(AppConfig):
    name = "consensus"

    def ready(self) -> None:
        from consensus.tasks import compute_agreement_task

        register_run_kind("agreement", dispatcher=compute_agreement_task.delay, page="consensus:agreement")
