"""A tracking server in memory that answers the searches of a plan, so that plans can be run by the thousand.

Filters are read by MLflow's own parser. What a clause means is said here once more, as sections of MLflow's
documentation say it: a missing key never matches, NaN is unequal to every number and no more.
"""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import duckdb
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils

from mlflow_sql.engine import local
from mlflow_sql.plan import filters
from mlflow_sql.rows.decode import Decoder

if TYPE_CHECKING:
    import pyarrow as pa

    from mlflow_sql.plan.nodes import Keys, Plan, Scan, Search

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "IN": lambda x, y: x in y,
    "NOT IN": lambda x, y: x not in y,
    "LIKE": lambda x, y: like(x, y, 0),
    "ILIKE": lambda x, y: like(x, y, re.IGNORECASE | re.ASCII),
}


def like(value: str, pattern: str, flags: int) -> bool:
    """LIKE without an escape character."""
    parts = re.split("([%_])", pattern)
    found = "".join({"%": ".*", "_": "."}.get(p, re.escape(p)) for p in parts)
    return re.fullmatch(found, value, flags | re.DOTALL) is not None


def run_matches(run: dict[str, Any], filter_text: str) -> bool:
    """Whether runs/search returns a run (as its answer shows it) for a filter."""
    return all(_matches(c, _of_run(run, c)) for c in _parsed(SearchUtils, filter_text))


def experiment_matches(experiment: dict[str, Any], filter_text: str) -> bool:
    """Whether experiments/search returns an experiment for a filter."""
    return all(_matches(c, _of_experiment(experiment, c)) for c in _parsed(SearchExperimentsUtils, filter_text))


@lru_cache(maxsize=1000)
def _parsed(parser: type[SearchUtils], filter_text: str) -> list[dict[str, Any]]:
    return list(parser.parse_search_filter(filter_text))


def _matches(clause: dict[str, Any], value: Any) -> bool:
    comparator = clause["comparator"].upper()
    if comparator in ("IS NULL", "IS NOT NULL"):
        return (value is None) == (comparator == "IS NULL")
    if value is None:
        return False
    wanted = clause["value"]
    if isinstance(value, float):
        wanted = float(wanted)
        if math.isnan(value):
            return bool(comparator == "!=")
    elif isinstance(value, int):
        wanted = int(wanted)
    return COMPARE[comparator](value, wanted)


def _of_run(run: dict[str, Any], clause: dict[str, Any]) -> Any:
    match clause["type"]:
        case "metric":
            found = _pairs(run["data"].get("metrics")).get(clause["key"])
            return float(found) if found is not None else None
        case "parameter":
            return _pairs(run["data"].get("params")).get(clause["key"])
        case "tag":
            return _pairs(run["data"].get("tags")).get(clause["key"])
    return run["info"].get(clause["key"])


def _of_experiment(experiment: dict[str, Any], clause: dict[str, Any]) -> Any:
    if clause["type"] == "tag":
        return _pairs(experiment.get("tags")).get(clause["key"])
    return experiment.get(clause["key"])


def _pairs(listed: Sequence[dict[str, Any]] | None) -> dict[str, Any]:
    return {p["key"]: p["value"] for p in listed or ()}


@dataclass
class World:
    """What the server holds: experiments and runs as its answers show them, and histories by run and key."""

    experiments: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    histories: dict[tuple[str, str], list[dict[str, Any]]]

    def items(self, search: Search, values: dict[str, Any]) -> list[dict[str, Any]]:
        """The items that the pages of a search hold, for given values of its parameters."""
        method = search.method
        text = " AND ".join(search.clauses)
        match method.path:
            case "runs/get":
                return [r for r in self.runs if r["info"]["run_id"] == values["run_id"]]
            case "runs/search":
                ids = values["experiment_ids"]
                assert all(isinstance(i, str) for i in ids), "a number finds nothing on a real server"
                found = [r for r in self.runs if r["info"]["experiment_id"] in ids and run_matches(r, text)]
                found = [r for r in found if seen(search, r["info"])]
                return arranged(
                    search, found, lambda r, field: _sort_value(r, field), lambda r: -r["info"]["start_time"]
                )
            case "experiments/get" | "experiments/get-by-name":
                ((name, value),) = values.items()
                name = {"experiment_name": "name"}.get(name, name)
                return [e for e in self.experiments if e[name] == value]
            case "experiments/search":
                found = [e for e in self.experiments if experiment_matches(e, text) and seen(search, e)]
                return arranged(search, found, lambda e, field: e.get(field), lambda e: -e["creation_time"])
        run_ids = values["run_id"] if isinstance(values["run_id"], list) else [values["run_id"]]
        points = [p | {"run_id": r} for r in run_ids for p in self.histories.get((r, values["metric_key"]), ())]
        return points[: search.limit] if search.limit else points


