"""Where a report's findings and its impression contradict each other."""

from collections.abc import Sequence

from llm_extract.findings import ReportFinding, Status, Temporality
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.sections import Section

_SIDES = (Section.FINDINGS.value, Section.IMPRESSION.value)


def contradicting(findings: Sequence[ReportFinding], vocabulary: Vocabulary) -> frozenset[int]:
    """Return the places of findings that the other section contradicts: present here and absent there.

    An absent observation contradicts every narrower one that is present ("no opacity" and "consolidation"), on the same side or
    where a side is not named. What is uncertain contradicts nothing.
    """
    told: dict[str, list[tuple[int, ReportFinding]]] = {side: [] for side in _SIDES}
    for place, one in enumerate(findings):
        if one.section in told and one.temporality is Temporality.CURRENT and one.status is not Status.UNCERTAIN:
            told[one.section].append((place, one))
    found: set[int] = set()
    for here, there in (_SIDES, _SIDES[::-1]):
        absent = [(place, one) for place, one in told[there] if one.status is Status.ABSENT]
        if not absent:
            continue
        for place, one in told[here]:
            if one.status is not Status.PRESENT:
                continue
            line = vocabulary.ancestors(one.observation)
            against = [other for other, denied in absent if denied.observation in line and _same_side(one, denied)]
            if against:
                found.update((place, *against))
    return frozenset(found)


def _same_side(first: ReportFinding, second: ReportFinding) -> bool:
    """Say whether two findings may speak of the same side; a denial of one side leaves "bilateral" alone."""
    return second.laterality is None or first.laterality is second.laterality
