"""Names to sign in by, plates of vehicles and addresses on a network by their shape: "nightres2", "epic_ib_447", "MH-86 QX 7457"."""

import re
from collections.abc import Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import Look, Seen, outlines, shape, signs, told
from cases.gate.report.report_words import FAMILY, LIKELY, NAME, ORDINARY
from cases.gate.words import ABBREVIATIONS, EPONYMS, kind_of, listed

_TECHNIQUE = listed("technique")
_WITH_A_STROKE = shape(r"(?<![\w@/.-])(?=\w*[A-Za-z]{2})[A-Za-z]\w{0,14}_\w{1,20}(?![\w@/-])", signs("_"))
_NOTE_BY = shape(
    r"(?<![a-z])(?i:note|log|entry|comment|edit|change|addendum)s?[ ]?[:-][ ](?=([a-z]{5,16})[ ]\d{1,4}[./-]\d)",
    outlines(": aaaaa", "- aaaaa"),
)
_WITH_FIGURES = shape(r"(?<![\w@/.-])([a-z]{4,14})\d{1,4}(?![\w@/-]|\.\d)", outlines("aaaa0"))
_SIGNED_IN = shape(
    r"\b(?i:log(?:ged)?(?:[ -]?(?:in|on|of|as))?|login|authenticated|viewer|audit|sign(?:ed)?[ -]?(?:in|on|off)|e-?signed|user(?:name)?|proxy|opened|viewed|accessed|entered|locked|released|acknowledged|acked|unlocked|printed|exported|session|account|workstation|station|originator|recipient|initiator|assignee|assigned|sender|edi|mailbox|(?:trans(?:cription(?:ist)?)?|dict(?:ation)?|typist|author|editor)[ ]id)\b"
    r"(?:[ ](?i:by|as|of|for|in|to|id|name|user|login|viewer|screen))*[ ]?[:=]?[ ](?:\d[\d./:, -]{3,22}[ ])?(?=([A-Za-z][\w.-]{3,24}\w))",
    told(
        "log logged login loginon logon logof logas loggedin loggedon loggedof loggedas authenticated viewer audit sign signed"
        " signin signon signoff signedin signedon signedoff esigned user username proxy opened viewed accessed entered locked"
        " released acknowledged acked unlocked printed exported session account workstation station trans transcription"
        " transcriptionist dict dictation typist author editor originator recipient initiator assignee assigned sender edi mailbox"
    ),
)
# "AGoldfarb", as an initial and a surname are joined; who reads before the report is dictated: "WET READ: hale 8/14".
_INITIAL_JOINED = shape(r"(?<![\w.'’-])[A-Z]([A-Z][a-z]{2,})(?![\w'’-])", outlines("AAaa"))
_WET_READ = shape(
    r"\b(?i:(?:wet|prelim(?:inary)?|quick|night)[ ]read(?:[ ]version[ ]?#?\d)?)[ ]?:?[ ]{1,2}([A-Za-z][\w'’-]{1,24})"
    r"(?=[ ]{1,2}(?:(?i:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\b|\d{1,2}[/.-]\d|\d\d?:\d\d))",
    told("read", outlines=("0",)),
)
# A name in which a scanner read a figure for a letter: "Bj0rn", "0lsen".
_SCANNED = shape(
    r"(?<![\w@/.,'’-])(?=[A-Za-z]*[015][A-Za-z015]*(?!\w))[A-Z0][a-z015]{3,15}(?![\w@/-])",
    outlines("a0a", "A0a", " 0aa", "\n0aa"),
)
# Another behind the first: "probich1 for ltran", "akhan3 -> wpoe".
_IN_ITS_TURN = shape(
    r"(?<![\w@/.-])[a-z]{3,14}\d{1,4}[ ]?(?:for|to|/|->|→|on behalf of)[ ]?([a-z]{4,14})(?![\w@/.-])", outlines("a0")
)
_OF_A_SEQUENCE = listed("views") | frozenset(
    ["t1", "t2", "t1w", "t2w", "pd", "tse", "fse", "tra", "vibe", "tof", "mpr", "mip", "epi", "b1000"]
)
_DOTTED = shape(r"(?<![\w@/.-])([a-z]{4,16})\.([a-z]{3,12})(?![\w@/.-]\w|\w)", outlines("aaaa.aaa"))
# Of India, and a word that says a plate or an aircraft's number follows.
_PLATE = shape(
    r"(?<![\w-])[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}(?![\w-])"
    r"|\b(?i:n-?number|tail[ ](?:no\.?|number)|plates?|rego|registration|tag|licen[cs]e|hull)[ :#(]{1,3}(?i:no\.?[ ]|number[ ])?((?=[A-Z\d -]*\d)(?=[A-Z\d -]*[A-Z])[A-Z\d]{1,7}(?:[ -][A-Z\d]{1,4}){0,3})(?![\w-])"
    r"|\b((?:Medic|Engine|Rescue|Squad|MEDIC|ENGINE|RESCUE|SQUAD|Ambulance|AMBULANCE)[ ]\d{1,4}[A-Z]?)(?![\w-])"
    r"|\b(?i:helicopter|callsign|call[ ]sign|squad|medic|engine|ambulance|lifeflight|medevac|aircraft|flight|vessel)[ ]((?:[A-Z][A-Za-z]{2,9}[ -])?(?=[A-Z\d]*\d)[A-Z\d]{1,7})(?![\w-])"
    r"|\b(?i:car|truck|van|bike|moto\w*|scooter|bus|taxi|suv|pickup|sedan|coupe|jeep|ford|toyota|honda|buick|chevy|chevrolet|dodge|nissan|bmw|audi|vw|volkswagen|mercedes|subaru|mazda|hyundai|kia|tesla|lorry|tractor|trailer|vehicle)\b[^.\n]{0,20}\(((?=[A-Z\d -]*\d)(?=[A-Z\d -]*[A-Z])[A-Z\d]{1,7}(?:[ -][A-Z\d]{1,5}){0,3})\)"
    r"|\((?:A[KLRZ]|C[AOT]|DE|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])[ ]((?=[A-Z\d -]*\d)(?=[A-Z\d -]*[A-Z])[A-Z\d]{2,4}[ -]?[A-Z\d]{2,4})\)"
    r"|\b(?i:registration|rego?|plate)\b[^.\n\d]{0,12}[ ](\d{2,3}[ -][A-Z]{1,2}[ -]\d{3,6})(?![\w-])",
    outlines("0000", "(AA "),
    told(
        "n nnumber tail plate plates rego reg registration tag license licence hull helicopter callsign call squad medic engine"
        " rescue ambulance lifeflight medevac aircraft flight vessel",
        outlines=("0",),
    ),
    told(
        "car truck van bike scooter bus taxi suv pickup sedan coupe jeep ford toyota honda buick chevy chevrolet dodge nissan bmw"
        " audi vw volkswagen mercedes subaru mazda hyundai kia tesla lorry tractor trailer vehicle",
        outlines=("0",),
    ),
    Look(signs=("moto",), outlines=("0",)),
)
_HOST = shape(
    r"(?<![\w@.])(?:[a-z\d][a-z\d-]{1,40}\.){1,4}(?:[a-z]{2,10}/[\w./?=&%#~+-]*\w|(?:example|test|invalid|localhost|app|cloud|online|site|link|ie|nz|za|sg|my|br|jp|kr|se|dk|fi|pl|pt|be|at|cz|hu|gr|tr|il|ph|th|vn|hk|tw|mx|ar|cl|ng|ke|gh)(?![\w.]\w|\w))",
    outlines("a.aa", "0.aa", "-.aa"),
)
_PHONE = shape(
    r"\b(?i:fax(?:ed)?|phone[d]?|tel(?:ephone)?|call(?:ed)?|ring|rang|text(?:ed)?|sms|whatsapp|hp|mobile|cell|ext(?:ension)?|bed telephone)\b[.:]?[ ]?(?:(?i:results?|report|back|copy|to|on|at|no\.?|number|me|us|him|her|them)[ ]){0,3}(?!\d{1,2}[.:]\d\d(?!\d))((?:\+?\d[\d ()./-]{3,18}\d)|-\d{3,5})(?![\d/:]|[ ]?(?:h|hrs?|am|pm|mm|cm)\b)",
    told(
        "fax faxed phone phoned tel telephone call called ring rang text texted sms whatsapp hp mobile cell ext extension bed",
        outlines=("0",),
    ),
)


