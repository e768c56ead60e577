"""Names for which what stands around leaves no other reading: "Dr./NP/PA X", "report for X", "name spelled X", "cc: urology - x"."""

import re
from collections.abc import Callable, Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import Shape, outlines, shape, signs, told
from cases.gate.report.report_words import COMMON, FAMILY, GIVEN, MIXED, NAME, NO_PART, ORDINARY, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_CAP = r"[A-ZÀ-Þ][\w'’-]{0,40}\w"
_CAPS = rf"{_CAP}(?:[ ]{_CAP}){{0,2}}"
_TITLE = r"(?:Drs?|MD|DO|NP|PA|RN|CNP|FNP|ARNP|APRN|PAC|PA-C)\.?"
_NATO = "alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|x-?ray|yankee|zulu"
# Names that are given where nobody knows one: "Trauma alias: Unknown, Zulu Forty-Two", '"Doe, Kilo"', "Alias: Trauma, Magenta".
_GIVEN_ALIASES = (
    shape(rf"\b(?:(?i:trauma|arrival|temporary|disaster|code|mass)[ ])?(?i:alias|a\.?k\.?a\.?)[ ]?:[ ]({_CAP}(?:,?[ ]{_CAP}){{0,3}})", told("alias aka a")),
    shape(rf"\b((?i:doe|trauma|unknown|unidentified|disaster|unk|casualty|victim),?[ ](?i:{_NATO})(?:[ -](?:{_CAP}|\d+)){{0,2}})(?![\w'’])", told(_NATO.replace("tt?", "tt").replace("-?", " ").replace("|", " ") + " juliet xray")),
)  # fmt: skip
_ALIAS = shape(rf"\b(?i:(?:arrival|alias|trauma|disaster|temporary|temp|code|registered|band)[ ]name)s?[ ]?:?[ ]({_CAP}(?:,?[ ]{_CAP}){{0,2}})", told("name names"))  # fmt: skip
# Whom anybody may be called after: one of several titles, a request, a sign that the name is quoted.
_WHOEVER = (
    shape(rf"\b{_TITLE}(?:[ ]?/[ ]?{_TITLE}){{1,4}}:?[ ]({_CAPS})", signs("/np", "/pa", "/md", "/do", "/rn", "/dr", "/ np", "/ pa")),
    shape(rf"\b(?i:reports?|results?|orders?|requisition|request|films|images)[ ]for[ ]({_CAPS})(?=[ ]?[(,;]|[ ](?:was|were|is|not|NOT)\b)", told("report reports result results order orders requisition request films images")),
    shape(rf"\b(?i:spell(?:ed|ing|t)|misspell(?:ed|t)|written|wristband(?:[ ]says)?|labell?ed)(?:[ ]as)?[ ][\"“']?({_CAP})(?=[\"”']?[ ](?:on|in|at)[ ])", signs("spell", "written", "label", "wristband")),
    shape(r"\b(?i:drs?|mrs?|ms|pts?|patient)\b\.?[ ][\"“]([^\s\"”][^\"”\n]{1,24})[\"”]", outlines(' "', '."')),
    # Of whom nobody knows the name: "Unknown Male #3", "arrival name Trauma, Zulu-Foxtrot".
    shape(r"\b((?i:unknown|unidentified|unk)[ ](?:(?i:white|black|hispanic|asian|adult|elderly)[ ])?(?i:male|female|man|woman|person|patient|trauma)[ ,]{1,2}(?:(?i:no\.?|number)[ ]?)?#?[ ]?\d+)", told("unknown unidentified unk", outlines=("0",))),
)  # fmt: skip
_OF_SOMEBODY = shape(
    r"\b(?i:wife|husband|son|daughter|mother|father|widow|[wsdc])(?:[ ]of|/o)[ ]([a-z][a-z'’-]+(?:[ ][a-z][a-z'’-]+){0,3})(?=[ ]*(?:[,;.\n]|\Z))",
    told("wife husband son daughter mother father widow", signs=(" of ",)),
    signs("w/o ", "s/o ", "d/o ", "c/o "),
)
_SMALL_THANKS = shape(r"\b(?i:thanks|thank[ ]you|thx|cheers|regards)[, ]{1,2}([a-z][a-z'’-]{2,14})(?=[.!]?[ ]*(?:\n|\Z|\bend\b))", told("thanks thank thx cheers regards"))  # fmt: skip
# "cc: urology - finkelstein", "Physician Dr. Locum - Steyn".
_BEHIND_A_DASH = shape(r"\n[ \t]*(?i:cc|copy|copies|attn|attention|referr\w+|physician|doctor|provider|ordering|requesting|dr|to)\b[^\n]{1,40}[ ][-–—][ ]([^\W\d_][\w'’-]{2,24})(?=[ \t]*(?:\n|\Z))", outlines(" - ", " -- "))  # fmt: skip
# At the head of a form: "Tuiasosopo, Lagi 00-44-81", "HOLLENBECK, JUNIOR RAY    NO. …".
_HEADS_OF_FORMS = (
    shape(r"\n[ \t]*([A-ZÀ-Þ][\w'’-]{2,24},[ ][A-ZÀ-Þ][\w'’-]{1,20}(?:[ ][A-ZÀ-Þ]\.?)?)(?=[ ]{1,3}(?:\d{2,}|#|\[|\(|\|)|[ ]{2,}\S)", outlines("a, A", "A, A")),
    shape(r"\n[ \t]*([A-Z][A-Z'’-]{2,24},[ ]?[A-Z]{2,15}(?:[ ][A-Z]{1,15}\.?){0,2})(?=[ ]{2,}\S)", outlines("A,A", "A, A")),
)  # fmt: skip
# One beside whom a degree and an initial stand is somebody, be the name made of words: "M. Two Hearts RN".
_INITIAL_AND_DEGREE = shape(
    rf"(?<![\w.])((?:[A-Z]\.[ ]?){{1,2}}{_CAP}(?:[ ]{_CAP})?),?[ ](?:(?:RN|MD|DO|PA|PA-C|NP|FNP|CRNA|RT|LPN|RDMS)\b|(?:M\.D|D\.O|R\.N|P\.A|N\.P|R\.T)\.)",
    told("rn md m d r p n do pa np fnp crna rt lpn rdms", outlines=(" A. A", "\nA. A", " A.A", "\nA.A")),
)
# Two words with capitals behind what somebody is: "PA Brigham Cottle at …".
_BEHIND_A_DEGREE = shape(r"\b(?:PA|NP|RN|MD|DO|PA-C|CRNA|FNP|LPN|RT|EMT|Tech|Nurse|Medic)[ ]([A-ZÀ-Þ][a-zà-ÿ][\w'’-]*[ ][A-ZÀ-Þ][a-zà-ÿ][\w'’-]*)(?=[ ](?:at|on|in|by|of|from|who|was|is|has|and|via|for|notified|informed|called|aware)\b|[,.;)\n(]|\Z)", told("pa np rn md do c crna fnp lpn rt emt tech nurse medic", outlines=("AA Aa", "A Aa", "a Aa")))  # fmt: skip
# Who is in training, in brackets: "Prelim (Thandi, R2)"; a role, and whoever stands behind it: "with the covering NP, Baker."
_IN_TRAINING = shape(
    rf"\(({_CAP}),[ ](?:R[1-6]|PGY-?\d|CA-?\d|ST\d|CT\d|FY\d|SpR|SHO|MS[34]|fellow|resident|registrar|intern)\)",
    outlines("(Aa"),
)
_ROLES = (
    "resident fellow registrar intern nurse attending hospitalist technologist medic midwife rn np crna lpn sho spr"
)
_BEHIND_A_ROLE = shape(
    r"\b(?:(?i:resident|fellow|registrar|intern|nurse|attending|hospitalist|technologist|medic|midwife)|RN|NP|CRNA|LPN|SHO|SpR),?[ ]([A-ZÀ-Þ][a-zà-ÿ'’-]{2,20})(?=[ ](?:in|at|on|who|via|from|with|aware|notified|informed)[ ](?![Tt]he[ ](?:left|right))|[ ]\d\d?:?\d\d\b|[ ]?[,;)]|\.[ \n]|\.?\n|[ ]\()",
    told(_ROLES),
)
_OF_A_SERVICE = shape(
    rf"\b(?:IR|INR|ENT|GI|GU|OB|ICU|NSGY|Ortho|ortho|Surg(?:ery)?|surgery|Vascular|vascular|Neuro(?:surgery|logy)?|neurosurgery|neurology|[Cc]ards|[Cc]ardiology|[Uu]rology|[Oo]ncology|[Tt]horacics?|[Aa]naesthe\w+|[Aa]nesthesia|[Tt]rauma|[Pp]lastics|[Mm]edicine|[Pp]eds|[Hh]ospitalist|[Pp]ulm(?:onology)?|[Nn]ephrology|[Rr]enal|[Pp]aediatrics|[Pp]ediatrics|[Gg]ynae|[Mm]ax-?[Ff]ax)[ ]\(({_CAP})\)(?=[ ](?:aware|notified|informed|called|paged|updated|contacted|bleeped|to|will|at|agrees?|accepted|was|is)\b|[,.;])",
    outlines(" (Aa"),
)
# Degrees in small letters, as people type: "Osei md remote.", "- lopes pgy3, pager", "h. mah md frcpc"; before the name, where a line is one.
_BEFORE_A_SMALL_DEGREE = shape(
    r"(?<![\w.'’/-])((?:[a-zA-Z]\.?[ ])?[A-Za-zÀ-ÿ][a-zà-ÿ'’-]{2,20}),?[ ](?:md|pgy-?\d|frcpc|frcr|franzcr|crna|aprn|dnp)(?![\w'’-])",
    told("md pgy frcpc frcr franzcr crna aprn dnp"),
)
_BEHIND_A_SMALL_DEGREE = shape(
    r"\n[ \t]*(?:md|dr|rad|rads|tech|np|rn|ref|ref md|req)[ :]{1,2}((?:(?:de|van|von|del|la|el|al|bin|der|den|ten|ter|st\.?)[ ]){0,2}[a-z][a-z'’-]{2,20})(?=[ ]*(?:\n|\Z))",
    told("md dr rad rads tech np rn ref req"),
)
_SMALL_PAIR = shape(
    r"\b(?:pt|patient|name|nom|re)[ :]{1,2}([a-z][a-z'’-]{2,20},[ ]?[a-z][a-z'’-]{1,16}(?:[ ][a-z]\.?)?)(?=[ ]*(?:[/|,;(\n]|\Z)|[ ]{1,3}\d|[ ]{2})",
    told("pt patient name nom re", outlines=("a, a", "a,a")),
)
_NEVER = HEADS | NO_PART | NO_NAMES | SENTENCE_WORDS | ABBREVIATIONS | listed("title_case")
_OF_REPORTS = (
    listed("fillers")
    | listed("signing")
    | listed("speaking")
    | listed("doing")
    | listed("technique")
    | listed("openers")
)


