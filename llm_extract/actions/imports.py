"""Suggestions from other tools, and the note that a sealed holdout's were taken out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.actions import ImportRefusedError, get_or_create_site
from cases.actions.studies import Wanted, lock_sites, place_studies
from cases.contribution import StudyFacts
from cases.models import Site, Study
from cases.queries import StudyName, studies_named
from core.actions import record_event
from core.adapters.table_statistics import refresh_statistics
from core.errors import NotAllowedError
from llm_extract.actions.storing import SetContent, store_suggestions
from llm_extract.models import Suggestion, SuggestionSet, SuggestionSource
from llm_extract.suggestion_rows import RefusedRow, SuggestionRow

BATCH = 200


@transaction.atomic
def note_sealed_export(*, benchmark: Benchmark, by: User | None) -> None:
    """Writes down that suggestions are exported with those of a sealed holdout. Refuses anyone but an active admin."""
    if by is None or not by.is_admin or not by.is_active:
        raise NotAllowedError("Suggestions of a sealed holdout are an admin's alone; name an active admin.")
    record_event(verb="suggestions.exported_sealed", subject=benchmark, by=by)


@dataclass(frozen=True)
class ImportedSuggestions:
    """What an import of suggestions did: studies with a new set, studies that had the same, rows refused."""

    imported: int
    unchanged: int
    new_studies: int
    refused: tuple[RefusedRow, ...]


def import_suggestions(
    *, benchmark: Benchmark, rows: Iterable[SuggestionRow], site: Site | None = None, by: User | None
) -> ImportedSuggestions:
    """Stores one set per study from another tool's rows; a study's rows are taken together, in batches of 200 studies.

    With ``site``, which is that of rows that name none themselves, studies that their site does not know are made there
    (``patient_id`` names their patient), the site too; without, a row whose study is not in the pool, or at several sites,
    is refused by name. A set equal to the newest is not stored again.
    """
    by_study: dict[tuple[str, str], list[SuggestionRow]] = {}
    for row in rows:
        by_study.setdefault((row.site or (site.code if site else ""), row.study_id), []).append(row)
    taxonomy = current_taxonomy(benchmark)
    labels = labels_by_key(taxonomy)
    refused: list[RefusedRow] = []
    stored = seen = new_studies = 0
    groups = [group for group in by_study.values() if _is_sound(group, refused)]
    for start in range(0, len(groups), BATCH):
        batch = groups[start : start + BATCH]
        with transaction.atomic():
            studies, made = _studies_of(batch, benchmark, site, refused)
            contents = [
                SetContent(studies[group[0].line].pk, tuple(row.suggestion for row in group if row.suggestion))
                for group in batch
                if group[0].line in studies
            ]
            seen += len(contents)
            new_studies += made
            stored += store_suggestions(
                taxonomy=taxonomy, labels=labels, contents=contents, source=SuggestionSource.IMPORT, run=None
            )
    refresh_statistics(stored + new_studies, Study, SuggestionSet, Suggestion)
    record_event(
        verb="suggestions.imported",
        subject=benchmark,
        by=by,
        data={"imported": stored, "unchanged": seen - stored, "new_studies": new_studies, "refused": len(refused)},
    )
    return ImportedSuggestions(stored, seen - stored, new_studies, tuple(sorted(refused, key=lambda row: row.line)))


def _is_sound(group: Sequence[SuggestionRow], refused: list[RefusedRow]) -> bool:
    """Whether a study's rows fit each other; the first that does not refuses the whole study."""
    seen: set[str] = set()
    for row in group:
        label = row.suggestion.label if row.suggestion else ""
        if label in seen or ("" in seen and label) or (not label and seen):
            message = f"study {row.study_id!r} has contradicting rows for {label or 'nothing suggested'!r}; keep one."
            refused.append(RefusedRow(row.line, "label", label, message))
            return False
        seen.add(label)
    return True


def _studies_of(
    batch: Sequence[Sequence[SuggestionRow]], benchmark: Benchmark, site: Site | None, refused: list[RefusedRow]
) -> tuple[dict[int, Study], int]:
    """The study of each group by the line of its first row, and how many were made."""
    heads = [group[0] for group in batch]
    if site is not None:
        return _placed_at_their_sites(heads, benchmark, site, refused)
    found = studies_named(benchmark, [StudyName(head.line, head.study_id, head.site) for head in heads])
    for line, problem in found.problems.items():
        name = next(head.study_id for head in heads if head.line == line)
        refused.append(RefusedRow(line, "study_id", name, problem))
    return found.studies, 0


def _placed_at_their_sites(
    heads: Sequence[SuggestionRow], benchmark: Benchmark, site: Site, refused: list[RefusedRow]
) -> tuple[dict[int, Study], int]:
    """The same, each found or made at the site that its row names, else at ``site``."""
    by_site: dict[Site, list[SuggestionRow]] = {}
    for head in heads:
        try:
            own = get_or_create_site(code=head.site) if head.site else site
        except ImportRefusedError as error:
            refused.append(RefusedRow(head.line, "site", head.site[:80], str(error)))
        else:
            by_site.setdefault(own, []).append(head)
    lock_sites(by_site)
    studies: dict[int, Study] = {}
    made = 0
    for own, some in by_site.items():
        wanted = [Wanted(one.study_id, (), StudyFacts(patient_id=one.patient_id), _unremarked) for one in some]
        placed = place_studies(own, benchmark, wanted)
        made += sum(one.is_new for one in placed)
        studies |= {head.line: one.study for head, one in zip(some, placed, strict=True)}
    return studies, made


def _unremarked(*_about: str) -> None:
    """What contradicts a stored study is not told: rows of suggestions say nothing of it but whose it is."""
