"""One case as a reader's screen shows it: pictures as hung, suggestions, the report when the round shows it."""

from dataclasses import dataclass, replace

from django.db.models import QuerySet

from accounts.models import User
from benchmarks.models import Label
from cases.models import Image, Report, Study
from labeling.models import LIVE_STATES, SUGGESTED, CorrectionKind, Read, Slot
from labeling.passages import Passage, hanging_rank, pairs, passages
from labeling.queries.reader import next_slot, progress_of
from labeling.queries.sealing import sealed_rounds
from llm_extract.models import Suggestion

MAX_FILMS = 24
# The keys of the left hand, for the label list, in the list's order.
LABEL_KEYS = "qwertasdfgzxcvb"
_NAMES = {0: "Frontal", 1: "View", 2: "Lateral"}


@dataclass(frozen=True)
class Film:
    """A picture of the case; ``name`` is what hangs there ("Frontal"), ``is_shown`` whether it hangs beside the panel."""

    image: Image
    rank: int
    is_shown: bool = False

    @property
    def name(self) -> str:
        return _NAMES[self.rank]

    @property
    def can_be_shown(self) -> bool:
        return bool(self.image.preview_sha256)


@dataclass(frozen=True)
class Choice:
    """One label in the list of corrections. ``status`` is "" when it was not suggested; ``changed`` as it stands now."""

    label: Label
    status: str
    evidence: str
    hotkey: str
    changed: bool

    @property
    def is_suggested(self) -> bool:
        return bool(self.status)


@dataclass(frozen=True)
class Case:
    """All that a case's page shows. ``report`` is None while the round does not show it."""

    slot: Slot
    films: tuple[Film, ...]
    choices: tuple[Choice, ...]
    report: tuple[Passage, ...] | None
    has_report: bool
    standing: Read | None
    read: int
    total: int
    previous: int | None
    following: int | None
    prefetch: tuple[Image, ...]

    @property
    def shown_films(self) -> list[Film]:
        return [film for film in self.films if film.is_shown]

    @property
    def suggested(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.is_suggested]

    @property
    def others(self) -> list[Choice]:
        return [choice for choice in self.choices if not choice.is_suggested]


def cases_of(reader: User) -> QuerySet[Slot]:
    """The reader's live slots that may be opened: none of a round that a frozen release sealed."""
    related = "round__benchmark", "round__taxonomy", "round_study__suggestion_set"
    slots = Slot.objects.filter(reader=reader, state__in=LIVE_STATES).exclude(round__in=sealed_rounds())
    return slots.select_related(*related)


def suggested_keys(slot: Slot) -> list[str]:
    """Keys of the labels that the slot's reader is shown as suggested, in the taxonomy's order."""
    suggestions = slot.round_study.suggestion_set.suggestions.filter(status__in=SUGGESTED)
    return list(suggestions.order_by("label__position").values_list("label__key", flat=True))


def last_read(slot: Slot) -> Read | None:
    """The end of the slot's history: the standing verdict or its withdrawal."""
    return slot.reads.filter(superseded_by__isnull=True).first()


def case_of(slot: Slot, *, film: int | None = None) -> Case:
    """The case of a slot; ``film`` is the id of a picture to hang first instead of the frontal one."""
    last = last_read(slot)
    standing = None if last is None or last.is_withdrawal else last
    shows_report = slot.round.shows_report(has_reads=last is not None)
    suggestions = list(slot.round_study.suggestion_set.suggestions.filter(status__in=SUGGESTED))
    report = Report.objects.filter(study=slot.round_study.study_id, is_empty=False)
    text = report.values_list("text", flat=True).first() if shows_report else None
    read, total = progress_of(slot.reader, slot.round)
    beside = cases_of(slot.reader).filter(round=slot.round).order_by("order")
    coming = next_slot(reader=slot.reader, round_=slot.round, after=slot.order)
    return Case(
        slot=slot,
        films=hung(slot.round_study.study_id, film),
        choices=_choices(slot, suggestions, standing, with_evidence=shows_report),
        report=None if text is None else passages(text, _spans(suggestions, text)),
        has_report=text is not None or report.exists(),
        standing=standing,
        read=read,
        total=total,
        previous=beside.filter(order__lt=slot.order).order_by("-order").values_list("pk", flat=True).first(),
        following=beside.filter(order__gt=slot.order).values_list("pk", flat=True).first(),
        prefetch=_pictures_of(coming) if coming and coming.pk != slot.pk else (),
    )


def hung(study: Study | int, chosen: int | None = None) -> tuple[Film, ...]:
    """The study's pictures, frontal ones first, laterals last; one frontal and one lateral hang, or the first two."""
    images = Image.objects.filter(series__study=study).select_related("series")
    films = sorted(
        (Film(image, hanging_rank(image.view_position, image.series.description)) for image in images),
        key=lambda film: (film.rank, film.image.series.number or 0, film.image.instance_number or 0, film.image.pk),
    )[:MAX_FILMS]
    first = next((film for film in films if film.image.pk == chosen), films[0] if films else None)
    if first is None:
        return ()
    other = next((film for film in films if film.rank != first.rank and film.rank == 2), None)
    other = other or next((film for film in films if film is not first), None)
    return tuple(replace(film, is_shown=film is first or film is other) for film in films)


def _pictures_of(slot: Slot) -> tuple[Image, ...]:
    study = slot.round_study.study_id
    return tuple(film.image for film in hung(study) if film.is_shown and film.can_be_shown)


def _choices(
    slot: Slot, suggestions: list[Suggestion], standing: Read | None, *, with_evidence: bool
) -> tuple[Choice, ...]:
    """Suggested labels first, then the others, each in the taxonomy's order."""
    by_label = {suggestion.label_id: suggestion for suggestion in suggestions}
    corrections = standing.corrections.all() if standing else ()
    changed = {item.label_id: item.kind for item in corrections}
    labels = sorted(slot.round.taxonomy.labels.order_by("position"), key=lambda label: label.pk not in by_label)
    choices = []
    for place, label in enumerate(labels):
        suggestion = by_label.get(label.pk)
        kind = CorrectionKind.STRUCK if suggestion else CorrectionKind.ADDED
        choices.append(
            Choice(
                label=label,
                status=suggestion.status if suggestion else "",
                evidence=suggestion.evidence if suggestion and with_evidence else "",
                hotkey=LABEL_KEYS[place] if place < len(LABEL_KEYS) else "",
                changed=changed.get(label.pk) == kind,
            )
        )
    return tuple(choices)


def _spans(suggestions: list[Suggestion], text: str) -> list[tuple[int, int]]:
    """Where the evidence stands in the report: as stored, else where its words are found."""
    spans = []
    for suggestion in suggestions:
        spans += pairs(suggestion.spans)
        place = text.find(suggestion.evidence) if suggestion.evidence and not suggestion.spans else -1
        if place >= 0:
            spans.append((place, place + len(suggestion.evidence)))
    return spans