def told_names(words: Words) -> Iterator[Place]:
    """Yield the names whose surroundings leave no other reading."""
    for form, fits in _FITS.items():
        if words.case != MIXED and form in _SHOWN:
            continue
        is_lined = form in _LINED
        for match in form.found_on_lines(words.seen) if is_lined else form.found_in(words.seen):
            if fits(match[1]):
                yield match.start(1) - is_lined, match.end(1) - is_lined, Private.NAME


def _is_typed(written: str) -> bool:
    """Say whether a single word is a name and nothing else."""
    kind, low = kind_of(written.lower()), written.lower()
    return bool(kind & NAME and not kind & ORDINARY) and low not in _NEVER and low not in EPONYMS


def _is_behind_a_dash(written: str) -> bool:
    low = written.lower()
    return _is_typed(written) or (not kind_of(low) and len(low) > 3 and low not in _NEVER and low not in EPONYMS)


def _is_whole(written: str) -> bool:
    """Say whether words in small letters are all names or unknown, and one is nothing else."""
    kinds = [kind_of(word) for word in written.split(" ")]
    return all(not kind or kind & NAME for kind in kinds) and any(not kind & ORDINARY for kind in kinds)


def _are_both(written: str) -> bool:
    low = written.lower().split(" ")
    first, last = map(kind_of, low)
    return _NEVER.isdisjoint(low) and bool((first & NAME or not first) and (last & FAMILY or not last))


