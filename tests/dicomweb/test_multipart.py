"""multipart/related, read from a stream that comes in pieces of any size, and written."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomweb.multipart import MultipartError, OutPart, boundary_of, read_parts, write_parts

BOUNDARY = "b0undary"


class Drip:
    """A stream that gives at most ``size`` bytes at a time, as a network does."""

    def __init__(self, content: bytes, size: int) -> None:
        self.file, self.size = io.BytesIO(content), size

    def read(self, _size: int = -1) -> bytes:
        return self.file.read(self.size)


def written(*contents: bytes, headers=None) -> bytes:
    headers = headers or {"Content-Type": "application/dicom"}
    return b"".join(write_parts((OutPart(headers, [content]) for content in contents), BOUNDARY))


def contents(body: bytes, size: int = 7) -> list[bytes]:
    return [b"".join(part.chunks) for part in read_parts(Drip(body, size), BOUNDARY.encode())]


@given(
    st.lists(st.binary(max_size=60) | st.sampled_from([b"\r\n", b"--", b"\r\n--b0undar", b"\r\n\r\n--"]), max_size=4),
    st.integers(1, 40),
)
def test_what_is_written_is_read_again_however_it_is_cut(parts, size):
    assert contents(written(*parts), size) == parts


def test_a_body_as_dicomweb_client_writes_it():
    """It begins with a line break and ends without one."""
    body = b"\r\n--b0undary\r\nContent-Type: application/dicom\r\n\r\nDICM\r\n--b0undary--"

    assert contents(body) == [b"DICM"]


def test_text_before_the_first_part_and_after_the_last_means_nothing():
    assert contents(b"hello\r\n" + written(b"one") + b"and more\r\n--b0undary\r\n") == [b"one"]


def test_headers_of_a_part_are_told_in_lower_case():
    [part] = read_parts(io.BytesIO(written(b"x", headers={"Content-Type": "a/b", "X-Y": " z "})), b"b0undary")

    assert part.headers == {"content-type": "a/b", "x-y": "z"}
    assert part.content_type == "a/b"


def test_a_part_that_nobody_reads_is_passed_over():
    parts = read_parts(Drip(written(b"one" * 50, b"two"), 9), b"b0undary")
    next(parts)

    assert b"".join(next(parts).chunks) == b"two"


def test_a_large_part_comes_in_chunks():
    part = next(read_parts(Drip(written(b"x" * 5_000_000), 1_000_000), b"b0undary"))
    sizes = [len(chunk) for chunk in part.chunks]

    assert sum(sizes) == 5_000_000
    assert max(sizes) <= 1_000_100


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_a_body_that_was_cut_off_is_refused(cut):
    with pytest.raises(MultipartError, match="was cut off"):
        contents(written(b"one")[:-cut] if cut > 4 else b"")


def test_a_header_without_end_is_refused():
    with pytest.raises(MultipartError, match="longer than 16 KiB"):
        contents(b"--b0undary\r\n" + b"X: y\r\n" * 10_000, 100_000)
    with pytest.raises(MultipartError, match="longer than 16 KiB"):
        contents(b"--b0undary\r\n" + b"X" * 100_000, 50_000)


def test_other_text_on_the_line_of_a_boundary_is_refused():
    with pytest.raises(MultipartError, match="other text"):
        contents(b"--b0undaryX\r\n\r\none\r\n--b0undary--")


@pytest.mark.parametrize(
    ("content_type", "why"),
    [
        ("", "cannot be read"),
        ("application/dicom", "send multipart/related"),
        ("multipart/form-data; boundary=x", "send multipart/related"),
        ("multipart/related", "names no boundary"),
        ("multipart/related; boundary=" + "x" * 201, "names no boundary"),
        ("multipart/related; boundary=\u00e9", "names no boundary"),
    ],
)
def test_a_content_type_without_a_boundary_is_refused(content_type, why):
    with pytest.raises(MultipartError, match=why):
        boundary_of(content_type)


def test_a_boundary_may_be_longer_than_the_standard_says():
    """Orthanc's is two UUIDs and a dash."""
    assert boundary_of("multipart/related; type=application/dicom; boundary=" + "x" * 73) == b"x" * 73


def test_a_boundary_may_be_quoted():
    assert boundary_of('multipart/related; type="application/dicom"; boundary="a b"') == b"a b"
