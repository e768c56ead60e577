"""On paper: a matrix wider than the sheet is scaled to it, and what only a screen can do is left out."""

import pytest
from django.utils import timezone

from labeling.actions import open_round
from tests import factories
from tests.labeling.conftest import make_sample

pytestmark = pytest.mark.django_db(transaction=True)

A4 = {"width": 718, "height": 1040}  # at 96 dots per inch, without margins

OVERLAPS = """() => {
  const shown = [...document.querySelectorAll("main :is(h1, h2, h3, p, figcaption, table, svg.plot, dl)")]
    .filter((one) => one.getClientRects().length && !one.closest("table, dl, svg")?.contains(one.parentElement))
    .map((one) => [one, one.getBoundingClientRect()]);
  const meet = (p, q) => p.top < q.bottom - 1 && q.top < p.bottom - 1 && p.left < q.right - 1 && q.left < p.right - 1;
  return shown.flatMap(([a, p], i) => shown.slice(i + 1)
    .filter(([b, q]) => !a.contains(b) && meet(p, q))
    .map(([b]) => `${a.tagName} over ${b.tagName}: ${a.textContent.slice(0, 40)}`));
}"""


@pytest.fixture
def round_(transactional_db, data_dir):
    benchmark = factories.make_benchmark()
    run = make_sample(benchmark, 14)
    readers = [factories.make_user(username=f"reader{n:02}") for n in range(14)]
    return open_round(benchmark=benchmark, sampling_run=run, readers=readers, by=None, now=timezone.now())


@pytest.mark.parametrize("address", ["/reading/rounds/{}/pairs/", "/reading/rounds/{}/"])
def test_a_page_fits_the_paper(new_context, log_in, round_, address):
    context = new_context(viewport=A4)
    log_in(context, factories.make_user("curator"))
    page = context.new_page()
    page.goto(address.format(round_.pk))
    page.emulate_media(media="print")
    right = page.evaluate(
        """Math.max(...[...document.querySelectorAll('svg.plot, h1, table')]
        .map((one) => one.getBoundingClientRect().right))"""
    )
    assert right <= A4["width"] + 1
    assert (
        page.evaluate(
            "Math.min(...[...document.querySelectorAll('figcaption')].map((one) => one.getBoundingClientRect().left))"
        )
        >= 0
    )
    assert page.evaluate(OVERLAPS) == []
    for screen in (".side", ".button", ".screen-only", ".figure details"):
        assert not any(one.is_visible() for one in page.locator(screen).all())
