"""What is spelled out: a name letter by letter, a number in words figure by figure, as dictation has them."""

from collections.abc import Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import Seen, outlines, shape, signs, told

_FIGURES = "zero oh one two three four five six seven eight nine niner double triple"
_FIGURE = f"(?:{'|'.join(_FIGURES.split())})"
# "four four one nine two": three may count ("one two three"), four and more are a number.
_IN_WORDS = shape(rf"(?i:\b{_FIGURE}(?:[ ,-]{{1,2}}{_FIGURE}){{3,}}\b)", told(_FIGURES))
# "t-h-o-r-n", "T.H.O.R.N", "S as in Sam".
_BY_LETTERS = shape(
    r"(?<![\w-])[A-Za-z](?:-[A-Za-z]){3,}(?![\w-])", outlines("a-a-a-a", "A-A-A-A", "a-A-A-A", "A-a-a-a")
)
_SPELLED = shape(
    r"\b(?i:spell(?:ed|ing|t|s)?)[ ]?[:,]?[ ]((?:[A-Za-z][ ,.-]{1,2}){2,}[A-Za-z])(?![\w'’])",
    signs("spell"),
)
_AS_IN = shape(r"\b[A-Z][ ](?i:as[ ]in)[ ][A-Za-z]+(?:,?[ ](?:and[ ])?[A-Z][ ](?i:as[ ]in)[ ][A-Za-z]+)+", signs(" as in "))  # fmt: skip


def spelled(seen: Seen) -> Iterator[Place]:
    """Yield numbers told figure by figure and names told letter by letter."""
    for match in _IN_WORDS.found_in(seen):
        yield *match.span(), Private.NUMBER
    for form in (_BY_LETTERS, _SPELLED, _AS_IN):
        for match in form.found_in(seen):
            yield *match.span(match.lastindex or 0), Private.NAME
