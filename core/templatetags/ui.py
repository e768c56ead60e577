"""How figures, times, states and icons are written on every page (docs/look.md lists them)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.sorting import Table, in_words

register = template.Library()

NARROW_SPACE = "\u202f"  # a thin space that never breaks a line
NOTHING = "–"

# Tone of the badge, its shape, the states that take them. Tones: "" (waiting or neutral), busy, good, warn, bad.
_BADGES = (
    ("", "clock", "queued pending waiting invited not_started"),
    ("", "pencil", "draft"),
    ("", "pause", "paused"),
    ("", "dash", "closed cancelled withdrawn inactive superseded unchanged expired"),
    ("", "disc", "present"),
    ("", "ring", "absent ineligible"),
    ("busy", "half", "running reading leased in_progress"),
    ("busy", "disc", "open active"),
    ("busy", "lock", "frozen sealed"),
    ("good", "done", "succeeded finished done complete accepted imported eligible published agree_all adjudicated"),
    ("warn", "warn", "quarantined contested agree_mostly warning needs_you stuck"),
    ("warn", "half", "uncertain"),
    ("bad", "failed", "failed rejected disagree cannot_judge revoked alarm"),
)
BADGES = {state: (tone, shape) for tone, shape, states in _BADGES for state in states.split()}
STATE_WORDS = {"succeeded": "Finished", "agree_all": "Agree all", "agree_mostly": "Agree mostly"}


class Paced(Protocol):
    """What the pace of a run needs to know (``core.models.Run``)."""

    state: str
    done: int
    total: int | None
    started_at: datetime | None
    finished_at: datetime | None


def _grouped(value: float, digits: int) -> str:
    return f"{value:z,.{digits}f}".replace(",", NARROW_SPACE).replace("-", "−")


@register.filter
def number(value: object, digits: int = 0) -> str:
    """``13735`` as "13 735" with thin spaces, a true minus, and ``digits`` decimals; "–" when there is none.

    Words pass unchanged, so that a table cell may hold either.
    """
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return NOTHING if value != value else _grouped(value, digits)  # noqa: PLR0124  NaN is the one value unlike itself


@register.simple_tag
def part_of(part: float | None, whole: float | None, digits: int = 0) -> str:
    """A percentage with its n: "61% of 1 230"; "– of 0" when there is nothing to divide."""
    if part is None or not whole:
        return f"{NOTHING} of {number(whole or 0)}"
    return f"{_percent(part / whole, digits)} of {number(whole)}"


@register.filter
def share_of(part: float, whole: float) -> str:
    """The bare percentage, only where part and whole stand beside it: "39%"."""
    return _percent(part / whole, 0) if whole else NOTHING


@register.filter
def percent(share: float | None, n: int | None = None) -> str:
    """A share of 0 to 1 with its n: ``{{ 0.613|percent:130 }}`` is "61% (n = 130)"; give the n, always."""
    text = NOTHING if share is None else _percent(share, 0)
    return text if n is None else f"{text} (n{NARROW_SPACE}={NARROW_SPACE}{number(n)})"


def _percent(share: float, digits: int) -> str:
    """Never rounds a part up to the whole or down to nothing."""
    step = 10.0 ** -(digits + 2)
    if 0 < share < step / 2:
        return f"<{step:.{digits}%}"
    if 1 - step / 2 <= share < 1:
        return f">{1 - step:.{digits}%}"
    return f"{share:.{digits}%}"


def when_text(moment: datetime | date, *, now: datetime) -> str:
    """Today "10:32", this year "21 Nov 10:32", else "21 Nov 2025 10:32"; a date has no hour. Both in ``now``'s zone."""
    if not isinstance(moment, datetime):
        return f"{moment.day} {moment:%b}" + ("" if moment.year == now.year else f" {moment.year}")
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{when_text(moment.date(), now=now)} {moment:%H:%M}"


@register.filter
def when(moment: datetime | date | None) -> str:
    """A moment in the reader's zone as ``<time>``, with the date when it is not today; "–" when there is none."""
    if moment is None:
        return NOTHING
    now = timezone.localtime()
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), when_text(moment, now=now))
    here = timezone.localtime(moment)
    full = f"{here.day} {here:%B %Y, %H:%M:%S %Z}"
    text = when_text(here, now=now)
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>', here.isoformat("T", "seconds"), full, text
    )


