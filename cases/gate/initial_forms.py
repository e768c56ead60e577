"""The initials people sign with and are called by: "J.S.", "Tech: JK", "JRS/mt"; and the abbreviations that are none."""

import re

from cases.gate.forms import Form, Private, by_first_letter

# Abbreviations of a report that could be read as somebody's initials.
_NO_INITIALS = by_first_letter(
    r"(?:ct|cta|ctv|mr|mri|mra|mrcp|us|ed|er|md|rn|pa|np|do|rt|rtr|icu|or|ors|pacu|pcp|gi|gu|ent|ir|vir|nm|pet|xr|cr|dx|ap|lat|ll|rl|pe|ptx|ecg|ekg|echo|ob|gyn"
    r"|micu|sicu|nicu|picu|ccu|cvicu|ms|mph|phd|dds|dpm|frcr|facr|crna|lpn|aprn|cnp|arnp|fnp|cnm|rpa|rrt|rdms|rvt|arrt|dob|mrn|ssn|id|na|nka|dr|drs|mrs|am|pm"
    r"|the|and|her|his|him|our|you|who|for|not|was|are|had|has|new|old|pet|fax|tel|tech|team|name|date|time|none|same|one|two|all|any|both|left|side|lung|clinical|prior|by|on|at|in|to|of|is|it|as|an|be|no|we|if|ii|iii|iv|x|xx|xxx|xxxx|pacs|ris|his|emr|ehr|vr|asr|esi|em|im|fm|hem|onc|neuro|ortho|trauma|peds|csn|fin|acc|tbd|unk|usa|plan|cc|re|s|p)"
)
_SIGNERS = by_first_letter(
    r"(?:initials?\b|initial(?:l?ed)?(?:[ \t]+by)?\b|(?:dictated|transcribed|typed|read|reported|verified|signed|scanned|performed|acknowledged|checked|entered|prepared|reviewed|interpreted|approved|edited|completed|done|imaged|proofed|authenticated|witnessed|injected|positioned|exposed|released|consented|placed|obtained|taken|screened)[ \t]+by"
    r"|tech(?:nologist)?(?:'s)?(?:[ \t]+initials)?|radiographer|sonographer|resident|attending|author|reader|transcriptionist|typist|operator|scribe|radiologist|nurse|rn|dictator|signed)"
)
_FREE_STANDING = (
    r"(?!(?:A\.?P|P\.?A|I\.?V|M\.?D|D\.?O|U\.?S|U\.?K|A\.?M|P\.?M|P\.?O|E\.?G|I\.?E|S\.?P|R\.?N|N\.?P|C\.?T|M\.?R|M\.?R\.?I|M\.?R\.?A|E\.?R|E\.?D|I\.?C\.?U|I\.?M|S\.?C|H\.?S|A\.?C|P\.?C|R\.?O|H\.?O|F\.?U|Y\.?O|L\.?L|R\.?L"
    r"|L\.?P|T\.?B|G\.?I|G\.?U|N\.?G|O\.?G|E\.?T|S\.?V\.?C|I\.?V\.?C|D\.?C|P\.?S|N\.?B|O\.?D|O\.?S|O\.?U|D\.?O\.?B|M\.?R\.?N|S\.?S\.?N|N\.?P\.?O|R\.?T|L\.?V|R\.?V|D\.?V\.?T|P\.?E|C\.?S\.?F|B\.?I\.?D|T\.?I\.?D|Q\.?I\.?D|Q\.?D|P\.?R\.?N"
    r"|H\.?I\.?V|A\.?V|C\.?O|S\.?O\.?B|C\.?P|N\.?K|A\.?D|B\.?C|P\.?T|S\.?I|A\.?A|N\.?A|F\.?N\.?A|C\.?O\.?P\.?D|M\.?V\.?A|E\.?K\.?G|E\.?C\.?G|T\.?I\.?A|C\.?V\.?A|M\.?I|C\.?H\.?F|J\.?P|J\.?R|S\.?R|V\.?A|D\.?S|B\.?P|H\.?R|Q\.?H\.?S|P\.?A\.?C|F\.?R\.?C\.?R|D\.?D\.?S|B\.?S|M\.?S|B\.?A|M\.?B|D\.?P\.?M|P\.?H)\.?(?![A-Za-z]))"
)
# Two views, methods or sides with a stroke between.
_VIEW = r"(?:by|of|at|is|it|to|ap|pa|lat|ct|cta|mr|mri|mra|us|pet|xr|cr|dx|kub|abd|chest|head|neck|left|right|rt|lt|tx|hx|dx|fx|and|or|pre|post|yes|no|mm|cm|mg|ml|pt|his|her|him|he|she|flair|stir|axt|cor|sag|dwi|adc|swi|gre|in|out|off|on|hr|min|day|wk|end|exam|note|plan|view|type|side|date|time|dose|site|size|name|age|sex|from|to|re|cc|rm|bed)"
_TWO_VIEWS = rf"(?i:{_VIEW}[ \t]?[/:|]|[a-z]{{2,4}}[ \t]?[/:|][ \t]?{_VIEW}\b)"
_JOB = r"(?:[A-Z]{2,4}\s?[/:|-]\s?[a-z]{2,4}\d{0,3}|[A-Z]{2,3}\s?/\s?[A-Z]{2,3})"


