"""Enhanced multi-frame files are shown by their functional groups: shared ones, and each frame's own."""

import io

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cases.adapters.dicom import decode_pixels, decoded, parse, read_dicom
from cases.adapters.frame_groups import of_frame
from cases.frames import decode
from tests.cases.builders import dicom
from tests.cases.screen import modality, shown

PIXELS = np.stack([np.arange(256, dtype="<u2").reshape(16, 16) * 8 + 100 * n for n in range(3)])


def item(**tags) -> Dataset:
    dataset = Dataset()
    for name, value in tags.items():
        setattr(dataset, name, value)
    return dataset


def group(spacing=None, slope=None, intercept=0, window=None, function="LINEAR", **others) -> Dataset:
    """A functional group with the macros that are named."""
    found = item(**others)
    if spacing:
        found.PixelMeasuresSequence = Sequence([item(PixelSpacing=[spacing, spacing])])
    if slope:
        found.PixelValueTransformationSequence = Sequence([item(RescaleSlope=slope, RescaleIntercept=intercept)])
    if window:
        about = item(WindowCenter=window[0], WindowWidth=window[1], VOILUTFunction=function)
        found.FrameVOILUTSequence = Sequence([about])
    return found


def enhanced(shared=None, frames=(), **tags) -> bytes:
    """A CT of three frames with these groups; ``tags`` stand on the top level."""
    about = {"Modality": "CT", "NumberOfFrames": len(PIXELS), **tags}
    about["SharedFunctionalGroupsSequence"] = Sequence([shared] if shared is not None else [])
    about["PerFrameFunctionalGroupsSequence"] = Sequence(list(frames))
    first = dicom(PIXELS[0], **about, drop=("PixelData",))
    dataset = parse(first)
    dataset.PixelData = PIXELS.tobytes()
    dataset["PixelData"].VR = "OW"
    return written(dataset)


def written(dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def headers(content: bytes, folder) -> list[dict]:
    """The header of every frame file."""
    digests = read_dicom(content, frames_in=folder).pictures.frames.digests
    return [decode(imagecodecs.zstd_decode((folder / f"{one}.zst").read_bytes())).header for one in digests]


def test_the_shared_groups_tell_rescale_window_and_spacing_of_all_frames(tmp_path):
    shared = group(spacing=0.5, slope=1, intercept=-1024, window=(40, 400))
    found = headers(enhanced(shared, [Dataset() for _ in PIXELS]), tmp_path)
    assert len(found) == 3
    for header in found:
        assert (header["slope"], header["intercept"]) == (1, -1024)
        assert header["windows"] == [{"name": "", "center": 40, "width": 400}]
        assert (header["spacing"], header["spacingSource"], header["spacingWords"]) == ([0.5, 0.5], "PixelSpacing", "")
        assert modality(np.array([1064.0]), header).tolist() == [40]
    facts = read_dicom(enhanced(shared))
    assert (facts.display["windows"][0]["center"], facts.display["intercept"]) == (40, -1024)


def test_what_every_frame_says_alike_holds_for_all():
    dataset = parse(enhanced(None, [group(0.5, 2, 1, (9, 30)) for _ in PIXELS]))
    image = decoded(dataset, decode_pixels(dataset))
    assert image.per_frame == ()
    assert (image.scale.slope, image.scale.windows[0].width, image.geometry.spacing) == (2, 30, (0.5, 0.5))


def test_frames_that_differ_are_each_shown_by_their_own(tmp_path):
    """As in an MR or PET whose every slice has a rescale and a window of its own."""
    frames = [group(slope=n + 1, intercept=-n, window=(1000 * (n + 1), 900)) for n in range(3)]
    content = enhanced(group(spacing=0.7, slope=9, window=(1, 2)), frames)
    found = headers(content, tmp_path)
    assert [(one["slope"], one["intercept"]) for one in found] == [(1, 0), (2, -1), (3, -2)]
    assert [one["windows"][0]["center"] for one in found] == [1000, 2000, 3000]
    assert [one["spacing"] for one in found] == [[0.7, 0.7]] * 3
    digests = read_dicom(content, frames_in=tmp_path).pictures.frames.digests
    for n, digest in enumerate(digests):
        plain = dicom(PIXELS[n], RescaleSlope=n + 1, RescaleIntercept=-n, WindowCenter=1000 * (n + 1), WindowWidth=900)
        [alone] = read_dicom(plain, frames_in=tmp_path).pictures.frames.digests
        both = (decode(imagecodecs.zstd_decode((tmp_path / f"{one}.zst").read_bytes())) for one in (digest, alone))
        first, second = map(shown, both)
        assert np.array_equal(first, second)


def test_groups_win_over_the_top_level_and_what_they_leave_out_stays(tmp_path):
    top = {"WindowCenter": 1, "WindowWidth": 2, "WindowCenterWidthExplanation": "LUNG", "RescaleSlope": 5}
    [header, *_] = headers(enhanced(group(window=(40, 400), function="SIGMOID"), **top), tmp_path)
    assert header["windows"] == [{"name": "", "center": 40, "width": 400}]
    assert (header["voiFunction"], header["slope"]) == ("SIGMOID", 5)


def test_frames_without_a_group_are_shown_by_the_shared_ones(tmp_path):
    found = headers(enhanced(group(slope=3, window=(40, 400)), [group(slope=2)]), tmp_path)
    assert [one["slope"] for one in found] == [2, 3, 3]
    assert [one["windows"][0]["width"] for one in found] == [400] * 3


@pytest.mark.parametrize("shared", [None, Dataset(), group(FrameVOILUTSequence=Sequence([]))])
def test_groups_that_say_nothing_leave_the_top_level(tmp_path, shared):
    found = headers(enhanced(shared, RescaleSlope=4, WindowCenter=7, WindowWidth=8), tmp_path)
    assert [(one["slope"], one["windows"][0]["center"]) for one in found] == [(4, 7)] * 3


def test_the_spacing_of_an_enhanced_angiogram_is_at_the_detector(tmp_path):
    properties = Sequence([item(ImagerPixelSpacing=[0.3, 0.3])])
    [header, *_] = headers(enhanced(item(FramePixelDataPropertiesSequence=properties), Modality="XA"), tmp_path)
    assert (header["spacing"], header["spacingWords"]) == ([0.3, 0.3], " at detector")


def test_the_spacing_of_a_tomosynthesis_is_in_the_patient(tmp_path):
    [header, *_] = headers(enhanced(group(spacing=0.1), Modality="MG"), tmp_path)
    assert (header["spacing"], header["spacingWords"]) == ([0.1, 0.1], "")


def test_one_frame_is_told_by_its_own_group():
    dataset = parse(enhanced(group(window=(40, 400)), [group(slope=n + 1) for n in range(3)]))
    assert [of_frame(dataset, n).RescaleSlope for n in range(3)] == [1, 2, 3]
    assert of_frame(dataset, 2).WindowWidth == 400
    plain = parse(dicom())
    assert of_frame(plain, 0) is plain
