"""Storing one batch of decoded pictures."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from django.utils import timezone

from benchmarks.models import Benchmark
from cases.actions.frames import frame_set, picture_fields
from cases.actions.gate import NewImage, compare_views, pass_through_gate
from cases.actions.instances import without_those_elsewhere
from cases.actions.reports import Note
from cases.actions.studies import Placed, Remark, Wanted, place_studies
from cases.adapters.decoding import Known, known_key
from cases.adapters.readers import KnownKeys, ReadFile
from cases.contribution import PRIVATE_CLASS, ImageFacts, Problem, StudyFacts, filled
from cases.gate.checks import parts_of
from cases.gate.header.image_hash import bands
from cases.models import FrameSet, Image, ImportRun, Series, Site, Study

_UIDS_AT_ONCE = 5_000


def known_to(site: Site, benchmark: Benchmark) -> KnownKeys | None:
    """Tells the keys of what the site has of some digests, with their derived pictures: those need not be decoded again.

    Pictures of a modality that the benchmark does not take are left out: they are judged anew, and refused. None for a
    site without pictures, of whose files nothing need be looked up.
    """
    taken = {"", *benchmark.modality}  # a PNG has none, and one that names none waits for a curator or was let in
    rows = Image.objects.filter(series__study__site=site, series__modality__in=taken).exclude(preview_sha256="")
    if not rows.exists():
        return None

    def known(digests: Sequence[str]) -> frozenset[str]:
        found = (
            rows.filter(sha256__in=digests)
            .values_list("sha256", "transfer_syntax", "series__study__study_id")
            .order_by()
        )
        return frozenset(known_key(sha256, "" if syntax else study_id) for sha256, syntax, study_id in found)

    return known


def store_images(
    run: ImportRun,
    files: Sequence[ReadFile],
    note: Note,
    remarks: Counter[str],
    by_uid: Mapping[str, StudyFacts] = MappingProxyType({}),
) -> tuple[Counter[str], int]:
    """Stores the pictures of an import with their studies and series; how many were imported, unchanged and rejected,
    and how many studies the gate holds of them.

    Call it inside a transaction that holds the site's lock. ``remarks`` counts what is worth one sentence for many
    files; ``by_uid`` is what a table beside them says of studies. A SOPInstanceUID whose picture differs from the one
    stored, wherever the site has it, is refused.
    """
    counts: Counter[str] = Counter()
    for file in files:
        if isinstance(file.answer, Problem):
            note(file.answer)
            counts["rejected"] += 1
    again, held = _again(run, [file for file in files if isinstance(file.answer, Known)], note, by_uid)
    counts += again
    decoded = [(file, _told(file.answer, by_uid)) for file in files if isinstance(file.answer, ImageFacts)]
    new, elsewhere = without_those_elsewhere(run.site, decoded, note)
    counts += elsewhere
    placed = place_studies(run.site, run.benchmark, list(_wanted(new, note)), run=run)
    shelf = _Shelf([(one.study, facts) for (_, facts), one in zip(new, placed, strict=True)])
    for (file, facts), one in zip(new, placed, strict=True):
        remarks.update(facts.remarks)
        counts[_store(file, facts, one, note, shelf)] += 1
    shelf.write()
    held |= {one.study.pk for one in placed if one.is_held}
    return counts, len(held | pass_through_gate(run, shelf.came))


def missing_studies(site: Site, uids: Collection[str]) -> list[str]:
    """Which of these StudyInstanceUIDs the site has no picture of, in order."""
    wanted = list(uids)
    there: set[str] = set()
    for start in range(0, len(wanted), _UIDS_AT_ONCE):
        some = wanted[start : start + _UIDS_AT_ONCE]
        found = Image.objects.filter(series__study__site=site, series__study__study_uid__in=some)
        there.update(found.values_list("series__study__study_uid", flat=True).distinct())
    return [uid for uid in wanted if uid not in there]


def _told(facts: ImageFacts, by_uid: Mapping[str, StudyFacts]) -> ImageFacts:
    more = by_uid.get(facts.study.study_uid)
    return facts if more is None else replace(facts, study=filled(facts.study, more))


def _again(
    run: ImportRun, files: Sequence[ReadFile], note: Note, by_uid: Mapping[str, StudyFacts]
) -> tuple[Counter[str], set[int]]:
    """Files the site has already: their studies enter another benchmark's pool, and take in what a table that came
    later says of them. How many were imported and unchanged, and ids of the studies that this benchmark does not take.
    """
    if not files:
        return Counter(), set()
    digests = {file.answer.sha256 for file in files if isinstance(file.answer, Known)}
    images = Image.objects.filter(series__study__site=run.site, sha256__in=digests)
    rows = images.order_by("pk").values_list("sha256", "series__study__study_id", "series__study__study_uid").distinct()
    known: dict[str, dict[str, str]] = defaultdict(dict)  # the studies of each file, with their UIDs
    for sha256, study_id, uid in rows:
        known[sha256][study_id] = uid
    wanted: list[Wanted] = []
    owners: list[int] = []
    for number, file in enumerate(files):
        studies = known[file.answer.sha256] if isinstance(file.answer, Known) else {}
        own = [name for name in (file.source.study_id, file.source.id_as_sent) if name in studies]
        for study_id, uid in [(own[0], studies[own[0]])] if own else studies.items():
            facts = filled(file.source.about, by_uid.get(uid, StudyFacts()))
            wanted.append(Wanted(study_id, (), facts, _remark(file.source.name, note)))
            owners.append(number)
    placed = place_studies(run.site, run.benchmark, wanted, run=run)
    known_files = [(file.answer.sha256, file.source) for file in files if isinstance(file.answer, Known)]
    compare_views(run=run, tabled={sha256: told.view_position for sha256, told in known_files if told.view_position})
    changed = {owner for owner, one in zip(owners, placed, strict=True) if one.is_changed}
    counts = Counter("imported" if number in changed else "unchanged" for number in range(len(files)))
    return counts, {one.study.pk for one in placed if one.is_held}


def _wanted(new: Sequence[tuple[ReadFile, ImageFacts]], note: Note) -> Iterator[Wanted]:
    for file, facts in new:
        source = file.source
        named = (source.study_id,) if source.study_id else ()
        aliases = (*named, source.id_as_sent, facts.study.study_uid, *source.hints, facts.accession)
        study_id = source.study_id or facts.study.study_uid
        yield Wanted(study_id, tuple(name for name in aliases if name), facts.study, _remark(source.name, note))


class _Shelf:
    """The series and images of a batch's studies: those that are stored, and the new ones, which are written at once."""

    def __init__(self, came: Sequence[tuple[Study, ImageFacts]]) -> None:
        self.came: list[NewImage] = []
        self.frame_sets: list[FrameSet] = []
        self.series = {
            (one.study_id, one.series_uid): one
            for one in Series.objects.filter(
                study__in={study.pk for study, _ in came}, series_uid__in={facts.series_uid for _, facts in came}
            ).order_by()
        }
        self._make_series(came)
        self.images = {
            (one.series_id, one.sop_uid): one
            for one in Image.objects.filter(
                series__in=[one.pk for one in self.series.values()], sop_uid__in={facts.sop_uid for _, facts in came}
            )
            .defer("display", "hash_bands")
            .order_by()
        }

    def _make_series(self, came: Sequence[tuple[Study, ImageFacts]]) -> None:
        new: dict[tuple[int, str], Series] = {}
        for study, facts in came:
            key = study.pk, facts.series_uid
            if key not in self.series and key not in new:
                new[key] = Series(
                    study=study,
                    series_uid=facts.series_uid,
                    modality=facts.study.modality,
                    description=facts.series_description,
                    number=facts.series_number,
                    is_dicom=bool(facts.transfer_syntax),
                )
        Series.objects.bulk_create(new.values())
        self.series |= new

    def find(self, study: Study, facts: ImageFacts) -> Image | None:
        """The image that is there already, or came before in this batch."""
        return self.images.get((self.series[study.pk, facts.series_uid].pk, facts.sop_uid))

    def add(self, file: ReadFile, facts: ImageFacts, study: Study) -> None:
        """A new image, written with the others."""
        series = self.series[study.pk, facts.series_uid]
        image = Image(
            series=series,
            sop_uid=facts.sop_uid,
            sha256=facts.sha256,
            pixel_sha256=facts.pixel_sha256,
            transfer_syntax=facts.transfer_syntax,
            sop_class="" if facts.gate.sop_class == PRIVATE_CLASS else facts.gate.sop_class,
            instance_number=facts.instance_number,
            view_position=facts.view_position,
            laterality=facts.laterality,
            body_parts=list(parts_of(facts)),
            rows=facts.rows,
            columns=facts.columns,
            frames=facts.frames,
            bits_allocated=facts.bits_allocated,
            display=facts.display,
            image_hash=facts.gate.image_hash,
            hash_bands=bands(facts.gate.image_hash),
            **picture_fields(file.pictures),
        )
        self.images[series.pk, facts.sop_uid] = image
        self.came.append(NewImage(study, image, facts))
        if file.pictures and file.pictures.frames:
            self.frame_sets.append(frame_set(image, file.pictures.frames, timezone.now()))

    def write(self) -> None:
        """Stores what was added."""
        Image.objects.bulk_create([one.image for one in self.came])
        FrameSet.objects.bulk_create(self.frame_sets)


def _store(file: ReadFile, facts: ImageFacts, placed: Placed, note: Note, shelf: _Shelf) -> str:
    image = shelf.find(placed.study, facts)
    if image is None:
        shelf.add(file, facts, placed.study)
        return "imported"
    if facts.sha256 == image.sha256 or facts.pixel_sha256 == image.pixel_sha256:  # at most another encoding of it
        return "imported" if placed.is_changed and not placed.is_new else "unchanged"
    message = "Another picture with this SOPInstanceUID is stored already, which is kept; an image never changes."
    note(Problem("image_differs", file.source.name, message, field="SOPInstanceUID"))
    return "rejected"


def _remark(name: str, note: Note) -> Remark:
    def remark(kind: str, field: str, value: str, message: str) -> None:
        note(Problem(kind, name, message, field=field, value=value, is_warning=True))

    return remark
