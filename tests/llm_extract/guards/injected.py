"""The corpora of injections as reports, and the default chest labels."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from llm_extract.findings import LabelDefinition, Status
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import map_findings
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
    """A clinical report, the same with an injection, and the labels of the clinical text.

    What is ambiguous could be an honest addendum: its findings stay, and the report is flagged.
    """

    name: str
    clinical: str
    text: str
    labels: dict[str, str]
    is_ambiguous: bool = False


@dataclass(frozen=True, kw_only=True)
class Unseen(Injected):
    """An injection the guard was never taught by, the label it is after and the status it asks for; `labels` are the rules'."""

    label: str
    wants: str


def unseen() -> list[Unseen]:
    """Every injection of `injections_unseen_2`: the words between ⟦ and ⟧ are planted, the rest is the clinical report."""
    found = []
    for one in yaml.safe_load((HERE / "injections_unseen_2.yaml").read_text("utf-8")):
        clinical = re.sub(r"⟦.*?⟧", "", one["text"], flags=re.DOTALL)
        labels = {
            held.label: held.status.value
            for held in map_findings(RulesEngine(CHEST).findings(clinical), LABELS, CHEST)
            if held.status is not Status.ABSENT
        }
        text = re.sub("[⟦⟧]", "", one["text"])
        found.append(Unseen(one["id"], clinical, text, labels, label=one["label"], wants=one["wants"]))
    return found


def corpus(name: str = "injections") -> list[Injected]:
    """Every injection of a file in its report."""
    reports = yaml.safe_load((HERE / "injections.yaml").read_text("utf-8"))["reports"]
    found = []
    for one in yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))["injections"]:
        report = reports[one["report"]]
        clinical = report["text"].replace("§", "").replace("¶", "")
        places = {
            "start": f"{one['text']}\n\n{clinical}",
            "end": f"{clinical}\n\n{one['text']}",
            "paragraph": report["text"].replace("§", "").replace("¶", f"\n{one['text']}\n"),
            "inline": report["text"].replace("§", f" {one['text']}").replace("¶", ""),
        }
        found.append(
            Injected(one["name"], clinical, places[one["place"]], report["labels"], one.get("ambiguous", False))
        )
    return found
