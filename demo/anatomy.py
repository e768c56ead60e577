"""One patient's chest as shapes in millimetres: x to the patient's left, y down from the lung apex, z to the front."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.raster import Array, Dust, gather, grit, smooth_path, tube

SIDES = (-1, 1)  # the patient's right, the patient's left


@dataclass(frozen=True)
class Anatomy:
    """What differs between patients; lengths in mm on the film."""

    seed: int
    half_width: float  # of the rib cage at its widest
    depth: float  # front to back
    dome: float  # height of the right diaphragm's dome below the apex
    flatness: float  # 0 = round domes, 1 = flat
    heart: float  # scale of the heart shadow, 1 = a ratio of about 0.46
    knob: float  # radius of the aortic arch
    fat: float  # thickness of the soft tissue over the ribs
    breast: float  # radius of the breast shadows, 0 = none
    bone: float  # density of the bones, 1 = a healthy adult
    curve: float  # sideways bend of the spine
    is_emphysematous: bool = False

    def outer(self, y: Array) -> Array:
        """Half width of the lung field in mm at height `y`."""
        t = np.clip(y / (self.dome * 0.92), 0, 1)
        apex = 0.36 * self.half_width
        top = apex + (self.half_width - apex) * (1 - (1 - t) ** 2.5) ** (1 / 1.75)
        below = np.clip((y - self.dome) / 80, 0, 1)
        return np.asarray(top * (1 - 0.03 * below**2), dtype=np.float32)

    def inner(self, y: Array) -> Array:
        """Distance in mm of the lung's inner edge from the middle at height `y`."""
        rise = np.clip(1 - y / 42, 0, 1)
        apex = 0.36 * self.half_width
        return np.asarray(apex - (apex - 13) * np.sqrt(1 - rise * rise), dtype=np.float32)

    def dome_height(self, side: int) -> float:
        """Height in mm of the top of a diaphragm dome; the right one stands a little higher."""
        return self.dome if side < 0 else self.dome + 9

    def dome_line(self, side: int, x: Array) -> Array:
        """Height in mm of the diaphragm's upper edge at `x`."""
        centre = 0.46 * self.half_width
        away = np.abs(x)
        lateral = np.clip((away - centre) / (self.half_width - centre), 0, 1.2)
        medial = np.clip((centre - away) / centre, 0, 1)
        drop = 42 * (1 - 0.62 * self.flatness)
        line = self.dome_height(side) + drop * lateral**2.3 + 15 * (1 - 0.5 * self.flatness) * medial**1.8
        return np.asarray(line, dtype=np.float32)

    def spine_x(self, y: Array) -> Array:
        """Sideways place in mm of the spine's middle at height `y`."""
        return np.asarray(self.curve * np.sin((y - 20) / 85), dtype=np.float32)


def draw_anatomy(seed: int, *, is_male: bool, age: int, build: float = 0.5) -> Anatomy:
    """A patient's chest from a seed; `build` runs from 0 (thin) to 1 (heavy)."""
    rng = np.random.default_rng([seed, 11])
    size = (1.04 if is_male else 0.94) + rng.normal(0, 0.025)
    return Anatomy(
        seed=seed,
        half_width=134 * size + rng.normal(0, 3),
        depth=205 * size + 25 * build,
        dome=222 * size + rng.normal(0, 9) - 14 * build,
        flatness=float(np.clip(rng.normal(0.12, 0.08), 0, 0.35)),
        heart=float(np.clip(rng.normal(0.97, 0.05) + max(0, age - 60) * 0.002, 0.85, 1.1)),
        knob=12.5 + max(0, age - 25) * 0.1 + rng.normal(0, 1),
        fat=9 + 26 * build + rng.normal(0, 1.5),
        breast=0.0 if is_male else 52 + 26 * build + rng.normal(0, 4),
        bone=float(np.clip(1.12 - max(0, age - 45) * 0.006, 0.72, 1.15)),
        curve=float(rng.normal(0, 2.4)),
    )


