"""Corpora written report by report, each in one file: reports parted by a line of two percent signs, spans as ⟦kind|text⟧."""

from __future__ import annotations

import random
from pathlib import Path


def marked_reports(name: str, count: int, seed: int) -> list[str]:
    """Every report of a corpus as it is stored, with its marks, or so many of them drawn by the seed."""
    stored = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8")
    reports = stored.removesuffix("\n").split("\n%%\n")
    return reports if count >= len(reports) else random.Random(seed).sample(reports, count)
