"""Simulated radiologists: a roster, and verdicts on a dealt round in the contract's CSV. Same seed, same bytes.

    python perf/simulate_reads.py readers --out readers.csv [--count 17] [--sites 4]
    python perf/simulate_reads.py reads --assignments assignments.csv --suggestions suggestions.csv --out reads.csv [--seed 7]

`assignments.csv` comes from `manage.py export_assignments`, `suggestions.csv` from `manage.py export_suggestions`.

The model. What is wrong with a study's suggestions is a fact of the study, so that readers agree about it: each
suggested label is wrong with the error rate of that label (drawn once per label, 0.17 to 0.48; half as much again
when the suggestion is uncertain), and with probability 0.37 one label is missing (0.27 when nothing is suggested).
Each reader has a leniency in 0.1 … 0.9 (mean 0.5, drawn once): the strictest (0) would notice 97 % of what is wrong
and doubt 9 % of what is right, the most lenient (1) 65 % and 2 %. A reader who changes nothing gives *agree all*, but
for a remark about degree (12 % to 2 %), which is a bare *agree mostly*; one who changes labels gives *agree mostly*
as long as half of what either side names is shared (Jaccard index), else *disagree*. These figures are chosen, not
fitted: they put the share of studies with two *agree all* among three near 38 %.
"""

import argparse
import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

READERS_HEADER = ("username", "name", "email", "site")
READS_HEADER = ("study_id", "reader", "verdict", "corrections", "comment", "submitted_at")
FIRST_READ = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FIRST_NAMES = (
    *("Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana"),
    *("Kai", "Lena", "Milo", "Nora", "Otto", "Pia", "Quinn", "Rosa", "Sven", "Tara"),
)
SITES = ("north", "south", "east", "west")

StudyKey = tuple[str, str]  # site ("" where the file has none), study_id


@dataclass(frozen=True)
class Reader:
    """How a simulated radiologist reads. ``leniency`` is 0 (strict) to 1."""

    username: str
    leniency: float

    @property
    def notices(self) -> float:
        """Probability of seeing what is wrong."""
        return 0.97 - 0.32 * self.leniency

    @property
    def doubts(self) -> float:
        """Probability of striking a label that is right."""
        return 0.09 - 0.07 * self.leniency

    @property
    def remarks(self) -> float:
        """Probability of a bare *agree mostly* when nothing was changed."""
        return 0.12 - 0.10 * self.leniency


@dataclass(frozen=True)
class Truth:
    """What is wrong with one study's suggestions, the same for all its readers."""

    suggested: frozenset[str]
    wrong: frozenset[str]
    missing: frozenset[str]


def simulate(
    assignments: Sequence[Mapping[str, str]], suggestions: Iterable[Mapping[str, str]], *, seed: int
) -> list[tuple[str, ...]]:
    """One row of ``READS_HEADER`` per assignment, reader by reader; the site as a last cell where the assignments have it."""
    rng = random.Random(seed)
    statuses = _suggested(suggestions)
    keys = sorted({label for labels in statuses.values() for label in labels})
    errors = {key: rng.uniform(0.17, 0.48) for key in keys}
    people = {name: Reader(name, rng.uniform(0.1, 0.9)) for name in sorted({row["reader"] for row in assignments})}
    studies = sorted({_study(row) for row in assignments})
    truths = {study: _truth(statuses.get(study, {}), keys, errors, rng) for study in studies}
    clocks: dict[str, datetime] = defaultdict(lambda: FIRST_READ)
    rows: list[tuple[str, ...]] = []
    for row in sorted(assignments, key=lambda one: (one["reader"], int(one["position"]), _study(one))):
        reader = people[row["reader"]]
        clocks[reader.username] += timedelta(seconds=rng.randint(12, 90))
        moment = clocks[reader.username].strftime("%Y-%m-%dT%H:%M:%SZ")
        verdict, corrections = read_study(truths[_study(row)], reader, rng)
        cells = (row["study_id"], reader.username, verdict, corrections, "", moment)
        rows.append((*cells, row["site"]) if "site" in row else cells)
    return rows


