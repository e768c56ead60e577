"""PNG and JPEG files, and what is derived from any picture."""

import io
import time

import numpy as np
import pytest
from PIL import Image as Pillow

from cases.adapters.pictures import UnreadableFileError, derive, is_picture, read_picture
from tests.cases.builders import png


def size_of(content: bytes) -> tuple[int, int]:
    return Pillow.open(io.BytesIO(content)).size


def saved(array, kind="PNG") -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(array).save(buffer, kind)
    return buffer.getvalue()


def test_a_grey_png_is_kept_as_it_is():
    picture = read_picture(png(120))
    assert picture.levels.shape == (10, 12)
    assert (picture.levels == 120).all()
    assert (picture.bits, picture.kind) == (8, "PNG")


def test_a_sixteen_bit_png_keeps_its_values_and_is_shown_over_its_range():
    deep = np.array([[0, 1000], [2000, 4000]], dtype=np.uint16)
    picture = read_picture(saved(deep))
    assert picture.bits == 16
    assert picture.pixels.tolist() == deep.tolist()
    assert picture.levels.tolist() == [[0, 63], [127, 255]]


def test_a_constant_sixteen_bit_png_is_black_and_no_error():
    assert read_picture(saved(np.full((2, 2), 9, dtype=np.uint16))).levels.tolist() == [[0, 0], [0, 0]]


def test_a_grey_picture_stored_in_colours_becomes_grey():
    assert read_picture(png((50, 50, 50), mode="RGB")).levels.ndim == 2


def test_real_colours_stay():
    assert read_picture(png((50, 60, 70), mode="RGB")).levels.shape == (10, 12, 3)


def test_transparency_is_laid_on_black():
    assert (read_picture(png((200, 200, 200, 0), mode="RGBA")).levels == 0).all()
    assert (read_picture(png((200, 200, 200, 255), mode="RGBA")).levels == 200).all()


@pytest.mark.parametrize("mode", ["1", "P", "LA", "CMYK"])
def test_every_mode_of_jpeg_and_png_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    buffer = io.BytesIO()
    Pillow.new("L", (8, 8), 255).convert("RGB" if mode == "CMYK" else "L").convert(mode).save(buffer, kind)
    assert read_picture(buffer.getvalue()).levels.shape[:2] == (8, 8)


@pytest.mark.parametrize("content", [png()[:40], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 no jpeg", b"", b"GIF89a"])
def test_a_broken_picture_is_refused_with_a_reason(content):
    with pytest.raises(UnreadableFileError, match="cannot be decoded"):
        read_picture(content)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr("cases.adapters.pictures.MAX_PIXELS", 100)
    with pytest.raises(UnreadableFileError, match="12 × 10 pixels"):
        read_picture(png())


@pytest.mark.parametrize(
    ("start", "expected"), [(png()[:8], True), (b"\xff\xd8\xff", True), (b"DICM", False), (b"", False)]
)
def test_a_picture_is_known_by_its_first_bytes(start, expected):
    assert is_picture(start) is expected


@pytest.mark.parametrize(
    ("shape", "preview", "thumbnail"),
    [((100, 80), (80, 100), (80, 100)), ((1200, 1000), (1000, 1200), (213, 256)), ((2400, 2000), (1707, 2048), (213, 256)),
     ((10, 5000), (2048, 4), (256, 1))],
)  # fmt: skip
def test_preview_and_thumbnail_keep_the_shape_within_their_limits(shape, preview, thumbnail):
    sizes = [size_of(content) for content in derive(np.zeros(shape, dtype=np.uint8))]
    assert sizes == [preview, thumbnail]


def test_the_preview_keeps_grey_levels_to_within_two():
    levels = np.tile(np.arange(256, dtype=np.uint8), (64, 1)).repeat(4, axis=1)
    shown = np.asarray(Pillow.open(io.BytesIO(derive(levels)[0]))).astype(int)
    assert np.abs(shown - levels).max() <= 2


def test_a_film_is_derived_quickly():
    film = np.random.default_rng(7).integers(0, 255, (1200, 1000)).astype(np.uint8)
    fastest = min(_seconds(film) for _ in range(5))
    assert fastest < 0.25  # 60 ms on an idle core; generous, since a busy machine runs this too


def _seconds(film) -> float:
    start = time.process_time()
    derive(film)
    return time.process_time() - start
