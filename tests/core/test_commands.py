"""What every command shares: a file it is to write is looked at before the work, and no folder is made for it."""

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from core.commands import ProductCommand, file_to_write

WRITTEN = {"--out", "--marks", "--report"}
FOLDERS = {"export_release"}  # an export is a folder


def product_commands():
    for name, app in sorted(get_commands().items()):
        if not app.startswith("django."):
            command = load_command_class(app, name) if isinstance(app, str) else app
            if isinstance(command, ProductCommand):
                yield name, command


def test_every_option_that_names_a_file_to_write_is_looked_at_first():
    found = {
        name: [action.type for action in command.create_parser("", name)._actions if WRITTEN & {*action.option_strings}]
        for name, command in product_commands()
    }
    written = {name: types for name, types in found.items() if types and name not in FOLDERS}
    assert {"export_findings", "agreement", "score_extraction", "export_reads"} <= set(written)
    assert {one for types in written.values() for one in types} == {file_to_write}


@pytest.mark.parametrize(("name", "says"), [("no/such/f.jsonl", "no folder .*no/such; make it"), (".", "is a folder")])
def test_a_file_in_no_folder_is_refused_before_anything_is_done(tmp_path, name, says):
    with pytest.raises(CommandError, match=says):
        call_command("export_findings", "--benchmark", "none", "--out", str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_a_folder_that_is_there_is_taken(tmp_path):
    assert file_to_write(str(tmp_path / "f.csv")) == tmp_path / "f.csv"
    assert file_to_write("f.csv").name == "f.csv"
