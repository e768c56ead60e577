"""The layout openi: Indiana University's chest films and their reports as CSV or XML."""

import re
from pathlib import PurePosixPath

from cases.adapters import openi_xml
from cases.adapters.layouts.contents import Contribution
from cases.adapters.layouts.tree import ContributionError, Tree
from cases.adapters.report_files import read_reports
from cases.contribution import SourceFile

_PICTURE = re.compile(r"(?:CXR)?(\d+)_IM-", re.IGNORECASE)
_ARCHIVES = (".tgz", ".tar.gz", ".tar")


class OpeniLayout:
    """``indiana_reports.csv`` with pictures beside it, the archive of XML reports, or the folder that holds them."""

    name = "openi"

    def recognises(self, tree: Tree) -> bool:
        if tree.is_single:
            return tree.source.name.lower().endswith((*_ARCHIVES, ".xml"))
        if not tree.source.is_dir():
            return False
        tops = tree.top_names
        return "indiana_reports.csv" in tops or "ecgen-radiology" in tops or _is_all_xml(tops)

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        source = tree.source
        if source.is_dir() and (source / "indiana_reports.csv").is_file():
            self._pictures(tree, contribution)
            source = source / "indiana_reports.csv"
        if source.suffix.lower() == ".csv":
            contribution.report_sources.append(
                lambda: read_reports(source, max_characters=max_characters, layout="openi")
            )
        elif source.is_dir() or source.name.lower().endswith((*_ARCHIVES, ".xml")):
            contribution.report_sources.append(lambda: openi_xml.read_reports(source, max_characters=max_characters))
        else:
            raise ContributionError(
                f"{source.name!r} is not of the layout openi: give indiana_reports.csv, the .tgz of XML reports, or the "
                "folder that holds them."
            )

    def _pictures(self, tree: Tree, contribution: Contribution) -> None:
        for file in tree.files:
            path = PurePosixPath(file.name)
            match = _PICTURE.match(path.name)
            if match and path.suffix.lower() in {".png", ".jpg", ".dcm"}:
                study_id = f"CXR{match[1]}"
                contribution.files.append(SourceFile(file.name, file.path, file.member, study_id=study_id))


def _is_all_xml(names: set[str]) -> bool:
    return bool(names) and all(name.endswith(".xml") for name in names)
