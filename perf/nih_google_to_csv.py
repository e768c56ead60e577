"""The 810 chest films read by radiologists for Google, as the product's CSV files: a reading round that really took place.

    python perf/nih_google_to_csv.py --data ../shared/data/readers_nih_google --out nih14/

The folder holds `derived_votes_810x3.csv`:
`image_id,patient_id,reader_id,suggested_nlp,reader_findings,jaccard,vote`. The labels that ChestX-ray14 mined from
the reports stand as suggestions, and the findings of the three "ground truth" radiologists as reads; `vote` is *agree
all* when both sets are equal, *agree mostly* at a Jaccard index of 0.5 or more, else *disagree*. Written are:

    nih14.yaml        the benchmark: fourteen labels
    suggestions.csv   study_id,label,status,confidence,evidence,patient_id; nothing suggested is one row without a label
    reads.csv         study_id,reader,verdict,corrections,comment,submitted_at; corrections are findings against suggestions

Films and labels: NIH Clinical Center (Wang et al., CVPR 2017); reads: Nabulsi et al., Scientific Reports 2021 (arXiv
2010.11375), for research and education. The readers were not shown the suggestions, so agreement with them is lower
than in a round of this product.
"""

import argparse
import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

SOURCE = "derived_votes_810x3.csv"
LABELS = (
    *("Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia", "Pneumothorax"),
    *("Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural Thickening", "Hernia"),
)
SUGGESTIONS_HEADER = ("study_id", "label", "status", "confidence", "evidence", "patient_id")
READS_HEADER = ("study_id", "reader", "verdict", "corrections", "comment", "submitted_at")

Row = Mapping[str, str]


def key_of(label: str) -> str:
    """The label's key: ``pleural_thickening``. Raises KeyError on a label that is none of the fourteen."""
    if label not in LABELS:
        raise KeyError(f"There is no label {label!r}; known: {', '.join(LABELS)}.")
    return label.lower().replace(" ", "_")


def labels_in(cell: str) -> frozenset[str]:
    """The keys in ``"Mass|Nodule"``; an empty cell is the empty set."""
    return frozenset(key_of(label) for label in filter(None, cell.split("|")))


def study_id_of(row: Row) -> str:
    """The film's name without its file ending."""
    return row["image_id"].removesuffix(".png")


def suggestion_rows(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """One row per film and suggested label, or one with an empty label, in the films' order."""
    films: dict[str, Row] = {}
    for row in rows:
        films.setdefault(study_id_of(row), row)
    found: list[tuple[str, ...]] = []
    for study_id, row in films.items():
        keys = sorted(labels_in(row["suggested_nlp"]))
        patient = row["patient_id"]
        found.extend((study_id, key, "present", "", "", patient) for key in keys)
        if not keys:
            found.append((study_id, "", "", "", "", patient))
    return found


def read_rows(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """One row per read. Raises ValueError when *agree all* stands beside a difference, or another verdict beside none."""
    found: list[tuple[str, ...]] = []
    for row in rows:
        suggested, seen = labels_in(row["suggested_nlp"]), labels_in(row["reader_findings"])
        if (row["vote"] == "agree_all") != (suggested == seen):
            raise ValueError(f"{row['image_id']}, reader {row['reader_id']}: {row['vote']} does not fit the findings.")
        changes = [f"+{key}" for key in sorted(seen - suggested)] + [f"-{key}" for key in sorted(suggested - seen)]
        found.append((study_id_of(row), f"r{row['reader_id']}", row["vote"], ";".join(changes), "", ""))
    return found


def benchmark_yaml() -> str:
    """The benchmark's definition."""
    lines = [
        "# Fourteen findings of ChestX-ray14, suggested by the labels mined from the reports.",
        "slug: nih14",
        "title: ChestX-ray14 findings, read by three radiologists",
        "modality: [CR, DX]",
        "body_part: CHEST",
        "taxonomy:",
        '  version: "1.0"',
        "  labels:",
        *(f"    - {{key: {key_of(label)}, name: {label}}}" for label in LABELS),
        "reading: {reads_per_study: 3, show_report: never}",
        "consensus: {verdict: agree_all, at_least: 2}",
        "release: {released: 50, holdout: 50}",
    ]
    return "\n".join(lines) + "\n"


def _load(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Reads the folder, writes three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="PATH", help=f"the folder with {SOURCE}")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    options = parser.parse_args()
    rows = _load(options.data / SOURCE)
    options.out.mkdir(parents=True, exist_ok=True)
    suggestions, reads = suggestion_rows(rows), read_rows(rows)
    (options.out / "nih14.yaml").write_text(benchmark_yaml(), encoding="utf-8")
    _write(options.out / "suggestions.csv", SUGGESTIONS_HEADER, suggestions)
    _write(options.out / "reads.csv", READS_HEADER, reads)
    studies = len({row[0] for row in suggestions})
    print(f"{studies} studies, {len(suggestions)} rows of suggestions and {len(reads)} reads written to {options.out}.")


if __name__ == "__main__":
    main()
