"""The frontal chest film as a sum of path lengths: body, lungs, heart, bones, vessels."""

from dataclasses import dataclass
from math import cos, sin

import numpy as np

from demo.anatomy import SIDES, Anatomy
from demo.raster import Array, Dust, Grid, blur, clouds, resized

FRONTAL = (0, 1)
AIR_SHARE = np.float32(0.70)  # how much less an aerated lung absorbs than water


@dataclass(frozen=True)
class Layers:
    """The parts of a film as path lengths in mm, all of the grid's shape; findings replace some of them."""

    grid: Grid
    body: Array  # soft tissue if there were no lungs
    lung: Array  # aerated lung
    opacity: Array  # share of the lung that is filled, 0..1
    soft: Array  # anything of soft tissue in addition
    vessels: Array
    bone: Array
    air: Array  # trachea, stomach bubble, bowel

    def total(self, *, bone_weight: float = 3.3) -> Array:
        """The water-equivalent path length in mm."""
        aerated = self.lung * (1 - np.clip(self.opacity, 0, 1))
        vessels = self.vessels * (1 - 0.75 * np.clip(self.opacity, 0, 1))
        bone = np.float32(bone_weight) * self.bone * (1 - 0.45 * self.opacity)
        path = self.body + self.soft + vessels + bone - AIR_SHARE * aerated - self.air
        return np.maximum(path, 0)


def chord(u: Array, v: Array, depth: float) -> Array:
    """Path length in mm through an ellipsoid `depth` mm deep, at (u, v) in units of its half axes."""
    return np.asarray(depth * np.sqrt(np.clip(1 - u * u - v * v, 0, None)), dtype=np.float32)


def union(*parts: Array) -> Array:
    """One body out of several that overlap, without seams."""
    total = np.square(np.square(parts[0]))
    for part in parts[1:]:
        total = total + np.square(np.square(part))
    return np.asarray(np.sqrt(np.sqrt(total)), dtype=np.float32)


