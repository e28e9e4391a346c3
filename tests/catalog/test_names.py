"""A table is found by each of its names, and a near miss by what it is near to."""

from __future__ import annotations

import pytest

from mlflow_sql.errors import BindError, nearest
from support.planning import catalog, names


@pytest.mark.parametrize(
    "name",
    [
        "experiment_runs",
        "runs",
        "RUNS",
        "tracking.runs",
        "tracking.experiment_runs",
        "mlflow.tracking.runs",
        "MLflow.Tracking.Experiment_Runs",
        "databricks_workspace.ml.experiment_runs",
    ],
)
def test_every_name_of_a_table(name: str) -> None:
    """Plain, with schema, with catalog, by its alias, by the address that StackQL gives it; case does not matter."""
    assert names().resource(name).name == "experiment_runs"


def test_the_address_of_another_product_has_its_columns_besides() -> None:
    """deployment_name only routes a call there; here it is a column that the statement may compare with anything."""
    own, theirs = names().resource("experiments"), names().resource("databricks_workspace.ml.experiments")
    assert theirs.columns[: len(own.columns)] == own.columns
    assert [c.name for c in theirs.columns[len(own.columns) :]] == ["deployment_name"]
    assert all(c.given for c in theirs.columns[len(own.columns) :])
    assert theirs.answered == own.answered


@pytest.mark.parametrize(
    "parts", [["people"], ["main", "runs"], ["other", "tracking", "runs"], ["a", "mlflow", "tracking", "runs"]]
)
def test_what_is_not_ours_is_left_to_duckdb(parts: list[str]) -> None:
    """A local table, or one of another schema, may well exist."""
    assert names().table(parts) is None


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("tracking.run", "runs"),
        ("mlflow.tracking.experiment", "experiments"),
        ("tracking.run_parms", "run_params"),
        ("databricks_workspace.ml.experiment_run", "experiment_runs"),
        ("tracking.metric_histroy", "metric_history"),
    ],
)
def test_a_near_name_is_suggested(name: str, suggestion: str) -> None:
    """In a schema of ours an unknown table is a mistake, and the error says what was meant."""
    with pytest.raises(BindError, match=f"no table '{name}'") as raised:
        names().table(name.split("."))
    assert raised.value.suggestions[0] == suggestion
    assert f"did you mean {suggestion!r}" in str(raised.value)
    assert "SHOW TABLES" in str(raised.value)


def test_nothing_is_suggested_for_a_name_that_is_near_to_none() -> None:
    """A wrong hint is worse than none."""
    with pytest.raises(BindError) as raised:
        names().resource("zzzzzz")
    assert raised.value.suggestions == []
    assert "did you mean" not in str(raised.value)


def test_local_tables_are_suggested_too() -> None:
    """The engine knows them."""
    assert names().unknown("favorites", ["favourites"]).suggestions == ["favourites"]


def test_nearest_ignores_case_and_gives_the_name_as_it_is() -> None:
    """As DuckDB does."""
    assert nearest("RUN_NMAE", ["run_name", "Run_Id"]) == ["run_name"]


def test_no_table_has_a_name_that_sql_would_have_to_quote() -> None:
    """Nor has a column."""
    for resource in catalog().resources:
        for name in (resource.name, *resource.aliases, *(c.name for c in resource.columns)):
            assert name.isidentifier()
            assert name == name.lower()
