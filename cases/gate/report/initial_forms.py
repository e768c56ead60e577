"""The initials people sign with and are called by: "J.S.", "Tech: JK", "JRS/mt"; and the abbreviations that are none."""

import re

from cases.gate.report.forms import Form, Private
from cases.gate.report.looks import Look, outlines

_FREE_STANDING = (
    r"(?!(?:A\.?P|P\.?A|I\.?V|M\.?D|D\.?O|U\.?S|U\.?K|A\.?M|P\.?M|P\.?O|E\.?G|I\.?E|S\.?P|R\.?N|N\.?P|C\.?T|M\.?R|M\.?R\.?I|M\.?R\.?A|E\.?R|E\.?D|I\.?C\.?U|I\.?M|S\.?C|H\.?S|A\.?C|P\.?C|R\.?O|H\.?O|F\.?U|Y\.?O|L\.?L|R\.?L"
    r"|L\.?P|T\.?B|G\.?I|G\.?U|N\.?G|O\.?G|E\.?T|S\.?V\.?C|I\.?V\.?C|D\.?C|P\.?S|N\.?B|O\.?D|O\.?S|O\.?U|D\.?O\.?B|M\.?R\.?N|S\.?S\.?N|N\.?P\.?O|R\.?T|L\.?V|R\.?V|D\.?V\.?T|P\.?E|C\.?S\.?F|B\.?I\.?D|T\.?I\.?D|Q\.?I\.?D|Q\.?D|P\.?R\.?N"
    r"|H\.?I\.?V|A\.?V|C\.?O|S\.?O\.?B|C\.?P|N\.?K|A\.?D|B\.?C|P\.?T|S\.?I|A\.?A|N\.?A|F\.?N\.?A|C\.?O\.?P\.?D|M\.?V\.?A|E\.?K\.?G|E\.?C\.?G|T\.?I\.?A|C\.?V\.?A|M\.?I|C\.?H\.?F|J\.?P|J\.?R|S\.?R|V\.?A|D\.?S|B\.?P|H\.?R|Q\.?H\.?S|P\.?A\.?C|F\.?R\.?C\.?R|D\.?D\.?S|B\.?S|M\.?S|B\.?A|M\.?B|D\.?P\.?M|P\.?H|C\.?C)\.?(?![A-Za-z]))"
)
# Two views, methods or sides with a stroke between.
_VIEW = r"(?:by|of|at|is|it|to|ap|pa|lat|ct|cta|mr|mri|mra|us|pet|xr|cr|dx|kub|abd|chest|head|neck|left|right|rt|lt|tx|hx|dx|fx|and|or|pre|post|yes|no|mm|cm|mg|ml|pt|his|her|him|he|she|flair|stir|axt|cor|sag|dwi|adc|swi|gre|in|out|off|on|hr|min|day|wk|end|exam|note|plan|view|type|side|date|time|dose|site|size|name|age|sex|from|to|re|cc|rm|bed)"
_TWO_VIEWS = rf"(?i:{_VIEW}[ \t]?[/:|-][ \t]?(?:{_VIEW}|[a-z]+\.)\b)"
_DICTATED = r"(?:[^\W\d_]{2,4}|(?:[^\W\d_]\.){2,3}|(?:[^\W\d_]\.){2}[^\W\d_])"
_TYPED = r"(?:[^\W\d_]{2,4}\d{0,3}|(?:[^\W\d_]\.){2,3})"


def _form(pattern: str, *words: str, flags: int = 0, sign: str | None = None, looks: tuple[Look, ...] = ()) -> Form:
    return Form(Private.NAME, re.compile(pattern, flags), words, re.compile(sign, flags) if sign else None, looks=looks)


INITIAL_FORMS: tuple[Form, ...] = (
    _form(rf"(?<![\w.]){_FREE_STANDING}(?:[A-Z]\.[ -]?){{1,3}}[A-Z]\.(?![\w])", sign=r"[A-Z]\.[ -]?[A-Z]\.", looks=(outlines("A.A.", "A. A.", "A.-A."),)),
    _form(rf"(?i:(?<![\w.]){_FREE_STANDING})(?:[a-z]\.){{2,3}}(?![\w])(?<!i\.e\.)(?<!e\.g\.)", sign=r"[a-z]\.[a-z]\.", looks=(outlines("a.a."),)),
    # Who typed, behind the day: "T: 03/12/2019 14:10 ks".
    _form(r"\b(?:(?:[dt]{1,2}|dict|trans)[:/]|(?:typed|dictated|transcribed|signed|checked|verified|printed)(?:[ \t]on)?:?)[ \t]*\d[\d/.: -]{5,24}[ \t](?!(?:am|pm|hrs?|h|est|edt|cst|pst|utc)\b)([a-z]{2,3})(?=[ \t]*(?:$|[.,;)]))", sign=r"\d[ \t][a-z]{2,3}(?=[ \t]*(?:$|[.,;)]))", flags=re.I | re.M),
    # Who dictated and who typed: on a line of their own, or before a day.
    _form(
        rf"^[ \t]*(?!{_TWO_VIEWS})({_DICTATED}(?:[ \t]?[/|][ \t]?|[:-]){_TYPED}(?:/[^\W\d_]{{2,3}})?)(?=[ \t]*$|[ \t]+(?:\d|(?:PGY|R)-?\d\b|MD\b|DO\b|[DT]{{1,2}}:|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ]\d))",
        sign=r"^[ \t]*[^\W\d_][^\W\d_.]?(?:[^\W\d_]|\.){1,5}[ \t]?[/|:-]|^[ \t]*[^\W\d_][.](?:[^\W\d_]|\.){1,5}[ \t]?[/|:-]", flags=re.I | re.M,
    ),
    _form(
        rf"(?<![\w/.])(?!{_TWO_VIEWS})((?-i:[A-Z]{{2,4}}|[a-z]{{2,4}}|(?:[A-Z]\.){{2,3}})[/:][a-z]{{2,4}})(?![\w/])(?=[ \t]*(?:$|\d\d?/|[DT]{{1,2}}:|[ ]{{2}}\#?\d))",
        sign=r"[/:][a-z]{2}", flags=re.I | re.M, looks=(outlines("/a", "/A", ":a", ":A"),),
    ),
)  # fmt: skip
