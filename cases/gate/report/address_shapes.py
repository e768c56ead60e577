"""What goes with a number or an address that is known: the letters before a number, the flat before a street, the suite behind."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import Seen, outlines, shape, told
from cases.gate.report.report_words import ORDINARY
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NAME, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_LETTERS_BEFORE = re.compile(r"(?<![\w./])((?:[A-Z]{2,4}-)?[A-Z]{1,5})[ ./-]{1,2}\Z")
_LETTERS_GLUED = re.compile(r"(?<![\w.'’-])[A-Za-z]{1,6}\Z")  # "HN[0012345]"
_BEFORE_GROUPS = re.compile(r"(?<![\w./-])(?!(?:PH|TE|FA|CE|MO|NO|TO|ON|AT|OR|EX|HP)[ ])([A-Z]{2}|[AGKX]) \Z")
_SMALL_LETTERS_BEFORE = re.compile(r"(?<![\w./])([a-z]{1,2})[ ./-]{1,2}\Z")
# What is left of a number behind the part that is found: "531-44-9821" with "-A", "5584 486 674" with " XK", "657054" with " SM9IJ".
_LETTERS_BEHIND = re.compile(
    r"(?:\(\d\)|-[A-Za-z]\d?|-[A-Z]{2}|/[A-Z]{1,2}|[ ](?!(?:MG|ML|MM|CM|CC|HU|MD|RN|RT|DO|AM|PM|CT|MR|US|ED|ER|OR)\b)(?:[A-Z]{1,2}|(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{3,6})|[ ](?=\d{0,3}[a-z])(?=[a-z]{0,3}\d)(?!\d+(?:mm|cm|mg|ml|y|yo|m|f|kg|th|st|nd|rd|h|hrs?|am|pm|cc)\b)[a-z\d]{3,6})(?=[ \t]*(?:[.,;)|\n]|\Z|[ ]{2}))"
)
_INSURER_BEFORE = re.compile(r"(?<![\w.])([A-Z][A-Za-z]{3,14})[ ]\Z")
_LABELS = listed("number_labels")
_LABELS_APART = _LABELS - {
    "hn",
    "hrn",
    "nhi",
    "chn",
    "uhid",
    "ip",
    "op",
}  # these are of the number where nothing parts them
_BEFORE_A_STREET = re.compile(
    r"(?:\b(?:(?i:shop|unit|flat|apt|apartment|suite|ste|blk|block|level|lvl|lot|house|rsd|rmb|room|rm|space|camp|plot|villa|bldg|building|tower|floor|door|kiosk|stall|croft|no)\.?[ ]?(?i:no\.?[ ])?[#]?(?:\d[\w/-]{0,5}|[A-Z]-?\d{0,4}\b)(?:[ ]?#\Z)?"
    r"|(?!ON|AT|IN|TO|OF|OFF|NEAR|FROM|THE|AND|BY|VIA|PAST|AS|IS)[A-Z]{2,4}(?=[ ]\Z)|\d{1,2}(?:st|nd|rd|th)[ ](?i:floor|fl)\.?|[A-Z]-?\d{1,4}[A-Z]?|(?:[A-Z][\w'’-]+[ ]){1,3}(?:House|Lodge|CHS|Society|Apartments?|Towers?|Court|Bldg|Building|Chambers|Residency|Heights|Villas?|Park|Estate)(?:[ ](?:rm|room)[ ]\w+)?),?[ ]*)+\Z"
)
_BEHIND_A_STREET = re.compile(
    r"(?:/\d{1,4}[a-z]?\b|,?[ ]+(?:#[ ]?\w[\w-]*|(?i:apt|apartment|apto|suite|ste|unit|ph|flat|fl|floor|room|rm|bldg|level|tower)\b[.]?[ -]?#?[\w-]+|#\d\d-\d+|PH-?\w+))+"
)
_KNOWN = HEADS | EPONYMS | NO_NAMES | listed("title_case") | listed("technique")
_NEVER_IN_A_STREET = (
    _KNOWN
    | SENTENCE_WORDS
    | ABBREVIATIONS
    | frozenset({"from", "with", "and", "the", "lead", "week", "year", "month", "day"})
)
_CAP = r"(?:[A-ZÀ-Þ][a-zà-ÿ’'][\w'’-]{0,40}|[A-Z]\.)"
# A house's number before words with capitals, where an address is spoken of or begins a line; a street's name before a postcode's town.
_NO_KIND_OF_STREET = shape(
    rf"(?:(?<=\n)|(?<=,[ ])|(?<=:[ ])|\b(?i:at|to|c/o|croft|address|residing|dormitory|lock|hotel|from|near|outside|off)[ ])((?i:croft[ ]|lock[ ])?\d{{1,5}}[A-Za-z]?,?[ ](?:[NSEW]\.?[ ])?({_CAP}(?:[ ]{_CAP}){{0,3}}))(?=[ ]*(?:,|\n|\.[ \n]|\.\Z|\Z|\(|;))"
    rf"|((?:{_CAP}[ ]){{1,3}}\d{{1,4}}[a-z]?)(?=,?[ ]\d{{4,6}}[ ]{_CAP})"
    rf"|((?:{_CAP}[ ]){{1,3}}(?:Square|Quay|Wharf|Green|Arcade|Mall|Promenade|Boardwalk|Embankment|Esplanade|Marg|Gali|Bazaar))(?=[ ]*[,;.\n])",
    outlines("0 A", "0A A", "0a A", "0, A", "0A, A", "0a, A"),
    told("square quay wharf green arcade mall promenade boardwalk embankment esplanade marg gali bazaar"),
)
# All in capitals, of a kind that is a word of reports in small letters: "712 CASCADE ST S", "40 N MAIN ST".
_SHOUTED_STREET = shape(
    r"(?<![\w.,/-])\d{1,5}[ ]+(?:(?:[NSEW]|NORTH|SOUTH|EAST|WEST)\.?[ ]+)?((?:[A-Z'-]{3,}[ ]+|\d{1,3}(?:ST|ND|RD|TH)[ ]+){1,3})(ST|DR|PL|CIR|SQ|WAY|CT)\b\.?"
    r"(?:[ ]+(?:[NSEW]|NE|NW|SE|SW)\b\.?)?(?=[ ]*(?:[,;.\n#]|\Z|[ ]{2})|[ ]+(?:APT|UNIT|STE|SUITE)\b)",
    told("st dr pl cir sq way ct", outlines=("0 A", "0 0")),
)
_OF_A_SHOUTED_STREET = frozenset({"medical", "plaza", "center", "centre", "hospital", "clinic", "main", "professional"})
_ROAD = shape(
    r"\b(?:[ABM]\d{1,4}(?:\(M\))?|(?i:hwy|highway|route|rte|sr|fm)[ -]\d{1,4})(?=[ ](?:near|at|by|north|south|east|west|junction|between|outside|toward|towards|roundabout|exit|mile))(?:[ ](?:near|at|by|outside|towards?)[ ](?:the[ ])?[A-Z]\w+(?:[ ][A-Z]?\w+)?)?",
    outlines("0 a", ") a"),
)


def widened(text: str, start: int, end: int, kind: Private) -> tuple[int, int]:
    """Where a number or an address begins and ends with what stands right beside it and goes with it."""
    if kind is Private.NUMBER and (behind := _LETTERS_BEHIND.match(text, end)):
        end = behind.end()
    if kind is Private.PHONE and re.fullmatch(r"\d{3} [\d ]+", text[start:end]):
        before = _BEFORE_GROUPS.search(text, max(0, start - 5), start)
        return (before.start(1), end) if before else (start, end)
    if kind is Private.NUMBER and text[start : start + 1].isdigit():
        glued = _LETTERS_GLUED.search(text, max(0, start - 7), start)
        if glued and glued[0].lower() not in _LABELS_APART:
            return glued.start(), end
        small = _SMALL_LETTERS_BEFORE.search(text, max(0, start - 7), start)
        if small and _are_of_a_number(small[1]) and any(map(str.isdigit, text[start:end])):
            return small.start(1), end
        letters = _LETTERS_BEFORE.search(text, max(0, start - 8), start)
        is_shown = any(map(str.islower, text[max(0, start - 40) : start]))
        if letters and letters[1].lower() not in _LABELS and (is_shown or not _is_a_word(letters[1].lower())):
            return letters.start(1), end
        insurer = _INSURER_BEFORE.search(text, max(0, start - 17), start)
        if insurer and " " in text[start:end] and (insurer[1].isupper() or not kind_of(insurer[1].lower())):
            return insurer.start(1), end
    return start, end


def _are_of_a_number(letters: str) -> bool:
    """Say whether small letters before a number are of it: no label, no word, no abbreviation, none that counts."""
    is_label = letters in _LABELS or letters in ABBREVIATIONS or letters in {"a", "i", "x", "v"}
    return not is_label and (len(letters) < 2 or not kind_of(letters) & (ORDINARY | NAME))


def around_streets(text: str, found: Sequence[Place]) -> Iterator[Place]:
    """Yield the addresses found with the flat or the house before them and the suite behind."""
    for start, end, kind in found:
        if kind is not Private.ADDRESS:
            continue
        before = _BEFORE_A_STREET.search(text, max(0, start - 48), start)
        behind = _BEHIND_A_STREET.match(text, end)
        if before or behind:
            yield before.start() if before else start, behind.end() if behind else end, Private.ADDRESS


def _is_a_word(letters: str) -> bool:
    return len(letters) > 3 and bool(kind_of(letters) & ORDINARY)


def loose_streets(seen: Seen) -> Iterator[Place]:
    """Yield streets that no kind of street ends, and roads by their number."""
    for match in _NO_KIND_OF_STREET.found_in(seen):
        words = re.findall(r"[^\W\d_]{2,}", match[0])
        if not any(word.lower() in _KNOWN for word in words if word[0].isupper()):
            yield *match.span(next(group for group in (1, 3, 4) if match[group])), Private.ADDRESS
    for match in _SHOUTED_STREET.found_in(seen):
        words = [word.lower() for word in re.findall(r"[A-Z'-]{3,}", match[1])]
        is_a_word = any(word in _NEVER_IN_A_STREET and word not in _OF_A_SHOUTED_STREET for word in words)
        if not is_a_word and (match[2] in {"ST", "PL", "CIR"} or not _OF_A_SHOUTED_STREET.isdisjoint(words)):
            yield *match.span(), Private.ADDRESS
    for match in _ROAD.found_in(seen):
        yield *match.span(), Private.ADDRESS
