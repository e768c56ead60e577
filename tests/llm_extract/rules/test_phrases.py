import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.hidden import readable
from llm_extract.rules.phrases import PhraseTable, SpellingTable, expand, read_words, stem


def table_of(*patterns, **sets):
    table = PhraseTable()
    for index, pattern in enumerate(patterns):
        for stems in expand(pattern, sets):
            table.add(stems, index)
    return table


def found(table, text):
    stems = read_words(text).stems
    return [
        (match.values[0], " ".join(stems[match.start : match.end]))
        for match in table.find(stems, bytearray(len(stems)))
    ]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Opacities", "opacity"),
        ("lungs", "lung"),
        ("masses", "mass"),
        ("atelectasis", "atelectasis"),
        ("is", "is"),
        ("venous", "venous"),
        ("___", "xxxx"),
        ("/", "or"),
    ],
)
def test_stem_takes_off_the_plural_and_nothing_else(word, expected):
    assert stem(word) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("pleural effusion", {("pleural", "effusion")}),
        ("(a|b) c", {("a", "c"), ("b", "c")}),
        ("(a|) c", {("a", "c"), ("c",)}),
        ("(a (b|c)|d) e", {("a", "b", "e"), ("a", "c", "e"), ("d", "e")}),
        ("{heart} ~2 big", {("heart", "~2", "big"), ("cardiac", "size", "~2", "big")}),
        ("x ~ y", {("x", "~5", "y")}),
        ("(a|) ~1 b ~2 (c|)", {("a", "~1", "b"), ("b",), ("a", "~1", "b", "~2", "c"), ("b", "~2", "c")}),
    ],
)
def test_a_pattern_stands_for_its_alternatives(pattern, expected):
    assert set(expand(pattern, {"heart": ["heart", "cardiac size"]})) == expected


@pytest.mark.parametrize("pattern", ["(a b", "a) b", "{lungz} clear"])
def test_a_slip_in_a_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match="Phrase"):
        list(expand(pattern, {}))


def test_the_longer_phrase_wins():
    assert found(table_of("effusion", "pericardial effusion"), "Large pericardial effusion.") == [
        (1, "pericardial effusion")
    ]


def test_a_gap_reaches_over_words_but_not_over_a_comma_or_a_negation():
    table = table_of("heart ~3 enlarged")
    assert found(table, "the heart is mildly enlarged") == [(0, "heart is mildly enlarged")]
    assert found(table, "heart, which is enlarged") == []
    assert found(table, "heart is not enlarged") == []


def test_words_side_by_side_outrank_a_gap():
    assert found(table_of("heart ~ normal", "heart size"), "heart size is normal") == [(1, "heart size")]


def test_a_gap_may_be_empty():
    assert found(table_of("no longer", "no longer ~1 seen"), "no longer seen") == [(1, "no longer seen")]


def test_words_in_a_gap_stay_free_for_other_phrases():
    table = table_of("blunting ~ angle", "left")
    stems = read_words("blunting of the left angle").stems
    assert [match.values[0] for match in table.find(stems, bytearray(len(stems)))] == [0, 1]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("pneumothroax", "pneumothorax"),
        ("effussion", "effusion"),
        ("cardiomegally", "cardiomegaly"),
        ("cardimegaly", "cardiomegaly"),
        ("diffusion", None),
        ("infusion", None),
        ("xpneumothorax", None),
    ],
)
def test_one_slip_in_a_long_word_is_read_as_meant(word, meant):
    assert SpellingTable(["effusion", "pneumothorax", "cardiomegaly"]).meant(word) == meant


@given(st.text())
@example("ﬀ")  # a ligature is read as its letters
def test_words_are_where_their_offsets_say(text):
    words = read_words(text)
    read = [
        (stem(readable(text[start:end])[0]), word) for (start, end), word in zip(words.spans, words.stems, strict=True)
    ]
    assert all(own == word or not own.isalnum() or word in {"without", "ruleout"} for own, word in read)


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("PTX (-)", ["ptx", "minussign"]),
        ("PTX -, nodule +", ["ptx", "minussign", ",", "nodule", "plussign"]),
        ("a right-sided 3-5 mm", ["a", "right", "sided", "3", "5", "mm"]),
        ("PTX - none", ["ptx", ":", "none"]),
        ("PTX - none of it", ["ptx", "none", "of", "it"]),
        ("PTX? No", ["ptx", "asked", "no"]),
        ("? PTX", ["?", "ptx"]),
        ("[ ] PTX [x] nodule", ["emptybox", "ptx", "tickedbox", "nodule"]),
        ("PTX: [ ] yes [x] no", ["ptx", ":", ":", "no"]),
        ("[ ] no PTX", ["emptybox", "no", "ptx"]),
        ("w/o, r/o, and/or", ["without", ",", "ruleout", ",", "and", "or", "or"]),
        ("PTX +/- nodule", ["ptx", "plusminus", "nodule"]),
        ("PTX = no", ["ptx", ":", "no"]),
        ("PTX ... no", ["ptx", ":", "no"]),
        ("PTX … nodule", ["ptx", "nodule"]),
        ("PTX | no | nodule | small", ["ptx", ":", "no", ";", "nodule", ";", "small"]),
        ("PTX | [ ] | nodule | [x]", ["ptx", "emptybox", "nodule", "tickedbox"]),
    ],
)
def test_signs_and_boxes_are_words(text, stems):
    assert list(read_words(text).stems) == stems


@given(st.lists(st.sampled_from(["no", "left", "pleural", "effusion", ",", "heart", "enlarged"]), max_size=30))
def test_phrases_never_share_a_word(words):
    table = table_of("pleural effusion", "effusion", "heart ~3 enlarged", "left ~2 effusion")
    taken = [
        index
        for match in table.find(words, bytearray(len(words)))
        for start, end in match.parts
        for index in range(start, end)
    ]
    assert len(taken) == len(set(taken))


def test_the_gap_of_a_list_reaches_over_a_comma_but_not_over_a_negation():
    table = PhraseTable()
    for stems in expand("liver ~~ normal", {}):
        table.add(stems, 1)
    assert table.find(read_words("liver, spleen and kidneys are normal").stems, bytearray(7))
    assert not table.find(read_words("liver, no spleen is normal").stems, bytearray(6))


def test_latin_plurals_are_read_as_their_singular():
    assert [stem(word) for word in ("calculi", "Metastases", "diverticula")] == [
        "calculus",
        "metastasis",
        "diverticulum",
    ]
