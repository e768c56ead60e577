"""How much text that is written into pictures is found: ``python -m perf.gate.printed_text [--data PATH] [--fonts PATH]``.

Words × typeface × level × height × turn × place × ground, drawn evenly by chance: in a box of one level, as devices and
viewers write, and on the picture itself. Grounds are chest films below PATH (``cxr_png_nih/*.png``, ``cxr_dicom/*.dcm`` in
all their pixels), else ramps with noise. Typefaces are those of Debian's Liberation, DejaVu, URW and Noto fonts that lie
below the fonts' PATH, and Pillow's two; ``--kept-back`` takes those at which nobody looked while the rules were made. A text
is found where a box meets it. With PATH the films are looked at without text too. What is printed is recall, by what was
drawn; for text on the picture itself also by how many standard deviations of the ground it stands off.
"""

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cases.adapters.dicom import decode_looking, decoded, parse
from cases.gate.header.burned_in import text_regions
from cases.gate.header.strokes import SIDE as LOOKED_AT

Levels = NDArray[np.uint8]
WORDS = ("QUIXOTL, ZEBULON", "DOB 1987-06-12", "Maria Jonsdottir", "MRN 00471123")
LEVELS = (255, 239, 220, 200, 180, 160, 128, 90, 60, 30, 0)
HEIGHTS = (9, 11, 14, 18, 22, 28, 36, 40, 64, 120)  # of the font, in the picture's own pixels
TYPEFACES = (  # with which the rules were made
    "DejaVuSansMono-Bold DejaVuSerif LiberationMono-Regular LiberationSans-Italic LiberationSans-Regular "
    "LiberationSansNarrow-Regular LiberationSerif-Bold LiberationSerif-Italic LiberationSerif-Regular"
)
KEPT_BACK = (
    "C059-Roman DejaVuSansCondensed NimbusMonoPS-Regular NimbusRoman-Italic NimbusSans-Bold NimbusSansNarrow-Oblique "
    "NotoMono-Regular P052-Roman URWBookman-Light URWGothic-Book"
)
PILLOW, BITMAP = "Pillow", "Pillow, bitmap"
_BITMAP_HEIGHT = 11  # of the one size there is, which is drawn in whole multiples
TURNS = (0, 90, 180, 270)
PLACES = ((0.02, 0.02), (0.5, 0.5), (0.98, 0.98), (0.02, 0.98))
BOXES = (None, 0, 255)
LEAST_APART = 30  # levels between a text and its box
SIDE = 1024


class Case(NamedTuple):
    """One text to write."""

    word: str
    typeface: str
    level: int
    height: int
    turn: int
    place: tuple[float, float]
    box: int | None


def main() -> None:
    """Prints recall."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="holds cxr_png_nih/ and cxr_dicom/")
    parser.add_argument("--fonts", type=Path, help="holds the typefaces, as /usr/share/fonts of Debian does")
    parser.add_argument("--kept-back", action="store_true", help="the typefaces at which nobody looked for the rules")
    parser.add_argument("--texts", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    dice, films, fonts = random.Random(asked.seed), grounds(asked.data), typefaces(asked.fonts, asked.kept_back)
    found: dict[tuple[Any, ...], list[bool]] = defaultdict(list)
    start, written = time.process_time(), 0
    while written < asked.texts:
        one = drawn(dice, sorted(fonts))
        film = dice.choice(films)
        made = (
            None
            if one.box is not None and abs(one.level - one.box) < LEAST_APART
            else write(film, one, fonts[one.typeface])
        )
        if made is None:
            continue
        written += 1
        is_found = meets(made[0], made[1])
        kind = "on the picture" if one.box is None else "in a box"
        keys = [("all",), *((name, getattr(one, name)) for name in ("typeface", "level", "height", "turn", "word"))]
        step = -(-max(film.shape) // LOOKED_AT)
        keys.append(("pixels of the coarser look", "under 13" if one.height < 13 * step else "13 and more"))
        if one.box is None:
            keys.append(("standard deviations off", stands_off(film, made[1], one.level)))
        for key in keys:
            found[(kind, *key)].append(is_found)
    for key, hits in sorted(found.items(), key=lambda row: tuple(map(str, row[0]))):
        print(f"{', '.join(map(str, key)):55} {np.mean(hits):.2f}  (n = {len(hits)})")
    seconds = (time.process_time() - start) / written
    alarms = sum(bool(text_regions(film)) for film in films)
    print(f"without text: {alarms} of {len(films)} grounds held; {1000 * seconds:.0f} ms a picture, with its making")


def typefaces(folder: Path | None, kept_back: bool) -> dict[str, Path | None]:
    """Files of typefaces by their names; Pillow's own have none."""
    files = {path.stem: path for path in sorted(folder.rglob("*.[ot]tf"))} if folder else {}
    named: dict[str, Path | None] = {
        name: files[name] for name in (KEPT_BACK if kept_back else TYPEFACES).split() if name in files
    }
    return named if kept_back and named else named | {PILLOW: None, BITMAP: None}


