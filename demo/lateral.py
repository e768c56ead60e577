"""The left lateral chest film: the patient looks to the left, so u = -z runs from the breastbone to the spine."""

from collections.abc import Iterable
from dataclasses import replace
from math import cos, sin

import numpy as np

from demo.anatomy import Anatomy
from demo.frontal import FRONTAL, Layers, capsule, chord, edge, union
from demo.lesions import displaced, filled, in_lung, place, sides_of
from demo.raster import Array, Dust, Grid, blur, clouds, resized, smooth_path, tube
from demo.world import Planted


def turned(dust: Dust) -> Dust:
    """The cloud as the lateral view sees it: x becomes -z."""
    return Dust(np.stack([-dust.points[:, 2], dust.points[:, 1], dust.points[:, 0]], axis=1), dust.mass)


def lateral_layers(
    anatomy: Anatomy, grid: Grid, findings: Iterable[Planted], ribs: Dust, vessels: Dust, metal: Dust | None
) -> Layers:
    """The lateral film with the findings drawn in; `ribs`, `vessels` and `metal` are shared with the frontal film."""
    rng = np.random.default_rng([anatomy.seed, 51])
    lung = np.maximum(_lungs(anatomy, grid) - grid.pasted(-130, 90, lambda part: _heart(anatomy, part)), 0)
    body = resized(_trunk(anatomy, grid.coarser(2)), grid.rows, grid.columns)
    body = body * (1 + 0.006 * clouds(rng, grid, 40) + 0.003 * clouds(rng, grid, 9))
    branches = turned(vessels).seen(grid, FRONTAL, soften=0.7)
    branches = 12 * (1 - np.exp(-branches / 12)) * 0.6 * np.square(np.clip(lung / 130, 0, 1))
    thin = turned(ribs).seen(grid, FRONTAL, soften=0.9)
    thin = 2.6 * (1 - np.exp(-thin / 5)) * (0.35 + 0.65 * np.clip(lung / 80, 0, 1))
    bone = thin + grid.pasted(20, 175, lambda part: _spine(anatomy, part)) + _sternum(anatomy, grid)
    if metal:
        bone = bone + np.minimum(turned(metal).seen(grid, FRONTAL, soften=0.6) * 9, 30)
    none = np.zeros_like(body)
    layers = Layers(
        grid=grid,
        body=body,
        lung=np.asarray(lung * (1 + 0.03 * clouds(rng, grid, 14)), dtype=np.float32),
        opacity=none,
        soft=none,
        vessels=np.asarray(branches, dtype=np.float32),
        bone=np.asarray(bone * anatomy.bone, dtype=np.float32),
        air=_air(anatomy, grid),
    )
    for finding in findings:
        layers = _with(layers, anatomy, finding, np.random.default_rng([finding.seed, 31]))
    return layers


def _half_depth(anatomy: Anatomy, y: Array) -> Array:
    """Half of the chest's inner depth in mm at height `y`."""
    t = np.clip(y / (0.75 * anatomy.dome), 0, 1)
    return np.asarray(anatomy.depth * 0.5 * (0.42 + 0.5 * (1 - (1 - t) ** 2) ** 0.6), dtype=np.float32)


def _middle(anatomy: Anatomy, y: Array) -> Array:
    """Where the chest's middle lies at height `y`: the upper back curves forward."""
    return np.asarray(16 - 26 * np.square(np.clip((130 - y) / 200, 0, 1)) + 0 * y, dtype=np.float32)


def _trunk(anatomy: Anatomy, grid: Grid) -> Array:
    x, y = grid.x - _middle(anatomy, grid.y), grid.y
    half = _half_depth(anatomy, np.clip(y, 30, 400)) + 14 + 0.5 * anatomy.fat
    wide = 1.62 * anatomy.half_width * np.clip(0.55 + 0.45 * (y + 40) / 170, 0.5, 1)
    chest = (
        wide * np.sqrt(np.clip(1 - np.square(np.square((x - 5) / (half + 6))), 0, None)) * np.clip((y + 30) / 60, 0, 1)
    )
    neck = 110 * np.sqrt(np.clip(1 - np.square((x + 6) / 52), 0, None)) * np.clip((50 - y) / 60, 0, 1)
    arm = 1.3 * capsule(grid, (-10, 18), (-230, -66), (52, 34))
    back = 1.2 * capsule(grid, (34, 26), (30, -20), (58, 40))
    parts = [chest, neck, arm, back]
    if anatomy.breast:
        parts.append(
            chord(
                (grid.x + anatomy.depth * 0.2) / 84,
                (y - anatomy.dome + 46 - 0.25 * grid.x) / (anatomy.breast * 1.25),
                75,
            )
        )
    return union(*(np.asarray(p, dtype=np.float32) for p in parts))


