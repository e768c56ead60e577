"""A benchmark's definition, parsed from YAML's plain data into frozen dataclasses. Unknown keys are refused by name."""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

KEY_PATTERN = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
SLUG_PATTERN = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
SHOW_REPORT = ("never", "after_verdict", "always")
VERDICT_RULES = ("agree_all",)
LONGEST_GROUP = 60


class DefinitionError(ValueError):
    """The definition breaks a rule; the text names the key, the value and the rule."""


@dataclass(frozen=True)
class LabelDefinition:
    """One label of the taxonomy. ``weight`` is its clinical relevance for the sampler (1 = as any other).

    ``group`` is the heading that labels next to each other stand under on the reader's page.
    """

    key: str
    name: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    codes: tuple[dict[str, str], ...] = ()
    exclusive: bool = False
    weight: float = 1.0
    group: str = ""


@dataclass(frozen=True)
class ReadingSettings:
    """How a round is read by default."""

    reads_per_study: int = 3
    show_report: str = "never"
    hide_suggestions_fraction: float = 0.0
    seeded_error_fraction: float = 0.0
    repeat_fraction: float = 0.0
    semi_collaborative: bool = False
    guidelines: str = ""


@dataclass(frozen=True)
class ConsensusSettings:
    """``verdict`` and how many readers must have given it; whether an adjudicator sees how the reads stand."""

    verdict: str = "agree_all"
    at_least: int = 2
    show_reads: bool = False


@dataclass(frozen=True)
class SampleSettings:
    """How many studies the sampler picks by default."""

    size: int = 1000


@dataclass(frozen=True)
class ReleaseSettings:
    """How many studies are released and how many held out by default."""

    released: int = 100
    holdout: int = 100


