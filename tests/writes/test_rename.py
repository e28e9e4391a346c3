"""New names of experiments, which only one can have: what is taken is refused before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, rows

if TYPE_CHECKING:
    from mlflow import MlflowClient


@pytest.fixture
def taken(empty_client: MlflowClient, name: str) -> tuple[str, str]:
    """Another experiment, with a quote in its name: its id and name."""
    other = f"{name} it's taken"
    return empty_client.create_experiment(other), other


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


STATEMENTS = {
    "update": "UPDATE experiments SET name = {new}, tags['seen'] = 'yes' WHERE experiment_id = '{id}'",
    "merge": "MERGE INTO experiments e USING (SELECT '{id}' AS id, {new} AS name) w ON e.experiment_id = w.id"
    " WHEN MATCHED THEN UPDATE SET name = w.name",
    "upsert": "INSERT INTO experiments (name) VALUES ({old}) ON CONFLICT (name) DO UPDATE SET name = {new}",
    "explain": "EXPLAIN UPDATE experiments SET name = {new} WHERE experiment_id = '{id}'",
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_name_that_another_has(
    through: Connection, proxy: Proxy, held: Held, taken: tuple[str, str], name: str, kind: str
) -> None:
    """The error says who has it and how to go on; by one further call; nothing is changed."""
    before = held.everything()
    sql = STATEMENTS[kind].format(id=held.id, new=literal(taken[1]), old=literal(name))
    with pytest.raises(errors.StatementError, match="exists already") as caught:
        rows(through.sql(sql))
    said = str(caught.value)
    assert repr(taken[1]) in said
    assert f"experiment_id '{taken[0]}' has it" in said
    assert f"WHERE experiment_id = '{taken[0]}'" in str(caught.value.hint)
    assert "IntegrityError" not in said
    assert proxy.writes == []
    assert [a.path.rpartition("/")[2] for a in proxy.asked][-1] == "get-by-name"
    assert held.everything() == before


def test_a_name_that_a_deleted_one_keeps(through: Connection, proxy: Proxy, held: Held, taken: tuple[str, str]) -> None:
    """As INSERT says it: with its id, the statement that restores it, and what removes it for good."""
    held.client.delete_experiment(taken[0])
    statements = (
        f"UPDATE experiments SET name = $name WHERE experiment_id = '{held.id}'",
        "INSERT INTO experiments (name) VALUES ($name)",
    )
    errors_ = []
    for sql in statements:
        with pytest.raises(errors.Error, match="belongs to a deleted row") as caught:
            through.sql(sql, {"name": taken[1]})
        errors_.append(caught.value)
        assert f"experiment_id '{taken[0]}'" in str(caught.value)
        assert "`mlflow gc`" in str(caught.value)
    hints = [str(e.hint) for e in errors_]
    assert hints[0] == hints[1]
    through.sql(hints[0].removesuffix(" restores it"))
    assert held.client.get_experiment(taken[0]).lifecycle_stage == "active"


def test_several_rows(con: Connection, through: Connection, proxy: Proxy, held: Held, name: str) -> None:
    """One name for two of them, and names that they have of each other, are refused before the first write."""
    other = held.client.create_experiment(f"{name} b")
    which = f"experiment_id IN ('{held.id}', '{other}')"
    with pytest.raises(errors.StatementError, match="2 rows of experiments would have the name"):
        through.sql(f"UPDATE experiments SET name = '{name} c' WHERE {which}")
    swap = f"CASE name WHEN '{name}' THEN '{name} b' ELSE '{name}' END"
    with pytest.raises(errors.StatementError, match="exists already"):
        through.sql(f"UPDATE experiments SET name = {swap} WHERE {which}")
    assert proxy.writes == []
    assert {held.client.get_experiment(e).name for e in (held.id, other)} == {name, f"{name} b"}
    assert rows(con.sql(f"UPDATE experiments SET name = name || ' new' WHERE {which}")) == [(2,)]
    assert held.client.get_experiment(other).name == f"{name} b new"


def test_only_a_new_name_is_asked_for(through: Connection, proxy: Proxy, held: Held, name: str) -> None:
    """Statements that set no name, or the one that is there, cost no further call; a free one costs one."""
    where = f"WHERE experiment_id = '{held.id}'"
    through.sql(f"UPDATE experiments SET name = '{name}', tags['a'] = 'b' {where}")
    assert [a.path for a in proxy.asked if "get-by-name" in a.path] == []
    proxy.forget()
    through.sql(f"UPDATE experiments SET name = '{name} new' {where}")
    assert [a.path.rpartition("/")[2] for a in proxy.asked] == ["get", "get-by-name", "update"]
    assert held.client.get_experiment(held.id).name == f"{name} new"


def test_a_name_that_is_taken_meanwhile(
    connect: Callable[..., Connection], held: Held, taken: tuple[str, str], empty_client: MlflowClient
) -> None:
    """What only the server knows is told without its database's statement; EXEC asks nothing beforehand."""
    with pytest.raises(errors.BadRequest) as caught:
        connect(empty_client.tracking_uri).sql(
            f"EXEC experiments.update @experiment_id = '{held.id}', @new_name = $name", {"name": taken[1]}
        )
    assert "UNIQUE" in str(caught.value)
    assert "[SQL" not in str(caught.value)
    assert "parameters:" not in str(caught.value)
