"""Accept headers, and what is chosen for them."""

import pytest

from dicomweb.media_types import MediaTypeError, Offer, choose, parse_accept, parse_media_type

JPEG_LS = "1.2.840.10008.1.2.4.80"
LITTLE = "1.2.840.10008.1.2.1"
STORED = Offer("multipart/related", "image/jls", JPEG_LS, is_stored=True)
STORED_OCTETS = Offer("multipart/related", "application/octet-stream", JPEG_LS, is_stored=True)
DECODED = Offer("multipart/related", "application/octet-stream", LITTLE)
ALONE = Offer("image/jls", "", JPEG_LS, is_stored=True)
ALONE_DECODED = Offer("application/octet-stream", "", LITTLE)
FRAMES = (STORED, STORED_OCTETS, DECODED, ALONE, ALONE_DECODED)
JSON = (Offer("application/dicom+json"), Offer("application/json"))


def test_a_media_type_is_taken_apart_quotes_and_all():
    found = parse_media_type('Multipart/Related; type="application/dicom"; Boundary="a;b,\\"c"')

    assert (found.name, found.inner, found.parameters["boundary"]) == (
        "multipart/related",
        "application/dicom",
        'a;b,"c',
    )


@pytest.mark.parametrize("text", ["", "json", "a/", "/b", ";type=x"])
def test_what_is_no_media_type_is_refused(text):
    with pytest.raises(MediaTypeError, match="is no media type"):
        parse_media_type(text)


def test_ranges_come_in_the_order_of_their_weights_and_refused_ones_not_at_all():
    found = parse_accept("text/html;q=0.5, application/json, image/png;q=0, */*;q=nonsense")

    assert [one.name for one in found] == ["application/json", "text/html"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", DECODED),
        ("*/*", DECODED),
        ("multipart/related", DECODED),
        ('multipart/related; type="application/octet-stream"', DECODED),
        ('multipart/related; type="application/octet-stream"; transfer-syntax=*', STORED_OCTETS),
        ("multipart/related; type=application/octet-stream; transfer-syntax=" + JPEG_LS, STORED_OCTETS),
        ('multipart/related; type="image/jls"; transfer-syntax=' + JPEG_LS, STORED),
        ('multipart/related; type="image/jls"', STORED),
        ('multipart/related; type="image/*"', STORED),
        ("multipart/related; transfer-syntax=*", STORED),
        ('multipart/related; type="image/jp2"', None),
        ('multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.4.90', None),
        ("text/html", None),
        ("application/octet-stream", ALONE_DECODED),
        ("application/octet-stream; transfer-syntax=*", None),
        ("image/jls", ALONE),
        ("image/*; transfer-syntax=*", ALONE),
        ('multipart/related; type="image/jp2", multipart/related; type="image/jls";q=0.1', STORED),
    ],
)
def test_frames_are_sent_as_asked(accept, chosen):
    assert choose(accept, FRAMES) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/dicom+json, application/json", "application/dicom+json"),
        ("application/json", "application/json"),
        ("application/dicom+xml", None),
        ("application/*", "application/dicom+json"),
    ],
)
def test_metadata_are_sent_as_asked(accept, chosen):
    found = choose(accept, JSON)

    assert (found.name if found else None) == chosen
