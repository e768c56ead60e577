"""Our hand-written modules and style sheets as a deployment serves them: joined where one imports another, and tight.

What is written in ``static/`` stays the source, and is what a developer's server sends. The form is a narrow one, held by
tests: an import is one line, of names, from a relative path; an export stands before a function, a constant or a class; no
module imports itself by way of others.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection
from string import ascii_lowercase

import rcssmin

from config.tight_scripts import tight

# A file's path under static/ → its text.
Ask = Callable[[str], str]

_IMPORT = re.compile(r'^import (?:\{ ([^}]+) \} from )?"(\.[^"]+)";\n', re.MULTILINE)
_PASSED_ON = re.compile(r'^export \{ ([^}]+) \} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_SHEET = re.compile(r'^@import url\("([^"]+)"\);\n', re.MULTILINE)


class JoinRefusedError(Exception):
    """A module is written in a way that cannot be joined."""


def joined_script(name: str, ask: Ask, apart: Collection[str] = ()) -> str:
    """The module at ``name`` with all that it imports in one file, tight; those ``apart`` stay imports.

    Each module becomes a function that is called once, in the order in which a browser would run them, and hands on what
    the module exports. Raises JoinRefusedError for a module that imports itself, or exports in another way.
    """
    pieces: dict[str, str] = {}
    outside: list[str] = []

    def add(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise JoinRefusedError(f"{path} imports itself, by way of {' and '.join(above)}.")
        if path in apart and path != name:
            if path not in outside:
                outside.append(path)
        elif path not in pieces:
            text = ask(path)
            for _, found in _imports(text, path):
                add(found, (*above, path))
            pieces[path] = _piece(path, text, is_whole=path == name)

    add(name, ())
    # Written as Django's storage looks for it, to put the hashed name in its place.
    heads = (f'import * as ${place} from "{_relative(path, name)}";\n' for place, path in enumerate(outside))
    script = "".join(pieces.values())
    for place, path in enumerate(outside):
        script = script.replace(f"= {_variable(path)};\n", f"= ${place};\n")
    return "".join(heads) + tight(script) + "\n"


def joined_style(name: str, ask: Ask, *, is_alone: bool = False) -> str:
    """The style sheet at ``name`` with those it imports in their places, without spaces and remarks.

    Where it ``is_alone`` on its page, its variables have short names, and those that no rule of it uses are left out; a
    value that is no longer than its variable stands in its place, unless the variable has several.
    """
    text: str = rcssmin.cssmin(_with_sheets(name, ask))
    return (_short_variables(text) if is_alone else text) + "\n"


def _short_variables(css: str) -> str:
    found = re.findall(r"(--[\w-]+):([^;}]*)", css)
    times = Counter(name for name, _ in found)
    for name, value in found:
        if times[name] == 1 and len(value) <= len("var(--a)") and "var(" not in value:
            css = css.replace(f"var({name})", value)
    used = Counter(re.findall(r"var\((--[\w-]+)", css))
    kept = re.sub(r"(?<=[{;])(--[\w-]+):[^;}]*;?", lambda found: found[0] if found[1] in used else "", css)
    short = {name: f"--{_letters(place)}" for place, (name, _) in enumerate(used.most_common())}
    return re.sub(r"(?<![\w-])--[\w-]+", lambda found: short.get(found[0], found[0]), kept)


def _letters(number: int) -> str:
    """a, b, … z, ba, bb, …"""
    before, last = divmod(number, 26)
    return (_letters(before) if before else "") + ascii_lowercase[last]


def _with_sheets(name: str, ask: Ask) -> str:
    return _SHEET.sub(lambda found: _with_sheets(_beside(name, found[1]), ask), ask(name))


def _imports(text: str, path: str) -> list[tuple[str, str]]:
    """The names and the file of each import, in their order; no names where a module is only run."""
    return [(names or "", _beside(path, file)) for names, file in [*_IMPORT.findall(text), *_PASSED_ON.findall(text)]]


def _piece(path: str, text: str, *, is_whole: bool) -> str:
    """A module as a function that is called at once. The one the file is made for exports what it exports."""
    taken = "".join(
        f"const {{ {names.replace(' as ', ': ')} }} = {_variable(found)};\n"
        for names, found in _imports(text, path)
        if names
    )
    passed_on = [name for names, _ in _PASSED_ON.findall(text) for name in names.split(", ")]
    body = _PASSED_ON.sub("", _IMPORT.sub("", text))
    names = [*passed_on, *(name for _, name in _EXPORT.findall(body))]
    body = _EXPORT.sub(r"\1", body)
    if odd := re.search(r"^(?:import|export)\b.*", body, re.MULTILINE):
        raise JoinRefusedError(f"{path} cannot be joined with others for this line: {odd[0]}")
    given = f"\nreturn {{ {', '.join(names)} }};" if names else ""
    made = f"(() => {{\n{taken}{body}{given}\n}})();\n"
    if not names:
        return made
    return f"export const {{ {', '.join(names)} }} = {made}" if is_whole else f"const {_variable(path)} = {made}"


def _variable(path: str) -> str:
    return "_" + re.sub(r"\W", "_", path.removeprefix("js/").removesuffix(".js"))


def _beside(path: str, file: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), file))


def _relative(path: str, name: str) -> str:
    way = posixpath.relpath(path, posixpath.dirname(name))
    return way if way.startswith(".") else f"./{way}"
