"""What a verdict may say: which corrections fit a study's suggestions, and how they are written in a file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.errors import DomainError

AGREE_ALL = "agree_all"
VERDICTS = (AGREE_ALL, "agree_mostly", "disagree")
LABELS = "labels"
ADDED = "added"
STRUCK = "struck"
_SIGNS = {"+": ADDED, "-": STRUCK}


class UnknownVerdictError(DomainError):
    """The verdict is none of the three."""


class CorrectionRefusedError(DomainError):
    """A correction does not fit the labels or what was suggested."""


@dataclass(frozen=True, order=True)
class LabelChange:
    """One correction: the label's key, and whether the reader added it or struck the suggestion."""

    key: str
    kind: str


def parse_corrections(text: str) -> tuple[LabelChange, ...]:
    """``"+cardiomegaly;-pneumothorax"`` as changes, in their order; empty text is no change.

    Raises CorrectionRefusedError on a part without a sign.
    """
    changes = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        if part[0] not in _SIGNS or not part[1:].strip():
            raise CorrectionRefusedError(
                f"The correction {part!r} must be a label's key after + (added) or - (struck), "
                "several joined by semicolons, e.g. +cardiomegaly;-pneumothorax."
            )
        changes.append(LabelChange(part[1:].strip(), _SIGNS[part[0]]))
    return tuple(changes)


def format_corrections(changes: Collection[LabelChange]) -> str:
    """The text that ``parse_corrections`` reads."""
    signs = {kind: sign for sign, kind in _SIGNS.items()}
    return ";".join(f"{signs[change.kind]}{change.key}" for change in changes)


def check_verdict(
    verdict: str,
    changes: Sequence[LabelChange],
    *,
    labels: Collection[str],
    suggested: Collection[str],
) -> tuple[LabelChange, ...]:
    """The changes, sorted by the taxonomy's order, when they fit; ``labels`` are all keys, ``suggested`` those shown.

    Raises UnknownVerdictError or CorrectionRefusedError: an unknown label, a label named twice, one struck that was
    not suggested, one added that was, or any change beside *Agree all*. *Agree mostly* and *Disagree* may come bare.
    """
    if verdict not in VERDICTS:
        raise UnknownVerdictError(f"There is no verdict {verdict!r}; allowed: {', '.join(VERDICTS)}.")
    if verdict == AGREE_ALL and changes:
        raise CorrectionRefusedError(
            f"Agree all has no corrections, but {format_corrections(changes)} was given; choose Agree mostly instead."
        )
    seen: set[str] = set()
    for change in changes:
        _check_change(change, labels, suggested)
        if change.key in seen:
            raise CorrectionRefusedError(f"The label {change.key!r} is corrected twice; name it once.")
        seen.add(change.key)
    order = {key: place for place, key in enumerate(labels)}
    return tuple(sorted(changes, key=lambda change: order[change.key]))


def check_label_set(
    verdict: str, changes: Sequence[LabelChange], *, labels: Collection[str]
) -> tuple[LabelChange, ...]:
    """The labels given from scratch, as additions sorted by the taxonomy's order, where no suggestion was shown.

    Raises UnknownVerdictError for one of the three verdicts, for there was nothing to agree with, and
    CorrectionRefusedError for an unknown label, a label named twice, or one struck.
    """
    if verdict != LABELS:
        raise UnknownVerdictError("This case shows no suggestions, so there is nothing to agree with; give its labels.")
    return check_verdict("agree_mostly", changes, labels=labels, suggested=())


def _check_change(change: LabelChange, labels: Collection[str], suggested: Collection[str]) -> None:
    if change.key not in labels:
        raise CorrectionRefusedError(f"There is no label {change.key!r}; allowed: {', '.join(labels)}.")
    if change.kind not in _SIGNS.values():
        raise CorrectionRefusedError(f"A correction is added or struck, not {change.kind!r}.")
    if change.kind == STRUCK and change.key not in suggested:
        raise CorrectionRefusedError(
            f"The label {change.key!r} was not suggested, so it cannot be struck (suggested: "
            f"{', '.join(suggested) or 'none'})."
        )
    if change.kind == ADDED and change.key in suggested:
        raise CorrectionRefusedError(f"The label {change.key!r} was suggested already; keep it instead of adding it.")


def check_asked(
    verdict: str, changes: Collection[LabelChange], comment: str, *, corrections: bool, comments: bool
) -> None:
    """Raises CorrectionRefusedError when *Agree mostly* or *Disagree* lacks the ``corrections`` or the comment asked for."""
    if verdict in {AGREE_ALL, LABELS}:
        return
    if corrections and not changes:
        raise CorrectionRefusedError(
            "Strike or add at least one label; this round asks for it, a comment is not enough."
        )
    if comments and not comment.strip():
        raise CorrectionRefusedError("Say in the comment what is wrong; this round asks for it.")
