"""Pictures of the pages for the docs: `make screenshots` builds the demo world and writes docs/images/."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as product_settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Picture

from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions import create_import_run, import_studies
from cases.actions.contributors import invite_contributor
from cases.actions.decisions import decide_finding
from cases.models import GateFinding, Image, ImportRun, Series, Site
from cases.queries.contributors import contributed_runs
from consensus.models import AgreementRun
from demo.story import Story
from labeling.actions import (
    ControlArms,
    ReadingRules,
    Training,
    add_training_case,
    create_training_set,
    open_round,
    record_read,
)
from labeling.models import Arm, ReadingRound, RoundState, ShowReport, Slot, SlotState, Verdict
from labeling.queries import suggested_keys
from labeling.queries.priors import priors_of
from labeling.verdicts import LabelChange
from llm_extract.models import ExtractionRun, SuggestionSet, Trial
from releases.models import Release
from sampling.models import SamplingRun
from tests.browser import screenshots_reader as steps
from tests.cases.builders import RAMP, dicom, write

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
    steps.at_slot(page, telling_slot())


def reading_mostly(page) -> None:
    reading(page)
    page.keyboard.press("2")
    page.locator("#corrections").wait_for()


def scratch_slot() -> Slot:
    """A case that somebody has yet to read without suggestions."""
    slots = Slot.objects.filter(arm=Arm.NO_SUGGESTIONS, state=SlotState.PENDING).select_related("reader")
    return slots.order_by("round_id", "order", "pk")[0]


def reading_scratch(page) -> None:
    steps.at_slot(page, scratch_slot())


def reading_cannot(page) -> None:
    reading(page)
    page.keyboard.press("0")
    page.locator("#cannot").wait_for()


def reading_guidelines(page) -> None:
    reading(page)
    page.get_by_role("button", name="Guidelines").wait_for()  # its script is there
    page.keyboard.press("g")
    page.get_by_role("dialog", name="Guidelines").wait_for()


def reading_stored(page) -> None:
    """What the foot of the panel says after a verdict, with the way back."""
    reading(page)
    page.keyboard.press("1")
    page.locator("#undo").wait_for()
    page.locator("#viewer[data-painted='full']").wait_for()


def reading_help(page) -> None:
    reading(page)
    page.get_by_role("button", name="Keys").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()


def reading_marks(page) -> None:
    """A length and an ellipse, tied to a label; the tools below."""
    reading(page)
    film = page.locator(".film").first.bounding_box()

    def drag(key: str, *shares: tuple[float, float]) -> None:
        page.keyboard.press(key)
        places = [(film["x"] + x * film["width"], film["y"] + y * film["height"]) for x, y in shares]
        page.mouse.move(*places[0])
        page.mouse.down()
        page.mouse.move(*places[1], steps=5)
        page.mouse.up()

    drag("l", (0.275, 0.62), (0.722, 0.62))
    drag("e", (0.57, 0.66), (0.70, 0.75))
    page.locator(".mark-editor select[name=label]").select_option(index=1)
    page.locator("#saved").get_by_text("draft saved").wait_for()


def reading_lost(page) -> None:
    """The line is gone while a verdict is given."""
    reading(page)
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.locator("#notice").get_by_text("Connection lost").wait_for()


def talking_round() -> ReadingRound:
    """A second round on the same sample: it begins with a training case, and its readers see what others said."""
    if made := ReadingRound.objects.filter(training_set__isnull=False).first():
        return made
    running = ReadingRound.objects.filter(state=RoundState.OPEN).latest("pk")
    sampled = running.sampling_run.sampled_studies.values("study")
    worked = SuggestionSet.objects.filter(run__benchmark=running.benchmark).exclude(study__in=sampled)
    suggested = (
        worked.filter(suggestions__status="present").annotate(n=Count("suggestions")).order_by("-n", "pk").first()
    )
    labels = [one.label for one in suggested.suggestions.filter(status="present").select_related("label")]
    training_set = create_training_set(benchmark=running.benchmark, name="Calibration", by=None, now=timezone.now())
    add_training_case(
        training_set=training_set,
        study=suggested.study,
        answer=[label.key for label in labels],
        explanation="\n".join(f"{label.name}: {label.definition}" for label in labels),
        by=None,
        now=timezone.now(),
    )
    return open_round(
        benchmark=running.benchmark,
        readers=[member.reader for member in running.readers.order_by("pk")],
        show_report=ShowReport.AFTER_VERDICT,
        arms=ControlArms(),
        training=Training(training_set),
        rules=ReadingRules(semi_collaborative=True),
        by=None,
        now=timezone.now(),
    )


def reading_answer(page) -> None:
    """The expert's answer to a training case, of whose labels the reader struck the first."""
    slot = talking_round().slots.get(arm=Arm.TRAINING, reader__username="reader")
    steps.at_slot(page, slot)
    for key in ("3", "q", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("you left it out").wait_for()


def reading_others(page) -> None:
    """What another reader said, once one has judged the case oneself."""
    round_ = talking_round()
    films = Count("round_study__study__series__images", distinct=True)
    suggests = Q(round_study__suggestion_set__suggestions__status="present")
    slots = Slot.objects.counting().filter(suggests, round=round_, reader__username="reader").annotate(films=films)
    slot = slots.order_by("-films", "round_id", "order").first()
    other = Slot.objects.counting().filter(round_study=slot.round_study).exclude(pk=slot.pk).select_related("reader")[0]
    label = next(iter(suggested_keys(other)))
    record_read(
        slot=other,
        verdict=Verdict.DISAGREE,
        corrections=[LabelChange(label, "struck")],
        comment="I do not see it on these films.",
        by=other.reader,
        now=timezone.now(),
    )
    steps.at_slot(page, slot)
    page.keyboard.press("1")
    page.get_by_role("link", name="its report").click()
    page.get_by_text("I do not see it").evaluate("(one) => one.scrollIntoView({ block: 'center' })")


def prior_slot() -> Slot:
    """A case nobody has read yet whose patient was there before."""
    slots = talking_round().slots.counting().filter(state=SlotState.PENDING).select_related("round_study", "reader")
    return next(slot for slot in slots.order_by("round_id", "order", "pk") if priors_of(slot.round_study.study_id))


def reading_priors(page) -> None:
    steps.at_slot(page, prior_slot())
    page.keyboard.press("p")
    page.get_by_text("Prior Frontal").first.wait_for()
    page.locator("#viewer[data-painted='full']").wait_for()


def four_slot() -> Slot:
    """The same of two views then and now; the demo's priors may have one, so the views of another study are lent to it."""
    slot = prior_slot()
    studies = [slot.round_study.study_id, priors_of(slot.round_study.study_id)[0]]
    shown = Series.objects.filter(images__in=Image.objects.past_the_gate().filter(view_position="LL"))
    for study in studies:
        if not shown.filter(study=study).exists():
            Series.objects.filter(pk=shown.exclude(study__in=studies).earliest("pk").pk).update(study=study)
    return slot


def reading_four(page) -> None:
    """Both views beside both priors."""
    steps.at_slot(page, four_slot())
    for hanging in ("Current and prior", "Other view and prior", "Both views and prior"):
        page.keyboard.press("p")
        page.locator("#live").get_by_text(f"{hanging}:").wait_for()
        page.locator("#viewer[data-painted='full']").wait_for()


def reading_signed_out(page) -> None:
    reading(page)
    page.context.clear_cookies()
    page.keyboard.press("1")
    page.get_by_role("dialog", name="Signed out").wait_for()


def refused_import() -> int:
    return ImportRun.objects.filter(problems__isnull=False).earliest("pk").pk


def sending_site() -> User:
    """A contributor whose site has sent twice: films with some that are held and some refused, then the mended ones."""
    if known := User.objects.filter(email="dana@riverside.example.org").first():
        return known
    benchmark, curator = Benchmark.objects.get(slug="chest-radiograph"), User.objects.get(username="curator")
    invited = invite_contributor(
        email="dana@riverside.example.org",
        name="Dana Data",
        site_code="riverside",
        benchmark=benchmark,
        agreement="Data use agreement of 12 May 2026",
        by=curator,
    )
    dana = invited.membership.contributor.user
    Site.objects.filter(code="riverside").update(name="Riverside Hospital")
    films = {f"2026-05/{n:04}.dcm": dicom(RAMP + n, study=n) for n in range(1, 31)}
    films |= {f"2026-05/{n:04}.dcm": dicom(RAMP + n, study=n, BurnedInAnnotation="YES") for n in (31, 32)}
    films |= {"2026-05/0033.dcm": dicom(study=33, Modality="MR"), "2026-05/notes.doc": b"not a film" * 9}
    for found in (films, {f"2026-06/{n:04}.dcm": dicom(RAMP + n, study=n) for n in range(25, 44)}):
        folder = write(Path(product_settings.DATA_DIR) / f"sent-{len(found)}", found)
        import_studies(create_import_run(benchmark=benchmark, site_code="riverside", source=str(folder), by=dana).pk)
    held = GateFinding.objects.filter(outcome="quarantine", study__site__code="riverside").earliest("pk")
    decide_finding(finding=held, decision="accept", by=curator, now=timezone.now())
    return dana


def first_contribution() -> int:
    return contributed_runs(sending_site()).earliest("pk").pk


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
    "site": (lambda: sending_site().username, at("cases:contribution_list")),
    "contribution": (lambda: sending_site().username, at("cases:contribution_detail", first_contribution)),
    "sampling": ("curator", at("sampling:run_detail", lambda: SamplingRun.objects.latest("pk").pk)),
    "round": ("curator", at("labeling:round_detail", lambda: ReadingRound.objects.latest("pk").pk)),
    "consensus": ("curator", at("consensus:round", lambda: of_pilot(ReadingRound))),
    "agreement": ("curator", at("consensus:agreement", lambda: AgreementRun.objects.latest("pk").pk)),
    "bias": ("curator", at("consensus:bias", lambda: of_pilot(ReadingRound))),
    "readers": ("curator", at("consensus:readers", lambda: of_pilot(ReadingRound))),
    "reading-help": ("reader", reading_help),
    "reading-scratch": (lambda: scratch_slot().holder.username, reading_scratch),
    "release": ("admin", at("releases:detail", lambda: of_pilot(Release))),
    "audit": ("admin", at("accounts:event_list")),
    # These leave something behind, so they come last.
    "reading-lost": ("reader", reading_lost),
    "reading-stored": ("reader", reading_stored),
    "reading-marks": ("reader", reading_marks),
    "reading-answer": ("reader", reading_answer),
    "reading-others": ("reader", reading_others),
    "reading-priors": (lambda: prior_slot().holder.username, reading_priors),
    "reading-four": (lambda: four_slot().holder.username, reading_four),
    "reading-draft": ("reader", steps.draft),
    "reading-magnifier": ("reader", steps.magnifier),
    "reading-said": ("reader", steps.said_before),
    "reading-tabs": ("reader", steps.two_tabs),
    "reading-report": ("reader", lambda page: steps.report(page, talking_round())),
    "reading-missing": (lambda: steps.whose_two().reader.username, steps.missing),
    "reading-stack": ("reader", steps.stack),
    "reading-held": ("reader", steps.held),
    "reading-gone": ("reader", steps.gone),
    "reading-done": ("reader", lambda page: steps.all_done(page, talking_round())),
    "reading-closed": ("reader", steps.closed),
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
    context.close()  # with its connections, each of which holds one to the database


def test_pictures_of_every_page(demo_world, new_context, log_in, expected_complaints):
    expected_complaints.extend(["ERR_INTERNET_DISCONNECTED", "htmx:"])  # the line is lost
    expected_complaints.extend(["status of 403", "Status Error Code 403"])  # the session is over
    expected_complaints.extend(
        ["status of 404", "status of 409", "status of 410", "status of 422"]
    )  # what is gone or said late
    only = os.environ.get("ONLY", "").split()  # some of them: ONLY="reading-done reading-gone" make screenshots
    for name, (username, show) in PAGES.items():
        if only and name not in only:
            continue
        path = IMAGES / f"{name}.png"
        take(new_context, log_in, show, username() if callable(username) else username, path)
        assert 5_000 < path.stat().st_size <= BYTES_AT_MOST, f"{name}.png has {path.stat().st_size} bytes"
