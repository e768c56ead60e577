"""Opening and closing rounds."""

from collections import Counter
from itertools import combinations

import pytest

from cases.actions.frames import derive_frames
from cases.frames import FORMAT_VERSION
from cases.models import FrameRun, FrameSet, Study
from core.errors import NotAllowedError
from core.models import Event
from labeling.actions import close_round, open_round
from labeling.actions.dealing import RoundRefusedError
from labeling.actions.rounds import NameNotConfirmedError, NoSampleError, ReaderRefusedError, make_open_rounds_ready
from labeling.models import ReadingRound, RoundReader, RoundStudy, Slot
from labeling.queries import progress, readers_of, reads_by_day, rounds_with_counts, same_round, studies_of
from tests import factories
from tests.cases.builders import dicom, take_in, write
from tests.labeling.conftest import make_sample, make_world

pytestmark = pytest.mark.django_db


def make_readers(n):
    return [factories.make_user(username=f"r{number:02}") for number in range(n)]


def test_every_study_gets_k_distinct_readers_and_loads_are_level(now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 20)
    round_ = open_round(benchmark=benchmark, readers=make_readers(7), reads_per_study=3, by=None, now=now)
    readers = {}
    for slot in Slot.objects.filter(round=round_):
        readers.setdefault(slot.round_study_id, []).append((slot.position, slot.reader_id))
    assert all(sorted(p for p, _ in each) == [1, 2, 3] and len({r for _, r in each}) == 3 for each in readers.values())
    loads = Counter(reader for each in readers.values() for _, reader in each)
    assert (len(readers), max(loads.values()) - min(loads.values())) == (20, 1)
    pairs = Counter(pair for each in readers.values() for pair in combinations(sorted(r for _, r in each), 2))
    assert max(pairs.values()) - min(pairs.values()) <= 2


def test_each_readers_order_has_no_gap(now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 9)
    round_ = open_round(benchmark=benchmark, readers=make_readers(4), reads_per_study=2, by=None, now=now)
    for member in round_.readers.all():
        orders = list(Slot.objects.filter(reader=member.reader).order_by("order").values_list("order", flat=True))
        assert orders == list(range(1, len(orders) + 1))


def test_the_round_pins_the_suggestions_the_sample_was_drawn_with(now):
    benchmark = factories.make_benchmark()
    run = make_sample(benchmark, 3)
    for pick in run.sampled_studies.all():
        factories.make_suggestions(pick.study, benchmark, ["cardiomegaly"])
    round_ = open_round(benchmark=benchmark, readers=make_readers(3), by=None, now=now)
    pinned = set(RoundStudy.objects.filter(round=round_).values_list("suggestion_set__version", flat=True))
    assert (pinned, round_.sampling_run, round_.taxonomy) == ({1}, run, run.taxonomy)


def test_pictures_that_open_rounds_lack_after_an_upgrade_are_made_by_one_run(now, tmp_path):
    readers = make_readers(3)
    for count, name in enumerate(("open", "closed")):
        benchmark = factories.make_benchmark(slug=name)
        films = {f"{n}.dcm": dicom(study=10 * count + n) for n in range(1, 4)}
        take_in(benchmark, write(tmp_path / name, films), site=name)
        round_ = factories.make_round(benchmark, Study.objects.filter(site__code=name), readers)
        if name == "closed":
            close_round(round_=round_, by=None, now=now)
    FrameSet.objects.update(version=FORMAT_VERSION - 1)
    for _ in range(2):  # two workers start
        make_open_rounds_ready()
    run = FrameRun.objects.get()
    assert (run.benchmark.slug, run.params["unhurried"]) == ("open", True)
    assert run.params["studies"] == list(
        Study.objects.filter(site__code="open").order_by("pk").values_list("pk", flat=True)
    )
    derive_frames(run.pk, now=lambda: now)
    make_open_rounds_ready()
    assert FrameRun.objects.count() == 1


