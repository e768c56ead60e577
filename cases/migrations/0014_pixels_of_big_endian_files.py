"""Pixels of big-endian files were digested in their own order of bytes: digested anew, in that of all others."""

import hashlib
from typing import Any

import numpy as np
import pydicom
from django.core.files.storage import default_storage
from django.db import migrations
from pydicom.pixels.utils import pixel_array

_BIG_ENDIAN = "1.2.840.10008.1.2.2"


def digest_anew(apps: Any, _schema_editor: Any) -> None:
    """An original that is missing or cannot be read leaves its row as it is."""
    images = apps.get_model("cases", "Image").objects.filter(transfer_syntax=_BIG_ENDIAN)
    for image in images.only("sha256").order_by("pk").iterator():
        if digest := _digest(image.sha256):
            images.filter(pk=image.pk).update(pixel_sha256=digest)


def _digest(sha256: str) -> str:
    try:
        with default_storage.open(f"originals/{sha256[:2]}/{sha256}", "rb") as file:
            pixels = np.asarray(pixel_array(pydicom.dcmread(file, force=True)))
        ordered = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
        return hashlib.sha256(ordered.data).hexdigest()
    except Exception:  # noqa: BLE001 - an odd file, or none, must not stop an upgrade
        return ""


class Migration(migrations.Migration):
    atomic = False  # each row by itself: what is digested stays digested

    dependencies = [("cases", "0013_headers_through_the_gate")]

    operations = [migrations.RunPython(digest_anew, migrations.RunPython.noop)]
