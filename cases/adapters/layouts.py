"""How contributions lie on a disk: which files there are, which study each belongs to, and where the reports are."""

import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath

from cases.adapters import openi_xml
from cases.adapters.report_files import read_reports
from cases.contribution import Problem, ReportRow, SourceFile, StudyFacts
from core.errors import DomainError

LAYOUTS = ("auto", "folder", "openi", "mimic-cxr", "midrc")
MAX_MEMBERS = 500_000
# Files that often lie beside pictures and are none: passed over with a remark.
_BESIDE = {".csv", ".tsv", ".txt", ".md", ".json", ".html", ".log", ".ini", ".yaml", ".yml", ".pdf", ".tgz"}
_BESIDE_NAMES = {"dicomdir", "license", "readme", "lockfile", "thumbs.db"}
_PATIENT_FOLDER = re.compile(r"(?:patient|subject|pat|sub)[-_]?\w+", re.IGNORECASE)
_OPENI_PICTURE = re.compile(r"(?:CXR)?(\d+)_IM-", re.IGNORECASE)
_MIMIC_STUDY = re.compile(r"(?:^|/)(p\d{4,})/(s\d{4,})(?:\.txt$|/)")
Rows = Iterator[ReportRow | Problem]


class ContributionError(DomainError):
    """The path cannot be a contribution of that layout."""


@dataclass
class Contribution:
    """What there is to import. ``refused`` files count as rejected; ``skipped`` ones are remarked only."""

    files: list[SourceFile] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    report_sources: list[Callable[[], Rows]] = field(default_factory=list)

    def reports(self) -> Rows:
        """Every report, or the Problem in its place."""
        return chain.from_iterable(read() for read in self.report_sources)

    def report_count(self) -> int:
        """How many ``reports`` yields; reads the files once."""
        return sum(1 for _ in self.reports())


def find_contribution(source: Path | None, reports: Path | None, *, layout: str, max_characters: int) -> Contribution:
    """What lies at ``source`` (folder, file, zip; None for reports alone) and in the CSV file ``reports``.

    Raises ContributionError when a path is not there or is not of the layout.
    """
    for path in (source, reports):
        if path is not None and not path.exists():
            raise ContributionError(f"There is nothing at {path.name!r}; give a folder, a file or a zip that exists.")
    contribution = Contribution()
    if reports is not None:
        contribution.report_sources.append(lambda: read_reports(reports, max_characters=max_characters))
    if source is not None:
        layout = detect_layout(source) if layout == "auto" else layout
        _FINDERS[layout](source, contribution, max_characters)
    return contribution


def detect_layout(path: Path) -> str:
    """The layout a path looks like: "folder" unless it is evidently another."""
    if path.is_file():
        name = path.name.lower()
        is_openi = name.endswith((".tgz", ".tar.gz", ".tar", ".xml"))
        return "openi" if is_openi else "midrc" if name.endswith(".json") else "folder"
    names = [entry.name for entry in os.scandir(path)]
    if "indiana_reports.csv" in names or (names and all(name.endswith(".xml") for name in names)):
        return "openi"
    if "ecgen-radiology" in names:
        return "openi"
    if any(re.fullmatch(r"p1\d", name) for name in names) or (path / "files" / "p10").is_dir():
        return "mimic-cxr"
    return "folder"


def _find_folder(source: Path, contribution: Contribution, max_characters: int) -> None:
    if source.is_file() and source.suffix.lower() == ".csv":
        contribution.report_sources.append(lambda: read_reports(source, max_characters=max_characters))
    elif source.is_file() and zipfile.is_zipfile(source):
        _find_in_zip(source, contribution)
    elif source.is_file():
        contribution.files.append(_with_study(SourceFile(source.name, str(source)), PurePosixPath(source.name)))
    else:
        for path in _walk(source):
            _add(SourceFile(path.relative_to(source).as_posix(), str(path)), contribution)


