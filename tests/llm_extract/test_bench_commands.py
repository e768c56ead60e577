"""import_gold and score_extraction on the command line."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from llm_extract.models import GoldSet, Trial
from tests.fakes.llm_replies import refused
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.bench_rows import GOLD, gold_benchmark
from tests.llm_extract.clinical_server import make_backend

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return gold_benchmark()


@pytest.fixture
def gold(world, tmp_path):
    path = tmp_path / "gold.csv"
    path.write_text(GOLD)
    return path


def run(*args):
    """What the command says, and its exit code."""
    out = StringIO()
    try:
        call_command(*map(str, args), stdout=out, stderr=out)
    except SystemExit as end:
        return out.getvalue(), end.code
    except CommandError as error:
        return str(error), error.returncode
    return out.getvalue(), 0


def import_gold(path, name="coders"):
    return run("import_gold", path, "--benchmark", "chest", "--name", name)


def score(*options):
    return run("score_extraction", "--benchmark", "chest", "--gold", "coders", *options)


def test_a_gold_set_is_imported_once(gold):
    assert import_gold(gold) == ("Gold set coders: 6 studies, 11 labels imported, 0 rows rejected.\n", 0)
    assert import_gold(gold) == ("Gold set coders: 6 studies, 11 labels unchanged, 0 rows rejected.\n", 0)
    assert GoldSet.objects.count() == 1


def test_refused_rows_are_named_and_end_with_one(gold):
    gold.write_text(GOLD + "NOBODY,1,0\nG1,1,1\n")
    said, code = import_gold(gold)
    assert code == 1
    assert "gold.csv, line 9: study_id is 'G1'; the study is on line 2 already" in said
    assert "There is no study 'NOBODY'" in said
    assert "6 studies, 11 labels imported, 2 rows rejected" in said


def test_a_file_that_is_not_there_and_a_taken_name_are_refused(gold, tmp_path):
    said, code = import_gold(tmp_path / "none.csv")
    assert (code, "cannot be read" in said) == (1, True)
    import_gold(gold)
    gold.write_text("study_id,pneumothorax\nG1,1\n")
    said, code = import_gold(gold)
    assert (code, "never edited, name a new one" in said) == (1, True)


def test_scores_are_printed_and_written_as_worked_out_by_hand(gold, tmp_path):
    import_gold(gold)
    said, code = score("--out", tmp_path / "scores.json")
    assert code == 0
    assert "strict: micro F1 0.500" in said
    assert "lenient: micro F1 0.571" in said
    assert "6 studies read, 2 of 6 with every label right, 0 unread. Cost: nothing." in said
    [row] = [line.split() for line in said.splitlines() if line.startswith("Pleural effusion")]
    assert row[2] == "2"
    written = json.loads((tmp_path / "scores.json").read_text())
    assert written["gold_set"] == "coders"
    assert written["strict"]["labels"][0]["f1"]["value"] == pytest.approx(0.4)
    assert "differing" not in written


def test_the_same_call_again_tries_nothing_anew(gold):
    import_gold(gold)
    first, second = score(), score()
    assert first == second
    assert Trial.objects.count() == 1
    score("--limit", 3)
    assert Trial.objects.count() == 2


def test_an_unknown_gold_set_names_those_there_are(gold):
    said, code = score()
    assert (code, "none; import one (import_gold)" in said) == (1, True)
    import_gold(gold, "others")
    assert "there are: 'others'" in score()[0]


def test_a_limit_below_one_is_bad_usage(gold):
    said, code = score("--limit", 0)
    assert (code, said) == (2, "--limit is 0; it must be 1 or more.")


def test_reports_that_could_not_be_read_end_with_one(gold):
    import_gold(gold)
    with LlmServer(answer=refused("I cannot.")) as server:
        make_backend(server)
        said, code = score("--extractor", "fake")
    assert code == 1
    assert "0 studies read" in said
    assert "6 unread" in said
