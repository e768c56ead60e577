"""Sentences that may state something the rules do not understand: no finding, no denial, no word of normality in them."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from llm_extract.findings import Flag, LabelSuggestion, Status
from llm_extract.rules.language import Language, english
from llm_extract.rules.phrases import read_words, stem
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.sections import Span, split_sentences, stating_sections


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


# Another statement begins behind these, whatever was said before them.
_STATEMENT = re.compile(r";|\b(?:but|however|although|though|except(?: for)?|apart from|other than|whereas)\b", re.I)
_CLAUSE = re.compile(r",|:|\band\b", re.I)
# What these cues open says what is not there, what was, or what is to be done.
_DENYING = frozenset(
    f"{kind}_{side}" for kind in ("negation", "resolved", "unsaid") for side in ("before", "after")
) | {"answer_no", "says_no", "value_no", "value_no_in_brackets"}
_ASIDE = frozenset({"advice", "history", "history_after", "past_after"})
_NORMAL = _stems(
    """
    normal normally unremarkable clear clean intact patent negative preserved maintained satisfactory unaltered not no
    non none nothing nor without absent unimpressive aerated expanded inflated undisplaced healthy excluded
    """
)
# Words of the examination, of speech and of place: a clause of these alone states no finding.
_SAYING_NOTHING = _stems(
    """
    a an the this that these those is are was were be been has have of in on at to by for from with as or and also there
    it its which who all any other both again above below see seen noted described discussed identified demonstrated
    visualized visualised shown reported present available obtained performed acquired submitted provided made given
    view image film radiograph xray x ray exam examination study scan ct mri mr ultrasound series slice projection pa ap
    lateral frontal upright portable supine erect oblique axial coronal sagittal single two three four contrast
    intravenous oral iv technique comparison compared prior previous report finding impression reader radiologist doctor
    dr date time dictated signed patient year old male female man woman history indication reason chest abdomen pelvis
    thorax brain head neck spine knee heart lung liver right left upper lower middle xxxx cm mm ml kg am pm i we one
    comment none stable unchanged change interval since appearance appear quality limited adequate communicated
    telephone phone requested consist include
    """
)
# How sure "Normal" may be of a report that was not wholly understood.
_HALF_READ = 0.35


def doubted_where_unread(
    suggestions: Sequence[LabelSuggestion], nothing_found: Collection[str], text: str, vocabulary: Vocabulary
) -> tuple[LabelSuggestion, ...]:
    """Return the suggestions, those that say there is nothing flagged UNSUPPORTED where a sentence was not understood.

    `nothing_found` are the keys of labels such as "Normal"; `text` is the report without what is no evidence.
    """
    if not any(_says_nothing_is_there(one, nothing_found) for one in suggestions):
        return tuple(suggestions)
    if not unread_statements(text, vocabulary):
        return tuple(suggestions)
    return tuple(_doubted(one) if _says_nothing_is_there(one, nothing_found) else one for one in suggestions)


def _says_nothing_is_there(suggestion: LabelSuggestion, nothing_found: Collection[str]) -> bool:
    return suggestion.label in nothing_found and suggestion.status is not Status.ABSENT


def _doubted(suggestion: LabelSuggestion) -> LabelSuggestion:
    confidence = suggestion.confidence
    return replace(
        suggestion,
        confidence=None if confidence is None else min(confidence, _HALF_READ),
        reason="The report denies findings, but a sentence of it was not understood and may state one.",
        flags=tuple(flag for flag in Flag if flag in {*suggestion.flags, Flag.UNSUPPORTED}),
    )


@lru_cache(maxsize=512)
def unread_statements(text: str, vocabulary: Vocabulary) -> tuple[Span, ...]:
    """Return the sentences of the stating sections of which a part may state a finding that the rules do not understand.

    A part (up to "but", "except", ";") is understood where the vocabulary finds anything in it, where it denies, or where it
    has a word of normality. Else each clause of it counts that is no advice, history or technique and has words of its own.
    A finding behind "with" in a sentence that denies another is not seen.
    """
    language = english()
    return tuple(
        sentence
        for section in stating_sections(text)
        for sentence in split_sentences(text, section)
        if any(_is_unread(part, vocabulary, language) for part in _STATEMENT.split(text[sentence.start : sentence.end]))
    )


@lru_cache(maxsize=4096)
def _is_unread(part: str, vocabulary: Vocabulary, language: Language) -> bool:
    """Say whether a part of a sentence may state what nobody understood."""
    stems = vocabulary.spelled(read_words(part))
    taken = bytearray(len(stems))
    if any(one.observation for one in vocabulary.mentions(stems, taken)) or not _NORMAL.isdisjoint(stems):
        return False
    if _kinds(stems, language) & _DENYING:
        return False
    return any(_states(clause, language) for clause in _clauses(part))


def _clauses(part: str) -> Iterator[Sequence[str]]:
    return (read_words(clause).stems for clause in _CLAUSE.split(part))


def _states(stems: Sequence[str], language: Language) -> bool:
    """Say whether a clause has words of its own and is no advice, no history and no talk of the examination."""
    told = [word for word in stems if word.isalpha() and len(word) > 1 and word not in _SAYING_NOTHING]
    return bool(told) and not _kinds(stems, language) & _ASIDE


def _kinds(stems: Sequence[str], language: Language) -> frozenset[str]:
    return frozenset(kind for cue in language.cues(stems, bytearray(len(stems))) for kind in cue.kinds)
