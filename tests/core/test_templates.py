"""What holds for every template and static file: they compile, keep the strict CSP, and are documented."""

import hashlib
import re
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template
from django.test import RequestFactory

from core.templatetags import ui

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
INLINE = re.compile(
    r"""<style|\sstyle=["']|\son[a-z]+=["']|\shx-on|javascript:|<script(?![^>]*\ssrc=)(?![^>]*type="application/json")[^>]*>"""
)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name):
    get_template(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_no_template_holds_inline_script_or_style(path):
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_icon_a_template_names_is_in_the_sprite(path):
    sprite = (ROOT / "static" / "icons.svg").read_text()
    named = set(re.findall(r'\{% icon "([\w-]+)"', path.read_text()))
    assert {name for name in named if f'<symbol id="{name}"' not in sprite} == set()


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        "<script>1</script>",
        '<b onclick="x()">',
        "<style>",
        '<script type="module">import x</script>',
    ],
)
def test_the_inline_rule_itself_catches(bad):
    assert INLINE.search(bad)


@pytest.mark.parametrize(
    "good", ['<script src="/a.js" defer></script>', '<script id="d" type="application/json">', "<b>style = on</b>"]
)
def test_the_inline_rule_lets_the_allowed_pass(good):
    assert not INLINE.search(good)


@pytest.mark.parametrize("name", ["400", "403", "404", "413", "500", "csrf_failure"])
def test_error_pages_render_without_a_context(name):
    html = get_template(f"{name}.html").render({})
    assert html.count("<h1>") == 1
    assert 'href="/"' in html


def test_the_page_of_a_fault_asks_nothing_of_the_storage(settings):
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "no.such.Storage"}}
    assert "Something went wrong" in get_template("500.html").render({})


def test_htmx_runs_without_eval_and_talks_to_this_site_only():
    html = engines["django"].from_string('{% include "partials/htmx.html" %}').render({}, RequestFactory().get("/"))
    for rule in ('"allowEval": false', '"selfRequestsOnly": true', '"allowScriptTags": false', '"historyCacheSize": 0'):
        assert rule in html


def test_vendored_files_are_the_ones_the_table_names():
    table = (ROOT / "static" / "vendor" / "README.md").read_text()
    files = dict(re.findall(r"\| `([\w.]+)` \|.*`([0-9a-f]{64})`", table))
    assert set(files) == {path.name for path in (ROOT / "static" / "vendor").glob("*.js")}
    for name, checksum in files.items():
        assert hashlib.sha256((ROOT / "static" / "vendor" / name).read_bytes()).hexdigest() == checksum


def test_the_guide_names_every_tag_and_filter():
    guide = (ROOT / "docs" / "look.md").read_text()
    inner = {"run_seconds", "pace", "pages"}  # used by the partials alone
    named = [name for name in {**ui.register.tags, **ui.register.filters} if name not in inner]
    assert [name for name in named if f"{{% {name}" not in guide and f"|{name}" not in guide] == []


def test_colours_stand_in_the_tokens_alone():
    for name in ("office.css", "reading.css"):
        css = re.sub(r"/\*.*?\*/", "", (ROOT / "static" / "css" / name).read_text(), flags=re.DOTALL)
        found = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", css))
        assert found <= {"#000", "#fff"}, f"{name} has colours of its own: {found}"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def themes() -> dict[str, dict[str, str]]:
    found = []
    for name, themes_in_it in (("tokens.css", 2), ("room-tokens.css", 1)):
        css = (ROOT / "static" / "css" / name).read_text()
        blocks = re.split(r"\n\s*:root[^{]*\{", css)[1 : themes_in_it + 1]
        found += [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return {"light": found[0], "dark": found[0] | found[1], "reading": found[2]}


PAIRS = [
    ("ink", "paper", 4.5),
    ("quiet", "paper", 4.5),
    ("quiet", "wash", 4.5),
    ("edge", "paper", 3),
    ("accent", "paper", 4.5),
    ("accent", "wash", 4.5),
    ("accent", "accent-wash", 4.5),
    ("on-accent", "accent", 4.5),
    ("good", "good-wash", 4.5),
    ("warn", "warn-wash", 4.5),
    ("bad", "bad-wash", 4.5),
    ("bad", "paper", 4.5),
]


@pytest.mark.parametrize("theme", ["light", "dark", "reading"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_every_theme_keeps_the_contrast_of_wcag_aa(theme, front, back, least):
    tokens = themes()[theme]
    light, dark = sorted((luminance(tokens[front]), luminance(tokens[back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_nothing_in_the_reading_room_is_brighter_than_mid_grey():
    greys = {
        name: luminance(themes()["reading"][name])
        for name in ("ink", "quiet", "edge", "line", "wash", "paper", "accent")
    }
    assert max(greys.values()) < 0.36  # L* below 66
    assert greys["paper"] < 0.005
