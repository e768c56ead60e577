"""One case as a reader's screen shows it: pictures as hung, suggestions, the report when the round shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from accounts.models import User
from benchmarks.models import Label
from cases.models import Report
from cases.visibility import hiding_rules
from core.prepared import PreparedRows
from labeling.keymap import label_keys
from labeling.models import Arm, CorrectionKind, Draft, Read, ReadingRound, ShowReport, Slot
from labeling.passages import Passage, pairs, passages
from labeling.queries.others import OtherRead, others_said
from labeling.queries.pictures import Film, ahead, films_of, hangings, pictures
from labeling.queries.priors import priors_of
from labeling.queries.reader import Listed, ReadingList, reading_list, slots_of
from labeling.queries.sealing import sealed_rounds
from labeling.queries.shown import Shown, shown_suggestions

# How many coming cases the viewer fetches in the background.
AHEAD = 2


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
    history: tuple[Read, ...]
    others_said: tuple[OtherRead, ...]
    draft: Draft | None
    listed: ReadingList
    coming: tuple[tuple[Listed, tuple[Film, ...]], ...]
    priors: tuple[tuple[Film, ...], ...]

    @property
    def shown_films(self) -> list[Film]:
        return [film for film in self.films if film.is_shown]

    @property
    def is_from_scratch(self) -> bool:
        """Whether no suggestion is shown, and the reader says which labels hold."""
        return self.slot.arm == Arm.NO_SUGGESTIONS

    @property
    def suggested(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.is_suggested]

    @property
    def others(self) -> list[Choice]:
        return [choice for choice in self.choices if not choice.is_suggested]

    @property
    def waits_for_others(self) -> bool:
        """Whether others' verdicts would be shown, were there any."""
        return self.standing is not None and self.slot.round.semi_collaborative and not self.others_said

    @property
    def reveals_report(self) -> bool:
        """Whether the report, or what suggestions rest on in it, is shown because of the reader's own verdict."""
        return self.standing is not None and self.slot.round.show_report == ShowReport.AFTER_VERDICT

    @property
    def previous(self) -> int | None:
        return self.listed.beside(self.slot.order)[0]

    @property
    def following(self) -> int | None:
        return self.listed.beside(self.slot.order)[1]

    @property
    def marks(self) -> list[Any]:
        """What is marked on the pictures: the draft's, else the standing verdict's."""
        if self.draft is not None:
            return self.draft.content.get("marks") or []
        return self.standing.marks if self.standing else []

    @property
    def viewer(self) -> dict[str, Any]:
        """What the viewer in the browser reads from the page (docs/reading.md)."""
        return {
            "case": self.slot.pk,
            "images": [
                *pictures(self.films),
                *(told for number, prior in enumerate(self.priors, start=1) for told in pictures(prior, number)),
            ],
            "hangings": hangings(self.films, self.priors),
            "prefetch": [ahead(listed.slot, films) for listed, films in self.coming],
            "labels": [{"key": choice.label.key, "name": choice.label.name} for choice in self.choices],
            "marks": self.marks,
        }


def cases_of(reader: User) -> QuerySet[Slot]:
    """The reader's live slots that may be opened: none of a round that a frozen release sealed."""
    return _with_related(slots_of(reader).exclude(round__in=sealed_rounds())).select_related("reader")


def case_to_judge(reader: User, pk: int) -> Slot | None:
    """A live slot of the reader, where an action refuses a sealed one itself or just did: the join that tells is made once."""
    slot = _live_case.first(reader.pk, pk)
    if slot is not None:
        slot.reader = reader
    return slot


def case_on_list(reader: User, pk: int) -> Slot | None:
    """One of the reader's ``cases_of``; None of any other."""
    return _open_case.first(reader.pk, pk)


_live_case = PreparedRows[Slot](lambda reader, pk: _with_related(slots_of(User(pk=reader))).filter(pk=pk), 2)
_open_case = PreparedRows[Slot](lambda reader, pk: cases_of(User(pk=reader)).filter(pk=pk), 2, hiding_rules)


def _with_related(slots: QuerySet[Slot]) -> QuerySet[Slot]:
    return slots.select_related("round__benchmark", "round_study__suggestion_set", "planted_label")


