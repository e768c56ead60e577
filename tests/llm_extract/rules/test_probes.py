"""Twice 87 texts with what a label, or an attribute of a finding, should be: the failure modes of report labelling."""

from pathlib import Path

import pytest

from perf.extraction.gold import read_probes
from perf.extraction.quality import (
    FOURTEEN,
    TAXONOMY,
    answer_probe,
    count,
    macro,
    marked_figures,
    micro,
    read_fourteen,
    read_twelve,
)

PROBES = (*read_probes("probes"), *read_probes("probes_more"))
DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "reports_openi" / "gold12_open.csv").exists(), reason="needs the reports in ../shared/data"
)


@pytest.mark.parametrize("probe", PROBES, ids=[f"{probe.ref}-{probe.category}" for probe in PROBES])
def test_probe(probe):
    assert answer_probe(probe) == probe.expected


def test_there_are_twice_87_probes():
    assert [sum(probe.ref.startswith(first) for probe in PROBES) for first in "PQ"] == [87, 87]


@pytest.mark.shared_data
@needs_data
def test_quality_on_human_codes_does_not_fall():
    reports = read_twelve(DATA / "reports_openi", "dev", TAXONOMY)
    assert micro(count(reports, lenient=False)) >= 0.90
    assert micro(count(reports, lenient=True)) >= 0.93


@pytest.mark.shared_data
@needs_data
def test_quality_on_fourteen_labels_does_not_fall():
    assert macro(count(read_fourteen(DATA / "reports_openi", "dev", FOURTEEN), lenient=False)) >= 0.87


@pytest.mark.shared_data
@needs_data
def test_negation_and_time_of_marked_sentences_do_not_fall():
    figures = {figure.name: figure for figure in marked_figures(DATA / "reports_misc", "dev")}
    assert not [figure.name for figure in figures.values() if figure.verdict.startswith("short")]
