"""English as a radiologist writes it, as far as rewriting a finding needs it: word classes, articles, number."""

import re

# What goes when a finding is denied or told of the past: "a small stable left effusion" becomes "left effusion".
_DETERMINERS = "a|an|the|some|any|this|these|another|additional|other"
_COUNTS = (
    r"one|two|three|four|five|six|several|multiple|numerous|few|a few|scattered|both|bilateral|many|various|innumerable|single|"
    r"at least \w+|\d+"
)
_CHANGES = (
    "stable|unchanged|persistent|persisting|residual|new|newly|increased|increasing|decreased|decreasing|improved|improving|"
    "worsening|worsened|resolving|evolving|interval|again|grossly|similar|chronic|acute|old|healed|healing|remote|prior|previous|"
    "known|continued|progressive|associated|adjacent|underlying|overlying|accompanying|concomitant|very|early|some|redemonstrated|"
    "slightly|essentially|mildly|moderately|markedly|minimally|severely"
)
_DEGREES = (
    "mild|moderate|severe|minimal|small|tiny|trace|large|slight|marked|subtle|minor|massive|extensive|moderate-sized|"
    "moderate sized|moderately sized|mild-to-moderate|mild to moderate|small to moderate|minute|borderline|faint|vague|dense|"
    "small-sized|moderately large"
)
_SIZE = r"(?:approximately |about )?\d+(?:\.\d+)?(?: ?x ?\d+(?:\.\d+)?)* ?-?(?:mm|cm|millimeters?|centimeters?)"
_AMOUNT = r"(?:areas?|regions?|foci|focus|patch(?:es)?|amounts?|components?|degree) of"
_LEAD = re.compile(
    rf"^(?:(?:{_SIZE}|{_DETERMINERS}|{_COUNTS}|{_CHANGES}|{_DEGREES}|{_AMOUNT})(?:,? |, ?))", re.IGNORECASE
)
_LEAD_KEEPING_DEGREE = re.compile(rf"^(?:(?:{_DETERMINERS}|{_CHANGES})(?:,? |, ?))", re.IGNORECASE)
_INNER = re.compile(rf"\b(?:{_CHANGES}|{_DEGREES}|{_SIZE})(?:,? |, ?)", re.IGNORECASE)
# Parts of the body that are there in everyone: their size or place is the finding, not they themselves.
ANATOMY = frozenset(
    [
        "heart",
        "silhouette",
        "shadow",
        "contour",
        "contours",
        "aorta",
        "lung",
        "lungs",
        "volumes",
        "volume",
        "hemidiaphragm",
        "hemidiaphragms",
        "diaphragm",
        "diaphragms",
        "hila",
        "hilum",
        "angle",
        "angles",
        "markings",
        "vasculature",
        "mediastinum",
        "knob",
        "trachea",
        "size",
        "arteries",
        "artery",
        "vessels",
        "vascularity",
        "atrium",
        "ventricle",
        "border",
    ]
)
OF_ANATOMY = frozenset(
    [
        "enlarged",
        "large",
        "big",
        "prominent",
        "hyperinflated",
        "hyperexpanded",
        "hyperlucent",
        "hyperaerated",
        "hypoinflated",
        "tortuous",
        "elevated",
        "blunted",
        "dilated",
        "ectatic",
        "increased",
        "low",
        "decreased",
        "flattened",
        "widened",
        "coarsened",
        "calcified",
        "emphysematous",
        "unfolded",
        "uncoiled",
    ]
)
_ALWAYS_SINGULAR = ("ss", "sis", "us", "is")
_ABBREVIATION = re.compile(
    r"^[A-Z]{2,}|^[A-Z]\d|^[A-Z][a-z]*-[A-Z]|^(?:Swan|Dobhoff|Port|Hickman|Kerley|Ghon|Bochdalek|Schmorl)"
)


def bare(phrase: str) -> str:
    """Return a noun phrase without article, number, size, degree and change: what is left can be denied."""
    return re.sub(r"^(?:prominent|increased) ", "", _INNER.sub("", _strip(phrase, _LEAD)))


def anatomy_of(phrase: str) -> str | None:
    """Return "enlarged heart" from "a stable mildly enlarged heart": what is odd about a part of the body; else None."""
    kept, previous = phrase, ""
    while kept != previous and kept.split(" ")[0].lower() not in OF_ANATOMY:
        previous, kept = kept, _LEAD.sub("", kept, count=1)
    words = kept.lower().split()
    return lower_first(kept) if len(words) > 1 and words[0] in OF_ANATOMY and head(kept).lower() in ANATOMY else None


def graded(phrase: str) -> str:
    """Return a noun phrase without article and change, its degree and size kept."""
    return _strip(phrase, _LEAD_KEEPING_DEGREE)


def _strip(phrase: str, lead: re.Pattern[str]) -> str:
    previous = None
    while phrase != previous:
        previous, phrase = phrase, lead.sub("", phrase, count=1)
    return lower_first(phrase)


def head(phrase: str) -> str:
    """Return the noun a phrase is about: the last word before its first preposition."""
    kept = re.split(
        r" (?:in|at|of|on|within|along|overlying|over|involving|near|adjacent|throughout|projecting)\b|,",
        phrase,
        maxsplit=1,
    )[0]
    return kept.split()[-1] if kept.split() else ""


def is_plural(phrase: str) -> bool:
    """Say whether a phrase takes "are"."""
    noun = head(phrase).lower()
    return noun in {"hila", "foci", "bullae", "blebs"} or (noun.endswith("s") and not noun.endswith(_ALWAYS_SINGULAR))


def be(phrase: str) -> str:
    """Return "is" or "are", as the phrase needs."""
    return "are" if is_plural(phrase) else "is"


def with_article(phrase: str, *, countable: bool) -> str:
    """Return the phrase with "a" or "an" if one thing of a kind is meant."""
    if not countable or is_plural(phrase):
        return phrase
    return f"{'an' if phrase[:1].lower() in 'aeio' else 'a'} {phrase}"


def upper_first(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Return the text with a small first letter, unless it begins with an abbreviation or a name."""
    return text if _ABBREVIATION.match(text) else text[:1].lower() + text[1:]


def joined(items: list[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
