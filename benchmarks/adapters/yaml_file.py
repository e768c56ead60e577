"""Reading a definition file: safe YAML only, errors with line and column."""

from pathlib import Path

import yaml

from benchmarks.definition import BenchmarkDefinition, DefinitionError, parse_definition


def read_definition(path: Path) -> BenchmarkDefinition:
    """The definition in a YAML file. Raises DefinitionError naming file and line when it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}.") from error
    return parse_yaml(content, name=str(path))


def parse_yaml(content: bytes, *, name: str) -> BenchmarkDefinition:
    """The definition in YAML's bytes; ``name`` is how errors call the file."""
    try:
        data = yaml.safe_load(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DefinitionError(f"{name}{where}: not valid YAML ({getattr(error, 'problem', error)}).") from error
    return parse_definition(data)
