"""Names by their line: with a role behind them, counted on a list, above "Dr …", by themselves at the end."""

from collections.abc import Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import outlines, shape, told
from cases.gate.report.report_words import COMMON, GIVEN, LIKELY, MIXED, NAME, NO_PART, ORDINARY, RARE, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_CAP = r"[A-ZÀ-Þ][\w'’-]{0,40}\w"
_LINE = r"\n[ \t]*"
_GRADE = r"(?:(?i:Contract|Visiting|Remote|Covering|Night|Relief|Deputy|Acting|Snr|Sr|Senior|Jnr|Junior|Chief|Consultant|Reporting|Clinical|Medical|House|Staff|Specialist|Specialty|Associate|Lead|Duty|On-?[Cc]all|Attending|Resident|Registered|Interventional|Diagnostic|Advanced|Locum|Trainee)\.?[ ])"
_ROLES = (
    "radiologist radiographer registrar sonographer officer physician technologist surgeon consultant fellow resident nurse secretary"
    " typist transcriptionist practitioner technician coordinator physicist mammographer radiologiste radiologue neuroradiologist"
)
_ROLE = rf"(?i:{'|'.join(_ROLES.split())}|SHO|SpR|FRCR|radiology[ ](?:registrar|resident|fellow))\b"
# "Kiprono, Clinical Officer", "Bala (Snr Registrar)", "RB / Reporting radiographer".
_WITH_A_ROLE = shape(rf"{_LINE}(?:[-–—][ ]?)?({_CAP}(?:[ ]{_CAP}){{0,3}})[ ]?(?:[,(/|–-]|[ ]{{2,}})[ ]?(?={_GRADE}{{0,3}}{_ROLE})", told(_ROLES + " sho spr frcr registrar"))  # fmt: skip
# "1. Farrugia (resus 2)", "2) Ibifuro Sunday, staff …": counted, with a bracket, a comma or a dash behind.
_COUNTED = shape(
    rf"{_LINE}\d{{1,2}}[.)][ ]({_CAP}(?:[ ]{_CAP}){{0,2}})(?=[ ]?[,(]|[ ][-–]|:[ ])",
    outlines("\n0. A", "\n0) A", "\n00. A", "\n00) A", "\n 0. A", "\n 0) A", "\n 00. A", "\n 00) A"),
)
# A first name over "Dr …"; both names alone on the last line.
_OVER_A_TITLE = shape(r"\n[ \t]*([A-ZÀ-Þ][a-zà-ÿ'’-]{2,15})[ \t]*\n(?=[ \t]*(?:Dr|Prof|Mr|Mrs|Ms|Miss)\b)", told("dr prof mr mrs ms miss"))  # fmt: skip
_ON_THE_LAST_LINE = shape(
    r"\n[ \t]*([A-ZÀ-Þ][a-zà-ÿ'’-]{2,15}[ ][A-ZÀ-Þ][a-zà-ÿ'’-]{2,20})\s*\Z", outlines("\nA", "\n A")
)
# What is only done to people: "Snow paged at 1702".
_PAGED = shape(r"(?:(?<=[.;!] )|(?<=\n)|\A)([A-ZÀ-Þ][a-zà-ÿ'’-]{2,20})[ ](?:paged|bleeped|notified|informed|texted|phoned|emailed)(?=[ ](?:at|by|via|on|of|twice|again|re)\b|[ ]x?\d|[,;])", told("paged bleeped notified informed texted phoned emailed"))  # fmt: skip
# Of degrees only somebody is spoken of: "RN May on 8 South".
_DEGREED = shape(r"\b(?:RN|NP|PA-C|LPN|CRNA|MD)[ ]([A-ZÀ-Þ][a-zà-ÿ]{2,15})(?=[ ](?:on|in|at|from|told|said|aware|notified|who|was|is)\b(?![ ]\d)|[ ]on[ ]\d|[,;)])", told("rn np c lpn crna md"))  # fmt: skip
# "Ó Súilleabháin to discuss": particles that open a surname.
_OF_IRELAND = shape(rf"(?<![\w'’-])((?:Ó|Ní|Nic|Uí|Ua|Mhic)[ ]{_CAP})", told("nic ua mhic"))
_FOR_SOMEBODY = shape(r"\b(?:reminder|task|flag(?:ged)?|message|note|set|left|held|covering|saved|pended)[^.;\n]{0,14}[ ]for[ ]([A-Z]{2,3})(?=[ ]*(?:[.;,)\n]|\Z))", told("reminder task flag flagged message note set left held covering saved pended"))  # fmt: skip
_KNOWN = HEADS | NO_PART | NO_NAMES | listed("title_case") | listed("technique")
_NEVER = _KNOWN | ABBREVIATIONS


