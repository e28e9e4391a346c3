"""Values for the ``$name`` parameters of infrastructure files: from options, files and the environment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow_sql.cli.script import Statement, split
from mlflow_sql.errors import UsageError

ENVIRONMENT = "MLFLOW_SQL_VAR_"
_NAME = re.compile(r"\w+")
_SCALARS = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement and the values of its parameters, by the names as written."""

    statement: Statement
    values: Mapping[str, Any]


class Variables:
    """Values by name, whatever the case. options win over files, later files over earlier, both over the environment.

    options: ``name=value`` as typed; their values are text, as those of the environment. files: flat YAML or JSON,
    whose values keep their types. Raises UsageError for what is no such thing, and for a name that is given twice.
    """

    def __init__(self, options: Sequence[str], files: Sequence[Path], environment: Mapping[str, str]) -> None:
        self._options = _typed(options)
        self._values: dict[str, Any] = {}
        exact = {k.removeprefix(ENVIRONMENT): v for k, v in environment.items() if k.startswith(ENVIRONMENT)}
        for name, value in exact.items():
            self._values[name.lower()] = value
        for path in files:
            self._values |= {name.lower(): value for name, value in read_file(path).items()}
        self._values |= self._options

    def bind(self, statements: Sequence[Statement]) -> list[Bound]:
        """The statements with their values.

        Raises UsageError for a parameter without name or value, with its place, and for an option that nothing uses.
        """
        found: list[Bound] = []
        used: set[str] = set()
        missing: list[str] = []
        for statement in statements:
            if statement.positional:
                raise UsageError(
                    f"a ? has no value ({statement.place})", hint="write $name in its place, and give --var name=..."
                )
            written = parameters_of(statement)
            used |= {name.lower() for name in written}
            missing += [f"${n} ({_place(statement, n)})" for n in written if n.lower() not in self._values]
            values = {n: self._values[n.lower()] for n in written if n.lower() in self._values}
            found.append(Bound(statement, values))
        if missing:
            name = missing[0].split(" ")[0][1:]
            raise UsageError(
                f"no value for {', '.join(missing)}",
                hint=f"give it with --var {name}=..., in a --var-file, or as {ENVIRONMENT}{name} in the environment",
            )
        unused = [name for name in self._options if name not in used]
        if unused:
            raise UsageError(f"no statement uses the variable {unused[0]!r} of --var; write it as ${unused[0]}")
        return found


def parameters_of(statement: Statement) -> list[str]:
    """The names of a statement's parameters as written, each once; ``{{ name }}`` is one too."""
    from mlflow_sql.plan.statement import with_placeholders

    text = with_placeholders(statement.text)
    names = {name for part in split(text) for name in part.parameters}
    return list(dict.fromkeys(n for n in re.findall(r"\$(\w+)", text) if n.lower() in names))


def _place(statement: Statement, name: str) -> str:
    found = re.search(rf"\${name}\b|\{{\{{\s*{name}\s*\}}\}}", statement.text)
    line = statement.line + statement.text.count("\n", 0, found.start() if found else 0)
    return f"{statement.source}, line {line}" if statement.source else f"line {line}"


def _typed(options: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise UsageError(f"--var {option!r} is not name=value")
        if name.lower() in values:
            raise UsageError(f"--var gives {name!r} twice")
        values[name.lower()] = value
    return values


def read_file(path: Path) -> dict[str, Any]:
    """The values of a variables file: flat YAML, or JSON when it ends with .json. Raises UsageError with the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from None
    pairs = _json_pairs(path, text) if path.suffix.lower() == ".json" else _yaml_pairs(path, text)
    values: dict[str, Any] = {}
    for name, value, where in pairs:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise UsageError(f"{path}{where}: {name!r} is not the name of a variable: letters, digits and _")
        if name.lower() in (known.lower() for known in values):
            raise UsageError(f"{path}{where}: {name!r} is given twice")
        values[name] = value
    return values


def _json_pairs(path: Path, text: str) -> list[tuple[Any, Any, str]]:
    try:
        found = json.loads(text, object_pairs_hook=lambda pairs: pairs)
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from None
    if not text.lstrip().startswith("{"):
        raise UsageError(f"{path} must hold names and values")
    for name, value in found:
        if not isinstance(value, _SCALARS):
            raise UsageError(f"{path}: {name!r} must be one value, not a list or an object")
    return [(name, value, "") for name, value in found]


def _yaml_pairs(path: Path, text: str) -> list[tuple[Any, Any, str]]:
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            raise UsageError(f"{path} must hold names and values")
        pairs = []
        for key, value in node.value:
            where = f", line {key.start_mark.line + 1}"
            if not isinstance(value, yaml.ScalarNode):
                raise UsageError(f"{path}{where}: {key.value!r} must be one value, not a list or a mapping")
            pairs.append((loader.construct_object(key), loader.construct_object(value), where))
        return pairs
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
