"""Our reading page under the stopwatch. Every time is taken inside the page: from the key (or from when the page knew of the
case) to the `viewer:painted` event, which the viewer sends after the frame that shows the films.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from perf.reading.browser import Browser
from perf.reading.world import World

WATCH = (Path(__file__).parent / "watch.js").read_text(encoding="utf-8")
PATIENCE_S = 60
AXE_IMPACTS = {"serious", "critical"}


@dataclass(frozen=True)
class Painted:
    """A case on the screen: ms from the key, from when the page knew of the case, and since the page was opened."""

    case: int
    from_key: float
    from_told: float
    at: float


class Desk:
    """One reader before the page."""

    def __init__(self, browser: Browser, world: World, address: str, username: str) -> None:
        self.page = browser.person(address, world.session_of(username))
        self.page.context.add_init_script(WATCH)
        self._world, self._username = world, username

    def open(self, slug: str, stage: str = "full") -> Painted:
        """Opens the reader's next case of a benchmark, from nothing."""
        case = self._world.next_case(self._username, slug)
        self.page.goto(f"/reading/case/{case}/", wait_until="commit")
        return self._await(0, stage)

    def press(self, key: str, stage: str = "full") -> Painted:
        """Presses a key that leads to another case; when that is painted."""
        seen, before = self.page.evaluate("[readingWatch.painted.length, readingWatch.painted.at(-1)?.case]")
        self.page.keyboard.press(key)
        return self._await(seen, stage, before)

    def settle(self) -> None:
        """Until the films of the case on the screen are drawn in full."""
        self.page.wait_for_selector("#viewer[data-painted=full]", timeout=PATIENCE_S * 1000)

    def alone(self) -> None:
        """From now on no case is fetched ahead."""
        self.page.evaluate("readingWatch.isAlone = true")

    def drag(self, seconds: float) -> float:
        """Frames a second in which the first film was drawn anew while its window was dragged."""
        box = self.page.locator("#viewer .film").first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        drawn = self.page.evaluate("([x, y, seconds]) => readingWatch.drag(x, y, seconds)", [x, y, seconds])
        self.page.mouse.up()
        return float(drawn)

    def violations(self) -> list[str]:
        """What broke the security policy on this page."""
        return list(self.page.evaluate("readingWatch.violations"))

    def axe(self, source: str) -> list[str]:
        """Serious findings of axe-core on the page as it stands."""
        self.page.evaluate(source)
        found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        serious = [one for one in found["violations"] if one["impact"] in AXE_IMPACTS]
        return [f"{self.page.url}: {one['id']} ({one['impact']}) on {one['nodes'][0]['target']}" for one in serious]

    def leave(self) -> None:
        """Closes the page and forgets its cache."""
        self.page.context.close()

    def _await(self, seen: int, stage: str, before: int | None = None) -> Painted:
        found = self.page.evaluate(
            "([seen, before, stage, patience]) => readingWatch.next(seen, before, stage, patience)",
            [seen, before, stage, PATIENCE_S * 1000],
        )
        if found is None:
            raise SystemExit(f"No case was painted within {PATIENCE_S} s at {self.page.url}.")
        return Painted(found["case"], found["fromKey"], found["fromTold"], found["at"])


def verdicts(desk: Desk, count: int, *, ready: Callable[[], None]) -> Iterator[Painted]:
    """*Agree all*, ``count`` times, each once ``ready`` returns (what is fetched ahead has arrived); what was painted."""
    for _ in range(count):
        ready()
        yield desk.press("1")


def pace(seconds: float) -> Callable[[], None]:
    """Waits so that calls return at least ``seconds`` apart."""
    due = time.monotonic() + seconds

    def wait() -> None:
        nonlocal due
        time.sleep(max(0.0, due - time.monotonic()))
        due = time.monotonic() + seconds

    return wait


def soak(desk: Desk, browser: Browser, slug: str, count: int) -> tuple[list[float], list[Painted]]:
    """Reads ``count`` cases at one a second: memory in MB over the empty worklist's, after each case; what was painted."""
    desk.page.goto("/reading/")
    before = sum(browser.memory_mb().values())
    desk.open(slug)
    grown, painted = [], []
    for shown in verdicts(desk, count - 1, ready=pace(1.0)):
        painted.append(shown)
        grown.append(sum(browser.memory_mb().values()) - before)
    return grown, painted


def walk(desk: Desk, slug: str, axe: str | None) -> tuple[list[str], list[str]]:
    """Every page a reader meets, with its dialogs: serious findings of axe-core, and breaches of the security policy."""
    found: list[str] = []
    breaches: list[str] = []

    def look() -> None:
        if axe is not None:
            found.extend(desk.axe(axe))
        breaches.extend(desk.violations())

    desk.page.goto("/reading/")
    look()
    desk.open(slug)
    look()
    for key, back in (("2", "Escape"), ("?", "Escape"), ("m", "m"), ("i", "i")):
        desk.page.keyboard.press(key)
        look()
        desk.page.keyboard.press(back)
    desk.press("1")
    look()
    desk.page.goto("/reading/")
    look()
    return found, sorted(set(breaches))
