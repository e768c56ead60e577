"""Real DICOM through the intake's own derivation: each frame on the canvas equals what dcmtk's rules make of its values."""

import imagecodecs
import numpy as np
import pydicom
import pytest

from cases.adapters.dicom import decode_pixels, decoded, read_dicom
from cases.adapters.pictures import UnreadableFileError
from cases.rendition import render
from tests.browser.viewer_stage import Answer, Stage
from tests.cases.builders import SHARED

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.shared_data,
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.exists(), reason="the real films are not on this machine"),
]
FOLDERS = ("cxr_dicom", "dicom_odd", "dicom_ts", "mr")
SCREEN, LARGE_SCREEN = {"width": 1400, "height": 1124}, {"width": 2200, "height": 2100}


def files():
    """All but most of the slices, which are alike."""
    found = [path for name in FOLDERS for path in sorted((SHARED / name).rglob("*")) if path.is_file()]
    return [path for n, path in enumerate(found) if "/mr/" not in str(path) or n % 6 == 0]


def real_pictures(stage: Stage, folder):
    """Each file that decodes: its name, its case and its first frame's levels."""
    for case, path in enumerate(files(), start=1):
        data = path.read_bytes()
        try:
            facts = read_dicom(data, frames_in=folder)
            dataset = pydicom.dcmread(path, force=True)
            image = decoded(dataset, decode_pixels(dataset))
        except (UnreadableFileError, AttributeError):
            continue
        digests = facts.pictures.frames.digests
        if not digests:
            continue
        url, preview = f"/stage/frames/real-{case}/", f"/stage/preview/real-{case}/"
        stage.answers[url] = Answer(imagecodecs.zstd_decode((folder / f"{digests[0]}.zst").read_bytes()))
        stage.answers[preview] = Answer(facts.pictures.preview, kind="image/jpeg")
        about = {"id": case, "name": "Frontal", "note": "", "rank": 0, "series": case, "seriesNote": "", "frames": 1}
        about |= {
            "instance": 1,
            "preview": preview,
            "thumbnail": preview,
            "frameUrls": [url],
            "prior": 0,
            "problem": None,
        }
        yield path, stage.case(about | {"rows": facts.rows, "columns": facts.columns}, case=case), image


def expected(image) -> np.ndarray:
    if image.is_colour:
        return image.frames[0]
    levels = render(image.frames[0], image.scale, image.stored_range)
    levels = np.where(image.frames[0] == image.scale.padding, 0, levels)  # padding is black, whatever the window
    return np.repeat(levels[..., np.newaxis], 3, axis=2)


def test_every_film_is_exact_at_one_to_one(new_context, tmp_path):
    stage = Stage(new_context(viewport=SCREEN).new_page())
    stage.page.set_default_timeout(60_000)
    n_exact, wrong = 0, []
    for path, data, image in real_pictures(stage, tmp_path):
        if n_exact == 0 and not wrong:
            stage.open(*data["images"], case=data["case"])
        else:
            stage.swap(data)
            stage.painted(data["case"])
        truth = expected(image)
        stage.page.set_viewport_size(LARGE_SCREEN if max(truth.shape) > 1024 else SCREEN)
        stage.press("*")
        canvas = stage.pixels()
        top, left = (int(np.floor(canvas.shape[n] / 2 - truth.shape[n] / 2 + 0.5)) for n in (0, 1))
        shown = canvas[top : top + truth.shape[0], left : left + truth.shape[1]]
        if np.array_equal(shown, truth):
            n_exact += 1
        else:
            off = abs(shown.astype(int) - truth)
            wrong.append((path.name, int(off.max()), float((off > 0).mean())))
    assert wrong == []
    assert n_exact >= 40, n_exact