def _may_be_anybody(written: str) -> bool:
    return not _is_no_name(written)


def _is_no_name(written: str) -> bool:
    """Say whether any of the words is a part of the body, an abbreviation or a word of a report."""
    low = re.findall(r"[^\W\d_][\w'’-]*", written.lower())
    is_numbered = any(map(str.isdigit, written))
    return not is_numbered and any(word in _NEVER or kind_of(word) == ORDINARY for word in low[:1])


def _heads_a_form(written: str) -> bool:
    """Say whether the surname is no word, and nothing behind its comma a mere one."""
    family, given = written.lower().split(",", 1)
    kind, others = kind_of(family), [word for word in given.split() if len(word.strip(".")) > 1]
    if family in EPONYMS or family in _NEVER or any(word in HEADS for word in others):
        return False
    if kind & ORDINARY or not (kind & FAMILY or not kind):
        return False
    kinds = [kind_of(word) for word in others]
    return all(not one or one & NAME for one in kinds) and (bool(kind) or any(one & NAME or not one for one in kinds))


def _is_nobodys_word(written: str) -> bool:
    """Say whether a word with a capital is none of a report's own, be it an eponym or an ordinary one."""
    low = written.lower()
    return low not in _NEVER and low not in _OF_REPORTS


def _is_borne(written: str) -> bool:
    """Say whether the last word is unknown, a name and nothing else, or one that many bear."""
    low = written.lower().split(" ")[-1]
    kind = kind_of(low)
    if low in _NEVER or low in EPONYMS or low in _OF_REPORTS or len(low) < 3:
        return False
    return not kind or bool(kind & NAME and (not kind & ORDINARY or kind & COMMON))


