"""A report as a model is shown it: numbered sentences, each with its way back to the report's own text."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.hidden import neutral
from llm_extract.sections import Section, split_sections, split_sentences, stating_sections
from llm_extract.stages import ReportText


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


def masked_sentences(report: ReportText) -> tuple[NumberedSentence, ...] | None:
    """Return the sentences with nobody named in them; None where masking does not hold.

    However they came to be masked, they are searched once more as they will be shown. A text that has been through today's
    masking (`is_masked`) is masked again only where that search finds something: of most reports it is the only one.
    """
    if report.is_masked and not _names_somebody(sentences := numbered_sentences(report.text, is_masked=False)):
        return sentences
    sentences = numbered_sentences(report.text, is_masked=True)
    return None if _names_somebody(sentences) else sentences


def _names_somebody(sentences: Iterable[NumberedSentence]) -> bool:
    """Say so without the numbers and sections before them, behind which "Mark pneumothorax" would read as somebody's name."""
    from cases.gate.report.masking import has_patient_data

    return has_patient_data("\n".join(sentence.shown for sentence in sentences))
