"""multipart/related (RFC 2387 over RFC 2046): read as it streams in, written part by part."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from dicomweb.media_types import MULTIPART, MediaTypeError, parse_media_type

_CHUNK = 1024 * 1024
_MAX_HEADER = 16 * 1024
_LINE_END = b"\r\n"
Chunk = bytes | memoryview
_MAX_BOUNDARY = 200  # RFC 2046 5.1.1 says 70; Orthanc sends 73


class MultipartError(ValueError):
    """A body that is no multipart/related message; the text is a sentence."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Part:
    """One part. ``chunks`` are its bytes as they come; what is left unread of them is skipped at the next part."""

    headers: dict[str, str]
    chunks: Iterator[Chunk]

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type header names. Raises MultipartError unless it is multipart/related with one."""
    try:
        found = parse_media_type(content_type)
    except MediaTypeError as error:
        raise MultipartError(f"The Content-Type cannot be read: {error}") from error
    if found.name != MULTIPART:
        raise MultipartError(f'The body is {found.name}; send {MULTIPART} with type="application/dicom".')
    boundary = found.parameters.get("boundary", "")
    if not boundary or len(boundary) > _MAX_BOUNDARY or not boundary.isascii():
        raise MultipartError(f"The Content-Type names no boundary of 1 to {_MAX_BOUNDARY} characters.")
    return boundary.encode("ascii")


def read_parts(stream: Readable, boundary: bytes) -> Iterator[Part]:
    """The parts of the body in order; never more than a few MiB in memory. Raises MultipartError as it meets them."""
    reader = _Reader(stream, boundary)
    for _ in reader.until_delimiter():  # what stands before the first part means nothing
        pass
    while not reader.is_last():
        part = Part(reader.headers(), reader.until_delimiter())
        yield part
        for _ in part.chunks:
            pass


class _Reader:
    """A window on the stream that finds delimiters also where a chunk ends within one. Of a chunk nothing is copied but the
    few bytes at its end with which a delimiter may begin.
    """

    def __init__(self, stream: Readable, boundary: bytes) -> None:
        self.stream = stream
        self.delimiter = b"\r\n--" + boundary
        self.window = b"\r\n"  # so that a body which begins with its first delimiter reads like the others
        self.start = 0  # of what is unread of it
        self.has_ended = False

    def until_delimiter(self) -> Iterator[Chunk]:
        """The bytes before the next delimiter, which is passed over. Raises MultipartError when there is none."""
        while True:
            place = self.window.find(self.delimiter, self.start)
            sure = place if place >= 0 else self._sure()
            if sure > self.start:
                content = memoryview(self.window)[self.start : sure]
                self.start = sure
                yield content
            if place >= 0:
                self.start = place + len(self.delimiter)
                return
            if not self._more():
                raise MultipartError("The body ends before its last boundary: it was cut off on its way.")

    def _sure(self) -> int:
        """Up to where the window, which holds no delimiter, cannot hold the beginning of one either."""
        place = self.window.find(self.delimiter[:1], max(self.start, len(self.window) - len(self.delimiter) + 1))
        return place if place >= 0 else len(self.window)

    def is_last(self) -> bool:
        """Whether the delimiter just passed was the closing one; passes over the rest of its line."""
        while len(self.window) - self.start < 2 and self._more():
            pass
        if self.window.startswith(b"--", self.start):
            return True
        line = self._line()
        if line.strip(b" \t"):
            raise MultipartError("A boundary is followed by other text on its line.")
        return False

    def headers(self) -> dict[str, str]:
        """The header lines of a part, names in lower case."""
        headers = {}
        size = 0
        while line := self._line():
            size += len(line)
            if size > _MAX_HEADER:
                raise MultipartError(f"The header of a part is longer than {_MAX_HEADER // 1024} KiB.")
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        return headers

    def _line(self) -> bytes:
        while (place := self.window.find(_LINE_END, self.start)) < 0:
            if len(self.window) - self.start > _MAX_HEADER:
                raise MultipartError(f"The header of a part is longer than {_MAX_HEADER // 1024} KiB.")
            if not self._more():
                raise MultipartError("The body ends within the header of a part: it was cut off on its way.")
        line = self.window[self.start : place]
        self.start = place + len(_LINE_END)
        return line

    def _more(self) -> bool:
        if self.has_ended:
            return False
        chunk = self.stream.read(_CHUNK)
        self.has_ended = not chunk
        rest = self.window[self.start :]
        self.window, self.start = rest + chunk if rest else chunk, 0
        return not self.has_ended


@dataclass(frozen=True)
class OutPart:
    """A part to be sent: its headers, and its bytes as they come."""

    headers: dict[str, str]
    chunks: Iterable[bytes]


def write_parts(parts: Iterable[OutPart], boundary: str) -> Iterator[bytes]:
    """The body of a message, part by part; ``boundary`` must occur in none of them."""
    for part in parts:
        yield _head(part, boundary)
        yield from part.chunks
        yield _LINE_END
    yield _end(boundary)


def message_length(parts: Iterable[tuple[OutPart, int]], boundary: str) -> int:
    """The bytes of the body that ``write_parts`` makes of parts whose contents are so long."""
    lengths = (len(_head(part, boundary)) + length + len(_LINE_END) for part, length in parts)
    return sum(lengths) + len(_end(boundary))


def _head(part: OutPart, boundary: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in part.headers.items())
    return f"--{boundary}\r\n{lines}\r\n".encode()


def _end(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()