def drawn(dice: random.Random, fonts: Sequence[str]) -> Case:
    """A case by chance."""
    word, level, height = dice.choice(WORDS), dice.choice(LEVELS), dice.choice(HEIGHTS)
    return Case(word, dice.choice(fonts), level, height, dice.choice(TURNS), dice.choice(PLACES), dice.choice(BOXES))


def grounds(data: Path | None) -> list[Levels]:
    """Chest films as they are, or six ramps with noise."""
    paths = sorted((data / "cxr_png_nih").glob("*.png")) if data else []
    if data and paths:
        return [np.asarray(Image.open(path).convert("L")) for path in paths] + _of_dicom(data / "cxr_dicom")
    ramp = np.linspace(40, 200, SIDE)[np.newaxis].repeat(SIDE, axis=0)
    dice = np.random.default_rng(7)
    return [
        np.clip(ramp + dice.normal(0, deviation, ramp.shape), 0, 235).astype(np.uint8)
        for deviation in (1, 2, 4, 6, 10, 15)
    ]


def _of_dicom(folder: Path) -> list[Levels]:
    films = []
    for path in sorted(folder.glob("*.dcm")):
        dataset = parse(path.read_bytes())
        image = decoded(dataset, decode_looking(dataset)[0])
        if not image.is_colour:
            films.append(image.shown)
    return films


def write(film: Levels, one: Case, file: Path | None) -> tuple[Levels, tuple[int, int, int, int]] | None:
    """The film with the text, and its box (left, top, right, bottom); None where it has no room."""
    ink = _ink(one, file)
    cover = np.asarray(ink.rotate(one.turn, expand=True)) / 255.0
    room = film.shape[0] - cover.shape[0], film.shape[1] - cover.shape[1]
    if min(room) < 0:
        return None
    top, left = int(room[0] * one.place[0]), int(room[1] * one.place[1])
    place = slice(top, top + cover.shape[0]), slice(left, left + cover.shape[1])
    ground = film[place] if one.box is None else np.full(cover.shape, one.box)
    written = film.copy()
    written[place] = np.round(ground * (1 - cover) + one.level * cover).astype(np.uint8)
    return written, (left, top, left + cover.shape[1], top + cover.shape[0])


def _ink(one: Case, file: Path | None) -> Image.Image:
    if one.typeface == BITMAP:
        height, bitmap = _BITMAP_HEIGHT, ImageFont.load_default_imagefont()
        times = max(1, round(one.height / height))
        right, bottom = (int(edge) for edge in bitmap.getbbox(one.word)[2:])
        ink = Image.new("L", (right + height, bottom + height))
        ImageDraw.Draw(ink).text((height // 2, height // 2), one.word, fill=255, font=bitmap)
        return ink.resize((ink.width * times, ink.height * times), Image.Resampling.NEAREST)
    font = ImageFont.truetype(str(file), one.height) if file else ImageFont.load_default(one.height)
    right, bottom = (int(edge) for edge in font.getbbox(one.word)[2:])
    ink = Image.new("L", (right + one.height, bottom + one.height))
    ImageDraw.Draw(ink).text((one.height // 2, one.height // 2), one.word, fill=255, font=font)
    return ink


def meets(picture: Levels, box: tuple[int, int, int, int]) -> bool:
    """Whether a region that is found meets the box."""
    left, top, right, bottom = box
    return any(
        min(right, one.left + one.width) > max(left, one.left) and min(bottom, one.top + one.height) > max(top, one.top)
        for one in text_regions(picture)
    )


def stands_off(film: Levels, box: tuple[int, int, int, int], level: int) -> str:
    """How far the level is from the ground's mean, in its standard deviations."""
    ground = film[box[1] : box[3], box[0] : box[2]]
    off = abs(level - float(ground.mean())) / max(1.0, float(ground.std()))
    return "under 2" if off < 2 else "2 to 4" if off < 4 else "4 and more"


if __name__ == "__main__":
    main()
