"""The films: repeatable, of the right size, and with each finding where it belongs."""

from dataclasses import replace

import numpy as np
import pytest

from demo.phantom import draw_study, film_size
from demo.world import LABELS, Planted, plan_world

STUDY = replace(
    next(s for s in plan_world(7, scale=0.5).studies if s.site.code == "north" and not s.findings),
    is_large=False,
    has_lateral=False,
    devices=(),
    projection="PA",
)


def planted(label, **changes):
    kind = {"mediastinal_hilar_abnormality": "wide", "acute_fracture": "rib", "lung_nodule_or_mass": "mass"}.get(
        label, ""
    )
    kind = {"pleural_other": "thickening", "atelectasis": "plate", "airspace_opacity": "patchy"}.get(label, kind)
    finding = Planted(label, kind, "left", "lower", "severe", 50.0 if kind == "mass" else 0.0, "present", "", 99)
    return replace(finding, **changes)


def light(*findings, **changes):
    return draw_study(replace(STUDY, findings=findings, **changes))[0].light


PLAIN = light()


def box(picture, left, right, top, bottom):
    """The mean over a part of the film, given as shares of its width and height."""
    rows, columns = picture.shape
    return float(picture[int(top * rows) : int(bottom * rows), int(left * columns) : int(right * columns)].mean())


def dome_row(picture):
    """The first row below the middle where the right lung ends."""
    rows, columns = picture.shape
    strip = picture[rows // 2 :, int(0.3 * columns) : int(0.34 * columns)].mean(axis=1)
    return rows // 2 + int(np.argmax(strip > 0.6))


def test_same_study_gives_the_same_pixels():
    assert np.array_equal(light(), PLAIN)


def test_another_seed_gives_other_pixels():
    assert not np.array_equal(light(seed=STUDY.seed + 1), PLAIN)


def test_light_runs_from_air_to_bone():
    assert PLAIN.dtype == np.float32
    assert PLAIN.min() >= 0
    assert PLAIN.max() <= 1
    assert box(PLAIN, 0.25, 0.35, 0.3, 0.5) < 0.5 < box(PLAIN, 0.48, 0.52, 0.55, 0.65)


@pytest.mark.parametrize(("is_large", "rows"), [(False, 600), (True, 1200)])
def test_size_follows_site_scale_and_resolution(is_large, rows):
    study = replace(STUDY, is_large=is_large)
    film = draw_study(study)[0]
    assert film.light.shape == film_size(study)[:2]
    assert film.light.shape[0] == rows
    assert film.pitch * rows == pytest.approx(study.site.pitch * study.site.rows)


def test_lateral_film_comes_second():
    films = draw_study(replace(STUDY, has_lateral=True))
    assert [f.view for f in films] == ["PA", "LL"]
    assert np.array_equal(films[0].light, PLAIN)
    assert films[1].light.std() > 0.1


@pytest.mark.parametrize("label", LABELS)
def test_every_finding_changes_the_film_beyond_its_grain(label):
    changed = np.abs(light(planted(label)) - PLAIN)
    assert np.percentile(changed, 99.7) > 0.05


@pytest.mark.parametrize("label", LABELS)
def test_severe_shows_more_than_mild(label):
    sizes = {"mild": 34.0, "severe": 60.0} if label == "lung_nodule_or_mass" else {"mild": 0.0, "severe": 0.0}
    mild, severe = (np.abs(light(planted(label, severity=s, size_mm=mm)) - PLAIN).sum() for s, mm in sizes.items())
    assert severe > mild


def test_left_effusion_whitens_the_left_base_only():
    film = light(planted("pleural_effusion", severity="moderate"))
    left, right = (0.83, 0.87, 0.72, 0.76), (0.13, 0.17, 0.72, 0.76)
    assert box(film, *left) > box(PLAIN, *left) + 0.1
    assert box(film, *right) == pytest.approx(box(PLAIN, *right), abs=0.04)


def test_right_pneumothorax_darkens_the_right_apex_edge():
    film = light(planted("pneumothorax", side="right"))
    edge = (0.2, 0.26, 0.26, 0.36)
    assert box(film, *edge) < box(PLAIN, *edge) - 0.02


def test_large_heart_is_wider():
    film = light(planted("cardiomegaly", side=""))
    beside = (0.68, 0.74, 0.55, 0.63)
    assert box(film, *beside) > box(PLAIN, *beside) + 0.15


def test_emphysema_lowers_the_diaphragm():
    film = light(planted("emphysema_hyperinflation", side="both"))
    assert dome_row(film) > dome_row(PLAIN) + 0.04 * len(film)


def test_consolidation_whitens_the_lobe_it_is_in():
    film = light(planted("airspace_opacity", side="right", zone="upper"))
    assert box(film, 0.2, 0.38, 0.25, 0.42) > box(PLAIN, 0.2, 0.38, 0.25, 0.42) + 0.08


def test_wide_mediastinum_whitens_beside_the_spine():
    film = light(planted("mediastinal_hilar_abnormality", side=""))
    assert box(film, 0.38, 0.42, 0.28, 0.36) > box(PLAIN, 0.38, 0.42, 0.28, 0.36) + 0.1


def test_follow_up_keeps_the_nodule_in_its_place():
    mass = planted("lung_nodule_or_mass", zone="upper")
    first, second = (np.abs(light(mass, seed=s) - light(seed=s)) for s in (1, 2))
    peaks = [np.unravel_index(np.argmax(d > 0.12), d.shape) for d in (first, second)]
    assert abs(int(peaks[0][1]) - int(peaks[1][1])) < 40


def test_stored_values_fill_the_bits_and_monochrome1_has_bright_air():
    film = draw_study(STUDY)[0]
    plain, inverted = film.stored(bits=12, is_inverted=False), film.stored(bits=12, is_inverted=True)
    assert plain.dtype == np.uint16
    assert 2048 < plain.max() < 4096
    corner = film.light < 0.02
    assert plain[corner].mean() < 300
    assert inverted[corner].mean() > 3700
    assert np.allclose(plain.astype(int) + inverted, 4095, atol=2)


@pytest.mark.parametrize(
    "device", ["pacemaker", "sternotomy", "port", "central_line", "endotracheal_tube", "feeding_tube"]
)
def test_devices_leave_metal_on_the_film(device):
    assert (light(devices=(device,)) - PLAIN).max() > 0.08
