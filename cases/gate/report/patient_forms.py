"""The forms patient data takes in a report, in the order they are looked for."""

import re

from cases.gate.report.date_forms import AGE_FORMS, DATE_FORMS
from cases.gate.report.eastern_forms import EASTERN_FORMS
from cases.gate.report.forms import Form, Private
from cases.gate.report.initial_forms import INITIAL_FORMS
from cases.gate.report.looks import told
from cases.gate.report.name_forms import ACCENT, CAPITAL, DEGREE, GAP, INITIAL, LETTER, TITLE, WORD, person
from cases.gate.report.number_forms import NETWORK_FORMS, NUMBER_FORMS, PHONE_FORMS
from cases.gate.report.place_forms import ADDRESS_FORMS, PLACE_FORMS

# A word with a colon after it opens the next line of a form ("Name: John Smith MRN: …").
_PERSON = person(rf"(?!{GAP}*:)")
_ADDRESSED = person()
_TITLED = (
    r"(?:patient(?:[ \t]+name|'s[ \t]+name)?|pt[ \t]+name|name|last[ \t]+name|first[ \t]+name|physician|radiologist"
    r"|(?:referring|ordering|attending)(?:[ \t]+physician)?|resident|technologist|requested[ \t]+by|mother|father|spouse"
    r"|contact|next[ \t]+of[ \t]+kin|provider|author|cc)"
)
_SIGNED = (
    r"(?:(?:electronically[ \t]+|digitally[ \t]+)?signed(?:[ \t]+by)?"
    r"|(?:dictated|read|reported|interpreted|reviewed|verified|approved|transcribed|seen)[ \t]+by"
    r"|discussed[ \t]+with|notified|(?:communicated|telephoned|paged|called|conveyed|given)[ \t]+to)"
)

_ROLES = (
    *("patient", "name", "physician", "radiologist", "referring", "ordering", "attending", "resident", "technologist"),
    *("requested", "mother", "father", "spouse", "contact", "kin", "provider", "author", "cc"),
)
_HANDED_ON = (
    *("signed", "by", "discussed", "notified", "communicated", "telephoned", "paged", "called", "conveyed", "given"),
)
# Without a digit in the text these need not be looked for.
NEED_A_DIGIT = frozenset({Private.PHONE})

NAME_FORMS: tuple[Form, ...] = (
    Form(
        Private.NAME,
        re.compile(
            rf"\b{TITLE}\b(?:\.{GAP}*|{GAP}+)(?:(?i:{TITLE}|med)(?:\.{GAP}*|{GAP}+)){{0,2}}"
            rf"({_ADDRESSED})(?:,?{GAP}+{DEGREE}(?!{LETTER})\.?)?"
        ),
        words=(
            "dr",
            "mr",
            "ms",
            "miss",
            "mx",
            "prof",
            "doctor",
            "sir",
            "nurse",
            "smt",
            "shri",
            "frau",
            "herr",
            "mme",
            "mlle",
            "sgt",
            "cpl",
            "capt",
            "cmdr",
            "lcdr",
            "cst",
            "rev",
        ),
    ),
    Form(
        Private.NAME,
        re.compile(rf"\b(?i:{_TITLED}){GAP}*[:=]{GAP}*\n?{GAP}*(?:{TITLE}(?:\.{GAP}*|{GAP}+))?({_PERSON})"),
        words=_ROLES,
    ),
    Form(
        Private.NAME,
        re.compile(rf"\b(?i:{_SIGNED}){GAP}*:?{GAP}*(?:{TITLE}(?:\.{GAP}*|{GAP}+))?({_PERSON})"),
        words=_HANDED_ON,
    ),
    Form(
        Private.NAME,
        re.compile(rf"(?<!{LETTER})({WORD}(?:{GAP}+{INITIAL})?{GAP}+{WORD}),?{GAP}+{DEGREE}(?!{LETTER})"),
        sign=re.compile(rf"{DEGREE}(?![A-Za-z])"),
        before=120,
        looks=(told("md m do d rn c np phd frcr"),),
    ),
    Form(
        Private.NAME,
        re.compile(rf"(?<!{LETTER})(?!(?:ORU|ADT|ORM|MDM)\^)({CAPITAL}{LETTER}+\^{CAPITAL}{LETTER}*(?:\^{LETTER}*)*)"),
        words=("^",),
    ),
)
# In order: what an earlier form has taken, a later one leaves alone.
FORMS: tuple[Form, ...] = (
    *NETWORK_FORMS,
    *EASTERN_FORMS,
    *DATE_FORMS,
    *ADDRESS_FORMS,
    *PHONE_FORMS,
    *NUMBER_FORMS,
    *NAME_FORMS,
    *INITIAL_FORMS,
    *PLACE_FORMS,
    *AGE_FORMS,
)
# What is left of a name that was masked in part, or that no form above knows: nothing that is to leave the machine.
NAME_MASK = f"[{Private.NAME.value}]"
NAME_LEFT = re.compile(
    rf"\[NAME\](?=['’‘`´\-‐‑]?{LETTER})"
    rf"|\[NAME\](?:,{GAP}*|{GAP}+)(?!{TITLE}(?!{LETTER}))(?!{DEGREE}(?!{LETTER}))((?:{WORD}|{INITIAL}))(?!{GAP}*:)"
    rf"|\b{TITLE}\b(?:\.{GAP}*|{GAP}+)(?=[^\s,]*(?:[^\W\d_\x00-\x7f]|{ACCENT}))({LETTER}[^\s,]*)"
)
# Marks that de-identification left: already masked, and never taken for a name or a number; not the end of a postcode ("CF9 1XX").
# What stands before is looked at behind the first sign, so that a search leaps from one such sign to the next.
DE_IDENTIFIED = re.compile(
    r"(?:X(?<![A-Za-z]X)(?<![A-Z]\d \dX)(?<![A-Z]\d\d \dX)X+|x(?<![A-Za-z]x)xx+)(?![A-Za-z]|-?[\dA-Z]|-xx-\d)"
    r"|_{2,}|\[\*\*.*?\*\*\]|\[[A-Z]{2,10}\]|<X+>|\[(?:REDACTED|PERSONALNAME|removed)\]"
)
