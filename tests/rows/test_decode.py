"""What the values of an answer become in SQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pytest

from mlflow_sql.catalog.model import Column
from mlflow_sql.errors import ResourceFileError
from mlflow_sql.rows.decode import Decoder
from mlflow_sql.rows.page import ItemKey
from mlflow_sql.types import ColumnType
from rows.decoding import LABEL, decode, decoder, resource, rows, things


def pairs(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def run(run_id: str, start: int | None = 1000, **data: Any) -> dict[str, Any]:
    info: dict[str, Any] = {"run_id": run_id, "experiment_id": "7", "status": "FINISHED", "lifecycle_stage": "active"}
    if start is not None:
        info["start_time"] = start
    return {"info": info, "data": data}


def test_schema_is_the_asked_columns_in_their_order() -> None:
    """The schema holds just the columns asked for, whatever their order in the resource, with their Arrow types."""
    made = decoder("experiment_runs", ["tags", "run_id", "duration", "run"])
    assert made.schema == pa.schema(
        [
            ("tags", pa.map_(pa.string(), pa.string())),
            ("run_id", pa.string()),
            ("duration", pa.duration("ms")),
            ("run", pa.json_()),
        ]
    )
    assert made.page(b"{}", LABEL).batch.schema == made.schema


def test_run_with_everything() -> None:
    """Scalars, maps, a value picked from a tag, a difference of times and JSON parts come from one run."""
    answer = {
        "runs": [
            {
                "info": {"run_id": "r", "experiment_id": "7", "start_time": 1700000000123, "end_time": 1700000001623},
                "data": {
                    "metrics": [{"key": "val acc", "value": 0.5, "timestamp": 1, "step": 2}],
                    "params": pairs(lr="0.1", empty=""),
                    "tags": [{"key": "mlflow.runName", "value": "naïve 🦆"}],
                },
                "inputs": {"dataset_inputs": [{"dataset": {"name": "d"}}]},
            }
        ],
        "next_page_token": "t2",
    }
    page = decode(
        "experiment_runs",
        ["run_id", "run_name", "parent_run_id", "start_time", "duration", "metrics", "params", "inputs", "outputs"],
        answer,
    )
    assert rows(page) == [
        (
            "r",
            "naïve 🦆",
            None,
            datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC),
            timedelta(seconds=1.5),
            [("val acc", 0.5)],
            [("lr", "0.1"), ("empty", "")],
            '{"dataset_inputs":[{"dataset":{"name":"d"}}]}',
            None,
        )
    ]
    assert (page.token, page.items, page.starts) == ("t2", 1, None)
    assert page.size == len(json.dumps(answer, indent=2))


def test_whole_run_as_json_beside_its_parts() -> None:
    """The whole item and the values inside it can be read together, in any order of columns."""
    item = {"info": {"run_id": "r"}, "inputs": {"dataset_inputs": [1]}, "x": "a  b"}
    text = json.dumps(item, separators=(",", ":"))
    for columns in (["run", "run_id", "inputs"], ["inputs", "run_id", "run"]):
        page = decode("experiment_runs", columns, {"runs": [item]})
        values = {"run": text, "run_id": "r", "inputs": '{"dataset_inputs":[1]}'}
        assert rows(page) == [tuple(values[name] for name in columns)]
    assert things(["part", "d", "whole"], {"in": {"d": 2}}) == [('{"d":2}', 2.0, '{"in":{"d":2}}')]
    assert things(["part", "w"], {"t": 5, "in": {"from": 2}}) == [('{"from":2}', timedelta(milliseconds=3))]


def test_duckdb_reads_every_type() -> None:
    """DuckDB takes a batch of every column type, NULLs included, as the SQL types that are declared."""
    columns = ["s", "i", "d", "b", "t", "v", "sm", "dm", "part"]
    full = {"s": "x", "i": 1, "in": {"d": 1.5}, "b": True, "t": 5, "u": 2, "sm": pairs(k="v"), "dm": pairs(k="NaN")}
    batch = decode("things", columns, {"things": [full, {}]}, "list").batch
    found = duckdb.connect().from_arrow(pa.Table.from_batches([batch]))
    assert [str(kind) for kind in found.types] == [
        resource("things").column(name).type.sql
        for name in columns  # type: ignore[union-attr]
    ]
    assert found.select("s, i, d, b, epoch_ms(t), epoch_ms(v), sm, dm, part").fetchall() == [
        ("x", 1, 1.5, True, 5, 3, {"k": "v"}, {"k": None}, '{"d":1.5}'),
        (None, None, None, None, None, None, {}, {}, None),
    ]


@pytest.mark.parametrize("missing", [{}, dict.fromkeys(["s", "i", "in", "b", "t", "u", "sm", "dm"])])
def test_missing_and_null_are_null(missing: dict[str, None]) -> None:
    """An absent value and a JSON null read as NULL, also where an object on the way is missing; a map is empty."""
    columns = ["s", "i", "d", "b", "t", "v", "sm", "dm", "picked", "part"]
    nothing = (None, None, None, None, None, None, [], [], None, None)
    present = {"s": "x", "i": 1, "in": {"d": 1.5}, "b": False, "t": 5, "u": 2, "sm": pairs(k="v"), "dm": pairs(k=1)}
    assert things(columns, missing) == [nothing]
    assert things(columns, missing, present)[1][:4] == ("x", 1, 1.5, False)


@pytest.mark.parametrize(("end", "start"), [(None, 5), (5, None)])
def test_difference_with_a_missing_side_is_null(end: int | None, start: int | None) -> None:
    """duration is NULL while a run runs."""
    assert things(["v"], {"t": end, "u": start}) == [(None,)]


@pytest.mark.parametrize(
    ("wire", "value"),
    [(0.25, 0.25), (3, 3.0), ("NaN", None), ("Infinity", inf), ("-Infinity", -inf), (1.7976931348623157e308,) * 2],
)
def test_doubles(wire: Any, value: float | None) -> None:
    """NaN is NULL, infinities stay; protobuf's strings are read in columns and in maps, among other numbers too."""
    assert things(["d"], {"in": {"d": wire}}, {"in": {"d": 1.5}}) == [(value,), (1.5,)]
    assert things(["dm"], {"dm": pairs(a=wire, b=2)}) == [([("a", value), ("b", 2.0)],)]


