"""The figures of the reading room: what is to be reached, what was measured, the table. Pure."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

PARTS = ("shipped", "cold", "verdict", "drag", "full", "slow", "memory", "load", "walk")


@dataclass(frozen=True)
class Row:
    """One line of the table. ``target`` is at most (or at least) that; a peer's figure of the same ``peer`` name stands beside.

    ``of`` is the quantile that is taken of the measurements: 0.5 is the median, 1 the worst. ``part`` is what measures it.
    """

    key: str
    words: str
    target: float
    unit: str = "ms"
    of: float = 0.5
    at_least: bool = False
    peer: str = ""
    part: str = "verdict"


ROWS = (
    Row(
        "verdict_p50", "verdict key → both next views painted (prefetched), verdict stored, p50", 80, peer="prefetched"
    ),
    Row("verdict_p95", "the same, p95", 200, of=0.95, peer="prefetched"),
    Row("verdict_slow", "the same over 20 Mbit/s and 40 ms, p50", 150, peer="prefetched_slow", part="slow"),
    Row("preview_slow", "first preview, nothing cached, 20 Mbit/s and 40 ms", 120, peer="first_slow", part="slow"),
    Row("full", "full 16-bit, nothing prefetched, loopback, one view", 400, peer="full", part="full"),
    Row("cold", "cold page ready", 450, peer="cold", part="cold"),
    Row("shipped", "shipped JS + CSS with htmx, gzipped", 45, unit="KB", peer="shipped", part="shipped"),
    Row("drag", "window/level drag at 1600 × 1000", 50, unit="frames/s", at_least=True, peer="drag", part="drag"),
    Row("memory", "memory grown over the cases read at one a second", 600, unit="MB", peer="memory", part="memory"),
    Row("memory_flat", "of it after case 20", 60, unit="MB", part="memory"),
    Row("load_errors", "readers at once: errors", 0, unit="", part="load"),
    Row("load_p95", "readers at once: the verdict request, p95", 150, of=0.95, part="load"),
    Row("axe", "serious axe-core findings", 0, unit="", part="walk"),
    Row("csp", "violations of the security policy", 0, unit="", part="walk"),
    Row("console", "console errors", 0, unit="", part="walk"),
    Row("unstored", "verdicts that do not stand once in PostgreSQL", 0, unit="", of=1),
)
# What the rows' sources are called in the notebook, where several rows take from one series of measurements.
SOURCES = {"verdict_p50": "verdict", "verdict_p95": "verdict"}


@dataclass
class Notebook:
    """Measurements by name: ours, and each peer's (mode → name → values)."""

    ours: dict[str, list[float]] = field(default_factory=dict)
    peers: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def note(self, name: str, *values: float, peer: str = "") -> None:
        """Adds measurements, of ours or of a peer's mode."""
        page = self.peers.setdefault(peer, {}) if peer else self.ours
        page.setdefault(name, []).extend(values)


@dataclass(frozen=True)
class Line:
    """A row with its figures; ``value`` None is not measured. ``ratio``: how many times better ours is than the best mode."""

    row: Row
    value: float | None
    n: int
    peers: Mapping[str, float]

    @property
    def is_met(self) -> bool:
        """Whether the target is reached; what was not measured is not."""
        if self.value is None:
            return False
        return self.value >= self.row.target if self.row.at_least else self.value <= self.row.target

    @property
    def ratio(self) -> float | None:
        if not self.peers or not self.value:
            return None
        best = max(self.peers.values()) if self.row.at_least else min(self.peers.values())
        return self.value / best if self.row.at_least else best / self.value


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile of the values, the nearest rank: one that was measured. Raises ValueError where there is none."""
    if not values:
        raise ValueError("There is no quantile of nothing.")
    if q == 0.5:
        return statistics.median(values)
    return sorted(values)[max(0, math.ceil(q * len(values)) - 1)]


def lines_of(book: Notebook, rows: Sequence[Row] = ROWS) -> list[Line]:
    """The table's lines."""
    lines = []
    for row in rows:
        values = book.ours.get(SOURCES.get(row.key, row.key), [])
        peers = {mode: quantile(page[row.peer], row.of) for mode, page in book.peers.items() if page.get(row.peer)}
        lines.append(Line(row, quantile(values, row.of) if values else None, len(values), peers))
    return lines


def table_of(lines: Sequence[Line]) -> str:
    """The table as text, one line a figure."""
    modes = sorted({mode for line in lines for mode in line.peers})
    head = ["", "what", "target", "ours", "n", *modes, "ratio"]
    rows = [
        [
            "met" if line.is_met else "SHORT",
            line.row.words,
            f"{'≥' if line.row.at_least else '≤'} {_number(line.row.target)} {line.row.unit}".strip(),
            _number(line.value),
            str(line.n),
            *(_number(line.peers.get(mode)) for mode in modes),
            f"{line.ratio:.1f} ×" if line.ratio else "",
        ]
        for line in lines
    ]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    left = {0, 1}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    )


def as_json(lines: Sequence[Line], book: Notebook) -> dict[str, Any]:
    """Everything for `--json`: the lines, and the single measurements they were taken from."""
    return {
        "figures": [
            asdict(line.row) | {"value": line.value, "n": line.n, "peers": dict(line.peers), "met": line.is_met}
            for line in lines
        ],
        "measurements": asdict(book),
    }


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
