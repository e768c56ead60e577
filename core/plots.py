"""Plots as SVG text, drawn on the server: bars with targets, intervals, stacked bars, a heat map, progress over time.

Pure: no Django, no inline style (the page's CSP forbids it); colours come from the ``plot-…`` classes of css/office.css, so
they follow the theme and the printer. Show one through templates/partials/plot.html, with its caption and its table.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

CHARACTER = 6.3  # mean width of a character at 12 px, in px
WIDTH = 552  # of a plot unless said otherwise, in px
ROW = 26  # height of one row, in px
NARROW_SPACE = "\u202f"


class Svg(str):
    """SVG text that templates insert as it is: everything in it was escaped when it was drawn."""

    __slots__ = ()

    @property
    def is_wide(self) -> bool:
        """Whether it may be wider than a page, so that it scrolls and the keyboard must reach it."""
        found = re.search(r' width="(\d+)', self)
        return found is not None and int(found.group(1)) > WIDTH

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart: what there is, what is wanted, what could still be taken (in the chart's unit)."""

    label: str
    have: float
    target: float | None = None
    pool: float | None = None


@dataclass(frozen=True)
class Interval:
    """A statistic with its 95 % interval and n; ``value`` is None where it is undefined, and ``reason`` says why."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Stack:
    """One row of a stacked bar chart: one part per series, in the series' order."""

    label: str
    parts: tuple[float, ...]


@dataclass(frozen=True)
class Cell:
    """One cell of a heat map: a value and the n it rests on; None where there is nothing to compare."""

    value: float | None
    n: int = 0


def ticks(low: float, high: float, about: int = 5, *, whole: bool = False) -> list[float]:
    """Round numbers (1, 2, 5 times a power of ten) from ``low`` or above to ``high`` or below, about ``about`` of them.

    With ``whole`` no fractions: what is counted has none.
    """
    if not high > low:
        return [low]
    rough = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    step = max(step, 1.0) if whole else step
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    unit: str,
    names: tuple[str, str, str] = ("have", "pool", "target"),
    description: str = "",
    width: int = WIDTH,
    is_cut: bool = True,
) -> Svg:
    """Horizontal bars: dark is what there is, pale what the pool holds, the upright mark is the target.

    A pool beyond three times what is wanted is cut at the edge ("›"), so that it does not dwarf the rest; its number stands.
    With ``is_cut`` false every pool is drawn whole: where the share of it that is there is the point.
    """
    wanted = max([1.0, *(max(row.have, row.target or 0) for row in rows)])
    most = max([wanted, *(row.pool or 0 for row in rows)])
    top = min(3 * wanted, most) if is_cut else most
    left = _label_width((row.label for row in rows), width, unit)
    right = 12 + round(max((len(_bar_words(row, names[1])) for row in rows), default=0) * CHARACTER)
    scale = (width - left - right) / top
    legend = _bars_legend(rows, names, left)
    head = 54 if legend else 30
    height = head + ROW * len(rows) + 6
    out = [legend, _axis(ticks(0, top, 4, whole=True), left, scale, height, unit, y=head - 12)]
    for index, row in enumerate(rows):
        y = head + ROW * index
        out.append(_row_label(row.label, left, y))
        if row.pool is not None:
            out.append(_rect(left, y + 5, min(row.pool, top) * scale, 16, "plot-pool"))
            if row.pool > top:
                out.append(_text(left + top * scale - 9, y + 17, "›", "plot-quiet"))
        out.append(_rect(left, y + 5, row.have * scale, 16, "plot-have"))
        if row.target is not None:
            out.append(_target(left + row.target * scale, y + 2, 22))
        out.append(_text(width - right + 10, y + 17, _bar_words(row, names[1])))
    return _svg(out, width, height, title, description or _bars_description(rows, unit, names[1]))


def _bars_legend(rows: Sequence[Bar], names: tuple[str, str, str], left: float) -> str:
    """Names only what the chart shows; nothing when there is one kind of mark."""
    kinds = ["plot-have"]
    kinds += ["plot-pool"] if any(row.pool is not None for row in rows) else []
    kinds += ["plot-target"] if any(row.target is not None for row in rows) else []
    words = dict(zip(("plot-have", "plot-pool", "plot-target"), names, strict=True))
    out, x = "", left
    for kind in kinds if len(kinds) > 1 else []:
        out += _target(x + 5, 3, 14) if kind == "plot-target" else _rect(x, 5, 10, 10, kind)
        out += _text(x + 15, 14, words[kind])
        x += 15 + len(words[kind]) * CHARACTER + 16
    return out


