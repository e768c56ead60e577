"""A script written tight: without spaces and remarks, and with short names for what it declares for itself.

What it does stays what was written: statements keep their order and their form. Beyond spaces, remarks and names only
signs go that a reader of JavaScript does not need: a semicolon before a closing brace, the brackets of a single plain
parameter, those around what holds together anyway, the zero before a decimal point, and the second `const` or `let` of
two that follow each other. `const` is written `let`, since nothing of what is declared so is assigned to again; `true`,
`false` and `undefined` are `!0`, `!1` and `void 0`; `Boolean(…)` and `Number(…)` of one value, which is no BigInt, are
`!!(…)` and `+(…)`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, count, product, zip_longest

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_javascript.language()))
_NAME, _IN_LITERAL, _IN_PATTERN = "identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"
_NAMES = {_NAME, _IN_LITERAL, _IN_PATTERN}
_FUNCTIONS = {
    *("arrow_function", "function_expression", "function_declaration", "method_definition"),
    *("generator_function", "generator_function_declaration"),
}
_SCOPES = _FUNCTIONS | {
    *("program", "statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body", "class"),
}
_WITH_THEIR_BLOCK = _FUNCTIONS | {"catch_clause"}  # what these name may not be named anew in their block
_DECLARED_AROUND = {"function_declaration", "generator_function_declaration", "class_declaration"}
_END_IN_SEMICOLON = {
    *("expression_statement", "lexical_declaration", "return_statement", "throw_statement", "break_statement"),
    *("continue_statement", "debugger_statement", "do_statement", "import_statement"),
}
_WHOLE = {"string", "regex"}  # written as they are; a template's text is, too
# Names in the order in which scripts use letters anyway, and in the order in which they are declared: gzip then finds more
# that is alike.
_LETTERS = "eatnrioscldupmfhgvybwxkqjzETNROISALCDUPMFHGVYBWXKJQZ"
_SHORTER = {"true": "!0", "false": "!1", "undefined": "void 0", "const": "let"}  # by the kind of word
# How strongly each operator holds together what stands beside it.
_HOLDS = {
    sign: strength
    for strength, signs in enumerate(
        ("??", "||", "&&", "|", "^", "&", "== != === !==", "< > <= >= instanceof", "<< >> >>>", "+ -", "* / %")
    )
    for sign in signs.split()
}
_TURNS = {"Boolean": "!!", "Number": "+"}
_OF_WHAT_STANDS_BEFORE = {"member_expression", "subscript_expression", "call_expression"}
_HOLD_TOGETHER = _OF_WHAT_STANDS_BEFORE | {_NAME}
_ASSIGNMENTS = {"assignment_expression", "augmented_assignment_expression"}
# Where a whole value may stand without brackets: the node around it, and as which field of it (none: as any).
_WHOLE_VALUES = {
    *(("sequence_expression", None), ("return_statement", None), ("expression_statement", None), ("array", None)),
    *(("arguments", None), ("arrow_function", "body"), ("variable_declarator", "value"), ("pair", "value")),
    *(("ternary_expression", "consequence"), ("ternary_expression", "alternative")),
    *((assignment, "right") for assignment in sorted(_ASSIGNMENTS)),
}
_WORDS = {"as", "do", "if", "in", "of", "for", "get", "let", "new", "set", "try", "var"}

Binding = tuple[int, str]  # the scope's node and the name


class UnreadableScriptError(Exception):
    """A script whose names or statements cannot be told for sure."""


def tight(script: str) -> str:
    """The script, tight. Raises UnreadableScriptError for one that cannot be read, or that leaves a semicolon out."""
    tree = _PARSER.parse(script.encode()).root_node
    if tree.has_error:
        raise UnreadableScriptError(f"It is no script that can be read: {script[:200]}")
    for node in _all(tree):
        if node.type in ("variable_declaration", "with_statement"):
            raise UnreadableScriptError(f"It has a var or a with: {_text(node)[:80]}")
        if any(_text(name) in _TURNS for _, name in _declarations(node)):
            raise UnreadableScriptError(f"It has a Boolean or a Number of its own: {_text(node)[:80]}")
        is_field = node.type == "field_definition"
        if (is_field and _text(node.next_sibling) != ";") or (
            node.type in _END_IN_SEMICOLON and _text(node)[-1] != ";"
        ):
            raise UnreadableScriptError(f"It leaves the semicolon to the browser: {_text(node)[:80]}")
    return "".join(_spaced(_words(tree, _short_names(tree))))


# ---- Spaces and signs ----------------------------------------------------------------------------------------------------


def _words(tree: Node, short: dict[int, str]) -> Iterator[tuple[str, bool]]:
    """The script's words and signs in their order, and whether each goes on in a template's text, where a space counts."""
    leaves = [leaf for leaf in _leaves(tree) if leaf.type != "comment"]
    for leaf, following in zip_longest(leaves, leaves[1:]):
        if not leaf.text or _is_needless(leaf, following) or _is_joined(leaf):
            continue
        name = _text(leaf)
        new = short.get(leaf.id) or _shorter(leaf)
        is_key_too = leaf.type in (_IN_LITERAL, _IN_PATTERN) and new != name
        is_text = leaf.type == "${" or (leaf.parent is not None and leaf.parent.type == "template_string")
        yield "," if _joins(leaf) else f"{name}:{new}" if is_key_too else new, is_text


def _is_needless(leaf: Node, following: Node | None) -> bool:
    parent = leaf.parent
    if parent is None:
        return False
    if leaf.type == ";":
        is_last = following is not None and following.type == "}" and parent.type in _END_IN_SEMICOLON
        return is_last and parent.type != "do_statement"
    if leaf.type in "()" and parent.type == "formal_parameters":
        inner = parent.named_children
        return _is_parameter_of_arrow(parent) and len(inner) == 1 and inner[0].type == _NAME
    if leaf.type in "()" and parent.type == "parenthesized_expression":
        return _is_one_without_brackets(parent)
    if leaf.type in "()" and parent.type == "arguments" and parent.parent is not None:
        return _is_turned(parent.parent) and parent.named_children[0].type in _HOLD_TOGETHER
    return False


def _is_one_without_brackets(brackets: Node) -> bool:
    """Whether what the brackets hold together would hold together without them."""
    around, inner = brackets.parent, brackets.named_children
    if around is None or len(inner) != 1 or _text(inner[0]).startswith(("{", "function", "class", "let", "async")):
        return False
    [value] = inner
    if around.type == "binary_expression":
        return value.type == "binary_expression" and _holds_in(value, around, brackets)
    if around.type == "ternary_expression" and around.child_by_field_name("condition") == brackets:
        return value.type == "binary_expression"
    if value.type not in _ASSIGNMENTS | {"binary_expression", "ternary_expression"}:
        return False
    return any(
        around.type == kind and (field is None or around.child_by_field_name(field) == brackets)
        for kind, field in _WHOLE_VALUES
    )


def _holds_in(value: Node, around: Node, brackets: Node) -> bool:
    """Whether the value's operator holds more strongly than the one around it; as strongly will do on the left."""
    inner, outer = (_HOLDS.get(_text(node.child_by_field_name("operator"))) for node in (value, around))
    if inner is None or outer is None:
        return False
    if not inner or not outer:  # `??` stands beside no `||` and no `&&` without brackets
        return inner > _HOLDS["&&"]
    return inner > outer or (inner == outer and around.child_by_field_name("left") == brackets)


