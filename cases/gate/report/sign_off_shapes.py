"""Initials that sign off: in brackets or stars at a line's end, behind a comma or a day, "Addendum KN: …", "T/kd"."""

import re
from collections.abc import Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.line_shapes import may_be_a_word
from cases.gate.report.looks import shape, signs, told
from cases.gate.report.report_words import KIN, MIXED, ORDINARY, Words
from cases.gate.words import ABBREVIATIONS, SENTENCE_WORDS, STANDING_ALONE, kind_of, listed

_CAPITALS, _ANY = r"[A-ZÀ-Þ]{2,4}", r"(?:[A-ZÀ-Þ]{2,4}|[a-zà-ÿ]{2,3})"
_LINE_ENDS = r"(?=[ \t]*(?:\n|\Z))"
_A_DAY = r"\d{1,4}[./-](?:\d{1,2}|[A-Za-z]{3})\b"
_TYPISTS = "d t dd dt td tt tr ti tid tp typ trx tx by"
_TYPIST = f"(?:{'|'.join(_TYPISTS.split())})"
_FORMS = (
    # On a line of their own: "***KD***", "~kd~", "<KD>", "KD 12-Mar-2018", "KD 1420".
    shape(rf"\n[ \t]*[*_~=#<({{-]{{0,4}}({_ANY})[*_~=#>)}}-]{{1,4}}{_LINE_ENDS}"),
    shape(rf"\n[ \t]*({_CAPITALS}|[a-z]{{2,3}})[,;]?[ ]{{1,2}}(?={_A_DAY}|(?:[01]\d|2[0-3]):?[0-5]\d{_LINE_ENDS})"),
    shape(rf"\n[ \t]*:[ ]?({_CAPITALS}){_LINE_ENDS}", signs("\n:", "\n :")),  # a label that was lost
    # Of whom dictated and whom typed: "JLW;kd", "JLW \ kd", "JLW MD / kd", "(JLW:kd)", "[kd/jlw]".
    shape(rf"\n[ \t]*[(\[<]?({_ANY})(?:,?[ ](?:MD|DO|m\.?d\.?))?[ ]?[;\\/:|>][ ]?({_ANY})[)\]>]?{_LINE_ENDS}"),
    shape(rf"\n[ \t]*({_CAPITALS}|[a-z]{{2,3}}(?=,?[ ][a-z])),?[ ](?i:MD|DO|MBBS|RT|RN|RDMS){_LINE_ENDS}"),
    # Behind a stop in brackets: "No change. (GRH)"; behind a comma at the end: "Agree with the above, HM".
    shape(rf"(?<=[.;\d)])[ ][(\[{{]({_ANY})[)\]}}]\.?{_LINE_ENDS}", signs(" (", " [", " {")),
    shape(rf"\b(?i:above|agree[ds]?|concur|noted|unchanged|read|report|addendum|findings|moving|done|twice|tolerated|well),[ ]({_ANY})\.?(?=[ \t]*(?:\n[ \t]*\n|\Z))", told("above agree agreed agrees concur noted unchanged read report addendum findings moving done twice tolerated well", outlines=tuple(f", {letters}{dot}{blank}\n" for letters in ("AA", "AAA", "AAAA", "aa", "aaa") for dot in ("", ".") for blank in ("", " ")))),
    # Before what is added: "ADD KN: …", "Addendum 14/06 (BJ): …".
    shape(rf"\b(?i:add|addendum|addend|amend(?:ed|ment)?|corr(?:ection)?|correction|edit(?:ed)?|note|revision)\b[ -]{{1,3}}\(?({_CAPITALS}|[a-z]{{2,3}})\)?(?=:)", told("add addendum addend amend amended amendment corr correction edit edited note revision")),
    # Behind a letter for what was done: "T/kd", "t: kd", "TID: kd", "TR: 03/04 kd".
    shape(rf"(?<![\w/.:-])(?i:{_TYPIST})[:/][ \t]?(?:\d[\d/.:-]{{2,14}}[ \t])?({_ANY}){_LINE_ENDS}", told(_TYPISTS)),
    shape(rf"(?<![\w/.:-])(?i:{_TYPIST})[:/][ \t]?\d{{1,2}}[ -][A-Za-z]{{3,9}}\.?[ ,-]{{1,2}}\d{{2,4}}(?:[ \t]\d\d?:?\d\d)?[ \t]({_ANY}){_LINE_ENDS}", told(_TYPISTS)),
)  # fmt: skip
_SPELLED = shape(
    r"\binitials?\b[:=]?[ ]([A-Za-z](?:[ ]?[/.-][ ]?[A-Za-z]){1,2})(?![\w'’])", told("initial initials"), flags=re.I
)
_BRACKETED = _FORMS[4]
_BY_ITSELF = frozenset(
    {_FORMS[0], _FORMS[1], _FORMS[2], _FORMS[-2], _FORMS[-1]}
)  # nothing else is on the line but a day or what was done
# Only who did it can stand there, be the letters an abbreviation too: "typed 28.06.2017 tb", "Addendum (NG 06.05.2018 17:23)".
_SURE = (
    shape(
        rf"\b(?i:typed|transcribed|dictated|keyed|dd|dt|td)[ :][ ]?(?:on[ ])?\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}},?[ ]({_ANY}){_LINE_ENDS}",
        told("typed transcribed dictated keyed dd dt td", outlines=("0",)),
    ),
    # A name or a sign-in behind the minute: "Dictated: 08/14/2019 13:02:11  DKHALIL"; "DICT MILES  TRANS BJ".
    shape(
        rf"\b(?i:typed|transcribed|dictated|authenticated|signed|verified|dd|dt|td)[:]?[ ](?:on[ ])?\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}},?[ ]+\d\d?:\d\d(?::\d\d)?(?:[ ]?[AaPp][Mm])?[ ]{{1,3}}(?!(?:[ECMP][SD]T|UTC|GMT|hrs?|HRS?|by|BY)\b)([A-Za-z]{{2,20}}){_LINE_ENDS}",
        told("typed transcribed dictated authenticated signed verified dd dt td", outlines=("0:00",)),
    ),
    shape(
        r"\b(?i:dict(?:ated)?(?:[ ]by)?):?[ ]([A-Za-z]{3,20})(?=[ ,/;]{1,4}(?i:trans(?:cribed)?|typed|typ)\b)",
        told("dict dictated"),
    ),
    shape(
        rf"\b(?i:addendum|added|amended|edited|revised)[ ]\(({_CAPITALS})[,;]?[ ](?={_A_DAY}|\d\d?[ ][A-Z])",
        told("addendum added amended edited revised", outlines=("(A",)),
    ),
)
_SPOKE = shape(r"(?:^|\n)[ \t]*([a-z]{2,3})[ ](?=spoke[ ](?:to|with)[ ])", told("spoke"))
_NOBODYS = (
    SENTENCE_WORDS | KIN | listed("doers") | frozenset({"he", "she", "we", "who", "they", "pt", "also", "then", "i"})
)


