"""The viewer on the page it was made for: real files, derived, served, unpacked by the browser, drawn exactly."""

import io
import json
from datetime import date

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image as Picture
from playwright.sync_api import expect

from cases.actions.frames import derive_image
from cases.adapters.storage import ORIGINALS
from cases.models import Image, Series, Study
from cases.rendition import GreyScale, render
from labeling.models import Read
from tests import factories
from tests.browser.painted import places_of
from tests.browser.test_reading import add_pictures, at_case, desk, world  # noqa: F401 - the reader's screen at the first case
from tests.browser.viewer_stage import Stage
from tests.cases.builders import dicom
from tests.factories import keep

pytestmark = pytest.mark.django_db(transaction=True)
PIXELS = np.random.default_rng(5).integers(0, 4096, (240, 200), dtype=np.uint16)


@pytest.fixture
def real(world):  # noqa: F811 - the same world
    """The pictures of the world become real DICOM files with their frames."""
    for image in Image.objects.all():
        sha256 = keep(ORIGINALS, dicom(PIXELS, study=image.pk, ImagerPixelSpacing=[0.2, 0.2]))
        Image.objects.filter(pk=image.pk).update(sha256=sha256, film_sha256="", frames=1)
        derive_image(image_id=image.pk, now=timezone.now())
    return world


def full(page, slot) -> None:
    page.locator(f"#viewer[data-case='{slot.pk}'][data-painted='full']").wait_for()


def test_the_stored_values_reach_the_screen(real, desk):  # noqa: F811
    full(desk, real.slot())
    stage = Stage(desk)
    stage.press("*")
    canvas = stage.pixels()
    top, left = (int(np.floor(canvas.shape[n] / 2 - PIXELS.shape[n] / 2 + 0.5)) for n in (0, 1))
    assert np.array_equal(canvas[top : top + 240, left : left + 200, 0], render(PIXELS, GreyScale(12)))


def test_the_stored_values_reach_a_browser_that_takes_gzip_alone(real, new_context, log_in):
    """As every browser does on an address that is not secure."""
    context = new_context(viewport={"width": 1366, "height": 768}, extra_http_headers={"Accept-Encoding": "gzip"})
    log_in(context, real.readers[0])
    encodings = []
    context.on(
        "response",
        lambda answer: "/frames/" in answer.url and encodings.append(answer.headers.get("content-encoding")),
    )
    page = context.new_page()
    page.goto(f"/reading/case/{real.slot().pk}/")
    full(page, real.slot())
    stage = Stage(page)
    stage.press("*")
    assert np.array_equal(stage.pixels(0, PIXELS.shape)[..., 0], render(PIXELS, GreyScale(12)))
    assert set(encodings) == {"gzip"}


def test_the_screen_shows_the_stored_values_in_a_window_of_an_odd_width(real, desk):  # noqa: F811
    desk.set_viewport_size({"width": 1367, "height": 769})  # the films' edges lie between pixels
    desk.locator(".film > canvas[width='521']").nth(1).wait_for()
    full(desk, real.slot())
    for film in desk.locator(".film").all():
        film.click()
        desk.keyboard.press("*")
    Stage(desk).frame()
    painted = np.asarray(Picture.open(io.BytesIO(desk.screenshot())).convert("RGB"))
    shown = np.repeat(render(PIXELS, GreyScale(12))[..., np.newaxis], 3, axis=2)
    assert places_of(shown, painted) == 2, "as many as there are films"


def test_the_next_cases_frames_are_not_asked_for_again(real, desk):  # noqa: F811
    full(desk, real.slot())
    later = Image.objects.filter(series__study=real.studies[1]).values_list("pk", flat=True)
    desk.wait_for_timeout(2000)
    asked = []
    desk.on("request", lambda request: "/frames/" in request.url and asked.append(request.url))
    desk.keyboard.press("1")
    full(desk, real.slot(0, 1))
    assert not [url for url in asked for pk in later if f"/images/{pk}/" in url]


