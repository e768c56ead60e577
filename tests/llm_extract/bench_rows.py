"""A tiny gold set worked out by hand, and trials on it worked through the real actions."""

from llm_extract.actions import create_gold_set, create_stress_trial, create_trial, run_stress_trial, run_trial
from llm_extract.models import GoldSet, StressTrial, Trial
from tests.factories import make_benchmark, make_study

# study id → report; what the rules engine says of it; and the gold, in the wide form of the file.
REPORTS = {
    "G1": "FINDINGS: Small left pleural effusion. No pneumothorax.",  # effusion present, pneumothorax absent
    "G2": "FINDINGS: Large right pneumothorax.",  # pneumothorax present
    "G3": "FINDINGS: Small pleural effusion.",  # effusion present
    "G4": "FINDINGS: No pleural effusion.",  # effusion absent
    "G5": "FINDINGS: Possible pleural effusion.",  # effusion uncertain, which counts as present
    "G6": "FINDINGS: The lungs are clear.",  # nothing
}
GOLD = """study_id,pleural_effusion,pneumothorax
G1,1,0
G2,0,1
G3,0,
G4,1,0
G5,-1,0
G6,0,1
"""
# By hand. Effusion: G1 right; G3 wrongly suggested; G4 missed; G5's gold is unclear (strict: absent, so wrongly suggested);
# G2 and G6 rightly not suggested. Strict F1 = 2·1 / (2·1 + 2 + 1) = 0.4; lenient 2·1 / (2·1 + 1 + 1) = 0.5.
# Pneumothorax: G2 right; G6 missed; G3 not judged; G1, G4, G5 rightly not suggested. F1 = 2·1 / (2·1 + 0 + 1) = 0.667.
# Micro, strict: 2·2 / (2·2 + 2 + 2) = 0.5; lenient: 4 / (4 + 1 + 2) = 0.571.
# Every label right: G1, G2 of six, strict; lenient also G5 (its effusion is left out): 3 of 6.
STRICT_F1 = {"pleural_effusion": 0.4, "pneumothorax": 2 / 3, "cardiomegaly": None}
# Study, label, gold, said.
DIFFERING = [
    ("G3", "pleural_effusion", "absent", "present"),
    ("G4", "pleural_effusion", "present", "absent"),
    ("G6", "pneumothorax", "present", ""),
]


def gold_benchmark():
    """A chest benchmark whose pool is the hand-made reports; the studies by their ids."""
    benchmark = make_benchmark(body_part="CHEST")
    return benchmark, {key: make_study(benchmark, study_id=key, report=text) for key, text in REPORTS.items()}


def hand_gold(benchmark, studies, name="by hand") -> GoldSet:
    words = {"1": "present", "0": "absent", "-1": "uncertain"}
    header, *rows = [line.split(",") for line in GOLD.split()]
    labels = {
        studies[study].pk: {key: words[cell] for key, cell in zip(header[1:], cells, strict=True) if cell}
        for study, *cells in rows
    }
    return create_gold_set(benchmark=benchmark, name=name, source="a test", labels=labels, by=None)


def tried(gold_set, **options) -> Trial:
    trial = create_trial(gold_set=gold_set, by=None, **options)
    run_trial(run_id=trial.pk)
    return Trial.objects.select_related("gold_set", "benchmark", "taxonomy").get(pk=trial.pk)


def stressed(benchmark, **options) -> StressTrial:
    trial = create_stress_trial(benchmark=benchmark, by=None, **options)
    run_stress_trial(run_id=trial.pk)
    return StressTrial.objects.get(pk=trial.pk)
