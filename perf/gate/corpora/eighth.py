"""The eighth corpus: 500 radiology reports of two authors, each composed for itself, with the spans that identify somebody.

No report is anybody's. One in five or six names nobody. Three quarters are of the United States and Canada, the others of the
British Isles, Australia, New Zealand, India, Singapore, South Africa, Kenya, the Philippines and the Gulf. Chest films most,
beside CT, MR, ultrasound, mammography, procedures, addenda, wet reads, calls and letters, as a department's system holds
them before anybody de-identified them.

Marked as the seventh is, and days of the week, feasts and months that stand for the day of an examination as well. Neither
author had seen the rules, what the docs say of them, or another corpus. Committed before it was scored.
"""

from __future__ import annotations

from perf.gate.corpora import written


def marked_reports(count: int = 500, seed: int = 0) -> list[str]:
    """Every report as it is stored, with its marks, or so many of them drawn by the seed."""
    return written.marked_reports("eighth", count, seed)
