"""What an enhanced multi-frame file says of its frames in functional groups (PS3.3 C.7.6.16), as a plain file would say it.

Such a file tells the rescale, the window and the spacing not beside the pixels but in groups: one shared by all frames, and
one for each. What stands in a group replaces what stands on the top level, where an older program may look for it.
"""

from collections.abc import Iterator

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
# The macros that say how a frame is shown, each with all that is settled by it.
_MACROS = {
    "PixelMeasuresSequence": ("PixelSpacing",),
    "FramePixelDataPropertiesSequence": ("ImagerPixelSpacing",),
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    "FrameVOILUTSequence": (
        *("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence"),
    ),
}


def is_enhanced(dataset: Dataset) -> bool:
    """Whether the file has functional groups, whose spacing is one in the patient's plane."""
    return _SHARED in dataset or _PER_FRAME in dataset


def of_frames(dataset: Dataset, count: int) -> tuple[Dataset, ...]:
    """For each of ``count`` frames a data set that says on its top level how it is shown; only one where the file says the same
    of all. Groups that are missing or broken say nothing.
    """
    if not is_enhanced(dataset):
        return (dataset,)
    shared = _told(dataset, *_items(dataset, _SHARED)[:1])
    groups = _items(dataset, _PER_FRAME)[:count]
    if not any(macro in group for group in groups for macro in _MACROS):
        return (shared,)
    groups += [Dataset()] * (count - len(groups))
    return tuple(_told(shared, group) for group in groups)


def of_frame(dataset: Dataset, number: int) -> Dataset:
    """The same of one frame, from 0."""
    found = of_frames(dataset, number + 1)
    return found[-1]


def _told(dataset: Dataset, *groups: Dataset) -> Dataset:
    """The data set with what the groups say; its other elements are shared, not copied."""
    elements: dict[BaseTag, DataElement | RawDataElement] = {tag: dataset.get_item(tag) for tag in dataset.keys()}  # noqa: SIM118 - the items are elements
    for settled, item in (pair for group in groups for pair in _macros(group)):
        for tag in settled:
            elements.pop(tag, None)
            if tag in item:
                elements[tag] = item.get_item(tag)
    return Dataset(elements)


def _macros(group: Dataset) -> Iterator[tuple[list[BaseTag], Dataset]]:
    for macro, keywords in _MACROS.items():
        for item in _items(group, macro)[:1]:
            yield [BaseTag(tag_for_keyword(keyword) or 0) for keyword in keywords], item


def _items(dataset: Dataset, keyword: str) -> list[Dataset]:
    try:
        return list(dataset.get(keyword) or ())
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return []
