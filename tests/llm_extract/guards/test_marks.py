"""The quick look before a slow search misses nothing: whatever a pattern matches holds one of its marks, by its own grammar."""

import re
from itertools import product

import pytest

from llm_extract.guards import pretending, speaking

# The pattern as Python itself parses it; "|" between the pieces of one way to match stands for anything.
parser = re._parser  # type: ignore[attr-defined]
GAP = "\0"
MOST = 20_000

PATTERNS = [
    *((pattern, marks) for pattern, _, _, marks in speaking._KINDS),
    *speaking._CORRECTIONS,
    (pretending._TURNS, pretending._TURN_MARKS),
    (pretending._ENDS, pretending._END_MARKS),
    (pretending._ODD_TAG, ("<",)),
    (pretending._PASTED, (*pretending._PASTED_MARKS, "a" * pretending._LONG_WORD)),
]


def ways(tree):
    """Every way to match, as its letters with gaps where they are not known; a character class of letters counts as "a".

    Where there are too many, all there is known of a part is that it stands there.
    """
    found = [""]
    for kind, value in tree:
        after = _one(str(kind), value)
        if len(found) * len(after) > MOST:
            after = [GAP]
        found = [before + way for before, way in product(found, after)]
    return found


def _one(kind, value):
    if kind == "LITERAL":
        return [chr(value)]
    if kind in {"AT", "ASSERT", "ASSERT_NOT"}:
        return [""]
    if kind == "BRANCH":
        return [way for branch in value[1] for way in ways(branch)]
    if kind == "SUBPATTERN":
        return ways(value[3])
    if kind in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return _repeated(*value)
    if kind == "IN" and all(str(each) == "LITERAL" for each, _ in value):
        return [chr(letter) for _, letter in value]
    return [GAP]


def _repeated(least, most, tree):
    is_class = len(tree) == 1 and str(tree[0][0]) == "IN" and str(tree[0][1][0][0]) == "RANGE"
    if is_class and least:
        return [GAP + "a" * least + GAP]
    inner = ways(tree)
    if least == 0:
        return ["", *(inner if most == 1 else [GAP])]
    return inner if most == 1 else [way * min(least, 3) + GAP for way in inner]


def holds(tree, marks):
    """Whether a part of the pattern that always matches holds a mark in each way it can match."""
    for kind, value in tree:
        name = str(kind)
        if name == "SUBPATTERN" and holds(value[3], marks):
            return True
        if name == "BRANCH" and all(holds(branch, marks) for branch in value[1]):
            return True
        if name.endswith("REPEAT") and value[0] and holds(value[2], marks):
            return True
    return all(any(mark in way for mark in marks) for way in ways(tree))


@pytest.mark.parametrize(("pattern", "marks"), [one for one in PATTERNS if one[1]], ids=lambda one: str(one)[:40])
def test_whatever_a_pattern_matches_holds_a_mark(pattern, marks):
    assert holds(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE), marks)


@pytest.mark.parametrize(
    ("pattern", "marks"),
    [(r"\b(?:cat|dog)s\b", ("cat",)), (r"(?:cat)?dog", ("cat",)), (r"c[ao]t", ("cat",)), (r"cat|\w+", ("cat",))],
)
def test_a_missing_mark_is_seen(pattern, marks):
    assert not holds(parser.parse(pattern), marks)


def test_some_patterns_have_marks():
    assert sum(bool(marks) for _, marks in PATTERNS) > 20
