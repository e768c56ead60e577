"""What is derived from decoded pixels: three pictures in 8 bits, and frame files that lose nothing."""

import gzip
import hashlib
import io
import json
import time

import imagecodecs
import numpy as np
import pytest
from PIL import Image as Pillow

from cases.adapters.derivation import FILM_SIDE, PREVIEW_BYTES, PREVIEW_SIDE, Decoded, _preview, _shrunk, derive
from cases.contribution import Pictures
from cases.frame_headers import Geometry
from cases.frames import decode
from cases.rendition import GreyScale, LookupTable, Window, render
from tests.cases.screen import shown


def image(*frames, bits=16, **scale) -> Decoded:
    return Decoded(np.stack(frames), GreyScale(bits, **scale), Geometry())


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(content)))


def frames_of(decoded: Decoded, folder) -> list:
    files = derive(decoded, folder).frames
    return [decode(imagecodecs.zstd_decode((folder / f"{digest}.zst").read_bytes())) for digest in files.digests]


@pytest.mark.parametrize(
    ("shape", "film", "preview", "thumbnail"),
    [((100, 80), (80, 100), (80, 100), (80, 100)), ((1200, 1000), (1000, 1200), (640, 768), (213, 256)),
     ((2400, 2000), (1707, 2048), (640, 768), (213, 256)), ((10, 5000), (2048, 4), (768, 2), (256, 1))],
)  # fmt: skip
def test_pictures_keep_the_shape_within_their_limits(shape, film, preview, thumbnail, tmp_path):
    decoded = image(np.zeros(shape, dtype=np.uint8), bits=8)
    pictures, small = derive(decoded, tmp_path, with_film=True), derive(decoded)
    sizes = [opened(content).shape[::-1] for content in (pictures.film, pictures.preview, pictures.thumbnail)]
    assert sizes == [film, preview, thumbnail]
    assert small == Pictures(b"", pictures.preview, pictures.thumbnail, frames=None)


@pytest.mark.parametrize(
    ("shape", "spacing", "film", "preview", "thumbnail"),
    [((100, 80), (0.4, 0.2), (80, 200), (80, 200), (80, 200)), ((1000, 3000), (0.3, 0.1), (2048, 2048), (768, 768), (256, 256)),
     ((300, 300), (0.1, 0.9), (2048, 228), (768, 85), (256, 28))],
)  # fmt: skip
def test_pictures_of_pixels_that_are_no_squares_have_their_true_shape(shape, spacing, film, preview, thumbnail):
    levels = np.tile(np.arange(shape[1], dtype=np.uint8), (shape[0], 1))
    made = derive(Decoded(levels[np.newaxis], GreyScale(8), Geometry(spacing, "x")), with_film=True)
    assert [opened(one).shape[::-1] for one in (made.film, made.preview, made.thumbnail)] == [film, preview, thumbnail]
    assert abs(opened(made.film).mean() - levels.mean()) < 1


@pytest.mark.parametrize(
    ("scale", "geometry", "shape", "known"),
    [
        (GreyScale(12), Geometry(), (2048, 1870), "81737ac4b84d9b38d2712e1a3c86bd8650f6a2f3defcb5fd6a6e1f4b85db1dec"),
        (
            GreyScale(12, is_inverted=True, windows=(Window(2000, 3000),)),
            Geometry((0.2, 0.3), "x"),
            (1495, 2048),
            "762cd9895054f4a2329ea20d18367adb4d843f427b321568c244cb800735f775",
        ),
    ],
)
def test_a_film_for_releases_has_the_bytes_it_always_had(scale, geometry, shape, known, tmp_path):
    """Its digest stands in releases: the levels of before, as JPEG of the same quality, with its frames and without them."""
    y, x = np.mgrid[:2300, :2100].astype(np.uint32)
    pixels = ((x * x + 3 * y * y + 7 * x * y) >> 9 & 4095).astype(np.uint16)
    decoded = Decoded(pixels[np.newaxis], scale, geometry)
    levels = np.asarray(_shrunk(decoded.shown, FILM_SIDE, geometry.stretch))
    assert (levels.shape, hashlib.sha256(levels.tobytes()).hexdigest()) == (shape, known)
    buffer = io.BytesIO()
    Pillow.fromarray(levels).save(buffer, "JPEG", quality=92, subsampling=0)
    films = [derive(decoded, folder, with_film=True).film for folder in (tmp_path, None)]
    assert films == [buffer.getvalue()] * 2