def test_bare_nan_tokens() -> None:
    """A bulk history's bare NaN and Infinity, which are not JSON, read as the strings do; text is left alone."""
    body = b'{"metrics": [{"key": "NaN", "value": NaN}, {"value": -Infinity, "key": "a"}, {"value": 1e3}]}'
    page = decode("metric_history", ["key", "value"], body, "get_history_bulk")
    assert rows(page) == [("NaN", None), ("a", -inf), (None, 1000.0)]
    page = decode("things", ["whole", "s"], b'{"things": [{"s": ": NaN", "x": [NaN]}]}', "list")
    assert rows(page) == [('{"s":": NaN","x":["NaN"]}', ": NaN")]


@pytest.mark.parametrize(
    ("wire", "value"),
    [(5, 5), ("5", 5), (5.0, 5), (-(2**63), -(2**63)), (str(2**63 - 1), 2**63 - 1), (0, 0), ("-7", -7)],
)
def test_bigint_as_number_or_text(wire: Any, value: int) -> None:
    """An int64 is read from a number or from its digits in a string, exactly."""
    assert things(["i"], {"i": wire}, {"i": 1}) == [(value,), (1,)]


@pytest.mark.parametrize("wire", [1500, "1500", 1500.0, 1500.9, "1500.9"])
def test_timestamp_forms(wire: Any) -> None:
    """A time in ms is read from an int, digits in a string or a float; parts of a millisecond are cut off."""
    assert things(["t", "v"], {"t": wire, "u": "500"}) == [
        (datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC), timedelta(seconds=1))
    ]


def test_last_of_a_repeated_key_wins() -> None:
    """DuckDB refuses a map with a repeated key, so the last value counts, as it does in a picked column."""
    repeated = {"sm": [*pairs(k="1", z="2"), *pairs(k="3")], "dm": [*pairs(k=1), *pairs(k="NaN")]}
    other = {"sm": pairs(k="x"), "dm": pairs(k=2.0)}
    assert things(["sm", "dm", "picked"], other, repeated, other) == [
        ([("k", "x")], [("k", 2.0)], "x"),
        ([("k", "3"), ("z", "2")], [("k", None)], "3"),
        ([("k", "x")], [("k", 2.0)], "x"),
    ]


