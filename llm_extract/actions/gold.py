"""The only writer of gold sets: from labels, and from a file of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db import transaction

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.models import Study
from cases.queries import StudyName, studies_named
from cases.visibility import hidden_studies
from core.actions import record_event
from core.adapters.tables import TableError
from llm_extract.errors import ExtractionRefusedError
from llm_extract.gold_sources import GoldByStudy
from llm_extract.models import GoldLabel, GoldSet
from llm_extract.queries.gold_sets import gold_set_named, is_same_gold
from llm_extract.trust.gold import GoldSet as GoldFile
from llm_extract.trust.gold import Refusal, StudyKey, read_gold


@transaction.atomic
def create_gold_set(*, benchmark: Benchmark, name: str, source: str, labels: GoldByStudy, by: User | None) -> GoldSet:
    """A gold set for the benchmark's current taxonomy.

    Refuses a name that is taken, a set without a label, and a label the taxonomy does not have.
    """
    Benchmark.objects.select_for_update().get(pk=benchmark.pk)
    taxonomy = current_taxonomy(benchmark)
    known = labels_by_key(taxonomy)
    if GoldSet.objects.filter(benchmark=benchmark, name=name).exists():
        raise ExtractionRefusedError(
            f"{benchmark} has a gold set {name!r} already; sets are never edited, name a new one."
        )
    judged = {study: of_study for study, of_study in labels.items() if of_study}
    if not judged:
        raise ExtractionRefusedError("The gold set has no label of a known study; nothing could be judged by it.")
    if unknown := sorted({key for of_study in judged.values() for key in of_study} - known.keys()):
        raise ExtractionRefusedError(
            f"The taxonomy of {benchmark} (version {taxonomy.version}) has no label {unknown[0]!r}; it has: "
            f"{', '.join(known)}."
        )
    gold_set = GoldSet.objects.create(
        benchmark=benchmark, taxonomy=taxonomy, name=name, source=source[:120], created_by=by
    )
    GoldLabel.objects.bulk_create(
        (
            GoldLabel(gold_set=gold_set, study_id=study_id, label=known[key], status=status)
            for study_id, of_study in judged.items()
            for key, status in of_study.items()
        ),
        batch_size=2000,
    )
    record_event(verb="gold_set.created", subject=gold_set, by=by, data={"n_studies": len(judged)})
    return gold_set


@dataclass(frozen=True)
class ImportedGold:
    """What became of a file: its set, whether it is new, and what was refused while the good rows were kept."""

    gold_set: GoldSet
    is_new: bool
    refused: tuple[Refusal, ...]


def import_gold(
    *, benchmark: Benchmark, name: str, file: Path | IO[bytes], file_name: str, by: User | None
) -> ImportedGold:
    """A gold set from a CSV file (docs/imports.md). The same file under the same name again changes nothing.

    Studies of a sealed holdout are left out, and to a curator they do not exist. Refuses a file
    that cannot be used as a whole, one without a usable label, and other labels under a name that is taken.
    """
    try:
        read = read_gold(file, name=file_name, labels=list(labels_by_key(current_taxonomy(benchmark))))
    except TableError as error:
        raise ExtractionRefusedError(str(error)) from error
    labels, unknown = _by_study(benchmark, read, by, file_name)
    refused = (*read.refused, *unknown)
    there = gold_set_named(benchmark, name)
    if there and is_same_gold(there, labels):
        return ImportedGold(there, is_new=False, refused=refused)
    if not labels and refused:
        raise ExtractionRefusedError(
            f"{file_name} has no row that can be used; the first of {len(refused)} refusals: {refused[0].message}"
        )
    made = create_gold_set(benchmark=benchmark, name=name, source=file_name, labels=labels, by=by)
    return ImportedGold(made, is_new=True, refused=refused)


def _by_study(
    benchmark: Benchmark, read: GoldFile, by: User | None, file_name: str
) -> tuple[GoldByStudy, list[Refusal]]:
    """The judged labels by study, and a refusal for each study that is not known, sealed, or named in two ways."""
    keys = list(read.studies)
    named = studies_named(benchmark, (StudyName(place, key.study_id, key.site) for place, key in enumerate(keys)))
    pks = {study.pk for study in named.studies.values()}
    sealed = set(Study.objects.filter(hidden_studies(), pk__in=pks).values_list("pk", flat=True))
    labels: dict[int, dict[str, str]] = {}
    refused = []
    for place, key in enumerate(keys):
        study = named.studies.get(place)
        problem = named.problems.get(place, "")
        if study is not None and study.pk in sealed:
            problem = _sealed_sentence(benchmark, key, by)
        elif study is not None and labels.get(study.pk, {}).keys() & read.studies[key].keys():
            problem = f"The study {key.study_id!r} is named in another way on another row; keep one."
        if problem or study is None:
            refused.append(Refusal(0, "study_id", key.study_id[:80], f"{file_name}: {problem}"))
        elif read.studies[key]:
            labels.setdefault(study.pk, {}).update(read.studies[key])
    return labels, refused


def _sealed_sentence(benchmark: Benchmark, key: StudyKey, by: User | None) -> str:
    """To a curator a sealed study does not exist; the words are those of `studies_named`."""
    if by is None or by.is_admin:
        return f"The study {key.study_id!r} is sealed in a release's holdout; leave it out."
    where = f" of site {key.site}" if key.site else ""
    return f"There is no study {key.study_id!r}{where} in the benchmark {benchmark.slug}; import it first."
