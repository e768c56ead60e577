"""Reads of pictures: what a viewer must know of a study's images, and the one frame that a request asks for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from cases.frames import address_digest
from cases.models import FrameSet, Image
from cases.queries import may_view_study
from core.prepared import PreparedRows


@dataclass(frozen=True)
class ViewerImage:
    """One image as a viewer needs it. Addresses are whole paths; an empty one means there is no such picture.

    ``frame_urls`` has one address per frame, also where none is derived yet: asking for one (202) has it derived.
    ``problem`` is the sentence why the frames cannot be had, else None. Nothing here names the patient.
    """

    id: int
    study: int
    series: int
    series_description: str
    series_number: int | None
    instance_number: int | None
    view_position: str
    laterality: str
    rows: int
    columns: int
    frames: int
    preview_url: str
    thumbnail_url: str
    frame_urls: tuple[str, ...]
    problem: str | None


def viewer_images(studies: Iterable[int]) -> dict[int, list[ViewerImage]]:
    """The images of these studies (by primary key), each study's by series number, instance number and age.

    One query, however many studies, images and frames there are; studies without images are missing. It asks nobody's
    permission: hand it studies that the reader may see. Pictures that the gate holds are left out.
    """
    images = (
        Image.objects.past_the_gate()
        .filter(series__study__in=list(studies))
        .select_related("series", "frame_set")
        .defer("frame_set__digests", "display")
        .order_by("series__study", "series__number", "series", "instance_number", "pk")
    )
    found: dict[int, list[ViewerImage]] = defaultdict(list)
    for image in images:
        found[image.series.study_id].append(_viewer_image(image))
    return dict(found)


def frame_urls(image: Image) -> tuple[str, ...]:
    """The address of each frame of the image."""
    first = reverse("cases:image_frame", args=[image.pk, address_digest(image.sha256, image.mask), 0])
    stem = first.removesuffix("0/")
    return tuple(f"{stem}{frame}/" for frame in range(image.frames))


def current_frames(image: Image) -> FrameSet | None:
    """The image's frame set in today's format; None while there is none."""
    frames: FrameSet | None = getattr(image, "frame_set", None)  # the other end of a one-to-one may be missing
    return frames if frames is not None and frames.is_current else None


def viewable_image(user: User | AnonymousUser, pk: int) -> Image | None:
    """The image with its frame set, for those who may see its study; None for everyone else, and where there is none.
    What the gate holds is open to curators alone, who decide about it.
    """
    sees_all = isinstance(user, User) and user.is_curator
    image = (_image if sees_all else _image_past_the_gate).first(pk)
    return image if image is not None and may_view_study(user, image.series.study_id) else None


_image = PreparedRows[Image](lambda pk: _with_frames(Image.objects.filter(pk=pk)), 1)
_image_past_the_gate = PreparedRows[Image](lambda pk: _with_frames(Image.objects.past_the_gate().filter(pk=pk)), 1)


def _with_frames(images: QuerySet[Image]) -> QuerySet[Image]:
    return images.select_related("series", "frame_set")


def _viewer_image(image: Image) -> ViewerImage:
    frames = current_frames(image)
    return ViewerImage(
        id=image.pk,
        study=image.series.study_id,
        series=image.series_id,
        series_description=image.series.description,
        series_number=image.series.number,
        instance_number=image.instance_number,
        view_position=image.view_position,
        laterality=image.laterality,
        rows=image.rows,
        columns=image.columns,
        frames=image.frames,
        preview_url=_picture_url("preview", image.pk, image.preview_sha256),
        thumbnail_url=_picture_url("thumbnail", image.pk, image.thumbnail_sha256),
        frame_urls=frame_urls(image),
        problem=frames.problem or None if frames else None,
    )


def _picture_url(kind: str, pk: int, sha256: str) -> str:
    return reverse(f"cases:image_{kind}", args=[pk, sha256]) if sha256 else ""
