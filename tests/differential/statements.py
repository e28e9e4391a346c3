"""Whole statements of all kinds over all tables, made by hypothesis.

What LIMIT cuts off is told to the test (``Made.rows``). A table whose lifecycle column a condition mentions is marked
for the oracle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from differential.comparisons import TABLES
from differential.queries import Queries
from differential.vocabulary import Vocabulary


@dataclass
class Made:
    """A statement. ``rows``: how its answer is compared; ``whole``: the same without LIMIT, for ``some``."""

    sql: str
    rows: str = "all"
    whole: str = ""
    limit: int | None = None
    offset: int = 0
    params: list[Any] = field(default_factory=list)


@dataclass
class Maker(Queries):
    """Makes one statement."""

    def plain(self) -> Made:
        """One table and a condition; all columns, some, or a star with changes."""
        source = self.table(self.one(*TABLES, "metric_history"), alone=True)
        where = self.where(source.columns, 0)
        heavy = "run" in source.columns[0].at[0:1][0] and self.chance(50)
        stars = ["*", f"{source.alias}.*", "count(*)", source.alias, "* EXCLUDE (experiment_id)", "COLUMNS('.*_id')"]
        if heavy or "experiment_id" not in {c.name for c in source.columns}:
            stars = ["count(*)", "1", source.alias]
        listed = self.among(stars) if self.chance(35) else self.projection(source.columns)[0]
        return Made(f"SELECT {listed} FROM {source.sql}{where}")

    def limited(self) -> Made:
        """ORDER BY with LIMIT and OFFSET, or LIMIT alone."""
        source = self.source(1, alone=True)
        if self.chance(15):
            query = self.query(2)
            listed, given, base = "*", query.columns, f"({query.sql}) AS q"
            where = ""
        else:
            listed, given = self.projection(source.columns)
            base, where = source.sql, self.where(source.columns, 1)
        limit = self.one(0, 1, 2, 3, 5, 10, 25, 1000)
        offset = self.one(0, 0, 0, 1, 7, 500)
        tail = f" LIMIT {limit}" + (f" OFFSET {offset}" if offset else "")
        if self.chance(10):
            tail = f" OFFSET {offset} ROWS FETCH FIRST {limit} ROWS ONLY"
        if self.chance(30):
            sql = f"SELECT {listed} FROM {base}{where}"
            return Made(sql + tail, "some", sql, limit, offset)
        keys: list[str] = []
        by = [] if listed == "*" else [c for c in source.columns if not c.stage]
        for column in self.draw(st.lists(st.sampled_from(by or given), min_size=1, max_size=2, unique_by=id)):
            keys.append(self.scalar([column]).sql)
        order = ", ".join(
            f"{k}{self.one('', '', ' ASC', ' DESC')}{self.one('', '', ' NULLS FIRST', ' NULLS LAST')}" for k in keys
        )
        shown = ", ".join(f"{k} AS k{i}" for i, k in enumerate(dict.fromkeys(keys)))
        # The sort keys alone are compared in order; which of equal rows come is the engine's choice.
        sql = f"SELECT {shown} FROM {base}{where} ORDER BY {order}{tail}"
        return Made(sql, "ordered")

    def statement(self, form: str) -> Made:
        match form:
            case "plain":
                made = self.plain()
            case "limited":
                made = self.limited()
            case "joined":
                sql, visible, extra = self.joined(1)
                listed = self.projection(visible)[0]
                made = Made(f"SELECT {listed} FROM {sql}{self.where(visible, 0, (), extra)}")
            case "grouped":
                made = Made(self.narrowed(self.one(self.grouped, self.windowed)(1)))
            case "combined":
                made = Made(self.narrowed(self.combined(2)))
            case "with":
                made = Made((self.recursive() if self.chance(15) else self.with_ctes(2)).sql)
            case _:
                made = Made(self.query(3).sql)
        if self.chance(8):
            made.sql = made.sql.replace(" FROM ", "\nFROM /* runs */ ").replace(" WHERE ", " -- FROM runs\nWHERE ")
        sql, params = self.finish(made.sql)
        return Made(sql, made.rows, self.finish(made.whole)[0], made.limit, made.offset, params)


def statements(words: Vocabulary, form: str) -> st.SearchStrategy[Made]:
    """Statements of a form: plain, limited, joined, grouped, combined, with, or nested."""

    @st.composite
    def make(draw: st.DrawFn) -> Made:
        return Maker(draw, words).statement(form)

    return make()