def _walk(folder: Path) -> Iterator[Path]:
    """Every file below, in order of name; hidden ones and links to folders are left out."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        yield from (Path(here) / name for name in sorted(names) if not name.startswith("."))


def _find_in_zip(source: Path, contribution: Contribution) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        raise ContributionError(f"{source.name!r} is a damaged zip; pack it again.") from None
    if len(members) > MAX_MEMBERS:
        raise ContributionError(
            f"{source.name!r} holds {len(members):,} files; at most {MAX_MEMBERS:,} are taken. Split it."
        )
    for member in sorted(members, key=lambda one: one.filename):
        name = member.filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if member.is_dir() or any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts:
            continue
        if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
            message = "The name leads out of the zip; pack it again with names below one folder."
            contribution.refused.append(Problem("unsafe_name", name, message))
        elif stat.S_ISLNK(member.external_attr >> 16):
            contribution.refused.append(Problem("unsafe_name", name, "It is a link, not a file; pack the file itself."))
        else:
            _add(SourceFile(name, str(source), member=name), contribution)


def _add(file: SourceFile, contribution: Contribution) -> None:
    path = PurePosixPath(file.name)
    if path.suffix.lower() in _BESIDE or path.name.lower() in _BESIDE_NAMES:
        message = "Passed over: it is no picture. Reports are given apart, as a CSV file."
        contribution.skipped.append(Problem("not_a_picture", file.name, message, is_warning=True))
    else:
        contribution.files.append(_with_study(file, path))


def _with_study(file: SourceFile, path: PurePosixPath) -> SourceFile:
    """A picture's study is its folder, or its own name when it lies in none; for DICOM these are hints alone."""
    folders = path.parts[:-1]
    patients = [part for part in folders if _PATIENT_FOLDER.fullmatch(part)]
    is_picture = path.suffix.lower() in {".png", ".jpg", ".jpeg"}
    study_id = "/".join(folders)[-120:] or path.stem[:120]
    return SourceFile(
        file.name,
        file.path,
        file.member,
        study_id=study_id if is_picture else "",
        patient_id=patients[0][:120] if is_picture and len(folders) > 1 and patients else "",
        hints=() if is_picture else tuple(dict.fromkeys((folders[-1], study_id))) if folders else (path.stem,),
    )


def _find_openi(source: Path, contribution: Contribution, max_characters: int) -> None:
    if source.is_dir() and (source / "indiana_reports.csv").is_file():
        _find_openi_pictures(source, contribution)
        source = source / "indiana_reports.csv"
    if source.suffix.lower() == ".csv":
        contribution.report_sources.append(lambda: read_reports(source, max_characters=max_characters, layout="openi"))
    elif source.is_dir() or source.name.lower().endswith((".xml", ".tgz", ".tar.gz", ".tar")):
        contribution.report_sources.append(lambda: openi_xml.read_reports(source, max_characters=max_characters))
    else:
        raise ContributionError(
            f"{source.name!r} is not of the layout openi: give indiana_reports.csv, the .tgz of XML reports, or the folder "
            "that holds them."
        )


def _find_openi_pictures(source: Path, contribution: Contribution) -> None:
    for path in _walk(source):
        match = _OPENI_PICTURE.match(path.name)
        if match and path.suffix.lower() in {".png", ".jpg", ".dcm"}:
            name = path.relative_to(source).as_posix()
            contribution.files.append(SourceFile(name, str(path), study_id=f"CXR{match[1]}"))


def _find_mimic(source: Path, contribution: Contribution, max_characters: int) -> None:
    """``p10/p10000032/s50414267.txt`` is a report, ``p10/p10000032/s50414267/*`` are its pictures."""
    if not source.is_dir():
        raise ContributionError(f"{source.name!r} is not of the layout mimic-cxr: give the folder above p10, p11, ….")
    reports = []
    for path in _walk(source):
        name = path.relative_to(source).as_posix()
        match = _MIMIC_STUDY.search(name)
        if match is None or (path.suffix.lower() in _BESIDE and path.suffix.lower() != ".txt"):
            message = "Passed over: it does not lie where the layout mimic-cxr has reports and pictures."
            contribution.skipped.append(Problem("not_a_picture", name, message, is_warning=True))
        elif path.suffix.lower() == ".txt":
            reports.append((path, name, match[1], match[2]))
        else:
            file = SourceFile(name, str(path), study_id=match[2], patient_id=match[1])
            contribution.files.append(file)
    contribution.report_sources.append(lambda: _mimic_reports(reports, max_characters))


def _mimic_reports(reports: Iterable[tuple[Path, str, str, str]], max_characters: int) -> Rows:
    for path, name, patient_id, study_id in reports:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            yield Problem("encoding", name, f"Byte {error.start} is not UTF-8.", field="report_text")
            continue
        if len(text) > max_characters or "\0" in text:
            message = f"The report has {len(text):,} characters; at most {max_characters:,} are taken, and no NUL."
            yield Problem("too_long", name, message, field="report_text", value=f"{len(text):,} characters")
            continue
        yield ReportRow(name, None, study_id, text, not text.strip(), StudyFacts(patient_id=patient_id))


def _refuse_midrc(source: Path, contribution: Contribution, max_characters: int) -> None:
    raise ContributionError(
        "The layout midrc names files by a manifest and fetches none: download them with MIDRC's own client first, and "
        "import the folder with the layout folder."
    )


_FINDERS: dict[str, Callable[[Path, Contribution, int], None]] = {
    "folder": _find_folder,
    "openi": _find_openi,
    "mimic-cxr": _find_mimic,
    "midrc": _refuse_midrc,
}
