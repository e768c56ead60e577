"""Prompts as data: shipped as files that never change once used, or written by a curator; and how one is filled in."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from core.hidden import neutral
from llm_extract.asking.sentences import NumberedSentence
from llm_extract.findings import LabelDefinition, ReportFinding

FOLDER = Path(__file__).parents[1] / "prompts"
MANIFEST = FOLDER / "manifest.json"
_FILE = re.compile(r"(?P<name>[a-z][a-z0-9_]*)\.v(?P<version>[1-9]\d*)\.txt\Z")
_BLANK = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
# What stands above this line is the same for every report of a run, so servers can keep it ready; below stands the report.
TURN_LINE = "=== report ==="


class Stage(StrEnum):
    """Which of the two stages a prompt is for."""

    EXTRACT = "extract"
    MAP = "map"


_KNOWN = {
    Stage.EXTRACT: frozenset({"body_part", "labels", "nonce", "sentences"}),
    Stage.MAP: frozenset({"body_part", "taxonomy", "nonce", "findings"}),
}
_NEEDED = {Stage.EXTRACT: ("nonce", "sentences"), Stage.MAP: ("taxonomy", "nonce", "findings")}
_PER_REPORT = frozenset({"nonce", "sentences", "findings"})
# The blank that holds what somebody else wrote.
_REPORT = {Stage.EXTRACT: "sentences", Stage.MAP: "findings"}


class PromptError(ValueError):
    """A prompt that cannot be used, or that is not there."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template: text with blanks such as {{sentences}}, known by its SHA-256."""

    stage: Stage
    name: str
    version: int
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, 64 hex digits."""
        return _sha256(self.text)

    def check(self) -> None:
        """Refuse a prompt that cannot work: PromptError says which blank or line is wrong, and what to do."""
        self._check_blanks()
        if self.text.count(TURN_LINE) != 1:
            raise PromptError(
                f"The prompt {self.name!r} needs the line {TURN_LINE!r} exactly once, between instructions and report."
            )
        above, below = self.text.split(TURN_LINE)
        for blank in sorted(_PER_REPORT.intersection(_BLANK.findall(above))):
            raise PromptError(
                f"The prompt {self.name!r} has {{{{{blank}}}}} above {TURN_LINE!r}; the report's own content goes below."
            )
        self._check_marks(_BLANK.findall(below))

    def _check_blanks(self) -> None:
        """Refuse a blank that is half open, unknown or lacking."""
        known, blanks = _KNOWN[self.stage], set(_BLANK.findall(self.text))
        half = re.search(rf"\{{\{{.{{0,20}}|\{{?\s*\b(?:{'|'.join(sorted(known))})\s*\}}+", _BLANK.sub("", self.text))
        if half:
            raise PromptError(
                f"The prompt {self.name!r} has {half[0]!r}, which is no whole blank; write two braces on both sides, such as"
                f" {{{{{_REPORT[self.stage]}}}}}, and no double brace anywhere else."
            )
        for blank in sorted(blanks - known):
            raise PromptError(
                f"The prompt {self.name!r} has the unknown blank {{{{{blank}}}}}; there are: {', '.join(sorted(known))}."
            )
        for blank in _NEEDED[self.stage]:
            if blank not in blanks:
                raise PromptError(f"The prompt {self.name!r} lacks {{{{{blank}}}}}; put it where its content belongs.")

    def _check_marks(self, blanks: Sequence[str]) -> None:
        """Refuse the blanks below the turn line, in order, where the report does not stand between two marks."""
        content = _REPORT[self.stage]
        first, last = blanks.index(content), len(blanks) - blanks[::-1].index(content)
        if "nonce" not in blanks[:first] or "nonce" not in blanks[last:]:
            raise PromptError(
                f"The prompt {self.name!r} must have {{{{{content}}}}} between two marks {{{{nonce}}}} below {TURN_LINE!r}, so"
                f" that a report cannot pass for instructions; write <report-{{{{nonce}}}}>, then {{{{{content}}}}}, then"
                " </report-{{nonce}}>, each on a line of its own."
            )


def shipped_prompts() -> tuple[Prompt, ...]:
    """Return every prompt that comes with the product, by stage, name and version."""
    found = [
        Prompt(stage, match["name"], int(match["version"]), path.read_text("utf-8"))
        for stage in Stage
        for path in (FOLDER / stage.value).iterdir()
        if (match := _FILE.match(path.name)) is not None
    ]
    return tuple(sorted(found, key=lambda prompt: (prompt.stage.value, prompt.name, prompt.version)))


@lru_cache(maxsize=32)
def shipped_prompt(stage: Stage, name: str, version: int | None = None) -> Prompt:
    """Return a shipped prompt, its newest version where none is named; PromptError lists what there is."""
    found = [one for one in shipped_prompts() if one.stage is stage and one.name == name]
    chosen = [one for one in found if version in {None, one.version}]
    if not chosen:
        names = ", ".join(f"{one.name} v{one.version}" for one in shipped_prompts() if one.stage is stage)
        raise PromptError(
            f"No prompt {name!r} of that version is shipped for stage {stage.value!r}; there are: {names}."
        )
    return max(chosen, key=lambda prompt: prompt.version)


def read_manifest() -> Mapping[str, str]:
    """Return the SHA-256 each shipped file had when it was first used, by its path below the prompts' folder."""
    loaded: dict[str, str] = json.loads(MANIFEST.read_text("utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt filled in: what stands above the turn line, and the user's turn."""

    system: str
    user: str


def render(prompt: Prompt, content: Mapping[str, str]) -> Rendered:
    """Return the prompt with its blanks filled in one pass, so that content with a blank in it stays content."""
    above, below = _halves(prompt)
    return Rendered(_filled(above, content), _filled(below, content))


@lru_cache(maxsize=64)
def _halves(prompt: Prompt) -> tuple[str, str]:
    """Return what stands above the turn line and below it, of a prompt that was checked; a prompt never changes."""
    prompt.check()
    above, below = prompt.text.split(TURN_LINE)
    return above, below


@lru_cache(maxsize=64)
def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _filled(template: str, content: Mapping[str, str]) -> str:
    return _BLANK.sub(lambda blank: content[blank[1]], template).strip()


def nonce_for(*parts: str) -> str:
    """Return the delimiter's own mark, made from the text it encloses: no text can contain the mark that stands around it."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def sentence_lines(sentences: Sequence[NumberedSentence]) -> str:
    """Return the report as numbered lines, each with its section: "[3] (findings) The heart is enlarged."."""
    return "\n".join(f"[{one.number}] ({one.section.value}) {one.shown}" for one in sentences)


def finding_lines(findings: Sequence[ReportFinding], *, is_masked: bool = False) -> str:
    """Return findings as numbered lines of what was read, masked where asked, without the report's own sentences.

    A finding's words may be the report's, read by a backend that was shown more than this one may see.
    """
    shown = _masked if is_masked else neutral
    return "\n".join(f"[{number}] {_finding_line(finding, shown)}" for number, finding in enumerate(findings, 1))


def _masked(words: str) -> str:
    from cases.gate.report.masking import mask  # see numbered_sentences

    return mask(neutral(mask(words).text)).text  # what was hidden may have come to light


def _finding_line(finding: ReportFinding, shown: Callable[[str], str]) -> str:
    parts = [f"{shown(finding.name)}: {finding.status.value}"]
    for word, value in (
        ("side", finding.laterality),
        ("location", finding.location),
        ("severity", finding.severity),
        ("size", finding.size),
        ("change", finding.change),
        ("said with", finding.certainty_words),
    ):
        if value:
            parts.append(f"{word} {shown(str(value))}")
    return "; ".join(parts)


def taxonomy_lines(labels: Sequence[LabelDefinition]) -> str:
    """Return the taxonomy as data: one label a line, with its key, name, definition and synonyms."""
    return "\n".join(_label_line(label) for label in labels)


def _label_line(label: LabelDefinition) -> str:
    line = f"- {label.key}: {neutral(label.name)}."
    if label.definition:
        line += f" {neutral(label.definition)}"
    if label.synonyms:
        line += f" Also called: {', '.join(neutral(word) for word in label.synonyms)}."
    if label.exclusive:
        line += " Exclusive: present only if no other label is present or uncertain."
    return line