def rib_path(anatomy: Anatomy, side: int, number: int, count: int = 120) -> NDArray[np.float64]:
    """The middle line of a rib, 1 to 11, from the spine round to its front end: (count, 3) mm."""
    spacing = (anatomy.dome - 2) / 9.7
    drop = (33, 54, 71, 84, 94, 101, 104, 100, 90, 74, 56)[number - 1] * spacing / 22.5
    end = (150, 147, 143, 141, 138, 134, 130, 122, 112, 98, 84)[number - 1]
    start = -4 + (number - 1) * spacing + (7 if number == 1 else 0)
    lateral = np.array([[start + 0.5 * drop]], dtype=np.float32)
    reach = max(float(anatomy.outer(lateral)[0, 0]), 40.0) + 3
    theta = np.radians(np.linspace(5, end, count))
    back = anatomy.depth * (0.5 - 0.05) * min(1.0, 0.55 + 0.1 * number)
    x = side * reach * np.sin(theta) ** 0.82
    y = start + drop * (1 - np.cos(theta)) / 2 - min(2.0 * number, 8.0) * np.sin(theta * 2) * (theta < np.pi / 2)
    z = -back * np.cos(theta) - 8
    centre = float(anatomy.spine_x(lateral)[0, 0])
    return np.stack([x + centre * np.cos(theta / 2), y, z], axis=1)


def rib_dust(paths: list[NDArray[np.float64]], step: float, *, height: float = 6.2) -> Dust:
    """Ribs as flat bands round their `paths`, (n, 3) mm each: dense at both margins, `height` mm to either side.

    All are drawn at once with as many points along each as the longest needs at `step` mm.
    """
    lengths = [np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))]) for p in paths]
    whole = np.array([length[-1] for length in lengths])[:, None]
    along = int(whole.max() / step)
    at = np.linspace(0, 1, along)[None, :] * whole
    line = np.stack([_at(row, *pair) for row, *pair in zip(at, lengths, paths, strict=True)]).astype(np.float32)
    tangent = np.gradient(line, axis=1)
    tangent /= np.sqrt(np.square(tangent).sum(axis=2, keepdims=True))
    outward = line * np.array([1, 0, 1], dtype=np.float32)
    outward /= np.sqrt(np.square(outward).sum(axis=2, keepdims=True))
    upward = np.cross(tangent, outward)
    count = int(np.ceil(2 * height / step))
    v = ((np.arange(count) + 0.5) / count * 2 - 1).astype(np.float32)
    taper = (np.clip(np.minimum(at / 14 + 0.55, (whole - at) / 10 + 0.5), 0, 1) * height).astype(np.float32)[..., None]
    wall = (0.42 + 1.7 * np.exp(-(((np.abs(v) - 0.9) / 0.11) ** 2)) + 0.3 * (v > 0.78)).astype(np.float32)
    shake = 0.7 * grit(len(paths) * along * count).reshape(len(paths), along, count)
    lift = taper * (v + shake / count)
    bulge = np.sqrt(1 - v * v) * shake[..., ::-1] * np.float32(4.2)
    points = [line[..., k, None] + upward[..., k, None] * lift + outward[..., k, None] * bulge for k in range(3)]
    mass = wall * (taper * (whole[..., None] / along * 6.4 / count).astype(np.float32))
    return Dust(np.stack([p.ravel() for p in points], axis=1), mass.ravel())


def _at(where: NDArray[np.float64], length: NDArray[np.float64], path: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.interp(where, length, path[:, k]) for k in range(3)], axis=1)


def clavicle_paths(anatomy: Anatomy) -> list[NDArray[np.float64]]:
    """The middle lines of the two clavicles, from the sternum outwards."""
    wide, front = anatomy.half_width, anatomy.depth * 0.36
    tilt = float(np.random.default_rng([anatomy.seed, 12]).normal(0, 4))
    knots = [(0.14, 44, 1.0), (0.34, 34, 1.05), (0.58, 25, 0.9), (0.82, 21, 0.6), (1.02, 17, 0.3), (1.17, 14, 0.1)]
    return [smooth_path([(s * wide * a, b + s * tilt * a, front * c) for a, b, c in knots]) for s in SIDES]


def shoulder_dust(anatomy: Anatomy, step: float) -> Dust:
    """The scapulae of both sides."""
    parts = []
    for side in SIDES:
        wide = anatomy.half_width

        def at(a: float, b: float, z: float, side: int = side, wide: float = wide) -> tuple[float, float, float]:
            return (side * wide * a, b, z)

        medial = smooth_path([at(0.86, 18, -80), at(0.83, 60, -85), at(0.9, 110, -85), at(0.99, 158, -80)])
        lateral = smooth_path([at(0.99, 158, -80), at(1.05, 120, -70), at(1.11, 80, -60), at(1.15, 58, -50)])
        crest = smooth_path([at(0.86, 50, -85), at(1.0, 34, -90), at(1.14, 18, -60), at(1.24, 18, -20)])
        coracoid = smooth_path([at(1.14, 44, -30), at(1.03, 33, 10), at(1.06, 47, 30)])
        parts += [tube(medial, 1.6, step), tube(lateral, 2.6, step), tube(crest, 3.0, step)]
        parts.append(tube(coracoid, 4.5, step, wall=0.25))
        parts.append(_sheet(medial, lateral[::-1], step * 1.6, 0.9))
    return gather(*parts)


