"""The gate over an import: what is found becomes rows, held studies are in no pool, decisions let them go."""

import io
import random
import threading

import imagecodecs
import numpy as np
import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow

from benchmarks.models import Benchmark
from cases.actions.decisions import DecisionRefusedError, decide_finding, hold_picture
from cases.actions.frames import derive_image
from cases.actions.gate import LIKE, enter_pool
from cases.adapters.derivation import masked
from cases.adapters.storage import DERIVED, FRAMES, ORIGINALS, open_kept
from cases.contribution import Region
from cases.frames import decode
from cases.gate.header.burned_in import text_regions
from cases.gate.header.image_hash import bands
from cases.models import Contribution, FrameSet, GateFinding, HeldEntry, Image, PoolEntry, Study
from cases.queries.pictures import viewable_image, viewer_images
from core.models import Event
from tests.cases.builders import RAMP, dicom, outcome, png, reports_csv, rules, take_in, write
from tests.cases.gate.header.test_burned_in import film, with_text
from tests.factories import make_benchmark, make_study, make_user

pytestmark = pytest.mark.django_db
BURNED = {"BurnedInAnnotation": "YES"}
CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.fixture
def curator():
    return make_user("curator")


@pytest.fixture
def held(benchmark_, tmp_path):
    """One study that waits, beside one that passed."""
    write(tmp_path, {"a.dcm": dicom(**BURNED), "b.dcm": dicom(RAMP + 1, study=2)})
    return take_in(benchmark_, tmp_path)


def pool(benchmark) -> set[str]:
    return set(Study.objects.in_pool_of(benchmark).values_list("study_uid", flat=True))


def decide(finding, decision, by, **options):
    return decide_finding(finding=finding, decision=decision, by=by, now=timezone.now(), **options)


def test_a_study_with_text_in_its_pixels_is_imported_and_stands_in_no_pool(held, benchmark_):
    assert outcome(held) == (2, 0, 0)
    assert held.counts["held"] == 1
    assert pool(benchmark_) == {"1.2.3.2"}
    assert HeldEntry.objects.get().study.study_uid == "1.2.3.1"
    finding = GateFinding.objects.get()
    assert (finding.check_name, finding.outcome, finding.decision) == ("burned_in", "quarantine", "")
    assert finding.run == held


def test_the_same_import_again_finds_nothing_new(held, benchmark_):
    again = take_in(benchmark_, held.source)
    assert outcome(again) == (0, 2, 0)
    assert GateFinding.objects.count() == HeldEntry.objects.count() == PoolEntry.objects.count() == 1


def test_a_held_study_enters_no_other_pool_either(held, benchmark_):
    other = make_benchmark("second")
    take_in(other, held.source)
    assert pool(other) == {"1.2.3.2"}
    assert HeldEntry.objects.filter(benchmark=other).count() == 1


def test_a_text_line_in_the_pixels_alone_holds_a_study(benchmark_, tmp_path):
    pixels = with_text("QUIXOTL ZEBULON", size=(600, 500))
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom(pixels)}))
    finding = GateFinding.objects.get(check_name="burned_in")
    [[left, top, width, height]] = finding.regions
    assert left <= 40 <= left + width
    assert top <= 75 <= top + height


def test_a_film_that_names_no_modality_waits_for_a_curator_who_lets_it_in(benchmark_, tmp_path, curator):
    run = take_in(benchmark_, write(tmp_path, {"a.dcm": dicom(drop=["Modality"])}))
    assert (outcome(run), run.counts["held"], pool(benchmark_)) == ((1, 0, 0), 1, set())
    finding = GateFinding.objects.get()
    assert (finding.check_name, finding.what) == ("modality", "The file names no Modality")
    decide(finding, "accept", curator)
    assert pool(benchmark_) == {"1.2.3.1"}


