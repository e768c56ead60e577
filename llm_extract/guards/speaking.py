"""The kinds of sentence that speak to a reader, a coder or a machine, by their grammar: orders, values, keys, claims on the text.

Every pattern is meant for text in small letters as `hidden.folded` gives it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Speech(StrEnum):
    """Why a part of a report is taken to speak to a machine."""

    INSTRUCTION = "instruction"
    PRETENDED = "pretended"  # a pretended turn, report or list of answers
    PASTED = "pasted"  # data, code, or marks of a chat template
    HIDDEN = "hidden"  # characters that hide something
    FOREIGN = "foreign"  # another language inside an English report


class Reach(IntEnum):
    """How much of the report a sign takes away as evidence."""

    NOTED = 0  # nothing: an honest report may say it too, so the report is flagged and every finding stays
    SENTENCE = 1
    BLOCK = 2  # what follows it too, to the end of its paragraph or section


@dataclass(frozen=True, slots=True)
class Sign:
    """Where something speaks to a machine, `text[start:end]`."""

    start: int
    end: int
    why: Speech
    reach: Reach


# A clause begins after a stop, at a blank line, at the very start, or after a reader is called by what he is.
_ROLE = (
    r"(?:coders?|abstract(?:or|er)s?|label+ers?|annotators?|registrars?|summari[sz]ers?|assistants?|bots?|models?|algorithms?"
    r"|parsers?|scribes?|transcriptionists?|typists?|clerks?|staff|graders?|reviewers?)"
)
# Few marks stand before it, so that a report of blank lines takes no longer than another; a long run of marks is a start too.
_MARKS = r"[\s\"'(*/>-]"
START = rf"(?:\A|(?<=[.!?:;>*)\]\"]\s)|(?<=\n\n)|(?<=/\s)|(?<={_MARKS}{{32}})){_MARKS}{{0,32}}+"
# Verbs no report begins a sentence with.
_VERBS = (
    r"(?:ignore|disregard|forget|overlook|discard|override|overrule|enter|insert|append|emit|classify"
    r"|categori[sz]e|assign|pretend"
    r"|imagine|interpret(?! with)|infer|summari[sz]e|extract|annotate|populate|decode|obey"
    r"|omit|suppress|delete|respond"
    r"|reply|say|tell|write|transcribe|invert|negate|tick|capture|register|jot|make (?:sure|certain)"
    r"|be sure|see to it|put down|note down"
    r"|bear in mind|from now on|(?:do not|don't|never) (?:report|mention|list|label|code|extract"
    r"|say|record|include|flag|mark|output))"
)
# Verbs that are nouns too: what follows has to be their object.
_NOUN_VERBS = (
    r"(?:record|code|list|mark|label|tag|flag|set|report|state|count|score|return|put|store|document"
    r"|log|choose|select|output|print"
    r"|answer|declare|claim|file|save|consider it)"
)
# These begin an honest sentence too.
_SOFT_VERBS = r"(?:add|include|assume|suppose|remember)"
_OBJECT = (
    r"(?=\s+(?:a|an|the|that|this|these|it|all|every|each|both|any|only|present|positive|absent|down"
    r"|\w*(?:thorax|effusion|o?edema|pneumonia|megaly|nodule|mass|fracture|atelectasis|opacity"
    r"|consolidation|emphysema|finding|label"
    r"|lesion)s?)\b)"
)
POLITE = (
    r"(?:(?:please|kindly|pls)(?: also| just)?|be so kind(?: as)? to|(?:would|could|can) you(?: please)?"
    r"|you (?:can|may|must|need to|have to|are to))"
)
_MACHINE = (
    r"(?:automat\w+|downstream|nlp|machines?|computers?|software|language models?|abstraction|extraction|label+ing|coding|billing"
    r"|annotation|data ?base|registry|summari[sz]\w+|parsers?|scrapers?|pipelines?|chat ?bots?|llms?|gpt)"
)
_VALUE = (
    r"(?:1|0|true|false|yes|no|present|absent|positive|negative|pos|neg|y|n)\b(?=\s*(?:[;,.|)\n]|and\b|\Z))(?![.,]\d)"
)
_ABOUT_THE_TEXT = (
    r"(?:statements?|text|sentences?|content|paragraphs?|words?|wording|so far|thus far|until now|written|dictated|document"
    r"|report)"
)
_VOID = (
    r"(?:void|invalid|in error|erroneous(?:ly)?|placeholders?|boilerplate|template|dummy|sample|fictional"
    r"|fictitious|fake|superseded"
    r"|obsolete|untrue|struck|stricken|withdrawn|retracted|nullified|not apply|no longer (?:valid|apply|applies)"
    r"|to be (?:ignored|disregarded)|(?:its|the) opposite)"
)
_ALL = r"(?:above|preceding|foregoing|aforementioned|rest|remainder|everything|entire|whole|all)"
# What an honest addendum or a correction of the dictation says.
_CORRECTIONS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(
            r"\b(?:ignore|disregard|discard|overlook|forget)\b[^.\n]{0,25}\b(?:prior|previous|earlier|preliminary"
            r"|initial|last|original|above)\b"
            r"[^.\n]{0,15}\b(?:dictation|report|read|reading|error|typo|version|interpretation|note|impression|sentence)\b"
        ),
        ("ignore", "disregard", "discard", "overlook", "forget"),
    ),
    (
        re.compile(
            r"\b(?:correct|corrected|actual|revised|amended)\s+(?:report|impression|findings?|reading|result|diagnosis|interpretation)"
            r"\s*(?::|(?:is|are|should be)\b|follows)"
        ),
        ("correct", "actual", "revised", "amended"),
    ),
    (re.compile(r"\b(?:findings?|results?)\s+(?:by|from|of)\s+(?:\w+\s+)?(?:ai|cad|algorithm|software|vendor)\b"), ()),
    (re.compile(r"\?\s+(?:yes|affirmative|true)\b"), ("?",)),
    (
        re.compile(r"\b(?:addendum|correction|erratum)\s*[:.]\s[^.\n]{0,80}\b(?:error|incorrect|wrong)\b"),
        ("addendum", "correction", "erratum"),
    ),
)
# What begins a clause and speaks to a reader: words an honest sentence may begin with, orders, and nouns with their object.
_BEGINNING = re.compile(
    START + rf"(?:(?P<soft>{_SOFT_VERBS}\b(?!\s*[:,]))|(?:{POLITE}\s+)?{_VERBS}\b(?!\s*[:,])|{_NOUN_VERBS}{_OBJECT})"
)
# The last of each: parts one of which stands in whatever the pattern matches, where looking for them is quicker than the search.
_KINDS: tuple[tuple[re.Pattern[str], Speech, Reach, tuple[str, ...]], ...] = (
    (
        re.compile(rf"\b{POLITE}\s+(?:{_VERBS}|{_NOUN_VERBS}|{_SOFT_VERBS})\b"),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("please", "kindly", "pls", "so kind", "you"),
    ),
    (
        re.compile(rf"\b{_ROLE}\s*[,:]\s*(?:{POLITE}\s+)?(?:{_VERBS}|{_NOUN_VERBS}|{_SOFT_VERBS})\b"),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        (),
    ),
    (
        re.compile(
            rf"\b{_MACHINE}\b[^.\n]{{0,60}}\b(?:must|should|shall|needs? to|ha(?:s|ve) to|is to|are to|wants?)\s+(?:\w+\s+)?"
            rf"(?:{_VERBS}|{_NOUN_VERBS}|{_SOFT_VERBS})\b"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        (),
    ),
    (
        re.compile(rf"\bfor (?:the )?(?:purposes?|benefit|sake) of\b[^.\n]{{0,40}}\b{_MACHINE}\b"),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("purpose", "benefit", "sake of"),
    ),
    (
        re.compile(r"\b(?:when|while|before) (?:summari[sz]|cod|label+|abstract|extract|classify|annotat|pars)ing\b"),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("summari", "coding", "label", "abstracting", "extracting", "classifying", "annotating", "parsing"),
    ),
    (
        re.compile(
            r"(?<!not )\bbe (?:coded|label+ed|recorded|counted|logged|registered|tagged|annotated|scored"
            r"|captured|stored) (?:as|under)\b"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        (
            "be cod",
            "be label",
            "be record",
            "be count",
            "be logged",
            "be regist",
            "be tagged",
            "be annot",
            "be scored",
            "be capt",
            "be stored",
        ),
    ),
    (
        re.compile(
            r"\bit would be (?:helpful|good|great|useful|appreciated|nice) if\b[^.\n]*\b(?:list|label|report"
            r"|record|summary|answer|output|code)"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("it would be ",),
    ),
    (
        re.compile(r"\b(?:hypothetically|for the sake of argument)\b|\ba report would (?:read|say|state)\b"),
        Speech.PRETENDED,
        Reach.SENTENCE,
        ("hypothetically", "sake of argument", "a report would "),
    ),
    (
        re.compile(
            rf"(?<![a-z_])(?!(?:[a-z_ ]*\b)?(?:score|rads|grade|series|image|stage|type|zone|aspects"
            rf"|number)\s*=)[a-z][a-z_ ]{{2,40}}"
            rf"(?:=|:=|=>|->|→|==)+\s*{_VALUE}"
        ),
        Speech.PASTED,
        Reach.SENTENCE,
        ("=", "->", "→"),
    ),
    (
        re.compile(
            r"(?:\b[a-z][a-z_ ]{3,30}[ :]\s*[01]\s*[,;|]\s*)+[a-z][a-z_ ]{3,30}[ :]\s*[01]\b(?![.,]\d|\s*(?:x|mm|cm|%))"
        ),
        Speech.PASTED,
        Reach.SENTENCE,
        ("0", "1"),
    ),
    (
        re.compile(r"\?\s*(?:a|ans|answer)\s*:\s*\w+|\bq\s*\d*\s*[:)][^?\n]{2,100}\?"),
        Speech.PRETENDED,
        Reach.SENTENCE,
        ("?",),
    ),
    (
        re.compile(
            r"\b(?:teacher|instructor|answer|solution|marking|scoring|grading|grader|examiner|gold)(?:'?s)?\s+"
            r"(?:key|answers?|rubric|scheme|solution|labels?)\b|\bsolution (?:to|of|for) (?:this|the) (?:case|quiz|exercise)\b"
        ),
        Speech.PRETENDED,
        Reach.BLOCK,
        ("key", "answer", "rubric", "scheme", "solution", "label"),
    ),
    (
        re.compile(rf"\b{_ALL}\b[^.\n]{{0,40}}\b{_ABOUT_THE_TEXT}\b[^.\n]{{0,60}}\b{_VOID}\b"),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        (),
    ),
    (
        re.compile(
            r"\b(?:actual|true|real|genuine) (?:content|text|wording|version) (?:follows|starts|begins|is)\b|\bthe truth is\b"
        ),
        Speech.PRETENDED,
        Reach.SENTENCE,
        ("content", "text", "wording", "version", "the truth is"),
    ),
    (
        re.compile(
            r"\bwords?\s*[\"'“‘](?:no|not|without|none)\b|\bthe [\"'“‘]?no[\"'”’]? in the\b"
            r"|\bnegations?\b[^.\n]{0,40}\b(?:ignored?|strike|struck|removed?|error|inverted)\b"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("word", "negation", "the no", 'the "no', "the 'no", "the “no", "the ‘no"),
    ),
    (
        re.compile(r"(?:^|\n)[ \t]*label[ \t]*:[ \t]*\w+"),
        Speech.PASTED,
        Reach.SENTENCE,
        ("label",),
    ),
    (
        re.compile(r"(?:\b[a-z][ .-]){6,}[a-z]\b"),
        Speech.HIDDEN,
        Reach.SENTENCE,
        (),
    ),
)
# Digits and marks that stand for letters.
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_WORD = re.compile(r"(?<![\w.])(?=\S*[a-z]{2})[a-z]*[013457@$!][a-z@$][a-z013457@$]{2,12}(?!\w)")
_ORDERS = re.compile(
    r"ignore|disregard|forget|overlook|discard|override|enter|insert|write|record|report|label|output|mark|answer|previous|above"
    r"|instructions?|preceding|everything|all|text|prompt|system|respond|include|pretend|assume|classify|return"
)


def unmasked(seen: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the text with words of orders written in digits ("1gnore") as letters, each in its place, and where they stand."""
    places = []
    for match in _LEET_WORD.finditer(seen):
        meant = match[0].translate(_LEET)
        if _ORDERS.fullmatch(meant):
            seen = seen[: match.start()] + meant + seen[match.end() :]
            places.append(match.span())
    return seen, tuple(places)