def _sheet(first: NDArray[np.float64], second: NDArray[np.float64], step: float, thickness: float) -> Dust:
    span = float(np.linalg.norm(first - second, axis=1).max())
    count = max(2, int(span / step))
    t = (np.arange(count) + 0.5)[None, :, None] / count
    rows = max(2, int(np.linalg.norm(np.diff(first, axis=0), axis=1).sum() / step))
    pick = np.linspace(0, len(first) - 1, rows)
    ends = [np.stack([np.interp(pick, range(len(p)), p[:, k]) for k in range(3)], axis=1) for p in (first, second)]
    points = ends[0][:, None, :] * (1 - t) + ends[1][:, None, :] * t
    width = np.linalg.norm(ends[0] - ends[1], axis=1)[:, None] / count * np.ones((1, count))
    return Dust(points.reshape(-1, 3).astype(np.float32), (width * step * thickness).ravel().astype(np.float32))


def vessel_dust(anatomy: Anatomy, rng: np.random.Generator, step: float, *, fullness: float = 1.0) -> Dust:
    """The branching arteries and veins of both lungs; `fullness` scales their calibre."""
    origins, directions, radii = [], [], []
    for side in SIDES:
        for angle in np.linspace(-84, 80, 13) + rng.normal(0, 6, 13):
            a = np.radians(angle)
            tilt = rng.normal(0, 0.4)
            origins.append((side * 30, 118 + 14 * np.sin(a) + 6 * (side < 0), rng.normal(0, 6)))
            directions.append((side * np.cos(a) * np.cos(tilt), np.sin(a) * np.cos(tilt), np.sin(tilt)))
            radii.append((3.4 + 0.9 * np.sin(a)) * fullness * rng.uniform(0.8, 1.15))
    p, d, r = np.array(origins), np.array(directions), np.array(radii, dtype=float)
    parts, reach = [], anatomy.dome / 222 * 38
    for generation in range(6):
        length = rng.uniform(0.65, 1.25, len(r)) * reach * 0.86**generation
        bend = np.asarray(0.2 * rng.standard_normal(d.shape))
        parts.append(_twigs(p, d, bend, length, r, step))
        p = p + (d + bend * 0.9) * length[:, None]
        d = d + bend * 1.5
        p, d, r = _fork(rng, p, d, r)
    return gather(*parts)


def _fork(
    rng: np.random.Generator, p: NDArray[np.float64], d: NDArray[np.float64], r: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    spread = rng.normal(0, 1, d.shape) * [0.36, 0.42, 0.3]
    first, second = d + spread * 0.6, d - spread
    share = rng.uniform(0.68, 0.86, len(r))
    d = np.concatenate([first, second])
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    r = np.concatenate([r * share, r * (1.5 - share) * 0.95])
    keep = r > 0.34
    return np.concatenate([p, p])[keep], d[keep], r[keep]


def _twigs(p: Array, d: Array, bend: Array, length: Array, radius: Array, step: float) -> Dust:
    p, d, bend, length, radius = (a.astype(np.float32) for a in (p, d, bend, length, radius))
    along = int(np.ceil(float(length.max()) / step))
    across = int(np.clip(np.ceil(2 * float(radius.max()) / step), 2, 10))
    t = ((np.arange(along, dtype=np.float32) + 0.5) / along)[None, :, None]
    centre = p[:, None, :] + (d[:, None, :] * t + bend[:, None, :] * t * t * 0.9) * length[:, None, None]
    normal = np.stack([-d[:, 1], d[:, 0], np.zeros_like(radius)], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-6
    v = ((np.arange(across, dtype=np.float32) + 0.5) / across * 2 - 1)[None, None, :]
    width = radius[:, None, None] * (1 - 0.16 * t)
    shake = grit(len(p) * along * across).reshape(len(p), along, across) / across
    points = centre[:, :, None, :] + normal[:, None, None, :] * (width * (v + shake))[..., None]
    mass = 7.5 * np.sqrt(width) * np.sqrt(1 - v * v) * (2 * width / across) * (length[:, None, None] / along)
    return Dust(points.reshape(-1, 3), mass.ravel())