def _is_small_pair(written: str) -> bool:
    """Say whether a surname stands before the comma and a first name behind, in small letters, either unknown maybe."""
    family, given = (part.strip().split(" ")[0] for part in written.split(",", 1))
    kinds = kind_of(family), kind_of(given)
    if family in _NEVER or given in _NEVER or family in EPONYMS:
        return False
    return (
        all(not kind or kind & NAME for kind in kinds) and bool(kinds[1] & GIVEN) and not kinds[0] & kinds[1] & ORDINARY
    )


def _is_anybody(_: str) -> bool:
    return True


_LINED = frozenset({*_HEADS_OF_FORMS, _BEHIND_A_DASH})
_SHOWN = frozenset({_ALIAS, *_WHOEVER, _GIVEN_ALIASES[0], _IN_TRAINING, _BEHIND_A_ROLE, _OF_A_SERVICE})
_FITS: dict[Shape, Callable[[str], bool]] = {
    **dict.fromkeys(_WHOEVER, _may_be_anybody),
    _ALIAS: _is_anybody,
    **dict.fromkeys(_GIVEN_ALIASES, _is_anybody),
    _IN_TRAINING: _is_nobodys_word,
    _BEHIND_A_ROLE: _is_nobodys_word,
    _OF_A_SERVICE: _is_nobodys_word,
    _BEFORE_A_SMALL_DEGREE: _is_borne,
    _BEHIND_A_SMALL_DEGREE: _is_borne,
    _SMALL_PAIR: _is_small_pair,
    **dict.fromkeys(_HEADS_OF_FORMS, _heads_a_form),
    _SMALL_THANKS: _is_typed,
    _BEHIND_A_DASH: _is_behind_a_dash,
    _OF_SOMEBODY: _is_whole,
    _INITIAL_AND_DEGREE: _is_anybody,
    _BEHIND_A_DEGREE: _are_both,
}
