"""Every form of `written_forms.txt`: what is patient data goes to its last letter, all else stays."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cases.gate.report.masking import mask

TABLE = Path(__file__).with_name("written_forms.txt")
EVERYDAY = Path(__file__).with_name("everyday_lines.txt")
MARK = re.compile("⟦([^⟧]*)⟧")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")  # may stand, and may go with its day


class Written(NamedTuple):
    """A text, and where the patient data in it lies."""

    kind: str
    text: str
    private: frozenset[int]

    def wrong(self, case) -> tuple[str, str]:
        """What of the patient data is left, and what else went, in the text so written."""
        text = case(self.text)
        masked = {place for data in mask(text).found for place in range(data.start, data.end) if text[place].isalnum()}
        years = (
            {place for year in YEAR.finditer(text) for place in range(*year.span())} if "date" in self.kind else set()
        )
        private = {place for place in self.private if text[place].isalnum()}
        left, lost = private - masked - years, masked - private - years
        return "".join(text[place] for place in sorted(left)), "".join(text[place] for place in sorted(lost))


def written(table: Path) -> Iterator[Written]:
    for line in table.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, marked = line.split(": ", 1)
            text, private, before = "", [], 0
            marked = marked.replace("\\n", "\n").replace("\\t", "\t")
            for mark in MARK.finditer(marked):
                text += marked[before : mark.start()]
                private += range(len(text), len(text) + len(mark[1]))
                text, before = text + mark[1], mark.end()
            yield Written(kind, text + marked[before:], frozenset(private))


FORMS = list(written(TABLE))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.kind}: {form.text[:50]}")
def test_patient_data_goes_as_it_is_written_and_all_else_stays(form):
    assert form.wrong(str) == ("", "")


@pytest.mark.parametrize(("case", "least"), [(str.upper, 0.95), (str.lower, 0.9)])
def test_most_of_it_goes_where_capitals_tell_nothing_and_what_names_nobody_stays(case, least):
    in_one_case = [form for form in FORMS if "as written" not in form.kind and len(case(form.text)) == len(form.text)]
    wrong = [(form, *form.wrong(case)) for form in in_one_case]
    named = [left for form, left, _ in wrong if form.private]
    assert sum(not left for left in named) >= least * len(named)
    assert [form.text for form, _, lost in wrong if lost and not form.private] == []


def test_nearly_all_everyday_lines_lose_what_names_somebody_and_hardly_any_loses_what_does_not():
    wrong = [(line, *line.wrong(str)) for line in written(EVERYDAY)]
    private, clean = [one for one in wrong if one[0].private], [one for one in wrong if not one[0].private]
    assert sum(not left for _, left, _ in private) >= 0.95 * len(private)
    assert sum(bool(lost) for _, _, lost in clean) <= 0.02 * len(clean)
