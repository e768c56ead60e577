"""Every key of the reading room: what it does, its default, and what a reader may put in its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.errors import DomainError


class KeyRefusedError(DomainError):
    """A key cannot be given to an action."""


@dataclass(frozen=True)
class Action:
    """One thing a key does. ``keys`` are written as ``static/js/keys.js`` names them, e.g. "Shift+N", "Ctrl+z", "Space"."""

    id: str
    group: str
    words: str
    keys: tuple[str, ...]


VERDICT, CASES, WINDOW, PICTURE, TOOLS = "Verdict", "Cases", "Window", "Picture", "Tools and marks"

ACTIONS = (
    Action("verdict.agree_all", VERDICT, "Agree all, stored at once", ("1",)),
    Action("verdict.agree_mostly", VERDICT, "Agree mostly: opens the label list", ("2",)),
    Action("verdict.disagree", VERDICT, "Disagree: opens the label list", ("3",)),
    Action("verdict.cannot_judge", VERDICT, "Cannot judge: asks why", ("0", "5")),
    Action("verdict.store", VERDICT, "Store the open list", ("Enter", "4")),
    Action("verdict.undo", VERDICT, "Undo the last verdict", ("u", "Ctrl+z", "Shift+Z")),
    Action("escape", VERDICT, "Close the list, leave the comment, drop the tool", ("Escape",)),
    Action("case.next", CASES, "Next case, without a verdict", ("n", "Shift+S")),
    Action("case.previous", CASES, "Previous case", ("Shift+N", "Shift+A")),
    Action("panel.guidelines", CASES, "Guidelines and label definitions", ("g", "Shift+G")),
    Action("panel.report", CASES, "Report, where the round shows it", ("t", "Shift+T")),
    Action("help", CASES, "These keys", ("?",)),
    Action("picture.flip", PICTURE, "Flip left and right", ("h",)),
    Action("picture.flip_vertical", PICTURE, "Flip top and bottom", ("v",)),
    Action("picture.rotate", PICTURE, "Rotate by a quarter", ("r",)),
    Action("picture.zoom_in", PICTURE, "Zoom in", ("+", "=", "Shift+W")),
    Action("picture.zoom_out", PICTURE, "Zoom out", ("-", "Shift+Q")),
    Action("picture.one_to_one", PICTURE, "One picture element to one screen pixel", ("*", "Shift+E")),
    Action("picture.fit", PICTURE, "Fit into the frame", (".",)),
    Action("picture.reset", PICTURE, "As it came", ("Space",)),
    Action("picture.left", PICTURE, "Move left", ("ArrowLeft",)),
    Action("picture.right", PICTURE, "Move right", ("ArrowRight",)),
    Action("picture.up", PICTURE, "Move up, or one frame back", ("ArrowUp",)),
    Action("picture.down", PICTURE, "Move down, or one frame on", ("ArrowDown",)),
    Action("picture.next_image", PICTURE, "Next picture", ("PageDown",)),
    Action("picture.previous_image", PICTURE, "Previous picture", ("PageUp",)),
    Action("picture.cine", PICTURE, "Play the frames", ("c",)),
    Action("picture.magnifier", PICTURE, "Magnifier", ("m", "Shift+C")),
    Action("picture.full", PICTURE, "One picture in full width, and back", ("f",)),
    Action("picture.full_screen", PICTURE, "Full screen, and back", ("Shift+F",)),
    Action("hanging.next", PICTURE, "Next hanging: other views, current and prior", ("p", "Shift+V")),
    Action("tool.window", TOOLS, "Window by drag", ("w",)),
    Action("tool.pan", TOOLS, "Pan by drag", ("d",)),
    Action("tool.length", TOOLS, "Length", ("l",)),
    Action("tool.angle", TOOLS, "Angle", ("a",)),
    Action("tool.ellipse", TOOLS, "Ellipse", ("e",)),
    Action("tool.box", TOOLS, "Box", ("b",)),
    Action("tool.point", TOOLS, "Point", ("o",)),
    Action("mark.delete", TOOLS, "Delete the chosen mark", ("Delete", "Backspace")),
    Action("picture.darker", WINDOW, "Darker", ("[",)),
    Action("picture.brighter", WINDOW, "Brighter", ("]",)),
    Action("picture.softer", WINDOW, "Less contrast", ("{",)),
    Action("picture.harder", WINDOW, "More contrast", ("}",)),
    *(Action(f"picture.preset_{n}", WINDOW, f"Window preset {n}", (f"Shift+{n}",)) for n in range(1, 6)),
    Action("picture.invert", WINDOW, "Invert", ("i", "Shift+X")),
)
BY_ID = {action.id: action for action in ACTIONS}
# Actions that keep this key, whatever else they have: without them a list could be opened and never left.
FIXED = {"escape": "Escape", "verdict.store": "Enter"}
# Keys that the browser, or a person who moves by keyboard, needs for themselves.
RESERVED = frozenset({"Tab", "Shift+Tab", "Escape", "Enter", "Ctrl+c", "Ctrl+v", "Ctrl+w", "Ctrl+t", "Ctrl+r", "F5"})
MOST_KEYS = 3
LONGEST_KEY = 24  # of what is told of a name that no key has
# Keys that write nothing, by the names browsers give them (W3C, UI Events KeyboardEvent key values); "Space" is ours.
_NAMED_KEYS = frozenset(
    {"Space", "Enter", "Escape", "Tab", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown", "Clear"}
    | {"ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "ContextMenu", "Help", "Pause", "PrintScreen", "Undo", "Redo"}
    | {"Copy", "Cut", "Paste", "Find", "Select", "Cancel", "Execute", "Again", "Props", "Play", "ZoomIn", "ZoomOut"}
    | {"BrowserBack", "BrowserForward", "BrowserHome", "BrowserRefresh", "BrowserSearch", "BrowserStop"}
    | {"BrowserFavorites", "LaunchMail", "LaunchApplication1", "LaunchApplication2", "LaunchMediaPlayer"}
    | {"AudioVolumeUp", "AudioVolumeDown", "AudioVolumeMute", "MediaPlayPause", "MediaStop", "MediaRecord"}
    | {"MediaPlay", "MediaPause", "MediaTrackNext", "MediaTrackPrevious", "MediaFastForward", "MediaRewind"}
    | {f"F{n}" for n in range(1, 25)}
)
_HELD = {f"{ctrl}{alt}{shift}" for ctrl in ("", "Ctrl+") for alt in ("", "Alt+") for shift in ("", "Shift+")}
_ON_THE_KEYBOARD = {
    "ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "PageUp": "Page up", "PageDown": "Page down",
    "Escape": "Esc",
}  # fmt: skip
LABEL_LETTERS = "qwertasdfgzxcvb"  # under the left hand, row by row


def keymap(own: Mapping[str, Iterable[str]] | None = None, *, single_keys: bool = True) -> dict[str, list[str]]:
    """The keys of every action: the defaults with a reader's ``own`` in their place.

    A default that ``own`` gives to another action falls away there. Without ``single_keys`` (WCAG 2.2, 2.1.4) only keys
    held with Ctrl or Alt and those that are no character remain.
    """
    mine: dict[str, list[str]] = {}
    for action, stored in (own or {}).items():
        given = list(stored)
        usable = [key for key in given if is_key(key)]  # others were stored before they were refused
        if action in BY_ID and (usable or not given):
            mine[action] = usable
    if "verdict.store" in mine:  # what was stored before such keys were refused
        mine["verdict.store"] = [key for key in mine["verdict.store"] if key not in set(LABEL_LETTERS)]
    taken = {key for keys in mine.values() for key in keys}
    merged = {
        action.id: mine.get(action.id, [key for key in action.keys if key == FIXED.get(action.id) or key not in taken])
        for action in ACTIONS
    }
    if single_keys:
        return merged
    return {action: [key for key in keys if not is_character(key)] for action, keys in merged.items()}


def label_keys(count: int) -> list[str]:
    """What to type for each label of a list: one letter as far as they go, then two, the last letters leading the pairs.

    All lie under the left hand; no one begins another. Past 225 labels the rest have none ("").
    """
    n = len(LABEL_LETTERS)
    leading = next((leading for leading in range(n) if n + (n - 1) * leading >= count), n)
    single = list(LABEL_LETTERS[: n - leading])
    pairs = [first + second for first in LABEL_LETTERS[n - leading :] for second in LABEL_LETTERS]
    return [*single, *pairs, *[""] * count][:count]


def is_key(key: str) -> bool:
    """Whether pressing something gives this name: Ctrl, Alt and Shift in this order, then a key.

    Shift is named with letters, which are capitals then, with digits, and with keys that write nothing; of another sign
    the name is what it writes.
    """
    held, plus, last = key.rpartition("+") if key[-1:] != "+" else (key[:-2], key[-2:-1], "+")
    if held + plus not in _HELD:
        return False
    has_shift = "Shift" in held
    if len(last) != 1:
        return last in _NAMED_KEYS
    if last.isalpha():
        return last == (last.upper() if has_shift else last.lower())
    return last.isprintable() and not last.isspace() and (not has_shift or last in "0123456789")


def is_character(key: str) -> bool:
    """Whether pressing it alone, or with Shift, would type something."""
    return key.removeprefix("Shift+") == "Space" or len(key.removeprefix("Shift+")) == 1


def spoken(key: str) -> str:
    """A key as people write it: as it stands on the keyboard, letters as capitals."""
    held, plus, last = key.rpartition("+")
    return f"{held}{plus}{last.upper() if len(last) == 1 else _ON_THE_KEYBOARD.get(last, last)}"


def check_keys(own: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """A reader's own keys, tidied: only what differs from the defaults. Raises KeyRefusedError, naming key and action.

    Refused: an action that does not exist, a reserved key, too many keys, one key for two actions, and a label's letter
    for what stores the open list. What keeps a key gets it back.
    """
    asked: dict[str, list[str]] = {}
    for action_id, given in own.items():
        kept = [FIXED[action_id]] if action_id in FIXED else []
        keys = list(dict.fromkeys([*kept, *(key for key in given if key)]))
        _check_action(action_id, keys)
        asked[action_id] = keys
    owner: dict[str, str] = {}
    for action_id, keys in keymap(asked).items():
        for key in keys:
            if key in owner:
                raise KeyRefusedError(
                    f"{key} would both be “{BY_ID[owner[key]].words}” and “{BY_ID[action_id].words}”; choose another."
                )
            owner[key] = action_id
    return {action_id: keys for action_id, keys in asked.items() if keys != list(BY_ID[action_id].keys)}


def _check_action(action_id: str, keys: list[str]) -> None:
    if action_id not in BY_ID:
        raise KeyRefusedError(f"There is no action {action_id[:60]!r}.")
    words = BY_ID[action_id].words
    if action_id == "escape" and keys != list(BY_ID[action_id].keys):
        raise KeyRefusedError(f"“{words}” keeps its key, so that an open list can always be left.")
    if len(keys) > MOST_KEYS:
        raise KeyRefusedError(f"“{words}” would have {len(keys)} keys; {MOST_KEYS} are the most.")
    for key in keys:
        if not is_key(key):
            raise KeyRefusedError(
                f"{key[:LONGEST_KEY]!r} is no key; choose the field of “{words}” and press one. What is written by hand "
                "must be as q, Shift+Q, Ctrl+q, F6 or ArrowLeft."
            )
        if action_id == "verdict.store" and key in set(LABEL_LETTERS):
            raise KeyRefusedError(f"{key} is a label's letter in an open list; choose another for “{words}”.")
        if key in RESERVED and key != FIXED.get(action_id):
            raise KeyRefusedError(f"{key} is needed by the browser or to leave a list; choose another for “{words}”.")
