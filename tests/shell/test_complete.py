"""Completion as a pure function: a text with the cursor at |, what is known, and what is suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from mlflow_sql.catalog.load import load
from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Column, Resource
from mlflow_sql.cli.shell.complete import suggest


class Known:
    """Two metrics, a param and an experiment; asks are noted."""

    names = Names(load())
    functions: Sequence[str] = ("count", "regexp_matches", "zz_last")
    settings: Mapping[str, Sequence[str]] = {"pushdown": ("on", "off"), "threads": ()}
    local: Mapping[str, Sequence[str]] = {"mine": ("first col", "second")}

    def __init__(self) -> None:
        self.near: frozenset[str] = frozenset()

    def keys(self, resource: Resource, column: Column, near: frozenset[str]) -> Sequence[str]:
        self.near = near
        return {"metrics": ["auc", "val acc", "order"], "params": ["lr"], "tags": ["team"]}[column.name]

    def values(self, resource: Resource, column: Column, key: str | None, near: frozenset[str]) -> Sequence[str]:
        self.near = near
        if key is not None:
            return [f"{key} value"]
        if column.push is not None and column.push.values:
            return column.push.values
        return ["it's", "churn"] if column.name == "name" else [f"a {column.name}"]


def texts(marked: str, *, eager: bool = True, known: Known | None = None) -> list[str]:
    """What is inserted by each suggestion at the | in a text."""
    cursor = marked.index("|")
    text = marked[:cursor] + marked[cursor + 1 :]
    return [found.text for found in suggest(text, cursor, known or Known(), eager=eager)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("SEL|", "SELECT"),
        ("sel|", "select"),
        ("SELECT * FROM |", "runs"),
        ("SELECT * FROM exp|", "experiment_runs"),
        ("SELECT * FROM runs r JOIN |", "runs"),
        ("SELECT * FROM runs r, |", "runs"),
        ("SELECT * FROM comp|", "compare("),
        ("SELECT * FROM runs WHERE fil|", "filter"),
        ("SELECT * FROM mlflow.|", "tracking"),
        ("SELECT * FROM mlflow.tracking.|", "experiment_runs"),
        ("SELECT | FROM runs", "run_id"),
        ("SELECT run_| FROM runs", "run_id"),
        ("SELECT r.sta| FROM runs AS r", "status"),
        ("SELECT 1; UPDATE runs SET run_n|; SELECT 2", "run_name"),
        ("INSERT INTO experiments (na|", "name"),
        ("SELECT e.na| FROM runs r JOIN experiments e USING (experiment_id)", "name"),
        ("WITH best AS (SELECT run_id, metrics.auc AS score FROM runs) SELECT s| FROM best", "score"),
        ("WITH best AS (SELECT 1 AS x) SELECT * FROM |", "best"),
        ("WITH best AS (SELECT * FROM runs) SELECT b.stat| FROM best b", "status"),
        ("SELECT q.| FROM (SELECT run_id AS id FROM runs) q", "id"),
        ("SELECT sec| FROM mine", "second"),
        ("SELECT fir| FROM mine", '"first col"'),
        ("SELECT cou| FROM runs", "count("),
        ("SELECT cou|(x) FROM runs", "count"),
        ("SELECT metrics.|", "auc"),
        ("SELECT metrics.v| FROM runs", '"val acc"'),
        ("SELECT metrics.or| FROM runs", '"order"'),
        ("SELECT r.metrics.a| FROM runs r", "auc"),
        ('SELECT metrics."v| FROM runs', 'val acc"'),
        ("SELECT metrics['v| FROM runs", "val acc'"),
        ("SELECT metrics['v|'] FROM runs", "val acc"),
        ("SELECT * FROM experiments e WHERE e.name = '|", "it''s'"),
        ("SELECT * FROM experiments WHERE name LIKE 'ch|'", "churn"),
        ("SELECT * FROM experiments WHERE name NOT IN ('a', 'ch|", "churn'"),
        ("SELECT * FROM runs WHERE status = '|", "RUNNING'"),
        ("SELECT * FROM runs WHERE params.lr = '|", "lr value'"),
        ("SELECT * FROM runs r WHERE r.tags['team'] = '|", "team value'"),
        ("EXEC |", "runs"),
        ("EXEC runs.cre|", "create"),
        ("EXEC mlflow.tracking.experiment_runs.del|", "delete"),
        ("EXEC runs.set_tag |", "@run_id = "),
        ("EXEC runs.set_tag @|", "run_id = "),
        ("EXEC runs.set_tag @run_id = 'x', @|", "key = "),
        ("EXEC runs.update @status = 'FI|", "FINISHED'"),
        ("SET push|", "pushdown"),
        ("SET pushdown = |", "on"),
        ("RESET thr|", "threads"),
        ("SHOW TAB|", "TABLES"),
        ("SHOW EXTENDED RES|", "RESOURCES IN"),
        ("SHOW EXTENDED METHODS IN run_p|", "run_params"),
        ("SHOW METHODS IN runs LI|", "LIKE"),
        ("SHOW METHODS IN run_p|", "run_params"),
        ("DESCRIBE METHOD runs.sea|", "search"),
        ("DESCRIBE exper|", "experiment_runs"),
        ("EXPLAIN sel|", "select"),
    ],
)
def test_first_suggestion(text: str, first: str) -> None:
    """What stands first in each place, and how it is written there."""
    assert texts(text)[:1] == [first]


@pytest.mark.parametrize(
    "text",
    [
        "-- SELECT * FROM |",
        "/* SELECT * FROM |",
        "SELECT $$ FROM |",
        "SELECT 12|",
        "SELECT 'run|",
        "SELECT * FROM runs WHERE start_time > now() - 'x|",
        "EXEC runs.set_tag @run_id = |",
        "EXEC nothing.of @|",
        "SELECT nosuch.|",
    ],
)
def test_nothing_is_suggested(text: str) -> None:
    """In comments, numbers, texts that are compared with nothing known, and for unknown names."""
    assert texts(text) == []


def test_a_name_is_found_by_its_middle_after_those_that_begin_so() -> None:
    """Names are; keywords and functions only by their beginning."""
    assert texts("SELECT id| FROM runs")[:2] == ["run_id", "experiment_id"]
    assert texts("SELECT run| FROM runs")[-1] == "parent_run_id"
    assert "regexp_matches(" not in texts("SELECT matches| FROM runs")


def test_while_typing_it_only_speaks_where_it_knows_the_place() -> None:
    """Behind SELECT anything may follow, so nothing pops up; behind FROM and a dot it does."""
    assert texts("SELECT | FROM runs", eager=False) == []
    assert texts("|", eager=False) == []
    assert texts("SELECT * FROM |", eager=False)
    assert texts("SELECT r.| FROM runs r", eager=False)


def test_an_inner_table_is_not_visible_outside() -> None:
    """And an outer one is inside."""
    assert "key" not in texts("SELECT k| FROM runs WHERE run_id IN (SELECT run_id FROM run_metrics)")
    assert texts("SELECT 1 FROM runs WHERE EXISTS (SELECT 1 FROM run_metrics m WHERE stat|)")[:1] == ["status"]


def test_a_parameter_is_suggested_once() -> None:
    """Those that are given are left out."""
    assert "run_id = " not in texts("EXEC runs.set_tag @run_id = 'x', @key = 'y', @|")


def test_the_texts_of_the_statement_are_handed_on() -> None:
    """So that only the experiment that it names is looked into."""
    known = Known()
    texts("SELECT metrics.| FROM runs JOIN experiments e USING (experiment_id) WHERE e.name = 'churn'", known=known)
    assert known.near == {"churn"}


def test_each_text_is_suggested_once_and_replaces_the_word() -> None:
    """start is where the word being typed begins."""
    text = "SELECT run_ FROM runs"
    found = suggest(text, 11, Known())
    assert {each.start for each in found} == {7}
    assert len({each.text for each in found}) == len(found)
