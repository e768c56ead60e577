"""Names no list need have, where a form, a list or a line has room for nobody's word else: "UR 4481 Doe, Jane", "RN Doe and …".

A surname may be any word or none that is known; what tells it is what stands before and behind.
"""

import re
from collections.abc import Callable, Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import Shape, outlines, shape, signs, told
from cases.gate.report.report_words import COMMON, FAMILY, GIVEN, MIXED, NAME, NO_PART, ORDINARY, RARE, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_CAP = r"[A-ZÀ-Þ][A-Za-zÀ-ɏ'’-]{0,30}[A-Za-zÀ-ɏ](?![\w'’-])"
_LABEL = r"(?!(?:DOB|UNIT|MRN|AGE|SEX|NO|ROOM|RM|WARD|BED|ACC|HN|FILM|ID|ON|AND|OR|UR|URN|NHS|CHN|CDC|SSN|DoD)\b)"
_GIVEN = rf"(?:{_LABEL}{_CAP}(?:[ ](?:{_LABEL}{_CAP}|[A-Z]\.?(?![\w'’-]))){{0,2}}|[A-Z]\.?(?![\w'’-]))"
# Surname and first name with a comma between, at the head of a line or a field, before a number, a blank column, a bracket.
# What stands before a pair: a line's begin, a bracket or a label's colon, a number, a blank column.
_BEFORE = re.compile(
    r"(?:\A|\n(?:- )?|\d, |▒ |[:|(\[>] ?|[ ]{2}|\d[.)] ?|\d\d[ ]|\] ?|\"|[—–] |-- |\b(?:NAME|Name|Patient|PATIENT|PT\.|Pt\.|[Ii]nfant of|labell?ed|LABELL?ED) |\b[PpTt]t |\bPT |\bunder |\bUNDER |\bto )\Z"
)
_AFTER = r"(?=[ ]{2,}|[ ]?[|(\[)\]]|[ ]\d|[ ]#|[ ]?;|[ ]?(?:\n|\Z)|,[ ]\d|[ ]?/[ ]|[ ]?[—\"]|[ ](?:w/|[BWHA]/[MF]\b)|[ ](?:and|or|AND|OR|ON|on|UNIT|DOB|MRN|mrn|dob|CHN|NHS|URN?|DoD|A/?C|[MF])\b|[ ][-–]|,[ ](?:NHS|MRN|DOB|URN?|born|[A-Z]{2,4}\d|[A-Z]{3,5}-)|\?)"
_PAIR = shape(rf"(?<![\w'’-])({_CAP},[ ]?{_GIVEN}){_AFTER}", outlines("A, A", "a, A", "A,A", "a,A"))
# Before an age, where a line begins: "LOKAKA AL ETHB 34/M", "Ferg Eded 70 yrs male"; before a blank column: "BENC OVAST        ROOM 2".
_HEADED = shape(
    rf"\n[ ]*({_CAP}(?:[ ]{_CAP}){{1,3}})(?=[ ]?\||[ ]{{2,}}\d|[ ]{{1,3}}\d{{1,3}}[ ]?(?:[-/ ]?(?:[MFmf]\b|y\b|yo\b|yrs?\b|years?\b))|[ ]{{3,}}\S)",
    outlines("\nA", "\n A"),
)
_OF_A_PATIENT = shape(
    rf"\b(?:PATIENT|PT|Patient|Pt|CHIEF|Pt Name|INMATE|Inmate|Client|CLIENT)(?:[ :]{{1,3}}(?:CHIEF|Chief|ALHAJI|Alhaji|MR|MRS|Mr|Mrs|DR|Dr)\.?)?[ :]{{1,3}}({_CAP}(?:[ ]{_CAP}){{0,3}})(?=[ ]{{2,}}|[ ]?[-–|/(,;\n]|[ ]?\Z|[ ](?:MRN|DOB|mrn|dob|UNIT|#|\d))",
    told("patient pt chief name inmate client", outlines=("A Aa", "a Aa", "A AA", "a AA", ": A")),
)
_SMALL_PATIENT = shape(
    r"\b(?:pt|patient)[ ]([a-z'’-]{4,}(?:[ ][a-z'’-]{4,})?)(?=[ ]{2}|[ ](?:mrn|dob|bed|rm|room)\b|[ ]?\d{4})",
    told("pt patient"),
)
# Behind a degree or a role that no list of roles has: "with RN Doe and", "health visitor Doe", "scheduler, Doe, left".
_ROLES = "rn lpn crna arnp cna emt transporter scheduler visitor adviser advisor worker coworker deputy secretary nan nana gran parents reader req ordering officer lactation midwife sitter nurse technologist tech coordinator"
_BEHIND_A_ROLE = shape(
    rf"\b(?:RN|LPN|CRNA|ARNP|CNA|EMT|(?i:transporter|scheduler|(?:health|home)[ ]visitor|advis[eo]r|(?:social|case|care|support)[ ]worker|co-?worker|deputy|secretary|nana?|gran|parents|(?:original|second|first|final)[ ]reader|req|ordering|(?:security|police|probation|prison)[ ]officer|(?:brother|sister|mother|father|son|daughter)-in-law)),?[ ]({_CAP})(?=[ ]?[,;.()\n/]|[ ](?:and|at|on|in|was|who|from|informed|notified|aware|called|present|held|&)\b|[ ]?\Z)",
    told(f"{_ROLES} co law"),
)
_APPOSED = shape(
    rf"\b(?i:(?:our|her|his|the|their)[ ](?:[a-z]+[ ])?(?:scheduler|coordinator|nurse|secretary|technologist|assistant|navigator|mother|father|mum|mom|dad|son|daughter|wife|husband|partner|sister|brother|nan|gran|carer|baby)),[ ]({_CAP})(?=,)",
    told(
        "scheduler coordinator nurse secretary technologist assistant navigator mother father mum mom dad son daughter wife husband partner sister brother nan gran carer baby",
        outlines=(", A",),
    ),
)
# Whom one reaches: "Doe (pager 91-33)", "call Doe at 304-…", "this is Doe from the reading room".
_REACHED = (
    shape(
        rf"(?<![\w'’-])({_CAP}(?:[ ]{_CAP})?)(?=[ ]\((?:pager|pgr|ext|x[ ]?\d|phone|tel|cell|beeper|bleep|mobile)\b)",
        signs("(pager", "(pgr", "(ext", "(x", "(phone", "(tel", "(cell", "(beeper", "(bleep", "(mobile"),
    ),
    shape(
        rf"\b(?i:call|phone|page|contact|text|ring)[ ]({_CAP})(?=[ ](?:at|on|x|ext\.?)[ ]?[\d(])",
        told("call phone page contact text ring", outlines=("0",)),
    ),
    shape(rf"\b(?i:this[ ]is|it's)[ ]({_CAP})(?=[ ](?:from|calling|in|at|speaking)\b)", told("this s")),
    shape(
        rf"\b(?i:icu|micu|sicu|nicu|picu|ward|ed|er|clinic|office|team|floor|unit|desk|relative|relatives|friend)[ ]\(({_CAP})(?=[),;])",
        outlines("a (A", "A (A"),
    ),
    shape(rf"//[ ]?({_CAP})(?=[ ]?(?://|\d{{3}}|\n|\Z))", signs("//")),
)
_LABELLED_PAIR = shape(
    rf"\b(?i:pt|patient|name|inmate|client|resident|member|detainee|applicant)[ .]*[:=][ ]*({_CAP},[ ]?{_GIVEN})",
    told("pt patient name inmate client resident member detainee applicant"),
)
_WITH_A_SMALL_INITIAL = shape(
    r"\b(?:dr|doctor|by|md)\.?[ ]([a-z]\.[ ]?[a-z][a-z'’-]{2,20})(?![\w'’-])",
    outlines("a a. a", "a a.a", ". a. a", ". a.a"),
)
_OF_A_RANK = shape(
    rf"\b(?:CW\d|SPC|PFC|PVT|SSG|SGT|SFC|MSG|1SG|CSM|[12]LT|CPT|LTC|HM\d|HMC|LCDR|ENS|SrA|A1C|TSgt|MSgt|Amn|Cpl|Pvt|Spc)\.?[ ]({_CAP}(?:,?[ ][A-ZÀ-Þ][\w'’-]{{2,30}})?)",
    told(
        "cw spc pfc pvt ssg sgt sfc msg sg csm lt cpt ltc hm hmc lcdr ens sra a tsgt msgt amn cpl",
        outlines=("A Aa", "A AA", "0 Aa", "0 AA", "a Aa", "a AA", ". Aa", ". AA"),
    ),
)
_BEHIND_A_DEGREE = shape(
    rf"\b(?i:ordering|attending|referring|reading|triage|charge|covering|rapid)[ ](?:MD|RN|NP|PA|DO)[ ]({_CAP}(?:[ ]{_CAP})?)(?=[ ]?[,;.()\n]|[ ](?:and|at|on|in|was|informed|notified|aware|AND|AT|ON|IN)\b|[ ]?\Z)",
    told("ordering attending referring reading triage charge covering rapid"),
)
_TYPED_WHOLE = shape(
    r"\b(?:dr|doctor)\.?[ ]([a-z][a-z'’-]{3,20}[ ][a-z][a-z'’-]{3,20})(?=[ ]?[&,.;(\n]|[ ]?\Z)", told("dr doctor")
)
_KIN_IN_BRACKETS = shape(
    r"\b(?i:mom|mum|dad|mother|father|wife|husband|son|daughter|sister|brother|partner|aunt|uncle)[ ]\(([a-z][a-z'’-]{2,20})\)",
    outlines("a (a"),
)
_AWARE = shape(
    rf"\b(?i:aware|informed|notified|interpreter[^()\n]{{0,30}})[ ]\(({_CAP})\)",
    told("aware informed notified interpreter"),
)
_SHOUTED_ROLE = shape(
    r"\b(?:AIDE|RN|LPN|CNA|ORDERLY|SITTER|NURSE)[ ]([A-Z][A-Z'’-]{3,20})(?=[ ](?:IN|AT|ON|AND|WAS|STATES|REPORTS|FROM)\b|[.,;(])",
    told("aide rn lpn cna orderly sitter nurse"),
)
_OVER_A_STROKE = shape(
    rf"(?:(?<=\n)|\A)[ ]*({_CAP})(?=[ ]?/[ ]?(?i:dictated|typed|transcribed|read|signed)\b)",
    signs("/dictated", "/ dictated", "/typed", "/ typed", "/ transcribed", "/ signed"),
)
_AT_THE_END = shape(rf"(?:\d|HRS|hrs|[AP]M)[ ][-–][ ]({_CAP})\s*\Z", outlines("0 - A", "A - A", "a - A"))
_OVER_A_TYPIST = shape(
    rf"(?<![\w'’/-])({_CAP})(?=/[a-z]{{2,3}}[ ]*(?:\n|\Z))",
    outlines("a/aa\n", "a/aaa\n", "a/aa \n", "a/aaa \n", "A/aa\n", "A/aaa\n"),
)
_LAST_OF_ALL = re.compile(rf"(?:[.!?\")”][ ]{{1,2}}|\n[ ]*|-[ ])({_CAP})\s*\Z")
_NEVER = (
    HEADS
    | NO_PART
    | NO_NAMES
    | SENTENCE_WORDS
    | ABBREVIATIONS
    | EPONYMS
    | listed("title_case")
    | listed("technique")
    | listed("number_labels")
    | listed("no_towns")
)


