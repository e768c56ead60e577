"""An instance has one place in a site: which of a batch's SOPInstanceUIDs are stored in another study or series."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from cases.actions.reports import Note
from cases.adapters.readers import ReadFile
from cases.contribution import ImageFacts, Problem
from cases.models import Site

# One look into the index for each instance: while nobody has counted the table, PostgreSQL expects every second row of it to
# be one of a batch, and would read it whole for each batch of a first import.
STORED = """
SELECT own.uid, image.sha256, image.pixel_sha256, series.series_uid, study.study_uid, study.study_id
FROM unnest(%(uids)s::varchar[]) AS own(uid)
CROSS JOIN LATERAL (
    SELECT sha256, pixel_sha256, series_id FROM cases_image WHERE sop_uid = own.uid ORDER BY sop_uid LIMIT 50
) image
JOIN cases_series series ON series.id = image.series_id
JOIN cases_study study ON study.id = series.study_id
WHERE study.site_id = %(site)s
"""


@dataclass(frozen=True)
class _Instance:
    """A stored instance, or one that came before in the batch; ``study_id`` is what it is told by, empty for the batch's own."""

    sha256: str
    pixel_sha256: str
    series_uid: str
    study_uid: str
    study_id: str = ""

    @classmethod
    def of(cls, facts: ImageFacts) -> "_Instance":
        return cls(facts.sha256, facts.pixel_sha256, facts.series_uid, facts.study.study_uid)

    def is_where(self, facts: ImageFacts) -> bool:
        return (self.study_uid, self.series_uid) == (facts.study.study_uid, facts.series_uid)

    def is_same(self, facts: ImageFacts) -> bool:
        return facts.sha256 == self.sha256 or facts.pixel_sha256 == self.pixel_sha256  # at most another encoding of it


def without_those_elsewhere(
    site: Site, new: Sequence[tuple[ReadFile, ImageFacts]], note: Note
) -> tuple[list[tuple[ReadFile, ImageFacts]], Counter[str]]:
    """The files whose instance the site does not have in another study or series; and how many of the others are unchanged
    (the same picture, which is kept where it is, with a remark) and rejected (another picture). One query.

    Pictures without a header have no UID of their own, and pass.
    """
    stored = _stored(site, {facts.sop_uid for _, facts in new if facts.transfer_syntax})
    kept, counts = [], Counter[str]()
    for file, facts in new:
        known = stored[facts.sop_uid] if facts.transfer_syntax else []
        if not known or any(one.is_where(facts) for one in known):
            stored[facts.sop_uid].append(_Instance.of(facts))
            kept.append((file, facts))
            continue
        same = next((one for one in known if one.is_same(facts)), None)
        note(_told(file.source.name, same or known[0], is_same=same is not None))
        counts["unchanged" if same else "rejected"] += 1
    return kept, counts


def _stored(site: Site, uids: Collection[str]) -> dict[str, list[_Instance]]:
    found: dict[str, list[_Instance]] = defaultdict(list)
    if uids:
        with connection.cursor() as cursor:
            cursor.execute(STORED, {"uids": sorted(uids), "site": site.pk})
            for uid, *told in cursor.fetchall():
                found[uid].append(_Instance(*told))
    return found


def _told(where: str, stored: _Instance, *, is_same: bool) -> Problem:
    place = f"study {stored.study_id}" if stored.study_id else "a study that came just before"
    if is_same:
        message = f"This picture is stored already by its SOPInstanceUID, in another study or series ({place}); it stays there."
        return Problem("stored_elsewhere", where, message, field="SOPInstanceUID", is_warning=True)
    message = (
        f"Another picture with this SOPInstanceUID is stored already, in another study or series ({place}), and is kept: an "
        "instance has one place. Give this one a UID of its own."
    )
    return Problem("image_differs", where, message, field="SOPInstanceUID")
