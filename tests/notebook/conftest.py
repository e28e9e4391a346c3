"""An IPython shell in this process, with the extension loaded: what its cells print and answer."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Ran:
    """What a cell did: what it printed, errors included, the value that it ended with, and its error.

    shown: how the notebook showed the value, by type.
    """

    printed: str
    value: Any
    error: BaseException | None
    shown: Mapping[str, str]


class Notebook:
    """Cells, one after another, in one namespace."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    @property
    def names(self) -> dict[str, Any]:
        """The notebook's variables."""
        return self.shell.user_ns

    def run(self, cell: str) -> Ran:
        """Run a cell, whatever becomes of it."""
        printed, shown = io.StringIO(), {}
        hook = self.shell.displayhook
        hook.write_output_prompt = lambda: None
        hook.write_format_data = lambda data, metadata=None: shown.update(data)
        hook.finish_displayhook = lambda: None
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            result = self.shell.run_cell(cell)
        return Ran(printed.getvalue(), result.result, result.error_in_exec or result.error_before_exec, shown)

    def well(self, cell: str) -> Ran:
        """Run a cell; its error fails the test."""
        ran = self.run(cell)
        assert ran.error is None, ran.printed
        return ran

    def value(self, cell: str) -> Any:
        """The value that a cell ends with."""
        return self.well(cell).value

    def html(self, cell: str) -> str:
        """What a notebook shows of it."""
        return self.well(cell).shown["text/html"]

    def text(self, cell: str) -> str:
        """What a terminal shows of it."""
        return self.well(cell).shown["text/plain"]


@pytest.fixture(scope="module")
def ipython(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The one IPython shell of this process."""
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.ProfileDir.location = str(tmp_path_factory.mktemp("ipython"))
    shell = InteractiveShell.instance(config=config)
    shell.display_formatter.active_types = shell.display_formatter.format_types  # as in a notebook
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def notebook(ipython: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Notebook]:
    """An empty notebook with the extension loaded, and no server named."""
    import mlflow_sql

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    ipython.run_line_magic("load_ext", "mlflow_sql")
    yield Notebook(ipython)
    for value in list(ipython.user_ns.values()):
        if isinstance(value, mlflow_sql.Connection):
            value.close()
    ipython.run_line_magic("unload_ext", "mlflow_sql")
    ipython.reset(new_session=False)
    # IPython remembers the last error and the last results, and with them whatever they hold.
    ipython.last_execution_result = ipython.displayhook.exec_result = None
    ipython.InteractiveTB.tb = None
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)