def test_key_without_value() -> None:
    """A present key without a value is '' in a map of text, since protobuf leaves '' out, and NULL among numbers."""
    assert things(["sm", "dm"], {"sm": [{"key": "k"}], "dm": [{"key": "k"}]}) == [([("k", "")], [("k", None)])]


@pytest.mark.parametrize("answer", [{}, {"runs": []}, {"runs": None}, {"next_page_token": ""}])
def test_empty_page(answer: dict[str, Any]) -> None:
    """A server omits empty lists: such an answer is a page of no rows and no next page."""
    page = decode("experiment_runs", ["run_id", "metrics", "run"], answer)
    assert (page.batch.num_rows, list(page.keys), page.token, page.items) == (0, [], None, 0)


def test_single_item() -> None:
    """A method that returns one item gives one row; nothing, or an empty object, gives none."""
    assert rows(decode("things", ["s", "whole"], {"thing": {"s": "x"}}, "get")) == [("x", '{"s":"x"}')]
    assert rows(decode("things", ["s"], {"thing": {"other": 1}}, "get")) == [(None,)]
    for nothing in ({}, {"thing": {}}, {"thing": None}):
        page = decode("things", ["s", "whole"], nothing, "get")
        assert (page.batch.num_rows, page.items, page.token) == (0, 0, None)


def test_stages_drop_items() -> None:
    """An item of another lifecycle stage is dropped; one that does not say its stage counts as active."""
    answer = {"things": [{"s": "a", "stage": "active"}, {"s": "d", "stage": "deleted"}, {"s": "?"}]}
    for stages, kept in ((["active"], ["a", "?"]), (["deleted"], ["d"]), (["active", "deleted"], ["a", "d", "?"])):
        page = decode("things", ["s"], answer, "list", stages=frozenset(stages))
        assert ([row[0] for row in rows(page)], page.items) == (kept, len(kept))
    both = decode("things", ["s", "whole"], answer, "list", stages=frozenset(["deleted"]))
    assert rows(both) == [("d", '{"s":"d","stage":"deleted"}')]


def test_deleted_run_is_dropped_from_an_exploded_table() -> None:
    """runs/get returns a deleted run: none of its metrics are rows."""
    deleted = run("r", metrics=pairs(a=1))
    deleted["info"]["lifecycle_stage"] = "deleted"
    page = decode("run_metrics", ["run_id"], {"run": deleted}, "get", stages=frozenset(["active"]))
    assert (rows(page), page.items, page.starts) == ([], 0, [0])


def test_constants_fill_their_columns() -> None:
    """A column with a constant has that value in every row, also when the answer holds one or nothing is read."""
    answer = {"metrics": [{"key": "loss", "value": 1.0}, {"key": "other", "value": 2.0}]}
    page = decode(
        "metric_history", ["run_id", "value", "key"], answer, "get_history", constants={"run_id": "r", "key": "loss"}
    )
    assert rows(page) == [("r", 1.0, "loss"), ("r", 2.0, "loss")]
    only = decode("metric_history", ["run_id"], answer, "get_history", constants={"run_id": "r"})
    assert rows(only) == [("r",), ("r",)]
    two = {"runs": [run("a", metrics=pairs(x=1, y=2))]}
    exploded = decode("run_metrics", ["run_id", "key"], two, constants={"run_id": "c"})
    assert rows(exploded) == [("c", "x"), ("c", "y")]


def test_keys_are_those_of_the_keyset() -> None:
    """Each item has its place in the keyset order, whether or not those columns are read; a missing time is 0."""
    answer = {"runs": [run("b", 2000), run("a", None), run("c", "3000")]}  # type: ignore[arg-type]
    page = decode("experiment_runs", ["status"], answer)
    assert list(page.keys) == [ItemKey(2000, "b"), ItemKey(0, "a"), ItemKey(3000, "c")]
    assert list(decode("metric_history", ["key"], {"metrics": [{"key": "a"}]}, "get_history").keys) == []


