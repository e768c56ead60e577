"""The layout folder: DICOM anywhere, pictures one folder a study; and what every layout does with a stray file."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from cases.adapters import fhir
from cases.adapters.layouts.contents import Contribution, Rows
from cases.adapters.layouts.tree import Tree
from cases.adapters.report_files import read_reports
from cases.contribution import Naming, SourceFile

# Files that often lie beside pictures and are none: passed over with a remark.
BESIDE = {
    ".csv",
    ".tsv",
    ".txt",
    ".md",
    ".json",
    ".html",
    ".log",
    ".ini",
    ".yaml",
    ".yml",
    ".pdf",
    ".gz",
    ".xml",
}
BESIDE_NAMES = {"dicomdir", "license", "readme", "lockfile", "thumbs.db", "sha256sums", "sha256sums.txt"}
PICTURES = {".png", ".jpg", ".jpeg"}
_PATIENT_FOLDER = re.compile(r"(?:patient|subject|pat|sub)[-_]?\w+", re.IGNORECASE)


class FolderLayout:
    """What is none of the others."""

    name = "folder"

    def recognises(self, tree: Tree) -> bool:
        return True

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        """Files of a folder or zip; one file alone is a picture, or with the ending .csv a file of reports."""
        if tree.is_single and tree.source.suffix.lower() == ".csv":
            source = tree.source
            contribution.report_sources.append(lambda: read_reports(source, max_characters=max_characters))
        elif tree.is_single and not fhir.is_fhir(tree.files[0]):
            contribution.files.append(with_study(tree.files[0]))
        else:
            for file in tree.files:
                if fhir.is_fhir(file):
                    contribution.report_sources.append(fhir_source(file, max_characters))
                elif is_beside(file):
                    message = "Passed over: it is no picture. Reports are given apart, as a CSV file, or as FHIR."
                    contribution.remark("not_a_picture", file.name, message)
                else:
                    contribution.files.append(with_study(file))


def fhir_source(file: SourceFile, max_characters: int) -> Callable[[], Rows]:
    """Reads the reports of a FHIR file when asked."""
    return lambda: fhir.read_reports(file, max_characters=max_characters)


def is_beside(file: SourceFile) -> bool:
    """Whether the name is that of a paper beside the pictures."""
    path = PurePosixPath(file.name)
    return path.suffix.lower() in BESIDE or path.name.lower() in BESIDE_NAMES


def with_study(file: SourceFile) -> SourceFile:
    """A picture's study is its folder, or its own name when it lies in none; for DICOM these are hints alone."""
    path = PurePosixPath(file.name)
    folders = path.parts[:-1]
    patients = [part for part in folders if _PATIENT_FOLDER.fullmatch(part)]
    is_picture = path.suffix.lower() in PICTURES
    study_id = "/".join(folders)[-120:] or path.stem[:120]
    return SourceFile(
        file.name,
        file.path,
        file.member,
        study_id=study_id if is_picture else "",
        naming=Naming.FOLDER,
        patient_id=patients[0][:120] if is_picture and len(folders) > 1 and patients else "",
        hints=() if is_picture else tuple(dict.fromkeys((folders[-1], study_id))) if folders else (path.stem,),
    )
