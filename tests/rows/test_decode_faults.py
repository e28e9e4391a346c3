"""Answers that are none: each is an error that says what is wrong, never a default and never an empty page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlflow_sql.errors import ResponseError
from rows.decoding import LABEL, decode

ALL = ["s", "i", "d", "b", "t", "v", "sm", "dm", "picked", "part"]


def fault(table: str, columns: list[str], answer: Any, method: str = "search") -> str:
    """The message of the error that the answer makes."""
    with pytest.raises(ResponseError) as caught:
        decode(table, columns, answer, method)
    assert caught.value.call == LABEL
    text = str(caught.value)
    assert LABEL in text
    assert "no row of it was used" in text
    return text


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ({"s": 5}, "$.things[1].s"),
        ({"s": ["x"]}, "$.things[1].s"),
        ({"i": "five"}, "$.things[1].i"),
        ({"i": True}, "$.things[1].i"),
        ({"i": 2**63}, "$.things[1].i"),
        ({"i": 1e300}, "$.things[1].i"),
        ({"i": 1.5}, "i: 1.5 is not a whole number"),
        ({"i": "1.5"}, "i: 1.5 is not a whole number"),
        ({"i": str(2**63)}, f"i: {2**63} is beyond 64 bits"),
        ({"in": {"d": "1.5"}}, "$.things[1].in.d"),
        ({"in": {"d": True}}, "$.things[1].in.d"),
        ({"in": {"d": {}}}, "$.things[1].in.d"),
        ({"in": [1]}, "$.things[1].in"),
        ({"b": "true"}, "$.things[1].b"),
        ({"t": "yesterday"}, "$.things[1].t"),
        ({"sm": {"k": "v"}}, "$.things[1].sm"),
        ({"sm": [["k", "v"]]}, "$.things[1].sm[0]"),
        ({"sm": [{"value": "v"}]}, "missing required field `key` - at `$.things[1].sm[0]`"),
        ({"sm": [{"key": "k", "value": 1}]}, "$.things[1].sm[0].value"),
        ({"dm": [{"key": "k", "value": "high"}]}, "$.things[1].dm[0].value"),
        ({"dm": [{"key": None, "value": 1}]}, "$.things[1].dm[0].key"),
    ],
)
def test_value_of_a_wrong_type(item: dict[str, Any], where: str) -> None:
    """A value of a wrong type is named by its place in the answer."""
    columns = [name for name in ALL if name != "part"]
    assert where in fault("things", columns, {"things": [{}, item]}, "list")


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ([], "Expected `object`, got `array`"),
        (None, "Expected `object`, got `null`"),
        ("ok", "Expected `object`, got `str`"),
        ({"runs": {}}, "$.runs"),
        ({"runs": ["r"]}, "$.runs[0]"),
        ({"runs": [None]}, "$.runs[0]"),
        ({"runs": [], "next_page_token": 5}, "$.next_page_token"),
        ({"runs": [{"info": []}]}, "$.runs[0].info"),
    ],
)
def test_answer_of_a_wrong_shape(answer: Any, where: str) -> None:
    """A list where an object is expected, and the like, is named; other columns are advised where that helps."""
    text = fault("experiment_runs", ["run_id"], answer)
    assert where in text
    assert ("without that one" in text) == ("$.runs[0]." in text)


def test_single_item_of_a_wrong_shape() -> None:
    """A list in place of the one item is no missing item."""
    assert "$.thing" in fault("things", ["s"], {"thing": []}, "get")


def test_exploded_list_of_a_wrong_shape() -> None:
    """An object in place of the list of elements is no empty list."""
    assert "$.runs[0].data.metrics" in fault(
        "run_metrics", ["key"], {"runs": [{"info": {"run_id": "r"}, "data": {"metrics": {"a": 1}}}]}
    )


@pytest.mark.parametrize("body", [b"<!doctype html><title>Sign in</title>", b"\n  <html></html>"])
def test_web_page(body: bytes) -> None:
    """A sign-in page with status 200 is called a web page, and the advice is to look at the address."""
    text = fault("experiment_runs", ["run_id"], body)
    assert "web page (HTML)" in text
    assert "Hint: check that the address" in text


@pytest.mark.parametrize("body", [b"", b"  \n"])
def test_empty_body(body: bytes) -> None:
    """No bytes are not an empty page, which is {}."""
    assert "it is empty" in fault("experiment_runs", ["run_id"], body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"runs": [{"info": {"run_id": "a"}}',
        b'{"runs": []} {"runs": []}',
        b'{"runs": [{"info": {"run_id": "a}}]',
        b"plain text",
        b'{"metrics": NaN, "runs": [',
        b'{"runs": [{"info": {"run_id": "\xff"}}]}',
        b'{"runs": [{"info": {"run_id": "\\ud800"}, "x": NaN}]}',
        b'{"x": ' + b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("columns", [["run_id"], ["run_id", "run"]])
def test_not_json(body: bytes, columns: list[str]) -> None:
    """A cut-off or damaged body is an error that tells its length, with JSON columns and without."""
    assert f"its {len(body)} bytes are not JSON" in fault("experiment_runs", columns, body)


def test_json_column_that_is_not_utf8() -> None:
    """Damaged text inside a JSON column is found, though that part is not parsed."""
    text = fault("experiment_runs", ["inputs"], b'{"runs": [{"info": {"run_id": "a"}, "inputs": {"a": "\xff"}}]}')
    assert "inputs: its text is not UTF-8" in text


def test_error_sent_as_success() -> None:
    """An error body with status 200 is not an empty page; the server's words are kept."""
    text = fault("experiment_runs", ["run_id"], {"error_code": "INTERNAL_ERROR", "message": "store is gone"})
    assert "INTERNAL_ERROR: store is gone" in text


def test_item_without_its_keyset_string() -> None:
    """Two runs without an id would be taken for one."""
    assert "an item has no info.run_id" in fault("experiment_runs", ["status"], {"runs": [{"info": {"status": "x"}}]})


@pytest.mark.parametrize("column", ["t", "v"])
@pytest.mark.parametrize("value", [1_700_000_000_000_000_000, -(2**62)])
def test_time_beyond_what_sql_holds(column: str, value: int) -> None:
    """A time in nanoseconds, which DuckDB could not read, is named, and that the other columns can be read."""
    text = fault("things", ["s", column], {"things": [{"s": "x", "t": value, "u": 0}]}, "list")
    assert f"t: {value} ms is beyond the times that SQL can hold" in text
    assert "Hint: only the columns that a statement uses are read" in text


def test_wild_time_leaves_other_columns_readable() -> None:
    """The same run can be read without that column, though paging uses its start time."""
    wild = 1_700_000_000_000_000_000
    page = decode("experiment_runs", ["run_id"], {"runs": [{"info": {"run_id": "r", "start_time": wild}}]})
    assert page.keys[0].first == wild


def test_wrong_values_of_unread_columns_do_not_matter() -> None:
    """What a statement does not use is not looked at."""
    answer = {"runs": [{"info": {"run_id": "r", "status": 5}, "data": {"metrics": 3}, "outputs": [1]}]}
    assert decode("experiment_runs", ["run_id"], json.dumps(answer).encode()).batch.num_rows == 1


@pytest.mark.parametrize("answer", [{"message": "quota exceeded"}, {"error": {"code": 7}}, {"detail": "no"}])
def test_message_in_place_of_the_items_is_no_empty_page(answer: dict[str, Any]) -> None:
    """A proxy's complaint with status 200 does not read as "no rows"."""
    assert "has no runs" in fault("experiment_runs", ["run_id"], answer)