def test_a_small_preview_keeps_grey_levels_to_within_two():
    levels = np.tile(np.arange(256, dtype=np.uint8), (64, 1)).repeat(3, axis=1)
    preview = opened(derive(image(levels, bits=8)).preview).astype(int)
    assert np.abs(preview - levels).max() <= 2


def test_a_preview_is_the_mean_over_areas():
    levels = np.random.default_rng(7).integers(60, 200, (2048, 2048)).astype(np.uint8)
    preview = opened(derive(image(levels, bits=8)).preview).astype(float)
    means = levels.reshape(1024, 2, 1024, 2).mean(axis=(1, 3))
    assert abs(preview.mean() - means.mean()) < 1
    assert preview.std() < 0.75 * levels.std()


def exact_means(levels, width, height):
    """The mean over the area of each pixel of a smaller picture."""

    def weights(size, count):
        edges = np.arange(count + 1) * size / count
        pixels = np.arange(size)
        inside = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
        return np.clip(inside, 0, 1) * count / size

    return weights(levels.shape[0], height) @ levels @ weights(levels.shape[1], width).T


@pytest.mark.parametrize("shape", [(1600, 1200), (2190, 2000), (2992, 2436), (3000, 2500), (3301, 2500)])
def test_the_preview_of_a_large_film_is_as_near_to_the_mean_over_areas_as_one_of_all_its_pixels(shape):
    rng = np.random.default_rng(4)
    soft = Pillow.fromarray(rng.integers(200, 3800, (30, 25)).astype(np.float32)).resize(shape[::-1])
    film = np.clip(np.asarray(soft) + rng.normal(0, 60, shape), 0, 4095).astype(np.uint16)
    decoded = image(film, bits=12, windows=(Window(2048, 4096),))
    of_means, of_all = _preview(decoded), _shrunk(decoded.shown, PREVIEW_SIDE)
    assert decoded.means is not None
    assert of_means.size == of_all.size
    ideal = exact_means(film / 4096 * 255, *of_all.size) - 0.5  # levels are rounded down
    errors = [np.sqrt(np.mean((np.asarray(one, dtype=float) - ideal) ** 2)) for one in (of_means, of_all)]
    assert errors[0] <= 1.15 * errors[1]


@pytest.mark.parametrize("shape", [(1000, 800), (1400, 1200), (2500, 2000)])
def test_a_smaller_picture_or_one_that_squares_do_not_fill_is_drawn_of_all_its_pixels(shape):
    decoded = image(np.zeros(shape, np.uint16), bits=12, windows=(Window(2048, 4096),))
    assert decoded.means is None
    assert decoded.small is decoded.shown


def test_a_film_with_a_table_of_tones_is_drawn_of_all_its_pixels():
    table = LookupTable(0, 8, (0, 255) * 2048)
    decoded = image(np.full((3000, 2500), 4, np.uint16), bits=12, voi_tables=(table,))
    assert decoded.means is None


@pytest.mark.parametrize("turned", [False, True])
def test_a_film_a_little_too_large_becomes_the_mean_of_pairs(turned, tmp_path):
    bars = np.tile(np.array([60, 100, 90], dtype=np.uint8), (24, 1024))  # two columns become one, then one stays one
    film = opened(derive(image(np.ascontiguousarray(bars.T) if turned else bars, bits=8), with_film=True).film).astype(
        int
    )
    expected = np.tile([80, 90], (16, 1024))
    assert np.abs(film - (expected.T if turned else expected)).max() <= 4


