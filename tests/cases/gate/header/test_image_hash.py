"""Image hashes: near for the same picture in another dress, far for others."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cases.gate.header.image_hash import NEAR_BITS, bands, distance, image_hash
from tests.cases.gate.header.test_burned_in import film


def test_another_size_window_or_encoding_stays_near():
    one = film()
    digest = image_hash(np.asarray(one))
    buffer = io.BytesIO()
    one.save(buffer, "JPEG", quality=70)
    others = [one.resize((450, 550)), one.point(lambda value: int(value * 0.8) + 20), Image.open(buffer)]
    for other in others:
        assert distance(digest, image_hash(np.asarray(other))) <= NEAR_BITS
        assert set(bands(digest)) & set(bands(image_hash(np.asarray(other))))


def test_other_pictures_are_far():
    hashes = [image_hash(np.asarray(film(seed=seed))) for seed in range(12)]
    assert min(distance(one, two) for place, one in enumerate(hashes) for two in hashes[:place]) > 40


@pytest.mark.parametrize("picture", [np.zeros((4, 4), np.uint8), np.zeros((30, 40, 3), np.uint8)])
def test_a_picture_of_one_colour_has_no_band_to_be_found_by(picture):
    assert image_hash(picture) == "0" * 64
    assert bands(image_hash(picture)) == []
    assert bands("") == []


@given(st.integers(0, 2**256 - 1), st.sets(st.integers(0, 255), max_size=NEAR_BITS))
def test_near_hashes_share_a_band(number, flipped):
    other = number
    for bit in flipped:
        other ^= 1 << bit
    one, two = (f"{value:064x}" for value in (number, other))
    assert distance(one, two) == len(flipped)
    every = [set(bands(one)), set(bands(two))]
    if min(len(found) for found in every) == 11:  # none is dull
        assert every[0] & every[1]
