"""Whom somebody works for: behind a trade and "at", behind a medical for a job, military units, what goes on with a firm's name."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.labels import Announced, Field
from cases.gate.report.looks import outlines, shape, told
from cases.gate.report.report_words import MIXED, NAME, NO_PART, ORDINARY, TOWN, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_LAST = (
    "company co inc llc ltd limited corp corporation plc pte pvt llp gmbh est works mill mills mine mines quarry shipyard dockyard docks"
    " foundry ironworks steelworks smelter refinery colliery sawmill abattoir brewery bakery dairy cannery hosiery ranch farm farms"
    " orchards vineyards nursery trucking logistics freight haulage shipping lines livery cabs taxis airlines airways railway railways"
    " terminal depot warehouse yard plant factory manufacturing contracting construction builders roofing scaffolding stamping"
    " fitting fittings plumbing electric electrical industries enterprises holdings brothers bros partners associates services supply"
    " foods seafoods packing poultry meats tavern bar grill diner casino hotel resort motors garage tyres tires salvage lumber timber"
    " pulp paper textiles garments engineering fabrication cranes security agency group cooperative co-op union"
)
_LASTS = frozenset(_LAST.split())
_LAST_WORD = rf"(?i:{'|'.join(sorted(_LASTS, key=len, reverse=True))})\b"
_ROW = r"[A-ZÀ-Þ][\w'’-]*(?:[ ](?:(?:&|and|of|de|the|at)[ ])?[A-ZÀ-Þ][\w'’-]*(?:\.(?=[ ][A-Z]))?){0,5}(?:[ ](?:No\.?[ ]?|#)?\d{1,3}\b)?(?![\w'’-])"
# What ends the name of a trade that is done at somebody's: "pipefitter at …", "line cook at …".
_TRADES = (
    *(["fitter", "wright", "smith", "maker", "worker", "tender", "keeper", "setter", "layer", "cutter", "loader", "driver", "cleaner", "packer", "picker", "grinder", "polisher", "welder", "roller"]),
    *(["builder", "binder", "printer", "turner", "miller", "miner", "logger", "rigger", "roofer", "plumber", "painter", "porter", "waiter", "waitress", "farmer", "teacher", "operator"]),
    *(["man", "men", "hand", "hands", "cook", "chef", "baker", "butcher", "tailor", "clerk", "cashier", "guard", "janitor", "bartender", "stevedore", "docker", "seaman", "bosun"]),
)  # fmt: skip
_NO_TRADES = frozenset(
    [
        "woman",
        "women",
        "human",
        "german",
        "roman",
        "gentleman",
        "gentlemen",
        "man",
        "men",
        "hand",
        "hands",
        "specimen",
        "abdomen",
        "layman",
        "lumen",
        "foramen",
    ]
)
_A_ROW = re.compile(rf"[ ](?:the[ ])?({_ROW})")
# "Pre-employment, X", "Mine medical, X", "employee health visit, X": an examination for a job, and whose.
_EXAMINED = r"(?:[ ](?i:medical|physical|exam(?:ination)?|film|x-?ray|cxr|chest|visit|screening|check|surveillance))"
_FOR_A_JOB = shape(
    rf"\b(?:(?i:pre-?[ ]?(?:employment|placement)|employee[ ]health|occupational[ ]health|fitness[ ](?:for|to)[ ](?:work|duty)){_EXAMINED}{{0,3}}"
    rf"|(?i:employment|industrial|mine|mining|maritime|seafarer'?s?|occupational|company|periodic|exit){_EXAMINED}{{1,3}})"
    r"(?:[ ]?[,:;(–-]|[ ](?i:for|at|of|with))[ ]?(?:the[ ])?"
    rf"({_ROW})(?=[ ]*(?:[,.;)\n]|\Z))",
    told(
        "employment preemployment placement preplacement industrial mine mining maritime seafarer seafarers employee occupational company periodic exit fitness"
    ),
)
# What ends as a firm's name does, behind "at": for a text without small letters and one without capitals.
_AT_A_FIRM = shape(
    rf"\b(?i:at|for|by|near)[ ](?i:the[ ])?((?:[A-Za-z][\w'’-]*[ ](?:&[ ])?){{1,4}}{_LAST_WORD}(?:[ ](?i:no\.?[ ]?|#)?\d{{1,3}}\b)?)",
    told(_LAST.replace("-", " ")),
)
_BRANCH = r"(?:IN|INF|Inf|Infantry|AR|CAV|Cav|Cavalry|FA|EN|Engr|MP|AV|AVN|BSB|BCT|MI|SIG|ADA|SB|STB|BN|Bn|Battalion|Marines?|Regt|Regiment|Rangers|SFG|SPT|CS)"
_UNIT = shape(
    rf"\b(?:(?:[A-Z]|HHC|HHB|HHT|HSC|FSC|Alpha|Bravo|Charlie|Delta|Echo|Foxtrot)[ ](?:Co|CO|Coy|Btry|BTRY|Trp|TRP|Company|Battery|Troop)\.?,?[ ])"
    rf"(?:\d{{1,3}}(?:st|nd|rd|th|d)?[ ]?[-/]?[ ]?)(?:\d{{1,3}}(?:st|nd|rd|th)?[ ])?{_BRANCH}\b(?:,[ ]\d{{1,3}}(?:st|nd|rd|th|d)?[ ][A-Z]\w+(?:[ ][A-Z]\w+)?)?"
    rf"|(?<![\w./-])\d{{1,2}}-\d{{1,3}}[ ](?:IN|INF|AR|CAV|FA|EN|MP|AVN|ADA|BSB)\b"
    r"|(?<![\w./-])\d{1,3}(?:st|nd|rd|th|d)[ ](?:(?:Combat|Field|Fighter|Airlift|Medical|Maintenance|Security|Marine|Support|Engineer|Signal|Armou?red|Mechani[sz]ed|Logistics|Forces|Artillery|Logistics|Aviation)[ ]){0,3}"
    r"(?:Bn|BN|Bde|BDE|BCT|Btry|Plt|Sqdn|SQDN|MDG|CSH|Regt|RGT|Brigade|Battalion|Squadron|Infantry|Cavalry|ACR|MEU|Marines|Regiment|Wing|Group|Ambulance)\b(?:[ ][A-Z][A-Za-z]+){0,3}"
    r"|\b(?:USS|HMS|HMCS|HMAS|USNS|USCGC|INS|RFA|M/V|M/T|F/V)[ ][A-ZÀ-Þ][\w'’-]+(?:[ ][A-ZÀ-Þ][\w'’-]+){0,2}",
    told("co coy btry trp company battery troop", outlines=("0",)),
    outlines("0-0 A", "0-00 A", "00-0 A", "00-00 A", "0-000 A"),
    told("st nd rd th d", outlines=("0aa A", "0a A")),
    told("uss hms hmcs hmas usns uscgc ins rfa m f"),
)
# What goes on with a firm's name: "[…] Works", "[…] Pte Ltd", "[…], No. 9 Mine", "[…] Shaft 4".
_TAIL = re.compile(
    rf"(?:[ ](?:&[ ])?(?=[A-Z]){_LAST_WORD}(?:(?:(?<=Co)|(?<=td)|(?<=nc))\.|(?<=Est)\.|(?<=Pvt)\.|(?<=Pte)\.|(?<=Bros)\.|(?<=Corp)\.)?)+(?:[ ](?:No\.?[ ]?|#)?\d{{1,3}}\b)?"
    r"|,?[ ](?i:no\.?[ ]?|#)\d{1,3}[ ](?i:mine|shaft|pit|mill|plant|colliery|quarry|works)(?![\w-])"
    r"|,?[ ](?:(?:No\.?[ ]?|#)\d{1,3}[ ])?(?:Mine|Shaft|Plant|Terminal|Mill|Pit|Depot|Yard|Branch|Store)(?:[ ](?:No\.?[ ]?|#)?\d{1,4})?(?![\w-])"
)
_NO_FIRM = (
    HEADS | NO_PART | NO_NAMES | SENTENCE_WORDS | ABBREVIATIONS | EPONYMS | listed("title_case") | listed("technique") | listed("fillers")
)  # fmt: skip
_NOBODY_WORKS_FOR = re.compile(
    r"(?i:(?:retired|unemployed|self(?:[ -]?employed)?|none|nil|n/?a|not[ ]\w+|student|unknown|disabled|homemaker|housewife|pensioner|minor|child|same|yes|no)\b[ ,;.]*)"
)
_FIELD = re.compile(
    r"[^\n;|,<>\"\t]*?(?=[ \t]*(?:[\n;|,<>\"\t]|\Z|[ \t]{2}|[ ]\(|,?[ \t][A-Za-z][\w .'-]{1,20}:|(?<!No)(?<!Co)\.[ \t](?![A-Z]{2,4}\b)))"
)


def work_places(words: Words, fields: Sequence[Field]) -> Iterator[Place]:
    """Yield what a field "Employer" holds, where a trade is done, for whom an examination is, and military units."""
    yield from _in_fields(words, fields)
    for match in _UNIT.found_in(words.seen):
        yield *match.span(), Private.PLACE
    if words.case == MIXED:
        yield from _at_a_trade(words)
    for form in (_FOR_A_JOB,) if words.case == MIXED else (_FOR_A_JOB, _AT_A_FIRM):
        for match in form.found_in(words.seen):
            if _is_a_firm(match[1], least=2):
                yield *match.span(1), Private.PLACE


def _in_fields(words: Words, fields: Sequence[Field]) -> Iterator[Place]:
    for kind, place in fields:
        if kind is Announced.WORK:
            nobody = _NOBODY_WORKS_FOR.match(words.text, place)
            value = _FIELD.match(words.text, nobody.end() if nobody else place)
            if value and len(value[0].strip()) > 2:
                yield *value.span(), Private.PLACE


def _at_a_trade(words: Words) -> Iterator[Place]:
    for at, word in enumerate(words.low):
        if word not in {"at", "for"} or not at or not words.low[at - 1].endswith(_TRADES):
            continue
        row = _A_ROW.match(words.text, words.ends[at]) if words.low[at - 1] not in _NO_TRADES else None
        if row and _is_a_firm(row[1], least=1):
            yield *row.span(1), Private.PLACE


def firms_go_on(text: str, found: Sequence[Place]) -> Iterator[Place]:
    """Yield the firms found with what goes on with their name behind."""
    for start, end, kind in found:
        if kind is Private.PLACE and (tail := _TAIL.match(text, end)):
            yield start, tail.end(), Private.PLACE


def _is_a_firm(written: str, *, least: int) -> bool:
    """Say whether so many words stand there, the first no word of reports, and one a name, a town, unknown or what firms are called."""
    low = [word.lower() for word in re.findall(r"[^\W\d_][\w'’-]*", written)]
    if len(low) < least or low[0] in _NO_FIRM:
        return False
    is_one = any(len(word) == 1 or word in _LASTS or _may_be_called(word) for word in low)
    return is_one and not any(word in HEADS and word not in _LASTS for word in low)


def _may_be_called(word: str) -> bool:
    kind = kind_of(word)
    return word not in _NO_FIRM and (not kind or bool(kind & (NAME | TOWN)) or not kind & ORDINARY)
