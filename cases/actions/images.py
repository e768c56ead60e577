"""Storing one batch of decoded pictures."""

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.models import Benchmark
from cases.actions.reports import Note
from cases.actions.studies import Placed, Remark, Wanted, place_studies
from cases.adapters.decoding import Known, known_key
from cases.adapters.readers import ReadFile
from cases.contribution import ImageFacts, Problem, shown
from cases.models import Image, PoolEntry, Series, Site, Study


def known_files(site: Site) -> frozenset[str]:
    """Keys of the files the site has, with their derived pictures: those need not be decoded again."""
    rows = Image.objects.filter(series__study__site=site).exclude(preview_sha256="")
    keys = rows.values_list("sha256", "transfer_syntax", "series__study__study_id")
    return frozenset(known_key(sha256, "" if syntax else study_id) for sha256, syntax, study_id in keys.iterator())


def store_images(
    site: Site, benchmark: Benchmark, files: Sequence[ReadFile], note: Note, remarks: Counter[str]
) -> Counter[str]:
    """Stores the pictures with their studies and series; returns how many were imported, unchanged and rejected.

    Call it inside a transaction that holds the site's lock. ``remarks`` counts what is worth one sentence for many
    files. A SOPInstanceUID whose picture differs from the one stored is refused.
    """
    counts: Counter[str] = Counter()
    for file in files:
        if isinstance(file.answer, Problem):
            note(file.answer)
            counts["rejected"] += 1
    counts += _again(site, benchmark, [file for file in files if isinstance(file.answer, Known)])
    new = [(file, file.answer) for file in files if isinstance(file.answer, ImageFacts)]
    for (file, facts), placed in zip(new, place_studies(site, benchmark, list(_wanted(new, note))), strict=True):
        remarks.update(facts.remarks)
        counts[_store(file, facts, placed, note)] += 1
    return counts


def _again(site: Site, benchmark: Benchmark, files: Sequence[ReadFile]) -> Counter[str]:
    """Files the site has already: at most their studies enter another benchmark's pool."""
    if not files:
        return Counter()
    digests = {file.answer.sha256 for file in files if isinstance(file.answer, Known)}
    studies = Study.objects.filter(site=site, series__images__sha256__in=digests).distinct()
    outside = list(studies.exclude(pool_entries__benchmark=benchmark))
    PoolEntry.objects.bulk_create([PoolEntry(benchmark=benchmark, study=study) for study in outside])
    entered = set(Image.objects.filter(series__study__in=outside, sha256__in=digests).values_list("sha256", flat=True))
    return Counter(
        "imported" if isinstance(file.answer, Known) and file.answer.sha256 in entered else "unchanged"
        for file in files
    )


def _wanted(new: Sequence[tuple[ReadFile, ImageFacts]], note: Note) -> Iterator[Wanted]:
    for file, facts in new:
        source = file.source
        named = (source.study_id,) if source.study_id else ()
        aliases = (*named, facts.study.study_uid, *source.hints, facts.accession)
        study_id = source.study_id or facts.study.study_uid
        yield Wanted(study_id, tuple(name for name in aliases if name), facts.study, _remark(source.name, note))


def _store(file: ReadFile, facts: ImageFacts, placed: Placed, note: Note) -> str:
    series, _ = Series.objects.get_or_create(
        study=placed.study,
        series_uid=facts.series_uid,
        defaults={
            "modality": facts.study.modality,
            "description": facts.series_description,
            "number": facts.series_number,
        },
    )
    image, is_new = Image.objects.get_or_create(
        series=series,
        sop_uid=facts.sop_uid,
        defaults={
            "sha256": facts.sha256,
            "pixel_sha256": facts.pixel_sha256,
            "transfer_syntax": facts.transfer_syntax,
            "instance_number": facts.instance_number,
            "view_position": facts.view_position,
            "laterality": facts.laterality,
            "rows": facts.rows,
            "columns": facts.columns,
            "frames": facts.frames,
            "display": facts.display,
            "preview_sha256": file.preview_sha256,
            "thumbnail_sha256": file.thumbnail_sha256,
        },
    )
    if is_new:
        return "imported"
    if facts.sha256 == image.sha256 or facts.pixel_sha256 == image.pixel_sha256:  # at most another encoding of it
        return "imported" if placed.is_changed and not placed.is_new else "unchanged"
    message = "Another picture with this SOPInstanceUID is stored already, which is kept; an image never changes."
    note(Problem("image_differs", file.source.name, message, field="SOPInstanceUID", value=shown(facts.sop_uid)))
    return "rejected"


def _remark(name: str, note: Note) -> Remark:
    def remark(kind: str, field: str, value: str, message: str) -> None:
        note(Problem(kind, name, message, field=field, value=value, is_warning=True))

    return remark
