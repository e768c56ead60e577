"""The findings as they show on a frontal film: each takes the layers and returns them with itself drawn in."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from demo.anatomy import SIDES, Anatomy, clavicle_paths, rib_dust, rib_path
from demo.frontal import FRONTAL, Layers, chord, edge
from demo.raster import Array, Dust, blur, clouds, gather, smooth_path, tube
from demo.world import Planted, broken_ribs

Lesion = Callable[[Layers, Anatomy, Planted, np.random.Generator], Layers]
_HEIGHT = {"upper": 0.27, "mid": 0.53, "lower": 0.8}


def altered_anatomy(anatomy: Anatomy, findings: Iterable[Planted]) -> Anatomy:
    """The chest as large heart, hyperinflation and shrunken lungs shape it."""
    for f in findings:
        if f.label == "cardiomegaly":
            anatomy = replace(anatomy, heart=anatomy.heart * (1.17 + 0.16 * f.strength))
        elif f.label == "emphysema_hyperinflation":
            anatomy = replace(
                anatomy,
                dome=anatomy.dome + 12 + 14 * f.strength,
                flatness=min(1.0, 0.45 + 0.4 * f.strength),
                heart=anatomy.heart * (0.9 - 0.06 * f.strength),
                depth=anatomy.depth * (1.04 + 0.03 * f.strength),
                is_emphysematous=True,
            )
        elif f.label == "interstitial_lung_disease":
            anatomy = replace(anatomy, dome=anatomy.dome - 6 - 8 * f.strength)
    return anatomy


def with_findings(layers: Layers, anatomy: Anatomy, findings: Iterable[Planted]) -> Layers:
    """The film with every finding drawn in; the same finding falls on the same place in every study."""
    for finding in findings:
        lesion = LESIONS.get(finding.label)
        if lesion:
            layers = lesion(layers, anatomy, finding, np.random.default_rng([finding.seed, 31]))
    return layers


def sides_of(finding: Planted) -> tuple[int, ...]:
    """-1 for the patient's right, 1 for the left, both where it is bilateral."""
    return {"right": (-1,), "left": (1,), "both": SIDES}.get(finding.side, SIDES)


