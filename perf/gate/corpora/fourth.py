"""The fourth corpus: 300 radiology reports written by hand, with the spans that identify somebody.

No report is anybody's. `fourth.txt` beside this module has every report with its spans marked as ⟦kind|text⟧,
reports parted by a line of two percent signs. The reports are fixed: the seed says only which come where fewer
than 300 are asked for.

Marked is the identifying text alone: no title, credential, label or possessive; two names are two spans; nicknames, aliases and
patients' initials are names. A year or a time alone, relative times, ages up to 89, states and countries, generic roles and
departments, eponyms, classifications and makers are no identifiers. Its author had not seen the gate's rules, nor the text of the
other corpora. Scored unseen the gate caught .852 of it; every miss and false mask was then looked at and the rules mended by
classes of cause, so that it is seen: what it shows since is no measure of unseen reports.
Identifiers are denser than in real reports; some have damage as of a scan inside.
"""

from __future__ import annotations

from perf.gate.corpora import written


def marked_reports(count: int = 300, seed: int = 0) -> list[str]:
    """Every report as it is stored, with its marks, or so many of them drawn by the seed."""
    return written.marked_reports("fourth", count, seed)
