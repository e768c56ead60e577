"""axe-core finds nothing serious on the pages of sampling, dealing and consensus, their tables opened."""

import pytest
from django.utils import timezone

from labeling.actions import open_round, record_read
from labeling.models import Slot
from sampling.actions import create_plan, create_sampling_run, draw, work_plan
from tests import factories
from tests.browser.test_viewer_for_everybody import grave_faults
from tests.labeling.conftest import make_sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def addresses(transactional_db, data_dir) -> list[str]:
    """A round of 20 readers, whose matrix is wider than the page, with some verdicts; a plan and a draw."""
    benchmark = factories.make_benchmark()
    run = make_sample(benchmark, 20)
    readers = [factories.make_user(username=f"reader{n:02}") for n in range(20)]
    round_ = open_round(benchmark=benchmark, sampling_run=run, readers=readers, by=None, now=timezone.now())
    for slot in Slot.objects.filter(round=round_, position__lte=2).select_related("reader"):
        record_read(slot=slot, verdict="agree_all", by=slot.reader, now=timezone.now())
    drawn = create_sampling_run(benchmark=benchmark, size=9, seed=1, by=None)
    draw(run_id=drawn.pk)
    plan = create_plan(benchmark=benchmark, size=9, seed=1, consensus_rate=0.4, by=None)
    work_plan(run_id=plan.pk)
    chosen = "&".join(f"readers={reader.pk}" for reader in readers)
    planned = f"preview=1&sampling_run={run.pk}&{chosen}&reads_per_study=3&show_report=never&seed=1"
    return [
        *(f"/reading/rounds/{round_.pk}/", f"/reading/rounds/{round_.pk}/pairs/", f"/reading/rounds/new/?{planned}"),
        *("/sampling/new/", f"/sampling/{drawn.pk}/", f"/sampling/plans/{plan.pk}/", f"/sampling/{drawn.pk}/studies/"),
        *(f"/consensus/{round_.pk}/{part}" for part in ("", "what-if/", "outcomes/", "adjudication/", "readers/")),
    ]


def test_pages_of_the_curator(new_context, log_in, addresses):
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, factories.make_user("curator"))
    page = context.new_page()
    for address in addresses:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert (address, grave_faults(page)) == (address, [])
