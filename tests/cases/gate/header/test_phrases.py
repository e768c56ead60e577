"""What is searched for is found as whole words, and many phrases cost no more than few."""

import pytest

from cases.gate.header.phrases import MOST_WORDS, Phrases


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [("HIS-99-17", "for his-99-17.", True), ("doe", "DOE_JOHN", True), ("doe", "Doern", False), ("st mary", "St. Mary's", True),
     ("st mary", "mary st", False), ("...", "...", False), ("müller", "Dr. MÜLLER", True)],
)  # fmt: skip
def test_a_phrase_is_found_as_words_of_its_own(phrase, text, expected):
    assert Phrases.of([phrase]).stand_in(text) is expected


def test_what_is_looked_up_does_not_grow_with_the_number_of_phrases():
    class Counting(frozenset):
        looked = 0

        def __contains__(self, phrase: object) -> bool:
            Counting.looked += 1
            return super().__contains__(phrase)

    many = Phrases.of(" ".join(f"w{number}x{place}" for place in range(1 + number % 30)) for number in range(5_000))
    counted = Phrases(Counting(many.known), many.lengths)
    assert not counted.stand_in("one two three four")
    assert Counting.looked <= 4 * MOST_WORDS
