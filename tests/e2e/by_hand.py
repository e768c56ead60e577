"""Fifteen reports and an empty one, what each suggests, what three readers say, and what must come of it: worked out by hand.

`FINAL` follows from the rule "at least two *Agree all*": the suggested labels stand (possible ones count as present), or
the study is not in (None). A verdict is written as keys: "1", "2 +label" or "3 -label".
"""

from dataclasses import dataclass

EFFUSION, PNEUMOTHORAX, HEART, OPACITY = "pleural_effusion", "pneumothorax", "cardiomegaly", "airspace_opacity"
LABELS = (EFFUSION, PNEUMOTHORAX, HEART, OPACITY)
READERS = ("anna", "boris", "chen")

BENCHMARK = """\
slug: small-chest
title: Small chest
modality: [CR, DX]
body_part: CHEST
taxonomy:
  version: "1"
  labels:
    - {key: pleural_effusion, name: Pleural effusion, definition: Fluid in the pleural space., synonyms: [effusion]}
    - {key: pneumothorax, name: Pneumothorax, definition: Air in the pleural space.}
    - {key: cardiomegaly, name: Cardiomegaly, definition: An enlarged heart., synonyms: [enlarged heart]}
    - key: airspace_opacity
      name: Airspace opacity
      definition: Consolidation, pneumonia, infiltrate or an opacity of the lung. Excludes atelectasis.
      synonyms: [consolidation, pneumonia]
reading: {reads_per_study: 3, show_report: always}
consensus: {verdict: agree_all, at_least: 2}
release: {released: 5, holdout: 5}
"""


@dataclass(frozen=True)
class Known:
    """One study: who, what the report says, and the answers."""

    site: str
    study_id: str
    patient: str
    report: str
    suggested: frozenset[str]
    verdicts: tuple[str, str, str]
    final: frozenset[str] | None

    @property
    def key(self) -> tuple[str, str]:
        """Names the study: ACC-101 is at both sites."""
        return self.site, self.study_id


def _known(site: str, study: str, patient: str, report: str, suggested: str, verdicts: str, final: str) -> Known:
    return Known(
        site,
        study,
        patient,
        report,
        frozenset(suggested.split()),
        tuple(part.strip() for part in verdicts.split("|")),  # type: ignore[arg-type]  # three of them, by hand
        None if final == "out" else frozenset(final.split()),
    )


STUDIES = (
    # Accepted: three or two agree, whatever the third says.
    _known("north", "ACC-101", "PAT-7301", "FINDINGS: There is a small left pleural effusion. No pneumothorax.",
           EFFUSION, "1 | 1 | 1", EFFUSION),
    _known("north", "ACC-102", "PAT-7302", "FINDINGS: The heart is enlarged. No pleural effusion.",
           HEART, f"1 | 1 | 2 +{EFFUSION}", HEART),
    _known("north", "ACC-103", "PAT-7303", "FINDINGS: Right apical pneumothorax. The heart size is normal.",
           PNEUMOTHORAX, f"1 | 1 | 3 -{PNEUMOTHORAX}", PNEUMOTHORAX),
    _known("north", "ACC-104", "PAT-7304", "FINDINGS: The lungs are clear. No effusion or pneumothorax.",
           "", "1 | 1 | 1", ""),
    _known("north", "ACC-105", "PAT-7305", "FINDINGS: Right lower lobe consolidation with a small right pleural effusion.",
           f"{OPACITY} {EFFUSION}", "1 | 1 | 1", f"{OPACITY} {EFFUSION}"),
    # Two studies of one patient with the same answers: the sample takes one of them, whichever.
    _known("north", "ACC-106", "PAT-7306", "FINDINGS: Moderate cardiomegaly. Small bilateral pleural effusions.",
           f"{HEART} {EFFUSION}", "1 | 1 | 1", f"{HEART} {EFFUSION}"),
    _known("north", "ACC-107", "PAT-7306", "FINDINGS: Cardiomegaly and small bilateral pleural effusions, unchanged.",
           f"{HEART} {EFFUSION}", "1 | 1 | 1", f"{HEART} {EFFUSION}"),
    _known("north", "ACC-108", "PAT-7308", "FINDINGS: Possible pneumonia in the right lower lobe. No effusion.",
           OPACITY, f"1 | 1 | 2 -{OPACITY}", OPACITY),
    # Not accepted: one or none agrees.
    _known("north", "ACC-109", "PAT-7309", "FINDINGS: Large left pneumothorax.",
           PNEUMOTHORAX, f"1 | 2 +{EFFUSION} | 2 +{EFFUSION}", "out"),
    _known("north", "ACC-110", "PAT-7310", "FINDINGS: Normal heart and lungs.",
           "", f"3 +{HEART} | 3 +{HEART} | 3 +{HEART}", "out"),
    # The second site has an ACC-101 of its own.
    _known("south", "ACC-101", "PAT-8301", "FINDINGS: Cardiomegaly. No pleural effusion. No pneumothorax.",
           HEART, "1 | 1 | 1", HEART),
    _known("south", "ACC-202", "PAT-8302", "FINDINGS: Left lower lobe infiltrate.",
           OPACITY, f"1 | 2 +{EFFUSION} | 1", OPACITY),
    _known("south", "ACC-203", "PAT-8303", "IMPRESSION: No acute cardiopulmonary abnormality.",
           "", "1 | 1 | 1", ""),
    _known("south", "ACC-204", "PAT-8304", "FINDINGS: Small left pneumothorax. The heart is enlarged.",
           f"{PNEUMOTHORAX} {HEART}", "1 | 1 | 1", f"{PNEUMOTHORAX} {HEART}"),
    _known("south", "ACC-205", "PAT-8305", "FINDINGS: Moderate right pleural effusion.",
           EFFUSION, f"1 | 3 -{EFFUSION} | 3 -{EFFUSION}", "out"),
    # An empty report is imported, and never read.
    _known("south", "ACC-206", "PAT-8306", "", "", "1 | 1 | 1", "out"),
)  # fmt: skip

N_REPORTS = 15
N_SAMPLED = 14  # one of PAT-7306's two
N_ELIGIBLE = 11
VERDICT_COUNTS = {"agree_all": 31, "agree_mostly": 5, "disagree": 6}
# Of 14 studies × 3 readers; chen alone strikes ACC-103's, so one of its three pairs of readers agrees.
PNEUMOTHORAX_HELD = (2 + 3 + 3) / 42
PNEUMOTHORAX_PAIRS_AGREE = (13 * 3 + 1) / 42