def sign_in_shapes(seen: Seen) -> Iterator[Place]:
    """Yield names to sign in by, plates, hosts and lines of telephones that their shape or the word before gives away."""
    yield from _with_strokes(seen)
    yield from _signed_in(seen)
    yield from (
        (*match.span(), Private.NUMBER)
        for match in _DOTTED.found_in(seen)
        if not kind_of(match[1]) and _is_made_up(match[1])
    )
    yield from (
        (*match.span(1), Private.NAME) for match in _WET_READ.found_in(seen) if match[1].lower() not in ABBREVIATIONS
    )
    for match in _INITIAL_JOINED.found_in(seen):
        family = kind_of(match[1].lower())
        if family & FAMILY and (not family & ORDINARY or family & LIKELY) and not kind_of(match[0].lower()):
            yield *match.span(), Private.NAME
    for match in _SCANNED.found_in(seen):
        kinds = [kind_of(match[0].translate(read).lower()) for read in (_READ_BY_A_SCANNER, _READ_BY_ANOTHER)]
        if any(kind & NAME for kind in kinds) and not any(kind & ORDINARY for kind in kinds):
            yield *match.span(), Private.NAME
    yield from ((*match.span(), Private.LINK) for match in _HOST.found_in(seen))
    yield from _with_figures(seen)


