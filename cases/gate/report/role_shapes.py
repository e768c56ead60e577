"""Surnames that are words too, where only somebody can stand: "teleradiologist bright", "PA-C Lake", "under Love (ortho)", "op by love"."""

from collections.abc import Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import shape, told
from cases.gate.report.report_words import CAPITALS, COMMON, LIKELY, MIXED, NAME, NO_PART, RARE, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_ROLES = (
    "tech techs technologist technologists sonographer radiographer mammographer radiologist teleradiologist neuroradiologist"
    " rad rads doc attending fellow resident intern registrar reg sho spr hospitalist consultant surgeon surg neurosurg hawk"
    " nighthawk pa-c pac np fnp crna lpn rn md nurse midwife anesthetist anaesthetist physicist chief rep porter operator"
    " interpreter chaperone physician provider pmd pcp gp"
)
_ROLE = "|".join(_ROLES.split())
_DONE = r"(?:prelim(?:inary)?|note|op|surgery|operation|biopsy|bx|report|read|wet read|dictation|repair|procedure|drawn|placed|scan(?:ned)?|seen|referred|supervised|reviewed|opinion|review|letter|request|exam|consult)"
_FIRST_BEFORE_CAPITALS = (
    "with under per see via edited typed corrected checked told reached paged with of to notified informed"
)
_BEFORE_CAPITALS = r"(?:with|under|per|see|via|edited|typed|corrected|checked|told|reached|paged|left with|clinic of|spoke to|patient of|pt of|care of|notified|informed)"
_ENDS = r"(?=[ \t]*(?:[,;/.)&(@+]|\n|\Z)|[ ](?:aware|notified|informed|paged|called|acknowledged|at|in|on|via|and|who|pgy|md|rn|supervised|present|scrubbed|repeated|noted|note|agrees?|agreed|attempted|injected|to see|x?\d))"
_WORD = r"([^\W\d_][\w'’-]{2,14})(?![\w'’-])"
_BEHIND_A_ROLE = shape(rf"(?<![\w-])(?i:{_ROLE})[ ]{_WORD}{_ENDS}", told(_ROLES.replace("pa-c", "c")))
_BEHIND_WHAT_WAS_DONE = shape(
    rf"(?<![\w-])(?i:{_DONE})[ ](?i:by)[ ](?:(?i:drs?|mr|ms|mrs)\b\.?[ ])?{_WORD}{_ENDS}", told("by")
)
_SHOWN = shape(
    rf"(?<![\w-])(?i:{_BEFORE_CAPITALS})[ ]([A-ZÀ-Þ][a-zà-ÿ][\w'’-]{{1,14}})(?![\w'’-]){_ENDS}",
    told(_FIRST_BEFORE_CAPITALS, outlines=("a Aa", "A Aa")),
)
_TOLD_IN_SMALL_LETTERS = shape(
    r"\b(?i:(?:called|phoned|relayed|conveyed|communicated)[ ]to|d/w|discussed with|spoke (?:with|to|w/)|spoken to)[ ]([a-zà-ÿ]{3,14})(?![\w'’-])(?=[ ](?:in|at|on)[ ](?:ed\b|er\b|icu|ward|clinic|the ward|\d)|,?[ ](?:rn|md|pa|np)\b)",
    told("called phoned relayed conveyed communicated d discussed spoke spoken"),
)
_NEVER = (
    HEADS | EPONYMS | NO_NAMES | NO_PART | SENTENCE_WORDS | ABBREVIATIONS | listed("title_case") | listed("technique") | listed("living")
)  # fmt: skip


def role_shapes(words: Words) -> Iterator[Place]:
    """Yield the names behind a role, behind what was done by them, and behind a word that leaves room for people alone."""
    forms = [_BEHIND_A_ROLE, _BEHIND_WHAT_WAS_DONE]
    if words.case == MIXED:
        forms += [_SHOWN, _TOLD_IN_SMALL_LETTERS]
    for form in forms:
        for match in form.found_in(words.seen):
            if _can_be_a_name(words, match[1], is_sure=form is _BEHIND_A_ROLE):
                yield *match.span(1), Private.NAME


def _can_be_a_name(words: Words, word: str, *, is_sure: bool) -> bool:
    """Say whether many are called so, or some where a capital shows it."""
    low = word.lower()
    kind = kind_of(low)
    if is_sure and not kind and len(word) > 4 and word[0].isupper() and low not in _NEVER:
        return words.case == CAPITALS or not word.isupper()  # a name that no list has
    if low in _NEVER or not kind & NAME:
        return False
    shown = words.case == MIXED and word[0].isupper() and not word.isupper()
    return bool(kind & (COMMON | LIKELY | RARE) if shown else kind & COMMON)
