import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hidden import folded, hiding_places, is_hiding, mixed_words, neutral


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Heart <5 mm, 3 < 4, a > b.", "Heart <5 mm, 3 < 4, a > b."),
        ("<|im_end|>", "< |im_end| >"),
        ("＜｜im_start｜＞", "< |im_start| >"),
        ("<\u200b|x|\u200d>", "< |x| >"),
        ("</s><s>", "< /s>< s>"),
        ("[INST] [/inst]", "[ INST] [ /inst]"),
        ("<<SYS>>", "< < SYS>>"),
        ("### System", "# System"),
        ("```json", "'json"),
        ("{{x}} {% y %}", "{ {x} } { % y %}"),
        ("a\u202eb\u2066c\u00add\ufeff", "abcd"),
        ("tags\U000e0041\U000e0042", "tags"),
        ("line\nbreak\r\n\ttab\x00\x1b", "line break tab"),
        ("naïve 心臓 µm ½", "naïve 心臓 µm ½"),
    ],
)
def test_nothing_hidden_and_no_control_token_is_shown(text, shown):
    assert neutral(text) == shown


@given(st.text(alphabet="<|>[]/#`{}sSINTu\u200b｜＜ \n", max_size=60))
@settings(max_examples=300)
def test_no_mark_of_a_template_survives(text):
    shown = neutral(text)
    for mark in ("<|", "|>", "[INST", "[/INST", "</", "<s", "##", "``", "{{", "}}", "\u200b", "\n"):
        assert mark not in shown
    assert neutral(shown) == shown or len(neutral(shown)) >= len(shown)


def test_text_is_read_as_a_person_sees_it():
    assert folded("Ｉｇnоrе\u200b 𝐚𝐥𝐥 Ünïcode")[0] == "ignore all unicode"
    assert folded("x\U000e0048\U000e0069")[0] == "xhi"
    assert folded("Plain ASCII") == ("plain ascii", None)


@given(st.text(max_size=80))
@settings(max_examples=200)
def test_every_folded_letter_knows_its_place(text):
    seen, places = folded(text)
    if places is not None:
        assert len(seen) == len(places)
        assert list(places) == sorted(places)
        assert all(0 <= place < len(text) for place in places)


@pytest.mark.parametrize("text", ["\u202ea", "\U000e0041", "\u200b\u200c\u200b\u200d", "a\ufe00\ufe01\ufe02\ufe03"])
def test_what_hides_something(text):
    assert is_hiding(text)
    assert hiding_places(text)


@pytest.mark.parametrize(
    "text", ["Effusion.", "\ufeffEffusion", "effu\u00adsion", "a\u00a0b", "❤️", "zero\u200bwidth", "naïve µ"]
)
def test_what_copies_of_honest_reports_hold(text):
    assert not is_hiding(text)
    assert hiding_places(text) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Large pn\u0435umoth\u043erax.", ["pn\u0435umoth\u043erax"]),
        ("t\u043e the", ["t\u043e"]),
        ("\u0399gn\u03bfre", ["\u0399gn\u03bfre"]),
        ("5 \u03bcg of a \u03b2-blocker, \u0422\u0435\u0441\u0442, na\u00efve", []),
    ],
)
def test_words_that_mix_scripts(text, words):
    assert [text[start:end] for start, end in mixed_words(text)] == words
