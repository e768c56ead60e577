"""Who reads a case instead: the reader with the fewest cases who never had the study, or the slot waits."""

from collections.abc import Iterable

from django.db.models import Count, Max, Q

from labeling.assignment import seed_hash
from labeling.models import LIVE_STATES, ReadingRound, RoundReader, RoundStudy, Slot
from labeling.queries import barred_readers


def replace(slot: Slot, *, wait: bool = False) -> Slot:
    """A new slot at the place of one that was closed, dealt at once unless it is to ``wait``; the closed one is locked."""
    RoundStudy.objects.select_for_update().get(pk=slot.round_study_id)
    new = Slot.objects.create(
        round_id=slot.round_id,
        round_study_id=slot.round_study_id,
        position=slot.position,
        reads_per_study=slot.reads_per_study,
        order=0,
        replaces=slot,
    )
    if not wait and not slot.round.is_open_to_all:
        new.round = slot.round
        deal_again(new)
    return new


def deal_again(slot: Slot) -> bool:
    """Gives a slot without a reader to whoever can take it; False when nobody can."""
    study = RoundStudy.objects.select_for_update().get(pk=slot.round_study_id).study
    site = study.site.code
    had = barred_readers([study.pk]).get(study.pk, set())
    had |= set(Slot.objects.filter(round_study=slot.round_study_id).values_list("reader", flat=True))
    able = [member for member in _members(slot.round) if member.reader_id not in had and _has_room(member, site)]
    if not able:
        return False
    drawn = f"{site}/{study.study_id}/{slot.position}"
    taker = min(able, key=lambda one: (one.n_live, seed_hash(slot.round.seed, f"{one.reader.username}/{drawn}")))  # type: ignore[attr-defined]  # annotated
    give(slot, taker.reader_id)
    return True


def give(slot: Slot, reader_id: int) -> None:
    """Puts the slot at the end of the reader's list."""
    last = Slot.objects.filter(round=slot.round_id, reader=reader_id).aggregate(last=Max("order"))["last"] or 0
    slot.reader_id, slot.order, slot.opened_at, slot.leased_until = reader_id, last + 1, None, None
    slot.save(update_fields=["reader", "order", "opened_at", "leased_until"])


def _members(round_: ReadingRound) -> Iterable[RoundReader]:
    live = Q(reader__slots__round=round_, reader__slots__state__in=LIVE_STATES)
    members = RoundReader.objects.filter(round=round_, reader__is_active=True, reader__role="reader")
    return members.select_related("reader", "round").annotate(n_live=Count("reader__slots", filter=live))


def _has_room(member: RoundReader, site: str) -> bool:
    if member.max_reads is not None and member.n_live >= member.max_reads:  # type: ignore[attr-defined]  # annotated
        return False
    return not (member.round.exclude_own_site and site and member.reader.home_site_code == site)
