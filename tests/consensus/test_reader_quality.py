"""Known answers of the figures of each reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.outcomes import ReadVerdict, StudyReads
from consensus.reader_quality import NO_OTHERS, NO_REPEAT, Repeated, pace, reader_figures, within_reader

F = frozenset


def study(suggested, **verdicts):
    reads = []
    for reader, said in verdicts.items():
        verdict, *changes = said if isinstance(said, tuple) else (said,)
        added = F(key[1:] for key in changes if key[0] == "+")
        struck = F(key[1:] for key in changes if key[0] == "-")
        reads.append(ReadVerdict(reader, verdict, added, struck))
    return StudyReads(F(suggested), tuple(reads), 3)


STUDIES = [
    ("p1", study({"a", "b"}, ada="agree_all", bert="agree_all", cleo=("agree_mostly", "-a"))),
    ("p2", study({"a"}, ada="agree_all", bert=("disagree", "-a"), cleo=("disagree", "-a", "+b"))),
    ("p3", study(set(), ada="agree_all", bert="agree_all")),
    ("p4", study({"b"}, dan="agree_all")),
]


def test_figures_of_each_reader():
    figures = reader_figures(STUDIES, 1)
    ada = figures["ada"]
    assert ada.n_reads == 3
    assert ada.agreement.value == pytest.approx((0.5 + 0 + 1) / 3)
    assert ada.agrees_all.value == 1.0
    assert ada.leniency.value == pytest.approx((0.5 + 1 + 0) / 3)
    assert ada.edited.value == 0.0
    assert ada.edited.ci95 is not None
    # Only in p2 are two others of one mind, and she differs.
    assert (ada.against_all_others.value, ada.against_all_others.n) == (1.0, 1)
    cleo = figures["cleo"]
    assert cleo.edited.value == 1.0
    assert cleo.struck.value == pytest.approx(2 / 3)
    assert figures["dan"].agreement.undefined == NO_OTHERS


@given(st.permutations(STUDIES))
def test_order_does_not_matter(studies):
    assert reader_figures(studies, 1) == reader_figures(STUDIES, 1)


def test_pace_cuts_idle_gaps():
    found = pace([10, 30, None, 50, 4000])
    assert (found.median, found.n, found.n_idle) == (30, 3, 1)
    assert pace([None]).median is None


def test_within_reader_agreement():
    cases = [
        Repeated("p1", "agree_all", "agree_all"),
        Repeated("p2", "agree_all", "disagree"),
        Repeated("p3", "disagree", "disagree"),
        Repeated("p4", "agree_all", "agree_all"),
    ]
    found = within_reader(cases, 1)
    assert (found.raw.value, found.raw.n) == (0.75, 4)
    # Shares .625, 0, .375: chance (.625 * .375 * 2) / 2 = .234375; (.75 - .234375) / (1 - .234375).
    assert found.gwet_ac1.value == pytest.approx((0.75 - 0.234375) / (1 - 0.234375))
    assert found.gwet_ac1.ci95 is not None
    assert within_reader(cases[::-1], 1) == found


def test_within_reader_without_a_repeat_or_all_alike():
    assert within_reader([], 1).raw.undefined == NO_REPEAT
    alike = within_reader([Repeated("p", "agree_all", "agree_all")] * 3, 1)
    assert alike.raw.value == 1.0
    assert alike.raw.ci95[0] < 0.5
    assert alike.gwet_ac1.undefined == "every read gave the same answer"
