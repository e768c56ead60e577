"""PNG and JPEG files."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from cases.adapters.pictures import UnreadableFileError, is_picture, read_picture
from tests.cases.builders import png


def saved(array, kind="PNG") -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(array).save(buffer, kind)
    return buffer.getvalue()


def test_a_grey_png_is_kept_as_it_is():
    picture = read_picture(png(120))
    assert picture.pixels.shape == (10, 12)
    assert (picture.pixels == 120).all()
    assert (picture.bits, picture.kind) == (8, "PNG")


def test_a_sixteen_bit_png_keeps_its_values():
    deep = np.array([[0, 1000], [2000, 4000]], dtype=np.uint16)
    picture = read_picture(saved(deep))
    assert picture.bits == 16
    assert picture.pixels.tolist() == deep.tolist()


def test_a_grey_picture_stored_in_colours_becomes_grey():
    assert read_picture(png((50, 50, 50), mode="RGB")).pixels.ndim == 2


def test_real_colours_stay():
    assert read_picture(png((50, 60, 70), mode="RGB")).pixels.shape == (10, 12, 3)


def test_transparency_is_laid_on_black():
    assert (read_picture(png((200, 200, 200, 0), mode="RGBA")).pixels == 0).all()
    assert (read_picture(png((200, 200, 200, 255), mode="RGBA")).pixels == 200).all()


@pytest.mark.parametrize("mode", ["1", "P", "LA", "CMYK"])
def test_every_mode_of_jpeg_and_png_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    buffer = io.BytesIO()
    Pillow.new("L", (8, 8), 255).convert("RGB" if mode == "CMYK" else "L").convert(mode).save(buffer, kind)
    assert read_picture(buffer.getvalue()).pixels.shape[:2] == (8, 8)


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
