"""Talk of the report itself: orders to change it, its labels, a test it was, what its words mean; in small letters, folded."""

import re
from collections.abc import Iterator

from llm_extract.guards.speaking import POLITE, START, Reach, Sign, Speech, corrections, is_correction, may_hold

# Who reads reports by machine, and how a line calls him: "To the NLP engine: …".
_ENGINE = (
    r"(?:nlp|ai|llm|language models?|chat ?bots?|label+ers?|parsers?|classifiers?|extractors?|annotators?|algorithms?|engines?"
    r"|pipelines?|coders?|(?:label+ing|coding|annotation|extraction|abstraction|automat\w+|computer|software|text mining)"
    r" (?:systems?|tools?|software|models?|programs?|readers?|teams?))"
)
_THIS_CASE = r"(?:study|case|report|exam(?:ination)?|film|image|radiograph|scan|patient|x-?ray)"
_THE_WHOLE = r"(?:everything|all|anything|what(?:ever)?|text|lines?|sentences?|report|words?|content)"
_A_TEST = (
    r"(?:test|drill|exercise|demo|demonstration|example|sample|simulation|dummy|mock(?:[- ]?up)?|placeholder|joke"
    r"|training text)s?"
)
_CHANGING = (
    r"(?:translate|re-?write|re-?phrase|re-?word|re-?label|re-?code|re-?classify|paraphrase|convert|transform|turn|change|edit"
    r"|amend|modify|alter|adapt|redo|regenerate)"
)
_CHANGING_WORDS = r"(?:translate|re-?write|re-?phrase|re-?word|re-?label|re-?code|re-?classify|paraphrase)"
_A_TEXT = (
    r"(?:this|the|these|that|all|every|each|above|following|whole)\s+(?:\w+\s+){0,2}(?:reports?|text|stud(?:y|ies)|cases?"
    r"|impression|findings?|sentences?|statements?|labels?|codes?|dictation|wording)\b"
)
# Orders to change the text, talk of its labels, of a test, of the real report, and of what its words mean.
_OF_THE_REPORT: tuple[tuple[re.Pattern[str], Speech, Reach, tuple[str, ...]], ...] = (
    (re.compile(START + rf"(?:{POLITE}\s+)?{_CHANGING}\s+{_A_TEXT}"), Speech.INSTRUCTION, Reach.SENTENCE, ()),
    (
        re.compile(rf"\b{_CHANGING_WORDS}\s+{_A_TEXT}"),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("translate", "write", "phrase", "word", "label", "code", "classify"),
    ),
    (
        re.compile(
            rf"\b(?:labels?|annotations?|ground truth|codes?)\s+(?:for|of)\s+(?:this|these|the)\s+(?:\w+\s+)?{_THIS_CASE}s?\b"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("label", "annotation", "ground truth", "code"),
    ),
    (
        re.compile(
            rf"\b{_THIS_CASE}\s+(?:has been|have been|was|is|(?:should|must|will|shall|is to) be)\s+(?:\w+ly )?"
            r"(?:re-?)?(?:label+ed|annotated)\s+(?:as|with|positive|negative)\b"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("label", "annotated"),
    ),
    (
        re.compile(
            rf"\b{_THE_WHOLE}\b[^.\n]{{0,50}}\b(?:is|was|were|are|has been|have been|had been)\s+"
            rf"(?:(?:only|just|merely|simply|all|part of)\s+)*(?:an?\s+)?{_A_TEST}\b"
            r"(?!\s+(?:of|for|dose|bolus|positive|negative))"
        ),
        Speech.PRETENDED,
        Reach.BLOCK,
        (
            "test",
            "drill",
            "exercise",
            "demo",
            "example",
            "sample",
            "simulation",
            "dummy",
            "mock",
            "placeholder",
            "joke",
            "training text",
        ),
    ),
    (
        re.compile(
            r"\b(?:real|true|genuine|authentic) (?:report|reading|dictation)s?\s*"
            r"(?::|(?:is|are|reads?|follows|begins|starts|says|states)\b)"
        ),
        Speech.PRETENDED,
        Reach.BLOCK,
        ("report", "reading", "dictation"),
    ),
    (
        re.compile(
            START + rf"(?:(?:note|message|memo) )?(?:to|for|attn\.?|attention) "
            rf"(?:(?:the|any|all|our|your|every) )?(?:\w+ ){{0,2}}?{_ENGINE}\b(?: \w+){{0,2}}\s*[:,;-]"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("to ", "for ", "attn", "attention"),
    ),
    (
        re.compile(
            r"\b(?:phrase|words?|sentence|expression|term|wording|statement)s?\s*[\"'“‘][^\"”’\n]{1,80}[\"'”’][^.\n]{0,20}"
            r"\b(?:means?|denotes?|stands? for|signif(?:y|ies)|(?:is|are) to be|should be|must be)\b"
        ),
        Speech.INSTRUCTION,
        Reach.SENTENCE,
        ("phrase", "word", "sentence", "expression", "term", "statement"),
    ),
)


def retold(seen: str) -> Iterator[Sign]:
    """Yield where the folded text speaks of the report or of its labels instead of the patient, but for honest corrections."""
    honest: tuple[tuple[int, int], ...] | None = None
    for pattern, why, reach, marks in _OF_THE_REPORT:
        for match in pattern.finditer(seen) if may_hold(seen, marks) else ():
            honest = corrections(seen) if honest is None else honest
            if not is_correction(honest, match.start(), match.end()):
                yield Sign(match.start(), match.end(), why, reach)