def _target(x: float, y: float, tall: float) -> str:
    return f'<line class="plot-target" x1="{x:.1f}" x2="{x:.1f}" y1="{y:g}" y2="{y + tall:g}"/>'


def intervals(
    rows: Sequence[Interval],
    *,
    title: str,
    axis: str,
    low: float = 0.0,
    high: float = 1.0,
    description: str = "",
    width: int = WIDTH,
) -> Svg:
    """Dots with 95 % intervals on one axis from ``low`` to ``high``; what lies beyond is cut at the edge."""
    left, right = _label_width((row.label for row in rows), width, axis), 184
    scale = (width - left - right) / ((high - low) or 1)
    height = 30 + ROW * len(rows) + 6

    def place(value: float) -> float:
        return left + (min(max(value, low), high) - low) * scale

    out = [_axis(ticks(low, high), left, scale, height, axis, origin=low)]
    if low < 0 < high:
        out.append(f'<line class="plot-axis" x1="{place(0):.1f}" x2="{place(0):.1f}" y1="24" y2="{height - 4}"/>')
    for index, row in enumerate(rows):
        y = 30 + ROW * index
        out.append(_row_label(row.label, left, y))
        if row.value is None:
            out.append(_text(left + 6, y + 17, row.reason or "undefined", "plot-quiet"))
            out.append(
                _text(width, y + 17, f"n{NARROW_SPACE}={NARROW_SPACE}{_figure(row.n)}", "plot-quiet", anchor="end")
            )
            continue
        if row.low is not None and row.high is not None:
            a, b = place(row.low), place(row.high)
            out.append(
                f'<path class="plot-interval" d="M{a:.1f} {y + 13}H{b:.1f}M{a:.1f} {y + 9}v8M{b:.1f} {y + 9}v8"/>'
            )
        out.append(f'<circle class="plot-dot" cx="{place(row.value):.1f}" cy="{y + 13}" r="4.5"/>')
        out.append(_text(width - right + 12, y + 17, _signed(row.value), "plot-strong"))
        if row.low is not None and row.high is not None:
            out.append(_text(width - right + 52, y + 17, f"{_signed(row.low)} to {_signed(row.high)}", "plot-quiet"))
        out.append(_text(width, y + 17, f"n{NARROW_SPACE}={NARROW_SPACE}{_figure(row.n)}", "plot-quiet", anchor="end"))
    return _svg(out, width, height, title, description or _intervals_description(rows))


def stacked_bars(
    rows: Sequence[Stack], series: Sequence[str], *, title: str, unit: str, description: str = "", width: int = WIDTH
) -> Svg:
    """Bars of parts on one common scale (what survives each step, and what falls away): four series at most."""
    if len(series) > 4:
        raise ValueError(f"{len(series)} series; a stacked bar shows 4 at most. Join the smallest ones.")
    top = max([1.0, *(sum(row.parts) for row in rows)])
    left, right = _label_width((row.label for row in rows), width, unit), 56
    scale = (width - left - right) / top
    height = 54 + ROW * len(rows) + 6
    out = [_legend(series, left), _axis(ticks(0, top, whole=True), left, scale, height, unit, y=42)]
    for index, row in enumerate(rows):
        y, x = 54 + ROW * index, float(left)
        out.append(_row_label(row.label, left, y))
        for part, amount in enumerate(row.parts):
            out.append(_rect(x, y + 5, amount * scale, 16, f"plot-s{part}"))
            words = _figure(amount)
            if amount * scale > len(words) * CHARACTER + 8:
                out.append(_text(x + 5, y + 17, words, f"plot-on{part}"))
            x += amount * scale
        out.append(_text(width, y + 17, _figure(sum(row.parts)), "plot-strong", anchor="end"))
    said = "; ".join(
        f"{row.label}: " + ", ".join(f"{name} {_figure(part)}" for name, part in zip(series, row.parts, strict=True))
        for row in rows
    )
    return _svg(out, width, height, title, description or said)


