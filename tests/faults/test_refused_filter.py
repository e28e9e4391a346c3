"""A filter that the server refuses with 400, and values that its grammar cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

import mlflow_sql
from mlflow_sql import Connection, errors
from support.faulty import RUNS, FaultyServer, mlflow_says
from support.seed import ODD_VALUES

if TYPE_CHECKING:
    from conftest import TrackingServer

Connect = Callable[..., Connection]
LR = "SELECT run_id FROM runs WHERE params.lr = '0.7'"


def rows(con: Connection, statement: str, params: list[str] | None = None) -> list[tuple[object, ...]]:
    relation = con.sql(statement, params)
    assert relation is not None
    found: list[tuple[object, ...]] = relation.fetchall()
    return found


def filters(faulty: FaultyServer) -> list[object]:
    return [request.said.get("filter") for request in faulty.asked(RUNS)]


def test_retried_once_without(connect: Connect, faulty: FaultyServer) -> None:
    """The rows are right; the refusal is remembered, so the next such filter costs one request, not two."""
    con = connect(faulty.url, page_size=100)
    assert rows(con, LR) == [("run0007",)]
    assert filters(faulty) == ["params.`lr` = '0.7'", None]
    assert rows(con, LR.replace("0.7", "0.8")) == [("run0008",)]
    assert filters(faulty)[2:] == [None]


@pytest.mark.parametrize("tail", ["LIMIT 1", "ORDER BY start_time LIMIT 1", "ORDER BY metrics.loss DESC LIMIT 1"])
def test_a_limit_is_not_pushed_without_its_filter(con: Connection, faulty: FaultyServer, tail: str) -> None:
    """The first row of everything would be the wrong one."""
    assert rows(con, f"{LR} {tail}") == [("run0007",)]


def test_it_is_noted(connect: Connect, faulty: FaultyServer) -> None:
    """EXPLAIN ANALYZE says that the filter was refused and the server's words, and later that it is not sent."""
    con = connect(faulty.url)
    first = "\n".join(str(line) for (line,) in rows(con, f"EXPLAIN ANALYZE {LR}"))
    assert "note: the server refused the filter; read without it" in first
    assert "Invalid filter: params.`lr` = '0.7'" in first
    second = "\n".join(str(line) for (line,) in rows(con, f"EXPLAIN ANALYZE {LR}"))
    assert "note: the server refused a filter of this shape before; read without it" in second


def test_another_refusal_is_an_error(con: Connection, faulty: FaultyServer) -> None:
    """A 400 that stays without the filter was not about it: it is raised, and nothing is remembered."""
    faulty.fault(RUNS, status=400, body=mlflow_says("INVALID_PARAMETER_VALUE", "too many experiments"))
    for _ in range(2):
        with pytest.raises(errors.BadRequest, match=r"POST runs/search with 400 INVALID.*too many experiments"):
            rows(con, "SELECT run_id FROM runs WHERE status = 'FAILED'")
    faulty.heal()
    assert len(rows(con, "SELECT run_id FROM runs WHERE status = 'FAILED'")) == 20
    assert set(filters(faulty)) == {"attributes.status = 'FAILED'"}


def test_without_a_filter_it_is_an_error_at_once(con: Connection, faulty: FaultyServer) -> None:
    """There is nothing to leave out."""
    faulty.fault(RUNS, status=400, body=mlflow_says("INVALID_PARAMETER_VALUE", "no"))
    with pytest.raises(errors.BadRequest, match="400"):
        rows(con, "SELECT count(*) FROM runs")
    assert len(faulty.asked(RUNS)) == 1


def test_on_a_later_page_it_is_an_error(con: Connection, faulty: FaultyServer) -> None:
    """The first page was filtered, so starting over would count its rows twice."""
    faulty.fault(RUNS, first=2, status=400, body=mlflow_says("INVALID_PARAMETER_VALUE", "no"))
    with pytest.raises(errors.BadRequest, match="400"):
        rows(con, "SELECT count(*) FROM runs WHERE status = 'FAILED'")