def spoken(seen: str) -> Iterator[Sign]:
    """Yield where the folded text speaks to somebody who is to write down labels."""
    seen, masks = unmasked(seen)
    for start, end in masks:
        yield Sign(start, end, Speech.HIDDEN, Reach.SENTENCE)
    honest = corrections(seen)
    for start, end in honest:
        yield Sign(start, end, Speech.INSTRUCTION, Reach.NOTED)
    for match in _BEGINNING.finditer(seen):
        if not is_correction(honest, match.start(), match.end()):
            reach = Reach.NOTED if match["soft"] else Reach.SENTENCE
            yield Sign(match.start(), match.end(), Speech.INSTRUCTION, reach)
    for pattern, why, reach, marks in _KINDS:
        if may_hold(seen, marks):
            for match in pattern.finditer(seen):
                if not is_correction(honest, match.start(), match.end()):
                    yield Sign(match.start(), match.end(), why, reach)


def may_hold(seen: str, marks: tuple[str, ...]) -> bool:
    """Say whether a text has any of the marks, or none is known: a quick look before a slow search."""
    return not marks or any(mark in seen for mark in marks)


def corrections(seen: str) -> tuple[tuple[int, int], ...]:
    """Return where the folded text corrects a report as an honest addendum does."""
    return tuple(
        match.span() for pattern, marks in _CORRECTIONS if may_hold(seen, marks) for match in pattern.finditer(seen)
    )


def is_correction(places: tuple[tuple[int, int], ...], start: int, end: int) -> bool:
    """Say whether a stretch is a part of such a correction."""
    return any(first < end and start < last for first, last in places)
