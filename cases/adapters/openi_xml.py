"""Open-i's reports as XML: ``ecgen-radiology/*.xml``, in a folder, a zip or tar archive, or one by one.

The coders' MeSH terms tell what readers are to find: they are not taken in.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from cases.adapters.layouts.tree import is_no_file
from cases.adapters.report_files import RowRefusedError, checked_id, openi_report
from cases.contribution import Problem, ReportRow, StudyFacts, is_hidden
from cases.gate.columns import told_value
from cases.gate.told_names import readable

_MAX_BYTES = 4 * 1024**2


def read_reports(source: Path, *, max_characters: int) -> Iterator[ReportRow | Problem]:
    """Every report in order of name, or a Problem in its place. The text equals that of the CSV of the same reports."""
    for sent, content in _documents(source):
        name = readable(sent)
        try:
            yield _read(name, content, max_characters)
        except RowRefusedError as refusal:
            yield Problem(
                refusal.kind, name, refusal.rule, field=refusal.name, value=told_value(refusal.name, refusal.value)
            )


def _documents(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for path in sorted(source.rglob("*.xml")):
            name = path.relative_to(source)
            if not any(map(is_hidden, name.parts)) and not is_no_file(path):
                yield name.as_posix(), path.read_bytes()[: _MAX_BYTES + 1]
    elif source.suffix.lower() == ".xml":
        yield source.name, source.read_bytes()[: _MAX_BYTES + 1]
    elif source.suffix.lower() == ".zip":
        yield from _in_zip(source)
    else:
        yield from _in_tar(source)


def _in_zip(source: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(source) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith(".xml") or any(map(is_hidden, PurePosixPath(name).parts)):
                continue
            try:
                with archive.open(name) as file:
                    yield name, file.read(_MAX_BYTES + 1)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
                yield name, type(error).__name__.encode()


def _in_tar(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() and member.name.endswith(".xml") else None
                if file is not None:
                    yield member.name, file.read(_MAX_BYTES + 1)
    except (tarfile.TarError, EOFError, OSError) as error:
        yield source.name, type(error).__name__.encode()


def _read(name: str, content: bytes, max_characters: int) -> ReportRow:
    if len(content) > _MAX_BYTES:
        raise RowRefusedError("too_long", "", f"{len(content):,} bytes", "The file has more than 4 MiB.")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise RowRefusedError("xml", "", "", "The file defines entities, which a report does not need.")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - without a DOCTYPE there is nothing to expand
    except ElementTree.ParseError as error:
        raise RowRefusedError("xml", "", "", f"The file is not valid XML (line {error.position[0]}).") from None
    identifier = root.find("uId")
    uid = checked_id("uId", "" if identifier is None else identifier.get("id", ""), is_required=True)
    sections = {
        part.get("Label", "").lower(): "".join(part.itertext()) for part in root.iter("AbstractText") if part.text
    }
    length = sum(len(text) for text in sections.values())
    if length > max_characters:
        rule = f"The report has {length:,} characters; at most {max_characters:,} are taken."
        raise RowRefusedError("too_long", "report_text", "".join(sections.values()), rule)
    return openi_report(name, None, uid, sections, StudyFacts())
