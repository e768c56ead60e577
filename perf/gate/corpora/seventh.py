"""The seventh corpus: 500 radiology reports of two authors, each composed for itself, with the spans that identify somebody.

No report is anybody's. One in six names nobody. Half are of the United States and Canada alone, of the others half of the
British Isles, Australia, India, Singapore, South Africa, the Philippines and the Gulf; a dozen house styles and more of each
author. Chest films most, beside CT, MR, ultrasound, mammography, procedures, addenda, wet reads, calls and letters, as a
department's system holds them before anybody de-identified them.

Marked as the sixth is: the identifying text alone, no title, credential or label; a number that is one person's or one file's
alone is "other". Neither author had seen the rules, what the docs say of them, or another corpus. Committed before it was
scored, and scored once.
"""

from __future__ import annotations

from perf.gate.corpora import written


def marked_reports(count: int = 500, seed: int = 0) -> list[str]:
    """Every report as it is stored, with its marks, or so many of them drawn by the seed."""
    return written.marked_reports("seventh", count, seed)
