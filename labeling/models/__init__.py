"""Rows of the labeling room: rounds and slots, verdicts, and what lies on a reader's desk."""

from labeling.models.desk import CannotJudge, CannotJudgeReason, Draft, HoldDecision, ReadingKeys, StudyHold
from labeling.models.reads import RESTORES, Correction, CorrectionKind, Read, ReadQuerySet, ReadSource, Verdict
from labeling.models.rounds import (
    LIVE_STATES,
    SUGGESTED,
    Arm,
    PlantedKind,
    ReadingRound,
    RoundReader,
    RoundState,
    RoundStudy,
    ShowReport,
    Slot,
    SlotQuerySet,
    SlotState,
)
from labeling.models.training import TrainingCase, TrainingSet

__all__ = [
    "LIVE_STATES",
    "RESTORES",
    "SUGGESTED",
    "Arm",
    "CannotJudge",
    "CannotJudgeReason",
    "Correction",
    "CorrectionKind",
    "Draft",
    "HoldDecision",
    "PlantedKind",
    "Read",
    "ReadQuerySet",
    "ReadSource",
    "ReadingKeys",
    "ReadingRound",
    "RoundReader",
    "RoundState",
    "RoundStudy",
    "ShowReport",
    "Slot",
    "SlotQuerySet",
    "SlotState",
    "StudyHold",
    "TrainingCase",
    "TrainingSet",
    "Verdict",
]