def _with_strokes(seen: Seen) -> Iterator[Place]:
    for match in _WITH_A_STROKE.found_in(seen):
        parts = [part.lower() for part in match[0].split("_") if len(part) > 3]
        if not _OF_A_SEQUENCE.isdisjoint(match[0].lower().split("_")):
            continue
        if (
            not parts
            or not all(part in _TECHNIQUE or kind_of(part) & ORDINARY for part in parts)
            or any(map(str.isdigit, match[0]))
        ):
            yield *match.span(), Private.NUMBER


def _signed_in(seen: Seen) -> Iterator[Place]:
    for match in (*_SIGNED_IN.found_in(seen), *_NOTE_BY.found_in(seen)):
        parts = re.split(r"[._-]", match[1].lower().rstrip("0123456789"))
        is_shown = match[1].islower() or match[1].isupper() or any(map(str.isdigit, match[1]))
        if is_shown and (len(parts) > 1 or len(parts[0]) > 4) and _is_made_up(max(parts, key=len)):
            yield *match.span(1), Private.NUMBER


def _with_figures(seen: Seen) -> Iterator[Place]:
    for match in _WITH_FIGURES.found_in(seen):
        if _is_made_up(match[1]) and _is_made_up(match[0].translate(_READ_BY_A_SCANNER)):
            yield *match.span(), Private.NUMBER
    for match in _IN_ITS_TURN.found_in(seen):
        if _is_made_up(match[1]):
            yield *match.span(1), Private.NUMBER
    for form, kind in ((_PLATE, Private.NUMBER), (_PHONE, Private.PHONE)):
        for match in form.found_in(seen):
            yield *match.span(match.lastindex or 0), kind


_READ_BY_A_SCANNER = str.maketrans("015", "ols")
_READ_BY_ANOTHER = str.maketrans("015", "ois")


def _is_made_up(word: str) -> bool:
    """Say whether letters are no word of a report: a name to sign in by is made of an initial and a name, or of two words."""
    return not kind_of(word) & ORDINARY and word not in _TECHNIQUE and word not in ABBREVIATIONS and word not in EPONYMS
