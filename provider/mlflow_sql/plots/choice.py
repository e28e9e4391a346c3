"""Which picture, and which column has which part in it: from names, types and what the values are like.

The rules, for a kind that is not given:
- a step or a time, and lines of more than one point: lines;
- one number for each text, param or run: bars;
- two numbers, or a param or a text that comes again and a number: a scatter; a third column that is a text colours it;
- more than that: parallel coordinates, coloured by the last number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mlflow_sql.errors import BindError, UsageError, nearest
from mlflow_sql.plots.chart import Kind
from mlflow_sql.plots.request import NothingToDraw, Request
from mlflow_sql.plots.rows import EXAMPLE, Column

RELATIVE = ("relative", "elapsed")  # as x: the time since the first point of each line
_STEPS = frozenset(("step", "steps", "global_step", "epoch", "epochs", "iteration", "iterations", "iter", "batch"))
_RUN_NAMES = frozenset(("run_name", "run", "name"))
_RUN_IDS = frozenset(("run_id", "run_uuid"))
_VALUE = "value"
_COLOURS = 10  # texts that colours can tell apart
_CATEGORIES = 50  # texts that an axis can show
_FEW_RUNS = 50  # that bars can show one by one
_AXES = 12
_DECADES = 16.0  # the least ratio of numbers on a logarithmic axis that was not asked for

Distinct = Callable[[Sequence[Column]], int]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn. x: None for parallel coordinates. y: one, or of lines several, or the axes of parallel ones.

    series: the columns that tell lines (or bars' names, or runs) apart. relative: x counts from a line's first point.
    log: the columns on logarithmic axes. mean: bars of one name are averaged.
    """

    kind: Kind
    x: Column | None
    y: tuple[Column, ...]
    color: Column | None = None
    series: tuple[Column, ...] = ()
    relative: bool = False
    log: frozenset[str] = frozenset()
    mean: bool = False
    remarks: tuple[str, ...] = ()


def choose(columns: Sequence[Column], request: Request, distinct: Distinct) -> Choice:
    """The picture of a result. Raises UsageError when its columns make none, BindError for unknown names.

    distinct: how many combinations of values some columns have.
    """
    return _Chooser(columns, request, distinct).choice()


