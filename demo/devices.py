"""Lines, wires and boxes that some patients carry, as metal in millimetres."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from demo.anatomy import Anatomy
from demo.raster import Dust, gather, smooth_path, tube


def device_dust(anatomy: Anatomy, devices: tuple[str, ...], step: float) -> Dust | None:
    """The named devices as a cloud of points, or None where there is none."""
    rng = np.random.default_rng([anatomy.seed, 15])
    clouds = [_device(anatomy, name, step, rng) for name in devices]
    return gather(*clouds) if clouds else None


def _device(anatomy: Anatomy, name: str, step: float, rng: np.random.Generator) -> Dust:
    w, d = anatomy.half_width, anatomy.dome
    if name == "pacemaker":
        box = [tube(_ring(w * 0.62, 44, r * 23, r * 20), 3.6, step) for r in (0.95, 0.7, 0.45, 0.2)]
        lead = [(w * 0.55, 60, 70), (w * 0.4, 32, 60), (10, 40, 30), (-24, 80, 20), (-26, 150, 15), (20, d - 6, 40)]
        return gather(*box, _line([*lead, (46, d - 12, 45)], step))
    if name == "sternotomy":
        return gather(*(tube(_ring(2, 62 + 21 * k, 9, 4.5), 0.55, step) for k in range(6)))
    if name == "port":
        catheter = [(-w * 0.58, 60, 70), (-w * 0.4, 24, 50), (-30, 20, 30), (-20, 70, 15), (-24, 128, 10)]
        return gather(tube(_ring(-w * 0.6, 70, 12, 11), 2.0, step), _line(catheter, step))
    if name == "central_line":
        return _line([(-46, -40, 10), (-34, 0, 15), (-24, 50, 15), (-24, 112 + rng.uniform(-8, 14), 10)], step)
    if name == "endotracheal_tube":
        end = 0.42 * d - rng.uniform(30, 45)
        return gather(*(_line([(s - 1, -60, 0), (s - 2, 0, 0), (s - 4, end, 0)], step, 0.5) for s in (-3, 3)))
    return _line([(2, -60, -5), (6, 40, -15), (10, 150, -20), (22, d + 10, 0), (60, d + 45, 10)], step, 0.9)


def _ring(x: float, y: float, wide: float, high: float) -> NDArray[np.float64]:
    a = np.linspace(0, 2 * np.pi, 50)
    return np.stack([x + wide * np.cos(a), y + high * np.sin(a), np.full_like(a, 78.0)], axis=1)


def _line(knots: Sequence[tuple[float, float, float]], step: float, radius: float = 0.8) -> Dust:
    return tube(smooth_path([(float(a), float(b), float(c)) for a, b, c in knots], 80), radius, step)
