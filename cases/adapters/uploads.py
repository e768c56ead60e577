"""Files that people upload, kept under DATA_DIR/uploads until their import has read them."""

import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename

from cases.adapters.storage import chunks


def keep_upload(*files: "UploadedFile[bytes] | None") -> list[str]:
    """Writes the files into a new folder of their own, readable by the product alone; their paths, "" for None."""
    folder = Path(settings.DATA_DIR) / "uploads" / secrets.token_hex(8)
    folder.mkdir(mode=0o700, parents=True)
    paths = []
    for number, file in enumerate(files):
        if file is None:
            paths.append("")
            continue
        place = folder / str(number)
        place.mkdir()
        path = place / (get_valid_filename(Path(file.name or "upload").name)[-100:] or "upload")
        with path.open("wb") as target:
            target.writelines(chunks(file))
        paths.append(str(path))
    return paths
