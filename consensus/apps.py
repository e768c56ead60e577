"""The consensus app."""

from django.apps import AppConfig

from cases.visibility import register_viewing_rule
from core.runs import register_run_kind
from llm_extract.gold_sources import GoldSource, register_gold_source


class ConsensusConfig(AppConfig):
    name = "consensus"

    def ready(self) -> None:
        from consensus.gold import gold_of_reads, gold_offers_of_reads
        from consensus.queries.adjudication import adjudicator_pairs, may_view_as_adjudicator
        from consensus.tasks import compute_agreement_task
        from labeling.queries import register_barring_rule

        register_viewing_rule(may_view_as_adjudicator)
        register_barring_rule(adjudicator_pairs)
        register_run_kind("agreement", dispatcher=compute_agreement_task.delay, page="consensus:agreement")
        register_gold_source("reads", GoldSource(gold_offers_of_reads, gold_of_reads))
