"""Pictures of the pages for the docs: `make screenshots` builds the demo world and writes docs/images/."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as product_settings
from django.db.models import Count
from django.urls import reverse
from PIL import Image as Picture

from accounts.models import User
from cases.models import ImportRun
from consensus.models import AgreementRun
from demo.story import Story
from labeling.models import Arm, ReadingRound, Slot, SlotState
from llm_extract.models import ExtractionRun, SuggestionSet, Trial
from releases.models import Release
from sampling.models import SamplingRun

pytestmark = pytest.mark.django_db(transaction=True)

IMAGES = Path(product_settings.BASE_DIR) / "docs" / "images"
SIZE = {"width": 1366, "height": 768}
BYTES_AT_MOST = 250_000
GREYS = (96, 64, 48, 32)


@pytest.fixture
def demo_world(transactional_db, data_dir) -> None:
    """The demo, smaller: a pilot benchmark with a frozen release, and a round that is being read."""
    Story(seed=7, n_studies=72, scale=0.5, tell=lambda line: None).whole()


def telling_slot() -> Slot:
    """A case the demo's reader has not read yet, with as many films and suggestions as there are, up to two of each."""
    slots = Slot.objects.counting().filter(reader__username="reader", state=SlotState.PENDING).order_by("order")

    def shows(slot: Slot) -> tuple[int, int]:
        films = sum(series.images.count() for series in slot.round_study.study.series.all())
        suggested = slot.round_study.suggestion_set.suggestions.exclude(status="absent").count()
        return min(suggested, 1), min(films, 2) + min(suggested, 2)

    return max(slots.select_related("round_study__suggestion_set"), key=shows)


def of_pilot(model, **path):
    """The newest row of the finished benchmark."""
    return model.objects.filter(**{f"{next(iter(path), 'benchmark')}__slug": "chest-pilot"}).latest("pk").pk


def at(name: str, pk: Callable[[], int] | None = None) -> Callable:
    """Opens the page of that name."""

    def show(page) -> None:
        page.goto(reverse(name, args=[pk()] if pk else []))

    return show


def reading(page) -> None:
    page.goto(reverse("labeling:case", args=[telling_slot().pk]))
    page.locator("#viewer[data-painted]").wait_for()


def reading_mostly(page) -> None:
    reading(page)
    page.keyboard.press("2")
    page.locator("#corrections").wait_for()


def scratch_slot() -> Slot:
    """A case that somebody has yet to read without suggestions."""
    slots = Slot.objects.filter(arm=Arm.NO_SUGGESTIONS, state=SlotState.PENDING).select_related("reader")
    return slots.order_by("pk")[0]


def reading_scratch(page) -> None:
    page.goto(reverse("labeling:case", args=[scratch_slot().pk]))
    page.locator("#viewer[data-painted]").wait_for()


def reading_cannot(page) -> None:
    reading(page)
    page.keyboard.press("0")
    page.locator("#cannot").wait_for()


def reading_guidelines(page) -> None:
    reading(page)
    page.get_by_role("button", name="Guidelines").wait_for()  # its script is there
    page.keyboard.press("g")
    page.get_by_role("dialog", name="Guidelines").wait_for()


def reading_signed_out(page) -> None:
    reading(page)
    page.get_by_role("button", name="Guidelines").wait_for()
    page.context.clear_cookies()
    page.keyboard.press("1")
    page.get_by_role("dialog", name="Signed out").wait_for()


def refused_import() -> int:
    return ImportRun.objects.filter(problems__isnull=False).earliest("pk").pk


def telling_study() -> int:
    """The study whose newest suggestions say most."""
    sets = SuggestionSet.objects.filter(suggestions__status="present").annotate(n=Count("suggestions"))
    return sets.order_by("-n", "pk").first().study_id


# Name of the picture: who looks at it, and how they get there.
PAGES = {
    "login": ("", at("account_login")),
    "worklist": ("reader", at("labeling:worklist")),
    "reading": ("reader", reading),
    "reading-mostly": ("reader", reading_mostly),
    "reading-cannot": ("reader", reading_cannot),
    "reading-guidelines": ("reader", reading_guidelines),
    "reading-signed-out": ("reader", reading_signed_out),
    "reading-keys": ("reader", at("labeling:keys")),
    "home": ("curator", at("dashboard:home")),
    "import": ("curator", at("cases:import_detail", refused_import)),
    "extraction": ("curator", at("llm_extract:run_detail", lambda: ExtractionRun.objects.latest("pk").pk)),
    "suggestions": ("curator", at("llm_extract:study_suggestions", telling_study)),
    "trial": ("curator", at("llm_extract:trial_detail", lambda: Trial.objects.latest("pk").pk)),
    "sampling": ("curator", at("sampling:run_detail", lambda: SamplingRun.objects.latest("pk").pk)),
    "round": ("curator", at("labeling:round_detail", lambda: ReadingRound.objects.latest("pk").pk)),
    "consensus": ("curator", at("consensus:round", lambda: of_pilot(ReadingRound))),
    "agreement": ("curator", at("consensus:agreement", lambda: AgreementRun.objects.latest("pk").pk)),
    "bias": ("curator", at("consensus:bias", lambda: of_pilot(ReadingRound))),
    "readers": ("curator", at("consensus:readers", lambda: of_pilot(ReadingRound))),
    "reading-scratch": (lambda: scratch_slot().holder.username, reading_scratch),
    "release": ("admin", at("releases:detail", lambda: of_pilot(Release))),
    "audit": ("admin", at("accounts:event_list")),
}  # fmt: skip


def small_png(data: bytes) -> bytes:
    """The picture as it is, or with as many greys as its size allows; colours are few and stay."""
    picture = Picture.open(io.BytesIO(data)).convert("RGB")
    by_frequency = sorted(picture.getcolors(maxcolors=picture.width * picture.height), reverse=True)
    tinted = [colour for _, colour in by_frequency if max(colour) - min(colour) > 3]
    for n in GREYS:
        if len(data) <= BYTES_AT_MOST:
            break
        greys = [(round(255 * step / (n - 1)),) * 3 for step in range(n)]
        palette = Picture.new("P", (1, 1))
        palette.putpalette([value for colour in [*greys, *tinted][:256] for value in colour])
        file = io.BytesIO()
        picture.quantize(palette=palette, dither=Picture.Dither.NONE).save(file, "PNG", optimize=True)
        data = file.getvalue()
    return data


def take(new_context, log_in, show, username: str, path: Path, *, whole: bool = False, **options) -> None:
    """One picture of one page, as one person sees it."""
    context = new_context(viewport=SIZE, reduced_motion="reduce", timezone_id="UTC", **options)
    if username:
        log_in(context, User.objects.get(username=username))
    page = context.new_page()
    show(page)
    page.wait_for_load_state("networkidle")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(small_png(page.screenshot(full_page=whole)))
    page.close()


def test_pictures_of_every_page(demo_world, new_context, log_in):
    for name, (username, show) in PAGES.items():
        path = IMAGES / f"{name}.png"
        take(new_context, log_in, show, username() if callable(username) else username, path)
        assert 5_000 < path.stat().st_size <= BYTES_AT_MOST, f"{name}.png has {path.stat().st_size} bytes"
