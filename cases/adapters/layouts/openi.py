"""The layout openi: Indiana University's chest films and their reports as CSV or XML."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from cases.adapters import openi_xml
from cases.adapters.layouts.contents import Contribution
from cases.adapters.layouts.plain import PICTURES
from cases.adapters.layouts.tree import ContributionError, Tree
from cases.adapters.report_files import read_reports
from cases.contribution import SourceFile
from cases.gate.told_names import told_name

_PICTURE = re.compile(r"(?:CXR)?(\d+)_(?:\d+_)?IM-", re.IGNORECASE)  # CXR1_1_IM-0001-3001.png is of study 1
_REPORTS = "indiana_reports.csv"
_ARCHIVES = (".tgz", ".tar.gz", ".tar")


class OpeniLayout:
    """``indiana_reports.csv`` with pictures beside it, the archive of XML reports, or the folder that holds them."""

    name = "openi"

    def recognises(self, tree: Tree) -> bool:
        if tree.is_single:
            return tree.source.name.lower().endswith((*_ARCHIVES, ".xml"))
        if _table(tree) is not None:
            return True
        return "ecgen-radiology" in tree.top_names or _is_all_xml(tree)

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        source = tree.source
        if table := _table(tree):
            self._pictures(tree, table, contribution)
            path, member = Path(table.path), table.member
            contribution.report_sources.append(
                lambda: read_reports(path, max_characters=max_characters, layout="openi", member=member)
            )
            return
        if source.suffix.lower() == ".csv":
            contribution.report_sources.append(
                lambda: read_reports(source, max_characters=max_characters, layout="openi")
            )
        elif source.is_dir() or source.suffix.lower() == ".zip":
            others = (file for file in tree.files if not _is_report(file, tree))
            _pass_over(
                others, "no report in XML that lies in the folder or zip itself, or in a folder below", contribution
            )
            contribution.report_sources.append(lambda: openi_xml.read_reports(source, max_characters=max_characters))
        elif source.name.lower().endswith((*_ARCHIVES, ".xml")):
            contribution.report_sources.append(lambda: openi_xml.read_reports(source, max_characters=max_characters))
        else:
            raise ContributionError(
                f"{told_name(source.name)!r} is not of the layout openi: give indiana_reports.csv, the .tgz or .zip of XML "
                "reports, or the folder that holds them."
            )

    def _pictures(self, tree: Tree, table: SourceFile, contribution: Contribution) -> None:
        others = []
        for file in tree.files:
            path = PurePosixPath(file.name)
            match = _PICTURE.match(path.name)
            if match and path.suffix.lower() in {*PICTURES, ".dcm"}:
                study_id = f"CXR{match[1]}"
                contribution.files.append(SourceFile(file.name, file.path, file.member, study_id=study_id))
            elif file is not table:
                others.append(file)
        what = f"neither {_REPORTS} nor a picture named as the layout openi has them, such as CXR2_IM-0652-1001.png"
        _pass_over(others, what, contribution)


def _table(tree: Tree) -> SourceFile | None:
    """The table of reports, on top of a folder or zip, or in the one folder or zip that holds everything."""
    found = None if tree.is_single else tree.base_names.get(_REPORTS)
    if found is None or (found.name != _REPORTS and _inner(found.name) != _REPORTS and len(tree.top_names) > 1):
        return None
    return found


def _inner(name: str) -> str:
    """The name within a zip that lies on top of a folder."""
    top, _, rest = name.partition("/")
    return rest if top.lower().endswith(".zip") else ""


def _pass_over(files: Iterable[SourceFile], what: str, contribution: Contribution) -> None:
    for file in files:
        contribution.remark("not_a_picture", file.name, f"Passed over: it is {what}.")


def _is_report(file: SourceFile, tree: Tree) -> bool:
    """Whether it is one of the XML files that are read: those of a zip that lies in a folder are not."""
    return file.name.endswith(".xml") and (not file.member or file.path == str(tree.source))


def _is_all_xml(tree: Tree) -> bool:
    """Whether nothing but XML lies on top; of a zip, or in the one folder that holds everything in it."""
    tops = tree.top_names
    if tree.source.is_dir():
        return bool(tops) and all(name.endswith(".xml") for name in tops)
    return (
        bool(tree.files)
        and len({file.name.rpartition("/")[0] for file in tree.files}) == 1
        and all(file.name.endswith(".xml") for file in tree.files)
    )
