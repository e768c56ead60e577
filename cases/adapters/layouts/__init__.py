"""How contributions lie on a disk: which files there are, which study each belongs to, and where the reports are.

One module a layout, each a class with the three members of ``contents.Layout``; the first that recognises a tree reads it.
"""

from collections.abc import Callable
from pathlib import Path

from cases.adapters import fhir
from cases.adapters.layouts.contents import Contribution, Layout, Rows
from cases.adapters.layouts.midrc import MidrcLayout
from cases.adapters.layouts.mimic import MimicLayout
from cases.adapters.layouts.nih import NihLayout
from cases.adapters.layouts.openi import OpeniLayout
from cases.adapters.layouts.plain import FolderLayout, fhir_source
from cases.adapters.layouts.rsna import RsnaLayout
from cases.adapters.layouts.tree import MAX_MEMBERS, ContributionError, Tree, is_no_file
from cases.adapters.report_files import read_reports
from cases.contribution import SourceFile
from cases.gate.told_names import told_name

__all__ = ["LAYOUTS", "MAX_MEMBERS", "Contribution", "ContributionError", "detect_layout", "find_contribution"]

# In the order in which a tree is shown to them; the last takes every tree.
_ALL: tuple[Layout, ...] = (OpeniLayout(), MimicLayout(), NihLayout(), RsnaLayout(), MidrcLayout(), FolderLayout())
_BY_NAME = {layout.name: layout for layout in _ALL}
LAYOUTS = ("auto", "folder", "openi", "mimic-cxr", "midrc", "nih-cxr14", "rsna-lumbar")


def find_contribution(source: Path | None, reports: Path | None, *, layout: str, max_characters: int) -> Contribution:
    """What lies at ``source`` (folder, file, zip; None for reports alone) and in ``reports``, a CSV or FHIR file.

    Raises ContributionError when a path is not there, holds nothing, or is not of the layout.
    """
    for path in (source, reports):
        if path is not None and not path.exists():
            raise ContributionError(
                f"There is nothing at {told_name(path.name)!r}; give a folder, a file or a zip that exists."
            )
        if path is not None and is_no_file(path):
            raise ContributionError(
                f"{told_name(path.name)!r} is a pipe, a socket or a device; give a folder, a file or a zip."
            )
    contribution = Contribution()
    if reports is not None:
        file = SourceFile(reports.name, str(reports))
        is_fhir = fhir.is_fhir(file)
        read = fhir_source(file, max_characters) if is_fhir else _csv_source(reports, max_characters)
        contribution.report_sources.append(read)
    if source is not None:
        tree = contribution.tree = Tree.at(source)
        contribution.refused += tree.refused
        contribution.skipped += tree.passed_over()
        if not tree.files and not tree.refused:
            raise ContributionError(
                f"There are no files in {told_name(source.name)!r}; if there should be, see that its disk or share is mounted."
            )
        found = _recognised(tree) if layout == "auto" else _BY_NAME[layout]
        found.read(tree, contribution, max_characters)
    return contribution


def _csv_source(path: Path, max_characters: int) -> Callable[[], Rows]:
    return lambda: read_reports(path, max_characters=max_characters)


def detect_layout(path: Path) -> str:
    """The layout a path looks like: "folder" unless it is evidently another."""
    return _recognised(Tree.at(path)).name


def _recognised(tree: Tree) -> Layout:
    return next(layout for layout in _ALL if layout.recognises(tree))
