"""Every figure of the reading room beside its target, and Cornerstone3D's beside ours.

    python -m perf.reading [--runs 5] [--cases 200] [--quick] [--only PART …] [--without-peer]
                           [--world FOLDER] [--film RG1.dcm] [--json OUT.json]

Makes a world in a scratch folder: cases of two views of 2500 × 3000, made of a real chest film (fetched with pip), imported by
the product's own command, dealt in rounds, and served by its own `manage.py serve` with one web process per core. Then it reads
in a headless Chromium, in turns with Cornerstone3D (fetched with npm) on the same films; prints the table; exit code 1 where a
figure is short or was not measured. `--world` keeps the world and uses it again; `--quick` is two runs of 30 cases; `--only`
measures some parts: shipped, cold, verdict, drag and full on loopback, slow (20 Mbit/s and 40 ms), memory, load (readers at
once), walk (console, policy, axe). With a world that is kept, one part takes a minute or two.
See docs/performance.md.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from perf.reading import peer
from perf.reading.browser import Browser, chromium
from perf.reading.figures import PARTS, ROWS, Notebook, as_json, lines_of, table_of
from perf.reading.flow import Desk, Painted, pace, soak, verdicts, walk
from perf.reading.load import read_at_once
from perf.reading.proxy import Line, SlowLine
from perf.reading.shipped import asking, scripts_and_styles
from perf.reading.world import PAIRS, SINGLES, Sizes, World

SLOW = Line(mbit=20, round_trip_ms=40)
LOOPBACK = ("cold", "verdict", "drag", "full")
VERDICTS, SLOW_VERDICTS, SINGLE_CASES, DRAG_S = 8, 3, 2, 3.0
SETTLED = 20  # cases after which memory should grow no more


@dataclass
class Plan:
    """What is measured, and with what."""

    world: World
    runs: int
    cases: int
    load_s: float
    site: Path | None  # the peer's bundle, where it could be made
    axe: str | None
    parts: Sequence[str] = PARTS
    book: Notebook = field(default_factory=Notebook)
    remarks: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    seed: int = 0

    def reader(self, place: int) -> str:
        """One of the three who read everything: 1 on loopback, 2 over the slow line, 3 at one case a second."""
        return f"walk-{self.seed}-{place}"


def main() -> int:
    """Measures, prints the table; 1 where a figure is short."""
    options = _options()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reading-")))
        plan = _prepare(options, scratch)
        address = stack.enter_context(plan.world.served(os.cpu_count() or 1))
        measure(plan, address, stack)
    lines = lines_of(plan.book, [row for row in ROWS if row.part in plan.parts])
    print(table_of(lines))
    for remark in dict.fromkeys(plan.remarks):
        print(remark)
    print(f"Load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")
    if options.json:
        options.json.write_text(json.dumps(as_json(lines, plan.book), indent=1) + "\n", encoding="utf-8")
    return 0 if all(line.is_met for line in lines) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="rounds of ours and the peer's in turns (default 5)")
    parser.add_argument("--cases", type=int, default=200, help="cases of two views (default 200)")
    parser.add_argument("--load-s", type=float, default=75, help="seconds of readers at once (default 75)")
    parser.add_argument("--quick", action="store_true", help="two runs, 30 cases, 30 s: to see that it works")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts alone (default all)")
    parser.add_argument("--without-peer", action="store_true", help="ours alone; no accessibility check either")
    parser.add_argument("--world", type=Path, help="make the world here and keep it, or use the one that is there")
    parser.add_argument("--film", type=Path, help="RG1_UNCR.dcm of pydicom-data, where it lies here already")
    parser.add_argument("--json", type=Path, help="also write the figures and every measurement to this file")
    options = parser.parse_args()
    if options.quick:
        options.runs, options.cases, options.load_s = 2, 30, 30
    return options


def _prepare(options: argparse.Namespace, scratch: Path) -> Plan:
    """The world and the peer, made ready."""
    world = World(options.world or scratch / "world", Sizes(pairs=options.cases), options.film)
    _say("Making the world…")
    world.make()
    seed = int(time.time())
    world.open_rounds(seed)
    world.connect()
    site, axe, remarks = None, None, []
    if options.without_peer:
        remarks.append("The peer was left out.")
    elif missing := peer.missing_tools():
        remarks.append(f"{' and '.join(missing)} not found: ours alone, and no accessibility check.")
    else:
        _say("Bundling the peer…")
        (scratch / "peer").mkdir()
        site = peer.bundle(scratch / "peer")
        peer.films(site, world.film)
        axe = (scratch / "peer" / peer.AXE).read_text(encoding="utf-8")
    return Plan(world, options.runs, options.cases, options.load_s, site, axe, options.only, remarks=remarks, seed=seed)


def measure(plan: Plan, address: str, stack: ExitStack) -> None:
    """Everything that is wanted, ours and the peer's in turns."""
    theirs = stack.enter_context(peer.served(plan.site)) if plan.site else ""
    modes = list(peer.MODES) if theirs else []
    if "shipped" in plan.parts:
        _shipped(plan, address)
    for number in range(plan.runs):
        for parts, ours, other in ((LOOPBACK, _ours, _theirs), (("slow",), _ours_slow, _theirs_slow)):
            if wanted := [part for part in parts if part in plan.parts]:
                _say(f"Run {number + 1} of {plan.runs}: {', '.join(wanted)}…")
                ours(plan, address)
                for mode in modes:
                    other(plan, theirs, mode)
    for part, does in (("memory", _memory), ("load", _load), ("walk", _walk)):
        if part in plan.parts:
            _say(f"{part.capitalize()}…")
            does(plan, address)
    if "memory" in plan.parts:
        for mode in modes:
            _their_memory(plan, theirs, mode)