@register.filter
def duration(span: float | timedelta | None) -> str:
    """Seconds or a timedelta in the two largest units: "45 s", "5 min", "2 h 05 min", "3 d 4 h"."""
    if span is None:
        return NOTHING
    seconds = round(span.total_seconds() if isinstance(span, timedelta) else span)
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // 1440} d {minutes // 60 % 24} h"


@register.filter
def run_seconds(run: Paced) -> float | None:
    """Seconds a run has taken so far, or took."""
    return ((run.finished_at or timezone.now()) - run.started_at).total_seconds() if run.started_at else None


@register.filter
def pace(run: Paced) -> str:
    """A running run's "41 per second, about 5 min left"; "" before it has something to tell, and while it stands still."""
    seconds = run_seconds(run)
    if not seconds or not run.done or run.finished_at or seconds < 1 or run.state == "paused":
        return ""
    rate = run.done / seconds
    if rate >= 1:
        text = f"{number(rate)} per second"
    else:
        text = f"{number(rate * 60)} per minute" if rate * 60 >= 1 else f"{number(rate * 3600)} per hour"
    return f"{text}, about {duration((run.total - run.done) / rate)} left" if run.total else text


@register.filter
def words(key: object) -> str:
    """A key as words: ``reads_per_study`` is "Reads per study"."""
    text = str(key).replace("_", " ").replace(".", " ").strip()
    return text[:1].upper() + text[1:]


@register.filter
def fact(value: object) -> str:
    """A parameter's value in plain words: yes/no, thin-spaced numbers, lists with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {fact(item)}" for key, item in value.items()) or NOTHING
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(fact(item) for item in value) or NOTHING
    return str(value) if isinstance(value, int) else number(value)


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """One of static/icons.svg. Decoration unless a ``title`` says what it means."""
    label = format_html('role="img" aria-label="{}"', title) if title else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', label, static("icons.svg"), name)


@register.simple_tag
def badge(state: object, label: str = "") -> SafeString:
    """A state as word and shape: ``{% badge run.state %}``, ``{% badge release.state release.get_state_display %}``."""
    key = str(state)
    tone, shape = BADGES.get(key, ("", "ring"))
    text = label or STATE_WORDS.get(key) or words(key)
    tone_class = f" badge-{tone}" if tone else ""
    return format_html('<span class="badge{}">{}{}</span>', tone_class, icon(shape), text)


@register.simple_tag(takes_context=True)
def sort_header(
    context: Context, key: str, label: str, unit: str = "", *, numeric: bool = False, default: str = ""
) -> str:
    """A ``<th>`` whose link sorts by ``?sort=key``, then ``?sort=-key``; keeps the filters, goes back to page one.

    ``default`` is the list's order while the address names none, so that its column is marked too.
    """
    query = context["request"].GET.copy()
    current = query.get("sort") or default
    is_up, is_down = current == key, current == f"-{key}"
    query["sort"] = f"-{key}" if is_up else key
    query.pop("page", None)
    direction = "ascending" if is_up else "descending" if is_down else ""
    return format_html(
        '<th scope="col"{}{}><a class="sort" href="?{}">{}{}</a>{}</th>',
        SafeString(' class="num"') if numeric else "",
        format_html(' aria-sort="{}"', direction) if direction else "",
        query.urlencode(),
        label,
        icon("down" if is_down else "up"),
        format_html('<span class="unit">{}</span>', unit) if unit else "",
    )


@register.filter
def pages(page: Page[Any]) -> list[int | None]:
    """Page numbers to show, None where some are left out: 1 … 6 7 8 … 275."""
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in shown]


# Components: inclusion tags rather than includes, so that no variable of the page leaks into them.


@register.inclusion_tag("partials/note.html")
def note(text: str, tone: str = "info", title: str = "") -> dict[str, str]:
    """A remark on the page; ``tone`` is info, good, warn or bad."""
    return {"text": text, "tone": tone, "title": title}


@register.inclusion_tag("partials/empty.html")
def empty_state(title: str, text: str = "", url: str = "", action: str = "", icon: str = "inbox") -> dict[str, str]:
    """An empty list that says how to fill it; ``action`` is the button's words."""
    return {"title": title, "text": text, "url": url, "action": action, "icon": icon}