def capsule(grid: Grid, start: tuple[float, float], end: tuple[float, float], radius: tuple[float, float]) -> Array:
    """Path length in mm through a limb from `start` to `end` (mm) whose radius runs between the two given."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    t = np.clip(((grid.x - start[0]) * dx + (grid.y - start[1]) * dy) / (dx * dx + dy * dy), 0, 1)
    away = (grid.x - start[0] - t * dx) ** 2 + (grid.y - start[1] - t * dy) ** 2
    r = radius[0] + (radius[1] - radius[0]) * t
    return np.asarray(2 * np.sqrt(np.clip(r * r - away, 0, None)), dtype=np.float32)


def edge(distance: Array, pitch: float) -> Array:
    """1 where `distance` (mm) is positive, 0 where negative, with an edge about two pixels soft."""
    return np.asarray(np.clip(distance / (2 * pitch) + 0.5, 0, 1), dtype=np.float32)


def frontal_layers(anatomy: Anatomy, grid: Grid, rng: np.random.Generator, *, bones: Dust, vessels: Dust) -> Layers:
    """The frontal film of a patient before any finding of the lung is drawn in."""
    wide = anatomy.half_width + 6
    lung = grid.pasted(-wide, 0, lambda part: lung_cavity(anatomy, part, -1))
    lung += grid.pasted(0, wide, lambda part: lung_cavity(anatomy, part, 1))
    lung = np.maximum(lung - grid.pasted(-100, 135, lambda part: mediastinum(anatomy, part)), 0)
    branches = vessels.seen(grid, FRONTAL, soften=0.7)
    branches = 10 * (1 - np.exp(-branches / 10)) * np.clip(lung / 45, 0, 1)
    body = resized(trunk(anatomy, grid.coarser(2)), grid.rows, grid.columns)
    body = body + (0.006 * clouds(rng, grid, 40) + 0.003 * clouds(rng, grid, 9)) * body
    none = np.zeros_like(body)
    return Layers(
        grid=grid,
        body=body,
        lung=lung * (1 + 0.03 * clouds(rng, grid, 14)),
        opacity=none,
        soft=none,
        vessels=branches,
        bone=skeleton(anatomy, grid, lung, bones),
        air=grid.pasted(-48, 48, lambda part: airways(anatomy, part)) + abdomen_air(anatomy, grid),
    )


def lung_cavity(anatomy: Anatomy, grid: Grid, side: int) -> Array:
    """Path length in mm through one half of the chest cavity, heart and vessels included."""
    x, y = grid.x * side, grid.y
    outer = anatomy.outer(y)
    inner = anatomy.inner(y)
    middle, half = (outer + inner) / 2, np.maximum((outer - inner) / 2, 0.1)
    u = np.abs((x - middle) / half)
    depth = anatomy.depth * 0.7 * np.clip(0.38 + y / 170, 0.38, 1)
    path = depth * np.sqrt(np.clip(1 - u * u * u, 0, None)) * (y > 0)
    below = y - anatomy.dome_line(side, grid.x)
    recess = 0.38 * (1 - np.sqrt(np.clip(below / 46, 0, 1)))
    return np.asarray(path * (recess + (1 - recess) * edge(-below, grid.pitch)), dtype=np.float32)


def mediastinum(anatomy: Anatomy, grid: Grid) -> Array:
    """Path length in mm through heart and great vessels."""
    x, y = grid.x - anatomy.spine_x(grid.y) * 0.5, grid.y
    floor, k = anatomy.dome + 22, anatomy.heart
    tall = 0.5 + 0.5 * k
    right = chord((x + 1) / (37 * k), (y - floor + 58) / (68 * tall), 135)
    a = 0.62
    u, v = x - 25 * k, y - floor + 54 * tall
    left = chord((u * cos(a) + v * sin(a)) / (67 * k), (v * cos(a) - u * sin(a)) / (54 * k), 150)
    outflow = chord(
        (x - 12 - (y - 0.5 * anatomy.dome) * 0.2) / 31, (y - 0.6 * anatomy.dome) / (0.235 * anatomy.dome), 125
    )
    reach = 25 + 9 * np.clip((40 - y) / 70, 0, 1) + 4 * np.clip((y - 90) / 60, 0, 1)
    upper = 112 * np.sqrt(np.clip(1 - np.abs((x + 2) / reach) ** 3, 0, None)) * np.clip((floor - 40 - y) / 60, 0, 1)
    arch = 0.37 * anatomy.dome
    knob = chord((x - 17) / (anatomy.knob + 3), (y - arch) / (anatomy.knob + 3), 105)
    descending = (
        30 * np.sqrt(np.clip(1 - ((x - 12) / (anatomy.knob + 5)) ** 2, 0, None)) * np.clip((y - arch) / 20, 0, 1)
    )
    hila = sum(
        (
            chord((x - s * 33) / 13, (y - 0.52 * anatomy.dome + s * 4) / 15, 26)
            + chord((x - s * 34 + s * 0.25 * (y - 0.6 * anatomy.dome)) / 9, (y - 0.62 * anatomy.dome) / 26, 18)
            for s in SIDES
        ),
        start=np.float32(0),
    )
    whole = union(*(np.asarray(p, dtype=np.float32) for p in (right, left, outflow, upper, knob, descending)))
    return np.asarray(whole + blur(np.asarray(hila, dtype=np.float32), 1.5), dtype=np.float32)


def trunk(anatomy: Anatomy, grid: Grid) -> Array:
    """Path length in mm through chest, neck, shoulders, arms and breasts, were they all soft tissue."""
    x, y = grid.x, grid.y
    half = anatomy.half_width + 14 + anatomy.fat - 5 * np.clip((120 - y) / 120, 0, 1)
    depth = anatomy.depth * np.clip(0.7 + 0.3 * (y + 30) / 150, 0.6, 1.0) + 0.1 * np.clip(y - anatomy.dome, 0, 120)
    slope = np.clip((y + 58 - 0.1 * np.abs(x)) / 70, 0, 1)
    chest = depth * np.sqrt(np.clip(1 - np.square(x / half) ** 2, 0, None)) * np.sqrt(slope)
    neck = (
        150
        * np.sqrt(np.clip(1 - (x / (56 + 0.2 * np.clip(-20 - y, 0, 60))) ** 2, 0, None))
        * np.clip((60 - y) / 60, 0, 1)
    )
    wide, fat = anatomy.half_width, anatomy.fat
    limbs = [chest, neck]
    for s in SIDES:
        limbs.append(capsule(grid, (s * 20, -62), (s * wide * 1.2, 44), (56, 50 + fat * 0.3)))
        limbs.append(capsule(grid, (s * wide * 1.29, 52), (s * (wide * 1.42 + fat), 330), (42 + fat * 0.3, 36)))
        limbs.append(capsule(grid, (s * wide * 0.8, 30), (s * wide * 1.22, 62), (62, 54)))
    body = union(*(np.asarray(limb, dtype=np.float32) for limb in limbs))
    muscle = sum((chord((x - s * wide * 0.72) / (wide * 0.5), (y - 90) / 62, 13) for s in SIDES), start=np.float32(0))
    body = body + muscle * np.clip(body / 60, 0, 1)
    if anatomy.breast:
        r = anatomy.breast
        for s in SIDES:
            low = np.clip((y - anatomy.dome + 40) / 60, 0, 1)
            body = body + chord((x - s * wide * 0.74) / (r * 1.3), (y - anatomy.dome + 12) / r, 9 + r * 0.18) * low
    return np.asarray(body, dtype=np.float32)


def skeleton(anatomy: Anatomy, grid: Grid, lung: Array, bones: Dust) -> Array:
    """Path length in mm of bone: spine, ribs, clavicles, shoulders, upper arms."""
    thin = bones.seen(grid, FRONTAL, soften=0.9)
    thin = 5.5 * (1 - np.exp(-thin / 5.5)) * (0.35 + 0.65 * np.clip(lung / 45 + (np.abs(grid.x) > 70), 0, 1))
    inner, outer = anatomy.half_width * 1.05, anatomy.half_width * 1.42 + anatomy.fat + 30
    picture = thin + grid.pasted(-38, 38, lambda part: spine(anatomy, part))
    picture += grid.pasted(-outer, -inner, lambda part: _upper_arm(anatomy, part, -1))
    picture += grid.pasted(inner, outer, lambda part: _upper_arm(anatomy, part, 1))
    return np.asarray(picture * anatomy.bone, dtype=np.float32)


def _upper_arm(anatomy: Anatomy, grid: Grid, side: int) -> Array:
    wide = anatomy.half_width
    hollow = []
    for shrink in (1.0, 0.82):
        head = chord((grid.x - side * wide * 1.28) / (24 * shrink), (grid.y - 52) / (24 * shrink), 48 * shrink)
        ends = (side * wide * 1.31, 62), (side * (wide * 1.42 + anatomy.fat * 0.6), 330)
        hollow.append(union(head, capsule(grid, *ends, (14 * shrink**1.4, 11 * shrink**1.6))))
    return np.asarray(0.55 * (hollow[0] - 0.88 * hollow[1]), dtype=np.float32)


def spine(anatomy: Anatomy, grid: Grid) -> Array:
    """Path length in mm through the vertebrae."""
    x, y = grid.x - anatomy.spine_x(grid.y), grid.y
    spacing = (anatomy.dome - 2) / 9.7
    phase = ((y + 70) / spacing) % 1.0
    half = 13 + 4 * np.clip((y + 60) / 300, 0, 1) - 2.0 * np.exp(-(((phase - 0.5) / 0.25) ** 2))
    body = np.sqrt(np.clip(1 - np.abs(x / half) ** 4, 0, None))
    plates = np.exp(-(((phase - 0.08) / 0.035) ** 2)) + np.exp(-(((phase - 0.92) / 0.035) ** 2))
    disc = np.exp(-(((phase + 0.5) % 1.0 - 0.5) ** 2) / 0.05**2)
    pedicles = sum(np.exp(-((x - s * half * 0.68) ** 2) / 9) for s in SIDES) * np.exp(-(((phase - 0.35) / 0.14) ** 2))
    spinous = np.exp(-((x / 3.4) ** 2)) * np.exp(-(((phase - 0.7) / 0.2) ** 2))
    fade = 1 - 0.62 * np.clip((y - 20) / 120, 0, 1)
    across = np.exp(-(((phase - 0.36) / 0.12) ** 2)) * np.clip(1.4 - np.abs(x) / 24, 0, 1)
    return np.asarray(
        fade * (body * (2.6 + 1.1 * plates - 0.8 * disc) + 1.4 * pedicles + 1.8 * spinous + 1.0 * across),
        dtype=np.float32,
    )


def airways(anatomy: Anatomy, grid: Grid) -> Array:
    """Path length in mm of air in trachea and main bronchi."""
    carina = 0.42 * anatomy.dome
    y = grid.y
    middle = anatomy.spine_x(y) * 0.5 - 3.5 * np.clip((y - 20) / 60, 0, 1)
    width = 7.6
    path = 15 * np.sqrt(np.clip(1 - ((grid.x - middle) / width) ** 2, 0, None)) * np.clip((carina + 4 - y) / 8, 0, 1)
    right = capsule(grid, (-4, carina - 2), (-32, carina + 28), (6.2, 4.6))
    left = capsule(grid, (-2, carina - 2), (38, carina + 30), (5.6, 4.2))
    return np.asarray(1.25 * union(np.asarray(path, dtype=np.float32), right * 0.7, left * 0.65), dtype=np.float32)


def abdomen_air(anatomy: Anatomy, grid: Grid) -> Array:
    """Path length in mm of the stomach's bubble, with its fluid level, and of a little gas in the bowel."""
    rng = np.random.default_rng([anatomy.seed, 13])
    top = anatomy.dome_height(1) + 9
    size, height = rng.uniform(20, 36), rng.uniform(13, 24)
    cx = anatomy.half_width * rng.uniform(0.36, 0.55)
    bubble = chord((grid.x - cx) / size, (grid.y - top - height) / height, 52)
    bubble = bubble * edge(top + height * rng.uniform(1.0, 1.6) - grid.y, grid.pitch)
    gx, gy = anatomy.half_width * rng.uniform(0.2, 0.8), anatomy.dome + rng.uniform(70, 120)
    near = np.exp(-(((grid.x - gx) / 55) ** 2) - ((grid.y - gy) / 26) ** 2)
    gas = 46 * np.clip(clouds(rng, grid, 20) - 0.5, 0, 0.8) * near
    return np.asarray(bubble + gas, dtype=np.float32)