def test_a_picture_of_the_site_that_another_benchmark_does_not_take_stays_out_of_it(benchmark_, tmp_path):
    source = write(tmp_path, {"a.dcm": dicom(), "b.png": png()})
    take_in(benchmark_, source)
    other = make_benchmark("slices", modality=["CT"])
    run = take_in(other, source)
    assert (outcome(run), rules(run)) == ((1, 0, 1), ["modality"])
    assert "1.2.3.1" not in pool(other)


HAND = {"BodyPartExamined": "HAND"}


def hands_and_chests(benchmark) -> Benchmark:
    """A benchmark of any part of the body, beside one of chests."""
    benchmark.body_part = "chest"
    benchmark.save(update_fields=["body_part"])
    return make_benchmark("any-part", modality=["CR", "DX", "CT"])


def test_a_study_that_came_for_another_benchmark_is_asked_what_this_one_takes(benchmark_, tmp_path):
    source = write(tmp_path, {"a.dcm": dicom(**HAND), "b.dcm": dicom(RAMP + 1, study=2, BodyPartExamined="CHEST")})
    other = hands_and_chests(benchmark_)
    take_in(other, source)
    run = take_in(benchmark_, source)
    assert (pool(other), pool(benchmark_)) == ({"1.2.3.1", "1.2.3.2"}, {"1.2.3.2"})
    assert (outcome(run), run.counts["held"]) == ((2, 0, 0), 1)
    finding = GateFinding.objects.get()
    assert (finding.check_name, finding.benchmark, finding.run) == ("body_part", benchmark_, run)
    assert Image.objects.past_the_gate().count() == 2, "the other benchmark has it in its pool"


def test_what_one_benchmark_does_not_take_another_does_and_is_let_in_there_alone(benchmark_, tmp_path, curator):
    source = write(tmp_path, {"a.dcm": dicom(**HAND)})
    other = hands_and_chests(benchmark_)
    take_in(benchmark_, source)
    assert not Image.objects.past_the_gate().exists()
    take_in(other, source)
    assert (pool(other), pool(benchmark_)) == ({"1.2.3.1"}, set())
    third = make_benchmark("third", body_part="thorax")
    take_in(third, source)
    decide(GateFinding.objects.get(benchmark=benchmark_), "accept", curator)
    assert (pool(other), pool(benchmark_), pool(third)) == ({"1.2.3.1"}, {"1.2.3.1"}, set())
    take_in(benchmark_, source)
    assert GateFinding.objects.filter(benchmark=benchmark_).count() == 1, "what was decided stays so"


def test_a_late_picture_for_one_benchmark_takes_its_study_out_of_the_pool_of_another(benchmark_, tmp_path, curator):
    other = hands_and_chests(benchmark_)
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom(BodyPartExamined="CHEST")}))
    run = take_in(other, write(tmp_path / "two", {"b.dcm": dicom(RAMP + 1, series=2, **HAND)}))
    assert (pool(benchmark_), pool(other), run.counts["held"]) == (set(), {"1.2.3.1"}, 1)
    decide(GateFinding.objects.get(), "reject", curator)
    assert (pool(benchmark_), pool(other)) == (set(), {"1.2.3.1"})


def test_a_report_brings_a_study_of_another_modality_into_no_pool(benchmark_, tmp_path):
    other = make_benchmark("slices", modality=["CT"])
    files = {f"{number}.dcm": dicom(RAMP + number, instance=number, Modality="CT", SOPClassUID=CT) for number in (1, 2)}
    take_in(other, write(tmp_path / "ct", files))
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [["1.2.3.1", "Lungs clear."]]))
    assert (pool(other), pool(benchmark_)) == ({"1.2.3.1"}, set())
    finding = GateFinding.objects.get(outcome="quarantine")
    assert finding.what == "The picture is of modality CT, the benchmark takes CR, DX"