def pair_shapes(words: Words) -> Iterator[Place]:
    """Yield names that no list need have, by what stands before and behind."""
    for form, fits in _FITS.items():
        if words.case != MIXED and form in _SHOWN:
            continue
        for match in form.found_in(words.seen):
            if fits(match[1]):
                yield *match.span(1), Private.NAME
    for match in _PAIR.found_in(words.seen):
        if _BEFORE.search(words.text, max(0, match.start() - 8), match.start()) and _is_pair(match[1]):
            yield *match.span(1), Private.NAME
    for match in _HEADED.found_on_lines(words.seen):
        if _is_unknown(match[1]):
            yield match.start(1) - 1, match.end(1) - 1, Private.NAME
    last = _LAST_OF_ALL.search(words.text, max(0, len(words.text) - 40)) if words.case == MIXED else None
    if last and _is_unknown(last[1]):
        yield *last.span(1), Private.NAME


def _parts(written: str) -> list[str]:
    return [part for part in written.lower().replace(",", " ").split() if len(part.strip(".")) > 1]


def _is_pair(written: str) -> bool:
    """Say whether a surname and a first name may stand on either side of the comma, one of them nothing else."""
    parts = _parts(written)
    kinds = [kind_of(part) for part in parts]
    if not parts or not _NEVER.isdisjoint(parts):
        return False
    if len(parts) < 2:
        return len(parts[0]) > 3 and (not kinds[0] or bool(kinds[0] & FAMILY and not kinds[0] & ORDINARY))
    given = kinds[1:]
    if any(kind & ORDINARY and not kind & (NAME | RARE) for kind in kinds):
        return False
    if kinds[0] & ORDINARY:  # "Brace, Leroy": the first name must be one beyond doubt
        return bool(kinds[0] & FAMILY) and bool(given[0] & GIVEN and not given[0] & ORDINARY)
    return not kinds[0] or not given[0] or bool(kinds[0] & FAMILY and given[0] & NAME)


