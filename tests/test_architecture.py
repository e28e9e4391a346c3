"""Rules of the code's shape that no linter knows."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mlflow_sql
from mlflow_sql.catalog.load import load

PROVIDER = Path(__file__).parents[1] / "provider"
MODULES = sorted(PROVIDER.rglob("*.py"))
MOST_LINES = 400


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def name(module: Path) -> str:
    return str(module.relative_to(PROVIDER))


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    """One job each, and never more than 400 lines for it."""
    lines = module.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES


TABLES = {n for r in load().resources for n in (r.name, *r.aliases)}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_no_table_is_named_in_code(module: Path) -> None:
    """A new table is a new resource file, so code knows tables by what the files say of them."""
    docs = {id(d) for d in _docstrings(tree(module))}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            assert node.value not in TABLES, f"line {node.lineno}: {node.value!r}"


def _docstrings(module: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_what_is_public_is_documented(module: Path) -> None:
    """Every module, and every public class, function and method in it, but for stubs of protocols and dunders."""
    found = tree(module)
    missing = [] if ast.get_docstring(found) or not found.body else ["the module"]
    missing += [node for node in _undocumented(found, protocol=False)]
    assert missing == []


def _undocumented(parent: ast.Module | ast.ClassDef, protocol: bool) -> Iterator[str]:
    for node in parent.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if isinstance(node, ast.ClassDef):
            if ast.get_docstring(node) is None and not _says_all(node):
                yield f"class {node.name}"
            bases = {ast.unparse(b).split("[")[0].split(".")[-1] for b in node.bases}
            yield from (f"{node.name}.{inner}" for inner in _undocumented(node, "Protocol" in bases))
        elif ast.get_docstring(node) is None and not protocol and not _is_private_to(parent):
            yield node.name


def _is_private_to(parent: ast.Module | ast.ClassDef) -> bool:
    return isinstance(parent, ast.ClassDef) and parent.name.startswith("_")


def _says_all(node: ast.ClassDef) -> bool:
    """Whether the class is a plain record whose only field says what it is, as And and Or of a formula are."""
    return all(isinstance(part, ast.AnnAssign) for part in node.body) and len(node.body) == 1


def test_the_package_offers_what_it_lists() -> None:
    """Each name in __all__ is there, and nothing else is public."""
    assert sorted(mlflow_sql.__all__) == sorted(["Connection", "Relation", "__version__", "connect", "errors"])
    for public in mlflow_sql.__all__:
        assert getattr(mlflow_sql, public) is not None
    init = tree(PROVIDER / "mlflow_sql" / "__init__.py")
    imported = {a.asname or a.name for n in ast.walk(init) if isinstance(n, ast.ImportFrom) for a in n.names}
    own = imported - {"TYPE_CHECKING", "Any", "annotations", "import_module"}
    assert own | {"__version__"} == set(mlflow_sql.__all__)
    with pytest.raises(AttributeError, match="no attribute 'conect'"):
        mlflow_sql.conect  # noqa: B018


@pytest.mark.parametrize("heavy", ["duckdb", "pyarrow", "requests", "rich"])
def test_importing_the_package_is_cheap(heavy: str) -> None:
    """The command answers --version before any of these is loaded."""
    code = f"import sys, mlflow_sql, mlflow_sql.cli.main; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(PROVIDER)}, check=False).returncode == 0