def test_presets_by_menu_and_by_key(real, desk):  # noqa: F811
    full(desk, real.slot())
    said = desk.locator("#live")
    menu = desk.get_by_label("Window preset")
    for n, name in enumerate(("Lung", "Bone and spine", "Lines and tubes", "Equalised range"), start=2):
        desk.keyboard.press(f"Shift+Digit{n}")
        expect(said).to_have_text(name)
        expect(menu.locator("option:checked")).to_have_text(name)
    shown = desk.locator("[data-readout]").first.inner_text()
    menu.select_option(label="Lung")
    expect(said).to_have_text("Lung")
    expect(desk.locator("[data-readout]").first).not_to_have_text(shown)
    desk.keyboard.press("Shift+Digit1")
    expect(said).to_have_text("As it came")
    assert not Read.objects.exists()


def strike(page, key: str, code: str, *, shift: bool = False) -> None:
    """A key of another keyboard than the test's own: what it writes, and where it lies."""
    page.evaluate(
        """how => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", how))""",
        {"key": key, "code": code, "shiftKey": shift, "bubbles": True, "cancelable": True},
    )


# What the first two keys of the row of digits write, alone and with Shift.
LAYOUTS = {
    "US": ("12", "!@"),
    "German": ("12", '!"'),
    "French": ("&é", "12"),
    "Belgian": ("&é", "12"),
    "Czech": ("+ě", "12"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_digits_are_verdicts_and_with_shift_presets_on_every_keyboard(real, desk, layout):  # noqa: F811
    plain, shifted = LAYOUTS[layout]
    full(desk, real.slot())
    said = desk.locator("#live")
    strike(desk, shifted[1], "Digit2", shift=True)
    expect(said).to_have_text("Lung")
    strike(desk, shifted[0], "Digit1", shift=True)
    expect(said).to_have_text("As it came")
    strike(desk, "1", "Numpad1", shift=True)
    strike(desk, plain[1], "Digit2")
    expect(desk.locator("#corrections")).to_be_visible()
    desk.keyboard.press("Escape")
    assert not Read.objects.exists(), "a preset was taken for a verdict"
    strike(desk, plain[0], "Digit1")
    at_case(desk, real, 1)
    strike(desk, "1", "Numpad1")
    at_case(desk, real, 2)
    assert list(Read.objects.values_list("verdict", flat=True)) == ["agree_all", "agree_all"]


def test_a_mark_reaches_the_forms_of_the_verdict(real, desk):  # noqa: F811
    full(desk, real.slot())
    desk.keyboard.press("l")
    desk.keyboard.press("l")
    desk.locator("g.mark").wait_for()
    assert "mm at detector" in desk.locator("g.mark").get_attribute("aria-label")
    fields = desk.locator("input[name=marks]")
    assert fields.count() > 0
    for field in fields.all():
        assert json.loads(field.input_value())[0]["kind"] == "length"


def test_a_verdict_records_how_the_pictures_hung(real, desk):  # noqa: F811
    full(desk, real.slot())
    desk.keyboard.press("i")
    desk.keyboard.press("1")
    full(desk, real.slot(0, 1))
    display = Read.objects.get().shown["display"]
    assert display["case"] == real.slot().pk
    assert [(one["stage"], one["inverted"]) for one in display["pictures"]] == [("full", True), ("full", True)]


def test_letters_of_the_open_list_are_not_the_viewers(real, desk):  # noqa: F811
    full(desk, real.slot())
    desk.keyboard.press("2")
    desk.keyboard.press("e")
    assert desk.locator("#corrections li[data-changed]").count() == 1
    assert desk.locator("#viewer").get_attribute("data-tool") == "window", "a label has the ellipse's letter"
    desk.keyboard.press("Escape")
    desk.keyboard.press("i")
    assert desk.locator(".mark-flag").first.inner_text() == "INVERTED"
    at_case(desk, real, 0)


@pytest.fixture
def followed(real):
    """The first case has an earlier study of the same patient, with its own pictures."""
    prior = factories.make_study(real.benchmark, study_id="prior")
    Study.objects.filter(pk=prior.pk).update(
        patient=real.studies[0].patient, site=real.studies[0].site, study_date=date(2019, 5, 1)
    )
    Study.objects.filter(pk=real.studies[0].pk).update(study_date=date(2020, 5, 1))
    add_pictures(prior)
    for image in Image.objects.filter(series__study=prior):
        sha256 = keep(ORIGINALS, dicom(PIXELS[::-1].copy(), study=image.pk, ImagerPixelSpacing=[0.2, 0.2]))
        Image.objects.filter(pk=image.pk).update(sha256=sha256, film_sha256="", frames=1)
        derive_image(image_id=image.pk, now=timezone.now())
    return real


def test_p_hangs_the_prior_beside_the_current_film_and_takes_it_away_again(followed, desk):  # noqa: F811
    full(desk, followed.slot())
    titles = desk.locator(".film .mark-tl")
    assert titles.all_inner_texts() == ["Frontal PA", "Lateral LL"]
    assert desk.locator(".strip .thumb").count() == 4, "the prior's pictures are a click away"
    desk.keyboard.press("p")
    desk.get_by_text("Prior Frontal PA").first.wait_for()
    expect(titles).to_have_text(["Frontal PA", "Prior Frontal PA"])
    full(desk, followed.slot())
    desk.keyboard.press("p")
    expect(titles).to_have_text(["Lateral LL", "Prior Lateral LL"])
    desk.keyboard.press("p")
    expect(titles).to_have_text(["Frontal PA", "Lateral LL", "Prior Frontal PA", "Prior Lateral LL"])
    desk.keyboard.press("p")
    expect(titles).to_have_text(["Frontal PA", "Lateral LL"])
    full(desk, followed.slot())
    desk.keyboard.press("1")
    full(desk, followed.slot(0, 1))
    shown = Read.objects.get().shown["display"]
    assert shown["hanging"] == "Current"


def test_pictures_that_a_lost_line_kept_back_come_by_themselves(real, new_context, log_in, expected_complaints):
    expected_complaints.append("ERR_")
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, real.readers[0])
    page = context.new_page()
    context.route("**/frames/**", lambda route: route.abort("internetdisconnected"))
    page.goto(f"/reading/case/{real.slot().pk}/")
    page.locator(".film-problem h2", has_text="Only the preview can be shown").first.wait_for()
    context.unroute("**/frames/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    full(page, real.slot())
    expect(page.locator(".film-problem:visible")).to_have_count(0)
    expect(page.locator("[data-flags]").first).to_have_text("")


def test_a_series_of_many_files_is_one_stack_and_every_picture_is_reached(world, desk):  # noqa: F811
    study = world.studies[0]
    Image.objects.filter(series__study=study).delete()
    for number, count in ((1, 40), (2, 2)):
        series = Series.objects.create(study=study, series_uid=f"1.9.{number}", number=number, modality="CT")
        for n in range(1, count + 1):
            sha256 = keep(ORIGINALS, dicom(PIXELS[n : n + 16, :16], study=1000 * number + n))
            image = Image.objects.create(
                series=series,
                sop_uid=f"1.9.{number}.{n}",
                sha256=sha256,
                rows=16,
                columns=16,
                frames=1,
                instance_number=n,
                has_surplus=False,
            )
            derive_image(image_id=image.pk, now=timezone.now())
    desk.reload()
    full(desk, world.slot())
    place = desk.locator(".film [data-place]").first
    expect(place).to_have_text("1 of 40")
    for _ in range(39):
        desk.keyboard.press("ArrowDown")
    expect(place).to_have_text("40 of 40")
    expect(desk.locator(".film [data-place]").nth(1)).to_have_text("1 of 2")


def test_films_of_one_series_hang_side_by_side_by_their_views(world, desk):  # noqa: F811
    """A description that names both views, the lateral film first: nothing hides behind the wheel, and each is what it says."""
    study = world.studies[0]
    Image.objects.filter(series__study=study).delete()
    series = Series.objects.create(
        study=study, series_uid="1.9", number=1, modality="CR", description="CHEST PA AND LATERAL"
    )
    for n, view in ((1, "LL"), (2, "PA")):
        sha256 = keep(ORIGINALS, dicom(PIXELS, study=1000 + n))
        image = Image.objects.create(
            series=series,
            sop_uid=f"1.9.{n}",
            sha256=sha256,
            rows=240,
            columns=200,
            instance_number=n,
            view_position=view,
        )
        derive_image(image_id=image.pk, now=timezone.now())
    desk.reload()
    full(desk, world.slot())
    expect(desk.locator(".film .mark-tl")).to_have_text(["Frontal PA", "Lateral LL"])
    expect(desk.locator(".film [data-place]")).to_have_text(["", ""])
    Image.objects.filter(series=series).update(view_position="")
    desk.reload()
    full(desk, world.slot())
    expect(desk.locator(".film .mark-tl")).to_have_text(["View", "View"])
    expect(desk.locator("[data-do='hanging.link']")).to_have_attribute("aria-pressed", "false")