@dataclass(frozen=True)
class BenchmarkDefinition:
    """A whole definition, defaults filled in."""

    slug: str
    title: str
    modality: tuple[str, ...]
    taxonomy_version: str
    labels: tuple[LabelDefinition, ...]
    description: str = ""
    body_part: str = ""
    reading: ReadingSettings = field(default_factory=ReadingSettings)
    consensus: ConsensusSettings = field(default_factory=ConsensusSettings)
    sample: SampleSettings = field(default_factory=SampleSettings)
    release: ReleaseSettings = field(default_factory=ReleaseSettings)

    def settings(self) -> dict[str, dict[str, Any]]:
        """The parts that are stored with the benchmark, as JSON-ready dicts."""
        return {name: asdict(getattr(self, name)) for name in ("reading", "consensus", "sample", "release")}

    def taxonomy_sha256(self) -> str:
        """Digest of the labels: equal digests mean the taxonomy did not change."""
        labels = [asdict(label) for label in self.labels]
        for label in labels:
            if not label["group"]:
                del label["group"]  # as those were digested that came before there were groups
        canonical = json.dumps(labels, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def parse_definition(data: object) -> BenchmarkDefinition:
    """Checks plain data (as YAML gives it) and returns the definition. Raises DefinitionError with a whole sentence."""
    root = _Node(data, "the definition")
    root.only(
        "slug", "title", "description", "modality", "body_part", "taxonomy", "reading", "consensus", "sample", "release"
    )
    taxonomy = root.child("taxonomy")
    taxonomy.only("version", "labels")
    labels = tuple(_label(entry, number) for number, entry in enumerate(taxonomy.items("labels"), start=1))
    _check_labels(labels)
    definition = BenchmarkDefinition(
        slug=root.matching("slug", SLUG_PATTERN, "lower-case words joined by hyphens"),
        title=root.text("title", required=True),
        description=root.text("description"),
        modality=root.texts("modality", required=True),
        body_part=root.text("body_part"),
        taxonomy_version=str(taxonomy.data.get("version", "1")),
        labels=labels,
        reading=_reading(root.child("reading")),
        consensus=_consensus(root.child("consensus")),
        sample=SampleSettings(size=_only(root.child("sample"), "size").whole("size", 1000)),
        release=ReleaseSettings(
            released=_only(root.child("release"), "released", "holdout").whole("released", 100),
            holdout=root.child("release").whole("holdout", 100, least=0),
        ),
    )
    if definition.consensus.at_least > definition.reading.reads_per_study:
        raise DefinitionError(
            f"consensus.at_least is {definition.consensus.at_least}, more than reading.reads_per_study "
            f"({definition.reading.reads_per_study}); no study could ever be accepted."
        )
    return definition


def _label(entry: object, number: int) -> LabelDefinition:
    node = _Node(entry, f"taxonomy.labels[{number}]")
    node.only("key", "name", "definition", "synonyms", "codes", "exclusive", "weight", "group")
    codes = []
    for place, code in enumerate(node.items("codes"), start=1):
        part = _Node(code, f"taxonomy.labels[{number}].codes[{place}]")
        part.only("scheme", "value", "meaning")
        codes.append({key: part.text(key) for key in ("scheme", "value", "meaning")})
    group = node.text("group")
    if len(group) > LONGEST_GROUP:
        raise DefinitionError(f"{node.place}.group is {group!r}; it must have at most {LONGEST_GROUP} characters.")
    return LabelDefinition(
        key=node.matching("key", KEY_PATTERN, "lower-case letters, digits and underscores, beginning with a letter"),
        name=node.text("name", required=True),
        definition=node.text("definition"),
        synonyms=node.texts("synonyms"),
        codes=tuple(codes),
        exclusive=node.flag("exclusive"),
        weight=node.share("weight", 1.0, most=None),
        group=group,
    )


def _check_labels(labels: Sequence[LabelDefinition]) -> None:
    if not labels:
        raise DefinitionError("taxonomy.labels is empty; a benchmark needs at least one label.")
    seen: set[str] = set()
    for label in labels:
        if label.key in seen:
            raise DefinitionError(f"taxonomy.labels names the key {label.key!r} twice; keys must be unique.")
        seen.add(label.key)
    groups = [group for group, _ in groupby(label.group for label in labels)]
    if apart := next((group for group in groups if group and groups.count(group) > 1), None):
        raise DefinitionError(
            f"taxonomy.labels has other labels between those of the group {apart!r}; put the labels of a group together."
        )


def _reading(node: "_Node") -> ReadingSettings:
    node.only(
        *("reads_per_study", "show_report", "semi_collaborative", "guidelines"),
        *("hide_suggestions_fraction", "seeded_error_fraction", "repeat_fraction"),
    )
    return ReadingSettings(
        reads_per_study=node.whole("reads_per_study", 3),
        show_report=node.choice("show_report", SHOW_REPORT, "never"),
        hide_suggestions_fraction=node.share("hide_suggestions_fraction", 0.0),
        seeded_error_fraction=node.share("seeded_error_fraction", 0.0),
        repeat_fraction=node.share("repeat_fraction", 0.0, most=0.5),
        semi_collaborative=node.flag("semi_collaborative"),
        guidelines=node.text("guidelines"),
    )


def _consensus(node: "_Node") -> ConsensusSettings:
    node.only("verdict", "at_least", "show_reads")
    return ConsensusSettings(
        verdict=node.choice("verdict", VERDICT_RULES, "agree_all"),
        at_least=node.whole("at_least", 2),
        show_reads=node.flag("show_reads"),
    )


def _only(node: "_Node", *allowed: str) -> "_Node":
    node.only(*allowed)
    return node


class _Node:
    """A mapping of the definition with its place, so that every refusal can name it."""

    def __init__(self, data: object, place: str) -> None:
        if not isinstance(data, Mapping):
            raise DefinitionError(f"{place} is {type(data).__name__}; it must be a mapping of keys to values.")
        self.data: Mapping[str, Any] = data
        self.place = place

    def _at(self, key: str) -> str:
        return key if self.place == "the definition" else f"{self.place}.{key}"

    def only(self, *allowed: str) -> None:
        for key in self.data:
            if key not in allowed:
                raise DefinitionError(f"{self._at(str(key))} is not a known key; known here: {', '.join(allowed)}.")

    def child(self, key: str) -> "_Node":
        value = self.data.get(key)
        if value is None and key == "taxonomy":
            raise DefinitionError("taxonomy is missing; a benchmark needs its labels.")
        return _Node({} if value is None else value, self._at(key))

    def items(self, key: str) -> list[object]:
        value = self.data.get(key) or []
        if not isinstance(value, list):
            raise DefinitionError(f"{self._at(key)} is {type(value).__name__}; it must be a list.")
        return value

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.data.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str | int | float) or not str(value).strip():
            raise DefinitionError(f"{self._at(key)} is {value!r}; it must be text that is not empty.")
        return str(value).strip()

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        values = self.items(key)
        if required and not values:
            raise DefinitionError(f"{self._at(key)} is empty; name at least one.")
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise DefinitionError(f"{self._at(key)} holds {value!r}; it must be a list of texts.")
        return tuple(str(value).strip() for value in values)

    def matching(self, key: str, pattern: re.Pattern[str], rule: str) -> str:
        value = self.text(key, required=True)
        if not pattern.match(value):
            raise DefinitionError(f"{self._at(key)} is {value!r}; it must be {rule}.")
        return value

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        value = self.data.get(key, default)
        if value not in allowed:
            raise DefinitionError(f"{self._at(key)} is {value!r}; it must be one of {', '.join(allowed)}.")
        return str(value)

    def flag(self, key: str) -> bool:
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise DefinitionError(f"{self._at(key)} is {value!r}; it must be true or false.")
        return value

    def whole(self, key: str, default: int, *, least: int = 1) -> int:
        value = self.data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise DefinitionError(f"{self._at(key)} is {value!r}; it must be a whole number of at least {least}.")
        return value

    def share(self, key: str, default: float, *, most: float | None = 1.0) -> float:
        value = self.data.get(key, default)
        too_large = most is not None and isinstance(value, int | float) and value > most
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or value < 0 or too_large or (most is None and value == 0):
            rule = "a number above 0" if most is None else f"a number from 0 to {most:g}"
            raise DefinitionError(f"{self._at(key)} is {value!r}; it must be {rule}.")
        return float(value)
