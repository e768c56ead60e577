"""What the gate found becomes rows, and studies are held by it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from benchmarks.models import Benchmark
from cases.contribution import ImageFacts, Terms
from cases.gate.checks import Asked, Found, Kind, Outcome, examine, parts_of, tabled_view_agrees, unfit
from cases.gate.header.image_hash import NEAR_BITS, distance
from cases.models import (
    Contribution,
    GateFinding,
    HeldEntry,
    Image,
    ImportRun,
    PoolEntry,
    Study,
)

_DUPLICATE = "Sampling counts patients who share a picture as one; nothing else follows."
MAX_FRAMES = 1_000  # whose numbers are kept with a finding
# Earlier pictures like one of a batch: 50 of the same image hash, and the nearest 50 of 2,000 that
# share a band of it. Films of one machine may all share a band, so not all can be measured; the same hash is found however
# many there are. One look into the index for each picture: with the bands of all of them in one question PostgreSQL expects
# nearly every row, and reads the whole table.
LIKE = """
SELECT DISTINCT like_one.id FROM cases_image own CROSS JOIN LATERAL (
    (SELECT other.id FROM cases_image other
    WHERE other.hash_bands @> own.hash_bands AND other.image_hash = own.image_hash AND other.id <> ALL(%(own)s)
    ORDER BY other.id LIMIT 50)
    UNION ALL
    (SELECT other.id FROM (
        SELECT near.id, near.image_hash FROM cases_image near
        WHERE near.hash_bands && own.hash_bands AND near.id <> ALL(%(own)s) LIMIT 2000
    ) other
    ORDER BY bit_count(('x' || other.image_hash)::bit(256) # ('x' || own.image_hash)::bit(256)), other.id LIMIT 50)
) like_one WHERE own.id = ANY(%(own)s) AND own.hash_bands <> '{}'
"""


@dataclass(frozen=True)
class NewImage:
    """A picture that just came in, with what was read of it."""

    study: Study
    image: Image
    facts: ImageFacts


def record_contribution(*, run: ImportRun, terms: Terms, by: User | None) -> Contribution:
    """Records under which terms an import came, and who vouched for it; once per run."""
    contribution, _ = Contribution.objects.get_or_create(
        run=run,
        defaults={
            "site": run.site,
            "agreement": terms.agreement.strip()[:200],
            "attested_by": terms.attested_by.strip()[:200],
            "statement": terms.statement,
            "recorded_by": by,
        },
    )
    return contribution


def pass_through_gate(run: ImportRun, new: Sequence[NewImage]) -> set[int]:
    """Checks pictures that just came in, records what is found and holds their studies; ids of those that are newly held.

    Call it inside the transaction that stored them.
    """
    rows = []
    for one in new:
        rows += [_row(run, one.study, found, image=one.image) for found in examine(one.facts)]
    rows += _unfit_for_pools(run, new)
    rows += _duplicates(run, new)
    return store_findings(rows)


def look_again(*, image: Image, facts: ImageFacts) -> set[int]:
    """Records what today's checks find in a picture that came in before them, in its pixels and its header, and what the
    benchmarks do not take of it whose pool its study stands in or is held from, with the import that was under way when the
    study came; holds the study, and returns its id if it is newly held. What a check found in it once is not found again.

    Call it inside a transaction.
    """
    if not image.body_parts and (parts := list(parts_of(facts))):
        image.body_parts = parts
        Image.objects.filter(pk=image.pk).update(body_parts=parts)
    study = image.series.study
    found = examine(facts)
    asking = _asking([study.pk])[study.pk]
    if not found and not asking:
        return set()
    run = import_of(study)
    unfit_rows = [row for one in asking for row in _unfit(run, one, study, image, image.series.modality)]
    told = set(GateFinding.objects.filter(image__series=image.series).values_list("benchmark", "what"))
    rows = [_row(run, study, one, image=image) for one in found]
    rows += [row for row in unfit_rows if (row.benchmark_id, row.what) not in told]
    return store_findings(rows)


def import_of(study: Study) -> ImportRun:
    """The import that was under way when the study came, or the site's first: no picture comes in but by one."""
    runs = ImportRun.objects.filter(site=study.site_id).order_by("pk")
    return runs.filter(created_at__lte=study.created_at).last() or runs.earliest("pk")


def compare_views(*, run: ImportRun, tabled: Mapping[str, str]) -> None:
    """Records where a table, which may have come later than its pictures, gives another view than DICOM files that the site
    has; ``tabled`` is what it says by their digest. Call it inside a transaction.
    """
    if not tabled:
        return
    images = Image.objects.filter(series__study__site=run.site_id, sha256__in=list(tabled)).exclude(transfer_syntax="")
    rows = []
    for image in images.select_related("series__study").defer("display", "hash_bands"):
        found = tabled_view_agrees(image.view_position, tabled[image.sha256])
        rows += [_row(run, image.series.study, found, image=image)] if found else []
    store_findings(rows)


def _unfit_for_pools(run: ImportRun, new: Sequence[NewImage]) -> list[GateFinding]:
    """What each benchmark whose pool a study stands in, or is held from, does not take of its new pictures: it may not be
    the one they came for.
    """
    asking = _asking({one.study.pk for one in new})
    return [
        row
        for one in new
        for benchmark in asking[one.study.pk]
        for row in _unfit(run, benchmark, one.study, one.image, one.facts.study.modality)
    ]


def _asking(studies: Iterable[int]) -> dict[int, list[Benchmark]]:
    """The benchmarks whose pool each study stands in, or is held from."""
    asked = list(studies)
    entries = [*(model.objects.filter(study__in=asked) for model in (PoolEntry, HeldEntry))]
    pairs = {(entry.benchmark, entry.study_id) for found in entries for entry in found.select_related("benchmark")}
    by_study: dict[int, list[Benchmark]] = {study: [] for study in asked}
    for benchmark, study in sorted(pairs, key=lambda pair: pair[0].pk):
        by_study[study].append(benchmark)
    return by_study


def _unfit(run: ImportRun, benchmark: Benchmark, study: Study, image: Image, modality: str) -> Iterator[GateFinding]:
    """Why the benchmark may not take a stored picture. One that was stored before its parts were is of the study's."""
    parts = tuple(image.body_parts) or tuple(filter(None, [study.body_part]))
    kind = Kind(modality, is_dicom=bool(image.transfer_syntax), body_parts=parts)
    for found in unfit(kind, Asked(tuple(benchmark.modality), benchmark.body_part)):
        row = _row(run, study, found, image=image)
        row.benchmark = benchmark
        yield row


def store_findings(rows: Sequence[GateFinding]) -> set[int]:
    """Stores findings, each once, and holds the studies that wait for a decision; ids of those that are newly held."""
    GateFinding.objects.bulk_create(rows, ignore_conflicts=True)
    return hold_studies({row.study_id for row in rows if row.outcome == Outcome.QUARANTINE})


def hold_studies(studies: Iterable[int]) -> set[int]:
    """Takes studies with a finding that holds them out of the pools that it counts for; ids of those that were in one."""
    held = GateFinding.objects.holding().asked_by(OuterRef("benchmark")).filter(study=OuterRef("study"))
    entries = list(PoolEntry.objects.filter(Exists(held), study__in=list(studies)))
    HeldEntry.objects.bulk_create(
        [HeldEntry(benchmark_id=one.benchmark_id, study_id=one.study_id) for one in entries], ignore_conflicts=True
    )
    PoolEntry.objects.filter(pk__in=[one.pk for one in entries]).delete()
    return {one.study_id for one in entries}


def enter_pool(
    benchmark: Benchmark, studies: Sequence[Study], run: ImportRun | None = None
) -> tuple[set[int], set[int]]:
    """Puts studies into the pool, or among the held ones while the gate holds them; ids of those that were in neither, and
    of those among them that are held.

    What the site has of them already may have come for another benchmark, so this one asks what it takes. Findings are
    those of ``run``; without one, of the last import of the site.
    """
    pks = {study.pk for study in studies}
    known: set[int] = set()
    for model in (PoolEntry, HeldEntry):
        known |= set(model.objects.filter(benchmark=benchmark, study__in=pks).values_list("study_id", flat=True))
    missing = pks - known
    GateFinding.objects.bulk_create(_unfit_of_stored(run, benchmark, missing), ignore_conflicts=True)
    holding = GateFinding.objects.holding().asked_by(benchmark).filter(study__in=missing)
    held = set(holding.values_list("study_id", flat=True))
    HeldEntry.objects.bulk_create([HeldEntry(benchmark=benchmark, study_id=pk) for pk in sorted(held)])
    PoolEntry.objects.bulk_create([PoolEntry(benchmark=benchmark, study_id=pk) for pk in sorted(missing - held)])
    return missing, held


def _unfit_of_stored(run: ImportRun | None, benchmark: Benchmark, studies: Iterable[int]) -> list[GateFinding]:
    """What the benchmark does not take of the pictures that are stored of these studies; of a series each thing once."""
    images = Image.objects.filter(series__study__in=list(studies)).select_related("series__study")
    rows: dict[tuple[int, str], GateFinding] = {}
    last_runs: dict[int, ImportRun] = {}  # by site: the studies may be of several
    for image in images.defer("display", "hash_bands").order_by("pk"):
        study = image.series.study
        if run is None and study.site_id not in last_runs:
            last_runs[study.site_id] = ImportRun.objects.filter(site=study.site_id).latest("pk")
        for row in _unfit(run or last_runs[study.site_id], benchmark, study, image, image.series.modality):
            rows.setdefault((image.series_id, row.what), row)
    return list(rows.values())


def let_go(study: int) -> None:
    """Back into the pools it was held from, each once nothing that counts for it holds it; out of them, once something does."""
    hold_studies([study])
    holding = GateFinding.objects.holding().asked_by(OuterRef("benchmark")).filter(study=OuterRef("study"))
    held = list(HeldEntry.objects.filter(~Exists(holding), study=study))
    PoolEntry.objects.bulk_create(
        [PoolEntry(benchmark_id=one.benchmark_id, study_id=study) for one in held], ignore_conflicts=True
    )
    HeldEntry.objects.filter(pk__in=[one.pk for one in held]).delete()


def _row(
    run: ImportRun, study: Study, found: Found, *, image: Image | None = None, other: Image | None = None
) -> GateFinding:
    return GateFinding(
        run=run,
        study=study,
        image=image,
        other_image=other,
        check_name=found.check,
        outcome=found.outcome.value,
        what=found.what[:300],
        why=found.why[:300],
        where=list(found.where),
        regions=[[one.left, one.top, one.width, one.height] for one in found.regions],
        frames=list(found.frames[:MAX_FRAMES]),
    )


def _duplicates(run: ImportRun, new: Sequence[NewImage]) -> list[GateFinding]:
    """Links to pictures of other studies with the same pixels, or nearly the same."""
    if not new:
        return []
    earlier = Image.objects.exclude(pk__in=[one.image.pk for one in new]).select_related("series").defer("display")
    own = [one.image for one in new]
    same = _by_pixels(earlier, own)
    like = _by_bands(earlier, own)
    rows = []
    for one in new:
        other = next((image for image in same.get(one.image.pixel_sha256, ()) if _is_other(image, one)), None)
        if other is not None:
            found = Found("duplicate", Outcome.PASS, "The same pixels as a picture of another study", _DUPLICATE)
            rows.append(_row(run, one.study, found, image=one.image, other=other))
            continue
        near = [(distance(one.image.image_hash, image.image_hash), image.pk, image) for image in _near(one, like)]
        if near and min(near)[0] <= NEAR_BITS:
            bits, _, other = min(near)
            what = f"Much like a picture of another study: {bits} of 256 bits of the image hash differ"
            found = Found("near_duplicate", Outcome.PASS, what, _DUPLICATE)
            rows.append(_row(run, one.study, found, image=one.image, other=other))
    return rows


def _by_pixels(earlier: QuerySet[Image], own: Sequence[Image]) -> dict[str, list[Image]]:
    """Pictures by the digest of their pixels: earlier ones with a digest of these, and these."""
    digests = {image.pixel_sha256 for image in own if image.pixel_sha256}
    found: dict[str, list[Image]] = {}
    for image in (*earlier.filter(pixel_sha256__in=digests).order_by("pk"), *own):
        found.setdefault(image.pixel_sha256, []).append(image)
    return found


def _by_bands(earlier: QuerySet[Image], own: Sequence[Image]) -> dict[int, list[Image]]:
    """Pictures by each band of their image hash: earlier ones that share a band with these, and these."""
    with connection.cursor() as cursor:
        cursor.execute(LIKE, {"own": [image.pk for image in own]})
        like = [pk for (pk,) in cursor.fetchall()]
    found: dict[int, list[Image]] = {band: [] for image in own for band in image.hash_bands}
    for image in (*earlier.filter(pk__in=like).order_by("pk"), *own):
        for band in image.hash_bands:
            if band in found:
                found[band].append(image)
    return found


def _near(one: NewImage, like: Mapping[int, Sequence[Image]]) -> list[Image]:
    found = {image.pk: image for band in one.image.hash_bands for image in like[band]}
    return [image for image in found.values() if _is_other(image, one)]


def _is_other(image: Image, one: NewImage) -> bool:
    """Whether it came before, with another study: of two like pictures the later one links to the earlier."""
    return image.pk < one.image.pk and image.series.study_id != one.study.pk