class _Chooser:
    def __init__(self, columns: Sequence[Column], request: Request, distinct: Distinct) -> None:
        self.request = request
        self.distinct = distinct
        self.rows = columns[0].rows if columns else 0
        self.all = list(columns)
        self.relative = len(request.x) == 1 and request.x[0].lower() in RELATIVE and not self._has(request.x[0])
        self.x = [] if self.relative else [self._named(n) for n in request.x]
        self.y = [self._named(n) for n in request.y]
        self.color = self._named(request.color) if request.color is not None else None
        given = [*self.x, *self.y, *([self.color] if self.color else [])]
        for column in given:
            if not column.present and self.rows:
                raise NothingToDraw(f"{column.name} has no value that can be drawn: all are NULL, NaN or infinite")
        self.given = {c.at for c in given}
        self.usable = [c for c in columns if c.present]

    def _has(self, name: str) -> bool:
        return any(c.name.lower() == name.lower() for c in self.all)

    def _named(self, name: str) -> Column:
        for column in self.all:
            if column.name.lower() == name.lower():
                return column
        names = [c.name for c in self.all]
        hint = "the columns that can be drawn are " + ", ".join(names)
        raise BindError(f"the result has no column {name!r} to draw", suggestions=nearest(name, names), hint=hint)

    # -- the kind

    def choice(self) -> Choice:
        if not self.rows:
            raise NothingToDraw("the result is empty: there is nothing to draw")
        made: dict[Kind, Callable[[], Choice]] = {
            "line": self._line, "bar": self._bar, "scatter": self._scatter, "parallel": self._parallel
        }  # fmt: skip
        kind = self.request.kind or self._kind()
        choice = made[kind]()
        return self._with_logs(choice)

    def _kind(self) -> Kind:
        if self.relative or len(self.y) > 1 or self._is_line():
            return "line"
        if self.x:
            x = self.x[0]
            if len(self.x) > 1:
                return "parallel"
            return "bar" if self._is_key(x) else "scatter"
        parts = self._parts()
        if self.color is not None:
            parts = [c for c in parts if c is not self.color]
        if len(self.y) == 1 and len(parts) > 2:
            parts = self.y + [c for c in parts if c is not self.y[0]][:1]  # against the first other
        if len(parts) <= 1:
            return "bar"
        if len(parts) == 2:
            few = self.rows <= _FEW_RUNS and len(self._names()) == 1
            texts = [c for c in parts if c.kind == "text" and ((few and not c.numeric) or self._is_key(c))]
            return "bar" if texts else "scatter"
        numbers = [c for c in parts if c.measured or c.numeric]
        texts = [c for c in parts if c not in numbers]
        if len(numbers) == 1 and len(texts) == 2 and self._are_bars(texts):
            return "bar"
        if len(numbers) == 2 and len(texts) == 1 and texts[0].distinct <= _COLOURS and numbers[-1].measured:
            return "scatter"
        return "parallel"

    def _is_key(self, column: Column) -> bool:
        """Whether each row has a text, or the number of a param, of its own."""
        return column.kind == "text" and column.distinct == column.present

    def _are_bars(self, texts: Sequence[Column]) -> bool:
        return self.distinct(texts) == self.rows and texts[1].distinct <= _COLOURS

    def _parts(self) -> list[Column]:
        """The columns that a picture of runs is about: no names of runs, nothing that is all the same."""
        measured = [c for c in self.usable if c.measured]
        parts = [c for c in self.usable if not self._is_name(c)]
        if len(parts) > 2:
            kept = {*self.given, *(c.at for c in measured[-1:])}
            parts = [c for c in parts if c.distinct > 1 or c.present < self.rows or c.at in kept]
        if len(parts) > 2:
            parts = [c for c in parts if c.kind != "time" or c.at in self.given]
        return [c for c in parts if c.measured or c.numeric or c.distinct <= _CATEGORIES]

    def _is_name(self, c: Column) -> bool:
        """Whether it only says which run, or which row, this is."""
        if c.at in self.given:
            return False
        if c.kind != "text":
            return False
        lowered = c.name.lower()
        return (
            lowered in _RUN_NAMES or lowered in _RUN_IDS or lowered.endswith("_id")
            or (not c.numeric and c.distinct == self.rows > _COLOURS)
        )  # fmt: skip

    # -- lines

    def _is_line(self) -> bool:
        if self.x and not (len(self.x) == 1 and (_is_step(self.x[0]) or self.x[0].kind == "time")):
            return False
        x = self._line_x()
        if x is None:
            return False
        ys = self._line_ys(x)
        if not ys or (x.kind == "time" and not self.x and len(ys) > 1):
            return False
        return self.distinct(self._line_series(x, ys)) < self.rows

    def _line_x(self) -> Column | None:
        """The step; the time, where there is no step or it says nothing."""
        if self.x:
            return self.x[0]
        free = [c for c in self.usable if c.at not in self.given]
        steps = [c for c in free if _is_step(c)]
        times = [c for c in free if c.kind == "time"]
        if not self.relative and self.request.kind is None:  # when a run began is no place on a line
            times = [c for c in times if not c.name.lower().endswith("_time")]
        if self.relative:
            if not times:
                raise UsageError("x=relative needs a column with a time", hint=f"x is {self.request.x[0]} now")
            return times[0]
        telling = [c for c in steps if c.distinct > 1]
        return next(iter([*telling, *times, *steps]), None)

    def _line_ys(self, x: Column) -> list[Column]:
        if self.y:
            return self.y
        measured = [c for c in self.usable if c.measured and c is not x and not _is_step(c) and c.kind != "time"]
        values = [c for c in measured if c.name.lower() == _VALUE]
        return values or [c for c in measured if c is not self.color]

    def _line_series(self, x: Column, ys: Sequence[Column]) -> list[Column]:
        """The fewest columns that tell the lines apart, names before ids."""
        texts = [c for c in self.usable if c.kind == "text" and c is not x and c not in ys]
        texts.sort(key=lambda c: (c.name.lower() in _RUN_IDS, c.name.lower().endswith("_id"), not _is_run_name(c)))
        if self.color is not None and self.color.kind == "text":
            texts = [self.color, *(c for c in texts if c is not self.color)]
        every, found = self.distinct(texts), 1
        kept: list[Column] = []
        for text in texts:
            if found >= every:
                break
            if (more := self.distinct([*kept, text])) > found:
                kept, found = [*kept, text], more
        if self.color is not None and self.color not in kept and self.color.kind == "text":
            kept = [self.color, *kept]
        return kept

    def _line(self) -> Choice:
        x = self._line_x() or next((c for c in self.usable if c.measured or c.numeric), None)
        if x is None or not (x.measured or x.numeric):
            raise self._missing("lines need a step, a time or numbers for x", "SELECT step, value FROM ... \\plot line")
        ys = self._line_ys(x)
        for y in ys:
            self._check_number(y)
        if not ys:
            raise self._missing("lines need numbers for y", "\\plot line y=COLUMN")
        return Choice("line", x, tuple(ys), self.color, tuple(self._line_series(x, ys)), self.relative)

    # -- bars

    def _bar(self) -> Choice:
        y = self._last_number(self.x)
        names = [c for c in self.usable if c is not y and c.kind == "text"]
        if self.x:
            keys = self.x
        else:
            free = [c for c in names if c is not self.color]
            parts = [c for c in free if not self._is_name(c)]
            telling = [c for c in parts if c.distinct > 1] or parts
            single = [c for c in telling if self._is_key(c)]
            named = [c for c in free if self._is_name(c)]
            named.sort(key=lambda c: (not _is_run_name(c), c.name.lower() in _RUN_IDS, c.name.lower().endswith("_id")))
            others = [c for c in self.usable if c not in (y, self.color) and not c.numeric and c.kind != "text"]
            keys = (single or named or telling or others)[:1]
            if self.color is None:
                self.color = self._bar_colour(keys, telling, has_names=bool(named or single))
        if not keys:
            raise self._missing("bars need a column that names them", EXAMPLE)
        key, color = keys[0], self.color
        unique = self.distinct([key, color] if color is not None and color.kind == "text" else [key]) == self.rows
        mean = False
        series: list[Column] = []
        if not unique:
            series = self._more_names(key, names) if self._is_name(key) or _is_run_name(key) else []
            mean = self.distinct([key, *series]) < self.rows
            if color is not None and mean and color.measured:
                raise UsageError(f"bars that stand for several rows cannot be coloured by {color.name}")
        return Choice("bar", key, (y,), color, tuple(series), mean=mean)

    def _bar_colour(self, keys: Sequence[Column], texts: Sequence[Column], has_names: bool) -> Column | None:
        """The text that colours bars: the only one beside their names, or the second that names them."""
        texts = [c for c in texts if c not in keys and not c.numeric and 1 < c.distinct <= _COLOURS]
        if len(texts) != 1:
            return None
        return texts[0] if has_names or self.distinct([*keys, texts[0]]) == self.rows else None

    def _more_names(self, key: Column, names: Sequence[Column]) -> list[Column]:
        """What tells runs of one name apart."""
        ids = [c for c in names if c is not key and c.name.lower() in _RUN_IDS]
        return ids[:1]

    # -- scatter

    def _scatter(self) -> Choice:
        if len(self.x) > 1 or len(self.y) > 1:
            raise UsageError("a scatter has one x and one y", hint="\\plot scatter x=lr y=loss")
        y = self._last_number(self.x)
        parts = [c for c in self._parts() if c is not y and c is not self.color]
        params = [c for c in parts if c.numeric and not c.measured]
        numbers = [c for c in parts if c.measured]
        texts = [c for c in parts if c not in params and c not in numbers]
        found = self.x or params[:1] or numbers[:1] or texts[:1] or [c for c in self.usable if c is not y][:1]
        if not found:
            raise self._missing("a scatter needs two columns", "SELECT params.lr, metrics.loss FROM runs \\plot")
        x = found[0]
        rest = [c for c in texts if c is not x and 1 < c.distinct <= _COLOURS and not self.given - {x.at, y.at}]
        color = self.color or (rest[0] if rest and not self.x and not self.y else None)
        return Choice("scatter", x, (y,), color, tuple(self._names()))

    def _names(self) -> list[Column]:
        """What a mark is called."""
        named = [c for c in self.usable if self._is_name(c)]
        named.sort(key=lambda c: (not _is_run_name(c), c.name.lower() not in _RUN_IDS))
        return named[:1]

    # -- parallel coordinates

    def _parallel(self) -> Choice:
        color = self.color or self._last_number(self.x)
        self._check_number(color)
        axes = self.x or [c for c in self._parts() if c is not color and c not in self.y]
        axes = [c for c in axes if c is not color and c not in self.y] + [c for c in self.y if c is not color] + [color]
        if len(axes) < 2:
            raise self._missing(
                "parallel coordinates need two columns or more",
                "SELECT params.lr, params.width, metrics.loss FROM runs \\plot parallel",
            )
        remarks: tuple[str, ...] = ()
        if len(axes) > _AXES:
            left = axes[_AXES - 1 : -1]
            remarks = (f"{_AXES} of {len(axes)} columns; not {', '.join(c.name for c in left)}",)
            axes = [*axes[: _AXES - 1], color]
        return Choice("parallel", None, tuple(axes), color, tuple(self._names()), remarks=remarks)

    # -- parts

    def _last_number(self, others: Iterable[Column]) -> Column:
        if self.y:
            self._check_number(self.y[-1])
            return self.y[-1]
        taken = [*others, *([self.color] if self.color else [])]
        free = [c for c in self.usable if c not in taken]
        measured = [c for c in free if c.measured and c.kind != "time" and not _is_step(c)]
        found = measured or [c for c in free if c.kind in ("number", "elapsed")] or [c for c in free if c.numeric]
        found = [c for c in found if not c.name.lower().endswith("_id")] or found
        if not found:
            raise self._missing("a picture needs a column of numbers", EXAMPLE)
        return found[-1]

    def _check_number(self, column: Column) -> None:
        if not column.numeric and column.kind not in ("number", "elapsed"):
            raise UsageError(
                f"{column.name} holds no numbers", hint="y is a column of numbers: cast it, or choose another with y="
            )

    def _missing(self, text: str, example: str) -> UsageError:
        has = ", ".join(c.name if c.present else f"{c.name} (no values)" for c in self.all) or "none"
        fault = UsageError if all(c.present for c in self.all) else NothingToDraw
        return fault(f"{text}; the result has {has}", hint=f"for example: {example}")

    # -- logarithmic axes

    def _with_logs(self, choice: Choice) -> Choice:
        axes = [*([choice.x] if choice.x else []), *choice.y]
        wanted = self.request.log
        if wanted is None:
            logs = [c for c in axes if self._wants_log(choice, c)]
            if choice.kind == "scatter" and choice.color and choice.color not in axes and _over_decades(choice.color):
                logs.append(choice.color)
        else:
            logs = []
            for name in wanted:
                if choice.x is None and name.lower() in ("x", "y", "xy") and not self._has(name):
                    logs += [c for c in axes if c.kind != "time" and (c.measured or c.numeric) and c.high > 0]
                elif name.lower() == "x" and choice.x is not None and not self._has("x"):
                    logs.append(choice.x)
                elif name.lower() in ("y", "xy") and not self._has(name):
                    logs += axes if name.lower() == "xy" else choice.y
                else:
                    logs.append(self._named(name))
            for c in logs:
                if c.kind == "time" or not (c.measured or c.numeric):
                    raise UsageError(f"{c.name} cannot have a logarithmic axis: it holds no numbers")
                if c.high <= 0:
                    raise NothingToDraw(f"{c.name} cannot have a logarithmic axis: none of its values is above 0")
                if choice.kind == "bar":
                    raise UsageError("bars begin at 0, which no logarithmic axis has", hint="\\plot scatter log=y")
        return Choice(
            choice.kind, choice.x, choice.y, choice.color, choice.series, choice.relative,
            frozenset(c.at for c in logs), choice.mean, choice.remarks,
        )  # fmt: skip

    def _wants_log(self, choice: Choice, c: Column) -> bool:
        """Whether its numbers lie evenly over decades, as learning rates do. A metric stays as people know it."""
        if choice.kind in ("bar", "line") or c is choice.color or (c in choice.y and choice.kind != "parallel"):
            return False
        return _over_decades(c)


def _over_decades(c: Column) -> bool:
    """Whether its numbers lie more evenly by their logarithms than by themselves."""
    if c.kind == "time" or not (c.measured or c.numeric) or _is_step(c) or c.low <= 0 or c.high / c.low < _DECADES:
        return False
    plain = (c.middle - c.low) / (c.high - c.low)
    return plain <= 0.25 and math.log(c.middle / c.low) / math.log(c.high / c.low) >= plain


def _is_step(c: Column) -> bool:
    return c.name.lower() in _STEPS and c.kind == "number"


def _is_run_name(c: Column) -> bool:
    return c.name.lower() in _RUN_NAMES
