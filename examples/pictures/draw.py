"""Draw the pictures of the README again, from the demo's runs.

    python examples/demo/demo.py my-store
    python examples/pictures/draw.py my-store

Needs mlflow-sql with the extras ``embedded`` and ``plot``, and pexpect, pyte and rich for the picture of the shell.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

import mlflow_sql

HERE = Path(__file__).resolve().parent
COLUMNS, LINES = 104, 56
_OPENING = 10  # seconds until the local server answers
CURVES = """
    SELECT r.run_name, h.step, h.value, h.key
    FROM metric_history h JOIN runs r USING (run_id) JOIN experiments e USING (experiment_id)
    WHERE e.name = 'moons-sweep' AND h.key = 'val_loss' AND r.params.lr IN ('0.03', '0.3') AND r.params.seed = '0'
    ORDER BY r.run_name, h.step
"""
SESSION = [
    "\\d",
    "SELECT CAST(r.params.lr AS DOUBLE) AS lr, count(*) AS runs,\r"
    "round(max(r.metrics.val_acc), 3) AS best, arg_max(r.run_name, r.metrics.val_acc) AS best_run\r"
    "FROM runs r JOIN experiments e USING (experiment_id)\r"
    "WHERE e.name = 'moons-sweep' AND r.params.lr IS NOT NULL\r"
    "GROUP BY ALL ORDER BY lr;",
    "SELECT run_name, metrics.val_acc FROM runs WHERE params.width = '32' \\plot",
]
# GitHub's dark colours, in the order of ANSI.
THEME = TerminalTheme(
    (13, 17, 23), (230, 237, 243),
    [(72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34), (88, 166, 255), (188, 140, 255), (57, 197, 207),
     (177, 186, 196)],
    [(110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255),
     (86, 212, 221), (255, 255, 255)],
)  # fmt: skip


def charts(store: Path) -> None:
    """The curves of the sweep, light and dark."""
    with mlflow_sql.connect(f"sqlite:///{store / 'mlflow.db'}") as connection:
        picture = connection.plot(CURVES, title="moons-sweep: validation loss of each run")
    for theme in ("light", "dark"):
        picture.save(HERE / f"curves-{theme}.svg", theme)


def session(store: Path) -> None:
    """What a person sees who types SESSION into the shell."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    with tempfile.TemporaryDirectory() as state:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "NO_COLOR"))}
        child = pexpect.spawn(
            sys.executable,
            ["-m", "mlflow_sql.cli.main", "--server", "sqlite:///mlflow.db"],
            cwd=str(store), dimensions=(LINES, COLUMNS), timeout=60,
            env=clean | {"TERM": "xterm-256color", "XDG_STATE_HOME": state, "MLFLOW_DISABLE_TELEMETRY": "true"},
        )  # fmt: skip
        screen.write_process_input = child.send  # the editor asks where its cursor is
        _wait(child, screen, stream, prompts=1)
        time.sleep(_OPENING)
        for number, text in enumerate(SESSION, 2):
            child.send(text)
            time.sleep(0.5)
            child.send("\r")
            _wait(child, screen, stream, prompts=number)
        child.send("\x04")
        child.close(force=True)
    (HERE / "shell.svg").write_text(_svg(screen), encoding="utf-8")


def _wait(child: pexpect.spawn, screen: pyte.Screen, stream: pyte.ByteStream, prompts: int) -> None:
    """Read until so many prompts are there, and nothing stands behind the last."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            stream.feed(child.read_nonblocking(1 << 16, timeout=0.3))
            continue
        except pexpect.TIMEOUT:
            pass
        rows = [row.rstrip() for row in screen.display]
        if sum(row.startswith("mlflow.db>") for row in rows) == prompts and "mlflow.db>" in rows:
            return
    raise SystemExit("the shell did not answer:\n" + "\n".join(screen.display))


def _svg(screen: pyte.Screen) -> str:
    """The screen up to its last prompt, as it looks."""
    last = max(y for y, row in enumerate(screen.display) if row.strip())
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for y in range(last):
        line = Text()
        for x in range(COLUMNS):
            cell = screen.buffer[y][x]
            line.append(cell.data, Style(color=_colour(cell.fg), bold=cell.bold))
        line.rstrip()
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
    drawn = console.export_svg(title="mlflow-sql", theme=THEME, unique_id="shell")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # fonts that would be fetched from elsewhere


def _colour(name: str) -> str | None:
    """pyte's names for colours as rich's."""
    if name == "default":
        return None
    if re.fullmatch("[0-9a-f]{6}", name):
        return f"#{name}"
    return {"brown": "yellow"}.get(name, name.replace("bright", "bright_").replace("brown", "yellow"))


def main() -> None:
    """Draw all of them from the store in a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the demo keeps its runs")
    store = parser.parse_args().folder.resolve()
    if not (store / "mlflow.db").exists():
        raise SystemExit(f"there are no runs in {store}: python examples/demo/demo.py {store}")
    charts(store)
    session(store)


if __name__ == "__main__":
    main()
