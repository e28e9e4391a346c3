"""What the documents show is what happens, and they name everything that a user can use.

Accept new output with: python -m pytest tests/docs --update-docs
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mlflow_sql.catalog import model
from mlflow_sql.catalog.load import load
from mlflow_sql.cli.main import cli
from mlflow_sql.engine.commands import read_command
from mlflow_sql.engine.options import Options
from support.documents import Session, blocks, checked, masked
from support.pushed import table

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "provider/README.md", "resources/README.md", "examples/README.md")
STATEMENTS = (
    "SHOW TABLES", "SHOW PROVIDERS", "SHOW SERVICES IN mlflow", "SHOW RESOURCES IN mlflow.tracking",
    "SHOW DATABASES", "SHOW METHODS IN runs", "DESCRIBE runs", "DESCRIBE EXTENDED runs", "DESCRIBE METHOD runs.search",
    "EXPLAIN", "EXPLAIN ANALYZE", "EXPLAIN (FORMAT json)", "CREATE VIEW", "DROP VIEW", "RESET",
)  # fmt: skip
_MARKED = re.compile(r"(<!-- pushed -->\n)(.*?)(<!-- /pushed -->)", re.DOTALL)


def text_of(name: str) -> str:
    """A document, or all of them."""
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    """Whether documents are to be rewritten."""
    return bool(request.config.getoption("--update-docs", default=False))


@pytest.fixture
def session(demo_url: str, tmp_path: Path) -> Iterator[Session]:
    """Where one document's examples run."""
    found = Session(demo_url, tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_examples_print_what_the_document_shows(name: str, session: Session, updating: bool) -> None:
    """All python, sql and console blocks run, and what they print is what is shown, but for ids, times and sizes."""
    before = text_of(name)
    after, faults = checked(before, session)
    if updating:
        if after != before:
            (ROOT / name).write_text(after, encoding="utf-8")
        return
    assert not faults, f"{name}: accept with --update-docs, or mend\n" + "\n".join(faults)


def test_masks_hide_only_what_differs_between_runs() -> None:
    """Ids, times and sizes are equal to others; names and numbers of rows are not."""
    assert masked("4ff6e3dab96f490d9eef5dab75e93aea took 0.174 s") == masked("0" * 32 + " took 2 s")
    assert masked("2026-11-20T23:14:18.510Z") == masked("2027-01-02T03:04:05.000Z")
    assert masked("3 rows in 1.5 s") != masked("4 rows in 1.5 s")
    assert masked("loss 0.145") != masked("loss 0.146")


def test_the_table_of_pushed_conditions_is_that_of_the_files(updating: bool) -> None:
    """The README's table is generated from resources/."""
    before = text_of("README.md")
    after = _MARKED.sub(lambda m: m[1] + table(load()) + "\n" + m[3], before)
    if updating and after != before:
        (ROOT / "README.md").write_text(after, encoding="utf-8")
        return
    assert after == before, "accept with --update-docs"


def test_every_table_and_alias_is_in_the_readme() -> None:
    """A table without a line is a table that nobody finds."""
    text = text_of("README.md")
    names = [n for r in load().resources for n in (r.name, *r.aliases, *r.addresses)]
    assert [n for n in names if f"`{n}`" not in text] == []


def test_every_option_and_format_of_the_command_is_in_the_readme() -> None:
    """Each option by its long name, in the part about the command."""
    text = text_of("README.md").split("## The command")[1].split("\n## ")[0]
    assert [o for p in cli.params for o in p.opts if o.startswith("--") and o not in text] == []
    formats = next(p.type.choices for p in cli.params if p.name == "form")
    assert [f for f in formats if f"`{f}`" not in text] == []


def test_every_setting_is_in_the_readme() -> None:
    """Each name that SET takes."""
    text = text_of("README.md")
    assert [n for n in Options.names() if f"SET {n} =" not in text] == []


def test_every_kind_of_statement_is_in_the_readme_and_known() -> None:
    """SHOW, DESCRIBE, EXPLAIN, SET and views: what is shown is what the engine reads as its own."""
    text = text_of("README.md")
    assert [s for s in STATEMENTS if f"`{s}" not in text] == []
    own = [s for s in STATEMENTS if s.startswith(("SHOW", "DESCRIBE"))]
    assert [s for s in own if read_command(s) is None] == []


def test_every_variable_that_is_read_is_in_the_readme() -> None:
    """Each environment variable that the address and the credentials may come from."""
    text = text_of("README.md")
    sources = [p.read_text() for p in (ROOT / "provider" / "mlflow_sql" / "rest").glob("*.py")]
    read = {n for s in sources for n in re.findall(r"\"((?:MLFLOW|DATABRICKS)_[A-Z_0-9]+)\"", s)}
    assert len(read) > 10
    assert sorted(n for n in read if f"`{n}`" not in text) == []


def test_every_word_of_resource_files_is_explained() -> None:
    """Each field of each struct of the model, and each comparison, stands in resources/README.md."""
    text = text_of("resources/README.md")
    structs = [s for _, s in inspect.getmembers(model, inspect.isclass) if issubclass(s, msgspec.Struct)]
    words = {f for s in structs if s not in (model.Catalog, model.Struct) for f in s.__struct_fields__}
    assert len(words) > 40
    assert sorted(w for w in {*words, *model.Op} if f"`{w}`" not in text) == []


def test_every_module_is_on_the_map() -> None:
    """provider/README.md names each module, and none that is gone."""
    text = text_of("provider/README.md")
    package = ROOT / "provider" / "mlflow_sql"
    found = {
        ".".join(p.relative_to(package).with_suffix("").parts) for p in package.rglob("*.py") if p.name != "__init__.py"
    }
    named = {n for n in re.findall(r"`([a-z_.]+)`", text.split("## The map")[1].split("\n## ")[0]) if "." in n}
    assert sorted(m for m in found if f"`{m}`" not in text) == []
    assert sorted(n for n in named if n not in found and n != "_predicates.yaml") == []


def test_every_example_is_listed() -> None:
    """examples/README.md names each file."""
    text = text_of("examples/README.md")
    files = [p.relative_to(ROOT / "examples") for p in (ROOT / "examples").rglob("*") if p.is_file()]
    kept = [str(p) for p in files if "__pycache__" not in p.parts and p.name != "README.md"]
    assert [p for p in kept if f"`{p}`" not in text] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    """Each relative link names a file or folder."""
    text = text_of(name)
    for block in reversed(blocks(text)):
        text = text[: block.start] + text[block.end :]
    links = [t for t in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in t]
    assert [t for t in links if not ((ROOT / name).parent / t).exists()] == []