def read_study(truth: Truth, reader: Reader, rng: random.Random) -> tuple[str, str]:
    """The reader's verdict and corrections (``+key;-key``); *agree all* has none."""
    struck = {
        key
        for key in sorted(truth.suggested)
        if rng.random() < (reader.notices if key in truth.wrong else reader.doubts)
    }
    added = {key for key in sorted(truth.missing) if rng.random() < reader.notices}
    if not struck and not added:
        return ("agree_mostly" if rng.random() < reader.remarks else "agree_all"), ""
    final = (truth.suggested - struck) | added
    union = truth.suggested | final
    verdict = "agree_mostly" if len(truth.suggested & final) / len(union) >= 0.5 else "disagree"
    return verdict, ";".join([*(f"+{key}" for key in sorted(added)), *(f"-{key}" for key in sorted(struck))])


def _truth(statuses: Mapping[str, str], keys: Sequence[str], errors: Mapping[str, float], rng: random.Random) -> Truth:
    wrong = {
        key
        for key, status in sorted(statuses.items())
        if rng.random() < errors[key] * (1.5 if status == "uncertain" else 1.0)
    }
    absent = [key for key in keys if key not in statuses]
    is_missing = bool(absent) and rng.random() < (0.37 if statuses else 0.27)
    missing = {rng.choice(absent)} if is_missing else set()
    return Truth(frozenset(statuses), frozenset(wrong), frozenset(missing))


def _suggested(rows: Iterable[Mapping[str, str]]) -> dict[StudyKey, dict[str, str]]:
    """Study → label → status of what a reader is shown; under the study alone too, for assignments without a site."""
    shown: dict[StudyKey, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row["label"] and row["status"] in {"present", "uncertain"}:
            shown[row.get("site", ""), row["study_id"]][row["label"]] = row["status"]
            shown["", row["study_id"]][row["label"]] = row["status"]
    return shown


def _study(row: Mapping[str, str]) -> StudyKey:
    return row.get("site", ""), row["study_id"]


def roster(count: int, sites: int) -> list[tuple[str, ...]]:
    """``count`` readers spread over ``sites`` sites: rows of ``READERS_HEADER``."""
    rows: list[tuple[str, ...]] = []
    for number in range(1, count + 1):
        name = FIRST_NAMES[(number - 1) % len(FIRST_NAMES)]
        username = f"reader{number:02d}"
        rows.append((username, f"Dr {name} {number:02d}", f"{username}@example.org", SITES[(number - 1) % sites]))
    return rows


def _load(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*header, "site") if rows and len(rows[0]) > len(header) else header)
        writer.writerows(rows)


def _tell(rows: Sequence[Sequence[str]]) -> str:
    agreeing: dict[tuple[str, ...], int] = defaultdict(int)
    for row in rows:
        agreeing[row[0], *row[len(READS_HEADER) :]] += row[2] == "agree_all"
    eligible = sum(count >= 2 for count in agreeing.values())
    return f"{len(rows)} reads of {len(agreeing)} studies; {eligible} studies have two or more agree_all."


def main() -> None:
    """The two subcommands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    people = commands.add_parser("readers", help="write a roster for open_round")
    people.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    people.add_argument("--count", type=int, default=17)
    people.add_argument("--sites", type=int, default=len(SITES), choices=range(1, len(SITES) + 1))
    reads = commands.add_parser("reads", help="write verdicts for import_reads")
    reads.add_argument("--assignments", type=Path, required=True, metavar="FILE.csv")
    reads.add_argument("--suggestions", type=Path, required=True, metavar="FILE.csv")
    reads.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    reads.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if options.command == "readers":
        people_rows = roster(options.count, options.sites)
        _write(options.out, READERS_HEADER, people_rows)
        print(f"{len(people_rows)} readers of {options.sites} sites written to {options.out}.")
        return
    rows = simulate(_load(options.assignments), _load(options.suggestions), seed=options.seed)
    _write(options.out, READS_HEADER, rows)
    print(f"{_tell(rows)} Written to {options.out}.")


if __name__ == "__main__":
    main()
