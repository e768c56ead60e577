"""A curator's decisions about what the gate holds. Each can be followed by another; all are kept as audit rows."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from cases.actions.gate import import_of, let_go, store_findings
from cases.contribution import Region
from cases.gate.checks import SEEN, Outcome
from cases.models import Decision, FrameSet, GateFinding, Image, Site
from core.actions import record_event
from core.errors import DomainError

MAX_REGIONS = 50
UNMASK = "unmask"  # a decision of its own: after it the finding waits again


class DecisionRefusedError(DomainError):
    """What was decided cannot be."""


@transaction.atomic
def decide_finding(
    *,
    finding: GateFinding,
    decision: str,
    by: User,
    now: datetime,
    regions: Sequence[Region] = (),
    seen: str | None = None,
) -> GateFinding:
    """A curator's decision: accept, mask (``regions``, else those that were found), reject, or unmask; the study goes on once
    nothing holds it any more, and is held again once something does.

    Every decision can be followed by another: what was accepted can be masked or rejected, what was masked can be masked
    further (boxes add up) or rejected, what was rejected accepted or masked. A mask is taken back by ``unmask`` alone, which
    takes all boxes off the picture: what was masked in it waits for a decision again. The same decision again changes nothing.
    ``seen`` is the ``standing`` that the page showed (None: whatever it is).

    Pictures are derived anew from the untouched original: the caller sends ``frames_task`` for the image after ``mask`` and
    ``unmask``. Raises DecisionRefusedError when the finding holds nothing, was decided by somebody else meanwhile, is masked
    and now to be accepted, or when there is no box to mask or no mask to take back.
    """
    _wait_in_line(finding)
    related = GateFinding.objects.select_related("image", "study", "decided_by")
    locked = related.select_for_update(of=("self",)).get(pk=finding.pk)
    if decision not in {*Decision.values, UNMASK} or decision == Decision.OPEN:
        raise DecisionRefusedError(f"There is no decision {decision!r}; it is accept, mask, reject or unmask.")
    if locked.outcome != Outcome.QUARANTINE:
        raise DecisionRefusedError(f"Finding {locked.pk} waits for no decision: it is a remark and holds nothing.")
    boxes = _new_boxes(locked, regions) if decision == Decision.MASK else []
    if decision == locked.decision and not boxes:
        return locked
    _refuse_unseen(locked, seen)
    if decision == Decision.ACCEPT and locked.decision == Decision.MASK:
        raise DecisionRefusedError(
            f"Finding {locked.pk} is masked, and what is masked goes on: mask more, reject it, or take the mask back first."
        )
    if decision == UNMASK:
        _unmask(locked, by, now)
    else:
        if boxes and locked.image is not None:
            _show_anew(locked.image, [*locked.image.mask, *boxes])
        locked.decision, locked.decided_by, locked.decided_at = decision, by, now
        locked.save(update_fields=["decision", "decided_by", "decided_at"])
    data: dict[str, object] = {"study": locked.study_id} | ({"boxes": boxes} if boxes else {})
    record_event(verb=f"gate.{decision}", subject=locked, by=by, data=data, now=now)
    let_go(locked.study_id)
    return locked


@transaction.atomic
def hold_picture(*, image: Image, by: User, now: datetime) -> GateFinding:
    """Holds a picture that the gate let through, since a curator saw something in it; its study leaves every pool until it is
    decided. Once held so, the finding is decided like any other: a second call finds it, and holds it again only after it
    was accepted or masked.
    """
    study = image.series.study
    Site.objects.select_for_update(no_key=True).get(pk=study.site_id)
    found = GateFinding(
        run=import_of(study),
        study=study,
        image=image,
        check_name=SEEN,
        outcome=Outcome.QUARANTINE,
        what="A curator saw something in the picture that the gate had let through",
        why="What shows a patient must not be seen by anybody else: mask it, or reject the picture.",
    )
    store_findings([found])
    stored = GateFinding.objects.select_for_update(of=("self",)).get(image=image, check_name=SEEN)
    if not stored.decision and stored.decided_at is None:
        stored.decided_by, stored.decided_at = by, now
    elif stored.decision in {Decision.ACCEPT, Decision.MASK}:
        stored.decision, stored.decided_by, stored.decided_at = Decision.OPEN, by, now
    else:
        return stored
    stored.save(update_fields=["decision", "decided_by", "decided_at"])
    record_event(verb="gate.hold", subject=stored, by=by, data={"study": study.pk}, now=now)
    let_go(study.pk)
    return stored


def _wait_in_line(finding: GateFinding) -> None:
    """One decision of a site at a time, and none while an import stores a batch of it: whether a study is still held is asked
    of all its findings.
    """
    Site.objects.select_for_update(no_key=True).get(studies=finding.study_id)


def _refuse_unseen(finding: GateFinding, seen: str | None) -> None:
    if seen is None or seen == finding.standing:
        return
    who = f" by {finding.decided_by}" if finding.decided_by else ""
    raise DecisionRefusedError(
        f"Finding {finding.pk} was decided meanwhile{who}: it is {finding.get_decision_display()}. Nothing was changed; look "
        "at it again, then decide."
    )


def _new_boxes(finding: GateFinding, regions: Sequence[Region]) -> list[list[int]]:
    """The boxes that are to be masked and are not yet."""
    if finding.image is None:
        raise DecisionRefusedError(f"Finding {finding.pk} is of no picture, so there is nothing to mask.")
    image = Image.objects.select_for_update(no_key=True).get(pk=finding.image.pk)
    finding.image = image
    boxes = [[one.left, one.top, one.width, one.height] for one in regions] or finding.regions
    if not boxes:
        raise DecisionRefusedError("No box was given and none was found: give left, top, width and height in pixels.")
    inside = [box for box in boxes if _is_inside(box, image)]
    if len(inside) < len(boxes) or len(boxes) > MAX_REGIONS:
        raise DecisionRefusedError(
            f"A box must lie inside the picture of {image.columns} × {image.rows} pixels, and there may be {MAX_REGIONS}."
        )
    return [box for box in boxes if box not in image.mask]


def _unmask(finding: GateFinding, by: User, now: datetime) -> None:
    image = finding.image and Image.objects.select_for_update(no_key=True).get(pk=finding.image.pk)
    if image is None or not image.mask:
        raise DecisionRefusedError(f"Finding {finding.pk} has no mask to take back.")
    _show_anew(image, [])
    again = Q(image=image, decision=Decision.MASK)
    if finding.decision != Decision.REJECT:  # which holds the study as it is
        again |= Q(pk=finding.pk)
    GateFinding.objects.filter(again).update(decision=Decision.OPEN, decided_by=by, decided_at=now)
    finding.refresh_from_db()


def _show_anew(image: Image, mask: Sequence[Sequence[int]]) -> None:
    """Nothing that was derived is served from here on: it is no longer the image's."""
    # First the image: who stores what was derived without this mask holds its row, or finds another mask there.
    Image.objects.filter(pk=image.pk).update(mask=list(mask), film_sha256="", preview_sha256="", thumbnail_sha256="")
    FrameSet.objects.filter(image=image).delete()


def _is_inside(box: Sequence[int], image: Image) -> bool:
    left, top, width, height = box
    return min(left, top) >= 0 < min(width, height) and left + width <= image.columns and top + height <= image.rows
