"""Runs the examples of a document and compares what they print with what the document shows.

Of the fenced blocks these are run, in order and in one session a document: ``python`` (one namespace), ``sql``
(statement by statement, on the session's ``con``) and ``console`` (lines that begin with ``$``; what follows them is
their output). A ``text`` block right after a python or sql block is what it prints. ``yaml name.yaml`` is written to
that file first. Anything else (``sh``: what a test must not do) is only shown.

Each document's address of a server, `SHOWN`, stands for the server that it is run against. Ids, times and sizes that
differ from run to run count as equal.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow_sql
from mlflow_sql.cli.render import Format, Renderer
from mlflow_sql.cli.script import split

SHOWN = "http://127.0.0.1:5000"
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_VARIES = (
    (re.compile(r"\b[0-9a-f]{32}\b"), "0" * 32),
    (re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d\.\d{3}"), r"0000-00-00\g<1>00:00:00.000"),
    (re.compile(r"\b\d{13}\b"), "0" * 13),
    (re.compile(r"\b\d\d:\d\d:\d\d\.\d+"), "00:00:00"),
    (re.compile(r"\b\d+(?:\.\d+)? (s|ms|kB|MB)\b"), r"0 \1"),
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and what stands behind it, its text, and where that begins and ends."""

    language: str
    name: str
    text: str
    start: int
    end: int
    line: int


@dataclass
class Session:
    """Runs a document's blocks against one server, in a folder of its own."""

    url: str
    folder: Path
    names: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make ``mlflow-sql`` a command of this interpreter and its paths."""
        command = self.folder / "bin" / "mlflow-sql"
        command.parent.mkdir(parents=True)
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mlflow_sql.cli.main "$@"\n')
        command.chmod(0o755)

    def run(self, block: Block) -> str:
        """What the block prints, for a console with its commands in between."""
        with contextlib.chdir(self.folder):
            match block.language:
                case "python":
                    return self.python(block)
                case "sql" if block.name != "norun":  # it needs what a document's session has not
                    return self.sql(block.text.replace(SHOWN, self.url))
                case "console":
                    return self.console(block.text)
                case "yaml" if block.name:
                    Path(block.name).write_text(block.text)
        return ""

    def python(self, block: Block) -> str:
        """Standard output of the code. What it raises ends the test, with the document's line in the traceback."""
        code = compile("\n" * (block.line - 1) + block.text.replace(SHOWN, self.url), "README", "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, self.names)
        return printed.getvalue().replace(self.url, SHOWN)

    def sql(self, text: str) -> str:
        """Each statement's rows as the command prints them to a file."""
        out = io.BytesIO()
        connection = self.names.get("con") or self.names.setdefault("con", mlflow_sql.connect(self.url))
        for statement in split(text):
            relation = connection.sql(statement.text)
            if relation is not None:
                Renderer(Format.TABLE, out).write(relation)
        return out.getvalue().decode()

    def console(self, text: str) -> str:
        """The block as it would be with what its commands print now, errors included."""
        shown = []
        for command in commands(text):
            done = subprocess.run(
                ["/bin/sh", "-c", command.replace(SHOWN, self.url)],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                timeout=60,
                env=os.environ
                | {
                    "MLFLOW_TRACKING_URI": self.url,
                    "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                    "PYTHONPATH": os.pathsep.join(sys.path),
                    "PYTHONUTF8": "1",
                },
            )
            first, *more = command.split("\n")
            shown += [f"$ {first}", *(f"> {line}" for line in more)]
            shown += done.stdout.replace(self.url, SHOWN).splitlines()
        return "\n".join(shown) + "\n"

    def close(self) -> None:
        """Close the session's connection."""
        if (connection := self.names.get("con")) is not None:
            connection.close()


def commands(text: str) -> list[str]:
    """The commands of a console block: a line after ``$``, and those after ``>`` that go on with it."""
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(line[2:])
        elif line.startswith("> ") and found:
            found[-1] += "\n" + line[2:]
    return found


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a document."""
    found = []
    for match in _FENCE.finditer(text):
        language, _, name = match[1].strip().partition(" ")
        line = text.count("\n", 0, match.start(2)) + 1
        found.append(Block(language, name, match[2], match.start(2), match.end(2), line))
    return found


def checked(text: str, session: Session) -> tuple[str, list[str]]:
    """The document with what its examples print now, and how each that differs does."""
    found = blocks(text)
    edits: list[tuple[Block, str]] = []
    for block, following in zip(found, [*found[1:], None], strict=True):
        printed = session.run(block)
        place: Block | None = None
        if block.language == "console":
            place = block
        elif block.language in ("python", "sql") and following and following.language == "text":
            place = following if not text[block.end + 3 : following.start].removesuffix("```text\n").strip() else None
        if place is not None and masked(place.text) != masked(printed):
            edits.append((place, printed.strip("\n") + "\n"))
    faults = [f"line {place.line}: shown is\n{place.text}but it prints\n{printed}" for place, printed in edits]
    for place, printed in reversed(edits):
        text = (
            text[: place.start] + "\n".join(line.rstrip() for line in printed.splitlines()) + "\n" + text[place.end :]
        )
    return text, faults


def masked(text: str) -> str:
    """The text without what differs between two runs of the same example."""
    for pattern, constant in _VARIES:
        text = pattern.sub(constant, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