def place(anatomy: Anatomy, finding: Planted, side: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Where in the lung a focal finding sits: (x, y, z) in mm, clear of the heart."""
    y = anatomy.dome * (_HEIGHT[finding.zone] + rng.uniform(-0.05, 0.05))
    inner = 50 if y < anatomy.dome * 0.6 or side < 0 else 34 + 52 * anatomy.heart
    outer = float(anatomy.outer(np.array([[y]], dtype=np.float32))[0, 0])
    x = side * (inner + (outer - inner) * rng.uniform(0.3, 0.62))
    z = {"upper": -6.0, "mid": 30.0, "lower": -42.0}[finding.zone] + rng.uniform(-10, 10)
    return x, y, z


def filled(layers: Layers, share: Array) -> Layers:
    """The film with a further `share` (0..1) of the lung filled."""
    kept = (1 - layers.opacity) * (1 - np.clip(share, 0, 1))
    return replace(layers, opacity=np.asarray(1 - kept, dtype=np.float32))


def displaced(layers: Layers, solid: Array) -> Layers:
    """The film with `solid` mm of tissue in place of lung."""
    lung = np.maximum(layers.lung - solid, 0)
    gone = np.clip(lung / np.maximum(layers.lung, 1), 0, 1)
    return replace(layers, lung=np.asarray(lung, dtype=np.float32), vessels=layers.vessels * gone)


def in_lung(layers: Layers) -> Array:
    """1 inside the lung fields, 0 outside, soft between."""
    return np.asarray(np.clip(layers.lung / 40, 0, 1), dtype=np.float32)


def airspace(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """Consolidation with soft edges, a straight one along the fissure where it is lobar, and air bronchograms."""
    grid, count = layers.grid, 3 if finding.kind == "multifocal" else 1
    for side in sides_of(finding):
        for k in range(count):
            spot = replace(finding, zone=("upper", "lower", "mid")[(k + (side > 0)) % 3]) if count > 1 else finding
            x, y, _ = place(anatomy, spot, side, rng)
            size = (24 + 17 * finding.strength) * (0.7 if count > 1 else 1)
            relief = 0.24 * clouds(rng, grid, 26) + 0.08 * clouds(rng, grid, 9)
            r = np.hypot((grid.x - x) / (size * 1.25), (grid.y - y) / size) + relief
            share = (0.26 + 0.28 * finding.strength) / (1 + np.exp((r - 0.82) / 0.24))
            if finding.kind == "lobar" and finding.zone != "lower":
                fissure = anatomy.dome * 0.56 + 0.08 * (grid.x * side - 50)
                share = share * edge(fissure - grid.y if finding.zone == "upper" else grid.y - fissure, grid.pitch)
            layers = filled(layers, np.asarray(share * (1 - 0.3 * _bronchi(layers, rng, x, y, side)), dtype=np.float32))
    return layers


def _bronchi(layers: Layers, rng: np.random.Generator, x: float, y: float, side: int) -> Array:
    start = (side * 34.0, 118.0, 0.0)
    tubes = []
    for _ in range(5):
        end = (x + rng.normal(0, 20), y + rng.normal(0, 18), 0.0)
        middle = ((start[0] + end[0]) / 2 + rng.normal(0, 6), (start[1] + end[1]) / 2 + rng.normal(0, 6), 0.0)
        tubes.append(tube(smooth_path([start, middle, end], 24), np.linspace(2.2, 0.9, 24), layers.grid.pitch))
    return np.asarray(np.clip(gather(*tubes).seen(layers.grid, FRONTAL, soften=0.8) / 3, 0, 1), dtype=np.float32)


def atelectasis(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """Plates of collapsed lung above the diaphragm, or a wedge behind the heart."""
    grid, x0, y0 = layers.grid, layers.grid.x, layers.grid.y
    for side in sides_of(finding):
        if finding.kind == "collapse":
            line = 16 + (y0 - 0.5 * anatomy.dome) * (0.45 + 0.25 * finding.strength)
            wedge = edge((line - x0 * side) / 4, grid.pitch) * (y0 > 0.5 * anatomy.dome) * (x0 * side > 0)
            layers = filled(layers, blur(np.asarray(0.75 * wedge, dtype=np.float32), 2 / grid.pitch))
        plates = []
        for _ in range(1 + round(1.5 * finding.strength)):
            x, y = side * anatomy.half_width * rng.uniform(0.42, 0.66), anatomy.dome - rng.uniform(6, 42)
            half, tilt = rng.uniform(22, 38), rng.normal(0.12, 0.16) * side
            knots = [(x - half, y - tilt * half, 0.0), (x, y + 2, 0.0), (x + half, y + tilt * half, 0.0)]
            plates.append(tube(smooth_path(knots), 1.0 + 0.7 * finding.strength, grid.pitch * 0.8))
        bands = gather(*plates).seen(grid, FRONTAL, soften=0.8)
        bands = np.minimum(bands * (4 + 2 * finding.strength), 22) * in_lung(layers)
        layers = replace(layers, soft=layers.soft + bands)
    return layers


def edema(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """Haze round the hila, blurred full vessels, short septal lines at the sides."""
    grid, s = layers.grid, finding.strength
    away = np.square((np.abs(grid.x) - 46) / 42) + np.square((grid.y - 0.6 * anatomy.dome) / 72)
    haze = (0.08 + 0.27 * s) * np.exp(-away) * (1 + 0.35 * clouds(rng, grid, 14)) + 0.05 * s
    lines: list[Dust] = []
    for side in SIDES:
        for _ in range(int(7 + 7 * s)):
            y = anatomy.dome * rng.uniform(0.68, 1.06)
            out = float(anatomy.outer(np.array([[y]], dtype=np.float32))[0, 0])
            ends = [(side * (out - rng.uniform(13, 20)), y + rng.normal(0, 1.2), 0.0), (side * (out - 3), y, 0.0)]
            lines.append(tube(np.array(ends), 0.6, grid.pitch * 0.8))
    septa = np.minimum(gather(*lines).seen(grid, FRONTAL, soften=0.6) * 7, 8) * in_lung(layers)
    vessels = blur(layers.vessels, 1.1 / grid.pitch) * (1.25 + 0.25 * s)
    return filled(
        replace(layers, vessels=vessels, soft=layers.soft + septa * min(s, 1.0)), np.asarray(haze, dtype=np.float32)
    )


def interstitial(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """A net of fine lines, densest at the bases and along the chest wall."""
    grid, s = layers.grid, finding.strength
    net = np.exp(-np.square(clouds(rng, grid, 8) / 0.2)) + np.exp(-np.square(clouds(rng, grid, 5.5) / 0.2))
    low = np.clip((grid.y - 0.25 * anatomy.dome) / (0.55 * anatomy.dome), 0.1, 1)
    weight = low * (0.3 + 0.75 * np.square(grid.x / np.maximum(anatomy.outer(grid.y), 20))) * in_lung(layers)
    layers = replace(layers, soft=layers.soft + np.asarray(net * weight * (4 + 7 * s), dtype=np.float32))
    return filled(layers, np.asarray(weight * 0.13 * s, dtype=np.float32))


def nodule(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """One round shadow, or several in both lungs."""
    grid = layers.grid
    spots = [(s, finding.zone) for s in sides_of(finding)]
    if finding.kind == "nodules":
        spots = [(s, z) for s in SIDES for z in _HEIGHT]
    for side, zone in spots:
        x, y, _ = place(anatomy, replace(finding, zone=zone), side, rng)
        radius = finding.size_mm / 2 * (rng.uniform(0.7, 1.15) if len(spots) > 1 else 1)
        wavy = radius * (1 + 0.07 * clouds(rng, grid, max(9.0, radius)))
        depth = radius * 1.6 + 14
        ball = chord((grid.x - x) / wavy, (grid.y - y) / wavy, depth)
        layers = replace(layers, soft=layers.soft + blur(ball, 0.5 / grid.pitch) * in_lung(layers))
    return layers


def hyperinflation(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """Dark lungs with few vessels, darkest at the top."""
    top = np.clip(1.1 - layers.grid.y / anatomy.dome, 0.25, 1)
    patch = np.clip(0.8 * clouds(rng, layers.grid, 40), 0, 1)
    dark = 1 + (0.05 + 0.07 * top + 0.05 * patch) * finding.strength
    return replace(
        layers,
        lung=np.asarray(layers.lung * dark, dtype=np.float32),
        vessels=layers.vessels * np.asarray(1 - 0.4 * min(finding.strength, 1.2) * top, dtype=np.float32),
    )


def effusion(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """Fluid that rises along the chest wall: the meniscus."""
    grid = layers.grid
    for side in sides_of(finding):
        x = grid.x * side
        top = anatomy.dome_height(side) + 26 - 46 * (finding.strength - 0.45) * (1 if finding.strength < 1.2 else 1.75)
        gap = np.maximum(anatomy.outer(grid.y) - x, 0)
        level = top - 34 * np.exp(-gap / 13) + 3 * np.sin(grid.x / 23 + rng.uniform(0, 6))
        wet = 1 / (1 + np.exp(np.clip((level - grid.y) / (3 + 2 * finding.strength), -30, 30)))
        wet = np.asarray(wet * (x > 8), dtype=np.float32)
        layers = filled(layers, 0.93 * wet)
        layers = replace(layers, soft=layers.soft + 7 * wet * np.clip(layers.lung / 25, 0, 1))
    return layers


def pneumothorax(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """The edge of the collapsed lung as a fine line, and no vessels beyond it."""
    grid = layers.grid
    for side in sides_of(finding):
        gap = 7 + 22 * finding.strength**1.6 + rng.uniform(0, 3)
        down = np.clip(grid.y / anatomy.dome, 0, 1)
        surface = anatomy.outer(grid.y - gap) - gap * (1 - 0.72 * down)
        ring = np.minimum(surface - grid.x * side, (grid.y - gap) * 1.2)
        inside = edge(ring, grid.pitch)
        free = np.asarray((1 - inside) * (grid.x * side > 12), dtype=np.float32)
        line = 9 * np.exp(-np.square(ring / 0.8)) * in_lung(layers) * (grid.x * side > 16)
        layers = filled(layers, np.asarray(0.1 * finding.strength * inside * (grid.x * side > 0), dtype=np.float32))
        layers = replace(
            layers,
            lung=layers.lung * (1 + 0.11 * free),
            vessels=layers.vessels * (1 - free),
            soft=layers.soft + np.asarray(line, dtype=np.float32),
            opacity=layers.opacity * (1 - free),
        )
    return layers


def pleura(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """A thick rind along the chest wall and apex, or calcified plaques on wall and diaphragm."""
    grid, s = layers.grid, finding.strength
    for side in sides_of(finding):
        gap = anatomy.outer(grid.y) - grid.x * side
        if finding.kind == "thickening":
            thick = (4 + 5 * s) * (1 + 0.22 * clouds(rng, grid, 48)) * np.clip((grid.y + 10) / 90, 0.4, 1)
            cap = 6 + 8 * s + 2 * clouds(rng, grid, 30)
            rind = np.maximum(edge(thick - gap, grid.pitch), edge(cap - grid.y, 2 * grid.pitch))
            rind = np.asarray(rind * (layers.lung > 0) * (grid.x * side > 10), dtype=np.float32)
            layers = filled(replace(layers, soft=layers.soft + 16 * blur(rind, 0.7 / grid.pitch)), 0.8 * rind)
            continue
        shape = clouds(rng, grid, 15)
        window = np.exp(-np.square((gap - 28) / 26) - np.square((grid.y - 0.62 * anatomy.dome) / 46))
        sheets = edge((shape + 1.5 * window - 1.35) * 6, grid.pitch) * in_lung(layers)
        ridge = np.exp(-np.square((grid.y - anatomy.dome_line(side, grid.x) - 1) / 1.7))
        ridge = ridge * np.exp(-np.square((grid.x * side - 0.5 * anatomy.half_width) / 17))
        chalk = sheets * (1.6 + 1.4 * s) * (1 + 0.3 * clouds(rng, grid, 5)) + 5 * s * ridge
        layers = replace(layers, bone=layers.bone + np.asarray(chalk, dtype=np.float32))
    return layers


def mediastinal(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """A wide upper mediastinum, a mass beside it, or large hila."""
    grid, s, d = layers.grid, finding.strength, anatomy.dome
    if finding.kind == "wide":
        return displaced(layers, chord(grid.x / (42 + 13 * s), (grid.y - 0.3 * d) / 74, 210))
    for side in sides_of(finding):
        x, y, size = (side * 44, 0.5 * d, 17 + 8 * s) if "hilar" in finding.kind else (side * 30, 0.3 * d, 27 + 15 * s)
        for _ in range(4):
            dx, dy, r = rng.normal(0, size * 0.35), rng.normal(0, size * 0.45), size * rng.uniform(0.6, 1)
            layers = displaced(layers, blur(chord((grid.x - x - dx) / r, (grid.y - y - dy) / r, 95), 1 / grid.pitch))
    return layers


def fracture(layers: Layers, anatomy: Anatomy, finding: Planted, rng: np.random.Generator) -> Layers:
    """The swelling round the broken ends; the step itself is in the bones."""
    grid = layers.grid
    for (side, rib), at in _breaks([finding]).items():
        path = rib_path(anatomy, side, rib) if rib else clavicle_paths(anatomy)[SIDES.index(side)]
        x, y, _ = path[int(len(path) * at)]
        swelling = chord((grid.x - x) / 15, (grid.y - y - 5) / rng.uniform(9, 12), 11)
        layers = replace(layers, soft=layers.soft + blur(swelling, 1.5 / grid.pitch))
    return layers


LESIONS: dict[str, Lesion] = {
    "airspace_opacity": airspace,
    "atelectasis": atelectasis,
    "pulmonary_edema": edema,
    "interstitial_lung_disease": interstitial,
    "lung_nodule_or_mass": nodule,
    "emphysema_hyperinflation": hyperinflation,
    "pleural_effusion": effusion,
    "pneumothorax": pneumothorax,
    "pleural_other": pleura,
    "mediastinal_hilar_abnormality": mediastinal,
    "acute_fracture": fracture,
}


def ribs_and_clavicles(anatomy: Anatomy, findings: Iterable[Planted], step: float) -> Dust:
    """The ribs and collar bones, those broken with a step where they broke."""
    broken = _breaks(findings)
    pieces: list[NDArray[np.float64]] = []
    for side in SIDES:
        for number in range(1, 12):
            path, at = rib_path(anatomy, side, number), broken.get((side, number))
            pieces += _split(path, at, (0.0, 11.0, 0.0)) if at else (path,)
    parts = [rib_dust(pieces, step)]
    for side, path in zip(SIDES, clavicle_paths(anatomy), strict=True):
        at = broken.get((side, 0))
        parts += [tube(p, 6.2, step, wall=0.42) for p in (_split(path, at, (0.0, 19.0, 0.0)) if at else (path,))]
    return gather(*parts)


def _breaks(findings: Iterable[Planted]) -> dict[tuple[int, int], float]:
    places: dict[tuple[int, int], float] = {}
    for f in findings:
        if f.label != "acute_fracture":
            continue
        for side in sides_of(f):
            if f.kind == "clavicle":
                places[side, 0] = 0.4
            places |= {(side, rib): 0.21 + 0.012 * k for k, rib in enumerate(broken_ribs(f))}
    return places


def _split(
    path: NDArray[np.float64], at: float, shift: tuple[float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cut = int(len(path) * at)
    fade = np.exp(-np.arange(len(path) - cut) / (0.3 * len(path)))[:, None]
    return path[: cut + 3], path[cut:] + fade * np.array(shift)