def test_unset_settings_come_from_the_definition(now):
    benchmark = factories.make_benchmark(reading={"reads_per_study": 2, "show_report": "always"})
    make_sample(benchmark, 2)
    round_ = open_round(benchmark=benchmark, readers=make_readers(2), by=None, now=now)
    assert (round_.reads_per_study, round_.show_report, round_.number, round_.state) == (2, "always", 1, "open")


def test_the_newest_finished_sample_is_read(now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 2)
    newest = make_sample(benchmark, 3)
    make_sample(benchmark, 2, state="failed")
    assert open_round(benchmark=benchmark, readers=make_readers(3), by=None, now=now).sampling_run == newest


def test_the_same_seed_deals_the_same_and_another_deals_otherwise(now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 12)
    readers = make_readers(5)

    def dealt(seed):
        round_ = open_round(benchmark=benchmark, readers=readers, reads_per_study=2, seed=seed, by=None, now=now)
        return set(Slot.objects.filter(round=round_).values_list("round_study__study", "reader", "order"))

    assert dealt(1) == dealt(1)
    assert dealt(1) != dealt(2)


def test_nobody_reads_the_own_site_when_asked(now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 8, sites=2)
    readers = [factories.make_user(home_site_code=f"site{n % 2}") for n in range(4)]
    readers += make_readers(2)
    round_ = open_round(
        benchmark=benchmark, readers=readers, reads_per_study=2, exclude_own_site=True, by=None, now=now
    )
    for slot in Slot.objects.filter(round=round_).select_related("reader", "round_study__study__site"):
        assert slot.reader.home_site_code != slot.round_study.study.site.code


def test_a_readers_cap_is_kept(now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 6)
    readers = make_readers(4)
    round_ = open_round(
        benchmark=benchmark, readers=readers, reads_per_study=2, max_reads={readers[0].pk: 1}, by=None, now=now
    )
    assert Slot.objects.filter(round=round_, reader=readers[0]).count() == 1
    assert RoundReader.objects.get(round=round_, reader=readers[0]).max_reads == 1


def test_an_audit_row_tells_of_the_opening(now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 2)
    curator = factories.make_user("curator")
    round_ = open_round(benchmark=benchmark, readers=make_readers(3), by=curator, now=now)
    event = Event.objects.get(verb="round.opened")
    assert (event.actor, event.subject_id) == (curator, str(round_.pk))
    assert event.data == {"studies": 2, "readers": 3, "reads_per_study": 3}


def refused(error, words, *, now, readers=3, sample=True, **fields):
    benchmark = factories.make_benchmark()
    if sample:
        make_sample(benchmark, 2)
    people = make_readers(readers) if isinstance(readers, int) else readers
    with pytest.raises(error, match=words):
        open_round(benchmark=benchmark, readers=people, **{"by": None, "now": now, **fields})
    assert not ReadingRound.objects.exists()


def test_no_finished_sample_is_refused(now):
    refused(NoSampleError, "no finished sampling run", now=now, sample=False)


def test_fewer_readers_than_k_are_refused(now):
    refused(RoundRefusedError, "needs 3 different readers, but the round has 2", now=now, readers=2)


def test_caps_too_small_are_refused(now):
    readers = make_readers(3)
    refused(RoundRefusedError, "Raise max_reads", now=now, readers=readers, max_reads={readers[0].pk: 1})


def test_an_inactive_reader_is_refused_by_name(now):
    gone = factories.make_user(username="gone", is_active=False)
    refused(ReaderRefusedError, "account of gone is inactive", now=now, readers=[gone])


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_who_is_no_reader_is_refused_by_name(now, role):
    refused(ReaderRefusedError, f"boss is a {role}", now=now, readers=[factories.make_user(role, "boss")])


def test_a_reader_cannot_open_a_round(now):
    refused(NotAllowedError, "opened and closed by curators", now=now, by=factories.make_user(username="me"))


def test_an_unknown_show_report_is_refused(now):
    refused(RoundRefusedError, "'sometimes'; it must be one of never", now=now, show_report="sometimes")


