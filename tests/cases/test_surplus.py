"""What stored pixels hold beside the picture is found as they come in: bits, fragments, and bytes of code streams."""

import io
import struct

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cases.adapters.code_streams import STREAM_BEGINS, beside_the_picture, ends_with_its_picture
from cases.adapters.dicom import decode_looking, parse, read_dicom
from cases.adapters.surplus import BESIDE_STREAM, FRAGMENTS, UNUSED_BITS, beside_the_frames
from cases.gate.checks import Outcome, examine
from tests.cases.builders import RAMP, SHARED, big_endian, dicom

SECRET = b"DOE^JOHN MRN 8675309"
HIDDEN = RAMP | 0x5000
SIGNED = (RAMP.astype("<i2") - 2048).astype("<i2")


def looked_at(content: bytes) -> tuple[np.ndarray, str]:
    return decode_looking(parse(content))


def in_high_bits(letters: bytes = SECRET) -> np.ndarray:
    """The film, with letters in the four bits above its twelve, half a letter in each pixel."""
    halves = [half for letter in letters for half in (letter >> 4, letter & 15)]
    pixels = RAMP.copy()
    pixels.reshape(-1)[: len(halves)] |= np.array(halves, "<u2") << 12
    return pixels


@pytest.mark.parametrize("content", [dicom(in_high_bits()), big_endian(dicom(in_high_bits()))], ids=["little", "big"])
def test_letters_in_the_bits_above_are_found_and_not_in_the_picture(content):
    pixels, found = looked_at(content)
    assert (found, np.array_equal(pixels, RAMP)) == (UNUSED_BITS, True)


CLEAN = {
    "nothing above": (dicom(), RAMP),
    "all bits used": (dicom(HIDDEN, BitsStored=16, HighBit=15), HIDDEN),
    "8 bits": (dicom((RAMP >> 4).astype("u1")), RAMP >> 4),
    "the sign copied": (dicom(SIGNED), SIGNED),
    "the sign not copied": (dicom((SIGNED & 0xFFF).astype("<i2"), PixelRepresentation=1), SIGNED),
    "bits below": (dicom(RAMP << 4, HighBit=15), RAMP),
    "bits below by the header alone": (dicom(HighBit=15), RAMP),
}


@pytest.mark.parametrize("case", CLEAN)
def test_bits_of_the_picture_and_copies_of_its_sign_are_no_surplus(case):
    content, expected = CLEAN[case]
    pixels, found = looked_at(content)
    assert (found, np.array_equal(pixels, expected)) == ("", True)


def test_bits_below_the_picture_are_looked_at_too():
    pixels, found = looked_at(dicom(RAMP << 4 | 5, HighBit=15))
    assert (found, np.array_equal(pixels, RAMP)) == (UNUSED_BITS, True)


@pytest.mark.parametrize("pixels", [SIGNED, -SIGNED - 1])
def test_letters_above_pixels_with_a_sign_are_found(pixels):
    hidden = pixels.copy()
    hidden[0, :2] ^= 0x2000
    found, surplus = looked_at(dicom(hidden))
    assert (surplus, np.array_equal(found, pixels)) == (UNUSED_BITS, True)


CODED = {
    JPEGBaseline8Bit: lambda pixels: imagecodecs.jpeg8_encode((pixels >> 8).astype("u1")),
    JPEGLosslessSV1: imagecodecs.ljpeg_encode,
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEG2000Lossless: lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True),
    HTJ2KLossless: imagecodecs.htj2k_encode,
}


def rle(pixels: np.ndarray, behind: bytes = b"", between: bytes = b"") -> bytes:
    """One frame of 16 bits in run lengths; bytes may stand behind its last segment, or between the two."""
    planes = [imagecodecs.packbits_encode((pixels >> shift).astype("u1").tobytes()) for shift in (8, 0)]
    planes = [plane + b"\0" * (len(plane) % 2) for plane in planes]
    planes[0] += between
    return struct.pack("<16L", 2, 64, 64 + len(planes[0]), *[0] * 13) + b"".join(planes) + behind


