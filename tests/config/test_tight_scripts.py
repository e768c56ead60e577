"""Scripts written tight: what they do stays what was written, in its order."""

from pathlib import Path

import pytest
import tree_sitter_javascript
from django.conf import settings
from tree_sitter import Language, Parser

from config.tight_scripts import UnreadableScriptError, tight

SCRIPTS = sorted((Path(settings.BASE_DIR) / "static" / "js").rglob("*.js"))
PARSER = Parser(Language(tree_sitter_javascript.language()))
# Signs that may go or change: of statements' ends, of a single parameter, of declarations that follow each other.
OTHERWISE = {"true": ["!", "0"], "false": ["!", "1"], "undefined": ["void", "0"]}
FREE = {";", "(", ")", ",", "const", "let"}


@pytest.mark.parametrize(
    ("written", "shorter"),
    [
        ("function f(view) { const staged = view.stage(); const { turn } = view; return [staged, turn]; }",
         "function e(e){let a=e.stage(),{turn:t}=e;return[a,t]}"),
        ("const { turn } = view; const staged = view.stage();", "let{turn:e}=view,a=view.stage();"),
        ("let a = 1; const b = a; const c = b;", "let e=1,a=e,t=a;"),
        ("const f = (event) => event; const g = (...all) => all; const h = ({ a }) => a;",
         "let e=e=>e,a=(...e)=>e,t=({a:e})=>e;"),
        ("function f(first) { return 1; } function g(first) { const second = 2; return second; }",
         "function e(e){return 1}function a(e){let a=2;return a}"),
        ("const a = 1; const o = { a, b: a, c() { return name; } };", "let e=1,a={a:e,b:e,c(){return name}};"),
        ("const text = `  two  ${one + +two} - ${ three }name\\n  `;", "let e=`  two  ${one+ +two} - ${three}name\\n  `;"),
        ("try { go(); } catch (error) { tell(error); }", "try{go()}catch(e){tell(e)}"),
        ("for (const one of all) if (/a b/u in one) x - -1;", "for(let e of all)if(/a b/u in e)x- -1;"),
        ("const own = 1; { const own = 2; use(own); } use(own);", "let e=1;{let e=2;use(e)}use(e);"),
        ("const { one: two = three, ...rest } = {}; use(two, rest);", "let{one:e=three,...a}={};use(e,a);"),
        ("class One { #two = 1; get three() { return this.#two; } }", "class e{#two=1;get three(){return this.#two}}"),
        ("export const one = 1; export class Two {}", "export let one=1;export class Two{}"),
        ("// A remark.\nuse(/* another */ 1);", "use(1);"),
        ("const isOn = true; use(isOn, { true: false });", "let e=!0;use(e,{true:!1});"),
        ("const share = is ? 0.5 : 10.05 + 0 + -0.25;", "let e=is?.5:10.05+0+-.25;"),
        ("function f() { return undefined === one; }", "function e(){return void 0===one}"),
        ("function f() { return 0.5; }", "function e(){return.5}"),
        ("const is = Boolean(one && two), some = all.map(Boolean);", "let e=!!(one&&two),a=all.map(Boolean);"),
        ("use(new Boolean(1), Boolean(), Boolean(...all), own.Boolean(1));",
         "use(new Boolean(1),Boolean(),Boolean(...all),own.Boolean(1));"),
        ("use(one + Number(two.three), Boolean(one?.two()), Number(one + two), all.map(Number), Number(`${one}`));",
         "use(one+ +two.three,!!one?.two(),+(one+two),all.map(Number),+(`${one}`));"),
        ("use(Number(one).toFixed(1), Number(one) ** 2, Boolean(one)[two], Number.isInteger(one), one[Number(two)]);",
         "use(Number(one).toFixed(1),Number(one)**2,Boolean(one)[two],Number.isInteger(one),one[+two]);"),
        ("use((one && two) || three, (one || two) && three, one - (two - three), (one - two) - three);",
         "use(one&&two||three,(one||two)&&three,one-(two-three),one-two-three);"),
        ("use((one ?? two) || three, one ?? (two && three), one ?? (two + three), (one, two), -(one + two));",
         "use((one??two)||three,one??(two&&three),one??two+three,(one,two),-(one+two));"),
        ("const f = () => (one = two), g = () => ({ one }), h = () => (one, two);",
         "let e=()=>one=two,a=()=>({one}),t=()=>(one,two);"),
        ("(one = two), ({ three } = four); if (one) return (one ? two : three);",
         "one=two,({three}=four);if(one)return one?two:three;"),
        ("use((one = two) ? three : four, (one || two) ? (one = three) : (() => one)(), (one ? two : three) + 1);",
         "use((one=two)?three:four,one||two?one=three:(()=>one)(),(one?two:three)+1);"),
        ("while (x) y(); do z(); while (a);", "while(x)y();do z();while(a);"),
    ],
)  # fmt: skip
def test_words_stay_in_their_order(written, shorter):
    assert tight(written) == shorter


