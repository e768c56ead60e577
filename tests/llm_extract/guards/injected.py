"""The corpus of injections as reports, and the default chest labels."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from llm_extract.findings import LabelDefinition
from llm_extract.rules.vocabulary import load_vocabulary

HERE = Path(__file__).parent
_DEFINITION = Path(__file__).parents[3] / "benchmarks" / "definitions" / "chest-radiograph.yaml"
LABELS = tuple(
    LabelDefinition(label["key"], label["name"], label["definition"], tuple(label["synonyms"]))
    for label in yaml.safe_load(_DEFINITION.read_text("utf-8"))["taxonomy"]["labels"]
)
CHEST = load_vocabulary("chest")


@dataclass(frozen=True)
class Injected:
    """A clinical report, the same with an injection, and the labels of the clinical text."""

    name: str
    clinical: str
    text: str
    labels: dict[str, str]


def corpus() -> list[Injected]:
    """Every injection in its report."""
    data = yaml.safe_load((HERE / "injections.yaml").read_text("utf-8"))
    found = []
    for one in data["injections"]:
        report = data["reports"][one["report"]]
        clinical = report["text"].replace("§", "").replace("¶", "")
        places = {
            "start": f"{one['text']}\n\n{clinical}",
            "end": f"{clinical}\n\n{one['text']}",
            "paragraph": report["text"].replace("§", "").replace("¶", f"\n{one['text']}\n"),
            "inline": report["text"].replace("§", f" {one['text']}").replace("¶", ""),
        }
        found.append(Injected(one["name"], clinical, places[one["place"]], report["labels"]))
    return found
