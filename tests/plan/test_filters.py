"""What is written into a filter is read back by MLflow's own parser as the same comparison."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils

from mlflow_sql.plan import filters

# Everything that has ever confused a parser, and much that has not.
ODD = st.sampled_from(
    ["'", '"', "`", "\\", "%", "_", ";", "--", "/*", " AND ", "\n", "\r", "\0", "é", "​", "\ud800", ")"]
)
TEXT = st.lists(st.one_of(ODD, st.text(max_size=5), st.sampled_from(["a", "1", "nan", "null", " "])), max_size=6).map(
    "".join
)
KEY = st.text(st.sampled_from("abcXYZ019 _-.:/éß日"), min_size=1, max_size=12)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_back(clause: str) -> tuple[str, str, str, object]:
    """The only comparison that MLflow reads in a filter."""
    (found,) = SearchUtils.parse_search_filter(clause)
    return found["type"], found["key"], found["comparator"], found["value"]


@given(TEXT)
def test_a_text_is_read_back_as_it_was(value: str) -> None:
    """A text is either written so that the parser sees the same characters, or not written at all."""
    written = filters.string(value)
    if written is not None:
        assert read_back(f"params.`k` = {written}") == ("parameter", "k", "=", value)


@given(TEXT)
def test_texts_without_backslash_nul_and_one_kind_of_quote_are_written(value: str) -> None:
    """Nothing more is refused than the grammar cannot say."""
    hard = (
        "\\" in value
        or "\0" in value
        or ("'" in value and '"' in value)
        or any(0xD800 <= ord(c) < 0xE000 for c in value)
    )
    assert (filters.string(value) is None) == hard


@given(KEY)
def test_a_key_is_read_back_as_it_was(key: str) -> None:
    """Keys with spaces, dots, dashes, colons, slashes and letters of any script stand in back-ticks."""
    written = filters.key(key)
    assert written is not None
    for entity, name in (("metrics", "metric"), ("params", "parameter"), ("tags", "tag")):
        value = "1" if entity == "metrics" else "'v'"
        assert read_back(f"{entity}.{written} = {value}")[:2] == (name, key)


@given(TEXT)
def test_a_key_that_mlflow_refuses_is_not_written(key: str) -> None:
    """Quotes and back-ticks never reach the filter as part of a key."""
    written = filters.key(key)
    if written is not None:
        assert read_back(f"params.{written} = 'v'")[:2] == ("parameter", key)


@given(NUMBER)
def test_a_number_is_read_back_bit_by_bit(value: float) -> None:
    """Any finite DOUBLE has digits that the grammar takes and that mean the same number."""
    written = filters.number(value)
    assert written is not None
    assert float(str(read_back(f"metrics.`m` >= {written}")[3])) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_not_written(value: float) -> None:
    """The grammar has no word for them."""
    assert filters.number(value) is None


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_a_list_is_read_back_as_it_was(values: list[str]) -> None:
    """A list for IN holds the same texts, or is not written."""
    written = filters.string_list(values)
    if written is not None:
        assert read_back(f"attributes.run_id IN {written}")[2:] == ("IN", tuple(values))
        (found,) = SearchExperimentsUtils.parse_search_filter(f"experiment_id IN {written}")
        assert found["value"] == tuple(values)


@given(TEXT, st.booleans())
def test_a_pattern_matches_at_least_what_duckdb_matches(pattern: str, ignore_case: bool) -> None:
    """Widening only adds wildcards: every character that is left stands where it stood."""
    written = filters.ilike(pattern) if ignore_case else filters.like(pattern)
    if written is not None:
        found = str(read_back(f"params.`k` LIKE {written}")[3])
        assert len(found) == len(pattern)
        assert all(b in (a, "%") for a, b in zip(pattern, found, strict=True))
        assert "_" not in found


@given(
    st.integers(-(10**15), 10**15).map(lambda us: EPOCH + timedelta(microseconds=us)),
    st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
    st.integers(-2, 2),
)
def test_a_time_divides_the_milliseconds_as_it_did(value: datetime, op: str, away: int) -> None:
    """A stored time, a whole millisecond, compares with what is written as it compares with the time itself."""
    written = filters.millis(value, op)
    micros = (value - EPOCH) // timedelta(microseconds=1)
    if written is None:
        assert op in ("eq", "ne")
        assert micros % 1000
        return
    stored = micros // 1000 + away
    compare = {
        "eq": lambda a, b: a == b,
        "ne": lambda a, b: a != b,
        "lt": lambda a, b: a < b,
        "le": lambda a, b: a <= b,
        "gt": lambda a, b: a > b,
        "ge": lambda a, b: a >= b,
    }[op]
    assert compare(stored * 1000, micros) == compare(stored, int(written))


@pytest.mark.parametrize(
    ("value", "double"),
    [
        (1, 1.0),
        (2**53, 2.0**53),
        (2**53 + 1, None),
        (True, None),
        (0.1, 0.1),
        (Decimal("0.1"), 0.1),
        (Decimal("0.12345678901234567"), None),
        ("1", None),
        (Decimal("NaN"), None),
    ],
)
def test_only_numbers_that_are_surely_one_double_are_sent(value: object, double: float | None) -> None:
    """DuckDB may round a long DECIMAL or a large integer in another way than the server does."""
    assert filters.exact_float(value) == double


CLAUSE = st.one_of(
    st.tuples(st.just("params"), KEY, st.sampled_from(["=", "!=", "LIKE", "ILIKE"]), TEXT),
    st.tuples(st.just("tags"), KEY, st.sampled_from(["=", "!=", "LIKE", "IS NULL", "IS NOT NULL"]), TEXT),
    st.tuples(st.just("metrics"), KEY, st.sampled_from(["=", "!=", "<", ">="]), NUMBER),
)


@given(st.lists(CLAUSE, min_size=1, max_size=6))
def test_a_conjunction_is_read_back_clause_by_clause(clauses: list[tuple[str, str, str, object]]) -> None:
    """No value ends a clause or begins another: MLflow reads exactly the comparisons that were written."""
    written, wanted = [], []
    for entity, key, op, value in clauses:
        left = f"{entity}.{filters.key(key)}"
        if op.startswith("IS"):
            written.append(f"{left} {op}")
            wanted.append((key, op, None))
            continue
        text = filters.number(value) if isinstance(value, float) else filters.string(str(value))
        if text is not None:
            written.append(f"{left} {op} {text}")
            wanted.append((key, op, value))
    parsed = SearchUtils.parse_search_filter(" AND ".join(written))
    read = [(p["key"], p["comparator"], float(p["value"]) if p["type"] == "metric" else p["value"]) for p in parsed]
    assert read == wanted


def test_a_shape_forgets_values_and_keys() -> None:
    """What a server refuses once is not tried again with other values; other comparisons are."""
    one = filters.shape(["params.`a` = 'x'", "metrics.`m` > -1.5e-7"], ["metrics.`m` DESC"])
    assert one == filters.shape(["metrics.`loss` > 3", 'params.`b c` = "it\'s"'], ["metrics.`k` DESC"])
    assert one != filters.shape(["params.`a` LIKE 'x'", "metrics.`m` > 1"], ["metrics.`m` DESC"])
    assert one != filters.shape(["params.`a` = 'x'", "metrics.`m` > 1"], [])