def test_a_short_name_is_none_that_the_place_says_otherwise():
    assert tight("const long = () => { const other = 1; return a + long + other; };") == (
        "let e=()=>{let t=1;return a+e+t};"
    )


def test_a_parameter_and_what_the_body_declares_keep_apart():
    assert tight("function f(unused) { const used = 1; return used; }") == "function e(e){let a=1;return a}"
    assert tight("try { } catch (unused) { const used = 1; use(used); }") == "try{}catch(e){let a=1;use(a)}"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("var a = 1;", "var"),
        ("const a = 1", "semicolon"),
        ("class A { b = 1\n c = 2; }", "semicolon"),
        ("const = ;", "read"),
        ("const own = (Boolean) => Boolean(1);", "Boolean"),
    ],
)
def test_what_cannot_be_told_for_sure_is_refused(script, words):
    with pytest.raises(UnreadableScriptError, match=words):
        tight(script)


def words_of(script: str) -> list[str]:
    """All that is no name of the script's own: keywords, signs, keys, strings, in their order."""
    found = []

    def add(node):
        if node.type.startswith("shorthand_property_identifier"):
            found.extend([node.text.decode(), ":"])  # {a} may become {a:b}
        elif node.type in ("string", "regex") or not node.children:
            call = node.parent if node.text in (b"Boolean", b"Number") else None
            if node.type in OTHERWISE:
                found.extend(OTHERWISE[node.type])
            elif call and call.type == "call_expression":
                found.extend("!!" if node.text == b"Boolean" else "+")
            elif node.type == "number":
                found.append(str(float(node.text)) if node.text.startswith((b"0.", b".")) else node.text.decode())
            elif node.type not in FREE | {"comment", "identifier"}:
                found.append(node.text.decode())
        else:
            for child in node.children:
                add(child)

    add(PARSER.parse(script.encode()).root_node)
    return found


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_nothing_of_our_scripts_moves(path):
    written = path.read_text()
    shorter = tight(written)
    assert not PARSER.parse(shorter.encode()).root_node.has_error
    assert len(shorter) < len(written)
    assert words_of(shorter) == words_of(written)


def shape_of(node) -> tuple:
    """What holds together with what, brackets aside."""
    while node.type == "parenthesized_expression":
        [node] = [child for child in node.named_children if child.type != "comment"]
    return (node.type, *(shape_of(child) for child in node.children if child.type not in {"(", ")"}))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_what_held_together_still_does(path, monkeypatch):
    without = PARSER.parse(tight(path.read_text()).encode()).root_node
    monkeypatch.setattr("config.tight_scripts._is_one_without_brackets", lambda brackets: False)
    with_brackets = PARSER.parse(tight(path.read_text()).encode()).root_node
    assert shape_of(without) == shape_of(with_brackets)
