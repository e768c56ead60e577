"""How the fifths by difficulty are told when many studies are equally difficult."""

from hypothesis import given
from hypothesis import strategies as st

from sampling.design import DIFFICULTY_NAMES, fifths_in_words


def test_empty_fifths_are_told_with_the_next() -> None:
    pool = dict.fromkeys(DIFFICULTY_NAMES, 0) | {"fourth fifth": 8, "hardest fifth": 2}
    assert fifths_in_words(pool) == {"fourth fifth": "easiest to fourth fifth", "hardest fifth": "hardest fifth"}
    assert fifths_in_words({"easiest fifth": 1, "unknown": 3, "middle fifth": 1}) == {
        "unknown": "unknown",
        "easiest fifth": "easiest fifth",
        "middle fifth": "second to middle fifth",
    }


@given(st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_every_fifth_that_holds_studies_is_told_once(counts: list[int]) -> None:
    words = fifths_in_words(dict(zip(DIFFICULTY_NAMES, counts, strict=True)))
    assert [name for name, n in zip(DIFFICULTY_NAMES, counts, strict=True) if n] == list(words)
    assert len(set(words.values())) == len(words)