def heatmap(
    names: Sequence[str],
    cells: Sequence[Sequence[Cell]],
    *,
    title: str,
    low: float = 0.0,
    high: float = 1.0,
    columns: Sequence[str] | None = None,
    is_count: bool = False,
    description: str = "",
) -> Svg:
    """A matrix (reader by reader): darker is higher, in five steps from ``low`` to ``high``; each cell has its figure and n.

    With ``is_count`` a value is a number of things, and is the n itself.
    """
    heads, side = list(names if columns is None else columns), 62
    cut = [_short(head, side - 6) for head in heads]
    if len(set(cut)) < len(set(heads)):  # names that differ in their last letters alone
        cut = [_ends(head, side - 6) for head in heads]
    left, tall = _label_width(names, WIDTH, ""), 40
    width, height = left + side * len(heads) + 2, 24 + tall * len(names) + 2
    out = [
        _text(left + side * index + side / 2, 15, cut[index], "plot-quiet", anchor="middle", full=head)
        for index, head in enumerate(heads)
    ]
    for i, (name, row) in enumerate(zip(names, cells, strict=True)):
        y = 24 + tall * i
        out.append(_row_label(name, left, y + 7))
        for j, cell in enumerate(row):
            x = left + side * j
            if cell.value is None:
                out.append(
                    f'<rect class="plot-none" x="{x + 1.5}" y="{y + 1.5}" width="{side - 3}" height="{tall - 3}"/>'
                )
                continue
            step = min(4, max(0, math.floor((cell.value - low) / ((high - low) or 1) * 5)))
            on = " plot-on0" if step == 4 else ""
            out.append(f'<rect class="plot-h{step}" x="{x + 1}" y="{y + 1}" width="{side - 2}" height="{tall - 2}"/>')
            words = _figure(cell.value) if is_count else _signed(cell.value)
            out.append(_text(x + side / 2, y + (25 if is_count else 18), words, f"plot-strong{on}", anchor="middle"))
            if not is_count:
                out.append(_text(x + side / 2, y + 32, _figure(cell.n), on.strip(), anchor="middle"))
    said = "; ".join(
        f"{name} and {head}: {_figure(cell.value) if is_count else f'{_signed(cell.value)} (n {cell.n})'}"
        for name, row in zip(names, cells, strict=True)
        for head, cell in zip(heads, row, strict=True)
        if cell.value is not None
    )
    return _svg(out, width, height, title, description or said)


