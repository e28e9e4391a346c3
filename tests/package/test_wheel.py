"""What is built and installed is whole: run from another folder, without the checkout."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from mlflow_sql import __version__

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Standard output of a command that must succeed, without the paths that this test run was given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, env=kept | environment)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive, and the wheel that was built from it."""
    out = tmp_path_factory.mktemp("dist")
    # Without hatchling here, build fetches it: slower, and not without a network.
    isolation = ("--no-isolation",) if importlib.util.find_spec("hatchling") else ()
    run(sys.executable, "-m", "build", *isolation, "--outdir", out, ROOT, cwd=out)
    return out


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment that holds the wheel, and sees the dependencies of this one."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = built.glob("*.whl")
    python = programs / "python"
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, *install, wheel, cwd=folder)
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    # Behind the wheel on the path: an editable install of the checkout, which is a .pth there, is not followed.
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def test_the_wheel_holds_every_module_and_resource_file_and_nothing_else(built: Path) -> None:
    """Each file of the package and each table; no tests, no documents, no examples."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
    package = ROOT / "provider"
    code = {str(p.relative_to(package)) for p in package.rglob("*") if p.suffix == ".py" or p.name == "py.typed"}
    tables = {f"mlflow_sql/resources/{p.name}" for p in (ROOT / "resources").glob("*.yaml")}
    assert len(tables) > 5
    assert names == code | tables


def test_the_source_archive_can_test_itself(built: Path) -> None:
    """It holds tests, examples, resource files and the Makefile, and no generated file."""
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {n.partition("/")[2] for n in archive.getnames()}
    assert {"README.md", "LICENSE", "Makefile", "pyproject.toml", "tests/conftest.py", "examples/tour.sql"} <= names
    assert {f"resources/{p.name}" for p in (ROOT / "resources").glob("*.yaml")} <= names
    assert [n for n in names if n.startswith((".venv", "dist")) or "__pycache__" in n] == []


def test_the_installed_command_works_from_another_folder(installed: Path, tmp_path: Path) -> None:
    """It tells its version and lists its tables, which needs no server, from the wheel's own files."""
    where = run(installed / "python", "-c", "import mlflow_sql; print(mlflow_sql.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent), "another mlflow_sql was found first"
    assert run(installed / "mlflow-sql", "--version", cwd=tmp_path) == f"mlflow-sql {__version__}\n"
    shown = run(installed / "mlflow-sql", "--format", "csv", "-c", "SHOW TABLES", cwd=tmp_path, PYTHONUTF8="1")
    tables = {p.stem for p in (ROOT / "resources").glob("[a-z]*.yaml")}
    assert {line.split(",")[0] for line in shown.splitlines()[1:]} == tables