def _shipped(plan: Plan, address: str) -> None:
    """What our page loads, and what the peer's does."""
    name = plan.reader(1)
    ask = asking(address, plan.world.session_of(name))
    sizes = scripts_and_styles(ask, f"/reading/case/{plan.world.next_case(name, PAIRS)}/")
    plan.book.note("shipped", sum(sizes.values()) / 1000)
    if plan.site:
        for mode in peer.MODES:
            plan.book.note("shipped", peer.shipped_kb(plan.site), peer=mode)


def _ours(plan: Plan, address: str) -> None:
    with chromium() as browser:
        desk = Desk(browser, plan.world, address, plan.reader(1))
        plan.book.note("cold", desk.open(PAIRS, "preview").at)
        if "verdict" in plan.parts:
            first = desk.press("n").case
            _note_verdicts(plan, "verdict", list(verdicts(desk, VERDICTS, ready=pace(1.5))), first)
        if "drag" in plan.parts:
            desk.settle()
            plan.book.note("drag", desk.drag(DRAG_S))
        desk.leave()
        if "full" in plan.parts:
            _full(plan, browser, address)
        _hear(plan, browser)


def _full(plan: Plan, browser: Browser, address: str) -> None:
    desk = Desk(browser, plan.world, address, plan.reader(1))
    desk.open(SINGLES)
    _skip_what_was_fetched(desk)
    for _ in range(SINGLE_CASES):
        shown = desk.press("n")
        plan.book.note("full", shown.from_told)
        plan.book.note("full_from_key", shown.from_key)
    desk.leave()


def _ours_slow(plan: Plan, address: str) -> None:
    line = SlowLine(address, SLOW)
    with line.opened() as slow, chromium() as browser:
        desk = Desk(browser, plan.world, slow, plan.reader(2))
        plan.book.note("cold_slow", desk.open(PAIRS, "preview").at)
        before = plan.world.next_case(plan.reader(2), PAIRS)
        _note_verdicts(plan, "verdict_slow", list(verdicts(desk, SLOW_VERDICTS, ready=line.wait_until_quiet)), before)
        line.wait_until_quiet()
        _skip_what_was_fetched(desk)
        line.wait_until_quiet()
        shown = desk.press("n", "preview")
        plan.book.note("preview_slow", shown.from_told)
        plan.book.note("preview_slow_from_key", shown.from_key)
        desk.leave()
        _hear(plan, browser)


def _skip_what_was_fetched(desk: Desk) -> None:
    """Goes on, fetching nothing ahead any more, until the next case is one that was not fetched."""
    desk.alone()
    for _ in range(3):
        desk.press("n")