def _form(pattern: str, *words: str, flags: int = 0, sign: str | None = None) -> Form:
    return Form(Private.NAME, re.compile(pattern, flags), words, re.compile(sign, flags) if sign else None)


INITIAL_FORMS: tuple[Form, ...] = (
    _form(
        rf"\b{_SIGNERS}[ \t]*(?:[:=#(/-][ \t]*|[ \t](?:is|was|are)?[ \t]*)(?!{_TWO_VIEWS})([a-z]{{2,4}}(?:[ \t]?/[ \t]?|:)[a-z]{{2,4}})(?![\w/])",
        "initial", "by", "tech", "grapher", "resident", "attending", "author", "reader", "typist", "transcriptionist", "operator",
        "scribe", "rad", "nurse", "rn", "dictator", "signed", flags=re.I,
    ),
    _form(rf"(?<![\w.]){_FREE_STANDING}(?:[A-Z]\.[ -]?){{1,3}}[A-Z]\.(?![\w])", sign=r"[A-Z]\.[ -]?[A-Z]\."),
    _form(rf"(?i:(?<![\w.]){_FREE_STANDING})(?:[a-z]\.){{2,3}}(?![\w])(?<!i\.e\.)(?<!e\.g\.)", sign=r"[a-z]\.[a-z]\."),
    _form(
        rf"\b{_SIGNERS}[ \t]*(?:[:=#(/-][ \t]*|[ \t](?:is|was|are)?[ \t]*)(?!{_NO_INITIALS}\b)((?-i:[A-Z]{{2,4}})(?![\w'-])(?:[ \t]?/[ \t]?(?!{_NO_INITIALS}\b)[a-z]{{2,4}}\b)?)",
        "initial", "by", "tech", "grapher", "resident", "attending", "author", "reader", "typist", "transcriptionist", "operator",
        "scribe", "rad", "nurse", "rn", "dictator", "signed", flags=re.I,
    ),
    _form(
        rf"\b(?:initials?\b(?:[ \t]+(?:are|is))?|(?:dictated|transcribed|typed|read|signed|verified|scanned|performed)[ \t]+by|tech(?:nologist)?)[ \t]*[:=]?[ \t]*(?!{_NO_INITIALS}\b)([a-z]{{2,3}})(?![\w'-])(?=[ \t]*(?:[/.,;)\n]|\Z))",
        "initial", "by", "tech", flags=re.I,
    ),
    _form(rf"\b(?:pt|patient|per|by|d/w|cc|rn|tech|signed|page[dr]?|told|notified|informed)\.?[ \t]+(?:(?i:rn|dr\.?|tech|pa|np|md)[ \t]+)?(?!(?i:{_NO_INITIALS})\b)([A-Z]\.[ ]?[A-Z]\.?|[A-Z]{{2,3}})(?![\w'/-])(?=[ \t]*(?:[.,;)\n]|\Z|(?:is|was|at|on|has|who|with|and|from)\b))", "pt", "patient", "per", "by", "d/w", "cc", "rn", "tech", "signed", "page", "told", "notified", "informed"),
    # Who dictated and who typed, on a line of their own or at its end.
    _form(rf"(?:^|(?<=\n))[ \t]*(?!{_TWO_VIEWS})((?i:[a-z]{{2,4}}[ \t]?[/:|][ \t]?[a-z]{{2,4}}\d{{0,3}}))(?=[ \t]*(?:\n|\Z))", "/", ":", "|"),
    _form(rf"(?:^|(?<=\n))[ \t]*(?!(?i:{_NO_INITIALS})\b)({_JOB})(?=[ \t]*(?:\d|[DT]:))", "/", ":", "|", "-"),
    _form(rf"(?<![\w/.])(?!{_TWO_VIEWS})([A-Z]{{2,4}}[/:][a-z]{{2,4}}|[a-z]{{2,4}}/[a-z]{{2,4}})(?![\w/])(?=[ \t]*(?:\n|\Z|\d\d?/|[DT]:))", sign=r"[A-Za-z]{2}[/:][a-z]{2}"),
)  # fmt: skip
