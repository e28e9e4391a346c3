"""Sources, joins and queries of all kinds over all tables, made by hypothesis.

Every query has one answer: ordered aggregates, ties of windows and the like are avoided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from differential.comparisons import Column, Conditions, Source
from differential.vocabulary import NUMBERS, TEXT, TEXTS, WHOLE, name_of

BY_NAME = ("UNION ALL BY NAME", "UNION BY NAME")
BY_PLACE = ("UNION ALL", "UNION ALL", "UNION", "INTERSECT", "EXCEPT", "EXCEPT ALL")


@dataclass
class Query:
    """A SELECT and what it gives; identity as of a Source."""

    sql: str
    columns: list[Column]
    identity: tuple[str, ...] = ()


@dataclass
class Queries(Conditions):
    """Makes queries: FROM with its joins, subqueries, CTEs."""

    # -- FROM

    def derived(self, depth: int) -> Source:
        """A subquery in FROM."""
        query = self.query(depth - 1)
        alias = self.fresh("d")
        names = [c.name for c in query.columns]
        listed = ""
        if self.chance(15):  # new names, or the same for other columns
            names = self.draw(st.permutations(names)) if self.chance(50) else [self.fresh("n") for _ in names]
            listed = f"({', '.join(map(name_of, names))})"
        columns = [
            Column(f"{alias}.{name_of(name)}", c.kind, name, c.at, c.stage)
            for name, c in zip(names, query.columns, strict=True)
        ]
        # Identities are found by name.
        return Source(f"({query.sql}) AS {alias}{listed}", alias, columns, () if listed else query.identity)

    def lateral(self, visible: Sequence[Column]) -> Source | None:
        """A subquery in FROM that speaks of the tables before it."""
        table = self.table()
        pairs = [(a, b) for a in visible for b in table.columns if alike(a, b)]
        if not pairs:
            return None
        outer, inner = self.among(pairs)
        alias = self.fresh("l")
        listed, given = self.projection(table.columns)
        outside = [
            c for c in visible if not c.stage
        ]  # whether a condition is a mention from inside is nobody's concern
        where = f"{inner.sql} = {outer.sql} AND {self.condition([*table.columns, *outside], 1)}"
        columns = [Column(f"{alias}.{name_of(c.name)}", c.kind, c.name, c.at, c.stage) for c in given]
        return Source(f"LATERAL (SELECT {listed} FROM {table.sql} WHERE {where}) AS {alias}", alias, columns)

    def source(self, depth: int, ctes: Sequence[Source] = (), *, alone: bool = False) -> Source:
        if ctes and self.chance(60):
            cte = self.among(ctes)
            alias = self.fresh("c")
            columns = [Column(f"{alias}.{name_of(c.name)}", c.kind, c.name, c.at, c.stage) for c in cte.columns]
            return Source(f"{cte.alias} AS {alias}", alias, columns, cte.identity)
        if depth > 0 and self.chance(30):
            return self.derived(depth)
        return self.table(alone=alone)

    def joined(self, depth: int, ctes: Sequence[Source] = ()) -> tuple[str, list[Column], list[str]]:
        """FROM with one join or two: its text, the columns that are visible after it, conditions to go with it."""
        first = self.source(depth, ctes)
        sql, visible, extra = first.sql, list(first.columns), list[str]()
        for _ in range(self.one(1, 1, 2)):
            if self.chance(8) and (side := self.lateral(visible)):
                sql += self.one(f", {side.sql}", f" LEFT JOIN {side.sql} ON TRUE")
                visible += side.columns
                continue
            right = self.source(depth, ctes)
            kind, text, merged = self.join(visible, right)
            sql += text
            if merged and self.chance(40):
                extra.append(self.comparison(merged))
            filled = {"LEFT JOIN": right.columns, "RIGHT JOIN": visible, "FULL JOIN": [*visible, *right.columns]}
            if kind in filled and self.chance(40):
                extra.append(self.missing(filled[kind]))
            if kind not in ("SEMI JOIN", "ANTI JOIN"):
                visible = [*visible, *right.columns]
        return sql, visible, extra

    def missing(self, columns: Sequence[Column]) -> str:
        """A condition that rows filled by an outer join may meet."""
        plain = [c for c in columns if not c.stage]
        column = self.scalar([c for c in plain if c.kind in (TEXTS, NUMBERS)] if self.chance(50) else plain)
        return self.one(
            f"{column.sql} IS NULL",
            f"({column.sql} IS NULL OR {self.comparison(plain)})",
            f"NOT coalesce({self.comparison(plain)}, FALSE)",
            f"{column.sql} IS DISTINCT FROM {self.literal(column)}",
        )

    def join(self, visible: Sequence[Column], right: Source) -> tuple[str, str, list[Column]]:
        """A join of what is visible with a source: its kind, its text, and the columns that USING merges."""
        kind = self.one(
            "JOIN", "JOIN", "INNER JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN",
            "ANTI JOIN", "CROSS JOIN", "NATURAL",
        )  # fmt: skip
        pairs = [(a, b) for a in visible for b in right.columns if alike(a, b)]
        shared = sorted({b.name for a, b in pairs if a.name == b.name})
        common = {c.name for c in right.columns} & {c.name for c in visible}
        small = right.sql.startswith("experiments")
        if kind == "NATURAL" and shared and len(shared) == len(common):
            kind = self.one("JOIN", "LEFT JOIN")
            return kind, f" NATURAL {kind} {right.sql}", []
        if small and (kind == "CROSS JOIN" or (not pairs and self.chance(50))):
            return "CROSS JOIN", f"{self.one(',', ' CROSS JOIN')} {right.sql}", []
        if kind in ("CROSS JOIN", "NATURAL"):
            kind = "JOIN"
        if not pairs:
            kind = "ANTI JOIN"
        if shared and self.chance(35):
            names = shared if self.chance(30) else [self.among(shared)]
            merged = [Column(name_of(n), TEXT, n, next(b.at for _, b in pairs if b.name == n)) for n in names]
            return kind, f" {kind} {right.sql} USING ({', '.join(map(name_of, names))})", merged
        terms = []
        if pairs:
            best = [p for p in pairs if p[0].at[-1:] in (("run_id",), ("parent_run_id",))] or pairs
            a, b = self.among(best if self.chance(70) else pairs)
            equal = self.one(*["{} = {}"] * 12, "lower({}) = {}", "{} IS NOT DISTINCT FROM {}", "({}) = ({})")
            terms.append(equal.format(*(a.sql, b.sql) if self.chance(70) else (b.sql, a.sql)))
        if not terms or self.chance(45):
            terms.append(self.condition([*visible, *right.columns], 1))
        return kind, f" {kind} {right.sql} ON {' AND '.join(terms)}", []

    # -- queries

    def projection(self, columns: Sequence[Column], identity: Sequence[Column] = ()) -> tuple[str, list[Column]]:
        """A select list and what it gives: columns under their own name, under that of another, or expressions."""
        plain = [c for c in columns if c.kind not in (TEXTS, NUMBERS)]
        maps = [c for c in columns if c.kind in (TEXTS, NUMBERS)]
        chosen = list(identity)
        count = self.number(1, 3)
        chosen += [self.scalar(columns) if self.chance(40) or not plain else self.among(plain) for _ in range(count)]
        chosen += [self.among(maps)] if maps and self.chance(20) else []
        items, given = [], []
        chosen += [self.computed(columns)] if self.chance(20) else []
        for column in chosen:
            name = column.name if column in columns and self.chance(80) else self.fresh("x")
            if column not in identity and self.chance(8):
                name = self.one("status", "run_id", "lifecycle_stage", "value", "metrics")
            if any(g.name == name for g in given):
                name = self.fresh("x")
            items.append(f"{column.sql} AS {name_of(name)}")
            given.append(Column(name_of(name), column.kind, name, column.at, column.stage))
        return ", ".join(items), given

    def computed(self, columns: Sequence[Column]) -> Column:
        """A column that is no column of a table, so that nothing said of it may reach one."""
        plain = [c for c in columns if not c.stage]
        column = self.scalar(plain)
        sql, kind = column.sql, column.kind
        if kind == TEXT:
            forms = ["coalesce({}, 'FAILED')", "upper({})", "{} || ''", "nullif({}, 'FINISHED')", "trim({})"]
            if plain:
                forms.append(f"CASE WHEN {self.comparison(plain)} THEN 'FAILED' ELSE {{}} END".replace("{}", "{0}"))
            text = self.among(forms[:5] if self.chance(80) or len(forms) < 6 else forms[5:])
            sql = text.replace("{0}", sql).replace("{}", sql)
        elif kind in ("number", "whole"):
            sql = self.one("-{}", "coalesce({}, 0)", "{} * 2").replace("{}", sql)
        elif kind == "time":
            sql = self.one("{} + INTERVAL 1 HOUR", "coalesce({}, TIMESTAMPTZ '2026-01-01')").replace("{}", sql)
        return Column(f"({sql})", kind, column.name)

    def query(self, depth: int, ctes: Sequence[Source] = ()) -> Query:
        """A SELECT without ORDER BY or LIMIT, or with both and one answer."""
        form = self.number(0, 9)
        if form <= 5 or depth == 0:
            source = self.source(depth, ctes, alone=True)
            where = self.where(source.columns, depth, ctes)
            identity = [c for name in source.identity if (c := source.column(name))]
            listed, given = self.projection(source.columns, identity if self.chance(50) else ())
            kept = tuple(g.name for g, _ in zip(given, identity, strict=False)) if identity else ()
            whole = bool(identity) and [g.at for g in given[: len(identity)]] == [c.at for c in identity]
            sql = f"SELECT {listed} FROM {source.sql}{where}"
            if whole and self.chance(10):
                return Query(f"{sql} ORDER BY {', '.join(map(name_of, kept))} LIMIT {self.number(0, 9)}", given, kept)
            if self.chance(8):
                return Query(sql.replace("SELECT ", "SELECT DISTINCT ", 1), given)
            return Query(sql, given, kept if whole else ())
        if form == 6:
            return self.grouped(depth, ctes)
        if form == 7:
            return self.windowed(depth, ctes)
        if form == 8:
            return self.combined(depth, ctes)
        sql, visible, extra = self.joined(depth - 1, ctes)
        listed, given = self.projection(visible)
        return Query(f"SELECT {listed} FROM {sql}{self.where(visible, depth, ctes, extra)}", given)

    def where(
        self, columns: Sequence[Column], depth: int, ctes: Sequence[Source] = (), extra: Sequence[str] = ()
    ) -> str:
        terms = [self.condition(columns)] if self.chance(75) else []
        terms += extra
        if depth > 0 and self.chance(25):
            terms.append(self.subquery_condition(columns, depth, ctes))
        self_shuffled = self.draw(st.permutations(terms)) if len(terms) > 1 else terms
        return f" WHERE {' AND '.join(self_shuffled)}" if terms else ""

    def subquery_condition(self, columns: Sequence[Column], depth: int, ctes: Sequence[Source] = ()) -> str:
        """IN, EXISTS, a comparison with a scalar subquery; correlated or not."""
        source = self.source(depth - 1, ctes)
        pairs = [(a, b) for a in columns for b in source.columns if alike(a, b)]
        no = self.one("", "NOT ")
        where = f" WHERE {self.condition(source.columns, 1)}" if self.chance(70) else ""
        if not pairs:
            return f"{no}EXISTS (SELECT 1 FROM {source.sql}{where})"
        close = [p for p in pairs if p[0].at[-1:] in (("run_id",), ("parent_run_id",), ("experiment_id",))]
        outer, inner = self.among(close or pairs)
        correlated = f"{where} AND {inner.sql} = {outer.sql}" if where else f" WHERE {inner.sql} = {outer.sql}"
        match self.number(0, 8):
            case 0 | 1 | 2:
                return f"{outer.sql} {no}IN (SELECT {inner.sql} FROM {source.sql}{where})"
            case 3:
                return f"{no}EXISTS (SELECT 1 FROM {source.sql}{correlated})"
            case 4:
                extreme = f"SELECT {self.one('max', 'min')}({inner.sql}) FROM {source.sql}{where}"
                return f"{outer.sql} {self.one('=', '<', '<>')} ({extreme})"
            case 5:
                return f"(SELECT count(*) FROM {source.sql}{correlated}) {self.one('=', '>', '<')} {self.number(0, 3)}"
            case 6:
                return f"{outer.sql} {no}IN (SELECT {inner.sql} FROM {source.sql}{correlated})"
            case 7:
                other = self.condition([*(c for c in columns if not c.stage), *source.columns], 1)
                return f"{no}EXISTS (SELECT 1 FROM {source.sql}{correlated} AND {other})"
        return f"({outer.sql} {no}IN (SELECT {inner.sql} FROM {source.sql}{where}) OR {self.comparison(columns)})"

    def grouped(self, depth: int, ctes: Sequence[Source] = ()) -> Query:
        source = self.source(depth, ctes)
        where = self.where(source.columns, depth, ctes)
        by = [self.scalar(source.columns) for _ in range(self.number(0, 2))]
        of = self.scalar([c for c in source.columns if not c.stage])
        total = self.one(
            "count(*)", f"count({of.sql})", f"min({of.sql})", f"max({of.sql})", f"count(DISTINCT {of.sql})",
            f"count(*) FILTER (WHERE {self.condition([c for c in source.columns if not c.stage], 1)})",
        )  # fmt: skip
        kind = of.kind if total.startswith(("min", "max")) else WHOLE
        names = [self.fresh("g") for _ in by]
        items = [f"{c.sql} AS {n}" for c, n in zip(by, names, strict=True)] + [f"{total} AS total"]
        given = [Column(n, c.kind, n, c.at, c.stage) for c, n in zip(by, names, strict=True)]
        given.append(Column("total", kind, "total"))
        sql = f"SELECT {', '.join(items)} FROM {source.sql}{where}"
        if by:
            sql += f" GROUP BY {self.one('ALL', ', '.join(c.sql for c in by))}"
        if self.chance(35):
            sql += f" HAVING count(*) {self.one('>', '<', '=')} {self.number(0, 4)}"
        elif by and self.chance(25):
            sql += f" HAVING {self.comparison(by)}"
        return Query(sql, given)

    def windowed(self, depth: int, ctes: Sequence[Source] = ()) -> Query:
        source = self.table(alone=False) if not ctes else self.source(depth, ctes)
        where = self.where(source.columns, depth, ctes)
        identity = [c for name in source.identity if (c := source.column(name))]
        part = self.scalar([c for c in source.columns if c not in identity and not c.stage])
        ordered = f"ORDER BY {', '.join(c.sql for c in identity)}" if identity else ""
        call = self.one("row_number()", f"lag({part.sql})", "rank()") if ordered else "count(*)"
        over = f"OVER ({self.one('', f'PARTITION BY {part.sql} ')}{ordered})"
        listed, given = self.projection(source.columns, identity)
        kind = part.kind if call.startswith("lag") else WHOLE
        sql = f"SELECT {listed}, {call} {over} AS w FROM {source.sql}{where}"
        if self.chance(30) and kind == WHOLE:
            sql += f" QUALIFY {self.one('w = 1', 'w <= 3', f'{call} {over} = 1')}"
        return Query(sql, [*given, Column("w", kind, "w")])

    def combined(self, depth: int, ctes: Sequence[Source] = ()) -> Query:
        """UNION, INTERSECT and EXCEPT, with and without ALL, and UNION BY NAME; of one column or two."""
        width = self.number(1, 2)
        by_name = self.chance(20)
        names: list[str] = []
        parts: list[str] = []
        columns: list[Column] = []
        for number in range(self.one(2, 2, 3)):
            source = self.source(depth - 1, ctes)
            texts = [c for c in source.columns if c.kind == TEXT] or [Column("'x'", TEXT, "x")]
            chosen = [self.among(texts) for _ in range(width)]
            own = names if by_name and number else [c.name if self.chance(70) else self.fresh("u") for c in chosen]
            if number == 0:
                names = own = own if len(set(own)) == width else [self.fresh("u") for _ in own]
                columns = [Column(name_of(n), TEXT, n, c.at, c.stage) for n, c in zip(names, chosen, strict=True)]
            for column, more in zip(columns, chosen, strict=True):
                column.stage = (*column.stage, *more.stage)
            items = [f"{c.sql} AS {name_of(n)}" for n, c in zip(own, chosen, strict=True)]
            items = items[::-1] if by_name and number else items
            verbs = BY_NAME if by_name else BY_PLACE
            parts += [self.among(verbs)] if number else []
            parts.append(f"SELECT {', '.join(items)} FROM {source.sql}{self.where(source.columns, 0)}")
        return Query(" ".join(parts), columns)

    def with_ctes(self, depth: int) -> Query:
        """CTEs, used once, twice or never, materialized or not."""
        ctes: list[Source] = []
        parts = []
        for _ in range(self.number(1, 2)):
            query = self.query(depth - 1, ctes)
            name = self.fresh("w") if self.chance(85) else self.one("runs", "best")
            if any(c.alias == name for c in ctes):
                name = self.fresh("w")
            parts.append(f"{name} AS {self.one('', '', 'MATERIALIZED ', 'NOT MATERIALIZED ')}({query.sql})")
            ctes.append(Source(name, name, query.columns, query.identity))
        shadowed = any(c.alias == "runs" for c in ctes)
        inner = self.named(ctes) if shadowed else self.query(depth, ctes)
        return Query(f"WITH {', '.join(parts)} {inner.sql}", inner.columns, inner.identity)

    def named(self, ctes: Sequence[Source]) -> Query:
        """A SELECT from a CTE that bears the name of a table."""
        cte = next(c for c in ctes if c.alias == "runs")
        columns = [Column(f"runs.{name_of(c.name)}", c.kind, c.name, c.at, c.stage) for c in cte.columns]
        listed, given = self.projection(columns)
        return Query(f"SELECT {listed} FROM runs{self.where(columns, 0)}", given)

    def recursive(self) -> Query:
        """Runs and what is nested below or above them."""
        start, step = self.table("runs"), self.table("runs")
        root, child = self.condition(start.columns, 1), self.condition(step.columns, 1)
        a, b = self.one(("run_id", "parent_run_id"), ("parent_run_id", "run_id"))
        up = start.column(a), step.column(b)
        assert up[0] is not None
        assert up[1] is not None
        run, above = step.column("run_id"), step.column("parent_run_id")
        assert run is not None
        assert above is not None
        first = start.column("run_id"), start.column("parent_run_id")
        assert first[0] is not None
        assert first[1] is not None
        on = f"{above.sql} = tree.run_id" if a == "run_id" else f"{run.sql} = tree.up"
        where = f" WHERE {child} AND depth < 5" if self.chance(50) else " WHERE depth < 5"
        union = self.one("UNION ALL", "UNION")
        return Query(
            f"WITH RECURSIVE tree AS (SELECT {first[0].sql} AS run_id, {first[1].sql} AS up, 0 AS depth"
            f" FROM {start.sql}"
            f" WHERE {root} {union} SELECT {run.sql}, {above.sql}, depth + 1 FROM tree JOIN {step.sql} ON {on}{where})"
            " SELECT * FROM tree",
            [Column("run_id", TEXT, "run_id"), Column("depth", WHOLE, "depth")],
        )

    def narrowed(self, query: Query) -> str:
        """The query, or a SELECT from it with a condition on what it gives."""
        if self.chance(40):
            return query.sql
        name = self.fresh("q")
        columns = [Column(f"{name}.{name_of(c.name)}", c.kind, c.name, c.at, c.stage) for c in query.columns]
        return f"SELECT * FROM ({query.sql}) AS {name} WHERE {self.condition(columns)}"


def alike(a: Column, b: Column) -> bool:
    """Whether the columns hold values of the same sort, so that they may be compared in a join."""
    sorts = {"parent_run_id": "run_id"}
    keys = {"run_id", "experiment_id", "key", "lifecycle_stage"}
    one, other = (sorts.get(c.at[-1], c.at[-1]) if len(c.at) == 2 else "" for c in (a, b))
    return a.kind == b.kind == TEXT and one == other and one in keys - {"lifecycle_stage"}
