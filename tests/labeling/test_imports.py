"""Verdicts from files: good rows in, bad ones named, a file read twice changes nothing."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db.models import Q

from accounts.models import User
from cases import visibility
from core.errors import NotAllowedError
from labeling.actions import close_round, import_reads, record_read
from labeling.actions.locks import RoundClosedError
from labeling.actions.rounds import NoRoundError
from labeling.adapters.csv_files import FileRefusedError, read_readers, read_reads
from labeling.models import Read, ReadingRound, Slot
from labeling.queries import read_rows
from labeling.verdicts import LabelChange
from tests import factories

pytestmark = pytest.mark.django_db
HEADER = "study_id,reader,verdict,corrections,comment,submitted_at"


@pytest.fixture
def file(tmp_path):
    def write(*lines: str, header: str = HEADER) -> Path:
        path = tmp_path / "reads.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        return path

    return write


def run(world, path, now, **options):
    rows, refused = read_reads(path)
    done = import_reads(benchmark=world.benchmark, rows=rows, by=None, now=now, **options)
    return done, sorted((*refused, *done.problems), key=lambda problem: problem.line)


def test_verdicts_go_to_the_slots_they_were_dealt_to(world, file, now):
    path = file(
        "CXR1,r1,agree_all,,,2026-03-01T10:00:00Z",
        'CXR1,r2,agree_mostly,+cardiomegaly;-pneumothorax,"small, old",',
        "CXR2,R3,disagree,,,2026-03-01 11:00",
    )
    done, problems = run(world, path, now)
    assert (done.imported, done.unchanged, problems) == (3, 0, [])
    first, second, third = Read.objects.order_by("pk")
    assert (first.submitted_at, first.source) == (datetime(2026, 3, 1, 10, tzinfo=UTC), "import")
    assert (second.n_corrections, second.comment, second.submitted_at) == (2, "small, old", now)
    assert third.slot == world.slot(2, 1)
    assert Slot.objects.filter(state="read").count() == 3


def test_importing_twice_changes_nothing(world, file, now):
    path = file("CXR1,r1,agree_all,,,2026-03-01T10:00:00Z", "CXR1,r2,disagree,-pneumothorax,,")
    run(world, path, now)
    done, problems = run(world, path, now)
    assert (done.imported, done.unchanged, problems) == (0, 2, [])
    assert Read.objects.count() == 2


def test_an_old_file_does_not_overrule_what_a_reader_said_since(world, file, now):
    path = file("CXR1,r1,agree_all,,,2026-03-01T10:00:00Z")
    run(world, path, now)
    record_read(slot=world.slot(), verdict="disagree", by=world.readers[0], now=now)
    assert run(world, path, now)[0].imported == 0
    assert Read.objects.current().get().verdict == "disagree"


def test_another_verdict_supersedes(world, file, now):
    run(world, file("CXR1,r1,agree_all,,,"), now)
    run(world, file("CXR1,r1,disagree,-pneumothorax,,"), now)
    assert [read.verdict for read in Read.objects.current()] == ["disagree"]
    assert Read.objects.count() == 2


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("CXR9,r1,agree_all,,,", "study_id", "no study 'CXR9' in the benchmark chest"),
        ("CXR1,nobody,agree_all,,,", "reader", r"no reader 'nobody' in Chest, round 1 \(readers: r1, r2, r3\)"),
        ("CXR1,r1,yes,,,", "verdict", "no verdict 'yes'; allowed: agree_all, agree_mostly, disagree"),
        ("CXR1,r1,disagree,+goitre,,", "corrections", "no label 'goitre'; allowed: pleural_effusion"),
        ("CXR1,r1,disagree,-cardiomegaly,,", "corrections", "was not suggested"),
        ("CXR1,r1,disagree,+pneumothorax,,", "corrections", "was suggested already"),
        ("CXR1,r1,agree_all,-pneumothorax,,", "corrections", "Agree all has no corrections"),
        ("CXR1,r1,disagree,pneumothorax,,", "corrections", "after \\+"),
        ("CXR1,r1,agree_all,,,yesterday", "submitted_at", "'yesterday'; it must be a date and time"),
        ("CXR1,r1,agree_all,,,2026-13-01T10:00:00Z", "submitted_at", "2026-13-01"),
        ("CXR1,r1,agree_all", "", "3 cells and the header 6"),
    ],
)
def test_a_bad_row_is_named_and_the_good_one_is_in(world, file, now, line, column, words):
    done, problems = run(world, file(line, "CXR2,r1,agree_all,,,"), now)
    (problem,) = problems
    assert (done.imported, problem.line, problem.column) == (1, 2, column)
    assert re.search(words, problem.message)


def test_the_same_reader_and_study_twice_is_refused_with_both_lines(world, file, now):
    done, (problem,) = run(world, file("CXR1,r1,agree_all,,,", "CXR1,R1,disagree,,,"), now)
    assert (done.imported, problem.line) == (1, 3)
    assert "on line 2 already" in problem.message


def test_a_reader_who_was_not_dealt_the_study_is_refused(world, file, now):
    Slot.objects.filter(pk=world.slot().pk).update(state="closed")
    _, (problem,) = run(world, file("CXR1,r1,agree_all,,,"), now)
    assert "r1 has no open case of the study CXR1" in problem.message


def test_a_sealed_study_takes_no_verdict_from_a_file(world, file, now, monkeypatch):
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": world.studies[0].pk})])
    done, (problem,) = run(world, file("CXR1,r1,agree_all,,,", "CXR2,r1,agree_all,,,"), now)
    assert (done.imported, problem.line) == (1, 2)


def test_a_study_at_two_sites_needs_the_site(world, file, now):
    factories.make_study(world.benchmark, site=factories.make_site("south"), study_id="CXR1")
    _, (problem,) = run(world, file("CXR1,r1,agree_all,,,"), now)
    assert "at several sites (north, south); add a site column" in problem.message
    done, problems = run(world, file("CXR1,r1,agree_all,,,,north", header=HEADER + ",site"), now)
    assert (done.imported, problems) == (1, [])


def test_a_study_is_also_known_by_its_uid(world, file, now):
    type(world.studies[0]).objects.filter(pk=world.studies[0].pk).update(study_uid="1.2.840.1")
    assert run(world, file("1.2.840.1,r1,agree_all,,,"), now)[0].imported == 1


def test_no_round_and_a_closed_round_are_refused(world, file, now):
    path = file("CXR1,r1,agree_all,,,")
    close_round(round_=world.round, by=None, now=now)
    with pytest.raises(RoundClosedError):
        run(world, path, now)
    world.benchmark = factories.make_benchmark("other")
    with pytest.raises(NoRoundError, match="other has no reading round"):
        run(world, path, now)


def test_a_reader_cannot_import(world, file, now):
    with pytest.raises(NotAllowedError):
        import_reads(benchmark=world.benchmark, rows=[], by=world.readers[0], now=now)


def test_what_is_exported_is_imported_as_unchanged(world, file, now):
    change = LabelChange("cardiomegaly", "added")
    record_read(
        slot=world.slot(), verdict="disagree", corrections=[change], comment='a "b"', by=world.readers[0], now=now
    )
    from labeling.adapters.csv_files import READS_HEADER, write_rows

    path = file()
    assert write_rows(path, READS_HEADER, list(read_rows(world.round, user=None))) == 1
    assert run(world, path, now)[0].unchanged == 1


# ---- A round made of the file ----------------------------------------------------------------------------------------------


@pytest.fixture
def pool(db):
    class Pool:
        benchmark = factories.make_benchmark()

    for n in range(1, 4):
        study = factories.make_study(Pool.benchmark, study_id=f"N{n}")
        if n != 3:
            factories.make_suggestions(study, Pool.benchmark, ["pneumothorax"])
    return Pool


LINES = ("N1,ann,agree_all,,,", "N1,bob,disagree,,,", "N2,ann,agree_mostly,-pneumothorax,,")


def test_a_round_is_made_to_fit_the_file(pool, file, now):
    done, problems = run(pool, file(*LINES), now, create=True)
    assert (done.imported, problems, done.round.reads_per_study, done.round.sampling_run) == (3, [], 2, None)
    assert sorted(User.objects.filter(role="reader").values_list("username", flat=True)) == ["ann", "bob"]
    assert not User.objects.get(username="ann").has_usable_password()
    assert done.round.studies.count() == 2


def test_the_same_file_again_finds_its_round(pool, file, now):
    run(pool, file(*LINES), now, create=True)
    done, _ = run(pool, file(*LINES), now, create=True)
    assert (done.imported, done.unchanged, ReadingRound.objects.count()) == (0, 3, 1)


def test_the_mended_file_brings_only_the_mended_row(pool, file, now):
    done, problems = run(pool, file(*LINES, "N2,bob,perhaps,,,", "N9,bob,agree_all,,,"), now, create=True)
    assert (done.imported, [problem.line for problem in problems]) == (3, [5, 6])
    done, problems = run(pool, file(*LINES, "N2,bob,agree_all,,,"), now, create=True)
    assert (done.imported, done.unchanged, problems, ReadingRound.objects.count()) == (1, 3, [], 1)


def test_a_later_study_joins_the_round_while_k_is_enough(pool, file, now):
    run(pool, file(*LINES), now, create=True)
    study = factories.make_study(pool.benchmark, study_id="N4")
    factories.make_suggestions(study, pool.benchmark)
    done, _ = run(pool, file(*LINES, "N4,cat,agree_all,,,"), now, create=True)
    assert (done.imported, ReadingRound.objects.count(), Slot.objects.filter(reader__username="cat").count()) == (
        1,
        1,
        1,
    )


def test_more_readers_than_k_make_a_new_round(pool, file, now):
    run(pool, file(*LINES), now, create=True)
    done, _ = run(pool, file(*LINES, "N1,cat,agree_all,,,"), now, create=True)
    assert (done.imported, done.round.number, done.round.reads_per_study) == (4, 2, 3)


def test_a_study_without_suggestions_is_refused(pool, file, now):
    _, (problem,) = run(pool, file("N1,ann,agree_all,,,", "N3,ann,agree_all,,,"), now, create=True)
    assert "N3 has no suggestions; extract or import them first" in problem.message


def test_a_curator_is_no_reader_of_a_file(pool, file, now):
    factories.make_user("curator", "boss")
    done, (problem,) = run(pool, file("N1,boss,agree_all,,,", "N1,ann,agree_all,,,"), now, create=True)
    assert (done.imported, problem.column) == (1, "reader")
    assert "boss is a curator" in problem.message


def test_a_file_of_bad_rows_alone_makes_no_round(pool, file, now):
    done, problems = run(pool, file("N9,ann,agree_all,,,"), now, create=True)
    assert (done.round, len(problems), ReadingRound.objects.count(), User.objects.count()) == (None, 1, 0, 0)


# ---- Files as a whole --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"study_id,reader\n", "line 1: the header lacks verdict, corrections"),
        (b"", "line 1: the header lacks"),
        (HEADER.encode() + b",mood\n", "unknown or double columns"),
        (HEADER.encode() + b"\nCXR1,r1,agree_all,,\xff,\n", "line 2: not UTF-8"),
        (HEADER.encode() + b"\nCXR1,r1,agree_all,,a\x00b,\n", "line 2: holds a NUL"),
        (HEADER.encode() + b'\nCXR1,r1,agree_all,,"open,\n', "not CSV as RFC 4180"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_line(tmp_path, content, words):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefusedError, match=words):
        read_reads(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FileRefusedError, match="cannot be read"):
        read_reads(tmp_path / "none.csv")


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path):
    path = tmp_path / "reads.csv"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER.encode() + b"\r\nCXR1,r1,agree_all,,,\r\n\r\n")
    rows, problems = read_reads(path)
    assert (len(rows), rows[0].study_id, problems) == (1, "CXR1", [])


def test_a_roster_is_read_with_its_caps(tmp_path):
    path = tmp_path / "readers.csv"
    path.write_text("username,name,email,site,max_reads\nann,Ann,ann@x.org,north,5\nbob,Bob,,,\n")
    ann, bob = read_readers(path)
    assert (ann.max_reads, ann.site, bob.max_reads, bob.email) == (5, "north", None, "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",Nobody,,,", "line 3: The username is empty"),
        ("ANN,Ann,,,", "stands on line 2 already"),
        ("bob,Bob,,,many", "max_reads is 'many'"),
        ("bob,Bob,,,-1", "max_reads is '-1'"),
    ],
)
def test_a_roster_with_a_bad_row_is_refused_whole(tmp_path, line, words):
    path = tmp_path / "readers.csv"
    path.write_text(f"username,name,email,site,max_reads\nann,Ann,,,\n{line}\n")
    with pytest.raises(FileRefusedError, match=words):
        read_readers(path)
