"""The layout nih-cxr14: NIH ChestX-ray14, ``Data_Entry_2017.csv`` beside the folders of pictures.

Wang et al., "ChestX-ray8" (CVPR 2017). Each picture is a study of its own: the table counts follow-ups, not visits.
Its finding labels were mined from reports and are what readers are to find: they are not taken in at all.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TypeVar

from cases.adapters.layouts.contents import Contribution
from cases.adapters.layouts.plain import BESIDE, PICTURES
from cases.adapters.layouts.tables import Row, read_table
from cases.adapters.layouts.tree import BROKEN, ContributionError, TooLongError, Tree, read_bytes
from cases.contribution import Problem, SourceFile, StudyFacts
from cases.demographics import parse_age, parse_sex
from cases.gate.columns import told_value
from cases.gate.header.door import view_of
from cases.gate.told_names import told_name

_TABLE = re.compile(r"data_entry_2017\w*\.csv(?:\.gz)?", re.IGNORECASE)
_PICTURE = re.compile(r"(\d{8})_(\d{3})")
_SPLITS = {"train_val_list.txt": "train_val", "test_list.txt": "test"}
_ANSWERS, _BOXES = "Finding Labels", re.compile(r"bbox_list_2017\w*\.csv", re.IGNORECASE)
_REQUIRED = ("Image Index", "Follow-up #", "Patient ID", "Patient Age", "Patient Gender", "View Position")
_MAX_LIST_BYTES = 16 * 1024**2
T = TypeVar("T")


class NihLayout:
    """The folder, or a zip of it, that holds the table and ``images/`` (or ``images_001/images/`` and so on)."""

    name = "nih-cxr14"

    def recognises(self, tree: Tree) -> bool:
        return not tree.is_single and any(_TABLE.fullmatch(name) for name in tree.base_names)

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        table = next((file for name, file in tree.base_names.items() if _TABLE.fullmatch(name)), None)
        if table is None:
            raise ContributionError(
                f"{told_name(tree.source.name)!r} is not of the layout nih-cxr14: give the folder that holds Data_Entry_2017.csv."
            )
        splits = _splits(tree, contribution)
        pictures = _pictures(tree, table, contribution)
        for row in read_table(table, _REQUIRED, contribution):
            index = PurePosixPath(row.cells["Image Index"]).stem
            if file := pictures.get(index):
                pictures[index] = _told(file, row, table.name, contribution)
        lacking = sorted(index for index, file in pictures.items() if not file.about.metadata)
        if lacking:
            some = f"{len(lacking):,} pictures do not stand in the table, {lacking[0]} among them"
            message = f"{some}: only their patient is known."
            contribution.remark("not_in_table", table.name, message)
        contribution.leave_out_answers(table.name, [_ANSWERS])
        contribution.files += [_with_split(file, splits) for file in pictures.values()]


def _pictures(tree: Tree, table: SourceFile, contribution: Contribution) -> dict[str, SourceFile]:
    """The pictures by their index; the patient is known from the name, as the table writes it (no leading zeros)."""
    found: dict[str, SourceFile] = {}
    for file in tree.files:
        path = PurePosixPath(file.name)
        match = _PICTURE.fullmatch(path.stem)
        if match and path.suffix.lower() in {*PICTURES, ".dcm"}:
            if path.stem in found:
                message = f"The picture {path.stem} lies at {told_name(found[path.stem].name)} already; it is taken from there."
                contribution.remark("duplicate", file.name, message)
            else:
                found[path.stem] = replace(file, study_id=path.stem, patient_id=str(int(match[1])))
        elif _BOXES.fullmatch(path.name):
            contribution.leave_out_answers(file.name, ["every column"])
        elif file is not table and path.name.lower() not in _SPLITS:
            kind = "paper" if path.suffix.lower() in BESIDE else "file"
            message = f"Passed over: a {kind} whose name is none of the layout nih-cxr14, such as 00000001_000.png."
            contribution.remark("not_a_picture", file.name, message)
    return found


def _told(file: SourceFile, row: Row, table: str, contribution: Contribution) -> SourceFile:
    cells = row.cells
    about = StudyFacts(
        age=_parsed(parse_age, "Patient Age", row, table, contribution),
        sex=_parsed(parse_sex, "Patient Gender", row, table, contribution) or "",
        metadata={"Follow-up #": cells["Follow-up #"]},
    )
    patient_id = str(int(cells["Patient ID"])) if cells["Patient ID"].isdecimal() else file.patient_id
    return replace(file, about=about, patient_id=patient_id[:120], view_position=view_of(cells["View Position"][:32]))


def _parsed(parse: Callable[[str], T], name: str, row: Row, table: str, contribution: Contribution) -> T | None:
    """The value, or None with a remark: some ages of the table are not of this world."""
    try:
        return parse(row.cells[name])
    except ValueError as error:
        message = f"Line {row.line}: {name} {error}; it counts as not given."
        value = told_value(name, row.cells[name])
        contribution.skipped.append(
            Problem("value", table, message, line=row.line, field=name, value=value, is_warning=True)
        )
        return None


def _splits(tree: Tree, contribution: Contribution) -> dict[str, str]:
    """The official split by picture, from the two lists where they lie beside the table."""
    found: dict[str, str] = {}
    for name, split in _SPLITS.items():
        file = tree.base_names.get(name)
        if file is None:
            continue
        try:
            names = read_bytes(file, limit=_MAX_LIST_BYTES).decode("utf-8", errors="replace").split()
        except (*BROKEN, TooLongError) as error:
            message = f"The list cannot be read ({type(error).__name__})."
            contribution.refused.append(Problem("unreadable", file.name, message))
            continue
        found.update((PurePosixPath(one).stem, split) for one in names)
    return found


def _with_split(file: SourceFile, splits: dict[str, str]) -> SourceFile:
    split = splits.get(PurePosixPath(file.name).stem)
    if split is None:
        return file
    return replace(file, about=replace(file.about, metadata={**file.about.metadata, "split": split}))
