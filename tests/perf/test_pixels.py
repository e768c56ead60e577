"""The benchmark of pixels: every syntax that it measures is decoded, and gives the same frame."""

import numpy as np

from perf.intake.pixels import Row, _compressed, _measured
from perf.reading.films import FRONTAL, dicom_of


def test_every_syntax_of_a_film_gives_the_same_frame(tmp_path):
    pixels = np.random.default_rng(7).integers(0, 4096, (40, 50)).astype(np.uint16)
    plain = dicom_of(pixels, FRONTAL, case=0, folder=tmp_path)
    contents = [("uncompressed", plain.read_bytes()), *_compressed(plain, pixels, tmp_path)]
    rows = [_measured(name, 12, content) for name, content in contents]
    assert len(rows) == 6
    assert len({row.sizes["gz"] for row in rows}) == 1
    assert all(row.seconds > 0 for row in rows)


def test_a_figure_is_held_to_the_target_of_its_syntax():
    slow = Row("uncompressed", 12, 0.5, {"gz": 1000})
    assert not slow.is_met
    assert "SHORT" in str(slow)
    assert Row("JPEG 2000 Image Compression", 12, 1.5, {}).is_met
    assert Row("uncompressed", 12, 0.2, {}).is_met
