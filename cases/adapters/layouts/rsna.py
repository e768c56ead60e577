"""The layout rsna-lumbar: the RSNA 2024 lumbar spine MR, ``train_series_descriptions.csv`` beside folders of series.

Pictures lie at ``train_images/<study_id>/<series_id>/<instance>.dcm``. The grades (``train.csv``) and the places of the
lesions (``train_label_coordinates.csv``) are what readers are to find: they are not taken in at all.
"""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from cases.adapters.layouts.contents import Contribution
from cases.adapters.layouts.plain import is_beside
from cases.adapters.layouts.tables import header_of, read_table
from cases.adapters.layouts.tree import ContributionError, Tree
from cases.contribution import SourceFile
from cases.gate.header.descriptions import cleaned
from cases.gate.header.door import unnamed
from cases.gate.told_names import told_name

_TABLE = re.compile(r"(train|test)_series_descriptions\.csv(?:\.gz)?", re.IGNORECASE)
_SERIES = re.compile(r"(?:^|/)(\d+)/(\d+)/[^/]+$")
_ANSWERS = {"train.csv", "train_label_coordinates.csv"}


class RsnaLayout:
    """The folder, or a zip of it, that holds the table of series and the folders of pictures."""

    name = "rsna-lumbar"

    def recognises(self, tree: Tree) -> bool:
        return not tree.is_single and any(_TABLE.fullmatch(name) for name in tree.base_names)

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        tables = [file for name, file in tree.base_names.items() if _TABLE.fullmatch(name)]
        if not tables:
            raise ContributionError(
                f"{told_name(tree.source.name)!r} is not of the layout rsna-lumbar: give the folder that holds "
                "train_series_descriptions.csv."
            )
        descriptions: dict[tuple[str, str], str] = {}
        for table in tables:
            for row in read_table(table, ("study_id", "series_id", "series_description"), contribution):
                description = row.cells["series_description"][:64]
                description = unnamed(description) or cleaned(description)
                descriptions[row.cells["study_id"], row.cells["series_id"]] = description
        without: set[tuple[str, str]] = set()
        for file in tree.files:
            match = _SERIES.search(file.name)
            if match and not is_beside(file):
                key = (match[1], match[2])
                if key not in descriptions:
                    without.add(key)
                told = replace(file, study_id=match[1], series_description=descriptions.get(key, ""))
                contribution.files.append(told)
            elif file not in tables:
                _pass_over(file, contribution)
        if without:
            study_id, series_id = min(without)
            message = f"{len(without):,} series do not stand in the table, {series_id} of study {study_id} among them."
            contribution.remark("not_in_table", tables[0].name, message)


def _pass_over(file: SourceFile, contribution: Contribution) -> None:
    if PurePosixPath(file.name).name.lower() in _ANSWERS:
        contribution.leave_out_answers(file.name, [name for name in header_of(file) if not name.endswith("_id")])
        return
    message = "Passed over: it does not lie at <study_id>/<series_id>/ as the pictures of the layout rsna-lumbar do."
    contribution.remark("not_a_picture", file.name, message)