def packed(frames: list[bytes], syntax: str, *, pixel_data: bytes = b"", **tags) -> bytes:
    """A film of 64 × 64 in these frames, or in items that are given whole."""
    dataset = pydicom.dcmread(io.BytesIO(dicom()))
    dataset.Rows = dataset.Columns = 64
    dataset.BitsStored, dataset.HighBit = 16, 15
    if syntax == JPEGBaseline8Bit:
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    if len(frames) > 1:
        dataset.NumberOfFrames = len(frames)
    dataset.PixelData = pixel_data or encapsulate(frames)
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


FILM = np.tile(RAMP, (4, 4)) | 0x8000
FRAMES = {**{syntax: encode(FILM) for syntax, encode in CODED.items()}, RLELossless: rle(FILM)}


def items(*pieces: bytes) -> bytes:
    return b"".join(b"\xfe\xff\x00\xe0" + len(one).to_bytes(4, "little") + one for one in pieces)


@pytest.mark.parametrize("syntax", FRAMES)
def test_streams_as_encoders_write_them_hold_nothing_else(syntax):
    frame = FRAMES[syntax]
    assert beside_the_frames(parse(packed([frame], syntax))) == ""
    assert beside_the_frames(parse(packed([frame, frame], syntax))) == ""
    even = frame + b"\0" * (len(frame) % 2)
    data, offsets, lengths = encapsulate_extended([frame, frame])
    tables = {"ExtendedOffsetTable": offsets, "ExtendedOffsetTableLengths": lengths, "NumberOfFrames": 2}
    assert beside_the_frames(parse(packed([], syntax, pixel_data=data, **tables))) == ""
    if syntax != RLELossless:  # whose frames are one fragment each
        pieces = items(b"", even[:20], even[20:])
        assert beside_the_frames(parse(packed([], syntax, pixel_data=pieces))) == ""


@pytest.mark.parametrize("syntax", FRAMES)
def test_bytes_behind_the_end_of_a_stream_are_found(syntax):
    frame = FRAMES[syntax] + (b"\0" if len(FRAMES[syntax]) % 2 else b"") + SECRET
    assert beside_the_frames(parse(packed([frame], syntax))) == BESIDE_STREAM
    assert beside_the_frames(parse(packed([FRAMES[syntax], frame], syntax))) == BESIDE_STREAM


@pytest.mark.parametrize("syntax", FRAMES)
def test_fragments_behind_the_last_frame_are_found(syntax):
    frame = FRAMES[syntax] + b"\0" * (len(FRAMES[syntax]) % 2)
    for extra in (SECRET, frame):
        assert beside_the_frames(parse(packed([], syntax, pixel_data=items(b"", frame, extra))))
        listed = items(struct.pack("<L", 0), frame, extra)
        assert beside_the_frames(parse(packed([], syntax, pixel_data=listed)))
    two = items(struct.pack("<2L", 0, len(frame) + 8), frame, frame, SECRET)
    assert beside_the_frames(parse(packed([], syntax, pixel_data=two, NumberOfFrames=2)))


@pytest.mark.parametrize("syntax", FRAMES)
def test_fragments_that_a_table_of_offsets_passes_over_are_found(syntax):
    frame = FRAMES[syntax] + b"\0" * (len(FRAMES[syntax]) % 2)
    passed_over = items(struct.pack("<L", len(SECRET) + 8), SECRET, frame)
    assert beside_the_frames(parse(packed([], syntax, pixel_data=passed_over))) == BESIDE_STREAM
    whole = items(struct.pack("<L", len(frame) + 8), frame, frame)
    assert beside_the_frames(parse(packed([], syntax, pixel_data=whole)))


def test_frames_are_as_many_as_are_counted():
    frame = FRAMES[JPEGLSLossless] + b"\0" * (len(FRAMES[JPEGLSLossless]) % 2)
    three = items(b"", frame, frame, frame)
    assert beside_the_frames(parse(packed([], JPEGLSLossless, pixel_data=three, NumberOfFrames=3))) == ""
    assert beside_the_frames(parse(packed([], JPEGLSLossless, pixel_data=three, NumberOfFrames=2))) == FRAGMENTS
    pieces = items(b"", frame[:20], frame[20:40], frame[40:])
    assert beside_the_frames(parse(packed([], JPEGLSLossless, pixel_data=pieces, NumberOfFrames=2))) == FRAGMENTS