UNWRITABLE = ["both ' and \"", "back\\slash", "nul\0byte", "trailing\\"]


@pytest.mark.parametrize("value", UNWRITABLE, ids=ascii)
@pytest.mark.parametrize(
    "condition", ["params.lr = ?", "params.lr LIKE ?", "params.lr IN (?)", "run_name = ?", "run_id = ?", "tags.x <> ?"]
)
def test_values_that_cannot_be_written(con: Connection, faulty: FaultyServer, condition: str, value: str) -> None:
    """MLflow's filters have no escapes: such a value is compared here, and no filter with it is ever sent."""
    assert rows(con, f"SELECT run_id FROM runs WHERE {condition}", [value]) == []
    assert set(filters(faulty)) <= {None}


@pytest.mark.parametrize("statement", ["SELECT 1 FROM runs WHERE params.lr = ?", "SELECT ?"])
def test_half_a_surrogate_pair(con: Connection, faulty: FaultyServer, statement: str) -> None:
    """It is no text that anything can store: refused, in words that can be printed, before anything is sent."""
    with pytest.raises(errors.Error, match="surrogate") as caught:
        rows(con, statement, ["\ud800"])
    str(caught.value).encode()
    assert not faulty.asked(RUNS)


@pytest.mark.parametrize("key", ["a`b", "it's", 'say "hi"', "x;y", "both ' and \""])
def test_keys_that_cannot_be_written(con: Connection, faulty: FaultyServer, key: str) -> None:
    """The same for the key of a metric, param or tag."""
    quoted = key.replace("'", "''")
    assert rows(con, f"SELECT run_id FROM runs WHERE params['{quoted}'] = 'x'") == []
    assert set(filters(faulty)) <= {None}


@pytest.fixture(scope="module")
def seeded(server: TrackingServer) -> Iterator[tuple[Connection, str, list[object]]]:
    """A connection to the real server, one of its experiments, and the values of a param of that experiment's runs."""
    assert server.seeded is not None
    with mlflow_sql.connect(server.url) as con:
        experiment = server.seeded.experiment_ids[0]
        yield (
            con,
            experiment,
            [v for (v,) in rows(con, "SELECT params.note FROM runs WHERE experiment_id = ?", [experiment])],
        )


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: ascii(value)[:20])
def test_odd_values(seeded: tuple[Connection, str, list[object]], value: str) -> None:
    """A real server full of odd values: each is found as often as it is there, whether it can be pushed or not."""
    con, experiment, notes = seeded
    found = rows(con, "SELECT params.note FROM runs WHERE experiment_id = ? AND params.note = ?", [experiment, value])
    assert found == [(value,)] * notes.count(value)


def test_the_users_expression_is_never_left_out(con: Connection, faulty: FaultyServer) -> None:
    """What we add is taken back when the server refuses both; the expression goes along, and its rows are right."""
    statement = "SELECT run_id FROM runs WHERE filter = 'attributes.start_time >= 0' AND params.lr = '0.7'"
    assert rows(con, statement) == [("run0007",)]
    assert filters(faulty)[:2] == [
        "params.`lr` = '0.7' AND attributes.start_time >= 0",
        "attributes.start_time >= 0",
    ]
    assert rows(con, statement.replace("0.7", "0.8")) == [("run0008",)]
    assert all("attributes.start_time >= 0" in str(said) for said in filters(faulty))


@pytest.mark.parametrize("rest", ["", " AND params.lr = '0.7'", " LIMIT 1", " ORDER BY start_time LIMIT 1"])
def test_a_refused_expression_is_the_users_to_mend(con: Connection, faulty: FaultyServer, rest: str) -> None:
    """There are no rows without it: the error says the expression and the server's words, every time."""
    for _ in range(2):
        with pytest.raises(errors.BadRequest, match=r"the server refuses the filter 'nonsense'.*Invalid filter"):
            rows(con, f"SELECT run_id FROM runs WHERE filter = 'nonsense'{rest}")
    assert all("nonsense" in str(said) for said in filters(faulty))
