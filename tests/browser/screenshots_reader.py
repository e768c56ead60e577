"""Steps of the reader guide that leave something behind, or that need a world of their own: how to get there."""

import numpy as np
from django.urls import reverse
from django.utils import timezone

from cases.actions.frames import derive_image
from cases.adapters.storage import ORIGINALS
from cases.models import Image, Series
from labeling.actions import ReadingRules, close_round, open_round, record_read, take_cases
from labeling.models import Draft, ReadingRound, RoundState, Slot, SlotState, Verdict
from tests.browser.test_reading import UNSEEN_MS
from tests.cases.builders import dicom
from tests.factories import keep


def at_slot(page, slot: Slot) -> None:
    Draft.objects.all().delete()  # what an earlier picture left half done
    page.goto(reverse("labeling:case", args=[slot.pk]))
    page.locator("#viewer[data-painted='full']").wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(UNSEEN_MS)  # until then no verdict counts


def pending(username: str = "reader", **about) -> Slot:
    """A case that its reader has yet to read, of two films and with suggestions where there is one."""
    slots = Slot.objects.counting().filter(reader__username=username, state=SlotState.PENDING, **about)
    slots = slots.filter(round__state=RoundState.OPEN).select_related("round_study", "reader").order_by("order")
    return max(slots, key=lambda slot: (min(films(slot).count(), 2), min(suggestions(slot).count(), 2)))


def whose_two() -> Slot:
    """A case of two films, whoever has it."""
    slots = Slot.objects.counting().filter(state=SlotState.PENDING, round__state=RoundState.OPEN, reader__isnull=False)
    slots = slots.select_related("round_study", "reader").order_by("round_id", "reader_id", "order")
    return next(slot for slot in slots if films(slot).count() >= 2)


def films(slot: Slot):
    return Image.objects.filter(series__study=slot.round_study.study_id).order_by("pk")


def suggestions(slot: Slot):
    return slot.round_study.suggestion_set.suggestions.exclude(status="absent")


def say(slot: Slot, verdict: str, comment: str = "") -> None:
    record_read(slot=slot, verdict=verdict, comment=comment, by=slot.reader, now=timezone.now())


def draft(page) -> None:
    at_slot(page, pending())
    for key in ("2", "q"):
        page.keyboard.press(key)
    page.locator("#saved").get_by_text("draft saved").wait_for()


def two_tabs(page) -> None:
    """What was said in another tab meanwhile."""
    slot = pending()
    at_slot(page, slot)
    say(slot, Verdict.AGREE_ALL)
    for key in ("3", "q", "Enter"):
        page.keyboard.press(key)
    page.locator("#notice").get_by_text("meanwhile").or_(page.locator("#notice .whole")).first.wait_for()


def said_before(page) -> None:
    slot = pending()
    say(slot, Verdict.AGREE_MOSTLY, "A small effusion, if any.")
    say(slot, Verdict.AGREE_ALL)
    at_slot(page, slot)
    page.get_by_text("What you said before").click()
    page.get_by_text("A small effusion").evaluate("(one) => one.scrollIntoView({ block: 'center' })")


def report(page, round_: ReadingRound) -> None:
    """The report of a case, once the verdict is in."""
    at_slot(page, pending(round=round_))
    page.keyboard.press("1")
    page.get_by_role("link", name="its report").click()
    page.locator("#report").wait_for()
    page.locator("#viewer[data-painted='full']").wait_for()


def magnifier(page) -> None:
    at_slot(page, pending())
    page.keyboard.press("m")
    box = page.locator(".film").first.bounding_box()
    page.mouse.move(box["x"] + 0.38 * box["width"], box["y"] + 0.55 * box["height"])


def missing(page) -> None:
    """The second film could not be read when it came in."""
    slot = whose_two()
    lost = films(slot)[1]
    Image.objects.filter(pk=lost.pk).update(preview_sha256="")
    at_slot(page, slot)
    page.locator(".film-problem:visible").first.wait_for()


