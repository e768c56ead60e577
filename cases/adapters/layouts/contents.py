"""What a layout makes of a tree of files: pictures with what is known of them, reports, and what is refused."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Protocol

from cases.adapters.layouts.tree import Tree
from cases.contribution import Problem, ReportRow, SourceFile, StudyFacts
from cases.gate.told_names import told_name

Rows = Iterator[ReportRow | Problem]


@dataclass
class Contribution:
    """What there is to import. ``refused`` files count as rejected; ``skipped`` ones are remarked only.

    ``by_uid`` holds what a table beside the files says of studies, by StudyInstanceUID; each of them is expected to
    have pictures once everything is in.
    """

    files: list[SourceFile] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    report_sources: list[Callable[[], Rows]] = field(default_factory=list)
    by_uid: dict[str, StudyFacts] = field(default_factory=dict)
    tree: Tree | None = None

    def told_place(self, where: str) -> str:
        """Where something is, as people are told it: a name that names nobody, or what is left of it and the file's number."""
        return told_name(where, self._number(where))

    def _number(self, where: str) -> int | None:
        """The number of a file, from 1, among all files in order of name."""
        if self.tree is None:
            return None
        at = bisect_left(self._names, self.tree.sent_bytes(where), key=self.tree.sent_bytes)
        return at + 1 if at < len(self._names) and self._names[at] == where else None

    @cached_property
    def _names(self) -> list[str]:
        return self.tree.names() if self.tree else []

    def reports(self) -> Rows:
        """Every report, or the Problem in its place."""
        return chain.from_iterable(read() for read in self.report_sources)

    def report_count(self) -> int:
        """How many ``reports`` yields; reads the files once."""
        return sum(1 for _ in self.reports())

    def remark(self, kind: str, where: str, message: str, *, column: str = "") -> None:
        """Notes something that a person should know and that refuses nothing."""
        self.skipped.append(Problem(kind, where, message, field=column, is_warning=True))

    def leave_out_answers(self, where: str, columns: Iterable[str]) -> None:
        """Says which columns of a table hold what readers are to find, and that nothing of them was taken in."""
        names = ", ".join(columns)
        if names:
            message = (
                f"Not taken in, since they may hold the answer that readers are to find: {names}. Nothing of them is "
                "stored or shown; to compare with them, make a gold set of them."
            )
            self.remark("answers_left_out", where, message)


class Layout(Protocol):
    """One way in which contributions lie on a disk."""

    name: str

    def recognises(self, tree: Tree) -> bool:
        """Whether the tree is evidently of this layout."""

    def read(self, tree: Tree, contribution: Contribution, max_characters: int) -> None:
        """Adds what there is; raises ContributionError when the tree cannot be of this layout."""