def test_an_unfinished_sample_is_refused(now):
    benchmark = factories.make_benchmark()
    run = make_sample(benchmark, 2, state="queued")
    with pytest.raises(NoSampleError, match="is queued"):
        open_round(benchmark=benchmark, sampling_run=run, readers=make_readers(3), by=None, now=now)


def test_a_sample_of_another_benchmark_is_refused(now):
    run = make_sample(factories.make_benchmark("other"), 2)
    with pytest.raises(NoSampleError, match="another benchmark"):
        open_round(benchmark=factories.make_benchmark(), sampling_run=run, readers=make_readers(3), by=None, now=now)


def test_closing_asks_for_the_rounds_own_name(world, now):
    with pytest.raises(NameNotConfirmedError, match="'Chest, round 1'"):
        close_round(round_=world.round, name="chest", by=None, now=now)
    assert close_round(round_=world.round, name="Chest, round 1", by=None, now=now).closed_at == now


def test_closing_twice_changes_nothing(world, now):
    close_round(round_=world.round, by=None, now=now)
    close_round(round_=world.round, by=None, now=now)
    assert Event.objects.filter(verb="round.closed").count() == 1


def test_a_reader_cannot_close_a_round(world, now):
    with pytest.raises(NotAllowedError):
        close_round(round_=world.round, by=world.readers[0], now=now)


def test_progress_counts_studies_by_their_reads(now):
    from labeling.actions import record_read

    world = make_world(n_studies=3)
    for reader in range(3):
        record_read(slot=world.slot(reader, 0), verdict="agree_all", by=world.readers[reader], now=now)
    record_read(slot=world.slot(0, 1), verdict="disagree", by=world.readers[0], now=now)
    far = progress(world.round)
    assert (far.studies_by_reads, far.studies, far.complete, far.read, far.total) == ((1, 1, 0, 1), 3, 1, 4, 9)
    assert [(item.reader.username, item.read, item.total) for item in readers_of(world.round)] == [
        ("r1", 2, 3),
        ("r2", 1, 3),
        ("r3", 1, 3),
    ]
    assert reads_by_day(world.round)[-1] == (now, 4.0)
    row = rounds_with_counts().get()
    assert (row.n_studies, row.n_readers, row.n_slots, row.n_read) == (3, 3, 9, 4)


@pytest.mark.parametrize(
    ("order", "expected"), [("position", "CXR1"), ("-position", "CXR2"), ("-read", "CXR2"), ("nonsense", "CXR1")]
)
def test_studies_are_sorted_as_asked(world, now, order, expected):
    from labeling.actions import record_read

    record_read(slot=world.slot(0, 1), verdict="agree_all", by=world.readers[0], now=now)
    found = studies_of(world.round, user=factories.make_user("curator"), order=order)
    assert found[0].study.study_id == expected


def test_studies_are_filtered_by_reads_and_name(world):
    curator = factories.make_user("curator")
    assert studies_of(world.round, user=curator, reads=1).count() == 0
    assert studies_of(world.round, user=curator, reads=0, search="xr2").get().study.study_id == "CXR2"


def test_a_reader_sees_no_study_of_a_round(world):
    assert not studies_of(world.round, user=world.readers[0]).exists()


def test_the_same_settings_are_recognised(now):
    benchmark = factories.make_benchmark()
    run = make_sample(benchmark, 2)
    readers = make_readers(3)
    settings = {
        "sampling_run": run,
        "readers": readers,
        "max_reads": {},
        "reads_per_study": 3,
        "show_report": "never",
        "exclude_own_site": False,
        "seed": 7,
    }
    opened = open_round(benchmark=benchmark, by=None, now=now, **settings)
    assert same_round(**settings) == opened
    for change in ({"seed": 8}, {"readers": readers[:2]}, {"max_reads": {readers[0].pk: 2}}, {"show_report": "always"}):
        assert same_round(**{**settings, **change}) is None
