"""The drawing board of the synthetic films: a grid in millimetres, thin tubes splatted onto it, noise and letters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

Array = NDArray[np.floating[Any]]  # float32 on rasters throughout: half the memory, twice the speed


@dataclass(frozen=True)
class Grid:
    """A raster of `rows` × `columns` square pixels of `pitch` mm whose upper left corner lies at (`left`, `top`) mm."""

    rows: int
    columns: int
    pitch: float
    left: float
    top: float

    @property
    def x(self) -> Array:
        """Pixel centres along the columns in mm, shape (1, columns)."""
        return (self.left + (np.arange(self.columns, dtype=np.float32) + 0.5) * self.pitch)[None, :].astype(np.float32)

    @property
    def y(self) -> Array:
        """Pixel centres along the rows in mm, shape (rows, 1)."""
        return (self.top + (np.arange(self.rows, dtype=np.float32) + 0.5) * self.pitch)[:, None].astype(np.float32)

    def coarser(self, times: int) -> "Grid":
        """The same field with pixels `times` as large, for parts without sharp edges."""
        rows, columns = -(-self.rows // times), -(-self.columns // times)
        return Grid(rows, columns, self.pitch * times, self.left, self.top)

    def between(self, left: float, right: float) -> tuple["Grid", slice]:
        """The columns from `left` to `right` (mm) as a grid of their own, and where they lie in this one."""
        first = int(np.clip((left - self.left) / self.pitch, 0, self.columns - 2))
        last = int(np.clip((right - self.left) / self.pitch + 1, first + 2, self.columns))
        part = Grid(self.rows, last - first, self.pitch, self.left + first * self.pitch, self.top)
        return part, slice(first, last)

    def pasted(self, left: float, right: float, draw: Callable[["Grid"], Array]) -> Array:
        """What `draw` draws between `left` and `right` (mm), 0 elsewhere: narrow parts need no whole raster."""
        part, columns = self.between(left, right)
        whole = np.zeros((self.rows, self.columns), dtype=np.float32)
        whole[:, columns] = draw(part)
        return whole

    def splat(self, points: NDArray[np.floating], mass: NDArray[np.floating]) -> Array:
        """Path lengths in mm, shape (rows, columns): each point (n, 2) in mm spreads its mass (n,) in mm³ over a pixel."""
        column = ((points[:, 0] - self.left) * (1 / self.pitch)).astype(np.int32)
        row = ((points[:, 1] - self.top) * (1 / self.pitch)).astype(np.int32)
        inside = (column > 0) & (column < self.columns) & (row > 0) & (row < self.rows)
        index = (row * self.columns + column)[inside]
        flat = np.bincount(index, mass[inside] / self.pitch**2, minlength=self.rows * self.columns)
        return flat.reshape(self.rows, self.columns).astype(np.float32)


@dataclass(frozen=True)
class Dust:
    """A cloud of weighted points: `points` (n, 3) in mm as x (patient's left), y (down), z (front), `mass` (n,) in mm³."""

    points: Array
    mass: Array

    def seen(self, grid: Grid, axes: tuple[int, int], *, soften: float = 0.6) -> Array:
        """The path lengths in mm on `grid`, looking along the axis that `axes` leaves out; `soften` in pixels."""
        return blur(grid.splat(self.points[:, axes], self.mass), soften)


def gather(*clouds: Dust) -> Dust:
    """All clouds as one."""
    return Dust(np.concatenate([c.points for c in clouds]), np.concatenate([c.mass for c in clouds]))


def tube(path: NDArray[np.float64], radius: float | NDArray[np.float64], step: float, *, wall: float = 0.0) -> Dust:
    """A round tube along `path` (n, 3) mm of `radius` mm, filled with points `step` mm apart; `wall` > 0 is hollow.

    The mass is that of a solid cylinder of density 1, or of a wall as thick as `wall` times the radius.
    """
    step = min(step, 2.0)  # coarse rasters still need round rings
    dense, width = _resampled(path, radius, step)
    tangent = np.gradient(dense, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    across = int(np.clip(np.ceil(2 * float(np.max(width)) / step), 2, 48))
    v = (np.arange(across) + 0.5) / across * 2 - 1
    depth = np.sqrt(1 - v**2)
    if wall:
        depth = depth - np.sqrt(np.clip((1 - wall) ** 2 - v**2, 0, None))
    first = np.cross(tangent, [0.0, 0.0, 1.0])
    flat = np.linalg.norm(first, axis=1) < 0.2
    first[flat] = np.cross(tangent[flat], [1.0, 0.0, 0.0])
    first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-9
    shake = grit(len(dense) * across).reshape(len(dense), across) / across
    points = dense[:, None, :] + first[:, None, :] * (width[:, None] * (v[None, :] + shake))[..., None]
    length = float(np.mean(np.linalg.norm(np.diff(dense, axis=0), axis=1)))
    mass = (2 * width[:, None] * depth[None, :]) * (2 * width[:, None] / across) * length
    return Dust(points.reshape(-1, 3).astype(np.float32), mass.ravel().astype(np.float32))


def _resampled(
    path: NDArray[np.float64], radius: float | NDArray[np.float64], step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0, length[-1], max(3, int(length[-1] / step)))
    dense = np.stack([np.interp(at, length, path[:, k]) for k in range(3)], axis=1)
    width = np.interp(at, length, np.broadcast_to(np.asarray(radius, dtype=float), length.shape))
    return dense, width


def grit(count: int) -> Array:
    """The same `count` irregular numbers in -1..1 at every call: they shake points off the raster against moiré."""
    return np.resize(_grit_bank(), count)


@lru_cache(maxsize=1)
def _grit_bank() -> Array:
    return np.random.default_rng(21).uniform(-1, 1, 65537).astype(np.float32)


def smooth_path(knots: list[tuple[float, float, float]], count: int = 40) -> NDArray[np.float64]:
    """A soft curve of `count` points through the neighbourhood of `knots` (mm); it starts and ends on the outer two."""
    at = np.linspace(0, len(knots) - 1, count)
    line = np.stack([np.interp(at, range(len(knots)), [k[i] for k in knots]) for i in range(3)], axis=1)
    return np.asarray(ndimage.gaussian_filter1d(line, count / len(knots) / 2.2, axis=0, mode="nearest"))


def blur(picture: Array, sigma: float) -> Array:
    """`picture` blurred by `sigma` pixels; wide blurs are taken on a smaller copy, which is much quicker."""
    if sigma <= 0:
        return picture
    if sigma < 4:
        return np.asarray(ndimage.gaussian_filter(picture, sigma, truncate=2.5), dtype=np.float32)
    shrink = int(sigma / 2)
    rows, columns = picture.shape
    small = resized(picture, max(4, rows // shrink), max(4, columns // shrink), box=True)
    small = np.asarray(ndimage.gaussian_filter(small, sigma / shrink, truncate=3), dtype=np.float32)
    return resized(small, rows, columns)


def resized(picture: Array, rows: int, columns: int, *, box: bool = False) -> Array:
    """`picture` at another size, bilinear, or by the mean of each block when `box`."""
    how = Image.Resampling.BOX if box else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(picture).resize((columns, rows), how), dtype=np.float32)


def clouds(rng: np.random.Generator, grid: Grid, size: float) -> Array:
    """Smooth random relief of mean 0 and spread 1, with hills about `size` mm wide."""
    rows = max(3, int(grid.rows * grid.pitch / size) + 2)
    columns = max(3, int(grid.columns * grid.pitch / size) + 2)
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    fine = Image.fromarray(coarse).resize((columns * 4, rows * 4), Image.Resampling.BICUBIC)
    return resized(np.asarray(fine, dtype=np.float32), grid.rows, grid.columns) * np.float32(1.35)


@lru_cache(maxsize=1)
def _noise_bank() -> Array:
    grain = np.random.default_rng(20).standard_normal((1600, 2048), dtype=np.float32)
    grain = grain + 0.35 * np.roll(grain, 1, axis=0) + 0.35 * np.roll(grain, 1, axis=1)
    return np.ascontiguousarray(grain / grain.std()).ravel()


def detector_noise(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Grain of mean 0 and spread 1, slightly correlated as a detector's; cut from one bank at a random place."""
    bank, wanted = _noise_bank(), rows * columns
    start = int(rng.integers(max(1, bank.size - wanted)))
    grain = bank[start : start + wanted] if wanted <= bank.size else np.resize(bank, wanted)
    return grain.reshape(rows, columns)


def stencil(text: str, height: int) -> Array:
    """The letters of `text` as coverage 0..1, about `height` pixels tall."""
    font = ImageFont.load_default(size=height)
    box = font.getbbox(text)
    picture = Image.new("L", (int(box[2] - box[0]) + 4, int(box[3] - box[1]) + 4))
    ImageDraw.Draw(picture).text((2 - box[0], 2 - box[1]), text, fill=255, font=font)
    return np.asarray(picture, dtype=np.float32) / 255
