"""Media types of PS3.18 8.7: taken apart, and chosen among what can be offered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MULTIPART = "multipart/related"
DICOM = "application/dicom"
DICOM_JSON = "application/dicom+json"
OCTETS = "application/octet-stream"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
AS_STORED = "*"


class MediaTypeError(ValueError):
    """A media type that cannot be read; the text is a sentence."""


@dataclass(frozen=True)
class MediaType:
    """A media type, or a range of them, with its parameters: names in lower case, values without their quotes."""

    name: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def inner(self) -> str:
        """Of a multipart: the type of its parts."""
        return self.parameters.get("type", "").lower()

    @property
    def syntax(self) -> str:
        return self.parameters.get("transfer-syntax", "")

    @property
    def weight(self) -> float:
        try:
            return min(1.0, max(0.0, float(self.parameters.get("q", "1"))))
        except ValueError:
            return 0.0


@dataclass(frozen=True)
class Offer:
    """One way an answer can be given. ``inner`` is empty for a single part, ``syntax`` where there is no choice of it."""

    name: str
    inner: str = ""
    syntax: str = ""
    is_stored: bool = False

    @property
    def content(self) -> str:
        return self.inner or self.name


def parse_media_type(text: str) -> MediaType:
    """One media type, such as that of a Content-Type header. Raises MediaTypeError."""
    name, *rest = _split(text, ";")
    main, slash, sub = name.strip().lower().partition("/")
    if not (main and slash and sub):
        raise MediaTypeError(f"{name.strip()!r} is no media type; one looks like application/dicom+json.")
    parameters = {}
    for part in rest:
        key, _, value = part.partition("=")
        if key.strip():
            parameters[key.strip().lower()] = _unquoted(value.strip())
    return MediaType(f"{main}/{sub}", parameters)


def parse_accept(text: str) -> tuple[MediaType, ...]:
    """The ranges of an Accept header, the most wanted first; nothing, or ``*/*`` alone, accepts everything."""
    ranges = [parse_media_type(part) for part in _split(text, ",") if part.strip()]
    wanted = [one for one in ranges if one.weight > 0]
    return tuple(sorted(wanted, key=lambda one: -one.weight)) if ranges else (MediaType("*/*"),)


def choose(accept: str, offers: Sequence[Offer]) -> Offer | None:
    """The offer that the Accept header wants most; of several equally wanted, the first offered. None: not acceptable.

    A range without a transfer syntax means the default one, which is to send what is not compressed (PS3.18 8.7.3.5.2);
    one of an image type, whose bytes say how they are coded, means whatever is stored in that type. Raises
    MediaTypeError when the header cannot be read.
    """
    for wanted in parse_accept(accept):
        for offer in offers:
            if _fits(wanted, offer):
                return offer
    return None


def _fits(wanted: MediaType, offer: Offer) -> bool:
    if not _covers(wanted.name, offer.name):
        return False
    if offer.name == MULTIPART and wanted.inner and not _covers(wanted.inner, offer.inner):
        return False
    return _fits_syntax(wanted, offer)


def _fits_syntax(wanted: MediaType, offer: Offer) -> bool:
    if not offer.syntax:
        return True
    if wanted.syntax == AS_STORED:
        return offer.is_stored
    if wanted.syntax:
        return wanted.syntax == offer.syntax
    is_image = wanted.inner.startswith("image/") or wanted.name.startswith("image/")
    return offer.syntax == EXPLICIT_LITTLE or (is_image and offer.is_stored)


def _covers(wanted: str, offered: str) -> bool:
    if wanted in {"*/*", "*"}:
        return True
    return wanted[:-1] == offered[: len(wanted) - 1] if wanted.endswith("/*") else wanted == offered


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts between the marks, but for those that stand between double quotes."""
    start, is_quoted, is_escaped = 0, False, False
    for place, letter in enumerate(text):
        if is_escaped:
            is_escaped = False
        elif letter == "\\" and is_quoted:
            is_escaped = True
        elif letter == '"':
            is_quoted = not is_quoted
        elif letter == mark and not is_quoted:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _unquoted(value: str) -> str:
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    letters, is_escaped = [], False
    for letter in value[1:-1]:
        is_escaped = letter == "\\" and not is_escaped
        if not is_escaped:
            letters.append(letter)
    return "".join(letters)