def test_studies_of_two_sites_that_enter_a_pool_without_an_import_are_found_by_the_last_of_their_own(
    benchmark_, tmp_path
):
    other = hands_and_chests(benchmark_)
    source = write(tmp_path / "a", {"a.dcm": dicom(**HAND)})
    last = {}
    for site in ("north", "south"):
        take_in(other, source, site=site)
        last[site] = take_in(other, write(tmp_path / site, {"b.dcm": dicom(RAMP + 1, study=2)}), site=site)
    hands = Study.objects.filter(study_uid="1.2.3.1")
    entered, held = enter_pool(benchmark_, list(hands))
    assert entered == held == {study.pk for study in hands}
    found = GateFinding.objects.filter(benchmark=benchmark_).select_related("study__site", "run")
    assert {one.study.site.code: one.run.pk for one in found} == {site: run.pk for site, run in last.items()}


def test_an_accepted_study_goes_into_every_pool_it_was_held_from(held, benchmark_, curator):
    take_in(make_benchmark("second"), held.source)
    decided = decide(GateFinding.objects.get(), "accept", curator)
    assert (decided.decided_by, decided.decision) == (curator, "accept")
    assert pool(benchmark_) == {"1.2.3.1", "1.2.3.2"}
    assert PoolEntry.objects.count() == 4
    assert not HeldEntry.objects.exists()
    assert Event.objects.filter(verb="gate.accept", actor=curator).exists()


def test_a_rejected_study_stays_out_and_its_pictures_with_it(held, benchmark_, curator):
    finding = decide(GateFinding.objects.get(), "reject", curator)
    assert pool(benchmark_) == {"1.2.3.2"}
    assert viewer_images([finding.study_id]) == {}
    decide(finding, "accept", curator)  # thought better of
    assert pool(benchmark_) == {"1.2.3.1", "1.2.3.2"}


def test_a_study_waits_until_all_its_findings_are_decided(benchmark_, tmp_path, curator):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom(**BURNED), "b.dcm": dicom(RAMP + 1, series=2, **BURNED)}))
    first, second = GateFinding.objects.all()
    decide(first, "accept", curator)
    assert pool(benchmark_) == set()
    decide(second, "accept", curator)
    assert pool(benchmark_) == {"1.2.3.1"}


def test_a_late_series_with_text_takes_its_study_out_of_the_pool(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom()}))
    assert pool(benchmark_) == {"1.2.3.1"}
    late = take_in(benchmark_, write(tmp_path / "two", {"b.dcm": dicom(RAMP + 1, series=2, **BURNED)}))
    assert pool(benchmark_) == set()
    assert late.counts["held"] == 1


def test_only_curators_see_a_picture_that_is_held(held, curator):
    image = GateFinding.objects.get().image
    assert viewable_image(curator, image.pk) == image
    assert viewable_image(make_user("reader"), image.pk) is None
    assert viewer_images([image.series.study_id]) == {}


def test_a_masked_picture_is_derived_anew_without_the_box_and_its_original_stays(benchmark_, tmp_path, curator):
    pixels = np.full((64, 64), 200, np.uint8)
    content = dicom(pixels, **BURNED)
    take_in(benchmark_, write(tmp_path, {"a.dcm": content}))
    finding = GateFinding.objects.get()
    old = finding.image.preview_sha256
    decide(finding, "mask", curator, regions=[Region(0, 0, 32, 64)])
    image = Image.objects.get()
    assert image.mask == [[0, 0, 32, 64]]
    assert image.preview_sha256 == image.film_sha256 == image.thumbnail_sha256 == ""  # nothing unmasked is served
    assert not FrameSet.objects.exists()
    derive_image(image_id=image.pk, now=timezone.now())
    image = Image.objects.select_related("frame_set").get()
    assert image.preview_sha256 not in {"", old}
    with open_kept(DERIVED, image.preview_sha256) as file:
        shown = np.asarray(Pillow.open(file).convert("L")).astype(int)
    assert shown[:, 4:28].max() < 60
    assert shown[:, 36:60].min() > 150
    with open_kept(ORIGINALS, image.sha256) as file:
        assert file.read() == content
    assert pool(benchmark_) == {"1.2.3.1"}


