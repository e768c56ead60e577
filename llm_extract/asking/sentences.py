"""A report as a model is shown it: numbered sentences, each with its way back to the report's own text."""

from dataclasses import dataclass

from core.hidden import neutral
from llm_extract.sections import Section, split_sections, split_sentences, stating_sections


@dataclass(frozen=True, slots=True)
class NumberedSentence:
    """One sentence: `text[start:end]` of the report, and `shown`, what a model sees of it.

    `number` counts from 1. `is_stating` says that it stands where a report states what is on the images.
    """

    number: int
    section: Section
    start: int
    end: int
    shown: str
    is_stating: bool


def numbered_sentences(text: str, *, is_masked: bool) -> tuple[NumberedSentence, ...]:
    """Return the sentences of a report in order, masked where asked, with nothing hidden and no control tokens.

    Sentences without a letter or digit to show are left out.
    """
    # Half a second of patterns, which only a model's runs should pay.
    from cases.gate.report.masking import mask, masked, patient_data

    private = patient_data(text) if is_masked else ()
    stating = [(span.start, span.end) for span in stating_sections(text)]
    found: list[NumberedSentence] = []
    for section in split_sections(text):
        for span in split_sentences(text, section):
            shown = neutral(masked(text, span.start, span.end, private))
            if is_masked and shown != text[span.start : span.end]:
                # What was hidden, or broken over two lines, may have come to light.
                shown = mask(shown).text
            if not any(character.isalnum() for character in shown):
                continue
            is_stating = any(start <= span.start and span.end <= end for start, end in stating)
            found.append(NumberedSentence(len(found) + 1, span.section, span.start, span.end, shown, is_stating))
    return tuple(found)
