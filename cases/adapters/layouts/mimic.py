"""The layout mimic-cxr: the tree of MIMIC-CXR and MIMIC-CXR-JPG, its reports (also in their zip), split and metadata.

Johnson et al., "MIMIC-CXR, a de-identified publicly available database of chest radiographs with free-text reports"
(Scientific Data 6, 317, 2019): ``files/p10/p10000032/s50414267.txt`` is a report, ``…/s50414267/<dicom_id>.dcm`` or
``.jpg`` a picture.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from cases.adapters.layouts.contents import Contribution, Rows
from cases.adapters.layouts.plain import BESIDE
from cases.adapters.layouts.tables import read_table
from cases.adapters.layouts.tree import BROKEN, ContributionError, TooLongError, Tree, read_bytes
from cases.contribution import Problem, ReportRow, SourceFile, StudyFacts
from cases.demographics import parse_date
from cases.gate.header.door import view_of
from cases.gate.told_names import told_name

_STUDY = re.compile(r"(?:^|/)(p\d{4,})/(s\d{4,})(?:\.txt$|/)")
_EVIDENT = re.compile(r"p1\d/|(?:[^/]+/){0,3}(?:files/p1\d/|p1\d/p1\d{7}/)")
_TABLE = re.compile(r"mimic-cxr-[\d.]+-(\w+)\.csv(?:\.gz)?", re.IGNORECASE)
_ANSWERS = {"chexpert", "negbio"}
_KEPT = {  # columns of the metadata that speak of the study: kept with it
    "PerformedProcedureStepDescription": "PerformedProcedureStepDescription",
    "ProcedureCodeSequence_CodeMeaning": "ProcedureCodeSequence_CodeMeaning",
    "StudyTime": "StudyTime",
}
_VIEW_WORDS = {"postero-anterior": "PA", "antero-posterior": "AP", "lateral": "LATERAL", "left lateral": "LL"}


class MimicLayout:
    """The folder above p10, p11, …, or a zip of it."""

    name = "mimic-cxr"

    def recognises(self, tree: Tree) -> bool:
        return not tree.is_single and any(_EVIDENT.match(file.name) for file in tree.files)

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        if tree.is_single:
            raise ContributionError(
                f"{told_name(tree.source.name)!r} is not of the layout mimic-cxr: give the folder above p10, p11, …, or a zip of "
                "it."
            )
        reports: list[tuple[SourceFile, str, str]] = []
        pictures: list[SourceFile] = []
        tables: dict[str, SourceFile] = {}
        for file in tree.files:
            match, path = _STUDY.search(file.name), PurePosixPath(file.name)
            table = _TABLE.fullmatch(path.name)
            if table:
                tables[table[1].lower()] = file
            elif match and path.suffix.lower() == ".txt":
                reports.append((file, match[1], match[2]))
            elif match is None or path.suffix.lower() in BESIDE:
                message = "Passed over: it does not lie where the layout mimic-cxr has reports and pictures."
                contribution.remark("not_a_picture", file.name, message)
            else:
                pictures.append(replace(file, study_id=match[2], patient_id=match[1]))
        contribution.files += _with_tables(pictures, tables, contribution)
        contribution.report_sources.append(lambda: _reports(reports, max_characters))


def _with_tables(
    pictures: list[SourceFile], tables: dict[str, SourceFile], contribution: Contribution
) -> list[SourceFile]:
    """The pictures with their rows of the official split and metadata; only rows of pictures at hand are held."""
    by_id = {PurePosixPath(file.name).stem: number for number, file in enumerate(pictures)}
    for kind, table in sorted(tables.items()):
        if kind in _ANSWERS:
            contribution.leave_out_answers(table.name, ["every column"])
        elif kind not in {"metadata", "split"}:
            contribution.remark("not_a_picture", table.name, "Passed over: of the tables, split and metadata are read.")
    met: set[str] = set()
    for kind in ("metadata", "split"):
        if kind not in tables:
            continue
        for row in read_table(tables[kind], ("dicom_id", kind if kind == "split" else "ViewPosition"), contribution):
            number = by_id.get(row.cells["dicom_id"])
            if number is not None:
                met.add(row.cells["dicom_id"])
                pictures[number] = _told(pictures[number], row.cells)
    if tables.keys() & {"metadata", "split"} and (lacking := len(by_id.keys() - met)):
        some = min(by_id.keys() - met)
        message = f"{lacking:,} pictures stand in neither the split nor the metadata, {told_name(some)} among them."
        contribution.remark("not_in_table", "mimic-cxr tables", message)
    return pictures


def _told(file: SourceFile, cells: dict[str, str]) -> SourceFile:
    about = file.about
    metadata = dict(about.metadata)
    metadata.update({name: cells[column] for column, name in _KEPT.items() if cells.get(column)})
    if cells.get("split"):
        metadata["split"] = cells["split"]
    view = cells.get("ViewPosition") or _VIEW_WORDS.get(cells.get("ViewCodeSequence_CodeMeaning", "").lower(), "")
    view = file.view_position or view_of(view[:32])
    study_date = about.study_date
    try:
        study_date = study_date or parse_date(cells.get("StudyDate", ""))
    except ValueError:
        study_date = None  # a date that is none counts as not given
    return replace(file, view_position=view, about=StudyFacts(study_date=study_date, metadata=metadata))


def _reports(reports: Iterable[tuple[SourceFile, str, str]], max_characters: int) -> Rows:
    for file, patient_id, study_id in reports:
        try:
            text = read_bytes(file, limit=4 * max_characters).decode("utf-8")
        except UnicodeDecodeError as error:
            yield Problem("encoding", file.name, f"Byte {error.start} is not UTF-8.", field="report_text")
            continue
        except TooLongError as error:
            message = f"The report is too long: {error}; at most {max_characters:,} characters are taken."
            yield Problem("too_long", file.name, message, field="report_text")
            continue
        except BROKEN as error:
            yield Problem("unreadable", file.name, f"The file cannot be read ({type(error).__name__}).")
            continue
        if len(text) > max_characters or "\0" in text:
            message = f"The report has {len(text):,} characters; at most {max_characters:,} are taken, and no NUL."
            yield Problem("too_long", file.name, message, field="report_text", value=f"{len(text):,} characters")
            continue
        yield ReportRow(file.name, None, study_id, text, not text.strip(), StudyFacts(patient_id=patient_id))
