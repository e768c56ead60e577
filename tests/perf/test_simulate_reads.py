"""Simulated readers: the same seed gives the same verdicts, and every verdict obeys the rules of an import."""

import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.verdicts import check_verdict, parse_corrections
from perf.simulate_reads import READERS_HEADER, Reader, Truth, read_study, roster, simulate

LABELS = [f"label_{number}" for number in range(8)]
SCRIPT = Path(__file__).resolve().parents[2] / "perf" / "simulate_reads.py"


def suggestions(count: int, seed: int = 3) -> list[dict[str, str]]:
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        chosen = rng.sample(LABELS, rng.choice([0, 0, 1, 1, 2, 3]))
        for label in chosen or [""]:
            status = rng.choice(["present", "present", "uncertain", "absent"]) if label else ""
            rows.append({"study_id": f"S{number}", "label": label, "status": status})
    return rows


def assignments(count: int, readers: int = 6) -> list[dict[str, str]]:
    return [
        {"study_id": f"S{number}", "reader": f"reader{(number + place) % readers:02d}", "position": str(place + 1)}
        for number in range(count)
        for place in range(3)
    ]


def shown(rows: list[dict[str, str]], study_id: str) -> list[str]:
    return [row["label"] for row in rows if row["study_id"] == study_id and row["status"] in {"present", "uncertain"}]


def test_each_assignment_gets_one_read() -> None:
    dealt = assignments(40)

    reads = simulate(dealt, suggestions(40), seed=7)

    assert sorted((row[0], row[1]) for row in reads) == sorted((row["study_id"], row["reader"]) for row in dealt)


def test_the_same_seed_gives_the_same_reads_and_another_seed_others() -> None:
    first, again = (simulate(assignments(60), suggestions(60), seed=7) for _ in range(2))

    assert first == again
    assert first != simulate(assignments(60), suggestions(60), seed=8)


def test_the_order_of_the_files_does_not_matter() -> None:
    dealt, rows = assignments(30), suggestions(30)

    assert simulate(dealt, rows, seed=7) == simulate(dealt[::-1], rows[::-1], seed=7)


def test_every_verdict_passes_the_rules_of_an_import() -> None:
    rows = suggestions(120)

    for study_id, _, verdict, corrections, *_ in simulate(assignments(120), rows, seed=7):
        check_verdict(verdict, parse_corrections(corrections), labels=LABELS, suggested=shown(rows, study_id))


def test_all_three_verdicts_are_given() -> None:
    verdicts = {row[2] for row in simulate(assignments(120), suggestions(120), seed=7)}

    assert verdicts == {"agree_all", "agree_mostly", "disagree"}


def test_about_half_of_the_studies_end_with_two_agree_all() -> None:
    counts: dict[str, int] = {}
    for row in simulate(assignments(900), suggestions(900), seed=7):
        counts[row[0]] = counts.get(row[0], 0) + (row[2] == "agree_all")

    assert 0.40 <= sum(count >= 2 for count in counts.values()) / 900 <= 0.60  # 0.39 on the harder Open-i sample


def test_a_site_in_the_assignments_comes_back_with_the_read() -> None:
    dealt = [{"study_id": "S1", "reader": "r", "position": "1", "site": "north"}]

    [row] = simulate(dealt, [{"study_id": "S1", "label": "", "status": "", "site": "north"}], seed=1)

    assert row[-1] == "north"


def test_one_readers_times_run_forward() -> None:
    times: dict[str, list[str]] = {}
    for row in simulate(assignments(50), suggestions(50), seed=7):
        times.setdefault(row[1], []).append(row[5])

    assert all(moments == sorted(set(moments)) for moments in times.values())


@given(
    suggested=st.sets(st.sampled_from(LABELS)),
    leniency=st.floats(0, 1),
    seed=st.integers(0, 10_000),
    data=st.data(),
)
def test_agree_all_never_has_corrections(suggested: set[str], leniency: float, seed: int, data: st.DataObject) -> None:
    wrong = data.draw(st.sets(st.sampled_from(sorted(suggested)))) if suggested else set()
    missing = set(LABELS[:1]) - suggested

    verdict, corrections = read_study(
        Truth(frozenset(suggested), frozenset(wrong), frozenset(missing)), Reader("r", leniency), random.Random(seed)
    )

    assert verdict != "agree_all" or not corrections
    check_verdict(verdict, parse_corrections(corrections), labels=LABELS, suggested=suggested)


@pytest.mark.parametrize("field", ["notices", "doubts", "remarks"])
def test_a_lenient_reader_objects_less(field: str) -> None:
    assert getattr(Reader("strict", 0.1), field) > getattr(Reader("lenient", 0.9), field) > 0


def test_the_roster_spreads_seventeen_readers_over_four_sites() -> None:
    rows = roster(17, 4)

    assert len({row[0] for row in rows}) == 17
    assert sorted(sum(row[3] == site for row in rows) for site in {row[3] for row in rows}) == [4, 4, 4, 5]


def test_the_command_line_writes_both_files(tmp_path: Path) -> None:
    dealt, suggested = tmp_path / "assignments.csv", tmp_path / "suggestions.csv"
    for path, rows in ((dealt, assignments(5)), (suggested, suggestions(5))):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    for arguments in (
        ["readers", "--out", str(tmp_path / "readers.csv")],
        ["reads", "--assignments", str(dealt), "--suggestions", str(suggested), "--out", str(tmp_path / "reads.csv")],
    ):
        subprocess.run([sys.executable, str(SCRIPT), *arguments], check=True, capture_output=True, timeout=60)

    assert (tmp_path / "readers.csv").read_text().splitlines()[0] == ",".join(READERS_HEADER)
    assert len((tmp_path / "reads.csv").read_text().splitlines()) == 1 + 15