def test_a_table_of_offsets_holds_offsets_alone():
    frame = FRAMES[JPEGLSLossless] + b"\0" * (len(FRAMES[JPEGLSLossless]) % 2)
    assert beside_the_frames(parse(packed([], JPEGLSLossless, pixel_data=items(SECRET, frame)))) == FRAGMENTS
    tables = {"ExtendedOffsetTable": SECRET[:8], "ExtendedOffsetTableLengths": struct.pack("<Q", len(frame))}
    assert beside_the_frames(parse(packed([], JPEGLSLossless, pixel_data=items(b"", frame), **tables))) == FRAGMENTS


def between_scans(stream: bytes, segment: bytes) -> bytes:
    """A progressive JPEG with a segment in front of its second scan."""
    place = stream.index(b"\xff\xda", stream.index(b"\xff\xda") + 2)
    return stream[:place] + segment + stream[place:]


def test_a_comment_between_scans_is_found():
    buffer = io.BytesIO()
    Pillow.fromarray((FILM >> 8).astype("u1")).save(buffer, "JPEG", progressive=True)
    stream = buffer.getvalue()
    assert beside_the_frames(parse(packed([stream], JPEGBaseline8Bit))) == ""
    comment = b"\xff\xfe" + (len(SECRET) + 2).to_bytes(2, "big") + SECRET
    application = b"\xff\xe5" + comment[2:]
    for segment in (comment, application, b"\xff\xf0" + comment[2:]):
        assert beside_the_frames(parse(packed([between_scans(stream, segment)], JPEGBaseline8Bit))) == BESIDE_STREAM


@pytest.mark.parametrize("marker", [0xFFC8, 0xFFDE, 0xFFF0, 0xFFFD, 0xFFDD])
def test_segments_that_no_decoder_needs_are_found(marker):
    segment = marker.to_bytes(2, "big") + (len(SECRET) + 2).to_bytes(2, "big") + SECRET
    stream = FRAMES[JPEGBaseline8Bit]
    assert beside_the_frames(parse(packed([stream[:2] + segment + stream[2:]], JPEGBaseline8Bit))) == BESIDE_STREAM


def in_front(stream: bytes, marker: bytes, segment: bytes) -> bytes:
    """The stream with a segment in front of the first one of a kind."""
    place = stream.index(marker)
    return stream[:place] + segment + stream[place:]


def made(marker: int, body: bytes) -> bytes:
    return marker.to_bytes(2, "big") + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(**options) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray((FILM >> 8).astype("u1")).save(buffer, "JPEG", **options)
    return buffer.getvalue()


LETTERS = (SECRET * 4)[:64]
QUANTIZER, CODE = made(0xFFDB, b"\3" + LETTERS), made(0xFFC4, b"\x13" + bytes([0, 0, 2, 8, 10, *[0] * 11]) + SECRET)
DISTINCT, EIGHT = bytes(dict.fromkeys(b"ABCDEFGH")), b"\x13" + bytes([0, 0, 0, 8, *[0] * 12])
SPARE = {
    "a quantizer of no component": (JPEGBaseline8Bit, b"\xff\xda", QUANTIZER),
    "a quantizer before the one in its place": (JPEGBaseline8Bit, b"\xff\xdb", made(0xFFDB, b"\0" + LETTERS)),
    "a quantizer behind the last scan": (JPEGBaseline8Bit, b"\xff\xd9", QUANTIZER),
    "a quantizer where nothing is quantized": (JPEGLosslessSV1, b"\xff\xda", QUANTIZER),
    "a code of no component": (JPEGBaseline8Bit, b"\xff\xda", CODE),
    "a code of distinct symbols": (JPEGBaseline8Bit, b"\xff\xda", made(0xFFC4, EIGHT + DISTINCT)),
    "a code of coefficients where there are none": (JPEGLosslessSV1, b"\xff\xda", CODE),
    "conditions of arithmetic coding": (JPEGBaseline8Bit, b"\xff\xda", made(0xFFCC, SECRET)),
    "intervals of restarts, twice": (JPEGLosslessSV1, b"\xff\xda", made(0xFFDD, b"DO") + made(0xFFDD, b"\0\0")),
    "a number of lines": (JPEGBaseline8Bit, b"\xff\xda", made(0xFFDC, b"DO")),
    "a mapping table": (JPEGLSLossless, b"\xff\xda", made(0xFFF8, b"\2\1\1" + SECRET)),
    "a mapping table as long as the presets": (JPEGLSLossless, b"\xff\xda", made(0xFFF8, b"\2\1\1" + SECRET[:8])),
    "lengths of packets": (JPEG2000Lossless, b"\xff\x93", made(0xFF58, b"\0" + SECRET)),
    "lengths of packets of all tiles": (JPEG2000Lossless, b"\xff\x90", made(0xFF57, b"\0" + SECRET)),
    "lengths of tile-parts": (JPEG2000Lossless, b"\xff\x90", made(0xFF55, b"\0\x50" + SECRET[:20])),
    "where components lie": (JPEG2000Lossless, b"\xff\x90", made(0xFF63, SECRET)),
    "a profile": (JPEG2000Lossless, b"\xff\x90", made(0xFF56, SECRET)),
    "steps of a component that is not there": (JPEG2000Lossless, b"\xff\x90", made(0xFF5D, b"\7\x22" + SECRET)),
}  # fmt: skip


