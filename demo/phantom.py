"""Draws a study's films: path lengths first, then the film's curve, grain, letters and collimation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.anatomy import Anatomy, draw_anatomy, shoulder_dust, vessel_dust
from demo.devices import device_dust
from demo.frontal import FRONTAL, Layers, frontal_layers
from demo.lateral import lateral_layers
from demo.lesions import altered_anatomy, ribs_and_clavicles, with_findings
from demo.raster import Array, Dust, Grid, blur, detector_noise, gather, resized, stencil
from demo.world import Study


@dataclass(frozen=True)
class Film:
    """One exposed film: `light` (rows, columns), 0 = air to 1 = densest, as the eye should see it."""

    view: str  # "PA", "AP" or "LL"
    light: Array
    pitch: float  # mm per pixel

    def stored(self, *, bits: int, is_inverted: bool) -> NDArray[np.uint16]:
        """The pixel values as a detector stores them: `bits` deep, air bright when `is_inverted` (MONOCHROME1)."""
        top = 2**bits - 1
        low, span = (0.97 * top, -0.94 * top) if is_inverted else (0.03 * top, 0.94 * top)
        values = self.light * np.float32(span)
        values += np.float32(low)
        return values.astype(np.uint16)


@dataclass(frozen=True)
class Bones:
    """The clouds of points both views share."""

    ribs: Dust
    shoulders: Dust
    vessels: Dust
    metal: Dust | None


def draw_study(study: Study) -> tuple[Film, ...]:
    """The frontal film and, where the study has one, the lateral; the same pixels for the same study."""
    rng = np.random.default_rng([study.seed, 41])
    patient = study.patient
    plain = draw_anatomy(patient.seed, is_male=patient.sex == "M", age=patient.age, build=patient.build)
    anatomy = altered_anatomy(plain, study.findings)
    frontal = _grid(study, rng)
    bones = _bones(study, anatomy, frontal.pitch)
    films = [_film(study, _frontal(study, anatomy, frontal, bones, rng), study.projection, rng)]
    if study.has_lateral:
        grid = _grid(study, rng, is_lateral=True)
        layers = lateral_layers(anatomy, grid, study.findings, bones.ribs, bones.vessels, bones.metal)
        films.append(_film(study, layers, "LL", rng))
    return tuple(films)


def film_size(study: Study) -> tuple[int, int, float]:
    """Rows, columns and mm per pixel of the study's films."""
    times = (2 if study.is_large else 1) * study.scale
    rows, columns = round(study.site.rows * times), round(study.site.columns * times)
    return rows, columns, study.site.pitch * study.site.rows / rows


def _grid(study: Study, rng: np.random.Generator, *, is_lateral: bool = False) -> Grid:
    """The coarser raster that the anatomy is drawn on; grain and letters come at full resolution."""
    rows, columns, pitch = film_size(study)
    shrink = 4.0 if study.is_large else 2.4
    high, wide = rows * pitch, columns * pitch
    top = -(high - 288) * 0.5 + rng.uniform(-7, 7)
    left = -wide / 2 + rng.uniform(-6, 6) + (-6 if is_lateral else 0)
    small = round(rows / shrink), round(columns / shrink)
    return Grid(*small, pitch=high / small[0], left=left, top=top)


def _bones(study: Study, anatomy: Anatomy, pitch: float) -> Bones:
    step = pitch
    is_bedside = study.projection == "AP"
    fullness = (0.75 if anatomy.is_emphysematous else 1.0) * (1.1 if is_bedside else 1.0)
    vessels = vessel_dust(anatomy, np.random.default_rng([anatomy.seed, 14]), step * 1.1, fullness=fullness)
    ribs = ribs_and_clavicles(anatomy, study.findings, step)
    return Bones(ribs, shoulder_dust(anatomy, step), vessels, device_dust(anatomy, study.devices, step))


def _frontal(study: Study, anatomy: Anatomy, grid: Grid, bones: Bones, rng: np.random.Generator) -> Layers:
    layers = frontal_layers(anatomy, grid, rng, bones=gather(bones.ribs, bones.shoulders), vessels=bones.vessels)
    layers = with_findings(layers, anatomy, study.findings)
    if bones.metal:
        metal = np.minimum(bones.metal.seen(grid, FRONTAL, soften=0.6) * 9, 30)
        layers = Layers(**{**layers.__dict__, "bone": layers.bone + metal})
    return layers


def _film(study: Study, layers: Layers, view: str, rng: np.random.Generator) -> Film:
    rows, columns, pitch = film_size(study)
    light = film_curve(layers.total(), layers.grid, is_lateral=view == "LL", rng=rng)
    light = resized(light, rows, columns)
    grain = np.multiply(light, light)
    grain *= np.float32(0.006)
    grain += np.float32(0.003)
    grain *= detector_noise(rng, rows, columns)
    light = light + grain if view == "PA" else light + grain * np.float32(1.4)
    if rng.random() < 0.35:
        _collimate(light, rng)
    _mark(light, view, pitch, rng)
    return Film(view, np.clip(light, 0, 1, out=light), pitch)


def film_curve(path: Array, grid: Grid, *, is_lateral: bool, rng: np.random.Generator) -> Array:
    """Brightness 0..1 from path lengths in mm: contrast evened out over 35 mm, edges lifted, then an S-shaped curve."""
    broad = blur(path, 35 / grid.pitch)
    fine = path - blur(path, 4 / grid.pitch)
    middle = 150 if is_lateral else 144
    level = path - 0.45 * (broad - 150) + 0.55 * fine
    width = (34 if is_lateral else 31) * rng.uniform(0.92, 1.1)
    light = 1 / (1 + np.exp(-(level - middle - rng.uniform(-6, 6)) / width))
    return np.asarray(light * np.clip(path / 24, 0.12, 1), dtype=np.float32)


def _collimate(light: Array, rng: np.random.Generator) -> None:
    rows, columns = light.shape
    edges = rng.integers(0, max(2, rows // 40), 4) * (rng.random(4) < 0.6)
    light[: edges[0]] *= 0.03
    light[rows - edges[1] :] *= 0.03
    light[:, : edges[2] // 2] *= 0.03
    light[:, columns - edges[3] // 2 :] *= 0.03


def _mark(light: Array, view: str, pitch: float, rng: np.random.Generator) -> None:
    """The technician's letter: the patient's left is on the right of a frontal film."""
    rows, columns = light.shape
    letter = "L" if view == "LL" or rng.random() < 0.6 else "R"
    glyph = stencil(letter, max(8, round(13 / pitch)))
    top = round(rows * rng.uniform(0.035, 0.08))
    share = rng.uniform(0.89, 0.93) if letter == "L" else rng.uniform(0.04, 0.07)
    left = min(round(columns * share), columns - glyph.shape[1] - 1)
    patch = light[top : top + glyph.shape[0], left : left + glyph.shape[1]]
    patch += glyph[: patch.shape[0], : patch.shape[1]] * (0.97 - patch)
    if view == "AP":
        small = stencil("AP", max(7, round(8 / pitch)))
        low = top + glyph.shape[0] + 4
        word = light[low : low + small.shape[0], left : left + small.shape[1]]
        word += small[: word.shape[0], : word.shape[1]] * (0.95 - word)