def _note_verdicts(plan: Plan, name: str, painted: Sequence[Painted], first: int) -> None:
    """Notes the times, and how many of the verdicts do not stand in the database exactly once."""
    plan.book.note(name, *(shown.from_key for shown in painted))
    judged = [first, *(shown.case for shown in painted[:-1])]
    plan.book.note("unstored", float(sum(plan.world.stored(case) != 1 for case in judged)))


def _theirs(plan: Plan, address: str, mode: str) -> None:
    with chromium() as browser:
        seat = peer.Seat(browser.person(address), peer.MODES[mode])
        plan.book.note("cold", seat.ready_ms, peer=mode)
        seat.show(seat.urls())
        for _ in range(VERDICTS // 2 if "verdict" in plan.parts else 0):
            urls = seat.urls()
            seat.prefetch(urls)
            time.sleep(0.5)
            plan.book.note("prefetched", seat.show(urls, verdict=True), peer=mode)
        if "drag" in plan.parts:
            plan.book.note("drag", seat.drag(DRAG_S), peer=mode)
        for _ in range(SINGLE_CASES if "full" in plan.parts else 0):
            plan.book.note("full", seat.show(seat.urls(views=1)), peer=mode)


def _theirs_slow(plan: Plan, address: str, mode: str) -> None:
    with SlowLine(address, SLOW).opened() as slow, chromium() as browser:
        seat = peer.Seat(browser.person(slow), peer.MODES[mode])
        plan.book.note("first_slow", seat.show(seat.urls(htj2k=True, views=1)), peer=mode)
        urls = seat.urls(htj2k=True)
        seat.prefetch(urls)
        time.sleep(0.5)
        plan.book.note("prefetched_slow", seat.show(urls, verdict=True), peer=mode)


def _memory(plan: Plan, address: str) -> None:
    with chromium() as browser:
        desk = Desk(browser, plan.world, address, plan.reader(3))
        grown, painted = soak(desk, browser, PAIRS, plan.cases)
        settled = min(SETTLED, len(grown) // 2)
        plan.book.note("memory_by_case", *grown)
        plan.book.note("memory", max(grown))
        plan.book.note("memory_flat", _middle(grown[-10:]) - _middle(grown[settled - 5 : settled + 5]))
        plan.book.note("soak_verdict", *(shown.from_key for shown in painted))
        _hear(plan, browser)


def _their_memory(plan: Plan, address: str, mode: str) -> None:
    with chromium() as browser:
        page = browser.person(address)
        before = sum(browser.memory_mb().values())
        seat = peer.Seat(page, peer.MODES[mode])
        for _ in range(min(plan.cases, SETTLED)):
            urls = seat.urls()
            seat.prefetch(urls)
            seat.show(urls)
        plan.book.note("memory", sum(browser.memory_mb().values()) - before, peer=mode)


def _load(plan: Plan, address: str) -> None:
    names = [f"load-{plan.seed}-{number:02d}" for number in range(plan.world.sizes.readers)]
    readers = {plan.world.session_of(name): plan.world.next_case(name, PAIRS) for name in names}
    tally = read_at_once(address, readers, seconds=plan.load_s)
    plan.book.note("load_p95", *tally.verdict_ms)
    plan.book.note("load_errors", float(len(tally.errors)))
    plan.remarks += tally.errors[:5]
    plan.remarks.append(
        f"{len(names)} readers at once: {len(tally.verdict_ms)} verdicts, {len(tally.picture_ms)} pictures, "
        f"{tally.bytes / 1e6 / plan.load_s:.0f} MB/s."
    )


def _walk(plan: Plan, address: str) -> None:
    with chromium() as browser:
        desk = Desk(browser, plan.world, address, plan.reader(2))
        found, breaches = walk(desk, PAIRS, plan.axe)
        desk.leave()
        _hear(plan, browser)
    if plan.axe:
        plan.book.note("axe", float(len(found)))
    plan.book.note("csp", float(len(breaches)))
    plan.book.note("console", float(len(plan.heard)))
    plan.remarks += [*found, *breaches, *plan.heard]


def _hear(plan: Plan, browser: Browser) -> None:
    plan.heard += browser.complaints


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
