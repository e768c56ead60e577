"""Export formats. Each writes a release's content under a folder; labels.csv and SHA256SUMS are always there.

A new format is one function here and one line in FORMATS, and a row in docs/exports.md.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from core.adapters.tables import write_table
from releases.content import Case, ReleaseContent

OpenImage = Callable[[str], IO[bytes]]
Writer = Callable[[ReleaseContent, Path], None]
LICENCE_NOTE = "See the terms under which the contributing sites shared their studies."


def write_labels(content: ReleaseContent, folder: Path) -> None:
    """labels.csv: ``case_id`` and one 0/1 column per label, in the taxonomy's order."""
    header = ["case_id", *(label.key for label in content.labels)]
    write_table(folder / "labels.csv", header, (content.row(case) for case in content.cases))


def write_taxonomy(content: ReleaseContent, folder: Path) -> None:
    """taxonomy.json: what each column means."""
    labels = [
        {"key": label.key, "name": label.name, "definition": label.definition, "codes": list(label.codes)}
        for label in content.labels
    ]
    _json(folder / "taxonomy.json", {"version": content.taxonomy_version, "labels": labels})


def write_readme(content: ReleaseContent, folder: Path) -> None:
    """README.md: what this is and how it came to be, for a person."""
    lines = [
        f"# {content.title}, {content.name}",
        "",
        content.description,
        "",
        (
            f"{len(content.cases)} cases, {len(content.labels)} labels (taxonomy version {content.taxonomy_version}), "
            f"frozen on {content.frozen_on}, partition “{content.partition}”."
        ),
        "",
        f"A label is present where consensus of the radiologists' reads says so (rule: {content.rule}).",
        "Case ids are random and cannot be traced back to a site or a patient.",
        "",
        (
            "The holdout was drawn partly by secret coin flips. SHA-256 of the secret, published here so that it can be "
            f"proven later: `{content.commitment}`"
        ),
        "",
        "| label | cases |",
        "|---|---|",
        *(
            f"| {label.name} (`{label.key}`) | {sum(label.key in case.labels for case in content.cases)} |"
            for label in content.labels
        ),
        f"| no label | {sum(not case.labels for case in content.cases)} |",
        "",
        "`labels.csv` has one row per case; `SHA256SUMS` covers every file (`sha256sum -c SHA256SUMS`).",
        LICENCE_NOTE,
        "",
    ]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def write_croissant(content: ReleaseContent, folder: Path) -> None:
    """croissant.json: machine-readable metadata, MLCommons Croissant 1.0 (JSON-LD), of labels.csv."""
    digest = _sha256(folder / "labels.csv")

    def column(name: str, description: str, kind: str) -> dict[str, object]:
        return {
            "@type": "cr:Field",
            "@id": f"labels/{name}",
            "name": name,
            "description": description,
            "dataType": kind,
            "source": {"fileObject": {"@id": "labels.csv"}, "extract": {"column": name}},
        }

    _json(
        folder / "croissant.json",
        {
            "@context": {
                "@language": "en",
                "@vocab": "https://schema.org/",
                "sc": "https://schema.org/",
                "cr": "http://mlcommons.org/croissant/",
                "dct": "http://purl.org/dc/terms/",
                "conformsTo": "dct:conformsTo",
                "recordSet": "cr:recordSet",
                "field": "cr:field",
                "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
                "source": "cr:source",
                "extract": "cr:extract",
                "column": "cr:column",
                "fileObject": "cr:fileObject",
            },
            "@type": "sc:Dataset",
            "name": content.name,
            "description": content.description or content.title,
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "version": f"{content.version}.0.0",
            "datePublished": content.frozen_on,
            "keywords": [*content.modality, content.body_part, *(label.name for label in content.labels)],
            "distribution": [
                {
                    "@type": "cr:FileObject",
                    "@id": "labels.csv",
                    "name": "labels.csv",
                    "contentUrl": "labels.csv",
                    "encodingFormat": "text/csv",
                    "sha256": digest,
                }
            ],
            "recordSet": [
                {
                    "@type": "cr:RecordSet",
                    "@id": "labels",
                    "name": "labels",
                    "key": {"@id": "labels/case_id"},
                    "field": [
                        column("case_id", "Random name of the case.", "sc:Text"),
                        *(column(label.key, label.definition or label.name, "sc:Boolean") for label in content.labels),
                    ],
                }
            ],
        },
    )


def write_hf(content: ReleaseContent, folder: Path) -> None:
    """hf/: a dataset folder as Hugging Face's ``datasets`` loads it: a card and one JSON line per case."""
    target = folder / "hf"
    (target / "data").mkdir(parents=True, exist_ok=True)
    with (target / "data" / "test.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for case in content.cases:
            record = {
                "case_id": case.case_id,
                "labels": [label.key for label in content.labels if label.key in case.labels],
            }
            file.write(json.dumps(record) + "\n")
    card = [
        "---",
        f"pretty_name: {json.dumps(content.title)}",
        "task_categories:",
        "- image-classification",
        "tags:",
        "- medical",
        "- radiology",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: test",
        "    path: data/test.jsonl",
        "---",
    ]
    text = "\n".join(card) + "\n\n" + (folder / "README.md").read_text(encoding="utf-8")
    (target / "README.md").write_text(text, encoding="utf-8")


def write_images(content: ReleaseContent, folder: Path, open_image: OpenImage) -> None:
    """images/<case_id>/<n>.jpg: the full-size 8-bit picture of every view; images.csv lists them.

    Pictures carry no DICOM header; originals are not exported.
    """
    rows = []
    for case in content.cases:
        for name, sha256, view in _named_images(case):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open_image(sha256) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            rows.append((case.case_id, name, view))
    write_table(folder / "images.csv", ("case_id", "file", "view_position"), rows)


def _named_images(case: Case) -> Iterator[tuple[str, str, str]]:
    for number, image in enumerate(case.images, start=1):
        yield f"images/{case.case_id}/{number}.jpg", image.sha256, image.view_position


ALWAYS: tuple[Writer, ...] = (write_labels, write_taxonomy, write_readme)
FORMATS: Mapping[str, Writer] = {"croissant": write_croissant, "hf": write_hf}
IMAGES = "images"
NAMES = ("csv", *FORMATS, IMAGES)


def write_release(content: ReleaseContent, folder: Path, formats: tuple[str, ...], open_image: OpenImage) -> list[str]:
    """Writes the files and SHA256SUMS, and returns their names in order. The same content gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for write in ALWAYS:
        write(content, folder)
    for name in formats:
        if name in FORMATS:
            FORMATS[name](content, folder)
    if IMAGES in formats:
        write_images(content, folder, open_image)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    names = [name for name in names if name != "SHA256SUMS"]
    sums = "".join(f"{_sha256(folder / name)}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return [*names, "SHA256SUMS"]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
