"""Conditions of all kinds on columns of all kinds, made by hypothesis."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

from differential.vocabulary import (
    IDENTITY,
    NAMES,
    NUMBER,
    NUMBERS,
    NUMBERS_TRIED,
    ODD_KEYS,
    ODD_TEXTS,
    PATTERNS,
    SCHEMA,
    SPAN,
    SPANS_TRIED,
    TEXT,
    TEXTS,
    TIME,
    TIMES_TRIED,
    WHOLE,
    WHOLES_TRIED,
    Vocabulary,
    name_of,
    quoted,
)

T = TypeVar("T")
TABLES = (
    *["runs"] * 6, *["experiments", "run_metrics", "run_params", "run_tags", "run_inputs", "run_values"] * 2,
    "metric_history",
)  # fmt: skip


@dataclass
class Reading:
    """One reference to a table; ``staged``: a condition mentions its lifecycle column."""

    mark: str
    staged: bool = False


@dataclass
class Column:
    """A column that may be used in an expression. ``at`` leads to its values, ``stage`` to the tables it tells of."""

    sql: str
    kind: str
    name: str
    at: tuple[str, ...] = ()
    stage: tuple[Reading, ...] = ()


@dataclass
class Source:
    """An entry of FROM. ``identity``: names of columns that tell its rows apart, if any do."""

    sql: str
    alias: str
    columns: list[Column]
    identity: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass
class Conditions:
    """Chooses columns and makes conditions on them.

    draw: hypothesis's. readings: the tables read so far. params: the values of $1, $2...
    """

    draw: Callable[[st.SearchStrategy[Any]], Any]
    words: Vocabulary
    readings: list[Reading] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)
    count: int = 0

    # -- choices

    def one(self, *options: T) -> T:
        chosen: T = self.draw(st.sampled_from(options))
        return chosen

    def among(self, options: Sequence[T]) -> T:
        chosen: T = self.draw(st.sampled_from(list(options)))
        return chosen

    def chance(self, percent: int) -> bool:
        return int(self.draw(st.integers(0, 99))) >= 100 - percent

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def finish(self, sql: str) -> tuple[str, list[Any]]:
        """The statement with the marks of tables in their final state, and its parameters numbered."""
        for reading in self.readings:
            sql = sql.replace(reading.mark, "!" if reading.staged else "")
        used = list(dict.fromkeys(re.findall(r"\u27ea(\d+)\u27eb", sql)))
        for number, index in enumerate(used, 1):
            sql = sql.replace(f"\u27ea{index}\u27eb", f"${number}")
        return sql, [self.params[int(index)] for index in used]

    def bound(self, literal: str) -> str:
        """Now and then a parameter in place of a literal of text."""
        if not (literal.startswith("'") and literal.endswith("'")) or not self.chance(7):
            return literal
        self.params.append(literal[1:-1].replace("''", "'"))
        return f"\u27ea{len(self.params) - 1}\u27eb"

    # -- tables and columns

    def table(self, name: str | None = None, *, alone: bool = False) -> Source:
        """A table; alone in its FROM it may go without an alias and its columns without a qualifier."""
        table = name or self.one(*TABLES)
        reading = Reading(f"\u27e8{len(self.readings)}\u27e9")
        self.readings.append(reading)
        alias = self.fresh("t")
        shown = self.among(NAMES.get(table, (table,)))
        mark = reading.mark if table in ("runs", "experiments") and shown in ("runs", "experiments") else ""
        columns = []
        for column, kind in SCHEMA[table].items():
            stage = (reading,) if column == "lifecycle_stage" else ()
            if stage and not mark:
                continue
            bare = alone and self.chance(60)
            spelled = column if self.chance(85) else self.one(column.upper(), name_of(column))
            columns.append(Column(spelled if bare else f"{alias}.{spelled}", kind, column, (table, column), stage))
        return Source(f"{shown}{mark} AS {alias}", alias, columns, IDENTITY[table])

    def scalar(self, columns: Sequence[Column]) -> Column:
        """A column, or one key of a map."""
        if not columns:
            return Column("7", WHOLE, "seven")
        column = self.among([c for c in columns for _ in range(4 if c.kind in (TEXTS, NUMBERS) else 1)])
        if column.kind not in (TEXTS, NUMBERS):
            return column
        known = self.words.keys.get((column.at[0], column.at[1]), []) if len(column.at) == 2 else []
        key = self.among(known) if known and self.chance(88) else self.among(ODD_KEYS)
        kind = NUMBER if column.kind == NUMBERS else TEXT
        forms = [f"{column.sql}[{quoted(key)}]"]
        if key and len(key) < 100 and "." in column.sql:
            forms.append(f"{column.sql}.{name_of(key)}")
            forms += [f"{column.sql}.{key}"] * (key.isidentifier() and key.isascii())
        return Column(self.among(forms), kind, key, (*column.at, key))

    def usable(self, columns: Sequence[Column]) -> list[Column]:
        """Columns for conditions; the lifecycle column now and then only."""
        return [c for c in columns if not c.stage or self.chance(12)] or [c for c in columns if not c.stage]

    # -- conditions

    def condition(self, columns: Sequence[Column], depth: int = 2) -> str:
        """A tree of AND, OR and NOT over comparisons."""
        if depth == 0 or self.chance(45):
            return self.comparison(columns)
        joint = self.one("AND", "AND", "OR", "OR", "NOT", "NOT")
        if joint == "NOT":
            return f"NOT ({self.condition(columns, depth - 1)})"
        parts = [self.condition(columns, depth - 1) for _ in range(self.number(2, 3))]
        return "(" + f" {joint} ".join(parts) + ")"

    def comparison(self, columns: Sequence[Column]) -> str:
        """A comparison of one column with constants, or something odder."""
        column = self.scalar(self.usable(columns))
        for reading in column.stage:
            reading.staged = True
        if self.chance(6):
            return self.odd_condition(column, columns)
        match column.kind:
            case "text":
                return self.text_comparison(column)
            case "number" | "whole" | "time" | "span":
                return self.ordered_comparison(column)
        return f"{column.sql} IS NOT NULL"

    def literal(self, column: Column) -> str:
        """A value that the column holds, or another."""
        known = self.words.texts.get(column.at, [])
        if column.kind == TEXT:
            if column.at[-1:] == ("status",) and self.chance(70):
                return self.one("'FINISHED'", "'FAILED'", "'RUNNING'", "'KILLED'", "'SCHEDULED'")
            if known and self.chance(70):
                return self.among(known)
            return (
                quoted(self.among(ODD_TEXTS))
                if self.chance(90)
                else quoted(self.draw(st.text(max_size=6)).replace("\0", ""))
            )
        tried = {NUMBER: NUMBERS_TRIED, WHOLE: WHOLES_TRIED, TIME: TIMES_TRIED, SPAN: SPANS_TRIED}[column.kind]
        if known and self.chance(60):
            value = self.among(known)
            return value.strip("'") if column.kind in (NUMBER, WHOLE) and self.chance(85) else value
        return self.among(tried)

    def ordered_comparison(self, column: Column) -> str:
        sql, form = column.sql, self.number(0, 9)
        no = self.one("", "NOT ")
        if form <= 5:
            op, value = self.one("=", "<>", "!=", "<", "<=", ">", ">="), self.bound(self.literal(column))
            return f"{value} {op} {sql}" if self.chance(20) else f"{sql} {op} {value}"
        if form == 6:
            return f"{sql} {no}BETWEEN {self.literal(column)} AND {self.literal(column)}"
        if form == 7:
            return f"{sql} {no}IN ({', '.join(self.literal(column) for _ in range(self.number(1, 4)))})"
        return f"{sql} IS {no}NULL"

    def text_comparison(self, column: Column) -> str:
        sql, value, no = column.sql, self.literal(column), self.one("", "NOT ")
        match self.number(0, 13):
            case 0 | 1 | 2:
                return f"{sql} = {self.bound(value)}"
            case 3:
                return f"{self.bound(value)} {self.one('=', '<>', '<', '>=')} {sql}"
            case 4:
                return f"{sql} {self.one('<>', '!=', '<', '<=', '>', '>=')} {value}"
            case 5:
                return f"{sql} {no}BETWEEN {value} AND {self.literal(column)}"
            case 6 | 7:
                values = [self.bound(value), *(self.literal(column) for _ in range(self.number(0, 4)))]
                values += ["NULL"] * self.chance(8)
                return f"{sql} {no}IN " + self.one("({})", "({})", "({})", "[{}]").format(", ".join(values))
            case 8 | 9:
                return f"{sql} {no}{self.one('LIKE', 'LIKE', 'ILIKE')} {quoted(self.pattern(value))}"
            case 10:
                return f"{sql} IS {no}NULL"
            case 11:
                folded = self.one("lower", "upper")
                how = self.one("=", "<>", "LIKE")
                return f"{folded}({sql}) {how} {self.one(f'{folded}({value})', value)}"
            case 12:
                part = quoted(self.part(value))
                if self.chance(50):
                    return f"{no}{self.one('starts_with', 'contains', 'ends_with', 'prefix', 'suffix')}({sql}, {part})"
                return f"{no}{sql} ^@ {part}"
        return f"{sql} IS {no}DISTINCT FROM {value}"

    def part(self, value: str) -> str:
        text = value[1:-1].replace("''", "'")
        start = self.number(0, min(3, len(text)))
        return text[start : start + self.number(0, 8)]

    def pattern(self, value: str) -> str:
        """A pattern for LIKE: from a value, with some characters replaced by wildcards, or an odd one."""
        if self.chance(45):
            return self.among(PATTERNS)
        # DuckDB's ILIKE folds these or not, depending on what it knows of the column.
        text = value[1:-1].replace("''", "'").translate({ord("\u0130"): None, ord("\u212a"): None})
        at = self.number(0, len(text))
        return (
            self.one("", "%") + text[:at] + self.one("%", "_", "") + text[at + self.number(0, 2) :] + self.one("", "%")
        )

    def odd_condition(self, column: Column, columns: Sequence[Column]) -> str:
        """What a server cannot be told, or what looks as if it could."""
        sql, value = column.sql, self.literal(column)
        other = self.scalar([c for c in columns if not c.stage])
        options = [
            "TRUE", "FALSE", "NULL", "1 = 1", "NULL = NULL", f"{sql} = NULL", f"({sql} = {value}) IS NOT TRUE",
            f"({sql} = {value}) IS TRUE", f"({sql} = {value}) IS NULL", f"coalesce({sql} = {value}, TRUE)",
            f"CASE WHEN {sql} = {value} THEN {sql} IS NULL ELSE TRUE END", f"({sql}) = ({value})",
            f"{sql} = {value} = TRUE", f"({sql}, 1) = ({value}, 1)", f"{sql} = ANY ([{value}])",
            f"{sql} IN (SELECT {value})", f"NOT {sql} = {value}", f"{sql} = {value} <> TRUE",
            f"list_contains([{value}], {sql})", f"{sql} IN [{value}]", f"{sql} = ALL (SELECT {value})",
        ]  # fmt: skip
        if column.kind == other.kind:
            options += [f"{sql} {self.one('=', '<', '<>')} {other.sql}", f"coalesce({sql}, {other.sql}) = {value}"]
        if column.kind == TEXT:
            pattern = quoted(self.pattern(value))
            options += [
                f"{sql} || 'x' = {value} || 'x'", f"length({sql}) > 4", f"trim({sql}) = {value}",
                f"{sql} LIKE {pattern} ESCAPE '\\'", f"{sql} NOT ILIKE {pattern} ESCAPE '!'", f"{sql} GLOB '*a*'",
                f"{sql} SIMILAR TO '.*a.*'", f"regexp_matches({sql}, 'a')", f"{sql} COLLATE NOCASE = {value}",
                f"coalesce({sql}, '') = {value}", f"nullif({sql}, {value}) IS NULL", f"{sql} ~~ {pattern}",
                f"TRY_CAST({sql} AS DOUBLE) > 0.005", f"{sql} !~~ {pattern}", f"{value} LIKE {sql}",
                f"{sql} LIKE ANY (ARRAY[{pattern}])", f"{sql} = 5", f"{sql} > 0.5", f"{sql}::VARCHAR = {value}",
                f"CAST({value} AS VARCHAR) = {sql}", f"{sql} = {value}::VARCHAR(3)", f"{sql} = {value} || ''",
            ]  # fmt: skip
        if column.kind in (NUMBER, WHOLE):
            options += [
                f"{sql} + 1 > 1.5", f"-{sql} < {value}", f"round({sql}, 1) = 0.5", f"isnan({sql}::DOUBLE)",
                f"{sql}::INTEGER = 1", f"{sql}::FLOAT = {value}", f"{sql} * 0 = 0", f"abs({sql}) > 0.5",
            ]  # fmt: skip
        if column.kind == TIME:
            options += [
                f"{sql}::DATE = {value}", f"date_trunc('hour', {sql}) = {value}", f"year({sql}) = 2026",
                f"{sql} - INTERVAL 1 HOUR > {value}", f"{sql} + INTERVAL 1 DAY < now()", f"epoch_ms({sql}) % 2 = 0",
                f"{sql}::TIMESTAMP > {value}", f"{sql}::VARCHAR > '2026-01-01 01'", f"age({sql}) > INTERVAL 1 DAY",
                f"{sql} AT TIME ZONE 'UTC' < {value}",
                f"{sql} > TIMESTAMP '2026-01-01 01:00:00' AT TIME ZONE 'America/New_York'",
            ]  # fmt: skip
        return "(" + self.among(options) + ")"
