"""What a sentence says of two of its findings: that one suggests the other, or goes with it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from llm_extract.reporting.places import Placed

_SUGGESTS = re.compile(
    r"\b(?:suggestive of|suggesting|suggests?|consistent with|compatible with|concerning for|worrisome for|suspicious for"
    r"|represents?|representing|in keeping with|indicative of|indicating|reflects?|reflecting"
    r"|(?:may|might|could|can) (?:well )?(?:also )?(?:be|be due to)|(?:due|secondary|related) to)\b",
    re.IGNORECASE,
)
# "Opacity, likely atelectasis".
_LIKELY = re.compile(
    r"\s*,?\s*(?:which (?:is|are) )?(?:most |more )?(?:likely|probably|presumably)\b[\w\s-]{0,30}\Z", re.I
)
_WITH = re.compile(
    r"\b(?:(?:in )?associat(?:ed|ion) with|with (?:\w+ )?(?:associated|accompanying|superimposed|adjacent|concomitant)"
    r"|and associated|accompanied by)\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"\s*(?:,\s*(?:or|versus|vs\.?)?|/|\bor\b|\band/or\b|\bversus\b|\bvs\b\.?)[\w\s-]{0,30}\Z", re.I
)
_CUT = re.compile(r"[;.:]|\bnot?\b|\bthere\b|\bwithout\b", re.IGNORECASE)


class Link(StrEnum):
    """From the first finding to the second."""

    SUGGESTS = "suggests"  # the second is what the first may mean
    WITH = "with"


@dataclass(frozen=True, slots=True)
class Linked:
    """Two findings by their places in the list, in the order of the text."""

    first: int
    second: int
    link: Link


def links(text: str, placed: Sequence[Placed]) -> Iterator[Linked]:
    """Yield what neighbouring findings of a sentence say of each other; `placed` is in the order of the text.

    "Opacity suggesting atelectasis or pneumonia" links the opacity to both; one alternative says nothing of the other.
    """
    source: tuple[int, Link] | None = None
    for second in range(1, len(placed)):
        one, other = placed[second - 1], placed[second]
        between = text[one.named[1] : other.named[0]]
        if one.finding.start != other.finding.start or other.named[0] < one.named[1]:
            source = None
            continue
        if source is not None and _ALTERNATIVE.match(between) and not _CUT.search(between.replace("vs.", "vs")):
            yield Linked(source[0], second, source[1])
            continue
        link = _link(between)
        source = (second - 1, link) if link else None
        if link:
            yield Linked(second - 1, second, link)


def _link(between: str) -> Link | None:
    """Return what the words between two findings say."""
    if _CUT.search(between):
        return None
    if _WITH.search(between):
        return Link.WITH
    return Link.SUGGESTS if _SUGGESTS.search(between) or _LIKELY.match(between) else None
