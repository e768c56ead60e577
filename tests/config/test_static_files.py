"""The static files as a deployment collects them."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.conf import settings as product_settings
from django.core.management import call_command
from django.test import override_settings

from config.joined_scripts import JoinRefusedError, joined_script, joined_style
from config.static_files import SCRIPTS, SHARED

ROOT = Path(product_settings.BASE_DIR)
READING_PAGE = ("vendor/htmx.min.js", "css/room.css", "js/room.js", "js/viewer/common.js", "js/viewer/worker.js")
MOST_BYTES = 45_000  # of the reading page, gzipped


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The static files as a deployment serves them: each under its name with its content."""
    folder = tmp_path_factory.mktemp("static")
    storages = {"staticfiles": {"BACKEND": "config.static_files.ModuleStaticFilesStorage"}}
    with override_settings(STATIC_ROOT=folder, STORAGES=product_settings.STORAGES | storages):
        call_command("collectstatic", interactive=False, verbosity=0)
    paths = json.loads((folder / "staticfiles.json").read_text())["paths"]
    ours = {name: folder / hashed for name, hashed in paths.items() if hashed.endswith((".js", ".css"))}
    packed = {name: Path(f"{path}.gz").read_bytes() for name, path in ours.items() if Path(f"{path}.gz").exists()}
    return {name: path.read_text() for name, path in ours.items()} | {"names": paths, "packed": packed}


def test_what_page_and_worker_share_is_imported_by_its_hashed_name(collected):
    shared = collected["names"]["js/viewer/common.js"].rpartition("/")[2]
    for name in ("js/room.js", "js/viewer/index.js", "js/viewer/worker.js"):
        assert re.findall(r"""from\s*["'][^"']*/([^"']+)["']""", collected[name]) == [shared]


def test_no_module_is_served_that_is_part_of_another(collected):
    assert {name for name in collected["names"] if name.startswith("js/")} == {*SCRIPTS, *SHARED}


def test_a_style_sheet_holds_those_it_imports(collected):
    assert "@import" not in collected["css/room.css"]
    assert all(word in collected["css/room.css"] for word in (":root{", ".room", ".report-page", ".films"))


def test_the_reading_page_stays_small(collected):
    assert sum(len(collected["packed"][name]) for name in READING_PAGE) <= MOST_BYTES


def test_what_is_sent_packed_is_what_it_was(collected):
    for name, packed in collected["packed"].items():
        assert gzip.decompress(packed).decode() == collected[name]


def test_pages_name_only_scripts_that_are_served():
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""static ['"](js/[\w/-]+\.js)['"]""", path.read_text())
    }
    assert named <= {*SCRIPTS, *SHARED}
    assert "js/room.js" in named


MODULES = {
    "js/a.js": 'import { two as pair, plus } from "./parts/b.js";\nimport "./c.js";\n\nconst one = 1;\nlog(plus(pair, one));\n',
    "js/parts/b.js": "const one = 2;\nexport const two = one;\nexport function plus(a, b) {\n  return a + b;\n}\n",
    "js/c.js": 'import { two } from "./parts/b.js";\nlog(`c ${two}`);\n',
}


def test_joined_modules_keep_apart_and_in_the_order_they_run_in():
    text = joined_script("js/a.js", MODULES.__getitem__)
    assert "import" not in text
    assert text.index("`c ${") < text.rindex("log(")
    assert text.count("{two:") == 3, "made once, and taken twice"


def test_what_is_served_apart_stays_an_import():
    text = joined_script("js/a.js", MODULES.__getitem__, ["js/parts/b.js"])
    assert text.startswith('import * as $0 from "./parts/b.js";\n')
    assert joined_script("js/parts/b.js", MODULES.__getitem__, ["js/parts/b.js"]).startswith("export let{two")


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        (
            {"js/a.js": 'import { b } from "./b.js";\n', "js/b.js": 'import "./a.js";\nexport const b = 1;\n'},
            "imports itself",
        ),
        ({"js/a.js": "const a = 1;\nexport { a };\n"}, "cannot be joined"),
        ({"js/a.js": 'import a from "./b.js";\n'}, "cannot be joined"),
    ],
)
def test_what_cannot_be_joined_is_refused(modules, words):
    with pytest.raises(JoinRefusedError, match=words):
        joined_script("js/a.js", modules.__getitem__)


def test_a_style_alone_on_its_page_has_short_variables_and_none_that_no_rule_uses():
    rule = "p { color: var(--ink); margin: calc(var(--ink-wash) - -1px); }"
    sheets = {"css/a.css": f":root {{\n  --ink: rgb(0 0 0); --spare: 1px; --ink-wash: 0.3333rem;\n}}\n{rule}\n"}
    text = joined_style("css/a.css", sheets.__getitem__, is_alone=True)
    assert text == ":root{--a:rgb(0 0 0);--b:0.3333rem}p{color:var(--a);margin:calc(var(--b) - -1px)}\n"


def test_a_style_alone_on_its_page_has_short_values_in_their_places():
    rule = "p { gap: var(--gap); color: var(--ink); margin: var(--two); }"
    print_rule = "@media print { :root { --ink: #000; } }"
    sheets = {"css/a.css": f":root {{ --gap: 4px; --ink: #fff; --two: var(--gap); }}\n{print_rule}\n{rule}\n"}
    text = joined_style("css/a.css", sheets.__getitem__, is_alone=True)
    assert text == ":root{--a:#fff;--b:4px}@media print{:root{--a:#000}}p{gap:4px;color:var(--a);margin:var(--b)}\n"


def test_a_joined_style_keeps_its_selectors_and_sums():
    sheets = {
        "css/a.css": '@import url("b.css");\n.a :is(b, c) > d { margin: calc(1px - 2px) 0; }\n',
        "css/b.css": '/* A remark. */\n@media (min-width: 56.01rem) { .e::after { content: "f g"; } }\n',
    }
    text = joined_style("css/a.css", sheets.__getitem__)
    assert text.startswith('@media (min-width:56.01rem){.e::after{content:"f g"}}')
    assert "calc(1px - 2px)" in text
    assert "remark" not in text