def test_exploded_rows_follow_their_items() -> None:
    """Each element is a row beside its item's values; an item without elements has none; starts say which is whose."""
    answer = {
        "runs": [
            run("a", metrics=[{"key": "m", "value": "NaN", "timestamp": 1500, "step": 3}, {"key": "n", "value": 1}]),
            run("b", 900),
            run("c", 800, metrics=pairs(m=2.5)),
        ]
    }
    page = decode("run_metrics", ["value", "run_id", "key", "timestamp", "step"], answer)
    at = datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC)
    assert rows(page) == [(None, "a", "m", at, 3), (1.0, "a", "n", None, None), (2.5, "c", "m", None, None)]
    assert (page.starts, page.items) == ([0, 2, 2, 3], 3)
    assert [key.tie for key in page.keys] == ["a", "b", "c"]
    left = page.without({0})
    assert (rows(left), left.starts, left.items) == ([(2.5, "c", "m", None, None)], [0, 0, 1], 2)
    assert rows(page.without({2})) == rows(page)[:2]
    assert rows(decode("run_metrics", ["run_id"], answer)) == [("a",), ("a",), ("c",)]


def test_exploded_list_beside_columns_that_hold_it() -> None:
    """A table can show the list that it explodes as a map and as JSON, and its elements whole and in parts."""
    table = resource("run_metrics")
    more = [
        Column(name="metrics", type=ColumnType.DOUBLE_MAP, path="data.metrics", description="d"),
        Column(name="data", type=ColumnType.JSON, path="data", description="d"),
        Column(name="element", type=ColumnType.JSON, each="$", description="d"),
    ]
    table = msgspec.structs.replace(table, columns=(*table.columns, *more))
    made = Decoder(table, next(m for m in table.methods if m.name == "search"), ["element", "data", "metrics", "value"])
    answer = {"runs": [run("a", metrics=pairs(x=1, y=2)), run("b"), run("c", metrics=pairs(x=3))]}
    two, one = ('{"metrics":[{"key":"x","value":1},{"key":"y","value":2}]}', '{"metrics":[{"key":"x","value":3}]}')
    assert rows(made.page(json.dumps(answer).encode(), LABEL)) == [
        ('{"key":"x","value":1}', two, [("x", 1.0), ("y", 2.0)], 1.0),
        ('{"key":"y","value":2}', two, [("x", 1.0), ("y", 2.0)], 2.0),
        ('{"key":"x","value":3}', one, [("x", 3.0)], 3.0),
    ]


def test_exploded_param_without_value_is_empty_text() -> None:
    """The exploded table and the map agree on a param whose value was left out."""
    assert rows(decode("run_params", ["key", "value"], {"runs": [run("a", params=[{"key": "p"}])]})) == [("p", "")]


def test_nested_values_of_elements() -> None:
    """Inside an element, values can be nested, picked from its tags, and a map."""
    inputs = {
        "dataset_inputs": [
            {"tags": pairs(**{"mlflow.data.context": "train", "x": "y"}), "dataset": {"name": "d", "digest": "1"}},
            {"dataset": {"name": "e", "digest": "2"}},
            {"tags": pairs(x="z")},
        ]
    }
    answer = {"runs": [{"info": {"run_id": "old"}}, {"info": {"run_id": "r"}, "inputs": inputs}]}
    page = decode("run_inputs", ["run_id", "name", "context", "tags", "profile"], answer)
    assert rows(page) == [
        ("r", "d", "train", [("mlflow.data.context", "train"), ("x", "y")], None),
        ("r", "e", None, [], None),
        ("r", None, None, [("x", "z")], None),
    ]
    assert page.starts == [0, 0, 3]


def test_decoder_serves_many_pages() -> None:
    """Pages do not touch each other."""
    made = decoder("experiment_runs", ["run_id", "metrics"])
    first = made.page(json.dumps({"runs": [run("a", metrics=pairs(x=1))], "next_page_token": "n"}).encode(), LABEL)
    second = made.page(json.dumps({"runs": [run("b")]}).encode(), LABEL)
    assert rows(first) == [("a", [("x", 1.0)])]
    assert (rows(second), second.token) == ([("b", [])], None)


def test_column_without_a_place() -> None:
    """A column that says no place in the answer is a fault of the resource file, unless it has a constant."""
    with pytest.raises(ResourceFileError, match="things: column nowhere"):
        decoder("things", ["nowhere"], "list")
    assert rows(decode("things", ["nowhere"], {"things": [{}]}, "list", constants={"nowhere": "c"})) == [("c",)]


def test_unknown_and_no_columns_are_refused() -> None:
    """A caller's mistake is not a batch without columns."""
    with pytest.raises(LookupError, match="no column 'x'"):
        decoder("things", ["x"], "list")
    with pytest.raises(ValueError, match=r"no column of .*things"):
        decoder("things", [], "list")
