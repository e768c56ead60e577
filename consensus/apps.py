"""The consensus app."""

from django.apps import AppConfig

from core.runs import register_run_kind
from llm_extract.gold_sources import GoldSource, register_gold_source


class ConsensusConfig(AppConfig):
    name = "consensus"

    def ready(self) -> None:
        from consensus.gold import gold_of_reads, gold_offers_of_reads
        from consensus.tasks import compute_agreement_task

        register_run_kind("agreement", dispatcher=compute_agreement_task.delay, page="consensus:agreement")
        register_gold_source("reads", GoldSource(gold_offers_of_reads, gold_of_reads))