def test_text_in_a_later_frame_holds_the_study_and_a_mask_takes_it_out_of_every_frame(
    benchmark_, tmp_path, curator, client
):
    clean, printed = (film((300, 200)) for _ in range(2)), with_text("QUIXOTL 1987", at=(20, 20), size=(300, 200))
    frames = np.stack([np.asarray(next(clean)), printed, np.asarray(next(clean))])
    tags = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 200, "Columns": 300}
    content = dicom(frames, NumberOfFrames=3, drop=("PlanarConfiguration",), **tags)
    take_in(benchmark_, write(tmp_path, {"a.dcm": content}))
    finding = GateFinding.objects.get()
    assert (finding.check_name, finding.outcome, finding.frames) == ("burned_in", "quarantine", [2])
    assert "frame 2 of 3" in finding.what
    assert pool(benchmark_) == set()
    client.force_login(curator)
    address = reverse("cases:frame_whole", args=[finding.image_id, 2])
    assert address in client.get("/studies/quarantine/").content.decode()
    seen = np.asarray(Pillow.open(io.BytesIO(client.get(address).content)))
    left, top, width, height = finding.regions[0]
    place = np.s_[top : top + height, left : left + width]
    assert np.abs(seen[place].astype(int) - printed[place]).mean() < 40
    assert client.get(reverse("cases:frame_whole", args=[finding.image_id, 4])).status_code == 404
    decide(finding, "mask", curator)
    image = Image.objects.get()
    derive_image(image_id=image.pk, now=timezone.now())
    left, top, width, height = image.mask[0]
    for digest in FrameSet.objects.get().digests:
        with open_kept(FRAMES, f"{digest}.zst") as file:
            pixels = decode(imagecodecs.zstd_decode(file.read())).pixels
        assert pixels[top : top + height, left : left + width].max() == 0
    assert not text_regions(masked(frames, [Region(*box) for box in image.mask])[1])


def test_a_mask_needs_a_box_inside_the_picture(held, curator):
    finding = GateFinding.objects.get()
    with pytest.raises(DecisionRefusedError, match="No box was given"):
        decide(finding, "mask", curator)
    with pytest.raises(DecisionRefusedError, match="inside the picture of 16 × 16 pixels"):
        decide(finding, "mask", curator, regions=[Region(10, 0, 7, 4)])
    assert Image.objects.filter(mask=[]).count() == 2


def test_what_holds_nothing_takes_no_decision(held, curator):
    finding = GateFinding.objects.get()
    with pytest.raises(DecisionRefusedError, match="There is no decision 'shrug'"):
        decide(finding, "shrug", curator)
    GateFinding.objects.update(outcome="pass")
    with pytest.raises(DecisionRefusedError, match="waits for no decision"):
        decide(finding, "reject", curator)


def verbs(finding) -> list[str]:
    return list(
        Event.objects.filter(subject_id=finding.pk, verb__startswith="gate")
        .order_by("pk")
        .values_list("verb", flat=True)
    )


def test_what_was_accepted_can_be_rejected_and_nobody_but_a_curator_sees_it_from_then_on(held, benchmark_, curator):
    finding = decide(GateFinding.objects.get(), "accept", curator)
    decide(finding, "accept", curator)  # a second click
    other = make_user("curator")
    finding = decide(finding, "reject", other)
    assert (finding.decision, finding.decided_by) == ("reject", other)
    assert pool(benchmark_) == {"1.2.3.2"}
    assert viewer_images([finding.study_id]) == {}
    assert verbs(finding) == ["gate.accept", "gate.reject"]