@register.inclusion_tag("partials/progress.html")
def progress(done: int, total: int | None, unit: str, remark: str = "") -> dict[str, object]:
    """How far a piece of work is, as numbers and a bar; ``total`` is None while unknown."""
    return {"done": done, "total": total, "unit": unit, "remark": remark}


@register.inclusion_tag("partials/facts.html")
def facts(values: Mapping[str, object]) -> dict[str, object]:
    """Parameters as a definition list, keys as words."""
    return {"facts": values}


@register.inclusion_tag("partials/figures.html")
def figures(counts: Mapping[str, float], url: str = "", key: str = "outcome") -> dict[str, object]:
    """Counts side by side, large; with ``url`` each links to the rows behind it (``?outcome=…``)."""
    return {"counts": counts, "url": url, "key": key}


@register.inclusion_tag("partials/chain.html")
def chain(steps: Sequence[object]) -> dict[str, object]:
    """The chain: steps with name, count, of (text), state (done, now, waiting, stuck) and url."""
    return {"steps": steps}


@register.inclusion_tag("partials/tabs.html")
def tabs(items: Sequence[object], label: str = "Parts of this page") -> dict[str, object]:
    """Tabs as links: each with name, url, current, count (or None)."""
    return {"tabs": items, "label": label}


@register.inclusion_tag("partials/plot.html", takes_context=True)
def plot(
    context: Context,
    svg: str,
    caption: str,
    columns: Sequence[str] | Table = (),
    rows: Sequence[Sequence[object]] = (),
) -> dict[str, object]:
    """A plot of core/plots.py with its caption in words and the same data as a table.

    A ``Table`` in the place of ``columns`` and ``rows`` can be sorted and taken as CSV.
    """
    if isinstance(columns, Table):
        data: dict[str, object] = {"table": columns, "request": context["request"]}
    else:
        data = {"columns": columns, "rows": rows}
    return {"svg": svg, "caption": caption, "is_wide": getattr(svg, "is_wide", False), **data}


@register.inclusion_tag("partials/table.html", takes_context=True)
def data_table(context: Context, table: Table) -> dict[str, object]:
    """A ``Table`` whose headings sort it (``?sort=name:2``) and that is there as CSV (``?table=name``)."""
    query = context["request"].GET.copy()
    query.pop("table", None)
    shown = table.in_order(query.get("sort", ""))
    heads = []
    for place, words in enumerate(table.columns):
        key = table.key_of(place)
        query["sort"] = f"-{key}" if shown.sort == key else key
        order = {key: "ascending", f"-{key}": "descending"}.get(shown.sort, "")
        is_number = place > 0 and table.is_of_numbers(place)
        heads.append({"words": words, "query": query.urlencode(), "order": order, "is_number": is_number})
    query["sort"] = shown.sort
    if not shown.sort:
        del query["sort"]
    query["table"] = table.name
    rows = [[(in_words(cell), head["is_number"]) for cell, head in zip(row, heads, strict=True)] for row in shown.rows]
    return {"name": table.name, "rows": rows, "heads": heads, "csv": query.urlencode()}


@register.filter
def is_sorted(table: Table, request: HttpRequest) -> bool:
    """Whether the address sorts this table: then it is shown, not folded away."""
    return bool(table.in_order(request.GET.get("sort", "")).sort)


@register.inclusion_tag("partials/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], unit: str = "rows") -> dict[str, object]:
    """Below a table: which rows, of how many, and links to the other pages that keep filter and sort."""
    return {"query": context["request"].GET, "page": page, "unit": unit}


@register.inclusion_tag("partials/confirm.html")
def confirm_name(name: str, action: str, title: str, text: str, url: str = "", error: str = "") -> dict[str, str]:
    """A step that cannot be undone: says so and asks for the thing's name (posted as ``name``; the view checks it)."""
    return {"name": name, "action": action, "title": title, "text": text, "url": url, "error": error}
