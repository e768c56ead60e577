"""Small worlds for tests: plain functions that make rows with sensible defaults. Tests of actions call the real actions."""

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Role, User
from benchmarks.actions import load_benchmark
from benchmarks.definition import parse_definition
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.adapters.storage import adopt, spool
from cases.models import Image, ImportRun, Patient, PoolEntry, Report, Series, Site, Study
from core.models import RunState
from labeling.models import ReadingRound, RoundReader, RoundStudy, Slot
from llm_extract.models import Suggestion, SuggestionSet, SuggestionSource

_numbers = itertools.count(1)
PASSWORD = "correct-horse-battery"
LABELS = ("pleural_effusion", "pneumothorax", "cardiomegaly")


def make_user(role: str = Role.READER, username: str | None = None, **fields: object) -> User:
    """A user who can sign in with PASSWORD."""
    username = username or f"{role}{next(_numbers)}"
    values: dict[str, Any] = {"email": f"{username}@example.org", "name": username.title(), **fields}
    return User.objects.create_user(username, password=PASSWORD, role=role, **values)


def make_benchmark(slug: str = "chest", labels: Iterable[str] = LABELS, **parts: object) -> Benchmark:
    """A benchmark loaded through the real action."""
    data = {
        "slug": slug,
        "title": slug.title(),
        "modality": ["CR", "DX"],
        "taxonomy": {
            "version": "1",
            "labels": [{"key": key, "name": key.replace("_", " ").capitalize()} for key in labels],
        },
        **parts,
    }
    return load_benchmark(definition=parse_definition(data), by=None).benchmark


def keep(folder: str, content: bytes) -> str:
    """Stores the bytes in a folder of the storage as an import does; their digest."""
    digest = hashlib.sha256(content).hexdigest()
    with spool() as place:
        (place / digest).write_bytes(content)
        adopt(folder, place / digest, digest)
    return digest


def make_site(code: str = "north") -> Site:
    return Site.objects.get_or_create(code=code, defaults={"name": code.title()})[0]


def make_study(
    benchmark: Benchmark | None = None,
    *,
    site: Site | None = None,
    study_id: str | None = None,
    patient: str | None = None,
    report: str | None = None,
    with_image: bool = False,
    **fields: object,
) -> Study:
    """A study of its own patient, in the benchmark's pool, with a report when text is given."""
    site = site or make_site()
    study_id = study_id or f"S{next(_numbers):05}"
    owner = Patient.objects.get_or_create(site=site, pseudonym=patient or f"P-{study_id}")[0]
    study = Study.objects.create(site=site, patient=owner, study_id=study_id, **fields)
    if benchmark is not None:
        PoolEntry.objects.create(benchmark=benchmark, study=study)
    if report is not None:
        Report.objects.create(
            study=study, text=report, sha256=hashlib.sha256(report.encode()).hexdigest(), is_empty=not report.strip()
        )
    if with_image:
        series = Series.objects.create(study=study, series_uid=f"1.2.{study.pk}", modality="DX")
        Image.objects.create(series=series, sop_uid=f"1.2.{study.pk}.1", sha256="0" * 64, rows=10, columns=10)
    return study


def make_import(site: Site | None = None, benchmark: Benchmark | None = None) -> ImportRun:
    """An import of the site that has succeeded: whoever looks at its pictures again records under it what is found."""
    site = site or make_site()
    benchmark = benchmark or Benchmark.objects.earliest("pk")
    return ImportRun.objects.create(kind="import", benchmark=benchmark, site=site, state=RunState.SUCCEEDED)


def make_suggestions(
    study: Study, benchmark: Benchmark, labels: Mapping[str, str] | Iterable[str] = ()
) -> SuggestionSet:
    """A suggestion set; ``labels`` is {key: status} or keys that are present."""
    statuses = dict(labels) if isinstance(labels, Mapping) else dict.fromkeys(labels, "present")
    taxonomy = current_taxonomy(benchmark)
    by_key = labels_by_key(taxonomy)
    version = SuggestionSet.objects.filter(study=study, taxonomy=taxonomy).count() + 1
    suggestion_set = SuggestionSet.objects.create(
        study=study,
        taxonomy=taxonomy,
        version=version,
        source=SuggestionSource.IMPORT,
        content_sha256=hashlib.sha256(repr(sorted(statuses.items())).encode()).hexdigest(),
    )
    Suggestion.objects.bulk_create(
        Suggestion(suggestion_set=suggestion_set, label=by_key[key], status=status) for key, status in statuses.items()
    )
    return suggestion_set


def make_round(
    benchmark: Benchmark,
    studies: Iterable[Study],
    readers: Iterable[User],
    *,
    reads_per_study: int | None = None,
    **fields: object,
) -> ReadingRound:
    """An open round in which reader r reads study s at every position: needs no more than k = len(readers) reads."""
    readers = list(readers)
    k = reads_per_study or len(readers)
    number = ReadingRound.objects.filter(benchmark=benchmark).count() + 1
    round_ = ReadingRound.objects.create(
        benchmark=benchmark, taxonomy=current_taxonomy(benchmark), number=number, reads_per_study=k, **fields
    )
    RoundReader.objects.bulk_create(RoundReader(round=round_, reader=reader) for reader in readers)
    for place, study in enumerate(studies, start=1):
        suggestions = study.suggestion_sets.order_by("-version").first() or make_suggestions(study, benchmark)
        round_study = RoundStudy.objects.create(round=round_, study=study, suggestion_set=suggestions, position=place)
        Slot.objects.bulk_create(
            Slot(
                round=round_, round_study=round_study, reader=reader, position=position, reads_per_study=k, order=place
            )
            for position, reader in enumerate(readers[:k], start=1)
        )
    return round_