def test_boxes_add_up_and_only_a_decision_of_its_own_takes_them_back(benchmark_, tmp_path, curator):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom(np.full((64, 64), 200, np.uint8), **BURNED)}))
    finding = decide(GateFinding.objects.get(), "mask", curator, regions=[Region(0, 0, 32, 64)])
    image = Image.objects.get()
    derive_image(image_id=image.pk, now=timezone.now())
    before = viewer_images([finding.study_id])[finding.study_id][0]
    with pytest.raises(DecisionRefusedError, match="take the mask back first"):
        decide(finding, "accept", curator)
    decide(finding, "mask", curator, regions=[Region(32, 0, 16, 64)])
    image.refresh_from_db()
    assert image.mask == [[0, 0, 32, 64], [32, 0, 16, 64]]
    assert (image.preview_sha256, image.thumbnail_sha256, image.film_sha256) == ("", "", "")
    assert not FrameSet.objects.exists()
    derive_image(image_id=image.pk, now=timezone.now())
    after = viewer_images([finding.study_id])[finding.study_id][0]
    assert after.preview_url != before.preview_url
    assert after.frame_urls != before.frame_urls  # no browser shows what it kept
    decide(finding, "mask", curator, regions=[Region(32, 0, 16, 64)])  # a second click
    assert verbs(finding) == ["gate.mask", "gate.mask"]
    finding = decide(finding, "unmask", curator)
    image.refresh_from_db()
    assert (image.mask, image.preview_sha256, finding.decision) == ([], "", "")
    assert pool(benchmark_) == set()
    with pytest.raises(DecisionRefusedError, match="no mask to take back"):
        decide(finding, "unmask", curator)
    assert verbs(finding) == ["gate.mask", "gate.mask", "gate.unmask"]


def test_a_rejected_picture_stays_rejected_when_its_mask_is_taken_back(held, curator):
    finding = decide(GateFinding.objects.get(), "mask", curator, regions=[Region(0, 0, 4, 4)])
    decide(finding, "reject", curator)
    assert decide(finding, "unmask", curator).decision == "reject"
    assert Image.objects.get(pk=finding.image_id).mask == []


def test_who_decides_on_what_another_has_decided_meanwhile_is_told_so(held, benchmark_, curator):
    finding = GateFinding.objects.get()
    seen = finding.standing
    decide(finding, "reject", make_user("curator", name="Ada"), seen=seen)
    with pytest.raises(DecisionRefusedError, match="decided meanwhile by Ada: it is Rejected"):
        decide(finding, "accept", curator, seen=seen)
    assert verbs(finding) == ["gate.reject"]
    finding.refresh_from_db()
    decide(finding, "accept", curator, seen=finding.standing)
    assert pool(benchmark_) == {"1.2.3.1", "1.2.3.2"}


@pytest.mark.django_db(transaction=True)
def test_of_two_curators_who_decide_at_once_one_stands_and_the_other_is_told(held, benchmark_):
    finding = GateFinding.objects.get()
    seen, told = finding.standing, []
    at_once = threading.Barrier(2)

    def act(decision: str, by) -> None:
        at_once.wait()
        try:
            decide(finding, decision, by, seen=seen)
        except DecisionRefusedError as error:
            told.append(str(error))
        finally:
            connection.close()

    curators = {"accept": make_user("curator"), "reject": make_user("curator")}
    acting = [threading.Thread(target=act, args=one) for one in curators.items()]
    for thread in acting:
        thread.start()
    for thread in acting:
        thread.join()
    finding.refresh_from_db()
    assert verbs(finding) == [f"gate.{finding.decision}"]
    assert finding.decided_by == curators[finding.decision]
    assert len(told) == 1
    assert ("1.2.3.1" in pool(benchmark_)) is (finding.decision == "accept")


def test_a_picture_that_passed_can_be_held_by_who_sees_something_in_it(benchmark_, tmp_path, curator):
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom()}))
    image = Image.objects.select_related("series__study").get()
    finding = hold_picture(image=image, by=curator, now=timezone.now())
    assert (finding.check_name, pool(benchmark_), viewer_images([image.series.study_id])) == ("seen", set(), {})
    decide(finding, "mask", curator, regions=[Region(0, 0, 4, 4)])
    assert pool(benchmark_) == {"1.2.3.1"}
    again = hold_picture(image=image, by=curator, now=timezone.now())
    assert (again, again.decision, pool(benchmark_)) == (finding, "", set())
    assert verbs(finding) == ["gate.hold", "gate.mask", "gate.hold"]