def _is_parameter_of_arrow(parameters: Node) -> bool:
    return parameters.parent is not None and parameters.parent.type == "arrow_function"


def _shorter(leaf: Node) -> str:
    """The word or sign as it is written tight, where it is no declared name."""
    text = _text(leaf)
    if leaf.type == "number":
        return text.removeprefix("0") if text.startswith("0.") else text
    call = leaf.parent
    if call is not None and call.child_by_field_name("function") == leaf and _is_turned(call):
        return _TURNS[text]
    return _SHORTER.get(leaf.type, text)


def _is_turned(call: Node) -> bool:
    """Whether it is `Boolean(value)` or `Number(value)`, of one value, with nothing behind it that would seem to be of the sign.
    One with `new` before it makes an object.
    """
    given, around = call.child_by_field_name("arguments"), call.parent
    if call.type != "call_expression" or given is None or around is None or _text(call.children[0]) not in _TURNS:
        return False
    values = given.named_children
    is_one = len(values) == 1 and values[0].type not in ("spread_element", "comment")
    is_power = around.type == "binary_expression" and _text(around.child_by_field_name("operator")) == "**"
    goes_on = around.type in _OF_WHAT_STANDS_BEFORE and around.children[0] == call
    return is_one and not is_power and not goes_on


def _follows_another(declaration: Node) -> bool:
    """Whether the declaration stands right behind one."""
    before = declaration.prev_named_sibling
    while before is not None and before.type == "comment":
        before = before.prev_named_sibling
    is_among_statements = declaration.parent is not None and declaration.parent.type in ("statement_block", "program")
    return is_among_statements and before is not None and before.type == "lexical_declaration"


def _joins(leaf: Node) -> bool:
    """The `const` or `let` that becomes a comma."""
    parent = leaf.parent
    is_first = parent is not None and parent.type == "lexical_declaration" and leaf.id == parent.children[0].id
    return bool(is_first and parent and _follows_another(parent))


def _is_joined(leaf: Node) -> bool:
    """The semicolon before it."""
    parent = leaf.parent
    if leaf.type != ";" or parent is None or parent.type != "lexical_declaration":
        return False
    behind = parent.next_named_sibling
    while behind is not None and behind.type == "comment":
        behind = behind.next_named_sibling
    return behind is not None and behind.type == "lexical_declaration" and _follows_another(behind)