def _lungs(anatomy: Anatomy, grid: Grid) -> Array:
    x, y = grid.x - _middle(anatomy, grid.y), grid.y
    half = _half_depth(anatomy, y) - 2
    u = np.abs(x / half)
    depth = 1.42 * anatomy.half_width * np.clip(0.3 + y / 150, 0.3, 1) * np.clip(y / 10, 0, 1)
    path = depth * np.sqrt(np.clip(1 - np.square(u * u), 0, None)) * np.sqrt(1 - np.square(np.clip(1 - y / 40, 0, 1)))
    total = np.zeros_like(path)
    for side in (-1, 1):
        total = total + 0.5 * path * edge(_dome(anatomy, grid, side) - y, grid.pitch)
    return np.asarray(total, dtype=np.float32)


def _dome(anatomy: Anatomy, grid: Grid, side: int) -> Array:
    """Height in mm of one diaphragm along u: highest in front of the middle, deep behind."""
    round_ = 1 - 0.75 * anatomy.flatness
    front, behind = np.clip((-18 - grid.x) / 80, 0, 1.3), np.clip((grid.x + 18) / 100, 0, 1.3)
    line = anatomy.dome_height(side) + round_ * (20 * np.square(front) + 58 * behind**1.9) + side * 3
    return np.asarray(line + 0 * grid.y, dtype=np.float32)


def _heart(anatomy: Anatomy, grid: Grid) -> Array:
    x, y, k, d = grid.x - _middle(anatomy, grid.y), grid.y, anatomy.heart, anatomy.dome
    a, du, dv = 0.5, x + 34 - 22 * (k - 1), y - d + 40
    heart = chord((du * cos(a) + dv * sin(a)) / (56 * k), (dv * cos(a) - du * sin(a)) / (72 * (0.4 + 0.6 * k)), 120)
    root = chord((x + 18) / 34, (y - 0.56 * d) / 62, 84)
    upper = 56 * np.sqrt(np.clip(1 - np.square((x + 6 - 0.05 * y) / 28), 0, None)) * np.clip((120 - y) / 70, 0, 1)
    arch = chord((x - 10) / (anatomy.knob + 10), (y - 0.37 * d) / (anatomy.knob + 6), 40)
    falling = 22 * np.sqrt(np.clip(1 - np.square((x - 40) / 13), 0, None)) * np.clip((y - 0.37 * d) / 20, 0, 1)
    hila = chord((x - 4) / 17, (y - 0.52 * d) / 22, 30)
    whole = union(*(np.asarray(p, dtype=np.float32) for p in (heart, root, upper, arch)))
    return blur(np.asarray(whole + falling + hila, dtype=np.float32), 1.2 / grid.pitch)


def _spine(anatomy: Anatomy, grid: Grid) -> Array:
    y = grid.y
    x = grid.x - _middle(anatomy, y) - _half_depth(anatomy, np.clip(y, 50, 400)) + 24
    spacing = (anatomy.dome - 2) / 9.7
    phase = ((y + 70 + 0.12 * x) / spacing) % 1.0
    half = 13 + 4 * np.clip((y + 60) / 300, 0, 1)
    body = np.sqrt(np.clip(1 - np.square(x / half) ** 2, 0, None)) * np.clip(1.25 - y / 260, 0.12, 1)
    rim = np.exp(-np.square((np.abs(x) - half + 1) / 1.3)) * 0.5
    plates = np.exp(-np.square((phase - 0.1) / 0.04)) + np.exp(-np.square((phase - 0.9) / 0.04))
    disc = np.exp(-np.square(((phase + 0.5) % 1.0 - 0.5) / 0.07))
    rear = np.exp(-np.square((x - half - 13) / 8)) * np.exp(-np.square((phase - 0.45) / 0.22))
    return np.asarray(body * (4.2 + 2 * plates - 2.4 * disc) + 2 * rim * (1 - disc) + 3 * rear, dtype=np.float32)


def _sternum(anatomy: Anatomy, grid: Grid) -> Array:
    knots = []
    for y in (36.0, 70.0, 120.0, 170.0, 0.86 * anatomy.dome):
        row = np.array([[y]], dtype=np.float32)
        u = float(_middle(anatomy, row)[0, 0] - _half_depth(anatomy, row)[0, 0])
        knots.append((u - 6, y, 0.0))
    plate = tube(smooth_path(knots), 4.5, grid.pitch * 0.6, wall=0.3).seen(grid, FRONTAL, soften=1.2)
    return np.asarray(np.minimum(plate * 0.7, 5), dtype=np.float32)


