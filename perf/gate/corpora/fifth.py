"""The fifth corpus: 332 radiology reports, each composed for itself, with the spans that identify somebody.

No report is anybody's. They are meant to read as those of many hospitals do when they leave a radiology system: chest films
most, at the density that such reports have (80 identifiers in 1,000 words), one in six without any. Header blocks, dictation
and signature lines, called results, addenda, all in capitals or in small letters, some damaged as by a scan or an interface.

Marked is the identifying text alone: no title, credential, label or possessive. A month with its year, or with its day, is a
date; a year or a time alone, weekdays, holidays by name, ages up to 89, states, countries, insurers, eponyms, classifications
and makers are no identifiers. Clinics and dialysis units count as hospitals, the last four digits of a social security number
as one. Its author had seen neither the gate's rules nor the other corpora. One author, no second reader; kinds with a handful
of marks (plates, addresses of machines, social security numbers) are too few for a rate of their own.
"""

from __future__ import annotations

from perf.gate.corpora import written


def marked_reports(count: int = 332, seed: int = 0) -> list[str]:
    """Every report as it is stored, with its marks, or so many of them drawn by the seed."""
    return written.marked_reports("fifth", count, seed)
