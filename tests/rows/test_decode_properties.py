"""Random answers, decoded and compared with a reading of the same JSON value by value."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rows.decoding import decode, resource, rows

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = st.one_of(st.sampled_from(["a", "mlflow.runName", "val/acc"]), text)
millis = st.integers(-(10**12), 10**13)
floats = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["NaN", "Infinity", "-Infinity"]))
spaces = st.sampled_from([None, 2])


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of the fields missing or null."""
    return st.fixed_dictionaries({}, optional={name: st.none() | field for name, field in fields.items()})


def listed(value: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries({"key": keys, "value": value}, optional=more), max_size=5)


any_json = st.recursive(st.none() | st.booleans() | st.integers(0, 9) | text, lambda x: st.dictionaries(text, x))
infos = st.tuples(some(start_time=millis, end_time=millis, status=text), st.uuids().map(str)).map(
    lambda made: {**made[0], "run_id": made[1]}
)
runs = st.fixed_dictionaries(
    {"info": infos},
    optional={
        "data": some(
            metrics=listed(floats, timestamp=millis, step=st.integers(-(2**63), 2**63 - 1)),
            params=listed(text),
            tags=listed(text),
            unread=any_json,
        ),
        "inputs": any_json,
        "unread": any_json,
    },
)


def at(item: Any, path: str) -> Any:
    for name in path.split("."):
        item = None if item is None else item.get(name)
    return item


def number(wire: Any) -> Any:
    return None if wire == "NaN" else float(wire)


def time(wire: Any) -> Any:
    return None if wire is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=wire)


def mapped(found: Any, value: Any) -> list[tuple[str, Any]]:
    return list({pair["key"]: value(pair["value"]) for pair in found or []}.items())


def read(run: Any, column: str) -> Any:
    """The column's value, read from the parsed run by what the resource file says in words."""
    end, start = at(run, "info.end_time"), at(run, "info.start_time")
    match column:
        case "run_id" | "status":
            return at(run, f"info.{column}")
        case "start_time" | "end_time":
            return time(at(run, f"info.{column}"))
        case "duration":
            return None if end is None or start is None else timedelta(milliseconds=end - start)
        case "run_name":
            return dict(mapped(at(run, "data.tags"), str)).get("mlflow.runName")
        case "metrics":
            return mapped(at(run, "data.metrics"), number)
        case "params" | "tags":
            return mapped(at(run, f"data.{column}"), str)
        case "inputs":
            return at(run, "inputs")
        case "run":
            return run


COLUMNS = ["run_id", "status", "start_time", "end_time", "duration", "run_name", "metrics", "params", "tags"]
COLUMNS += ["inputs", "run"]


@settings(max_examples=150, deadline=None)
@given(st.lists(runs, max_size=4), st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1), spaces, st.booleans())
def test_runs_are_read_as_one_would_by_hand(
    items: list[Any], columns: list[str], indent: int | None, escaped: bool
) -> None:
    """Any columns of any runs: the same values as by hand, pretty-printed or not, escaped or not."""
    body = json.dumps({"runs": items}, indent=indent, ensure_ascii=escaped).encode()
    page = decode("experiment_runs", columns, body)
    json_columns = {c.name for c in resource("experiment_runs").columns if c.type == "json"}
    found = [
        {
            name: json.loads(value) if name in json_columns and value is not None else value
            for name, value in zip(columns, row, strict=True)
        }
        for row in rows(page)
    ]
    assert found == [{name: read(item, name) for name in columns} for item in items]
    assert [(key.first, key.tie) for key in page.keys] == [
        (at(item, "info.start_time") or 0, item["info"]["run_id"]) for item in items
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(runs, max_size=5), st.sets(st.integers(0, 4)), spaces)
def test_exploded_metrics_are_read_as_one_would_by_hand(
    items: list[Any], dropped: set[int], indent: int | None
) -> None:
    """Every metric of every run is one row, in order, and dropping items drops just their rows."""
    page = decode(
        "run_metrics",
        ["run_id", "key", "value", "timestamp", "step"],
        json.dumps({"runs": items}, indent=indent).encode(),
    )
    expected = [
        [
            (item["info"]["run_id"], m["key"], number(m["value"]), time(m.get("timestamp")), m.get("step"))
            for m in at(item, "data.metrics") or []
        ]
        for item in items
    ]
    assert rows(page) == [row for part in expected for row in part]
    assert page.starts is not None
    assert [rows(page)[a:b] for a, b in zip(page.starts, page.starts[1:], strict=False)] == expected
    gone = {position for position in dropped if position < len(items)}
    left = page.without(gone)
    assert rows(left) == [row for n, part in enumerate(expected) if n not in gone for row in part]
    assert left.items == len(items) - len(gone)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(text, st.floats()), max_size=8))
def test_bare_tokens_and_strings_read_alike(values: list[tuple[str, float]]) -> None:
    """A history with bare NaN and Infinity equals the same with numbers as they are and NaN as NULL."""
    body = json.dumps({"metrics": [{"key": key, "value": value} for key, value in values]}).encode()
    page = decode("metric_history", ["key", "value"], body, "get_history_bulk")
    assert rows(page) == [(key, None if value != value else value) for key, value in values]
