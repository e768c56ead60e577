"""Reads of adjudications: a curator's queue, an adjudicator's list, what was decided."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from benchmarks.models import Label
from cases.models import Study
from cases.visibility import hidden_studies
from consensus.models import Adjudication, AdjudicationState, Decision
from consensus.outcomes import Adjudicated
from labeling.models import ReadingRound
from labeling.queries.pictures import Film, films_of, hangings, pictures
from labeling.queries.sealing import sealed_rounds


@dataclass(frozen=True)
class OpenLabel:
    """One label to decide; ``votes`` tells how the reads stand, None where the adjudicator is not to see it."""

    label: Label
    votes: str | None
    found: bool | None


@dataclass(frozen=True)
class AdjudicationCase:
    """All that an adjudicator's page shows."""

    adjudication: Adjudication
    films: tuple[Film, ...]
    labels: tuple[OpenLabel, ...]

    @property
    def shown_films(self) -> list[Film]:
        return [film for film in self.films if film.is_shown]

    @property
    def viewer(self) -> dict[str, Any]:
        """What the viewer in the browser reads from the page (docs/reading.md)."""
        return {
            "case": self.adjudication.pk,
            "images": pictures(self.films),
            "hangings": hangings(self.films),
            "prefetch": [],
            "labels": [{"key": one.label.key, "name": one.label.name} for one in self.labels],
            "marks": [],
        }


def adjudicated_of_round(round_: ReadingRound) -> Mapping[int, Adjudicated]:
    """What was decided, by round study."""
    rows = Decision.objects.filter(
        adjudication__round_study__round=round_, adjudication__state=AdjudicationState.DECIDED
    ).values_list("adjudication__round_study", "adjudication", "label__key", "is_present")
    labels: dict[tuple[int, int], dict[str, bool]] = defaultdict(dict)
    for round_study, adjudication, key, found in rows:
        labels[round_study, adjudication][key] = found
    return {round_study: Adjudicated(found, adjudication) for (round_study, adjudication), found in labels.items()}


def adjudications_visible_to(user: User, round_: ReadingRound) -> QuerySet[Adjudication]:
    """A round's adjudications for curators and admins, newest first; of a sealed holdout for admins alone."""
    found = Adjudication.objects.filter(round_study__round=round_).select_related(
        "round_study__study__site", "adjudicator"
    )
    if not user.is_curator:
        return found.none()
    if not user.is_admin:
        found = found.exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("round_study__study"))))
    return found.prefetch_related("decisions__label").order_by("-pk")


def adjudications_of(reader: User) -> QuerySet[Adjudication]:
    """The reader's adjudications that may be opened, those to decide first; none of a round that a release sealed."""
    found = Adjudication.objects.filter(adjudicator=reader).exclude(state=AdjudicationState.WITHDRAWN)
    found = found.exclude(round_study__round__in=sealed_rounds())
    return found.select_related("round_study__round__benchmark", "round_study__round__taxonomy").order_by(
        "-state", "pk"
    )


def may_view_as_adjudicator(user: User, study_pk: int) -> bool:
    """Whether a reader may see a study's pictures to adjudicate it; registered with cases.visibility."""
    return adjudications_of(user).filter(round_study__study=study_pk).exists()


def adjudicator_pairs() -> QuerySet[Adjudication]:
    """Who must not get which study on a list: whoever adjudicates it or ever did; registered with labeling.queries."""
    return Adjudication.objects.annotate(
        barred_study=F("round_study__study"), barred_reader=F("adjudicator")
    ).order_by()


def adjudication_case(adjudication: Adjudication, votes: Mapping[str, tuple[int, int]]) -> AdjudicationCase:
    """The page of an adjudication; ``votes`` gives per label how many of how many reads hold it."""
    labels = adjudication.round_study.round.taxonomy.labels.filter(key__in=adjudication.labels).order_by("position")
    found = dict(adjudication.decisions.values_list("label__key", "is_present"))
    study = adjudication.round_study.study_id

    def words(key: str) -> str | None:
        held, n = votes.get(key, (0, 0))
        return f"{held} of {n} reads hold it" if adjudication.shows_reads and n else None

    return AdjudicationCase(
        adjudication,
        films_of([study]).get(study, ()),
        tuple(OpenLabel(label, words(label.key), found.get(label.key)) for label in labels),
    )
