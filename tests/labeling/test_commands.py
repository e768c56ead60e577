"""open_round, export_assignments, import_reads and export_reads on the command line."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from cases.models import Image, Series
from labeling.actions import record_read
from labeling.models import Read, ReadingRound, Slot
from tests import factories
from tests.labeling.conftest import make_sample

pytestmark = pytest.mark.django_db


def run(*args) -> str:
    out = StringIO()
    call_command(*args, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def sample(db):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 10, sites=2)
    return benchmark


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "readers.csv"
    people = [f"r{n:02},Reader {n},r{n}@example.org,,{4 if n == 1 else ''}" for n in range(1, 6)]
    path.write_text("\n".join(["username,name,email,site,max_reads", *people]) + "\n")
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_open_round_makes_accounts_and_says_the_loads(sample, roster):
    said = run("open_round", "--benchmark", "chest", "--readers", str(roster), "--seed", "7")
    assert "Chest, round 1 is open: 10 studies, 5 readers, 3 reads per study; each reader has 4 to 7 cases." in said
    assert User.objects.filter(role="reader").count() == 5
    assert ReadingRound.objects.get().seed == 7


def test_open_round_again_finds_the_round(sample, roster):
    for _ in range(2):
        said = run("open_round", "--benchmark", "chest", "--readers", str(roster))
    assert "has these settings and readers already; nothing was opened" in said
    assert ReadingRound.objects.count() == 1


def test_open_round_sets_how_readers_meet(sample, roster):
    call = ("open_round", "--benchmark", "chest", "--readers", str(roster))
    rules = ("--semi-collaborative", "--require-corrections", "--require-comment")
    run(*call, *rules)
    first = ReadingRound.objects.get()
    assert (first.semi_collaborative, first.require_corrections, first.require_comment) == (True, True, True)
    assert "nothing was opened" in run(*call, *rules)
    run(*call, "--no-semi-collaborative")
    assert not ReadingRound.objects.latest("pk").semi_collaborative
    run(*call, "--may-be-bare")
    assert (ReadingRound.objects.latest("pk").may_be_bare, first.may_be_bare) == (True, False)


def test_open_round_to_all_deals_nothing_beforehand(sample, roster):
    said = run("open_round", "--benchmark", "chest", "--readers", str(roster), "--open-to-all")
    assert "round 1 is open to 5 readers: 10 studies, 3 reads per study; each reader takes the next case." in said
    assert not Slot.objects.filter(reader__isnull=False).exists()


def test_marks_are_exported_beside_the_reads(world, now, client, tmp_path):
    series = Series.objects.create(study=world.studies[0], series_uid="1.2")
    image = Image.objects.create(series=series, sop_uid="1.2.3", sha256="a" * 64, rows=40, columns=30, frames=2)
    mark = {
        "kind": "length", "image": image.pk, "frame": 1, "points": [[1.5, 2.25], [10, 20]],
        "label": "cardiomegaly", "certainty": "probable", "text": "wide",
    }  # fmt: skip
    record_read(
        slot=world.slot(), verdict="agree_all", marks=[mark, {**mark, "kind": "box"}], by=world.readers[0], now=now
    )
    record_read(slot=world.slot(1), verdict="agree_all", by=world.readers[1], now=now)
    path = tmp_path / "marks.csv"
    said = run("export_reads", "--benchmark", "chest", "--out", str(tmp_path / "reads.csv"), "--marks", str(path))
    assert "2 marks written" in said
    first, second = rows_of(path)
    assert (first["study_id"], first["reader"], first["image"], first["frame"], first["kind"], first["points"]) == (
        "CXR1", "r1", "1.2.3", "2", "length", "1.5 2.25;10 20",
    )  # fmt: skip
    assert (first["label"], first["certainty"], first["text"], second["kind"]) == (
        "cardiomegaly",
        "probable",
        "wide",
        "box",
    )
    client.force_login(factories.make_user("curator"))
    page = client.get(reverse("labeling:round_marks", args=[world.round.pk]))
    assert page.content.decode() == path.read_text()
    client.force_login(world.readers[0])
    assert client.get(reverse("labeling:round_marks", args=[world.round.pk])).status_code == 403


def test_open_round_for_all_readers(sample):
    for _ in range(3):
        factories.make_user()
    factories.make_user(is_active=False)
    assert "3 readers, 2 reads per study" in run(
        "open_round", "--benchmark", "chest", "--readers", "all", "--reads-per-study", "2", "--show-report", "always"
    )


def test_open_round_refuses_in_a_sentence_and_makes_no_account(sample, tmp_path):
    path = tmp_path / "readers.csv"
    path.write_text("username,name,email\nann,Ann,\n")
    with pytest.raises(CommandError, match="needs 3 different readers, but the round has 1") as refused:
        run("open_round", "--benchmark", "chest", "--readers", str(path))
    assert refused.value.returncode == 1
    assert not User.objects.exists()


def test_open_round_of_an_unknown_benchmark_is_refused(db):
    with pytest.raises(CommandError, match="no benchmark 'nose'"):
        run("open_round", "--benchmark", "nose", "--readers", "all")


def test_assignments_are_written_for_every_slot(sample, roster, tmp_path):
    run("open_round", "--benchmark", "chest", "--readers", str(roster))
    path = tmp_path / "assignments.csv"
    assert "30 assignments of Chest, round 1" in run("export_assignments", "--benchmark", "chest", "--out", str(path))
    rows = rows_of(path)
    assert list(rows[0]) == ["study_id", "reader", "position"]
    assert len({(row["study_id"], row["position"]) for row in rows}) == 30


def test_assignments_name_the_site_where_an_identifier_is_at_two(sample, roster, tmp_path):
    first, second = sample.pool_entries.select_related("study")[:2]
    type(second.study).objects.filter(pk=second.study.pk).update(study_id=first.study.study_id)
    run("open_round", "--benchmark", "chest", "--readers", str(roster))
    path = tmp_path / "assignments.csv"
    run("export_assignments", "--benchmark", "chest", "--out", str(path))
    assert list(rows_of(path)[0]) == ["study_id", "reader", "position", "site"]


def test_verdicts_travel_out_and_in(sample, roster, tmp_path):
    run("open_round", "--benchmark", "chest", "--readers", str(roster))
    assignments = tmp_path / "assignments.csv"
    run("export_assignments", "--benchmark", "chest", "--out", str(assignments))
    verdicts = tmp_path / "verdicts.csv"
    lines = [f"{row['study_id']},{row['reader']},agree_mostly,-pleural_effusion,," for row in rows_of(assignments)]
    verdicts.write_text("\n".join(["study_id,reader,verdict,corrections,comment,submitted_at", *lines]) + "\n")
    said = run("import_reads", str(verdicts), "--benchmark", "chest")
    assert "Reads into Chest, round 1: 30 imported, 0 unchanged, 0 rejected." in said
    exported = tmp_path / "reads.csv"
    assert "30 reads" in run("export_reads", "--benchmark", "chest", "--out", str(exported))
    assert {row["corrections"] for row in rows_of(exported)} == {"-pleural_effusion"}
    assert "0 imported, 30 unchanged" in run("import_reads", str(exported), "--benchmark", "chest")


def test_rejected_rows_are_named_and_the_exit_code_says_so(sample, roster, tmp_path):
    run("open_round", "--benchmark", "chest", "--readers", str(roster))
    slot = Slot.objects.select_related("round_study__study", "reader").first()
    path = tmp_path / "verdicts.csv"
    path.write_text(
        "study_id,reader,verdict,corrections,comment,submitted_at\n"
        f"{slot.round_study.study.study_id},{slot.reader.username},agree_all,,,\n"
        "X,r01,agree_all,,,\n"
    )
    out = StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("import_reads", str(path), "--benchmark", "chest", stdout=out, stderr=out)
    assert exit_.value.code == 1
    assert "verdicts.csv, line 3: There is no study 'X'" in out.getvalue()
    assert "1 imported, 0 unchanged, 1 rejected" in out.getvalue()
    assert Read.objects.count() == 1


def test_a_round_is_created_from_the_file(db, tmp_path):
    benchmark = factories.make_benchmark()
    factories.make_suggestions(factories.make_study(benchmark, study_id="N1"), benchmark)
    path = tmp_path / "verdicts.csv"
    path.write_text("study_id,reader,verdict,corrections,comment,submitted_at\nN1,ann,agree_all,,,\n")
    assert "1 imported" in run("import_reads", str(path), "--benchmark", "chest", "--create-round")


def test_exports_without_a_round_are_refused(sample, tmp_path):
    for command in ("export_assignments", "export_reads"):
        with pytest.raises(CommandError, match="has no reading round"):
            run(command, "--benchmark", "chest", "--out", str(tmp_path / "x.csv"))
        with pytest.raises(CommandError, match="has no round 4"):
            run(command, "--benchmark", "chest", "--round", "4", "--out", str(tmp_path / "x.csv"))
