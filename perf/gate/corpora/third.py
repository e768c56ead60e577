"""The third synthetic corpus: radiology reports made up from word lists, with the spans that identify somebody.

No report is anybody's. Every name, number and address is drawn at random; the same count and seed always give the same reports.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perf.gate.corpora import third_clinic as clinic
from perf.gate.corpora import third_shapes as shapes
from perf.gate.corpora.third_scene import CLOSE, KINDS, OPEN, PREFIX, Scene, fitting

DENSITIES = ("none",) * 20 + ("low",) * 46 + ("mid",) * 22 + ("dense",) * 12
FAMILY_WEIGHTS = {"chest_film": 5, "chest_ct": 3, "abdomen_ct": 3, "head_ct": 3, "bone_film": 3, "line": 2}
HEADER_KEYS = (
    "name",
    "dob",
    "age",
    "mrn",
    "accession",
    "account",
    "plan",
    "national",
    "referrer",
    "date",
    "contact",
    "staff",
    "place",
    "machine",
)
HEADER_ODDS = (10, 8, 3, 9, 8, 3, 3, 4, 8, 8, 5, 5, 3, 1)
LABELS: dict[str, tuple[str, ...]] = {
    "clinical": (
        "CLINICAL INFORMATION",
        "INDICATION",
        "HISTORY",
        "Clinical history",
        "Clinical indication",
        "REASON FOR EXAM",
        "Clinical details",
        "Hx",
    ),
    "technique": ("TECHNIQUE", "Technique", "PROCEDURE", "PROTOCOL"),
    "compare": ("COMPARISON", "Comparison", "COMPARISON STUDY", "Previous imaging", "Priors", "Prior studies"),
    "findings": ("FINDINGS", "Findings", "REPORT", "Report", "FINDINGS/INTERPRETATION"),
    "impression": ("IMPRESSION", "Impression", "CONCLUSION", "Conclusion", "OPINION", "Summary", "IMP"),
    "note": ("COMMUNICATION", "Note", "CRITICAL RESULT", "Comment", "NOTIFICATION"),
}
BRITISH = (
    ("esophag", "oesophag"), ("hemorrhag", "haemorrhag"), ("edema", "oedema"), ("tumor", "tumour"), ("center", "centre"), ("fiber", "fibre"),
    ("hematom", "haematom"), ("hematur", "haematur"), ("hemangiom", "haemangiom"), ("pediatric", "paediatric"), ("anemi", "anaemi"),
    ("color", "colour"), ("Grey scale", "Grey scale"), ("hemoptys", "haemoptys"), ("Haematolog", "Haematolog"), ("anesth", "anaesth"), ("Anesth", "Anaesth"),
    ("Hematolog", "Haematolog"), ("Fecal", "Faecal"), ("goiter", "goitre"), ("fetus", "fetus"), ("neighbor", "neighbour"),
)  # fmt: skip
OCR = {"l": "1", "O": "0", "0": "O", "1": "l", "5": "S", "S": "5", "m": "rn", "B": "8", "e": "c", "i": "l"}
WOMEN = ("LMP", "EDD", "ductal", "Breast implant", "Maiden")
GROWN = (
    "{emp}",
    "Vet,",
    "LMP",
    "EDD",
    "{dl}",
    "drives",
    "Worker",
    "Gleason",
    "ductal",
    "retired",
    "children",
    "Motorcycle",
    "Reveal",
    "CABG",
)


@dataclass(frozen=True)
class Plant:
    """A span of a text that identifies somebody; `counted` is false for what Safe Harbor does not name."""

    kind: str
    start: int
    end: int
    counted: bool


@dataclass(frozen=True)
class PlantedReport:
    """A report and what was planted in it."""

    text: str
    plants: tuple[Plant, ...]


class _Writer:
    """Writes one report from a scene."""

    def __init__(self, rng: random.Random, density: str) -> None:
        self.rng = rng
        self.density = density
        names = tuple(clinic.FAMILIES)
        family = rng.choices(names, [FAMILY_WEIGHTS.get(name, 1) for name in names])[0]
        self.classes = clinic.CLASSES[family]
        self.scene = Scene(rng, family, 0.0 if density == "none" else 0.13)
        self.heading = rng.choice(("colon", "colon", "colon", "line", "dash", "plain", "bold"))
        self.used: set[str] = set()

    def _pick(self, pool: Sequence[str]) -> str:
        """Choose a shape that fits the land and the patient, not one used before where there is another."""
        scene = self.scene
        found = fitting(pool, (scene.land, *self.classes))
        if scene.age_years < 18:
            found = [shape for shape in found if not any(word in shape for word in GROWN)]
        if scene.age_years < 70:
            found = [shape for shape in found if " still " not in shape and "Age related" not in shape]
        if scene.patient.sex == "M" or scene.age_years > 50:
            found = [shape for shape in found if not any(word in shape for word in WOMEN[:2])]
        if scene.patient.sex == "M":
            found = [shape for shape in found if not any(word in shape for word in WOMEN)]
        else:
            found = [shape for shape in found if "Gleason" not in shape]
        if not (scene.age_years < 3):
            found = [shape for shape in found if not shape.startswith("Baby")]
        fresh = [shape for shape in found if shape not in self.used] or found
        shape = self.rng.choice(fresh)
        self.used.add(shape)
        return shape

    def _say(self, pool: Sequence[str]) -> str:
        """Choose a shape and fill it."""
        return self.scene.fill(self._pick(pool))

    def _clinic(self, lines: Sequence[str], low: int, high: int) -> list[str]:
        """Choose some lines that fit the case, in the order in which they stand."""
        found = fitting(lines, (self.scene.case,))
        count = min(len(found), self.rng.randint(low, high))
        keys = [
            index
            for index, line in enumerate(lines)
            if (match := PREFIX.match(line)) and self.scene.case in match.group(1).split(",")
        ]
        wanted = {PREFIX.sub("", lines[index]) for index in self.rng.sample(keys, min(len(keys), 2, count))}
        rest = [line for line in found if line not in wanted]
        wanted |= set(self.rng.sample(rest, min(len(rest), max(0, count - len(wanted)))))
        return [self.scene.fill(line) for line in found if line in wanted]

    def _head(self, key: str, body: str) -> str:
        """Put a heading before a section."""
        label = self.rng.choice(LABELS[key])
        if self.heading == "line" or (self.heading != "bold" and body.startswith(("- ", "1. "))):
            return f"{label}{'' if self.heading == 'line' else ':'}\n{body}"
        styles = {
            "colon": f"{label}: {body}",
            "dash": f"{label} - {body}",
            "plain": f"{label}:\n{body}",
            "bold": f"**{label}**\n{body}",
        }
        return styles[self.heading]

    def _trap(self, place: str) -> str:
        """Choose a sentence rich in what looks like an identifier and is none."""
        found = [shape for shape in fitting(clinic.TRAPS[place], self.classes) if shape not in self.used]
        if self.scene.age_years < 18:
            found = [
                shape
                for shape in found
                if not re.search("CABG|warfarin|Xarelto|Lantus|Smoked|Marfan|palsy|PMH|Humira", shape)
            ]
        if self.scene.age_years < 45:
            found = [shape for shape in found if "CABG" not in shape]
        if not found:
            return self._trap("history")
        shape = self.rng.choice(found)
        self.used.add(shape)
        return self.scene.fill(shape)

    def _prose(self, sentences: list[str]) -> str:
        """Join sentences as a paragraph, as lines or as a list."""
        way = self.rng.choice(("paragraph", "paragraph", "lines", "numbers", "bullets"))
        if way == "paragraph" or len(sentences) == 1:
            return " ".join(sentences)
        if way == "lines":
            return "\n".join(sentences)
        if way == "bullets":
            return "\n".join(f"- {sentence}" for sentence in sentences)
        return "\n".join(f"{index}. {sentence}" for index, sentence in enumerate(sentences, 1))

    def _fields(self, low: int, high: int) -> str:
        """Write a header of labelled fields."""
        rng, scene = self.rng, self.scene
        count, keys = rng.randint(low, high), list(HEADER_KEYS)
        odds, chosen = list(HEADER_ODDS), []
        for _ in range(min(count, len(keys))):
            index = rng.choices(range(len(keys)), odds)[0]
            chosen.append(keys.pop(index))
            odds.pop(index)
        chosen.sort(key=HEADER_KEYS.index)
        if rng.random() < 0.25:
            rng.shuffle(chosen)
        if rng.random() < 0.3 and "contact" in chosen:
            chosen.append("contact")
        texts = [self._say(shapes.FIELDS[key]) for key in chosen if fitting(shapes.FIELDS[key], (scene.land,))]
        join = rng.choice(("\n", "\n", "\n", "   ", " | ", "\t", "; ", "pairs"))
        if join == "pairs":
            return "\n".join("      ".join(texts[index : index + 2]) for index in range(0, len(texts), 2))
        return join.join(texts)

    def _body(self, parts: dict[str, list[str]], traps: int, titled: bool = True) -> list[str]:
        """Write the sections from title to impression; `parts` brings the sentences that identify."""
        rng, scene, family = self.rng, self.scene, self.scene.family
        extra: dict[str, list[str]] = {place: list(parts.get(place, ())) for place in clinic.TRAPS}
        for place in rng.choices(("history", "technique", "findings", "end"), (4, 3, 3, 2), k=traps):
            extra[place].append(self._trap(place))
        findings = self._clinic(family.findings, 3, 8)
        for sentence in extra["findings"]:
            findings.insert(rng.randint(1, len(findings)), sentence)
        sections = [scene.fill(scene.slots["title"](""))] if titled and rng.random() < 0.85 else []
        clinical = parts.get("clinical") or [scene.fill(self._pick(clinic.PLAIN_HISTORY))]
        sections.append(self._head("clinical", " ".join([*clinical, *extra["history"]])))
        if extra["technique"] or rng.random() < 0.6:
            sections.append(
                self._head("technique", " ".join(self._clinic(family.technique, 1, 1) + extra["technique"]))
            )
        if "compare" in parts or rng.random() < 0.6:
            sections.append(self._head("compare", " ".join(parts.get("compare") or [self._say(clinic.PLAIN_COMPARE)])))
        sections.append(self._head("findings", self._prose(findings)))
        sections.append(self._head("impression", self._prose(self._clinic(family.impressions, 1, 1) + extra["end"])))
        return sections

    def _plain(self) -> list[str]:
        """Write a report in which nobody is identified."""
        sections = self._body({}, self.rng.randint(3, 6))
        if self.rng.random() < 0.5:
            sections.append(self._say(clinic.PLAIN_COMMUNICATION))
        if self.rng.random() < 0.6:
            sections.append(self._say(clinic.PLAIN_CLOSING))
        return sections

    def _low(self) -> list[str]:
        """Write a report in which one to three sentences identify somebody."""
        rng = self.rng
        odds = {
            "header": 3,
            "clinical": 5,
            "compare": 6,
            "detail": 5,
            "note": 5,
            "sign": 6,
            "dictate": 3,
            "story": 3,
            "admin": 3,
            "addend": 1,
            "outside": 1,
        }
        chosen = set(rng.choices(tuple(odds), tuple(odds.values()), k=rng.choice((1, 2, 2, 3, 3))))
        return self._mixed(chosen, (1, 3), 1, rng.randint(0, 2))

    def _mid(self) -> list[str]:
        """Write a report with a header, a sign-off and some sentences that identify somebody."""
        rng = self.rng
        chosen = {
            "header",
            "sign",
            *rng.sample(
                ("clinical", "compare", "detail", "note", "dictate", "story", "admin", "outside", "addend"),
                rng.randint(2, 4),
            ),
        }
        return self._mixed(chosen, (2, 4), 1, rng.randint(0, 2))

    def _dense(self) -> list[str]:
        """Write a letter, or an export full of what identifies."""
        rng = self.rng
        if rng.random() < 0.4:
            return self._letter()
        chosen = {"header", "clinical", "compare", "detail", "note", "sign", "dictate", "story", "admin"}
        chosen |= set(rng.sample(("outside", "addend"), rng.randint(0, 2)))
        return self._mixed(chosen, (5, 10), 2, rng.randint(0, 1))

    def _mixed(self, chosen: set[str], fields: tuple[int, int], times: int, traps: int) -> list[str]:
        """Write a report that identifies somebody in the chosen places."""
        rng = self.rng
        parts = self._parts(chosen, times)
        told = " ".join(self._say(shapes.STORY) for _ in range(rng.randint(1, times))) if "story" in chosen else ""
        if told and rng.random() < 0.75:
            parts["clinical"] = [*(parts.get("clinical") or [self._say(clinic.PLAIN_HISTORY)]), told]
            told = ""
        head = ""
        if "header" in chosen:
            head = self._pick(shapes.HEADS) if rng.random() < 0.25 else ""
        sections = self._body(parts, traps, "{title}" not in head)
        if "header" in chosen:
            sections.insert(0, self.scene.fill(head) if head else self._fields(*fields))
        if told:
            sections.append(self._head("note", told))
        if "outside" in chosen:
            sections.insert(rng.randint(1, len(sections)), self._say(shapes.OUTSIDE))
        return [*sections, *self._tail(chosen, times)]

    def _parts(self, chosen: set[str], times: int) -> dict[str, list[str]]:
        """Write the sentences that identify somebody, by the section in which they stand."""
        parts: dict[str, list[str]] = {}
        for key, pool in (("clinical", shapes.CLINICAL), ("compare", shapes.COMPARE)):
            if key in chosen:
                parts[key] = [self._say(pool)]
        places = (
            ("findings", shapes.DETAIL),
            ("findings", shapes.DETAIL),
            ("end", shapes.ADVICE),
            ("technique", shapes.PRACTICE),
        )
        for _ in range(self.rng.randint(1, times) if "detail" in chosen else 0):
            place, pool = self.rng.choice(places)
            parts.setdefault(place, []).append(self._say(pool))
        return parts

    def _tail(self, chosen: set[str], times: int) -> list[str]:
        """Write what follows the impression."""
        rng, sections = self.rng, []
        if "note" in chosen:
            note = " ".join(self._say(shapes.COMMUNICATE) for _ in range(rng.randint(1, times)))
            sections.append(self._head("note", note) if rng.random() < 0.4 else note)
        elif rng.random() < 0.2:
            sections.append(self._say(clinic.PLAIN_COMMUNICATION))
        sections += [self._say(shapes.ADMIN) for _ in range(rng.randint(1, times + 1))] if "admin" in chosen else []
        tail = [
            self._say(pool)
            for key, pool in (("sign", shapes.SIGN), ("dictate", shapes.DICTATE), ("addend", shapes.ADDEND))
            if key in chosen
        ]
        if not tail and rng.random() < 0.3:
            tail = [self._say(clinic.PLAIN_CLOSING)]
        return [*sections, *tail]

    def _letter(self) -> list[str]:
        """Write a letter to the doctor who referred."""
        rng, scene = self.rng, self.scene
        bodies = [self._say(shapes.LETTER_BODIES) for _ in range(rng.randint(3, 6))]
        finds = self._clinic(scene.family.findings, 2, 4) + [self._trap("findings") for _ in range(rng.randint(0, 1))]
        bodies.insert(rng.randint(1, len(bodies)), " ".join(finds))
        if rng.random() < 0.5:
            bodies.insert(1, self._say(shapes.STORY))
        text = " ".join(bodies[: len(bodies) // 2]) + "\n\n" + " ".join(bodies[len(bodies) // 2 :])
        return [self._say(shapes.LETTER_HEADS), self._say(shapes.LETTER_OPENS), text, self._say(shapes.LETTER_CLOSES)]

    def write(self) -> str:
        """Write the report with its marks, in some hand."""
        writers: dict[str, Callable[[], list[str]]] = {
            "none": self._plain,
            "low": self._low,
            "mid": self._mid,
            "dense": self._dense,
        }
        sections = writers[self.density]()
        text = self.rng.choice(("\n\n", "\n\n", "\n")).join(sections)
        return _hand(self.rng, _spelling(text, self.scene.land))


def _spelling(text: str, land: str) -> str:
    """Spell medical words as the land does."""
    american = land == "us"
    for us, uk in BRITISH:
        text = re.sub(uk if american else rf"(?<![oa]){us}", us if american else uk, text)
    return text


def _is_mark(char: str) -> bool:
    """Tell a mark from the text."""
    return OPEN <= ord(char) <= ord(CLOSE)


def _hand(rng: random.Random, text: str) -> str:
    """Give a text the look of a system or a typist: its case, spacing, misreadings and line ends."""
    case = rng.random()
    if case < 0.12:
        text = text.upper()
    elif case < 0.19:
        text = text.lower()
    noise = rng.random()
    if noise < 0.06:
        text = "".join(OCR.get(char, char) if rng.random() < 0.02 else char for char in text)
    elif noise < 0.13:
        text = "".join(_spacing(rng, char) for char in text)
    if rng.random() < 0.4:
        text = _wrap(rng, text)
    ends = rng.random()
    if ends < 0.03:
        return text.replace("\n", "\\.br\\")
    return text.replace("\n", "\r\n") if ends < 0.07 else text


def _spacing(rng: random.Random, char: str) -> str:
    """Make a space wider at times, or put one before a mark of punctuation."""
    if char == " " and rng.random() < 0.06:
        return "  "
    if char in ",;:" and rng.random() < 0.05:
        return f" {char}"
    return char


def _wrap(rng: random.Random, text: str) -> str:
    """Break long lines at a width, inside names and dates too."""
    width, indent = rng.randint(54, 92), " " * rng.choice((0, 0, 0, 2, 4))
    lines = []
    for line in text.split("\n"):
        now, length = "", 0
        for word in re.split(r"(?<=[^ ]) (?=[^ ])", line):
            size = sum(not _is_mark(char) for char in word)
            if now and length + 1 + size > width:
                head, bar, tail = word.partition("/")
                if bar and tail and "://" not in word and rng.random() < 0.2:
                    lines.append(f"{now} {head}{bar}")
                    now, length = f"{indent}{tail}", len(indent) + len(tail)
                    continue
                lines.append(now)
                now, length = f"{indent}{word}", len(indent) + size
            else:
                now = f"{now} {word}" if now else word
                length += 1 + size
        lines.append(now)
    return "\n".join(lines)


def _plants(marked: str) -> PlantedReport:
    """Take the marks out of a text and keep where they stood."""
    chars: list[str] = []
    plants: list[Plant] = []
    opened = (0, 0)
    for char in marked:
        if char == CLOSE:
            code, start = opened
            plants.append(Plant(KINDS[code // 2], start, len(chars), bool(code % 2)))
        elif _is_mark(char):
            opened = (ord(char) - OPEN, len(chars))
        else:
            chars.append(char)
    return PlantedReport("".join(chars), tuple(plants))


def make_reports(count: int, seed: int) -> list[PlantedReport]:
    """Make a number of reports; a fifth of them, drawn at random, identify nobody."""
    rng = random.Random(seed)
    densities = [DENSITIES[index * 100 // max(count, 1) % 100] for index in range(count)]
    rng.shuffle(densities)
    return [
        _plants(_Writer(random.Random(f"{seed}/{index}"), density).write()) for index, density in enumerate(densities)
    ]


__all__ = ["Plant", "PlantedReport", "make_reports"]