def next_case(*, reader: User, round_: ReadingRound, after: int = 0) -> tuple[int, ReadingList] | None:
    """The case that ``next_slot`` names, with the list it stands on.

    Whether a release sealed the round is not asked again: the caller's action just did.
    """
    if not round_.is_open:
        return None
    listed = reading_list(reader, round_)
    return next(((case.slot, listed) for case in listed.coming(after)), None)


def reads_of(slot: Slot) -> list[Read]:
    """The slot's history, oldest first: verdicts with their corrections, and withdrawals."""
    reads = _reads(slot.pk)
    for read in reads:
        read.slot = slot
    prefetch_related_objects(reads, "corrections__label")
    return reads


_reads = PreparedRows[Read](lambda slot: Read.objects.filter(slot=slot).order_by("pk"), 1)
_drafts = PreparedRows[Draft](lambda slot, reader: Draft.objects.filter(slot=slot, reader=reader), 2)


def last_of(reads: Sequence[Read]) -> Read | None:
    """The end of a slot's history (``reads_of``): the standing verdict or its withdrawal."""
    superseded = {read.supersedes_id for read in reads}
    return next((read for read in reads if read.pk not in superseded), None)


def last_read(slot: Slot) -> Read | None:
    """The end of the slot's history: the standing verdict or its withdrawal."""
    return last_of(reads_of(slot))


def case_of(slot: Slot, *, film: int | None = None, listed: ReadingList | None = None) -> Case:
    """The case of a slot; ``film`` is the id of a picture to hang first instead of the frontal one.

    ``listed`` is its reader's list, where the caller has it.
    """
    reads = reads_of(slot)
    last = last_of(reads)
    standing = None if last is None or last.is_withdrawal else last
    is_from_scratch = slot.arm == Arm.NO_SUGGESTIONS  # what others said would tell what is suggested
    shows_report = slot.round.shows_report(has_verdict=standing is not None)
    suggestions = shown_suggestions(slot)
    listed = listed or reading_list(slot.holder, slot.round)
    coming = listed.coming(slot.order, but=slot.pk)[:AHEAD]
    study = slot.round_study.study_id
    earlier = priors_of(study)
    films = films_of([study, *(case.study for case in coming), *earlier], film)
    priors = (tuple(film for film in films.get(prior, ()) if film.can_be_shown) for prior in earlier)
    report = Report.objects.filter(study=study, is_empty=False)
    text = report.values_list("text", flat=True).first() if shows_report else None
    return Case(
        slot=slot,
        films=films.get(study, ()),
        choices=_choices(slot, suggestions, standing, with_evidence=shows_report),
        report=None if text is None else passages(text, _spans(suggestions, text)),
        has_report=text is not None or (not films.get(study) and report.exists()),
        standing=standing,
        history=tuple(read for read in reads if read is not last and not read.is_withdrawal),
        others_said=others_said(slot) if standing and slot.round.semi_collaborative and not is_from_scratch else (),
        draft=_drafts.first(slot.pk, slot.reader_id),
        listed=listed,
        coming=tuple((case, films.get(case.study, ())) for case in coming),
        priors=tuple(prior for prior in priors if prior),
    )


def _choices(slot: Slot, suggestions: list[Shown], standing: Read | None, *, with_evidence: bool) -> tuple[Choice, ...]:
    """Suggested labels first, then the others, each in the taxonomy's order."""
    by_label = {suggestion.label_id: suggestion for suggestion in suggestions}
    corrections = standing.corrections.all() if standing else ()
    changed = {item.label_id: item.kind for item in corrections}
    labels = sorted(slot.round.labels, key=lambda label: label.pk not in by_label)
    choices = []
    for label, hotkey in zip(labels, label_keys(len(labels)), strict=True):
        suggestion = by_label.get(label.pk)
        kind = CorrectionKind.STRUCK if suggestion else CorrectionKind.ADDED
        choices.append(
            Choice(
                label=label,
                status=suggestion.status if suggestion else "",
                evidence=suggestion.evidence if suggestion and with_evidence else "",
                hotkey=hotkey,
                changed=changed.get(label.pk) == kind,
            )
        )
    return tuple(choices)


def _spans(suggestions: list[Shown], text: str) -> list[tuple[int, int]]:
    """Where the evidence stands in the report: as stored, else where its words are found."""
    spans = []
    for suggestion in suggestions:
        spans += pairs(suggestion.spans)
        place = text.find(suggestion.evidence) if suggestion.evidence and not suggestion.spans else -1
        if place >= 0:
            spans.append((place, place + len(suggestion.evidence)))
    return spans