def _air(anatomy: Anatomy, grid: Grid) -> Array:
    low = 0.44 * anatomy.dome
    windpipe = capsule(grid, (-12, -60), (10, low), (7.5, 7.5))
    bronchi = chord((grid.x - 13) / 6, (grid.y - low - 12) / 7, 16)
    rng = np.random.default_rng([anatomy.seed, 13])
    wide, high = rng.uniform(20, 34), rng.uniform(12, 22)
    top = anatomy.dome_height(1) + 14
    bubble = chord((grid.x - 8) / wide, (grid.y - top - high) / high, 50) * edge(top + 1.2 * high - grid.y, grid.pitch)
    return np.asarray(1.4 * union(windpipe, bronchi) + bubble, dtype=np.float32)


def _with(layers: Layers, anatomy: Anatomy, f: Planted, rng: np.random.Generator) -> Layers:
    """One finding as the lateral view shows it; what only the frontal film shows leaves the layers as they are."""
    if f.label == "pleural_effusion":
        return _effusion(layers, anatomy, f)
    if f.label in ("airspace_opacity", "lung_nodule_or_mass"):
        return _focal(layers, anatomy, f, rng)
    if f.label in ("pulmonary_edema", "interstitial_lung_disease"):
        return _diffuse(layers, anatomy, f, rng)
    if f.label == "emphysema_hyperinflation":
        return replace(layers, lung=layers.lung * np.float32(1 + 0.1 * f.strength), vessels=layers.vessels * 0.7)
    if f.label == "mediastinal_hilar_abnormality":
        u, y, size = (10, 0.52, 20 + 9 * f.strength) if "hilar" in f.kind else (-36, 0.34, 30 + 14 * f.strength)
        return displaced(layers, chord((layers.grid.x - u) / size, (layers.grid.y - y * anatomy.dome) / size, 150))
    if f.label == "atelectasis":
        band = [(-30.0, anatomy.dome - 34, 0.0), (20.0, anatomy.dome - 22, 0.0), (50.0, anatomy.dome - 8, 0.0)]
        plate = tube(smooth_path(band), 1.2 + 0.8 * f.strength, layers.grid.pitch * 0.8).seen(layers.grid, FRONTAL)
        return replace(layers, soft=layers.soft + np.minimum(plate * 4, 18) * in_lung(layers))
    return layers


def _effusion(layers: Layers, anatomy: Anatomy, f: Planted) -> Layers:
    grid, share = layers.grid, 0.46 * len(sides_of(f))
    back = _middle(anatomy, grid.y) + _half_depth(anatomy, grid.y) - grid.x
    top = anatomy.dome + 52 - 52 * (f.strength - 0.3)
    level = top - 40 * np.exp(-np.maximum(back, 0) / 14)
    wet = 1 / (1 + np.exp(np.clip((level - grid.y) / 4, -30, 30)))
    layers = filled(layers, np.asarray(share * wet, dtype=np.float32))
    return replace(layers, soft=layers.soft + np.asarray(14 * wet * in_lung(layers), dtype=np.float32))


def _focal(layers: Layers, anatomy: Anatomy, f: Planted, rng: np.random.Generator) -> Layers:
    grid = layers.grid
    for side in sides_of(f):
        _, y, z = place(anatomy, f, side, rng)
        if f.label == "lung_nodule_or_mass":
            radius = f.size_mm / 2
            ball = chord((grid.x + z) / radius, (grid.y - y) / radius, radius * (1.7 if radius > 16 else 2.6))
            layers = replace(layers, soft=layers.soft + blur(ball, 0.5 / grid.pitch) * in_lung(layers))
            continue
        size = 24 + 17 * f.strength
        r = (
            np.hypot((grid.x + z) / size, (grid.y - y) / size)
            + 0.22 * clouds(rng, grid, 26)
            + 0.06 * clouds(rng, grid, 9)
        )
        share = (0.16 + 0.17 * f.strength) / (1 + np.exp((r - 0.82) / 0.26))
        layers = filled(layers, np.asarray(share, dtype=np.float32))
    return layers


def _diffuse(layers: Layers, anatomy: Anatomy, f: Planted, rng: np.random.Generator) -> Layers:
    grid, s = layers.grid, f.strength
    if f.label == "pulmonary_edema":
        away = np.square((grid.x - 6) / 60) + np.square((grid.y - 0.6 * anatomy.dome) / 75)
        haze = (0.08 + 0.22 * s) * np.exp(-away) * (1 + 0.35 * clouds(rng, grid, 14)) + 0.04 * s
        return filled(layers, np.asarray(haze, dtype=np.float32))
    net = np.exp(-np.square(clouds(rng, grid, 8) / 0.2)) + np.exp(-np.square(clouds(rng, grid, 5.5) / 0.2))
    low = np.clip((grid.y - 0.3 * anatomy.dome) / (0.5 * anatomy.dome), 0.1, 1) * in_lung(layers)
    layers = replace(layers, soft=layers.soft + np.asarray(net * low * (3 + 6 * s), dtype=np.float32))
    return filled(layers, np.asarray(low * 0.1 * s, dtype=np.float32))
