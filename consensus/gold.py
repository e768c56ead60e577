"""Gold made of reads: what a closed round's readers say, label by label, to judge the reading of reports by."""

from django.db.models import QuerySet

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.models import Study
from cases.visibility import hidden_studies
from consensus.bias import names_labels
from consensus.outcomes import StudyReads, label_states
from consensus.queries import reads_of_round
from labeling.models import ReadingRound, RoundState
from llm_extract.gold_sources import GoldByStudy, GoldOffer

# A study counts once so many of its readers said which labels it has (all of them, where a round asks for fewer).
LEAST_READERS = 2


def gold_offers_of_reads(benchmark: Benchmark, user: User) -> list[GoldOffer]:
    """The benchmark's closed rounds of its current taxonomy, newest first; none for readers, who are to stay blind."""
    if not user.is_curator:
        return []
    rounds = _closed_rounds(benchmark).select_related("benchmark")
    return [GoldOffer(str(one.pk), f"{one}: labels by the majority of {one.reads_per_study} reads") for one in rounds]


def gold_of_reads(benchmark: Benchmark, user: User, key: str) -> GoldByStudy:
    """The labels of a closed round by the readers' majority, sealed studies left out for everybody.

    Raises KeyError for a round that is not offered to this person.
    """
    if not user.is_curator or not key.isdecimal():
        raise KeyError(key)
    round_ = _closed_rounds(benchmark).filter(pk=int(key)).first()
    if round_ is None:
        raise KeyError(key)
    sealed = set(Study.objects.filter(hidden_studies(), rounds__round=round_).values_list("pk", flat=True))
    keys = list(labels_by_key(round_.taxonomy))
    return {
        one.study.pk: judged
        for one in reads_of_round(round_, user)
        if one.study.pk not in sealed and (judged := majority_labels(one.reads, keys))
    }


def majority_labels(study: StudyReads, labels: list[str]) -> dict[str, str]:
    """Label → present, absent, or uncertain where the readers are tied; empty while too few said which labels hold.

    A bare *Agree mostly* or *Disagree* names no label: it says that something is wrong, not what. Such a read has no vote.
    """
    reads = [read for read in study.reads if names_labels(read)]
    if len(study.reads) < study.reads_per_study or len(reads) < min(LEAST_READERS, study.reads_per_study):
        return {}
    judged = dict.fromkeys(labels, "absent")
    for state in label_states(study.suggested, reads):
        if state.is_present:
            judged[state.label] = "present"
        elif state.agreement == "tie":
            judged[state.label] = "uncertain"
    return judged


def _closed_rounds(benchmark: Benchmark) -> QuerySet[ReadingRound]:
    return ReadingRound.objects.filter(
        benchmark=benchmark, taxonomy=current_taxonomy(benchmark), state=RoundState.CLOSED
    ).order_by("-pk")
