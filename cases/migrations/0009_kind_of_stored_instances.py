"""What a search must tell of an instance, of those that came before it was kept: read once from their originals."""

from typing import Any

import pydicom
from django.core.files.storage import default_storage
from django.db import migrations

_AT_ONCE = 500
_UID_CHARACTERS, _MOST_BITS = 64, 64


def fill(apps: Any, _schema_editor: Any) -> None:
    """Goes on where it was broken off; an original that is missing or cannot be read leaves its row as it is."""
    images = apps.get_model("cases", "Image").objects.exclude(transfer_syntax="").filter(bits_allocated=None)
    last = 0
    while some := list(images.filter(pk__gt=last).only("sha256").order_by("pk")[:_AT_ONCE]):
        last = some[-1].pk
        for image in some:
            image.sop_class, image.bits_allocated = _kind(image.sha256)
        images.model.objects.bulk_update(some, ["sop_class", "bits_allocated"])


def _kind(sha256: str) -> tuple[str, int | None]:
    try:
        with default_storage.open(f"originals/{sha256[:2]}/{sha256}", "rb") as file:
            header = pydicom.dcmread(
                file, force=True, stop_before_pixels=True, specific_tags=["SOPClassUID", "BitsAllocated"]
            )
        bits = int(header.get("BitsAllocated") or 0)
        return str(header.get("SOPClassUID") or "")[:_UID_CHARACTERS], bits if 0 < bits <= _MOST_BITS else None
    except Exception:  # noqa: BLE001 - an odd file, or none, must not stop an upgrade
        return "", None


class Migration(migrations.Migration):
    atomic = False  # of a large archive it takes minutes, and what is read stays read

    dependencies = [("cases", "0008_kind_of_instance")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
