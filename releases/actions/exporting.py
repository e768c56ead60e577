"""From a frozen release to files."""

import hashlib
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.models import User
from cases.actions.frames import restore_pictures
from cases.adapters.storage import DERIVED, open_kept
from core.actions import record_event, working_on
from core.errors import NotAllowedError
from releases.actions.rules import ReleaseRefusedError, require_admin
from releases.adapters.formats import NAMES, write_release
from releases.content import ReleaseContent
from releases.models import (
    Partition,
    Release,
    ReleaseExport,
    ReleaseState,
)
from releases.queries import release_content


@transaction.atomic
def create_export(
    *, release: Release, partition: str = Partition.RELEASED, formats: Sequence[str], by: User | None
) -> ReleaseExport:
    """A queued export. Refuses a draft, an unknown format or partition, and a holdout asked for by anyone but an admin."""
    _check_export(release, partition, formats, by)
    export = ReleaseExport.objects.create(
        kind="export",
        release=release,
        partition=partition,
        formats=list(formats),
        created_by=by,
        params={"partition": partition, "formats": list(formats)},
    )
    record_event(verb="release.export_asked", subject=release, by=by, data=export.params)
    return export


def _check_export(release: Release, partition: str, formats: Sequence[str], by: User | None) -> None:
    if partition not in Partition.values:
        raise ReleaseRefusedError(f"There is no partition {partition!r}; there are: {', '.join(Partition.values)}.")
    if unknown := [name for name in formats if name not in NAMES]:
        raise ReleaseRefusedError(f"There is no format {unknown[0]!r}; there are: {', '.join(NAMES)}.")
    if release.is_draft:
        raise ReleaseRefusedError(f"Release {release.name} is a draft; freeze it first (build_release --freeze).")
    if release.state == ReleaseState.WITHDRAWN:
        raise ReleaseRefusedError(f"Release {release.name} is withdrawn; it is not exported any more.")
    if partition == Partition.HOLDOUT and (by is None or not by.is_admin):
        raise NotAllowedError(
            f"The holdout of {release.name} is sealed: only an admin, named, may export it, and the audit trail says so."
        )
    if by is not None:
        require_admin(by)


def export_to_folder(
    *, release: Release, folder: Path, partition: str, formats: Sequence[str], by: User | None
) -> list[str]:
    """Writes the release's files into ``folder`` and returns their names; the same release gives the same bytes.

    Refuses what create_export refuses, and a folder that holds other files.
    """
    _check_export(release, partition, formats, by)
    with tempfile.TemporaryDirectory(dir=_made(folder.parent), prefix=f".{folder.name}-") as work:
        content = release_content(release, partition, with_images="images" in formats)
        _refuse_lost(release, content)
        names = write_release(content, Path(work), tuple(formats), lambda sha256: open_kept(DERIVED, sha256))
        strangers = [
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.relative_to(folder).as_posix() not in names
        ]
        if strangers:
            raise ReleaseRefusedError(
                f"{folder} holds {strangers[0]}, which is not part of this export; name an empty or new folder."
            )
        for name in names:
            _made((folder / name).parent)
            shutil.move(Path(work) / name, folder / name)
    record_event(
        verb="release.exported", subject=release, by=by, data={"partition": partition, "formats": list(formats)}
    )
    return names


def _refuse_lost(release: Release, content: ReleaseContent) -> None:
    """What the storage has lost of the pictures is made again, byte for byte, before anything is written."""
    lost = restore_pictures(image.sha256 for case in content.cases for image in case.images)
    if lost:
        raise ReleaseRefusedError(
            f"{len(lost)} of the pictures of {release.name} are lost from the storage and cannot be made again as they were, "
            f"the first of them {lost[0]}; put them back from a back-up of files/derived, then export again."
        )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def work_export(*, run_id: int) -> None:
    """Works a queued export: one zip under DATA_DIR/exports, under a random name, served by a view that checks."""
    with working_on(run_id) as handle:
        export = ReleaseExport.objects.select_related("release__benchmark", "release__taxonomy", "created_by").get(
            pk=run_id
        )
        handle.start(1)
        exports = _made(Path(settings.DATA_DIR) / "exports")
        file = f"{export.release.name}-{export.partition}-{secrets.token_hex(8)}.zip"
        with tempfile.TemporaryDirectory(dir=exports) as work:
            names = export_to_folder(
                release=export.release,
                folder=Path(work) / "files",
                partition=export.partition,
                formats=export.formats,
                by=export.created_by,
            )
            packed = Path(work) / file
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in names:
                    archive.write(Path(work) / "files" / name, f"{export.release.name}/{name}")
            with packed.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
            packed.replace(exports / file)
        ReleaseExport.objects.filter(pk=run_id).update(file=file, sha256=digest)
        handle.advance(1, files=len(names))
