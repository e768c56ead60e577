"""Keys: one for one action, a reader's own in place of the defaults, and a way out of every list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.keymap import (
    ACTIONS,
    FIXED,
    KeyRefusedError,
    check_keys,
    is_character,
    is_key,
    keymap,
    label_keys,
    spoken,
)


def test_the_defaults_give_no_key_to_two_actions():
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))
    assert check_keys({}) == {}


def test_an_own_key_takes_the_place_of_the_default():
    own = check_keys({"picture.invert": ["y"]})
    assert own == {"picture.invert": ["y"]}
    assert keymap(own)["picture.invert"] == ["y"]


def test_what_is_as_it_came_is_not_kept():
    assert check_keys({action.id: list(action.keys) for action in ACTIONS}) == {}


def test_a_default_given_to_another_action_falls_away_there():
    keys = keymap({"picture.invert": ["n"]})
    assert (keys["picture.invert"], keys["case.next"]) == (["n"], ["Shift+S"])


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"picture.invert": ["y"], "picture.flip": ["y"]}, "y would both be"),
        ({"goitre": ["y"]}, "no action"),
        ({"escape": ["y"]}, "keeps its key"),
        ({"picture.invert": ["Tab"]}, "needed by the browser"),
        ({"picture.invert": ["a", "b", "c", "d"]}, "3 are the most"),
        *(
            ({"verdict.agree_all": [name]}, "no key; choose the field of “Agree all")
            for name in (
                "AltGr+q",
                "<script>",
                "Goitre",
                "F25",
                "Q",
                "Shift+q",
                "Shift+?",
                "Alt+Ctrl+z",
                "Ctrl+",
                "x" * 30,
            )
        ),
        ({"verdict.store": ["s"]}, "s is a label's letter in an open list"),
    ],
)
def test_keys_that_cannot_be_given_are_refused_in_words(own, words):
    with pytest.raises(KeyRefusedError, match=words):
        check_keys(own)


@pytest.mark.parametrize(
    "name",
    [
        "y",
        "é",
        "Shift+É",
        "ş",
        "+",
        "Ctrl++",
        "*",
        "Shift+8",
        "Ctrl+Alt+Shift+8",
        "F24",
        "Shift+F6",
        "Alt+ArrowLeft",
        "Space",
    ],
)
def test_names_of_keys_are_taken(name):
    assert check_keys({"picture.invert": [name]}) == {"picture.invert": [name]}


def test_every_key_as_it_came_is_a_key():
    assert all(is_key(key) for action in ACTIONS for key in action.keys)


def test_a_name_without_a_key_that_was_stored_leaves_no_verdict_without_one():
    assert keymap({"verdict.agree_all": ["AltGr+q"]})["verdict.agree_all"] == ["1"]
    assert keymap({"verdict.agree_all": ["AltGr+q", "y"]})["verdict.agree_all"] == ["y"]
    assert keymap({"picture.cine": []})["picture.cine"] == [], "taken away on purpose"


def test_an_open_list_is_stored_with_enter_whatever_else_is_chosen():
    assert check_keys({"verdict.store": ["y"]}) == {"verdict.store": ["Enter", "y"]}
    assert keymap({"picture.invert": ["4"]})["verdict.store"] == ["Enter"]


def test_a_letter_that_was_given_to_storing_before_it_was_refused_ticks_its_label_again():
    assert keymap({"verdict.store": ["Enter", "s"]})["verdict.store"] == ["Enter"]
    assert keymap({"verdict.store": ["Enter", "s"]})["case.next"] == ["n", "Shift+S"]


LEFT = frozenset((*"12345qwertasdfgzxcvb", "space"))


def test_what_a_reader_needs_lies_under_the_left_hand():
    keys = keymap()
    needed = ("agree_all", "agree_mostly", "disagree", "cannot_judge", "store", "undo")
    for action in (
        *(f"verdict.{one}" for one in needed),
        "case.next",
        "case.previous",
        "panel.guidelines",
        "panel.report",
        *(f"picture.{one}" for one in ("zoom_in", "zoom_out", "one_to_one", "reset", "invert", "magnifier", "full")),
        *(f"picture.preset_{n}" for n in range(1, 6)),
        "hanging.next",
    ):
        assert any(key.removeprefix("Shift+").lower() in LEFT for key in keys[action]), action


@pytest.mark.parametrize("count", [0, 1, 12, 15, 16, 29, 30, 40, 43, 44, 225])
def test_every_label_has_keys_under_the_left_hand_and_none_begins_another(count):
    keys = label_keys(count)
    assert len(set(keys)) == len(keys) == count
    assert all(1 <= len(key) <= 2 and set(key) <= LEFT for key in keys)
    assert not [(one, other) for one in keys for other in keys if one != other and other.startswith(one)]
    assert sum(len(key) == 1 for key in label_keys(40)) == 13


def test_past_225_labels_the_rest_have_no_key():
    assert [bool(key) for key in label_keys(227)] == [True] * 225 + [False] * 2


def test_keys_are_written_as_they_stand_on_the_keyboard():
    assert [spoken(key) for key in ("u", "Ctrl+z", "Shift+Z", "Enter", "?", "+", "ArrowUp", "Shift+PageDown")] == [
        "U",
        "Ctrl+Z",
        "Shift+Z",
        "Enter",
        "?",
        "+",
        "↑",
        "Shift+Page down",
    ]


def test_switched_off_no_key_types_anything_but_lists_can_be_left():
    keys = keymap(single_keys=False)
    assert not any(is_character(key) for listed in keys.values() for key in listed)
    assert keys["verdict.undo"] == ["Ctrl+z"]
    assert all(keys[action] for action in FIXED)


free = st.sampled_from(["y", "j", "k", "q", "x", "Ctrl+y", "Alt+1"])


@given(st.dictionaries(st.sampled_from([a.id for a in ACTIONS if a.id not in FIXED]), st.lists(free, max_size=2)))
def test_whatever_is_accepted_has_no_key_twice(own):
    try:
        tidy = check_keys(own)
    except KeyRefusedError:
        return
    keys = [key for listed in keymap(tidy).values() for key in listed]
    assert len(keys) == len(set(keys))
    assert check_keys(tidy) == tidy