def progress_line(
    points: Sequence[tuple[datetime, float]],
    *,
    title: str,
    unit: str,
    goal: float | None = None,
    description: str = "",
    width: int = WIDTH,
    height: int = 180,
) -> Svg:
    """A count over time, as steps: what was reached when, with the goal as a dashed line. Points in order of time."""
    top = max([1.0, goal or 0, *(value for _, value in points)])
    left, right, bottom = 52, 16, 26
    tall, wide = height - bottom - 24, width - left - right
    out = [_text(left, 12, unit, "plot-quiet")]
    for tick in ticks(0, top, 3, whole=True):
        y = 24 + tall - tick / top * tall
        out.append(f'<line class="plot-grid" x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(_text(left - 8, y + 4, _figure(tick), "plot-quiet", anchor="end"))
    if goal is not None:
        y = 24 + tall - goal / top * tall
        out.append(f'<line class="plot-goal" x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(_text(width - right, y - 5, f"goal {_figure(goal)}", "plot-quiet", anchor="end"))
    if points:
        start, end = points[0][0], points[-1][0]
        span = (end - start).total_seconds() or 1.0
        path = ""
        for moment, value in points:
            x, y = left + (moment - start).total_seconds() / span * wide, 24 + tall - value / top * tall
            path += f"M{x:.1f} {y:.1f}" if not path else f"H{x:.1f}V{y:.1f}"
        out.append(f'<path class="plot-line" d="{path}"/>')
        form = "%H:%M" if start.date() == end.date() else "%-d %b"
        out.append(_text(left, height - 8, start.strftime(form), "plot-quiet"))
        out.append(_text(width - right, height - 8, end.strftime(form), "plot-quiet", anchor="end"))
        said = f"From {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}: {_figure(points[0][1])} to {_figure(points[-1][1])} {unit}."
    else:
        out.append(_text(left + wide / 2, 24 + tall / 2, "nothing yet", "plot-quiet", anchor="middle"))
        said = "Nothing yet."
    return _svg(out, width, height, title, description or said)


def _svg(parts: Iterable[str], width: float, height: float, title: str, description: str) -> Svg:
    return Svg(
        f'<svg class="plot" role="img" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _axis(
    marks: Sequence[float], left: float, scale: float, height: float, unit: str, *, origin: float = 0.0, y: int = 18
) -> str:
    lines = [_text(left - 18, y, unit, "plot-quiet", anchor="end")]  # clear of the first mark, which is centred
    words = _figure if all(float(mark).is_integer() for mark in marks) or marks[-1] > 1 else _signed
    for mark in marks:
        x = left + (mark - origin) * scale
        lines.append(f'<line class="plot-grid" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 6}" y2="{height - 4:g}"/>')
        lines.append(_text(x, y, words(mark), "plot-quiet", anchor="middle"))
    return "".join(lines)


def _legend(series: Sequence[str], left: float) -> str:
    out, x = "", left
    for index, name in enumerate(series):
        out += _rect(x, 5, 10, 10, f"plot-s{index}") + _text(x + 15, 14, name)
        x += 15 + len(name) * CHARACTER + 16
    return out


def _row_label(label: str, left: float, y: float) -> str:
    return _text(left - 10, y + 17, _short(label, left - 14), anchor="end", full=label)


def _rect(x: float, y: float, width: float, height: float, name: str) -> str:
    return f'<rect class="{name}" x="{x:.1f}" y="{y:g}" width="{max(width, 0):.1f}" height="{height:g}"/>'


def _text(x: float, y: float, words: str, name: str = "", *, anchor: str = "", full: str = "") -> str:
    classes = f' class="{name}"' if name else ""
    side = f' text-anchor="{anchor}"' if anchor else ""
    hint = f"<title>{escape(full)}</title>" if full and full != words else ""
    return f'<text{classes} x="{x:.1f}" y="{y:.1f}"{side}>{hint}{escape(words)}</text>'


def _label_width(labels: Iterable[str], width: int, unit: str) -> int:
    """Room for the labels, and for the unit of the axis, which stands left of its first mark."""
    longest = max((len(label) for label in labels), default=0)
    return round(min(max(longest * CHARACTER + 22, len(unit) * CHARACTER + 26, 66), width * 0.36))


def _short(label: str, width: float) -> str:
    room = max(1, int(width / CHARACTER))
    return label if len(label) <= room else label[: room - 1].rstrip() + "…"


def _ends(label: str, width: float) -> str:
    """A name cut in its middle."""
    room = max(3, int(width / CHARACTER))
    tail = (room - 1) // 2
    return label if len(label) <= room else f"{label[: room - 1 - tail]}…{label[-tail:]}"


def _figure(value: float) -> str:
    digits = 0 if float(value).is_integer() else 1
    return f"{value:,.{digits}f}".replace(",", NARROW_SPACE).replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _bar_words(row: Bar, pool: str) -> str:
    text = _figure(row.have) if row.target is None else f"{_figure(row.have)} of {_figure(row.target)}"
    return text if row.pool is None else f"{text} · {pool} {_figure(row.pool)}"


def _bars_description(rows: Sequence[Bar], unit: str, pool: str) -> str:
    return "; ".join(f"{row.label}: {_bar_words(row, pool)} {unit}" for row in rows)


def _intervals_description(rows: Sequence[Interval]) -> str:
    said = []
    for row in rows:
        if row.value is None:
            said.append(f"{row.label}: {row.reason or 'undefined'} (n {row.n})")
        elif row.low is None or row.high is None:
            said.append(f"{row.label}: {_signed(row.value)} (n {row.n})")
        else:
            said.append(
                f"{row.label}: {_signed(row.value)}, 95 % interval {_signed(row.low)} to {_signed(row.high)} (n {row.n})"
            )
    return "; ".join(said)
