"""open_round, export_assignments, import_reads and export_reads on the command line."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
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
    path = tmp_path / "out" / "assignments.csv"
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
