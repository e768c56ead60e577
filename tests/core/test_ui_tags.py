"""How figures, times, states, sorting and components are written on the pages."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.paginator import Paginator
from django.template import Context, Engine, Template
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.models import RunState
from core.plots import Bar, bars
from core.templatetags import ui

THIN = "\u202f"


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@dataclass
class FakeRun:
    done: int = 0
    total: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    state: str = "running"


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1000, 0, f"1{THIN}000"),
        (13735, 0, f"13{THIN}735"),
        (-1234567, 0, f"−1{THIN}234{THIN}567"),
        (0.6149, 2, "0.61"),
        (-0.0004, 2, "0.00"),
        (None, 0, "–"),
        ("", 0, "–"),
        (float("nan"), 0, "–"),
        ("many", 0, "many"),
        (True, 0, "True"),
    ],
)
def test_number_groups_with_thin_spaces(value, digits, expected):
    assert ui.number(value, digits) == expected


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_number_loses_no_digit(value):
    assert int(ui.number(value).replace(THIN, "").replace("−", "-")) == value


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (61, 100, "61% of 100"),
        (5412, 13735, f"39% of 13{THIN}735"),
        (13734, 13735, f">99% of 13{THIN}735"),
        (1, 13735, f"<1% of 13{THIN}735"),
        (100, 100, "100% of 100"),
        (0, 100, "0% of 100"),
        (0, 0, "– of 0"),
        (None, 10, "– of 10"),
    ],
)
def test_part_of_gives_the_percentage_with_its_n(part, whole, expected):
    assert ui.part_of(part, whole) == expected


@given(st.integers(min_value=1, max_value=100_000), st.integers(min_value=1, max_value=100_000))
def test_only_the_whole_is_one_hundred_percent(part, more):
    assert not ui.share_of(part, part + more).startswith("100")
    assert ui.share_of(part, part) == "100%"


def test_percent_shows_n_and_escapes_safely():
    assert ui.percent(0.613, 130) == f"61% (n{THIN}={THIN}130)"
    assert ui.percent(None, 0) == f"– (n{THIN}={THIN}0)"
    assert "&lt;1% of" in render("{% part_of 1 13735 %}")


NOW = datetime(2026, 11, 22, 10, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 22, 9, 5, tzinfo=UTC), "09:05"),
        (datetime(2026, 11, 21, 23, 59, tzinfo=UTC), "21 Nov 23:59"),
        (datetime(2025, 11, 22, 9, 5, tzinfo=UTC), "22 Nov 2025 09:05"),
        (date(2026, 3, 1), "1 Mar"),
        (date(2024, 3, 1), "1 Mar 2024"),
    ],
)
def test_when_names_the_date_unless_today(moment, expected):
    assert ui.when_text(moment, now=NOW) == expected


def test_when_speaks_in_the_readers_zone():
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        html = ui.when(datetime(2020, 1, 1, 20, 0, tzinfo=UTC))
    assert 'datetime="2020-01-02T05:00:00+09:00"' in html
    assert ">2 Jan 2020 05:00<" in html
    assert "JST" in html


def test_when_of_nothing_is_a_dash():
    assert ui.when(None) == "–"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (90, "2 min"),
        (timedelta(minutes=59), "59 min"),
        (3599, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (86_400 * 3 + 4 * 3600, "3 d 4 h"),
        (86_399, "1 d 0 h"),
        (None, "–"),
    ],
)
def test_duration_uses_the_two_largest_units(span, expected):
    assert ui.duration(span) == expected


def test_pace_tells_rate_and_time_left():
    run = FakeRun(done=4100, total=16400, started_at=timezone.now() - timedelta(seconds=100))
    assert ui.pace(run) == "41 per second, about 5 min left"


@pytest.mark.parametrize(
    ("done", "seconds", "expected"), [(30, 60, "30 per minute"), (2, 3600, "2 per hour"), (500, 100, "5 per second")]
)
def test_pace_of_slow_work_changes_its_unit(done, seconds, expected):
    run = FakeRun(done=done, started_at=timezone.now() - timedelta(seconds=seconds))
    assert ui.pace(run) == expected


@pytest.mark.parametrize(
    "run",
    [
        FakeRun(done=0, total=10, started_at=NOW),
        FakeRun(done=5, total=10, started_at=NOW - timedelta(seconds=100), state="paused"),
        FakeRun(done=5, total=10),
        FakeRun(done=5, total=10, started_at=NOW, finished_at=NOW + timedelta(seconds=9)),
    ],
)
def test_pace_is_silent_before_the_start_and_after_the_end(run):
    assert ui.pace(run) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "yes"),
        (False, "no"),
        (20261122, "20261122"),
        (0.1, "0.1"),
        (["a", 2], "a, 2"),
        ({"present": 0.4}, "present 0.4"),
        ([], "–"),
        (None, "–"),
        ("v7", "v7"),
    ],
)
def test_fact_writes_parameters_in_plain_words(value, expected):
    assert ui.fact(value) == expected


def test_words_reads_a_key_aloud():
    assert ui.words("reads_per_study") == "Reads per study"
    assert ui.words("round.opened") == "Round opened"


@pytest.mark.parametrize("state", RunState.values)
def test_every_state_of_a_run_has_a_badge_of_its_own(state):
    assert state in ui.BADGES


def test_badge_is_a_word_and_a_shape():
    html = ui.badge(RunState.FAILED)
    assert html == (
        '<span class="badge badge-bad"><svg class="icon" aria-hidden="true"><use href="/static/icons.svg#failed"/></svg>'
        "Failed</span>"
    )
    assert ">Finished<" in ui.badge("succeeded").replace("</svg>", "</svg>>")


def test_badge_of_an_unknown_state_still_says_the_word():
    html = ui.badge("half_baked", "")
    assert "Half baked" in html
    assert "#ring" in html


def test_badge_escapes_its_label():
    assert "<b>" not in ui.badge("open", "<b>")


def test_icon_with_a_title_is_read_out():
    assert 'role="img" aria-label="Done"' in ui.icon("done", "Done")
    assert 'aria-hidden="true"' in ui.icon("done")


def test_every_shape_of_a_badge_is_in_the_sprite():
    sprite = (Path(__file__).resolve().parents[2] / "static" / "icons.svg").read_text()
    missing = {shape for _, shape in ui.BADGES.values() if f'id="{shape}"' not in sprite}
    assert missing == set()


def header(query: str, *, default: str = "") -> str:
    request = RequestFactory().get(f"/studies/?{query}")
    return render(f'{{% sort_header "age" "Age" "years" numeric=True default="{default}" %}}', request=request)


def test_sort_header_sorts_up_then_down_and_keeps_the_filter():
    html = header("q=ab&page=4")
    assert "?q=ab&amp;sort=age" in html
    assert "page=" not in html
    assert "aria-sort" not in html
    assert "?sort=-age" in header("sort=age")
    assert 'aria-sort="ascending"' in header("sort=age")
    assert 'aria-sort="descending"' in header("sort=-age")
    assert "?sort=age" in header("sort=-age")


def test_sort_header_marks_the_lists_own_order():
    assert 'aria-sort="descending"' in header("", default="-age")
    assert "aria-sort" not in header("sort=name", default="-age")


def test_sort_header_of_a_number_is_right_aligned_with_its_unit():
    assert '<th scope="col" class="num">' in header("")
    assert '<span class="unit">years</span>' in header("")


def test_pager_says_which_rows_and_keeps_the_filter():
    request = RequestFactory().get("/studies/?q=ab&page=7")
    html = render('{% pager page "studies" %}', page=Paginator(range(13735), 50).page(7), request=request)
    assert f"301–350 of 13{THIN}735 studies" in html
    assert '<span aria-current="page">7</span>' in html
    assert "?q=ab&amp;page=8" in html
    assert "…" in html


def test_pager_of_one_page_has_no_links():
    request = RequestFactory().get("/studies/")
    html = render("{% pager page %}", page=Paginator(range(3), 50).page(1), request=request)
    assert "1–3 of 3 rows" in html
    assert "<a " not in html


def test_progress_without_a_total_has_no_bar():
    assert "<progress" not in render('{% progress 12 None "studies" %}')
    html = render('{% progress 5412 13735 "studies" "41 per second" %}')
    assert '<progress value="5412" max="13735">' in html
    assert "39%" in html


def test_components_ignore_the_pages_own_variables():
    html = render('{% note "Read this." %}', title="Sampling run 12", tone="bad")
    assert "Sampling run 12" not in html
    assert "note-bad" not in html


def test_confirm_name_shows_the_error_beside_the_field():
    html = render(
        '{% confirm_name "chest-v1" "Freeze" "Freeze it" "Cannot be undone." error="That is another name." %}'
    )
    assert 'data-confirm-name="chest-v1"' in html
    assert 'aria-describedby="confirm-name-error"' in html
    assert "That is another name." in html


def test_figures_link_to_the_rows_behind_them():
    html = render('{% figures counts "/imports/3/" %}', counts={"not_dicom": 41})
    assert '<a href="/imports/3/?outcome=not_dicom">41</a>' in html
    assert "Not dicom" in html


def test_empty_state_says_how_to_fill_it():
    html = render('{% empty_state "No studies yet" "Start with a zip." "/imports/new/" "Import studies" %}')
    assert '<a class="button button-primary" href="/imports/new/">Import studies</a>' in html


@pytest.mark.parametrize(
    ("state", "word"), [("done", "Done"), ("now", "In progress"), ("stuck", "Needs you"), ("waiting", "Waiting")]
)
def test_chain_says_each_steps_state_in_words(state, word):
    step = {"name": "Read", "count": 2412, "of": "of 3000", "state": state, "url": "/reading/"}
    html = render("{% chain steps %}", steps=[step])
    assert f'aria-label="{word}"' in html
    assert f"2{THIN}412" in html


def test_plot_escapes_its_caption_and_keeps_its_drawing():
    html = render(
        "{% plot svg caption columns rows %}",
        svg=bars([Bar("A", 1)], title="T", unit="studies"),
        caption="<b>61 of 100</b>",
        columns=["Label", "Studies"],
        rows=[("A", 1)],
    )
    assert "<svg" in html
    assert "&lt;b&gt;61 of 100" in html
    assert '<td class="num">1</td>' in html


def test_tags_need_no_settings_of_their_own():
    assert Engine(libraries={"ui": "core.templatetags.ui"}).from_string("{% load ui %}{{ 12000|number }}").render(
        Context()
    ) == (f"12{THIN}000")
