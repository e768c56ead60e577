"""Bytes of a stored file on their way out: stretches of it, read as they are sent, zeros where a code stream holds no picture."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from cases.adapters.code_streams import beside_the_picture

_CHUNK = 256 * 1024  # what stays in a processor's cache on its way from the file to the line


class PixelsMissingError(ValueError):
    """A file whose pixels are not where its header says; the text is a sentence."""


@dataclass(frozen=True)
class Content:
    """Bytes on their way out, how many they are, and the pieces they come in. What lies in a file is read as it is sent."""

    length: int
    chunks: Iterable[bytes]

    @classmethod
    def of(cls, content: bytes) -> "Content":
        return cls(len(content), [content])


class Stretch(NamedTuple):
    """Bytes of a file: where they begin, and how many they are."""

    start: int
    length: int


def copied(file: BinaryIO, stretches: Sequence[Stretch], padding: int = 0, blanks: Sequence[Stretch] = ()) -> Content:
    """The stretches' bytes one after the other, zeros where they lie in one of the ``blanks``, and so many zeros more."""
    return Content(sum(one.length for one in stretches) + padding, _read(file, stretches, padding, blanks))


def _read(
    file: BinaryIO, stretches: Sequence[Stretch], padding: int, blanks: Sequence[Stretch] = ()
) -> Iterator[bytes]:
    """The stretches' bytes, zeros where they lie in one of the ``blanks``."""
    for start, length in stretches:
        place, end = start, start + length
        while place < end:
            file.seek(place)  # several frames of an answer share the file
            chunk = file.read(min(_CHUNK, end - place))
            if not chunk:
                raise PixelsMissingError("The file was cut off while it was sent.")
            yield blanked(chunk, place, blanks)
            place += len(chunk)
    if padding:
        yield b"\0" * padding


def blanked(chunk: bytes, place: int, blanks: Sequence[Stretch]) -> bytes:
    """A chunk that lies at ``place`` of its file, with zeros for what of it lies in a blank."""
    for start, length in blanks:
        begin, end = max(start, place) - place, min(start + length, place + len(chunk)) - place
        if begin < end:
            chunk = chunk[:begin] + b"\0" * (end - begin) + chunk[end:]
    return chunk


def blanks_of(file: BinaryIO, fragments: Sequence[Stretch]) -> list[Stretch]:
    """Where comments and the like lie in the file, of the code stream that the fragments make together."""

    def read(place: int, count: int) -> bytes:
        return b"".join(_read(file, list(_parts(fragments, place, count)), 0))

    return [part for begin, end in beside_the_picture(read) for part in _parts(fragments, begin, end - begin)]


def _parts(fragments: Sequence[Stretch], place: int, count: int) -> Iterator[Stretch]:
    """Where so many bytes of joined fragments lie in their file."""
    for start, length in fragments:
        if place < length and count > 0:
            taken = min(count, length - place)
            yield Stretch(start + place, taken)
            count -= taken
        place = max(0, place - length)
