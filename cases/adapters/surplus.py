"""What stored pixels hold beside the picture: bits, bytes and fragments that no decoder shows, and that may name somebody.

A file is looked at once, as it comes in. Pixels that hold more than their picture are never sent as they are stored.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_fragments, generate_frames, parse_basic_offsets
from pydicom.uid import RLELossless

from cases.adapters.code_streams import ends_with_its_picture
from cases.gate.header import door

UNUSED_BITS = "bits beyond those that BitsStored counts"
FRAGMENTS = "fragments, or offsets of fragments, that are of no frame"
BESIDE_STREAM = "bytes behind the end of a code stream, or between its parts"
_ITEM_BYTES = 8
_RLE_HEADER = struct.Struct("<16L")
Pixels = NDArray[np.generic]


def within_bits_stored(pixels: Pixels, dataset: FileDataset) -> tuple[Pixels, str]:
    """The pixels as a decoder gave them, without what stands in bits that are not the picture's (PS3.5 8.1.1); and
    UNUSED_BITS, where anything but zeros or copies of the sign stood there.

    The picture's are the lowest BitsStored bits, unless HighBit says higher ones and the values reach up there.
    """
    stored = door.whole(dataset, "BitsStored") or 0
    cell = 8 * pixels.dtype.itemsize
    if pixels.dtype.kind not in "iu" or not 0 < stored < cell or not pixels.size:
        return pixels, ""
    top, is_signed = 1 << stored, pixels.dtype.kind == "i"
    lowest, highest = int(pixels.min()) if is_signed else 0, int(pixels.max())
    if (-top // 2 <= lowest and highest < top // 2) if is_signed else highest < top:
        return pixels, ""
    below = _bits_below(dataset, stored, cell)
    kept = np.right_shift(np.left_shift(pixels, cell - stored - below), cell - stored)
    if not below and lowest >= 0 and highest < top:
        return kept, ""  # a sign that is not copied into the bits above
    is_whole = below and np.array_equal(np.left_shift(kept, below), pixels)
    return kept, "" if is_whole else UNUSED_BITS


def _bits_below(dataset: FileDataset, stored: int, cell: int) -> int:
    """How many bits stand below the picture's; none in code streams, whose decoders give the value itself."""
    syntax = dataset.file_meta.TransferSyntaxUID
    high = door.whole(dataset, "HighBit")
    if high is None or (syntax.is_encapsulated and syntax != RLELossless):
        return 0
    return high + 1 - stored if stored <= high + 1 <= cell else 0


def beside_the_frames(dataset: FileDataset) -> str:
    """FRAGMENTS or BESIDE_STREAM, where encapsulated pixels (PS3.5 A.4) hold such; "" where they hold their frames alone.

    What cannot be taken apart counts as FRAGMENTS.
    """
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated or "PixelData" not in dataset:
        return ""
    try:
        return _beside(_Encapsulated.of(dataset))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a hostile file makes pydicom raise nearly anything
        return FRAGMENTS


def _beside(pixels: "_Encapsulated") -> str:
    if not pixels.has_its_tables():
        return FRAGMENTS
    frames = 0
    for frame in pixels.each_frame():  # every fragment is of one of them
        if not pixels.is_whole(frame):
            return BESIDE_STREAM
        frames += 1
    return "" if frames == pixels.frames else FRAGMENTS


@dataclass(frozen=True)
class _Encapsulated:
    """Encapsulated pixels: the fragments by where the item of each begins, behind the basic table of offsets."""

    dataset: FileDataset
    basic: list[int]
    fragments: dict[int, bytes]
    frames: int

    @classmethod
    def of(cls, dataset: FileDataset) -> "_Encapsulated":
        buffer = io.BytesIO(dataset.PixelData)
        basic = parse_basic_offsets(buffer)
        fragments, place = {}, 0
        for fragment in generate_fragments(buffer):
            fragments[place] = fragment
            place += _ITEM_BYTES + len(fragment)
        return cls(dataset, basic, fragments, int(door.number(dataset, "NumberOfFrames") or 1))

    @property
    def extended(self) -> tuple[bytes, bytes] | None:
        names = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
        return (self.dataset[names[0]].value, self.dataset[names[1]].value) if names[0] in self.dataset else None

    def has_its_tables(self) -> bool:
        """Whether each table of offsets that is there points at one fragment for each frame, and holds nothing else."""
        if self.basic and (len(self.basic) != self.frames or not self.fragments.keys() >= set(self.basic)):
            return False
        if self.extended is None:
            return True
        offsets, lengths = (list(struct.unpack(f"<{self.frames}Q", table)) for table in self.extended)
        told = [len(self.fragments.get(offset, b"")) for offset in offsets]
        return 0 not in told and told == [one + one % 2 for one in lengths]

    def each_frame(self) -> Iterator[bytes]:
        if self.frames == len(self.fragments) == 1:
            return iter(self.fragments.values())  # as they lie: a film is not copied once more
        return generate_frames(self.dataset.PixelData, number_of_frames=self.frames)

    def is_whole(self, frame: bytes) -> bool:
        if self.dataset.file_meta.TransferSyntaxUID == RLELossless:
            return self._is_whole_in_run_lengths(frame)
        return ends_with_its_picture(frame)

    def _is_whole_in_run_lengths(self, frame: bytes) -> bool:
        """Whether each segment (PS3.5 annex G) unpacks to one plane of bytes, and all of the frame is segments."""
        plane = int(self.dataset.Rows) * int(self.dataset.Columns)
        planes = int(self.dataset.SamplesPerPixel) * int(self.dataset.BitsAllocated) // 8
        count, *starts = _RLE_HEADER.unpack_from(frame)
        if count != planes or starts[0] != _RLE_HEADER.size or any(starts[count:]):
            return False
        ends = [*starts[1:count], len(frame)]
        return all(_unpacks_to(frame[start:end], plane) for start, end in zip(starts, ends, strict=False))


def _unpacks_to(segment: bytes, size: int) -> bool:
    """Whether run lengths are those of so many bytes; a zero may stand behind them, to make their number even."""
    for runs in (segment, segment[:-1]) if segment[-1:] == b"\0" else (segment,):
        try:
            if len(imagecodecs.packbits_decode(runs)) == size:
                return True
        except (RuntimeError, ValueError):
            continue
    return False