@pytest.mark.parametrize("case", SPARE)
def test_tables_and_pointers_that_no_picture_needs_are_found(case):
    syntax, marker, segment = SPARE[case]
    stream = FRAMES[syntax].rstrip(b"\0")
    at = stream.rindex(marker) if marker == b"\xff\xd9" else stream.index(marker)
    hidden = stream[:at] + segment + stream[at:]
    if segment[1] == 0x58:  # in the header of a tile-part, whose length counts it
        size = stream.index(b"\xff\x90") + 6
        length = int.from_bytes(stream[size : size + 4], "big") + len(segment)
        hidden = hidden[:size] + length.to_bytes(4, "big") + hidden[size + 4 :]
    assert beside_the_frames(parse(packed([stream], syntax))) == ""
    assert beside_the_frames(parse(packed([hidden], syntax))) == BESIDE_STREAM


@pytest.mark.parametrize(
    "options", [{}, {"optimize": True}, {"progressive": True}, {"quality": 30}, {"restart_marker_rows": 2}]
)
def test_the_tables_of_a_jpeg_are_its_own(options):
    assert beside_the_frames(parse(packed([jpeg(**options)], JPEGBaseline8Bit))) == ""


def test_a_table_that_is_too_long_is_found():
    stream = FRAMES[JPEG2000Lossless]
    place = stream.index(b"\xff\x5c")
    length = int.from_bytes(stream[place + 2 : place + 4], "big")
    longer = made(0xFF5C, stream[place + 4 : place + 2 + length] + SECRET)
    hidden = stream[:place] + longer + stream[place + 2 + length :]
    assert beside_the_frames(parse(packed([hidden], JPEG2000Lossless))) == BESIDE_STREAM


@pytest.mark.parametrize(
    "entries",
    [
        b"\0\x40" + b"%L",  # the lengths alone, in order
        b"\0\x50\0%L",
        b"\0\x60\0\0%L",
    ],
)
@pytest.mark.parametrize("syntax", [JPEG2000Lossless, HTJ2KLossless])
def test_lengths_of_tile_parts_may_stand_where_they_are_true(entries, syntax):
    stream = FRAMES[syntax].rstrip(b"\0")
    size = stream.index(b"\xff\x90") + 6
    for length, expected in ((stream[size : size + 4], ""), (SECRET[:4], BESIDE_STREAM)):
        told = in_front(stream, b"\xff\x90", made(0xFF55, entries.replace(b"%L", length)))
        assert beside_the_frames(parse(packed([told], syntax))) == expected


