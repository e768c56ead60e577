"""How a study's pictures hang, and what the viewer in the browser is told of them (docs/reading.md)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from cases.models import Image
from cases.queries.pictures import current_frames, frame_urls
from labeling.marks import Canvas
from labeling.models import Slot
from labeling.passages import hanging_rank
from labeling.queries.priors import priors_of

MAX_FILMS = 24
_NAMES = {0: "Frontal", 1: "View", 2: "Lateral"}
_PROBLEM = "Its pixels could not be read when it was imported. Judge by the other picture, or tell the curator."


@dataclass(frozen=True)
class Film:
    """A picture of the case; ``name`` is what hangs there ("Frontal"), ``is_shown`` whether it hangs beside the panel."""

    image: Image
    rank: int
    is_shown: bool = False

    @property
    def name(self) -> str:
        return _NAMES[self.rank]

    @property
    def can_be_shown(self) -> bool:
        return bool(self.image.preview_sha256)


def films_of(studies: Iterable[int], chosen: int | None = None) -> dict[int, tuple[Film, ...]]:
    """Each study's pictures as ``hung`` hangs them, in one query."""
    images: dict[int, list[Image]] = defaultdict(list)
    rows = Image.objects.past_the_gate().filter(series__study__in=set(studies)).select_related("series", "frame_set")
    for image in rows.defer("frame_set__digests", "display"):
        images[image.series.study_id].append(image)
    return {study: hung(found, chosen) for study, found in images.items()}


def hung(images: Iterable[Image], chosen: int | None = None) -> tuple[Film, ...]:
    """The pictures, frontal ones first, laterals last; one frontal and one lateral hang, or the first two."""
    films = sorted(
        (Film(image, hanging_rank(image.view_position, image.series.description)) for image in images),
        key=lambda film: (film.rank, film.image.series.number or 0, film.image.instance_number or 0, film.image.pk),
    )[:MAX_FILMS]
    first = next((film for film in films if film.image.pk == chosen), films[0] if films else None)
    if first is None:
        return ()
    other = next((film for film in films if film.rank != first.rank and film.rank == 2), None)
    other = other or next((film for film in films if film is not first), None)
    return tuple(replace(film, is_shown=film is first or film is other) for film in films)


def picture(film: Film, prior: int = 0) -> dict[str, Any]:
    """One picture as the viewer reads it; ``prior`` is 1 for the patient's last study before this one, 2 for the one before."""
    image = film.image
    return {
        "id": image.pk,
        "name": film.name,
        "note": image.view_position,
        "rank": film.rank,
        "series": image.series_id,
        "seriesNote": image.series.description,
        "frames": image.frames,
        "instance": image.instance_number or 0,
        "preview": _address("image_preview", image.pk, image.preview_sha256),
        "thumbnail": _address("image_thumbnail", image.pk, image.thumbnail_sha256),
        "frameUrls": list(frame_urls(image)) if film.can_be_shown else [],
        "rows": image.rows,
        "columns": image.columns,
        "prior": prior,
        "problem": _problem(film),
    }


def _problem(film: Film) -> str | None:
    frames = current_frames(film.image)
    if frames is not None and frames.problem:
        return frames.problem
    return None if film.can_be_shown else _PROBLEM


def hangings(films: Sequence[Film], priors: Sequence[Sequence[Film]] = ()) -> list[dict[str, Any]]:
    """What hangs together, as places in ``films`` with the ``priors``' behind them; the first is how a case begins.

    Beside each prior hangs the current picture of the same view, or the first one.
    """
    shown = [place for place, film in enumerate(films) if film.is_shown]
    if not shown:
        return []
    found = [{"name": "Current", "images": shown}]
    begins = len(films)
    for number, prior in enumerate(priors, start=1):
        rank, place = min((film.rank, place) for place, film in enumerate(prior))
        beside = next((one for one in shown if films[one].rank == rank), shown[0])
        name = "Current and prior" if number == 1 else f"Current and prior {number}"
        found.append({"name": name, "images": [beside, begins + place]})
        begins += len(prior)
    return found


def ahead(case: int, films: Sequence[Film]) -> dict[str, Any]:
    """A coming case for the viewer to fetch in the background, those that hang first."""
    return {
        "case": case,
        "images": [picture(film) for film in sorted(films, key=lambda film: not film.is_shown) if film.can_be_shown],
    }


def _address(view: str, pk: int, sha256: str) -> str | None:
    return reverse(f"cases:{view}", args=[pk, sha256]) if sha256 else None


def canvases_of(slot: Slot) -> dict[int, Canvas]:
    """The sizes of the case's pictures and its priors' by id, against which marks are checked."""
    study = slot.round_study.study_id
    images = Image.objects.filter(series__study__in=[study, *priors_of(study)])
    rows = images.values_list("pk", "rows", "columns", "frames")
    return {pk: Canvas(height, width, frames) for pk, height, width, frames in rows}
