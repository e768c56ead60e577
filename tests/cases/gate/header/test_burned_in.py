"""Text in the pixels: lines of print are found where they stand, what only looks busy is not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cases.gate.header.burned_in import text_regions


def film(size=(900, 1100), seed=3) -> Image.Image:
    """A grey picture with soft shapes and noise."""
    rng = np.random.default_rng(seed)
    low = Image.fromarray(rng.integers(30, 220, (9, 11), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    noise = rng.normal(0, 6, size[::-1])
    return Image.fromarray(np.clip(np.asarray(low) + noise, 0, 235).astype(np.uint8))


def with_text(text: str, *, at=(40, 60), height=22, fill=255, size=(900, 1100)) -> np.ndarray:
    picture = film(size)
    ImageDraw.Draw(picture).text(at, text, fill=fill, font=ImageFont.load_default(height))
    return np.asarray(picture)


@pytest.mark.parametrize("text", ["QUIXOTL, ZEBULON", "DOB 1987-06-12", "MRN 00471123", "St. Elsewhere Hospital"])
@pytest.mark.parametrize("height", [14, 22, 40])
def test_a_line_of_print_is_found_where_it_stands(text, height):
    regions = text_regions(with_text(text, height=height))
    assert regions
    assert all(20 <= one.left <= 400 and 30 <= one.top <= 120 for one in regions)


def test_text_of_a_large_film_is_found_in_the_films_own_pixels():
    [region, *_] = text_regions(with_text("QUIXOTL ZEBULON 1987", at=(400, 2000), height=60, size=(2500, 3000)))
    assert 300 <= region.left <= 400
    assert 1940 <= region.top <= 2040
    assert region.left + region.width <= 2500


@pytest.mark.parametrize("text", ["L", "R", "PA", "AP", "R  1"])
def test_a_side_marker_is_no_text(text):
    assert text_regions(with_text(text, height=60)) == ()


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_without_text_has_none(seed):
    assert text_regions(np.asarray(film(seed=seed))) == ()


def test_white_noise_and_empty_pictures_have_none():
    rng = np.random.default_rng(1)
    assert text_regions(rng.integers(0, 256, (400, 400), dtype=np.uint8)) == ()
    assert text_regions(np.zeros((50, 50), np.uint8)) == ()
    assert text_regions(np.full((1, 1), 255, np.uint8)) == ()


def test_text_in_a_colour_picture_is_found():
    assert text_regions(np.stack([with_text("QUIXOTL ZEBULON")] * 3, axis=-1))