def by_line(words: Words) -> Iterator[Place]:
    """Yield the names that stand on a line or in a sentence as only somebody does, in a text of both cases."""
    if words.case != MIXED:
        return
    for form in (_WITH_A_ROLE, _COUNTED, _OVER_A_TITLE, _ON_THE_LAST_LINE):
        for match in form.found_on_lines(words.seen):
            if _IS_ONE[form](match[1]):
                yield match.start(1) - 1, match.end(1) - 1, Private.NAME
    for form in (_PAGED, _DEGREED):
        for match in form.found_in(words.seen):
            if _IS_ONE[form](match[1]):
                yield *match.span(1), Private.NAME
    yield from _sure(words)


def _sure(words: Words) -> Iterator[Place]:
    for match in _OF_IRELAND.found_in(words.seen):
        yield *match.span(1), Private.NAME
    for match in _FOR_SOMEBODY.found_in(words.seen):
        if match[1].lower() not in ABBREVIATIONS:
            yield *match.span(1), Private.NAME


def _may_sign(written: str) -> bool:
    """Say whether all words may be of a name, initials with them, and one is no ordinary word."""
    low = written.lower().split(" ")
    if any(word in _NEVER or word in EPONYMS for word in low):
        return False
    if len(low) == 1 and written.isupper() and len(written) < 4:
        return True
    return any(not kind_of(word) & ORDINARY or kind_of(word) & (LIKELY | RARE) for word in low)


def _is_counted(written: str) -> bool:
    """Say whether a name heads what a list tells of somebody: a surname that is nothing else, or two unknown words."""
    low = written.lower().split(" ")
    kinds = [kind_of(word) for word in low]
    if any(word in _NEVER or word in EPONYMS for word in low) or any(
        kind & ORDINARY and not kind & NAME for kind in kinds[:1]
    ):
        return False
    return any(kind & NAME and not kind & ORDINARY for kind in kinds) or (len(low) > 1 and not any(kinds))


def _is_given(written: str) -> bool:
    kind, low = kind_of(written.lower()), written.lower()
    return (
        low not in _NEVER
        and low not in SENTENCE_WORDS
        and bool(kind & GIVEN and (not kind & ORDINARY or kind & COMMON & LIKELY))
    )


def _are_both(written: str) -> bool:
    kinds = [kind_of(word) for word in written.lower().split(" ")]
    is_none = not _NEVER.isdisjoint(written.lower().split(" "))
    return not is_none and all(kind & NAME and (not kind & ORDINARY or kind & (COMMON | LIKELY)) for kind in kinds)


def _is_borne(written: str) -> bool:
    kind, low = kind_of(written.lower()), written.lower()
    return low not in _KNOWN and bool(not kind or (kind & NAME and (not kind & ORDINARY or kind & (COMMON | LIKELY))))


_IS_ONE = {
    _WITH_A_ROLE: _may_sign,
    _COUNTED: _is_counted,
    _OVER_A_TITLE: _is_given,
    _ON_THE_LAST_LINE: _are_both,
    _PAGED: _is_borne,
    _DEGREED: _is_borne,
}
