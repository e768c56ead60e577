"""How a study's pictures hang, and what the viewer in the browser is told of them (docs/reading.md)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.urls import reverse

from cases.models import Image
from cases.queries.pictures import current_frames, frame_urls
from core.prepared import PreparedRows
from labeling.film_views import LATERAL, SLICED, UNKNOWN, View, view_of
from labeling.marks import Canvas
from labeling.models import Slot
from labeling.queries.priors import priors_of

MOST_HUNG = 4
_PROBLEM = "Its pixels could not be read when it was imported. Judge by the other picture, or tell the curator."


@dataclass(frozen=True)
class Film:
    """A picture of the case; ``is_shown``: whether it hangs beside the panel.

    ``begins`` is false of the later slices of a stack, which follow its first one and are scrolled to.
    """

    image: Image
    view: View
    is_shown: bool = False
    begins: bool = True

    @property
    def can_be_shown(self) -> bool:
        return bool(self.image.preview_sha256)


def films_of(studies: Iterable[int], chosen: int | None = None) -> dict[int, tuple[Film, ...]]:
    """Each study's pictures as ``hung`` hangs them, in one query."""
    images: dict[int, list[Image]] = defaultdict(list)
    asked = sorted(set(studies))
    for image in _images(len(asked))(*asked):
        images[image.series.study_id].append(image)
    return {study: hung(found, chosen) for study, found in images.items()}


@cache
def _images(count: int) -> PreparedRows[Image]:
    """The question for the pictures of so many studies."""
    images = Image.objects.past_the_gate().select_related("series", "frame_set").defer("frame_set__digests")
    return PreparedRows(lambda *studies: images.filter(series__study__in=studies), count)


def hung(images: Iterable[Image], chosen: int | None = None) -> tuple[Film, ...]:
    """The pictures, frontal ones first, laterals last, each stack together; two hang: the ``chosen`` one or the first, and what
    belongs beside it, or another view or stack.
    """
    films = sorted((Film(image, _view(image)) for image in images), key=_place)
    begun: dict[tuple[int, ...], int] = {}
    for place, film in enumerate(films):
        begun.setdefault(_stack(film), place)
    films.sort(key=lambda film: begun[_stack(film)])
    first = next((film for film in films if film.image.pk == chosen), films[0] if films else None)
    if first is None:
        return ()
    wanted = first.view.rank_beside
    other = next((film for film in films if film.view.rank == wanted != first.view.rank), None)
    other = other or next((film for film in films if _stack(film) != _stack(first)), None)
    stacks = [None, *map(_stack, films)]
    return tuple(
        replace(film, is_shown=film is first or film is other, begins=stack != before)
        for film, before, stack in zip(films, stacks, stacks[1:], strict=False)
    )


def _view(image: Image) -> View:
    return view_of(image.series.modality, image.view_position, image.series.description, image.laterality)


def _place(film: Film) -> tuple[int, ...]:
    image = film.image
    return film.view.rank, image.series.number or 0, image.series_id, image.instance_number or 0, image.pk


def _stack(film: Film) -> tuple[int, ...]:
    """What tells whether two pictures are scrolled through in one frame: slices of one series and size. A file of several
    frames is a stack of its own.
    """
    image = film.image
    is_slice = image.series.modality in SLICED and image.frames == 1 and _problem(film) is None
    return (image.series_id, image.rows or 0, image.columns or 0) if is_slice else (image.pk,)


def pictures(films: Iterable[Film], prior: int = 0) -> list[dict[str, Any]]:
    """The pictures as the viewer reads them; ``prior`` is 1 for the patient's last study before this one, 2 for the one before.

    A later slice of a stack says only what differs from the picture before it in the list: a study may have hundreds.
    """
    told: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for film in films:
        whole = _picture(film, prior)
        told.append(whole if film.begins else {name: whole[name] for name in whole if whole[name] != before[name]})
        before = whole
    return told