def _spaced(words: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The words with a space where two would become one."""
    last = " "
    for word, is_text in words:
        would_join = (_is_of_name(last[-1]) and _is_of_name(word[0])) or (last[-1] == word[0] and word[0] in "+-/")
        is_behind_regex = (
            last[0] == last[-1] == "/" and len(last) > 1 and _is_of_name(word[0])
        )  # its flags, it would seem
        if not is_text and (would_join or is_behind_regex):
            yield " "
        yield word
        last = word


def _is_of_name(sign: str) -> bool:
    return sign.isalnum() or sign in "_$#" or sign > "\x7f"


# ---- Names -----------------------------------------------------------------------------------------------------------


def _short_names(tree: Node) -> dict[int, str]:
    """The new name of each place that says a declared one, by node. No scope gives a name that is said in it otherwise."""
    declared = {(scope.id, _text(name)) for node in _all(tree) for scope, name in _declarations(node)}
    said: dict[Binding, list[Node]] = defaultdict(list)  # places by what they mean
    within: dict[int, set[Binding | str]] = defaultdict(set)  # what is meant in each scope; a string is of the outside
    depth: dict[int, int] = {}
    for place in _all(tree):
        if place.type not in _NAMES:
            continue
        around = list(_scopes_around(_said_at(place)))
        depth |= {scope.id: len(around) - n for n, scope in enumerate(around)}
        name = _text(place)
        meant = next(((scope.id, name) for scope in around if (scope.id, name) in declared), None)
        if meant:
            said[meant].append(place)
        for scope in around:
            within[scope.id].add(meant or name)
    new: dict[Binding, str] = {}
    for binding in sorted(said, key=lambda each: depth[each[0]]):
        taken = {new.get(other, "") if isinstance(other, tuple) else other for other in within[binding[0]]}
        new[binding] = next(name for name in _names() if name not in taken)
    return {place.id: new[binding] for binding, places in said.items() for place in places}


def _names() -> Iterator[str]:
    words = chain.from_iterable(product(_LETTERS, repeat=length) for length in count(1))
    return (name for name in map("".join, words) if name not in _WORDS)


def _said_at(place: Node) -> Node:
    """A function's own name is said around the function."""
    parent = place.parent
    is_own_name = parent is not None and parent.type in _DECLARED_AROUND and parent.child_by_field_name("name") == place
    return (parent.parent if is_own_name and parent else None) or place


def _scopes_around(node: Node) -> Iterator[Node]:
    """From the innermost outwards."""
    place: Node | None = node
    while place is not None:
        above = place.parent
        is_block_of_above = place.type == "statement_block" and above is not None and above.type in _WITH_THEIR_BLOCK
        if place.type in _SCOPES and not is_block_of_above:
            yield place
        place = above


def _declarations(node: Node) -> Iterator[tuple[Node, Node]]:
    """What the node declares: each name with the scope it holds in."""
    field = node.child_by_field_name
    name = None if _is_exported(node) else field("name")
    if node.type == "variable_declarator":
        yield from ((_scope(node), each) for each in _bound(name))
    elif node.type in _DECLARED_AROUND and name and node.parent:
        yield _scope(node.parent), name
    elif node.type in ("function_expression", "generator_function", "class") and name:
        yield node, name
    if node.type in _FUNCTIONS:
        yield from ((node, each) for each in _bound(field("parameters") or field("parameter")))
    elif node.type == "catch_clause":
        yield from ((node, each) for each in _bound(field("parameter")))
    elif node.type == "for_in_statement" and field("kind"):
        yield from ((node, each) for each in _bound(field("left")))


def _is_exported(node: Node) -> bool:
    """Whether others know it by its name."""
    declaration = node.parent if node.type == "variable_declarator" else node
    return declaration is not None and declaration.parent is not None and declaration.parent.type == "export_statement"


def _scope(node: Node) -> Node:
    return next(_scopes_around(node))


def _bound(pattern: Node | None) -> Iterator[Node]:
    """The names that a pattern binds; not those in its defaults and keys."""
    if pattern is None:
        return
    if pattern.type in (_NAME, _IN_PATTERN):
        yield pattern
    elif pattern.type in ("assignment_pattern", "object_assignment_pattern"):
        yield from _bound(pattern.child_by_field_name("left"))
    elif pattern.type == "pair_pattern":
        yield from _bound(pattern.child_by_field_name("value"))
    else:
        for child in pattern.named_children:
            yield from _bound(child)


# ---- The tree ------------------------------------------------------------------------------------------------------------


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def _leaves(node: Node) -> Iterator[Node]:
    if node.child_count == 0 or node.type in _WHOLE:
        yield node
        return
    for child in node.children:
        yield from _leaves(child)


def _text(node: Node | None) -> str:
    return ((node and node.text) or b"").decode()