def seen(search: Search, item: dict[str, Any]) -> bool:
    """Whether the view of a search shows an item."""
    return search.view in ("all", item["lifecycle_stage"])


def arranged(
    search: Search,
    items: list[dict[str, Any]],
    value: Callable[[dict[str, Any], str], Any],
    newest: Callable[[dict[str, Any]], Any],
) -> list[dict[str, Any]]:
    """The items in the search's order, missing values last in both directions, as far as its limit."""
    items = sorted(items, key=newest)
    for order in reversed(search.order):
        field, direction = order.rsplit(" ", 1)
        there = [i for i in items if value(i, field) is not None]
        gone = [i for i in items if value(i, field) is None]
        items = sorted(there, key=lambda i, f=field: value(i, f), reverse=direction == "DESC") + gone
    return items[: search.limit] if search.limit is not None else items


def _sort_value(run: dict[str, Any], field: str) -> Any:
    if field.startswith("metrics."):
        found = _pairs(run["data"].get("metrics")).get(field.removeprefix("metrics.").strip("`"))
        return None if found is None or math.isnan(float(found)) else float(found)
    return run["info"].get(field.removeprefix("attributes."))


class Simulation:
    """Runs plans over a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.duckdb = duckdb.connect()
        local.prepare(self.duckdb)

    def rows(self, plan: Plan, params: Any = None) -> list[tuple[Any, ...]]:
        """The rows that the plan's statement gives."""
        for scan in plan.scans:
            self.duckdb.register(scan.name, self.table(scan))
        return self.duckdb.sql(plan.sql, params=params).fetchall()

    def table(self, scan: Scan) -> pa.Table:
        """What a scan reads."""
        import pyarrow as pa

        seen_items: set[str] = set()
        schema = self.decoder(scan, {}).schema
        batches = []
        for search, values in self.calls(scan):
            items = []
            for item in self.world.items(search, values):
                told = f"{values.get('metric_key')} {json.dumps(item)}"
                if told not in seen_items:
                    seen_items.add(told)
                    items.append(item)
            batches += self.decode(scan, search, values, items)
        return pa.Table.from_batches([b.cast(schema) for b in batches], schema)

    def decoder(self, scan: Scan, values: dict[str, Any]) -> Decoder:
        """The decoder of the scan's answers; a history does not repeat its key."""
        constants = {"key": values["metric_key"]} if "metric_key" in values and "key" in scan.columns else {}
        return Decoder(scan.resource, scan.method, scan.columns, stages=scan.stages, constants=constants)

    def decode(
        self, scan: Scan, search: Search, values: dict[str, Any], items: list[dict[str, Any]]
    ) -> list[pa.RecordBatch]:
        """The items as rows."""
        method = search.method
        answers = [{method.items: items}] if method.items else [{method.item: item} for item in items]
        decoder = self.decoder(scan, values)
        return [decoder.page(json.dumps(a).encode(), method.path).batch for a in answers]

    def calls(self, scan: Scan) -> list[tuple[Search, dict[str, Any]]]:
        """The scan's searches with the values of their keys."""
        found = []
        for search in scan.searches:
            clauses = search.clauses
            if scan.key_filter is not None:
                listed = [row[0] for row in self.keys(scan.key_filter.keys)]
                text = filters.string_list(listed)
                if not listed:
                    continue
                if text is not None:
                    clauses = (*clauses, scan.key_filter.clause.replace("{values}", text))
            full = type(search)(
                search.method, search.values, clauses, search.view, search.order, search.limit, search.newest_first
            )
            if scan.keys is None:
                found.append((full, dict(search.values)))
                continue
            many = next(
                (p for p in search.method.params if p.type == "string_list" and p.column in scan.keys.columns), None
            )
            calls: dict[tuple[Any, ...], dict[str, Any]] = {}
            for row in self.keys(scan.keys):
                given = dict(zip(scan.keys.columns, row, strict=True))
                params = [p for p in search.method.params if p.column in given and p.name not in search.values]
                single = {p.name: given[p.column or ""] for p in params if p is not many}
                values = calls.setdefault(tuple(single.values()), {**search.values, **single})
                if many is not None and many in params:
                    values.setdefault(many.name, []).append(given[many.column or ""])
            found += [(full, values) for values in calls.values()]
        return found

    def keys(self, keys: Keys) -> list[tuple[Any, ...]]:
        """What the local query for keys gives."""
        return [row for row in self.duckdb.sql(keys.sql).fetchall() if None not in row]