def _picture(film: Film, prior: int) -> dict[str, Any]:
    image = film.image
    return {
        "id": image.pk,
        "name": film.view.name,
        "note": film.view.note,
        "rank": _rank(film),
        "begins": film.begins,
        "series": image.series_id,
        "seriesNote": image.series.description if image.series.description != film.view.note else "",
        "frames": image.frames,
        "instance": image.instance_number or 0,
        "preview": _address("image_preview", image.pk, image.preview_sha256) if film.begins or film.is_shown else None,
        "thumbnail": _address("image_thumbnail", image.pk, image.thumbnail_sha256) if film.begins else None,
        "frameUrls": list(frame_urls(image)) if film.can_be_shown else [],
        "width": image.columns,
        "height": image.rows,
        "stretch": image.stretch,
        "prior": prior,
        "problem": _problem(film),
    }


def _rank(film: Film) -> int:
    """Equal for pictures of one view, and for stacks; pictures of which nobody knows the view have one of their own."""
    is_known = film.view.rank != UNKNOWN or film.image.series.modality in SLICED
    return film.view.rank if is_known else LATERAL + film.image.pk


def _problem(film: Film) -> str | None:
    frames = current_frames(film.image)
    if frames is not None and frames.problem:
        return frames.problem
    return None if film.can_be_shown else _PROBLEM


def hangings(films: Sequence[Film], priors: Sequence[Sequence[Film]] = ()) -> list[dict[str, Any]]:
    """What hangs together, as places in ``films`` with the ``priors``' behind them; the first is how a case begins.

    Then every view, where there are more than two (four at most); and for each prior: the current picture beside the
    prior's of its view, the other view's pair, and both pairs.
    """
    shown = [place for place, film in enumerate(films) if film.is_shown]
    if not shown:
        return []
    found = [("Current", shown)]
    views = _views(films)
    if len(views) > len(shown):
        found.append(("All views", views))
    begins = len(films)
    for number, prior in enumerate(priors, start=1):
        ending = "" if number == 1 else f" {number}"
        pairs = _pairs(films, shown, prior, begins)
        found += [(f"{name}{ending}", pair) for name, pair in zip(_PAIRS, pairs, strict=False)]
        if len(pairs) == 2:
            found.append(
                (f"Both views and prior{ending}", [place for pair in zip(*pairs, strict=True) for place in pair])
            )
        begins += len(prior)
    return [{"name": name, "images": images} for name, images in found]


_PAIRS = ("Current and prior", "Other view and prior")


def _views(films: Sequence[Film]) -> list[int]:
    """The places of MOST_HUNG pictures that begin a stack: of each view the first before a second of any."""
    begin = [place for place, film in enumerate(films) if film.begins]
    first = {films[place].view.rank: place for place in reversed(begin)}
    return sorted(sorted(begin, key=lambda place: first[films[place].view.rank] != place)[:MOST_HUNG])


def _pairs(films: Sequence[Film], shown: Sequence[int], prior: Sequence[Film], begins: int) -> list[list[int]]:
    """Current beside prior: by the prior's first view, and by its other one where both studies have that."""
    ranks: dict[int, int] = {}
    for place, film in enumerate(prior):
        ranks.setdefault(film.view.rank, begins + place)
    of_rank = {films[place].view.rank: place for place in reversed(shown)}
    (rank, first), *others = sorted(ranks.items())
    pairs = [[of_rank.get(rank, shown[0]), first]]
    pairs += [[of_rank[rank], place] for rank, place in others if rank in of_rank and of_rank[rank] != pairs[0][0]]
    return pairs[:2]


def ahead(case: int, films: Sequence[Film]) -> dict[str, Any]:
    """A coming case for the viewer to fetch in the background: of each stack the first picture, those that hang first."""
    coming = [film for film in films if film.can_be_shown and (film.begins or film.is_shown)]
    shown = sorted(coming, key=lambda film: not film.is_shown)[:MOST_HUNG]
    return {"case": case, "images": [_picture(film, 0) for film in shown]}


def _address(view: str, pk: int, sha256: str) -> str | None:
    return reverse(f"cases:{view}", args=[pk, sha256]) if sha256 else None


def canvases_of(slot: Slot) -> dict[int, Canvas]:
    """The sizes of the case's pictures and its priors' by id, against which marks are checked."""
    study = slot.round_study.study_id
    images = Image.objects.filter(series__study__in=[study, *priors_of(study)])
    rows = images.values_list("pk", "rows", "columns", "frames")
    return {pk: Canvas(height, width, frames) for pk, height, width, frames in rows}