def sign_offs(words: Words) -> Iterator[Place]:
    """Yield the initials by which somebody signs off, types or adds to a report."""
    text = f"\n{words.text}"
    for form in _FORMS:
        for match in form.found_on_lines(words.seen):
            groups = range(1, form.pattern.groups + 1)
            never = STANDING_ALONE if form in _BY_ITSELF else ABBREVIATIONS
            if all(_are_initials(words, match[group], never) for group in groups) and not (
                form is _BRACKETED and _stand_for(match[1], text[: match.start()])
            ):
                yield from ((match.start(group) - 1, match.end(group) - 1, Private.NAME) for group in groups)
    for form in _SURE:
        yield from ((*match.span(1), Private.NAME) for match in form.found_in(words.seen))
    for match in _SPOKE.found_in(words.seen):
        if match[1] not in _NOBODYS:
            yield *match.span(1), Private.NAME
    for match in _SPELLED.found_in(words.seen):
        yield *match.span(1), Private.NAME


def _are_initials(words: Words, letters: str, never: frozenset[str]) -> bool:
    low = letters.lower()
    if low in never:
        return False
    if words.case == MIXED and letters.isupper():
        return len(low) < 4 or not kind_of(low) & ORDINARY
    return len(low) < 4 and not may_be_a_word(low)


def _stand_for(letters: str, before: str) -> bool:
    """Say whether letters in brackets shorten the words before them: "focal nodular hyperplasia (FNH)"."""
    firsts = [word[0].lower() for word in re.findall(r"[^\W\d_]+", before[-60:])]
    return firsts[-len(letters) :] == list(letters.lower())
