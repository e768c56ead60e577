"""The layout midrc: files that MIDRC's client downloaded, with the manifest they were downloaded by beside them.

A manifest (JSON) names objects, and where it tells their ``file_name`` and ``file_size`` each is looked for. Tables
(CSV, TSV) with a column of StudyInstanceUIDs say what is known of studies, and which studies there are to be.
"""

import json
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from cases.adapters.layouts.contents import Contribution
from cases.adapters.layouts.plain import is_beside, with_study
from cases.adapters.layouts.tables import Row, header_of, read_table
from cases.adapters.layouts.tree import BROKEN, ContributionError, TooLongError, Tree, opened, read_bytes
from cases.contribution import Problem, SourceFile, StudyFacts
from cases.demographics import parse_age, parse_sex
from cases.gate.header.door import is_uid
from cases.gate.told_names import told_name

_MAX_MANIFEST_BYTES = 256 * 1024**2
_MANIFEST = re.compile(rb"\s*\[\s*\{[^{}]*\"(?:object_id|file_name)\"")
_UID = ("StudyInstanceUID", "study_uid", "study_instance_uid")
_AGE, _SEX = ("age_at_imaging", "age_at_index", "age"), ("sex", "gender")
# What a table may say of a study without telling a reader what to find; every other column is left out.
_KEPT = {
    *("case_ids", "case_id", "submitter_id", "project_id", "object_id", "study_modality", "body_part_examined"),
    *(
        "study_location",
        "study_year",
        "days_to_study",
        "loinc_code",
        "loinc_method",
        "loinc_system",
        "race",
        "ethnicity",
    ),
    *("quality_issue",),
}
_SHOWN_MISSING = 200


class MidrcLayout:
    """The folder, or a zip of it, that holds a manifest beside the downloaded files."""

    name = "midrc"

    def recognises(self, tree: Tree) -> bool:
        return any(_is_manifest(file) for file in tree.files if file.name.lower().endswith(".json"))

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        if tree.is_single:
            raise ContributionError(
                f"{told_name(tree.source.name)!r} alone is not of the layout midrc: a manifest names files that lie elsewhere. "
                "Download them with MIDRC's client and give the folder that holds both."
            )
        for file in tree.files:
            suffix = PurePosixPath(file.name.lower().removesuffix(".gz")).suffix
            if suffix == ".json" and _is_manifest(file):
                _check_manifest(file, tree, contribution)
            elif suffix in {".csv", ".tsv"} and (uid := _uid_column(file)):
                _read_studies(file, uid, contribution)
            elif is_beside(file):
                contribution.remark(
                    "not_a_picture", file.name, "Passed over: neither a picture nor a table of studies."
                )
            else:
                contribution.files.append(with_study(file))


def _is_manifest(file: SourceFile) -> bool:
    try:
        with opened(file, limit=_MAX_MANIFEST_BYTES) as stream:
            return bool(_MANIFEST.match(stream.read(4096)))
    except (*BROKEN, TooLongError):
        return False


def _uid_column(file: SourceFile) -> str:
    header = header_of(file)
    return next((name for name in _UID if name in header), "")


def _check_manifest(file: SourceFile, tree: Tree, contribution: Contribution) -> None:
    try:
        rows = json.loads(read_bytes(file, limit=_MAX_MANIFEST_BYTES))
    except (*BROKEN, TooLongError, ValueError, RecursionError) as error:
        message = f"The manifest cannot be read as JSON ({type(error).__name__}); download it again."
        contribution.refused.append(Problem("manifest", file.name, message))
        return
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    named = [row for row in rows if isinstance(row.get("file_name"), str) and row["file_name"]]
    if len(named) < len(rows):
        message = (
            f"The manifest names {len(rows) - len(named):,} objects by their id alone, so the files cannot be held against "
            "it. A table with StudyInstanceUID beside it says which studies there are to be."
        )
        contribution.remark("manifest", file.name, message)
    _look_for_files(file.name, named, tree, contribution)


def _look_for_files(where: str, rows: list[dict[str, Any]], tree: Tree, contribution: Contribution) -> None:
    """Remarks on each file of the manifest that is not there; by its base name, since clients lay folders differently."""
    there = {PurePosixPath(part).name for file in tree.files for part in _downloads(file)}
    missing = [
        (at, row["file_name"]) for at, row in enumerate(rows, 1) if PurePosixPath(row["file_name"]).name not in there
    ]
    for at, name in missing[:_SHOWN_MISSING]:
        told = f"{told_name(name)} (entry {at:,} with a file_name)"
        message = f"The manifest names {told}, which is not among the files; download it and import again."
        contribution.remark("missing_file", where, message)
    if len(missing) > _SHOWN_MISSING:
        message = f"{len(missing) - _SHOWN_MISSING:,} more files of the manifest are not there."
        contribution.remark("missing_file", where, message)


def _downloads(file: SourceFile) -> tuple[str, ...]:
    """The file's name, and that of the zip it lies in."""
    return (file.name, file.path) if file.member else (file.name,)


def _read_studies(file: SourceFile, uid: str, contribution: Contribution) -> None:
    header = header_of(file)
    about = {uid, *_KEPT, *_AGE, *_SEX}
    contribution.leave_out_answers(file.name, [name for name in header if name and name not in about])
    for row in read_table(file, (uid,), contribution):
        value = row.cells[uid]
        if is_uid(value):
            known = contribution.by_uid.get(value, StudyFacts())
            contribution.by_uid[value] = _joined(known, row)
        elif value:
            message = f"Line {row.line}: {uid} is no UID."
            contribution.refused.append(Problem("value", file.name, message, line=row.line, field=uid))


def _joined(known: StudyFacts, row: Row) -> StudyFacts:
    metadata = {name: row.cells[name] for name in sorted(_KEPT & row.cells.keys()) if row.cells[name]}
    return replace(
        known,
        age=known.age if known.age is not None else _age(row),
        sex=known.sex or _sex(row),
        metadata={**metadata, **known.metadata},
    )


def _age(row: Row) -> int | None:
    for name in _AGE:
        try:
            return parse_age(row.cells.get(name, ""))
        except ValueError:
            continue  # counts as not given
    return None


def _sex(row: Row) -> str:
    for name in _SEX:
        try:
            if sex := parse_sex(row.cells.get(name, "")):
                return sex
        except ValueError:
            continue
    return ""