def _is_unknown(written: str) -> bool:
    """Say whether every word is a name or unknown, and one is no ordinary word."""
    parts = _parts(written)
    kinds = [kind_of(part) for part in parts]
    return (
        bool(parts)
        and _NEVER.isdisjoint(parts)
        and all(not kind or kind & NAME for kind in kinds)
        and any(not kind & ORDINARY for kind in kinds)
        and len(parts[0]) > 2
    )


def _is_somebody(written: str) -> bool:
    """Say whether a word is unknown, or a name that many bear be it a word too."""
    parts = _parts(written)
    return bool(parts) and _NEVER.isdisjoint(parts) and all(map(_is_borne, map(kind_of, parts)))


def _is_borne(kind: int) -> bool:
    if kind & ORDINARY:
        return bool(kind & FAMILY and kind & COMMON)
    return not kind or bool(kind & NAME)


def _is_labelled(written: str) -> bool:
    """Say whether the first name is one, or either is unknown, behind a label that a name follows."""
    parts = _parts(written)
    kinds = [kind_of(part) for part in parts]
    is_one = len(parts) > 1 and bool(not kinds[1] or kinds[1] & GIVEN) and bool(not kinds[0] or kinds[0] & NAME)
    return is_one and _NEVER.isdisjoint(parts[1:])


def _is_typed(written: str) -> bool:
    return written[-1] != "." and _NEVER.isdisjoint(_parts(written.replace(".", " ")))


_REST = (
    _OF_A_PATIENT,
    _SMALL_PATIENT,
    _OF_A_RANK,
    _BEHIND_A_DEGREE,
    _OVER_A_STROKE,
    _AT_THE_END,
    _TYPED_WHOLE,
    _KIN_IN_BRACKETS,
    _AWARE,
    _SHOUTED_ROLE,
)
_SHOWN = frozenset({_BEHIND_A_ROLE, _APPOSED, *_REACHED, _OVER_A_TYPIST})
_FITS: dict[Shape, Callable[[str], bool]] = {
    **dict.fromkeys(_REST, _is_unknown),
    **dict.fromkeys((_BEHIND_A_ROLE, _APPOSED, _OVER_A_TYPIST, *_REACHED), _is_somebody),
    _LABELLED_PAIR: _is_labelled,
    _WITH_A_SMALL_INITIAL: _is_typed,
}
