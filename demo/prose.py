"""The report of a synthetic study, in its site's house style, and the truth that it tells."""

from dataclasses import dataclass
from itertools import chain

import numpy as np

from demo import phrases
from demo.world import LABELS, Planted, Study, broken_ribs

_LUNGS = {"airspace_opacity", "atelectasis", "pulmonary_edema", "interstitial_lung_disease", "lung_nodule_or_mass",
          "emphysema_hyperinflation"}  # fmt: skip
_PLEURA = {"pleural_effusion", "pneumothorax", "pleural_other"}
_HEART = {"cardiomegaly", "mediastinal_hilar_abnormality"}
_SIZES = {"pleural_effusion": ("small", "moderate", "large"), "pneumothorax": ("small", "moderate", "large")}
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True)
class Report:
    """A report's whole text, the status of each label that it tells, and the sentence that tells each finding."""

    text: str
    truth: dict[str, str]
    evidence: dict[str, str]


@dataclass(frozen=True)
class _Parts:
    """The sentences of a report before a house puts them in order."""

    lungs: tuple[str, ...]
    pleura: tuple[str, ...]
    heart: tuple[str, ...]
    bones: tuple[str, ...]
    lines: tuple[str, ...]
    impression: tuple[str, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        return self.lungs + self.pleura + self.heart + self.bones + self.lines


def write_report(study: Study) -> Report:
    """The study's report; every planted finding is affirmed, or hedged where its truth is uncertain."""
    rng = np.random.default_rng([study.seed, 61])
    evidence = {f.label: finding_sentence(rng, f) for f in study.findings}
    parts = _parts(study, rng, evidence)
    house = {"sections": _sections, "capitals": _capitals, "plain": _plain, "short": _short}[study.site.style]
    return Report(house(study, parts, rng), study.truth(), evidence)


def template_count() -> int:
    """How many different sentence templates reports are made of."""
    tables = (phrases.PRESENT, phrases.UNCERTAIN, phrases.CHANGES, phrases.ABSENT, phrases.DEVICE)
    loose = (phrases.CONCLUDED, phrases.WONDERED, phrases.RESOLVED, phrases.ASIDE, phrases.INDICATION, phrases.FIRST,
             phrases.EARLIER, phrases.ALL_CLEAR, phrases.ADVICE)  # fmt: skip
    normal = (sentences for _, sentences in phrases.NORMAL)
    return len(set(chain(*(chain(*t.values()) for t in tables), *loose, *normal)))


def finding_sentence(rng: np.random.Generator, finding: Planted) -> str:
    """One sentence that states the finding as its status asks."""
    table = phrases.PRESENT if finding.status == "present" else phrases.UNCERTAIN
    return _filled(str(rng.choice(_entry(table, finding))), finding)


def _keys(finding: Planted) -> tuple[str, ...]:
    kind = finding.kind
    if finding.label == "acute_fracture" and kind == "rib" and len(broken_ribs(finding)) > 1:
        kind = "ribs"
    if finding.label == "pleural_effusion" and finding.side == "both":
        kind = "both"
    return f"{finding.label}/{kind}", finding.label


def _entry(table: dict[str, tuple[str, ...]], finding: Planted) -> tuple[str, ...]:
    return next(table[key] for key in _keys(finding) if key in table)


def _noun(finding: Planted) -> str:
    template = next(phrases.NOUN[key] for key in _keys(finding) if key in phrases.NOUN)
    return _filled(template, finding, is_sentence=False)


def _filled(template: str, finding: Planted, *, is_sentence: bool = True, noun: str = "") -> str:
    rank = ("mild", "moderate", "severe").index(finding.severity)
    sev = _SIZES.get(finding.label, ("mild", "moderate", "severe"))[rank]
    side = "bilateral" if finding.side == "both" else finding.side
    slots = {
        "sev": sev,
        "Sev": sev.capitalize(),
        "sevly": ("mildly", "moderately", "markedly")[rank],
        "side": side,
        "Side": side.capitalize(),
        "on_side": "on both sides" if finding.side == "both" else f"on the {finding.side}",
        "lobe": lobe(finding),
        "lobar": lobe(finding).replace("lingula", "lingular"),
        "zone": "both lungs" if finding.side == "both" else f"{finding.side} {finding.zone} zone",
        "size": f"{finding.size_mm / 10:.1f} cm" if finding.size_mm >= 10 else f"{finding.size_mm:.0f} mm",
        "ribs": _ribs(finding),
        "noun": noun,
        "Noun": noun[:1].upper() + noun[1:],
    }
    text = template.format(**slots)
    return text[:1].upper() + text[1:] if is_sentence else text


def lobe(finding: Planted) -> str:
    """The lobe a focal finding lies in, as a report names it."""
    if finding.side == "both":
        return "both lungs"
    if finding.zone == "mid":
        return "right middle lobe" if finding.side == "right" else "lingula"
    return f"{finding.side} {finding.zone} lobe"


def _ribs(finding: Planted) -> str:
    if finding.label != "acute_fracture":
        return ""
    if finding.kind == "clavicle":
        return f"{finding.side} clavicle"
    numbers = broken_ribs(finding)
    if len(numbers) == 1:
        return f"{finding.side} {_ORDINALS[numbers[0]]} rib"
    joint = "and" if len(numbers) == 2 else "through"
    return f"{finding.side} {_ORDINALS[numbers[0]]} {joint} {_ORDINALS[numbers[-1]]} ribs"


def _parts(study: Study, rng: np.random.Generator, evidence: dict[str, str]) -> _Parts:
    told = dict.fromkeys(LABELS, "")
    for f in study.findings:
        told[f.label] = evidence[f.label]
        if f.change and f.status == "present" and rng.random() < 0.75:
            told[f.label] += " " + _filled(str(rng.choice(phrases.CHANGES[f.change])), f, noun=_noun(f))
    normal = _normal_sentences(study, rng)
    cleared = [str(rng.choice(phrases.RESOLVED)).format(noun=_noun(f)) for f in study.resolved]
    groups = [
        [told[x] for x in LABELS if x in group and told[x]] + list(normal.get(name, ()))
        for name, group in (("lungs", _LUNGS), ("pleura", _PLEURA), ("heart", _HEART), ("bones", {"acute_fracture"}))
    ]
    groups[1] += cleared
    if rng.random() < 0.4:
        groups[3].append(str(rng.choice(phrases.ASIDE)))
    lines = tuple(str(rng.choice(phrases.DEVICE[d])) for d in study.devices)
    lungs, pleura, heart, bones = (tuple(g) for g in groups)
    return _Parts(lungs, pleura, heart, bones, lines, _impression(study, rng))


def _normal_sentences(study: Study, rng: np.random.Generator) -> dict[str, list[str]]:
    planted = {f.label for f in study.findings}
    said: dict[str, list[str]] = {"lungs": [], "pleura": [], "heart": [], "bones": []}
    for labels, sentences in phrases.NORMAL:
        organ = next(
            n for n, g in (("lungs", _LUNGS), ("pleura", _PLEURA), ("heart", _HEART), ("bones", labels)) if g & labels
        )
        if not labels & planted and rng.random() < 0.92:
            said[organ].append(str(rng.choice(sentences)))
        elif labels & planted:
            absent = [x for x in phrases.ABSENT if x in labels and x not in planted]
            chosen = [x for x in absent if rng.random() < 0.7]
            said[organ] += [str(rng.choice(phrases.ABSENT[x])) for x in chosen]
    return said


def _impression(study: Study, rng: np.random.Generator) -> tuple[str, ...]:
    if not study.findings:
        lines = [str(rng.choice(phrases.ALL_CLEAR))]
    else:
        lines = [_concluded(rng, f) for f in study.findings if rng.random() < 0.85 or len(study.findings) == 1]
        if rng.random() < 0.25:
            lines.append(str(rng.choice(phrases.ADVICE)))
    if not lines:
        lines = [_concluded(rng, study.findings[0])]
    return tuple(lines)


def _concluded(rng: np.random.Generator, finding: Planted) -> str:
    noun = _noun(finding)
    if finding.status == "uncertain":
        return _filled(str(rng.choice(phrases.WONDERED)), finding, noun=noun)
    if finding.change and rng.random() < 0.7:
        return _filled(str(rng.choice(phrases.CHANGES[finding.change])), finding, noun=noun)
    return _filled(str(rng.choice(phrases.CONCLUDED)), finding, noun=noun)


def _compared(study: Study, rng: np.random.Generator) -> str:
    return str(rng.choice(phrases.EARLIER if study.has_prior else phrases.FIRST))


def _numbered(lines: tuple[str, ...]) -> str:
    return lines[0] if len(lines) == 1 else "\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1))


def _shuffled(rng: np.random.Generator, sentences: tuple[str, ...]) -> str:
    return " ".join(sentences[i] for i in rng.permutation(len(sentences)))


def _sections(study: Study, parts: _Parts, rng: np.random.Generator) -> str:
    views = "PA and lateral" if study.has_lateral else f"Single {study.projection} view"
    return (
        f"EXAMINATION: Chest, {views}.\n\nINDICATION: {rng.choice(phrases.INDICATION)}\n\n"
        f"COMPARISON: {_compared(study, rng)}\n\nFINDINGS: {_shuffled(rng, parts.findings)}\n\n"
        f"IMPRESSION:\n{_numbered(parts.impression)}\n"
    )


def _capitals(study: Study, parts: _Parts, rng: np.random.Generator) -> str:
    organs = (("Lungs", parts.lungs), ("Pleura", parts.pleura), ("Heart and mediastinum", parts.heart),
              ("Bones and soft tissues", parts.bones), ("Lines and devices", parts.lines))  # fmt: skip
    body = "\n".join(f"{name}: {' '.join(lines)}" for name, lines in organs if lines)
    views = "2 VIEWS" if study.has_lateral else "1 VIEW"
    return (
        f"XR CHEST {views}\nCLINICAL HISTORY: {rng.choice(phrases.INDICATION)}\n"
        f"COMPARISON: {_compared(study, rng)}\nFINDINGS:\n{body}\nIMPRESSION: {' '.join(parts.impression)}\n"
    )


def _plain(study: Study, parts: _Parts, rng: np.random.Generator) -> str:
    """The house without headings."""
    opening = (
        "Two views of the chest were obtained." if study.has_lateral else "A single view of the chest was obtained."
    )
    compared = "Comparison is made with the prior study." if study.has_prior else "No prior study is available."
    start = f"{opening} {compared}" if rng.random() < 0.7 else opening
    return f"{start} {_shuffled(rng, parts.findings)}\n\n{' '.join(parts.impression)}\n"


def _short(study: Study, parts: _Parts, rng: np.random.Generator) -> str:
    keep = tuple(s for s in parts.findings if s)
    prior = " Prior: yes." if study.has_prior else ""
    return (
        f"History: {rng.choice(phrases.INDICATION)}{prior}\nFindings: {_shuffled(rng, keep)}\n"
        f"Conclusion: {' '.join(parts.impression)}\n"
    )
