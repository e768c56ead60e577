"""Static files under hashed names; our own scripts and styles joined and tight."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# What pages name; everything else under static/js is imported by one of these, and served as a part of it.
SCRIPTS = (
    "js/room.js",
    "js/office.js",
    "js/viewer/index.js",
    "js/viewer/worker.js",
    "js/key-map.js",
    "js/worklist.js",
    "js/upload/page.js",
    "js/evidence.js",
    "js/confirm-name.js",
)
# The viewer and its worker both need it, so it is sent once, as a file of its own.
SHARED = ("js/viewer/common.js",)
# The only style sheet of its pages.
ALONE = ("css/room.css",)


class ThoroughCompressor(Compressor):  # type: ignore[misc]  # whitenoise has no types
    """Searches longer than zlib does; what comes of it is gzip as any other, 4 % smaller."""

    @staticmethod
    def compress_gzip(data: bytes) -> bytes:
        from imagecodecs import ZOPFLI, zopfli_encode

        return bytes(zopfli_encode(data, format=ZOPFLI.FORMAT.GZIP))


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Joins what pages load from the folders of the checkout, then names by content, rewrites imports and compresses."""

    support_js_module_import_aggregation = True
    # In our own modules alone: what packages ship is no concern of ours, and may name files that it does not ship.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def create_compressor(self, **options: Any) -> Compressor:
        return ThoroughCompressor(**options)

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Puts the joined files where the written ones were collected to; a module that no page names is not served."""
        if dry_run:
            return
        # No web process needs the parser of JavaScript.
        from config.joined_scripts import joined_script, joined_style

        ours = {name: found for name, found in paths.items() if name.startswith(("js/", "css/"))}
        served = {name: found for name, found in paths.items() if name not in ours}
        for name in ours:
            self.delete(name)
            if name.startswith("css/"):
                text = joined_style(name, _written, is_alone=name in ALONE)
            elif name in SCRIPTS or name in SHARED:
                text = joined_script(name, _written, SHARED)
            else:
                continue
            self._save(name, ContentFile(text.encode()))
            served[name] = (self, name)
        yield from super().post_process(served, dry_run, **options)


def _written(name: str) -> str:
    """A script or style sheet as it is written in the checkout. Raises FileNotFoundError for one that is not there."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(f"There is no {name} among the static files.")
    return Path(path).read_text(encoding="utf-8")