@pytest.mark.parametrize("shape", [(2049, 2100), (3000, 2500), (200, 4095), (2177, 2048, 3)])
def test_each_pixel_of_a_film_is_the_mean_of_the_pair_that_it_stands_for(shape):
    levels = np.random.default_rng(5).integers(0, 256, shape).astype(np.uint8)
    film = np.asarray(_shrunk(levels, FILM_SIDE)).astype(int)
    means = levels
    for axis in (0, 1):
        edges = (np.arange(film.shape[axis] + 1) * shape[axis] + film.shape[axis] // 2) // film.shape[axis]
        first, last = (np.take(means, at, axis=axis).astype(int) for at in (edges[:-1], edges[1:] - 1))
        means = (first + last + 1) // 2
    assert np.array_equal(film, means)


def test_the_preview_of_a_noisy_film_is_small_enough_for_a_slow_line():
    rng = np.random.default_rng(7)
    ramp = np.add.outer(np.linspace(0, 120, 3000), np.linspace(0, 90, 2500))
    film = (ramp + rng.normal(20, 6, ramp.shape)).clip(0, 255).astype(np.uint8)
    assert len(derive(image(film, bits=8)).preview) <= PREVIEW_BYTES


def test_every_frame_has_its_file_in_both_codings_named_by_its_content(tmp_path):
    first, second = np.arange(64, dtype=np.uint16).reshape(8, 8), np.full((8, 8), 700, dtype=np.uint16)
    files = derive(image(first, second, first), tmp_path).frames
    assert len(files.digests) == 3
    assert not files.problem
    for digest in files.digests:
        packed = (tmp_path / f"{digest}.gz").read_bytes()
        content = gzip.decompress(packed)
        assert imagecodecs.zstd_decode((tmp_path / f"{digest}.zst").read_bytes()) == content
        header = json.dumps(decode(content).header, separators=(",", ":")).encode()
        start = b"CSF1" + len(header).to_bytes(4, "little") + header
        pixels = decode(content).pixels.astype("<u2").tobytes()
        assert hashlib.sha256(start + hashlib.sha256(pixels).hexdigest().encode()).hexdigest() == digest
    assert files.stored_bytes == sum(
        (tmp_path / f"{digest}.{coding}").stat().st_size for digest in files.digests for coding in ("gz", "zst")
    )


def test_frames_share_their_depth_and_range_so_that_a_film_does_not_flicker(tmp_path):
    dark, bright = np.zeros((4, 4), dtype=np.uint16), np.full((4, 4), 3000, dtype=np.uint16)
    frames = frames_of(image(dark, bright), tmp_path)
    assert [frame.header["frame"] for frame in frames] == [0, 1]
    assert {(frame.header["bits"], tuple(frame.header["range"]), frame.header["frames"]) for frame in frames} == {
        (16, (0.0, 3000.0), 2)
    }
    assert [int(shown(frame)[0, 0]) for frame in frames] == [0, 255]


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int64])
def test_deep_integers_lose_nothing_while_their_range_fits(dtype, tmp_path):
    values = (np.arange(600).reshape(20, 30) * 100 + 100_000).astype(dtype)
    decoded = image(values, bits=32, windows=(Window(120_000, 30_000),))
    (frame,) = frames_of(decoded, tmp_path)
    assert (frame.pixels == values).all()
    assert (shown(frame) == render(values, decoded.scale)).all()


@pytest.mark.parametrize(
    ("pixels", "why"),
    [(np.array([[0, 65_536]], dtype=np.int32), "65,537"), (np.array([[0.0, 0.5]], dtype=np.float32), "floating-point")],
)
def test_what_a_screen_cannot_hold_has_a_preview_and_a_reason(pixels, why, tmp_path):
    pictures = derive(image(pixels, bits=32), tmp_path)
    assert why in pictures.frames.problem
    assert pictures.frames.problem.endswith(".")
    assert pictures.frames.digests == ()
    assert opened(pictures.preview).shape == (1, 2)
    assert list(tmp_path.iterdir()) == []


def test_colours_are_framed_as_they_are(tmp_path):
    colours = np.random.default_rng(1).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    (frame,) = frames_of(image(colours, bits=8), tmp_path)
    assert (frame.pixels == colours).all()


def test_the_preview_shows_what_the_frame_shows(tmp_path):
    values = np.random.default_rng(3).integers(-1000, 2000, (300, 200)).astype(np.int16)
    decoded = image(values, slope=1.0, intercept=-24.0, windows=(Window(40, 400),), is_inverted=True)
    (frame,) = frames_of(decoded, tmp_path)
    assert (shown(frame) == decoded.shown).all()


def test_a_film_is_derived_quickly(tmp_path):
    film = image(np.random.default_rng(7).integers(0, 4095, (1200, 1000)).astype(np.uint16), bits=12)
    assert min(_seconds(film, tmp_path) for _ in range(5)) < 0.5  # 0.1 s on an idle core; a busy machine runs this too


def _seconds(film, folder) -> float:
    start = time.process_time()
    derive(film, folder)
    return time.process_time() - start