def test_what_an_application_says_is_kept_once_and_as_far_as_it_is_needed():
    densities = b"JFIF\0\1\2" + SECRET[:7]
    colours = b"Adobe" + SECRET[:6] + b"\0"
    segments = [made(0xFFE0, densities), made(0xFFE0, densities), made(0xFFE5, densities), made(0xFFEE, colours)]
    spiff = made(0xFFE8, b"SPIFF\0" + (SECRET * 2)[:26])
    plain = jpeg()
    stream = plain[:2] + b"".join(segments) + spiff + plain[2:]
    blanked = bytearray(stream)
    for begin, end in beside_the_picture(lambda at, count: stream[at : at + count]):
        blanked[begin:end] = bytes(end - begin)
    assert not any(SECRET[at : at + 3] in blanked for at in range(len(SECRET) - 3))
    assert np.array_equal(imagecodecs.jpeg8_decode(bytes(blanked)), imagecodecs.jpeg8_decode(plain))
    assert blanked.count(b"JFIF") == 1


def test_the_boxes_of_a_jp2_file_are_found():
    boxed = imagecodecs.jpeg2k_encode(FILM, codecformat="jp2", reversible=True)
    assert beside_the_frames(parse(packed([boxed], JPEG2000Lossless))) == BESIDE_STREAM


@pytest.mark.parametrize("frame", [rle(FILM, between=SECRET), rle(FILM)[:60] + SECRET[:4] + rle(FILM)[64:], b"RLE"])
def test_run_lengths_are_those_of_the_picture(frame):
    assert beside_the_frames(parse(packed([frame], RLELossless)))


def test_a_stream_without_an_end_may_hold_anything():
    for syntax in (JPEGLSLossless, JPEG2000Lossless):
        cut = FRAMES[syntax].rstrip(b"\0")[:-2] + SECRET
        assert beside_the_frames(parse(packed([cut], syntax))) == BESIDE_STREAM


def of_unknown_length(stream: bytes) -> bytes:
    """A JPEG 2000 stream whose last tile goes on until the end (Psot of 0)."""
    place = stream.rindex(b"\xff\x90\0\x0a") + 6
    return stream[:place] + bytes(4) + stream[place + 4 :]


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, HTJ2KLossless])
def test_a_last_tile_of_unknown_length_ends_with_its_picture(syntax):
    frame = of_unknown_length(FRAMES[syntax].rstrip(b"\0"))
    assert beside_the_frames(parse(packed([frame], syntax))) == ""
    assert np.array_equal(parse(packed([frame], syntax)).pixel_array, FILM)
    twice = frame + SECRET + b"\xff\xd9"
    assert beside_the_frames(parse(packed([twice], syntax))) == BESIDE_STREAM


@given(st.sampled_from([one for one in FRAMES.values() if one[:2] in STREAM_BEGINS]), st.data())
def test_a_damaged_stream_is_walked_to_its_end_and_what_it_says_lies_in_order(stream, data):
    damaged = bytearray(stream[: data.draw(st.integers(0, len(stream)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(damaged) - 1)), max_size=4)):
        damaged[place : place + 1] = data.draw(st.binary(max_size=3))
    damaged = bytes(damaged)
    said = list(beside_the_picture(lambda at, count: damaged[at : at + count]))
    assert said == sorted(said)
    assert all(0 < begin < end for begin, end in said)
    assert ends_with_its_picture(damaged) in {True, False}


def test_what_is_found_is_a_remark_that_does_not_repeat_it():
    facts = read_dicom(dicom(in_high_bits()))
    assert facts.gate.surplus == (UNUSED_BITS,)
    assert facts.pixel_sha256 == read_dicom(dicom()).pixel_sha256
    [found] = [one for one in examine(facts) if one.check == "surplus"]
    assert (found.outcome, found.where) == (Outcome.PASS, ("(7FE0,0010) PixelData",))
    assert UNUSED_BITS in found.what
    assert read_dicom(dicom()).gate.surplus == ()


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real reports and films in ../shared/data")
def test_few_real_files_hold_more_than_their_picture():
    found = {}
    for path in sorted((SHARED / "dicom_ts").rglob("*.dcm")) + sorted((SHARED / "cxr_dicom").rglob("*.dcm")):
        try:
            found[path.name] = read_dicom(path.read_bytes()).gate.surplus
        except ValueError:  # refused for another reason
            continue
    assert len(found) > 10
    assert sum(map(bool, found.values())) <= len(found) / 5, {name: what for name, what in found.items() if what}