def test_pictures_with_the_same_pixels_are_linked_and_hold_nothing(benchmark_, tmp_path):
    write(tmp_path, {"a.dcm": dicom(), "b.dcm": dicom(study=2, PatientID="P9")})
    take_in(benchmark_, tmp_path)
    finding = GateFinding.objects.get()
    assert (finding.check_name, finding.outcome) == ("duplicate", "pass")
    assert finding.other_image.series.study_id != finding.study_id
    assert len(pool(benchmark_)) == 2


def test_nearly_the_same_picture_is_linked(benchmark_, tmp_path):
    one = np.asarray(film((200, 240)))
    write(tmp_path, {"a.dcm": dicom(one), "b.dcm": dicom((one * 0.9).astype(np.uint8), study=2)})
    take_in(benchmark_, tmp_path)
    assert GateFinding.objects.get().check_name == "near_duplicate"


def explained(statement: str, values: object) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("is_analysed", [False, True], ids=["unknown", "known"])
def test_like_pictures_are_searched_by_the_index_whatever_is_known_of_the_table(is_analysed):
    """A site's first 100,000 pictures come in before anybody counts the table, and each batch of them asks."""
    series, dice = make_study(with_image=True).series.get(), random.Random(7)
    digests = [f"{dice.getrandbits(256):064x}" for _ in range(3000)]
    common = {"series": series, "rows": 16, "columns": 16}
    many = [
        Image(sop_uid=f"1.2.{number}", image_hash=digest, hash_bands=bands(digest), **common)
        for number, digest in enumerate(digests)
    ]
    Image.objects.bulk_create(many)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_image" if is_analysed else "SELECT 1")
    plan = explained(LIKE, {"own": [image.pk for image in many[-100:]]})
    assert "image_by_hash_bands" in plan
    assert not any(f"Seq Scan on cases_image {name}" in plan for name in ("other", "near"))


@pytest.mark.parametrize(("sharing", "differing"), [(60, 1 << 200), (2_100, 0)], ids=["nearly the same", "the same"])
def test_the_likest_picture_is_found_among_many_that_share_a_band(sharing, differing):
    """Films of one machine may share the upper edge of the picture, and nothing else."""
    series, dice = make_study(with_image=True).series.get(), random.Random(7)
    top = 0x5A3C96 << 232
    digests = [f"{top | dice.getrandbits(232):064x}" for _ in range(sharing + 1)]
    digests.append(f"{int(digests[-1], 16) ^ differing:064x}")
    common = {"series": series, "rows": 16, "columns": 16}
    many = [
        Image(sop_uid=f"1.2.{number}", image_hash=digest, hash_bands=bands(digest), **common)
        for number, digest in enumerate(digests)
    ]
    *_, likest, own = Image.objects.bulk_create(many)
    with connection.cursor() as cursor:
        cursor.execute(LIKE, {"own": [own.pk]})
        assert likest.pk in {pk for (pk,) in cursor.fetchall()}


def test_the_index_on_bands_keeps_no_list_that_each_search_reads_through():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'image_by_hash_bands'")
        assert cursor.fetchone() == (["fastupdate=off"],)


def test_a_contribution_is_recorded_with_its_terms(held):
    contribution = Contribution.objects.get()
    assert (contribution.run, contribution.site) == (held, held.site)
    assert not contribution.is_attested


def test_no_finding_quotes_the_header(benchmark_, tmp_path):
    content = dicom(PatientName="Quixotl^Zebulon", AccessionNumber="A4711", StudyDescription="for Quixotl", **BURNED)
    take_in(benchmark_, write(tmp_path, {"a.dcm": content}))
    for row in GateFinding.objects.values():
        assert "Quixotl" not in str(row)
        assert "A4711" not in str(row)
    assert GateFinding.objects.count() == 2


def test_study_page_opens_for_a_held_study(held, curator, client):
    client.force_login(curator)
    study = GateFinding.objects.get().study
    assert client.get(reverse("cases:study_detail", args=[study.pk])).status_code == 200
