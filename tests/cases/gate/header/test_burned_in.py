"""Text in the pixels: lines of print are found where they stand, what only looks busy is not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cases.adapters.derivation import masked
from cases.adapters.dicom import decode_looking, decoded, parse, read_dicom
from cases.contribution import Region
from cases.gate.header import burned_in
from cases.gate.header.burned_in import printed_in, text_regions
from cases.gate.header.strokes import SIDE
from cases.rendition import GreyScale, Window, summed
from tests.cases.builders import SHARED, dicom


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
    regions = text_regions(with_text("QUIXOTL ZEBULON 1987", at=(400, 2000), height=60, size=(2500, 3000)))
    assert all(1940 <= one.top <= 2040 for one in regions)
    assert 300 <= min(one.left for one in regions) <= 400
    assert 980 <= max(one.left + one.width for one in regions) <= 2500  # to its end, so that a mask leaves no letter


def thin(text: str, width: int, height: int) -> np.ndarray:
    """A film of 1900 × 1900 with text whose strokes are of one pixel, as the hairlines of serifs are."""
    picture, font = film((1900, 1900)), ImageFont.load_default_imagefont()
    ink = Image.new("L", (200, 20))
    ImageDraw.Draw(ink).text((2, 2), text, fill=255, font=font)
    cover = np.asarray(ink.resize((200 * width, 20 * height), Image.Resampling.NEAREST))
    picture.paste(255, (800, 700), Image.fromarray(cover))
    return np.asarray(picture)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 2)])
def test_small_print_on_a_large_film_is_found_though_its_strokes_are_thin(width, height):
    regions = text_regions(thin("PEMBERWICK AURELIA 1950", width, height))
    assert regions
    assert all(one.left >= 760 and one.left + one.width <= 1240 and 660 <= one.top <= 740 for one in regions)


@pytest.mark.shared_data
@pytest.mark.parametrize("fill", [0, 255])
@pytest.mark.parametrize("typeface", ["LiberationSerif-Regular", "LiberationSerif-Italic", "LiberationMono-Regular"])
def test_print_of_any_typeface_is_found_on_a_real_film(typeface, fill):
    file = Path("/usr/share/fonts/truetype/liberation") / f"{typeface}.ttf"
    if not file.exists():
        pytest.skip("The typeface is not installed.")
    dataset = parse((SHARED / "cxr_dicom" / "RG1_UNCI.dcm").read_bytes())
    shown = decoded(dataset, decode_looking(dataset)[0]).shown
    assert text_regions(shown) == ()
    picture = Image.fromarray(shown)
    text = "SMITH JOHN 12.03.1950" if fill == 0 else "PEMBERWICK AURELIA 1950-03-12 MRN 8675309"
    ImageDraw.Draw(picture).text((460, 780), text, fill=fill, font=ImageFont.truetype(str(file), 28))
    assert any(abs(one.top - 780) < 40 for one in text_regions(np.asarray(picture)))


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


@pytest.mark.parametrize(("tone", "is_print"), [(105, False), (90, True)])
def test_what_no_window_shows_is_told_little_finer_than_what_it_does(tone, is_print):
    picture = Image.new("L", (900, 700), 120)  # beyond a film's field, where values hardly differ: no print, but noise
    ImageDraw.Draw(picture).text((60, 60), "QUIXOTL ZEBULON", fill=tone, font=ImageFont.load_default(30))
    frame = np.asarray(picture).astype(np.uint16)
    frame[400:, :] = np.linspace(121, 4000, 900).astype(np.uint16)
    scale = GreyScale(12, windows=(Window(2060.0, 3878.0),))  # all of the upper part is black
    assert bool(text_regions(frame, scale, (0.0, 4095.0))) == is_print


def test_streaks_are_no_text_and_bars_among_letters_are():
    streaks = np.zeros((512, 512), np.uint8)
    for number in range(9):  # side by side, on one foot, of one tone
        streaks[20 * number + 100 : 20 * number + 102, 300:348] = 60
    assert text_regions(streaks) == text_regions(np.rot90(streaks)) == ()
    for bar in range(5):  # hairs beside letters are letters
        streaks[400:430, 20 + 12 * bar : 22 + 12 * bar] = 200
    letters = Image.fromarray(streaks)
    ImageDraw.Draw(letters).text((20 + 62, 394), "HAVOC", fill=200, font=ImageFont.load_default(40))
    assert text_regions(np.asarray(letters))


@pytest.mark.parametrize("size", [(2500, 3000), (1800, 1500)])
def test_the_first_frame_may_come_summed_up(size):
    picture = with_text("QUIXOTL ZEBULON", at=(300, 400), height=60, size=size)
    frames = np.stack([picture, np.zeros_like(picture)]).astype(np.uint16) * 16
    ways = [printed_in(frames, GreyScale(12), (0.0, 4095.0), first) for first in (None, summed(frames[0], SIDE))]
    assert ways[0] == ways[1]
    assert ways[0].frames == (1,)


def test_text_in_a_colour_picture_is_found():
    assert text_regions(np.stack([with_text("QUIXOTL ZEBULON")] * 3, axis=-1))


def test_the_boxes_hold_a_line_to_its_end_and_the_weaker_lines_and_words_beside_it():
    clean = film()
    picture = clean.copy()
    written = ImageDraw.Draw(picture)
    font = ImageFont.load_default(24)
    written.text((40, 60), "QUIXOTL, ZEBULON", fill=255, font=font)
    written.text((400, 60), "gpq 87", fill=250, font=font)  # a word apart, too few letters for a line
    written.text((40, 92), "M 4", fill=255, font=font)
    pixels = np.asarray(picture)
    ink = pixels != np.asarray(clean)
    boxes = text_regions(pixels)
    kept = masked(pixels[np.newaxis], boxes)[0]
    assert not kept[ink].any()
    assert text_regions(kept) == ()
    assert sum(box.width * box.height for box in boxes) < 4 * 600 * 80
    assert max(box.top + box.height for box in boxes) < 160


@pytest.mark.shared_data
def test_the_boxes_of_a_real_ultrasound_hold_its_date_and_nothing_is_left_to_find():
    dataset = parse((SHARED / "phi" / "GREYSCALE_IMAGE.dcm").read_bytes())
    pixels = decode_looking(dataset)[0]
    image = decoded(dataset, pixels)
    found = printed_in(image.frames, image.scale, image.stored_range)
    kept = masked(image.frames, found.regions)
    assert not kept[:, :50, 815:1015].any()  # date and time stand on a bar, of a tone of their own
    assert not kept[:, 55:260, 10:80].any()  # a column of short words
    assert printed_in(kept, image.scale, image.stored_range).regions == ()
    assert (kept == 0).mean() < (image.frames == 0).mean() + 0.1  # and most of the picture is left


def in_a_box(*, ground: int, fill: int, height=40, size=(900, 1100), text="QUIXOTL 1987") -> np.ndarray:
    """A film with a box of one level, and text in it."""
    picture, font = film(size), ImageFont.load_default(height)
    right, bottom = font.getbbox(text)[2:]
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20, 40, 60 + right + height, 80 + bottom + height), fill=ground)
    draw.text((40 + height // 2, 60 + height // 2), text, fill=fill, font=font)
    return np.asarray(picture)


@pytest.mark.parametrize(
    ("ground", "fill"), [(0, 239), (0, 220), (0, 180), (0, 128), (0, 60), (255, 0), (255, 128), (255, 200), (90, 150)]
)
def test_text_of_any_tone_is_found_that_stands_off_its_ground(ground, fill):
    regions = text_regions(in_a_box(ground=ground, fill=fill))
    assert any(one.top <= 110 and one.left <= 80 for one in regions)


@pytest.mark.parametrize("turns", [1, 3])
@pytest.mark.parametrize("fill", [255, 180])
def test_text_on_its_side_is_found(turns, fill):
    assert text_regions(np.rot90(in_a_box(ground=0, fill=fill, height=24), turns))


@pytest.mark.parametrize("height", [90, 120, 200])
def test_large_text_is_found(height):
    assert text_regions(in_a_box(ground=0, fill=200, height=height, size=(2000, 1100)))


def deep(*, inside: tuple[int, int], ground: int, fill: int) -> np.ndarray:
    """A film of 12 bits whose values lie in ``inside``, with text that does not."""
    grey = np.asarray(film()).astype(np.float64) / 235
    values = (inside[0] + grey * (inside[1] - inside[0])).astype("<u2")
    box = in_a_box(ground=0, fill=255)[40:160, 20:400] >= 128
    values[40:160, 20:400] = np.where(box, fill, ground)
    return values


GREY = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 1100, "Columns": 900}


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    ("inside", "ground", "fill"), [((1100, 2900), 3500, 4000), ((1100, 2900), 0, 900), ((1100, 2900), 2000, 2800)]
)
def test_text_that_the_window_does_not_show_is_found_in_the_values_that_are_stored(inside, ground, fill, photometric):
    values = deep(inside=inside, ground=ground, fill=fill)
    facts = read_dicom(dicom(values, WindowCenter=2000, WindowWidth=2000, PhotometricInterpretation=photometric))
    assert facts.gate.printed.regions


def test_noise_that_the_window_does_not_show_is_no_small_print():
    rng = np.random.default_rng(7)
    values = 2000 + rng.normal(0, 12, (1200, 1024))
    edge = np.linspace(142, 162, 224) + rng.normal(0, 10, (1200, 224))
    values[:, 800:] = np.maximum(edge, 122)  # collimated: most of it is below the window
    assert text_regions(values.astype(np.uint16), GreyScale(12, windows=(Window(1776.0, 3268.0),))) == ()


def test_signed_and_floating_values_are_looked_at_too():
    values = deep(inside=(1100, 2900), ground=0, fill=900)
    scale = GreyScale(16, windows=(Window(1000.0, 2000.0),))
    assert text_regions(values.astype(np.int16) - 1000, scale)
    assert text_regions(values.astype(np.float32) - 1000.5, scale)
    assert text_regions(np.full((60, 60), np.nan, np.float32), scale) == ()


def test_text_in_one_colour_of_the_brightness_of_its_ground_is_found():
    red, white = (255, 0, 0), (255, 255, 255)
    box = in_a_box(ground=0, fill=255) >= 128
    assert text_regions(np.where(box[..., np.newaxis], red, white).astype(np.uint8))


def test_text_in_a_later_frame_is_found_and_the_frame_is_named():
    clean, printed = np.asarray(film()), in_a_box(ground=0, fill=200)
    facts = read_dicom(
        dicom(np.stack([clean, printed, clean, printed]), NumberOfFrames=4, drop=("PlanarConfiguration",), **GREY)
    )
    assert facts.frames == 4
    assert facts.gate.printed.frames == (2, 4)
    assert facts.gate.printed.regions
    assert not read_dicom(
        dicom(np.stack([clean] * 4), NumberOfFrames=4, drop=("PlanarConfiguration",), **GREY)
    ).gate.printed.frames


def test_of_more_frames_than_are_looked_at_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(burned_in, "FRAMES_LOOKED_AT", 3)
    printed = printed_in(np.zeros((5, 20, 20), np.uint8), GreyScale(8), (0.0, 255.0))
    assert (printed.seen, printed.unseen, printed.frames) == (3, 2, ())


def test_a_box_that_lies_in_another_is_told_once_and_very_many_become_one():
    inner, outer = Region(5, 5, 10, 10), Region(0, 0, 40, 40)
    assert burned_in._apart([inner, outer, Region(50, 0, 9, 9)]) == (outer, Region(50, 0, 9, 9))
    many = [Region(20 * number, 0, 9, 9) for number in range(60)]
    assert burned_in._apart(many) == (Region(0, 0, 1189, 9),)
