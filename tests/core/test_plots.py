"""The plots: well-formed, without inline style, true to their numbers, readable without seeing them."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.utils.html import conditional_escape
from hypothesis import given
from hypothesis import strategies as st

from core import plots
from core.plots import Bar, Cell, Interval, Stack

SVG = "{http://www.w3.org/2000/svg}"
NIGHT = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)

EXAMPLES = {
    "bars": plots.bars([Bar("Pneumothorax", 61, 100, 64), Bar("<script>", 3)], title="Picked & wanted", unit="studies"),
    "no bars": plots.bars([], title="Picked", unit="studies"),
    "intervals": plots.intervals(
        [Interval("Fleiss kappa", 0.61, 0.55, 0.67, 381), Interval("Pneumothorax", None, reason="no positives")],
        title="Agreement",
        axis="kappa",
        low=-0.2,
    ),
    "stacked": plots.stacked_bars(
        [Stack("Round 1", (212, 96, 40))], ["3 of 3", "2 of 3", "1 of 3"], title="T", unit="studies"
    ),
    "heat": plots.heatmap(["ada", "bo"], [[Cell(None), Cell(0.9, 41)], [Cell(0.9, 41), Cell(None)]], title="Pairs"),
    "line": plots.progress_line([(NIGHT, 0), (NIGHT + timedelta(hours=3), 41)], title="Reads", unit="reads", goal=100),
    "no line": plots.progress_line([], title="Reads", unit="reads"),
}


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in drawn(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_plot_is_well_formed_and_says_itself_aloud(name):
    root = drawn(EXAMPLES[name])
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc") is not None


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_plot_holds_inline_style_colour_or_script(name):
    svg = EXAMPLES[name]
    assert not re.search(r"\bstyle=|<style|<script|#[0-9a-f]{3,6}\b|rgb\(|\bon\w+=", svg)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_drawn_outside_the_frame(name):
    root = drawn(EXAMPLES[name])
    width, height = float(root.get("width")), float(root.get("height"))
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x")) >= 0
        assert float(rect.get("x")) + float(rect.get("width")) <= width + 0.2
        assert float(rect.get("y")) + float(rect.get("height")) <= height + 0.2


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_class_a_plot_uses_is_styled(name):
    css = (Path(__file__).resolve().parents[2] / "static" / "css" / "office.css").read_text()
    used = {part for names in re.findall(r'class="([^"]+)"', EXAMPLES[name]) for part in names.split()}
    unstyled = {part for part in used if f".{part} " not in css}
    assert unstyled <= {"plot-on1", "plot-on2", "plot-on3"}  # ink on pale parts needs no rule


def test_templates_insert_a_plot_unescaped_but_its_labels_are_escaped():
    svg = EXAMPLES["bars"]
    assert conditional_escape(svg) == svg
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.2, 1, [0, 0.5, 1.0]),
        (0, 7, [0, 2, 4, 6]),
        (5, 5, [5]),
    ],
)
def test_ticks_are_round_numbers(low, high, expected):
    assert plots.ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("high", "expected"), [(1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6]), (1000, [0, 200, 400, 600, 800, 1000])]
)
def test_what_is_counted_has_whole_ticks(high, expected):
    assert plots.ticks(0, high, whole=True) == expected


def test_nothing_counted_yet_is_drawn_on_an_axis_without_fractions():
    empty = plots.stacked_bars([plots.Stack("Effusion", (0.0, 0.0))], ["a", "b"], title="t", unit="studies")
    assert not re.search(r">\d\.\d", empty + plots.bars([plots.Bar("Effusion", 0)], title="t", unit="studies"))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 10))
def test_ticks_stay_inside_and_rise(low, span, about):
    marks = plots.ticks(low, low + span, about)
    slack = span * 1e-6
    assert all(low - slack <= mark <= low + span + slack for mark in marks)
    assert marks == sorted(set(marks))
    assert len(marks) <= 2 * about + 2


def lengths(svg: str, name: str) -> list[float]:
    return [
        float(rect.get("width"))
        for rect in drawn(svg).iter(f"{SVG}rect")
        if rect.get("class") == name and rect.get("height") == "16"
    ]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_bars_are_as_long_as_their_numbers(values):
    svg = plots.bars([Bar(str(value), value) for value in values], title="T", unit="studies")
    drawn_lengths = lengths(svg, "plot-have")
    scale = max(drawn_lengths) / max(1, *values) if max(values) else 0
    assert drawn_lengths == pytest.approx([value * scale for value in values], abs=0.11)


def test_bars_write_have_target_and_pool_beside_the_bar():
    assert "61 of 100 · pool 64" in texts(EXAMPLES["bars"])


def test_a_huge_pool_is_cut_but_its_number_stands():
    svg = plots.bars([Bar("A", 50, 100, 50_000)], title="T", unit="studies")
    have, pool = lengths(svg, "plot-have")[0], lengths(svg, "plot-pool")[0]
    assert pool == pytest.approx(have * 6, rel=0.01)
    assert "›" in texts(svg)
    assert "50 of 100 · pool 50\u202f000" in texts(svg)


def test_legend_names_only_what_is_drawn():
    names = ("picked", "pool", "wanted")
    assert "pool" not in texts(plots.bars([Bar("A", 1, 2)], title="T", unit="u", names=names))
    assert {"picked", "wanted"} <= set(texts(plots.bars([Bar("A", 1, 2)], title="T", unit="u", names=names)))
    assert "picked" not in texts(plots.bars([Bar("A", 1)], title="T", unit="u", names=names))


def test_what_is_pale_is_called_by_its_name():
    svg = plots.bars([Bar("A", 4, None, 102)], title="T", unit="studies", names=("eligible", "suggested", "target"))
    assert "4 · suggested 102" in texts(svg)
    assert "4 · suggested 102 studies" in drawn(svg).find(f"{SVG}desc").text


def test_a_pool_is_drawn_whole_where_asked():
    svg = plots.bars([Bar("A", 4, None, 102)], title="T", unit="studies", is_cut=False)
    assert lengths(svg, "plot-pool")[0] == pytest.approx(lengths(svg, "plot-have")[0] * 102 / 4, rel=0.01)
    assert "›" not in texts(svg)


def test_heads_of_a_matrix_that_begin_alike_are_cut_in_their_middle():
    def heads(names):
        svg = plots.heatmap(names, [[Cell(1, 1)] * len(names)] * len(names), title="T")
        return [one.find(f"{SVG}title").tail for one in list(drawn(svg).iter(f"{SVG}text"))[: len(names)]]

    assert heads(["r4343882785", "r4343883996"]) == ["r434…785", "r434…996"]
    assert heads(["Pneumothorax", "Cardiomegaly"]) == ["Pneumot…", "Cardiom…"]


def test_the_unit_of_an_axis_has_room():
    svg = plots.intervals([Interval("a", 0.1, 0, 0.2, 9)], title="T", axis="difference in share", low=-1)
    unit = next(one for one in drawn(svg).iter(f"{SVG}text") if one.text == "difference in share")
    assert float(unit.get("x")) >= len("difference in share") * 6


def test_intervals_show_value_bounds_and_n():
    said = texts(EXAMPLES["intervals"])
    assert {"0.61", "0.55 to 0.67", "n\u202f=\u202f381"} <= set(said)


def test_an_undefined_statistic_gives_its_reason_and_no_dot():
    svg = EXAMPLES["intervals"]
    assert "no positives" in texts(svg)
    assert svg.count("<circle") == 1
    assert "no positives" in drawn(svg).find(f"{SVG}desc").text


def test_an_interval_beyond_the_axis_is_cut_at_its_edge():
    svg = plots.intervals([Interval("A", -3.0, -4.0, 0.5, 9)], title="T", axis="", low=-1)
    dot = next(drawn(svg).iter(f"{SVG}circle"))
    assert float(dot.get("cx")) > 0
    assert "−3.00" in texts(svg)


def test_stacked_parts_follow_each_other_and_sum():
    root = drawn(EXAMPLES["stacked"])
    parts = [rect for rect in root.iter(f"{SVG}rect") if rect.get("height") == "16"]
    for left, right in pairwise(parts):
        assert float(right.get("x")) == pytest.approx(float(left.get("x")) + float(left.get("width")), abs=0.15)
    assert "348" in texts(EXAMPLES["stacked"])


def test_stacked_bars_refuse_a_fifth_series():
    with pytest.raises(ValueError, match="5 series"):
        plots.stacked_bars([], ["a", "b", "c", "d", "e"], title="T", unit="u")


@pytest.mark.parametrize(("value", "step"), [(0.0, 0), (0.19, 0), (0.5, 2), (0.99, 4), (1.0, 4), (-1.0, 0), (7.0, 4)])
def test_heat_has_five_steps_and_holds_the_ends(value, step):
    svg = plots.heatmap(["a"], [[Cell(value, 3)]], title="T")
    assert f'class="plot-h{step}"' in svg


def test_heat_leaves_what_cannot_be_compared_empty():
    assert EXAMPLES["heat"].count('class="plot-none"') == 2
    assert "ada and bo: 0.90 (n 41)" in drawn(EXAMPLES["heat"]).find(f"{SVG}desc").text


def test_progress_line_names_its_ends_and_its_goal():
    said = texts(EXAMPLES["line"])
    assert "goal 100" in said
    assert {"21 Nov", "22 Nov"} <= set(said)


def test_progress_within_a_day_is_in_hours():
    svg = plots.progress_line([(NIGHT, 0), (NIGHT + timedelta(hours=1), 4)], title="T", unit="reads")
    assert {"22:30", "23:30"} <= set(texts(svg))


def test_a_long_label_is_shortened_and_kept_in_full_as_a_title():
    label = "An exceedingly long name of a finding that no column could ever hold"
    svg = plots.bars([Bar(label, 1)], title="T", unit="u")
    assert any(text.endswith("…") for text in texts(svg))
    assert f"<title>{label}</title>" in svg
