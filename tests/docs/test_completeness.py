"""The documents are whole: what the code offers is written down, and what is written leads somewhere."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from benchmarks import definition
from cases.adapters.layouts import LAYOUTS
from cases.adapters.report_files import KNOWN
from cases.queries import PROBLEM_COLUMNS, STUDY_COLUMNS
from labeling.adapters.csv_files import ASSIGNMENTS_HEADER, READERS_HEADER, READS_HEADER
from llm_extract.backends import EXTRACTORS, MAPPERS
from releases.adapters.formats import NAMES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def markdown_files() -> list[Path]:
    """Every document of ours; hidden folders, the environment and data are none."""
    found = []
    for path in ROOT.rglob("*.md"):
        folders = path.relative_to(ROOT).parts[:-1]
        if not any(name.startswith(".") or name in {"var", "work", "static", "node_modules"} for name in folders):
            found.append(path)
    return sorted(found)


MARKDOWN = markdown_files()
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
SCREENSHOTS = {
    *("reading.png", "worklist.png", "home.png", "sampling.png", "round.png", "consensus.png", "release.png"),
    *(
        "site.png",
        "contribution.png",
        "login.png",
        "import.png",
        "extraction.png",
        "audit.png",
        "agreement.png",
        "reading-mostly.png",
    ),
}


def text_of(*names: str) -> str:
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


def own_packages() -> list[str]:
    return [app.name for app in apps.get_app_configs() if (ROOT / app.name).is_dir()]


def own_commands() -> list[str]:
    return sorted(
        path.stem
        for package in own_packages()
        for path in (ROOT / package / "management" / "commands").glob("*.py")
        if not path.stem.startswith("_")
    )


def own_addresses(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, str]]:
    """Every URL name of ours as pages name it (``cases:study_list``), and the module of its view."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else space
            yield from own_addresses(entry, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{space}{entry.name}", entry.callback.__module__


PAGES = sorted({name for name, module in own_addresses() if module.split(".")[0] in own_packages() and ":" in name})
API = sorted({name for name, module in own_addresses() if module.endswith(".api") or "spectacular" in module})


def settings_from_environment() -> set[str]:
    """Names that config/settings.py reads from the environment, by any of its ways."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called in {"os.environ.get", "os.getenv", "_flag", "_words"} or called.startswith("_env"):
                names.add(str(node.args[0].value))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            names.add(str(ast.literal_eval(node.slice)))
    return names


@pytest.mark.parametrize("name", own_commands())
def test_every_command_has_a_section_with_its_usage_and_an_example(name: str) -> None:
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text_of("commands.md"), re.M | re.S)

    assert section, f"docs/commands.md has no section '## {name}'"
    assert f"`{name}" in section[1]
    assert f"manage.py {name}" in section[1]


@pytest.mark.parametrize("name", own_commands())
def test_every_option_of_a_command_is_documented(name: str) -> None:
    [file] = [path for package in own_packages() for path in (ROOT / package).glob(f"management/commands/{name}.py")]
    options = set(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', file.read_text(encoding="utf-8")))
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text_of("commands.md"), re.M | re.S)

    assert section
    assert not {option for option in options if option not in section[1]}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_listed(name: str) -> None:
    assert f"`{name}`" in text_of("pages.md")


def test_no_page_is_listed_that_is_not_there() -> None:
    listed = set(re.findall(r"\| `([a-z_]+:[a-z_]+)` \|", text_of("pages.md")))

    assert listed - set(PAGES) == set()
    assert len(listed) > 50


@pytest.mark.parametrize("name", API)
def test_every_address_of_the_api_is_listed(name: str) -> None:
    assert f"`{name}`" in text_of("api.md")


@pytest.mark.parametrize("name", sorted(settings_from_environment()))
def test_every_setting_is_in_the_operating_guide(name: str) -> None:
    assert f"`{name}`" in text_of("operations.md")


def test_settings_are_found_at_all() -> None:
    assert {"DATABASE_URL", "DATA_DIR", "BEHIND_TLS", "ALLOWED_HOSTS"} <= settings_from_environment()


@pytest.mark.parametrize("name", NAMES)
def test_every_export_format_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text_of("exports.md")


@pytest.mark.parametrize(
    "header",
    [
        "study_id,label,status,confidence,evidence,site",
        "study_id,rank,reasons,inclusion_probability,site",
        ",".join(ASSIGNMENTS_HEADER),
        ",".join(READS_HEADER),
        ",".join(STUDY_COLUMNS),
        ",".join(PROBLEM_COLUMNS),
        "study_id,site,state,labels,split_labels,reads",
        "site,study_id,position,read,of",
        "at,actor,verb,subject_type,subject_id,data",
        "case_id,file,view_position",
    ],
)
def test_every_exported_table_is_documented_with_its_columns(header: str) -> None:
    assert f"`{header}`" in text_of("exports.md")


@pytest.mark.parametrize("package", own_packages())
def test_no_export_has_columns_that_no_document_names(package: str) -> None:
    """Finds headers where they are written: literal tuples or lists handed to a CSV writer, or named as one."""
    written = text_of("exports.md", "commands.md")
    for path in (ROOT / package).rglob("*.py"):
        if "migrations" in path.parts or package == "demo":  # the demo writes what the importers read
            continue
        for header in literal_headers(path.read_text(encoding="utf-8")):
            assert ",".join(header) in written, f"{path.relative_to(ROOT)} writes {header}"


def literal_headers(source: str) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id.lower().endswith(("header", "_columns"))
            for target in node.targets
        ):
            candidates = [node.value]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
            "writerow",
            "write_table",
            "_csv",
        }:
            candidates = list(node.args)
        else:
            continue
        for value in candidates:
            if (
                isinstance(value, ast.Tuple | ast.List)
                and value.elts
                and all(isinstance(one, ast.Constant) for one in value.elts)
            ):
                yield tuple(str(one.value) for one in value.elts if isinstance(one, ast.Constant))


@pytest.mark.parametrize("name", [*KNOWN, *READERS_HEADER, "site", "max_reads"])
def test_every_column_that_is_read_is_documented(name: str) -> None:
    assert re.search(rf"[`,\[]{name}[`,\]]", text_of("commands.md"))


@pytest.mark.parametrize("name", [*LAYOUTS, *EXTRACTORS, *MAPPERS])
def test_every_layout_and_backend_is_named(name: str) -> None:
    assert f"`{name}`" in text_of("commands.md")


@pytest.mark.parametrize(
    "kind",
    [
        definition.LabelDefinition,
        definition.ReadingSettings,
        definition.ConsensusSettings,
        definition.SampleSettings,
        definition.ReleaseSettings,
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_key_of_a_definition_is_documented_with_its_default(kind: type) -> None:
    written = text_of("benchmarks.md")
    for field in fields(kind):
        row = re.search(rf"^\| `{field.name}` \|(.*)$", written, re.M)
        assert row, field.name
        if isinstance(field.default, str | int | float):
            shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert f"`{shown}`" in row[1] or not shown, f"{field.name}: {shown}"


def keys_the_parser_knows() -> list[str]:
    source = Path(definition.__file__).read_text(encoding="utf-8")
    return sorted(set(re.findall(r'"([a-z_]+)"', " ".join(re.findall(r"only\(([^)]*)\)", source)))))


@pytest.mark.parametrize("name", keys_the_parser_knows())
def test_every_key_that_the_parser_knows_is_documented(name: str) -> None:
    assert f"`{name}`" in text_of("benchmarks.md")


def anchors_of(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links_of(path: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    return [link for link in LINK.findall(text) if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_and_picture_leads_somewhere(path: Path) -> None:
    has_screenshots = any((DOCS / "images" / name).exists() for name in SCREENSHOTS)
    for link in links_of(path):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if target.name in SCREENSHOTS and not has_screenshots:
            continue  # `make screenshots` has not been run here yet
        assert target.exists(), f"{path.relative_to(ROOT)} links to {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors_of(target), f"{path.relative_to(ROOT)}: {link}"


def test_every_document_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        path = todo.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        todo += [(path.parent / link.partition("#")[0]).resolve() for link in links_of(path) if link.partition("#")[0]]

    assert set(DOCS.rglob("*.md")) - reached == set()


@pytest.mark.parametrize("path", sorted((DOCS / "adr").glob("0*.md")), ids=lambda path: path.stem)
def test_a_decision_is_short_and_says_what_was_refused_and_the_price(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert len(text.split()) <= 400
    assert {"## Context", "## Decision", "## Refused", "## Price"} <= set(re.findall(r"^## .*$", text, re.M))
    assert text.startswith(f"# {path.stem[:4]} ")
    assert f"({path.name})" in text_of("adr/README.md")


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "adr").glob("0*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


def test_the_readme_names_the_two_commands_on_its_first_screen() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:12])

    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_the_chain_in_the_readme_uses_commands_and_options_that_exist() -> None:
    used = re.findall(r"^countersign (\w+)(.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    for name, rest in used:
        [file] = [
            path for package in own_packages() for path in (ROOT / package).glob(f"management/commands/{name}.py")
        ]
        source = file.read_text(encoding="utf-8")
        assert all(f'"{option}"' in source for option in re.findall(r"--[a-z-]+", rest)), f"{name}{rest}"
    assert {"import_studies", "extract_labels", "draw_sample", "open_round", "import_reads", "build_release"} <= {
        name for name, _ in used
    }


@pytest.mark.parametrize(
    "target", re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
)
def test_every_target_of_make_is_told_somewhere(target: str) -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8") + (ROOT / "README.md").read_text(encoding="utf-8")

    assert target == "help" or f"make {target}" in told


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_document_holds_a_placeholder(path: Path) -> None:
    assert not re.search(r"\b(TODO|TBD|FIXME|XXX|lorem ipsum)\b", path.read_text(encoding="utf-8"))
