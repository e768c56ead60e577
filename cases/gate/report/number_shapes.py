"""Numbers that measure nothing: long ones and mixed ones without a unit, an image, a level or a ratio beside them."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import NOT_A_SIZE, Place, Private
from cases.gate.report.looks import Seen, outlines, shape, told

# Groups of figures and letters: "35 293 -89", "C-5163/54", "TMC-AZ/26259", "6 7455 431".
_PART = r"(?:[A-Z]{0,4}\d{1,10}[A-Z]?\d{0,4})"
_GROUPS = re.compile(
    rf"(?<![\w/+.,-])(?:[A-Z]{{1,4}}(?:[ ./-]|(?=\d))(?:[A-Z]{{2,4}}[/-])?)?{_PART}(?:(?:[ ]?[-/][ ]?|[.]|[ ]){_PART}){{0,6}}(?:-[A-Z])?(?![\w+])(?![.,/:-]\d)"
    + NOT_A_SIZE
)
_SINGLING_OUT = 5  # figures by which a number singles somebody out
_YEARS = re.compile(r"(?:(?:19|20)\d\d[ /-]*)+")
_DECIMALS = re.compile(r"\d{1,4}(?:\.\d{1,3})?|\d{1,4}(?:\.\d{1,2})?[ ]?[-/][ ]?\d{1,4}(?:\.\d{1,2})?")
_MEASURED_AFTER = re.compile(
    r"[ ]?(?:[x×*%°'\"=<>]|mm|cm|ml|cc|mg|kg|mci|mbq|gbq|mgy|hu|cgy|gy|kv|ma|hz|bpm|views?|images?|fr(?:ench)?|g(?:auge)?|units?|weeks?|days?|mos?|months?|years?|yrs?|hours?|h|hrs?"
    r"|slices?|leads?|degrees?|beats|cells|copies|patients|am|pm|a\.m|p\.m|in\.|inch(?:es)?|ft|lbs?|oz|s|sec|min(?:utes)?|words|items|w|d)\b|[ ]?[x×*%°'\"=<>]",
    re.I,
)
# What stands before a number that counts, measures or classifies.
_MEASURED_BEFORE = re.compile(
    r"(?:\b(?:images?|img|im|series|se|ser|slices?|frames?|sequence|levels?|item|cpt|icd(?:-10)?|hcpcs|drg|model|version|rev|grade|stage|class|type|score|scores|agatston|calcium"
    r"|hu|dlp|ctdi(?:vol)?|suv(?:max)?|kvp?|mas?|te|tr|ti|fov|matrix|threshold|p|z|t|bmi|hba1c|bp|hr|pulse|ratio|table|figure|fig|guidelines?|criteria|zone|zones|segments?|ribs?|lot|dose|flow|rate|psa|egfr|creatinine|inr"
    r"|[ltcs]\d{1,2}|times?|at|to|of|from|between|sized?|microspheres?|particles?|beads?|embospheres?|embozene|contour|pva)|[=<>≤≥~±x×*/+@])[ .:#=~(]*\Z",
    re.I,
)
_LEVELS = re.compile(r"[CTLSD]\d{1,2}[ ]?[-/][ ]?[CTLSD]?\d{1,2}(?:[ ]?[-/][ ]?[CTLSD]?\d{1,2})*", re.I)
# Numbers whose letters say what they are: codes of diagnoses and procedures, pressures, markers, pregnancies.
_KNOWN_BY_LETTERS = re.compile(
    r"(?:CPT|ICD|HCPCS|SNOMED|LOINC|BP|ABG|VBG|HR|RR|CA|CD|TR|TB|U|G\d+P|T|L|C|S|M|N|B|H|FEV|GCS|EF|PSA|SUV|HU|DLP)[ -]?\d{1,3}(?:[./ -].*)?|G\d+P\d+|(?:CPT|ICD)\b.*|(?:BP|ABG)\b.*|(?:19|20)\d\d\.[ ].*",
    re.S,
)
_CODE = re.compile(r"(?:CPT|ICD|HCPCS|SNOMED|LOINC|DRG)\b")
_ISOTOPE = re.compile(
    r"(?:Tc|F|I|Ga|Lu|Y|Zr|In|Tl|Cu|N|C|O|Rb|Xe|Kr|Ra|Sm|Sr|Ac|At|Er|Re|Ho)[ -]?\d{1,3}m?|\d{1,3}m?[ -]?(?:Tc|F|I|Ga|Lu|Y|Zr|In|Tl|Cu|Rb|Xe)",
    re.I,
)
# A word that says a number follows which single somebody out, whatever it is called.
_CALLED_A_NUMBER = shape(
    r"(?<![a-z])(?:no|nos|grp|group|pol|mem|number|nr|n[º°]|num|regn?|reference|ref|ids?|code|card|file|book|plate|under|chart|invoice|dossier)\b[.:#]*[ ]*(?:[a-z]{1,4}\.?[ ]+)?[.:#]*[ ]*"
    r"(?<!series no )(?<!image no )((?=[\w./-]*\d)[A-Z]{0,5}[ ]?[A-Za-z]{0,4}[-/.]?\d[\w/.-]*\w(?:[ ]\d{2,8}){0,4}|[A-Z]{2,5}-\d{2,6})(?![\w:])"
    + NOT_A_SIZE,
    told(
        "no nos grp group pol mem number nr n num reg regn reference ref id ids code card file book plate under chart invoice"
        " dossier",
        outlines=("0",),
    ),
    flags=re.I,
)
_ENDING = shape(
    r"\b(?:mrn|account|acct|ssn|number|no|card|phone|policy|record|chart|file|id)\b[ ](?:that[ ])?(?:ends|ending)(?:[ ](?:in|with))?[ .…:-]*(\d{2,5})\b",
    told("ends ending"),
    flags=re.I,
)
_CODED = shape(
    r"(?<![\w-])(?!COVID|PSMA|OMNIPAQUE|ISOVUE|ULTRAVIST|IOMERON|OPTIRAY|OXILAN|CONRAY|HLA|SARS|ICD|CPT|GLP|FDA|BIRADS|CURB|APACHE|NCT)[A-Z]{3,6}-\d{3,6}(?![\w-]|[.,]\d)",
    outlines("AAA-000"),
)
_LEVEL_OR_YEAR = re.compile(
    r"(?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?|\d{1,2}|\d{1,2}[.,]\d{1,2}|[CTLS]\d{1,2}(?:-[CTLS]?\d{1,2})?", re.I
)
_LABEL_BEFORE_NUMBER = re.compile(
    r"\b(?:image|series|slice|frame|level|nodule|lesion|segment|rib|item|model|version|guideline|icd[ -]?(?:9|10)?|cpt|procedure|billing|diagnosis)s?[ ]\Z",
    re.I,
)

# A day and a month, where they can't be a part of a whole: more than twelve parts, more parts than there are, a nought in front.
_DAY_AND_MONTH = shape(r"(?<![\w/.,:+<>=-])(\d{1,2})/(\d{1,2})(?![\w/%]|[.,-]\d)" + NOT_A_SIZE, outlines("0/0"))
# Of a log, whose lines begin with a day: "4/6 spoke to son", "4/9 pt called"; of what was made that day: "the 4/12 film".
_OF_A_LOG = re.compile(r"(?:\A|\n)[ \t]*\Z")
_LOGGED = re.compile(
    r"[ ](?:@[ ]?\d|\d\d?:?\d\d[ ]|(?:lm|lvm|vm|pt|patient|spoke|called|cld|tc|phoned|faxed|sent|left|told|seen|dx|sched\w*|appt|letter|film|report|mailed|emailed|paged|rec'?d|received|returned|discussed|d/w|no answer|per|dr|mom|dad|wife|husband|son|daughter)\b)",
    re.IGNORECASE,
)
_MADE_THAT_DAY = re.compile(
    r"[ ](?:reports?|stud(?:y|ies)|films?|scans?|exams?|examination|cts?|mri?s?|cxrs?|radiographs?|x-?rays?|ultrasounds?|mammograms?|reads?|dictation|notes?|visit|biopsy|surgery|admission)\b",
    re.IGNORECASE,
)
_THE = re.compile(r"\b(?:the|her|his|their|my|our|your|prior|previous|recent|outside)[ ]\Z", re.IGNORECASE)
_TOLD_OF_A_DAY = re.compile(
    r"\b(?:see|seeing|recheck|rtc|ago|birthday|party|picnic|wedding|told|dt|date[ds]?|day|reported|f/?u|follow(?:ed)?[ -]?up|appt|appointment|tomorrow|yesterday|today|tonight|on|since|until|till|from|informed|notified|called|paged|signed|written"
    r"|booked|due|next|last|done|seen|sent|faxed|received|collected|due|rpt|repeat|review|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|[a-z]+day)[.,:;\"”]?[ ]*\Z",
    re.I,
)
_PARTS_BEFORE = re.compile(
    r"(?:\b(?:images?|img|im|series|se|ser|slices?|frames?|strength|power|score[ds]?|grade[d]?|pain|apgars?|vision|murmur|gcs|levels?|ribs?|vertebrae?|nodes?|cores?|samples?|lobes?|zones?|quadrants?|views?"
    r"|rads|gleason|stage|phase|motion|visual|acuity|va|asa|mallampati|dose|cycle|day|week|of|down|about|nearly|least|most|every|t|l|c|s|z)|[a-z]\d{1,2}[-/])[ :#=(]*\Z",
    re.I,
)
_PARTS_AFTER = re.compile(
    r"[ -]?(?:of\b|strength|power|score|murmur|pain|views?|doses?|lobes?|images?|cores?|nodes?|cycles?|lead|quadrants?|systolic|glasgow|degrees?|points?|positive|negative|th\b|st\b|nd\b|rd\b|mm|cm|ribs?|levels?|vision|inch|dilution|[x×*])",
    re.I,
)
_DAY_WITH_A_DASH = shape(
    r"\b(?:reported|dictated|signed|told|called|done|seen|on|dated?|dt|faxed|appt|appointment|follow[ -]?up|f/?u|starts?|starting|begins?|beginning|returns?|returning|back|due|(?:films?|ct|mri?|study|exam|scan|radiograph|x-?rays?|us)[ ](?:of|from|dated))[.:]?[ ]((?:1[0-2]|0?[1-9])-(?:3[01]|[12]\d|0[1-9]|1[0-2])|(?:3[01]|[12]\d)-(?:1[0-2]|0?[1-9]))(?![\w-]|\.\d)"
    + NOT_A_SIZE
    + r"|\b(?:films?|ct|mri?|scan|radiograph|x-?rays?|cxr)[ ](?:of|from|dated)[ ]((?:1[0-2]|[1-9])-[1-9])(?=[ ]*(?:[,;)\n]|\.(?!\d)|\Z))",
    outlines("0-0"),
    flags=re.I,
)

# By itself: a sentence ("BOYD. 11-11. Post thoracentesis"), or what ends the line that names the examination ("PORTABLE CHEST 02-14").
_DAY_BY_ITSELF = shape(
    r"(?:(?<=[.;] )|(?<=\n))((?:1[0-2]|0?[1-9])-(?:3[01]|[12]\d|0[1-9]))(?=\.[ ]|\.?[ ]*(?:\n|\Z))"
    r"|\b(?i:chest|abdomen|abd|pelvis|cxr|kub|ct|mri?|us|films?|portable|pa|ap|lat(?:eral)?|views?|exam|study|x-?rays?)[ ]((?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?=[ ]*(?:\n|\Z))"
    r"|\b(?i:chest|abdomen|abd|pelvis|cxr|kub|films?|portable)[ ]((?:1[0-2]|[1-9])/(?:3[01]|[12]\d|[1-9]))(?=[ ]*(?:\n|\Z))",
    outlines("0-00", "0/0"),
)

_FIGURES_AT_THE_END = re.compile(r"\d{4,}\Z")
_ANOTHER = re.compile(
    r"(?:,[ ]?(?:and[ ])?|;[ ]|[ ]?&[ ]?|[ ]and[ ]|[ ]?/[ ]?)(?!(?:19|20)\d\d\b)(\d{4,})(?![\w/-]|[.,]\d|[ ]?(?:mm|cm|ml|mg|hu)\b)",
    re.I,
)


def loose_days(seen: Seen) -> Iterator[Place]:
    """Yield days without a year that no word announces as one, and that can be no fraction, level or score."""
    text = seen.text
    for match in _DAY_AND_MONTH.found_in(seen):
        first, second = int(match[1]), int(match[2])
        is_a_day = 0 < first <= 31 and 0 < second <= 31 and (first <= 12 or second <= 12) and match[0] != "24/7"
        is_no_part = first > second or second > 12 or "0" in {match[1][0], match[2][0]}
        if not is_a_day or _PARTS_AFTER.match(text, match.end()):
            continue
        if _PARTS_BEFORE.search(text, max(0, match.start() - 16), match.start()):
            continue
        if (
            is_no_part
            or _TOLD_OF_A_DAY.search(text, max(0, match.start() - 16), match.start())
            or _is_dated(text, match)
        ):
            yield *match.span(), Private.DATE
    for form in (_DAY_WITH_A_DASH, _DAY_BY_ITSELF):
        for match in form.found_in(seen):
            yield *match.span(match.lastindex or 0), Private.DATE


def _is_dated(text: str, match: re.Match[str]) -> bool:
    """Say whether a line of a log begins with the day, or what was made that day follows."""
    before = max(0, match.start() - 16)
    if _OF_A_LOG.search(text, before, match.start()) and _LOGGED.match(text, match.end()):
        return True
    return bool(_THE.search(text, before, match.start()) and _MADE_THAT_DAY.match(text, match.end()))


# Numbers by their form: of Quebec's health card, of a firm, of a registry with strokes, with dots, of boats and cars.
_FORMED = (
    shape(r"(?<![\w-])[A-Z]{4}[ ]\d{4}[ ]\d{4}(?![\w-])", outlines("AAAA 0000 0000")),
    shape(r"\b(?:ABN|ACN|GSTIN|GST|VAT|UEN|SIRET|SIREN|EIN|TIN|CIN|NZBN|KVK|RCS)\b[ .:#]{1,3}(?:(?i:no|number|reg)\.?[ :]{1,2})?((?=[A-Z\d ./-]*\d)[A-Z\d](?:[A-Z\d]|[ ./-](?=[A-Z]?\d)){6,24})(?![\w-])", told("abn acn gstin gst vat uen siret siren ein tin cin nzbn kvk rcs")),
    shape(r"\b(?i:regn?|registration|licen[cs]e|permit|case|claim|file|certificate|mlc|fir|pndt)\b\.?[ ]*(?i:no|number|#)\.?[ ]?[:.]?[ ]?([A-Z]{1,8}(?:[/-][A-Z\d]{1,8}){1,5})(?<=\d)(?![\w/-])", told("reg regn registration license licence permit case claim file certificate mlc fir pndt")),
    shape(r"(?<![\w.@/-])[A-Za-z]{2,4}\.\d{2,6}\.\d{2,6}(?:\.\d{1,6})?(?![\w.]\w|\w)", outlines("a.00", "A.00")),
    shape(r"\b(?i:no|number|id|mrn|acct|account|chart|census|film|file|case)\.?[ ]?[:#][ ]*(\d{1,3}(?:,\d{3}){1,3})(?![\w,]\d|\w)", outlines("0,000")),
    shape(r"\b(?i:boat|vessel|watercraft|craft|hull|skiff|jet ?ski|yacht|ship|barge|trailer)s?\b[^.\n]{0,16}?[ \"“(#:]([A-Z]{2}[ -]?\d{4}[ -]?[A-Z]{2})(?![\w-])", outlines("AA 0000 AA", "AA-0000-AA", "AA0000AA")),
    shape(r"(?<![\w-])(?!CT|MR|US|XR|PA|AP|NM|ST|FY)[A-HJ-PR-Y]{2}(?:0[1-9]|[1-7]\d)[ ](?!CXR|KUB|MRI|CTA|NPO|BPM|PRN|BID|TID|QID)[A-HJ-PR-Z]{3}(?![\w-])", outlines("AA00 AAA")),
    shape(r"\b(?i:plates?|tags?|rego|registration|licen[cs]e|lic)\b[ .:#]{1,3}(?:(?i:no|number|plate)\.?[ :]{1,2})?(\d{2,4}[ -][A-Z]{2,3}|[A-Z]{2,3}[ -]\d{2,4}[A-Z]?)(?![\w-])", told("plate plates tag tags rego registration license licence lic", outlines=("00 A", "00-A", "A 00", "A-00"))),
)  # fmt: skip


def formed_numbers(seen: Seen) -> Iterator[Place]:
    """Yield numbers that their form or what stands before gives away, whatever they measure else."""
    for form in _FORMED if seen.has_figure else ():
        for match in form.found_in(seen):
            yield *match.span(match.lastindex or 0), Private.NUMBER


def loose_numbers(seen: Seen) -> Iterator[Place]:
    """Yield numbers of which nothing around tells what they measure."""
    text, figures = seen.text, seen.figures()
    if figures < 2:
        return
    for match in _GROUPS.finditer(text) if figures >= _SINGLING_OUT else ():
        if _singles_out(text, match):
            yield *match.span(), Private.NUMBER
    for match in _CODED.found_in(seen):
        yield *match.span(), Private.NUMBER
    for match in _ENDING.found_in(seen):
        yield *match.span(1), Private.NUMBER
    for match in _CALLED_A_NUMBER.found_in(seen):
        before = _LABEL_BEFORE_NUMBER.search(text, max(0, match.start() - 12), match.start())
        if not before and not _LEVEL_OR_YEAR.fullmatch(match[1]) and len(re.findall(r"\d", match[1])) > 1:
            yield *match.span(1), Private.NUMBER


def _singles_out(text: str, match: re.Match[str]) -> bool:
    number = match[0]
    figures = len(re.findall(r"\d", number))
    groups = re.findall(r"\d+", number)
    letters = sum(map(str.isalpha, number))
    if figures < _SINGLING_OUT or _YEARS.fullmatch(number) or _DECIMALS.fullmatch(number) or _LEVELS.fullmatch(number):
        return False
    if number.count(".") == 1 and not letters and len(groups) == 2:
        return False
    if len(groups) > 1 and figures < 6 and not letters and "-" not in number:
        return False
    if (
        _ISOTOPE.search(number)
        or _CODE.match(number)
        or (_KNOWN_BY_LETTERS.fullmatch(number) and max(map(len, groups)) < 5)
        or (_MEASURED_AFTER.match(text, match.end()) and not _closes_a_quotation(text, match.end()))
    ):
        return False
    return not _MEASURED_BEFORE.search(text, max(0, match.start() - 16), match.start())


def numbers_behind(text: str, found: Sequence[Place]) -> Iterator[Place]:
    """Yield numbers as long as one that is found, behind it and a comma or "and": "Plate nos. 5518, 5519"."""
    for start, end, kind in found:
        length, at = _FIGURES_AT_THE_END.search(text, start, end) if kind is Private.NUMBER else None, end
        while length and (another := _ANOTHER.match(text, at)) and len(another[1]) == len(length[0]):
            yield *another.span(1), Private.NUMBER
            at = another.end()


def _closes_a_quotation(text: str, place: int) -> bool:
    """Say whether a quotation mark that stands here ends what was opened on the line, so that it is no inch."""
    return text[place : place + 1] == '"' and text.count('"', text.rfind("\n", 0, place) + 1, place) % 2 == 1
