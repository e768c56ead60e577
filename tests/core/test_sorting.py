"""Tables that an address sorts: numbers by size, words by the alphabet, nothing last."""

from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from core.rendering import table_csv
from core.sorting import Table

TABLE = Table.of(
    "labels",
    ("Label", "Share", "Of"),
    [("Nodule", 0.5, "9 of 30"), ("effusion", None, "12 of 30"), ("Atelectasis", 12, "undefined: nobody")],
)


def firsts(asked: str) -> list[object]:
    return [row[0] for row in TABLE.in_order(asked).rows]


def test_words_are_sorted_whatever_their_case_and_nothing_comes_last_both_ways() -> None:
    assert firsts("labels:0") == ["Atelectasis", "effusion", "Nodule"]
    assert firsts("-labels:0") == ["Nodule", "effusion", "Atelectasis"]
    assert firsts("labels:1") == ["Nodule", "Atelectasis", "effusion"]
    assert firsts("-labels:1") == ["Atelectasis", "Nodule", "effusion"]
    assert firsts("-labels:2") == ["effusion", "Nodule", "Atelectasis"]


def test_numbers_at_the_head_of_words_are_sizes_with_their_sign() -> None:
    cells = ["−0.20 (−0.3 to 0)", "0.100 (0 to 1)", "± 5 %", "1\u202f000", "word"]
    table = Table.of("t", ("x",), [(cell,) for cell in reversed(cells)])
    assert [row[0] for row in table.in_order("t:0").rows] == cells


def test_what_there_is_not_sorts_nothing() -> None:
    for asked in ("", "labels", "labels:3", "labels:x", "others:0", "--labels:9"):
        assert TABLE.in_order(asked) == TABLE


@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=False), st.text(), st.none())), st.booleans())
def test_sorting_keeps_every_row(cells: list[object], is_down: bool) -> None:
    table = Table.of("t", ("x",), [(cell,) for cell in cells])
    rows = table.in_order("-t:0" if is_down else "t:0").rows
    assert sorted(map(repr, rows)) == sorted(repr((cell,)) for cell in cells)


def test_headings_link_both_ways_keep_the_filters_and_say_how_it_is_sorted() -> None:
    request = RequestFactory().get("/", {"q": "x", "sort": "labels:0"})
    html = Template("{% load ui %}{% data_table table %}").render(Context({"table": TABLE, "request": request}))
    assert 'aria-sort="ascending"><a class="sort" href="?q=x&amp;sort=-labels%3A0#labels">' in html
    assert html.count("aria-sort") == 1
    assert 'href="?q=x&amp;sort=labels%3A0&amp;table=labels"' in html
    assert html.index("Atelectasis") < html.index("Nodule")


def test_figures_stand_right_words_left_and_fractions_are_not_rounded_away() -> None:
    table = Table.of(
        "t", ("Rule", "In words", "Eligible", "Share"), [("1", "all", 12345, 0.4), ("2", "most", -3, None)]
    )
    request = RequestFactory().get("/")
    html = Template("{% load ui %}{% data_table table %}").render(Context({"table": table, "request": request}))
    assert '<td>most</td><td class="num">−3</td><td class="num">–</td>' in html
    assert '<td class="num">12\u202f345</td><td class="num">0.4</td>' in html
    assert html.count('<th scope="col" class="num">') == 2


def test_a_sorted_table_beside_a_plot_is_not_folded_away() -> None:
    source = "{% load ui %}{% plot '' 'In words.' table %}"
    for asked, is_open in (("", False), ("labels:1", True), ("others:1", False)):
        request = RequestFactory().get("/", {"sort": asked})
        assert ("<details open>" in Template(source).render(Context({"table": TABLE, "request": request}))) == is_open


def test_one_table_as_csv_in_its_order() -> None:
    answer = table_csv(RequestFactory().get("/", {"table": "labels", "sort": "-labels:1"}), "run-7", [TABLE])
    assert answer is not None
    assert answer["Content-Disposition"] == 'attachment; filename="run-7-labels.csv"'
    assert answer.content.decode().splitlines() == [
        "Label,Share,Of",
        "Atelectasis,12,undefined: nobody",
        "Nodule,0.5,9 of 30",
        "effusion,,12 of 30",
    ]
    assert table_csv(RequestFactory().get("/", {"table": "others"}), "run-7", [TABLE]) is None