def stack(page) -> None:
    """Slices that are scrolled through: made for the picture, as the demo has films alone."""
    slot = pending()
    image = films(slot)[0]
    films(slot).exclude(pk=image.pk).update(preview_sha256="")
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    body = 900 * (x**2 / 0.8 + y**2 / 0.5 < 1)
    rng = np.random.default_rng(7)
    for n in range(24):
        size = 1 - ((n - 12) / 16) ** 2
        lungs = 700 * (((abs(x) - 0.42) ** 2 / 0.07 + y**2 / 0.16) < size)
        nodule = 500 * (((x - 0.4) ** 2 + (y + 0.1) ** 2) < 0.006 - 0.0004 * (n - 10) ** 2)
        pixels = np.clip(body - lungs + nodule + rng.normal(60, 25, body.shape), 0, 4095).astype(np.uint16)
        sha256 = keep(ORIGINALS, dicom(pixels, study=image.pk, instance=n, PixelSpacing=[1.2, 1.2]))
        made = Image.objects.create(
            series=image.series, sop_uid=f"{image.sop_uid}.{n}", sha256=sha256, rows=256, columns=256, frames=1,
            instance_number=n, has_surplus=False,
        )  # fmt: skip
        derive_image(image_id=made.pk, now=timezone.now())
    Series.objects.filter(pk=image.series_id).update(modality="CT")
    films(slot).filter(rows__gt=256).delete()
    at_slot(page, slot)
    page.locator(".film").first.hover()
    for _ in range(10):
        page.keyboard.press("ArrowDown")
    page.get_by_text("11 of 24").wait_for()


def free_round() -> ReadingRound:
    """A round in which each takes the next case."""
    running = ReadingRound.objects.filter(state=RoundState.OPEN).earliest("pk")
    readers = [member.reader for member in running.readers.order_by("pk")]
    rules = ReadingRules(is_open_to_all=True)
    return open_round(
        benchmark=running.benchmark, readers=readers, reads_per_study=1, rules=rules, by=None, now=timezone.now()
    )


def taken() -> tuple[Slot, ReadingRound]:
    """One case on loan to the demo's reader; all others to somebody else."""
    round_ = free_round()
    reader = round_.readers.get(reader__username="reader").reader
    other = round_.readers.exclude(reader=reader).earliest("pk").reader
    take_cases(reader=reader, round_=round_, now=timezone.now())
    slot = Slot.objects.filter(round=round_, reader=reader).earliest("order")
    until = timezone.now() + timezone.timedelta(minutes=31)
    Slot.objects.filter(round=round_).exclude(pk=slot.pk).update(reader=other, leased_until=until)
    return Slot.objects.select_related("round_study", "reader").get(pk=slot.pk), round_


def held(page) -> None:
    slot, _ = taken()
    at_slot(page, slot)
    page.keyboard.press("1")
    page.locator("main.state").wait_for()


def gone(page) -> None:
    slot, round_ = taken()
    at_slot(page, slot)
    busy = Slot.objects.filter(round=round_, reader__isnull=False).values("reader")
    other = round_.readers.exclude(reader__in=busy).latest("pk").reader
    Slot.objects.filter(pk=slot.pk).update(leased_until=timezone.now() - timezone.timedelta(minutes=1))
    take_cases(reader=other, round_=round_, now=timezone.now())
    page.keyboard.press("1")
    page.get_by_role("heading", name="This case is not on your list any more").wait_for()


def all_done(page, round_: ReadingRound) -> None:
    slots = Slot.objects.filter(round=round_, reader__username="reader", state=SlotState.PENDING).select_related(
        "reader"
    )
    last = slots.counting().latest("order")
    for slot in slots.exclude(pk=last.pk):
        say(slot, Verdict.AGREE_ALL)
    at_slot(page, last)
    page.keyboard.press("1")
    page.get_by_role("heading", name="All done").wait_for()


def closed(page) -> None:
    slot = pending()
    at_slot(page, slot)
    close_round(round_=slot.round, by=None, now=timezone.now())
    page.keyboard.press("1")
    page.get_by_role("heading", name="is closed").wait_for()
