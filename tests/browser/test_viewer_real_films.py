"""Every real film on the canvas of a browser equals what dcmtk shows of its file; what cannot be compared is named."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom import data as pydicom_data

from cases.adapters.derivation import Decoded
from cases.adapters.dicom import decode_pixels, decoded, is_dicom, parse, read_dicom
from cases.adapters.pictures import UnreadableFileError
from cases.rendition import render
from tests.browser.viewer_stage import Answer, Stage, with_header
from tests.cases import dcmtk
from tests.cases.builders import SHARED

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(dcmtk.TOOL is None, reason="needs dcmj2pnm of dcmtk"),
]
FOLDERS = ("cxr_dicom", "dicom_odd", "dicom_ts", "mr", "phi")
RG1 = ("RG1_UNCR.dcm", "RG1_J2KR.dcm")  # two more lie in cxr_dicom
FRAMES = 3  # of a file with more: the first, the middle one and the last
SCREEN, LARGE_SCREEN = {"width": 1400, "height": 1124}, {"width": 2300, "height": 2200}
# Not compared, by name and why. Other lossy files are: what is decoded of them is handed to dcmtk as it is.
EXCLUDED = {
    "phi/ctbrain1.dcm": "lossy JPEG in YBR, whose colours each decoder converts in its own way",
    "phi/image1.dcm": "lossy JPEG in YBR, whose colours each decoder converts in its own way",
    "dicom_ts/nema_CT1/CT1_J2KI.dcm": "lossy, with values below that of its padding, which is black here and grey in dcmtk",
}
# Files that hold no picture, or one that is cut short or cannot be decoded by anything at hand.
WITHOUT_PIXELS = {
    "dicom_odd/ExplVR_BigEndNoMeta.dcm", "dicom_odd/ExplVR_LitEndNoMeta.dcm", "dicom_odd/UN_sequence.dcm",
    "dicom_odd/JPEG2000-embedded-sequence-delimiter.dcm", "dicom_odd/MR_truncated.dcm", "dicom_odd/badVR.dcm",
    "dicom_odd/chrKoreanMulti.dcm", "dicom_odd/empty_charset_LEI.dcm", "dicom_odd/meta_missing_tsyntax.dcm",
    "dicom_odd/emri_small_jpeg_2k_lossless_too_short.dcm", "dicom_odd/nested_priv_SQ.dcm", "dicom_odd/no_meta.dcm",
    "dicom_odd/no_meta_group_length.dcm", "dicom_odd/reportsi.dcm", "dicom_odd/rtplan_truncated.dcm",
    "dicom_odd/zipMR.gz", "mr/dcm_qa_crlab/ax__axasc35__6_ax_asc_35sl.nii",
}  # fmt: skip


@dataclass(frozen=True)
class Film:
    """One frame of one file: as the product derived it, and as dcmtk shows it."""

    name: str
    frame: bytes
    preview: bytes
    truth: np.ndarray
    slope: float


def files(folder: Path = SHARED) -> dict[str, Path]:
    """Every DICOM of the real material, by its name."""
    found = (path for name in FOLDERS for path in sorted((folder / name).rglob("*")) if path.is_file())
    named = {str(path.relative_to(folder)): path for path in found}
    text = (".txt", ".json", ".csv", ".md", ".bval", ".bvec")
    return {name: path for name, path in named.items() if not name.endswith(text)}


def films_of(name: str, path: Path, folder: Path) -> list[Film]:
    """The file's frames that are compared; none where it holds no picture."""
    content = path.read_bytes()
    try:
        dataset = parse(content)
        pixels = decode_pixels(dataset)
    except UnreadableFileError:
        return []
    image = decoded(dataset, pixels)
    scratch = folder / name.replace("/", "_")
    scratch.mkdir()
    pictures = read_dicom(content, frames_in=scratch).pictures
    source = path
    if dataset.file_meta.TransferSyntaxUID not in dcmtk.DECODED_BY_DCMTK or not is_dicom(content):
        source = dcmtk.uncompressed(dataset, pixels, scratch / "uncompressed.dcm")
    last = len(image.frames) - 1
    return [
        Film(
            f"{name}, frame {frame + 1} of {last + 1}",
            imagecodecs.zstd_decode((scratch / f"{pictures.frames.digests[frame]}.zst").read_bytes()),
            pictures.preview,
            dcmtk.screen_of(source, image, frame),
            image.scale.slope,
        )
        for frame in sorted({0, last // 2, last})[:FRAMES]
    ]


def prepared(paths: dict[str, Path], folder: Path) -> Iterator[tuple[str, list[Film]]]:
    """Films in the order of their files, the next ones decoded while the browser draws."""
    with ThreadPoolExecutor(2) as pool:
        yield from zip(paths, pool.map(lambda one: films_of(*one, folder), paths.items()), strict=True)


def drawn(stage: Stage, film: Film, case: int) -> np.ndarray:
    """What stands on the canvas where the film stands at one to one."""
    url, preview = f"/stage/frames/real-{case}/", f"/stage/preview/real-{case}/"
    stage.answers[url] = Answer(
        with_header(film.frame, stretch=[1, 1])
    )  # as the file lies: shapes are test_viewer_shapes.py's
    stage.answers[preview] = Answer(film.preview, kind="image/jpeg")
    about = {
        "id": case, "name": "Frontal", "note": "", "rank": 0, "series": case, "seriesNote": "", "frames": 1, "instance": 1,
        "begins": True, "preview": preview, "thumbnail": preview, "frameUrls": [url], "prior": 0, "problem": None,
        "width": film.truth.shape[1], "height": film.truth.shape[0], "stretch": [1, 1],
    }  # fmt: skip
    screen = LARGE_SCREEN if max(film.truth.shape) > 1024 else SCREEN
    if stage.page.viewport_size != screen:
        stage.page.set_viewport_size(screen)
    if case == 1:
        stage.open(about, case=case)
    else:
        stage.swap(stage.case(about, case=case))
        stage.painted(case)
    stage.press("*")
    canvas = stage.pixels(size=film.truth.shape[:2])
    assert canvas.shape[:2] == film.truth.shape[:2], film.name
    return canvas


def expected(image: Decoded) -> np.ndarray:
    """The first frame's bytes by the product's own rules, for engines whose figures dcmtk is not asked for."""
    if image.is_colour:
        return image.frames[0]
    levels = render(image.frames[0], image.scale, image.stored_range)
    return np.repeat(levels[..., np.newaxis], 3, axis=2)


def compare(new_context, paths: dict[str, Path], folder: Path) -> tuple[list[str], set[str], list[tuple]]:
    """Names of the frames that were drawn, names of the files that hold none, and each frame that is off."""
    stage = Stage(new_context(viewport=SCREEN).new_page())
    stage.page.set_default_timeout(60_000)
    seen, empty, wrong = [], set(), []
    for name, films in prepared(paths, folder):
        if not films:
            empty.add(name)
        for film in films:
            seen.append(film.name)
            canvas = drawn(stage, film, len(seen)).astype(int)
            off = np.abs(canvas - (film.truth if film.truth.ndim == 3 else film.truth[..., np.newaxis]))
            if off.max() > (0 if film.slope == 1 else 1):
                wrong.append((film.name, int(off.max()), float((off > 0).mean())))
    return seen, empty, wrong


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="the real films are not on this machine")
def test_every_real_film_is_exact_on_the_canvas(new_context, tmp_path):
    paths = {name: path for name, path in files().items() if name not in EXCLUDED}
    seen, empty, wrong = compare(new_context, paths, tmp_path)
    assert wrong == []
    assert empty == WITHOUT_PIXELS  # a file that is passed over must be named above
    assert {name.rpartition(",")[0] for name in seen} == set(paths) - WITHOUT_PIXELS
    assert set(EXCLUDED) <= set(files())


def test_rg1_is_exact_on_the_canvas(new_context, tmp_path):
    found = {name: pydicom_data.get_testdata_file(name, download=False) for name in RG1}
    if None in found.values():
        pytest.skip("needs the package pydicom-data")
    seen, _, wrong = compare(new_context, {name: Path(path) for name, path in found.items()}, tmp_path)
    assert wrong == []
    assert len(seen) == len(RG1)
