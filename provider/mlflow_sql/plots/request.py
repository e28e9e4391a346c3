"""What a person asks for: the words after ``\\plot``, and the arguments of ``plot()``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mlflow_sql.errors import UsageError, nearest
from mlflow_sql.plots.chart import KINDS, Kind

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
ENDINGS = (".svg", ".png", ".html")
ROLES = ("x", "y", "color", "log", "title")
USAGE = "[bar|line|scatter|parallel] [x=COLUMN] [y=COLUMN] [color=COLUMN] [log=COLUMN|off] [-o FILE] [--theme dark]"


class NothingToDraw(UsageError):
    """These rows make no picture, and other values in the same columns would: there are none, or all are NULL."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is given; None is to be chosen. x and y may name several columns where a picture has a use for them.

    log: the columns on a logarithmic axis; empty for none.
    """

    kind: Kind | None = None
    x: tuple[str, ...] = ()
    y: tuple[str, ...] = ()
    color: str | None = None
    log: tuple[str, ...] | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a command: the picture, the file for it (None: the terminal), and the theme of the file."""

    request: Request
    output: Path | None = None
    theme: Theme = "light"


def request(
    kind: str | None = None,
    x: str | Sequence[str] | None = None,
    y: str | Sequence[str] | None = None,
    color: str | None = None,
    log: str | Sequence[str] | bool | None = None,
    title: str | None = None,
) -> Request:
    """A request from arguments. Raises UsageError for a kind that does not exist.

    log: names of columns, True for x and y, False for none.
    """
    if kind is not None and kind not in KINDS:
        near = nearest(kind, KINDS, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"there is no picture {kind!r}{meant}", hint=f"the kinds are {', '.join(KINDS)}")
    logs = (("x", "y") if log else ()) if isinstance(log, bool) else None if log is None else _names(log)
    if logs in (("off",), ("none",)):
        logs = ()
    return Request(kind, _names(x), _names(y), color, logs, title)


def _names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else tuple(given)


def theme_of(name: str) -> Theme:
    """The theme of that name. Raises UsageError."""
    if name not in THEMES:
        raise UsageError(f"there is no theme {name!r}", hint=f"the themes are {' and '.join(THEMES)}")
    return name


def ending_of(path: Path) -> str:
    """The ending that says what kind of file it is. Raises UsageError for another."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"cannot draw into {path}", hint=f"the file's name ends with {', '.join(ENDINGS)}")
    return ending


def read(text: str | Sequence[str]) -> Words:
    """The words of a command. Raises UsageError for what is none of them."""
    try:
        words = shlex.split(text) if isinstance(text, str) else list(text)
    except ValueError:
        raise UsageError("a quote is open", hint=USAGE) from None
    given: dict[str, str] = {}
    kind: str | None = None
    output: Path | None = None
    theme: Theme = "light"
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in ("-o", "--output", "--theme"):
            value = next(rest, "")
        if name in ("-o", "--output"):
            output = Path(_needed(name, value)).expanduser()
            ending_of(output)
        elif name == "--theme":
            theme = theme_of(_needed(name, value))
        elif equals and name in ROLES:
            if name in given:
                raise UsageError(f"{name} is given twice")
            given[name] = _needed(name, value)
        elif equals or word.startswith("-"):
            known = [*ROLES, "--output", "--theme"]
            near = nearest(name, known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"there is no {name} of a picture{meant}", hint=USAGE)
        elif kind is not None:
            raise UsageError(f"{word!r} after {kind!r} says nothing", hint=USAGE)
        else:
            kind = word
    if theme == "dark" and output is None:
        raise UsageError("a theme is for a file: the terminal has its own", hint="-o chart.svg --theme dark")
    return Words(request(kind, **given), output, theme)


def _needed(name: str, value: str) -> str:
    if not value:
        raise UsageError(f"{name} needs a value", hint=USAGE)
    return value
