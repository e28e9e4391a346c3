"""What SHOW and DESCRIBE answer."""

from __future__ import annotations

import pytest

from mlflow_sql.catalog import show
from mlflow_sql.errors import BindError
from support.planning import capabilities, catalog, names


def described(table: str, without: tuple[str, ...] | None = None) -> dict[str | None, tuple[str | None, ...]]:
    """DESCRIBE's rows by column, on a server without some capabilities, or on none."""
    able = capabilities(without) if without is not None else None
    answer = show.columns(names().resource(table), catalog(), able.__contains__ if able is not None else None)
    assert answer.columns == ("name", "type", "pushed", "sortable", "description")
    return {row[0]: row[1:] for row in answer.rows}


def test_show_tables_names_every_table() -> None:
    """With its schema, its other names, and what a row of it is."""
    answer = show.tables(catalog())
    assert answer.columns == ("name", "catalog", "schema", "aliases", "description")
    assert ("experiment_runs", "mlflow", "tracking", "runs", "One row per run.") in answer.rows
    assert [row[0] for row in answer.rows] == sorted(r.name for r in catalog().resources)


def test_show_providers_services_and_resources_follow_the_dots() -> None:
    """As in StackQL: a provider's services, a service's resources; other products' addresses are among them."""
    assert show.providers(catalog()).rows == [("databricks_workspace",), ("mlflow",)]
    assert show.services(catalog(), "MLflow").rows == [("tracking",)]
    assert show.services(catalog(), "databricks_workspace").rows == [("ml",)]
    own = [row[0] for row in show.resources(catalog(), "mlflow.tracking").rows]
    assert own == [r.name for r in catalog().resources]
    assert show.resources(catalog(), "tracking") == show.resources(catalog(), "mlflow.tracking")
    assert [row[0] for row in show.resources(catalog(), "databricks_workspace.ml").rows] == [
        "experiment_runs",
        "experiments",
    ]


def test_unknown_providers_services_and_methods_are_told_with_near_ones() -> None:
    """And with the statement that lists what there is."""
    with pytest.raises(BindError, match=r"no provider 'mlfow'; did you mean 'mlflow'\?\nHint: SHOW PROVIDERS"):
        show.services(catalog(), "mlfow")
    with pytest.raises(
        BindError, match=r"no service 'mlflow.track'; did you mean 'mlflow.tracking'\?\nHint: SHOW SERVICES"
    ):
        show.resources(catalog(), "mlflow.track")
    with pytest.raises(
        BindError, match=r"has no method 'serch'; did you mean 'search'\?\nHint: SHOW METHODS IN experiments"
    ):
        show.method(names().resource("experiments"), "serch")


def test_show_methods_says_what_each_needs() -> None:
    """Which statement uses it, its parameters, and the call."""
    answer = show.methods(names().resource("experiments"))
    assert answer.columns == ("method", "sql", "required", "optional", "call", "description")
    rows = {row[0]: row[1:] for row in answer.rows}
    assert rows["get"] == ("SELECT", "experiment_id", None, "GET experiments/get", "One experiment by its id.")
    assert rows["search"][1] == "max_results"
    assert rows["search"][2] == "filter, order_by, view_type, page_token"
    assert {row[0] for row in rows.values()} <= {"SELECT", "INSERT", "UPDATE", "DELETE", "EXEC"}


def test_describe_method_says_what_each_parameter_is() -> None:
    """Its type, whether it must be given, and which column it stands for."""
    answer = show.method(names().resource("runs"), "GET")
    assert answer.columns == ("parameter", "type", "required", "column", "description")
    assert answer.rows == [("run_id", "string", "yes", "run_id", "The run's id.")]
    types = {row[0]: row[1:4] for row in show.method(names().resource("runs"), "search").rows}
    assert types["experiment_ids"] == ("string_list", "yes", "experiment_id")
    assert types["filter"] == ("string", "no", None)


@pytest.mark.parametrize(
    ("table", "column", "type_", "pushed", "sortable"),
    [
        ("runs", "run_id", "VARCHAR", "= as a parameter; = <> LIKE~ ILIKE~ IN NOT IN", "yes"),
        ("runs", "experiment_id", "VARCHAR", "= and IN as a parameter", "no"),
        ("runs", "status", "VARCHAR", "= <> LIKE~ ILIKE~ IN NOT IN", "no"),
        ("runs", "start_time", "TIMESTAMP WITH TIME ZONE", "= <> < <= > >= IN NOT IN", "yes"),
        ("runs", "metrics", "MAP(VARCHAR, DOUBLE)", "= <>~ < <= > >= IN NOT IN~ IS NOT NULL~", "each key"),
        ("runs", "params", "MAP(VARCHAR, VARCHAR)", "= <> LIKE~ ILIKE~ IN NOT IN IS NULL IS NOT NULL", "no"),
        ("runs", "duration", "INTERVAL", None, "no"),
        ("run_params", "key", "VARCHAR", "=~", "no"),
        ("run_metrics", "key", "VARCHAR", "=~", "no"),
        ("run_metrics", "value", "DOUBLE", "=~ <>~ <~ <=~ >~ >=~ IN~ NOT IN~ IS NOT NULL~ together with one key", "no"),
        ("run_inputs", "name", "VARCHAR", "=~ <>~ LIKE~ ILIKE~ IN~", "no"),
        ("metric_history", "key", "VARCHAR", "= as a parameter", "no"),
        ("metric_history", "value", "DOUBLE", None, "no"),
    ],
)
def test_describe_says_what_reaches_the_server(
    table: str, column: str, type_: str, pushed: str | None, sortable: str
) -> None:
    """~ marks comparisons that the server answers with more rows than it should; parameters that write are none."""
    assert described(table, ())[column][:3] == (type_, pushed, sortable)
    assert described(table)[column][:3] == (type_, pushed, sortable)


@pytest.mark.parametrize(
    ("without", "table", "column", "pushed"),
    [
        ("null_predicates", "runs", "params", "= <> LIKE~ ILIKE~ IN NOT IN IS NOT NULL~"),
        ("sql_store", "runs", "status", "= <> IN NOT IN"),
        ("attribute_filters", "runs", "status", None),
        ("nan_shielded", "runs", "metrics", "=~ <~ <=~ >~ >=~ IN~ IS NOT NULL~"),
        ("dataset_filters", "run_inputs", "name", None),
        ("experiment_tag_null", "experiments", "tags", "= <> LIKE~ ILIKE~ IN NOT IN"),
    ],
)
def test_describe_knows_the_server(without: str, table: str, column: str, pushed: str | None) -> None:
    """On a server that can do less, less is promised."""
    found = described(table, (without,))[column][1]
    assert (found or "").removeprefix("= as a parameter; ") == (pushed or "")


def test_describe_extended_says_where_values_stand() -> None:
    """The path in the answer, for those who compare with MLflow's documentation."""
    answer = show.columns(names().resource("runs"), catalog(), None, extended=True)
    source = {row[0]: row[-1] for row in answer.rows}
    assert source["run_name"] == "data.tags[mlflow.runName]"
    assert source["duration"] == "info.end_time - info.start_time"
    assert dict((r[0], r[-1]) for r in show.columns(names().resource("run_params"), catalog(), None, True).rows)[
        "value"
    ] == ("data.params[].value")


def test_every_column_and_parameter_is_described() -> None:
    """In a sentence."""
    for resource in catalog().resources:
        for thing in (resource, *resource.columns, *resource.methods, *(p for m in resource.methods for p in m.params)):
            assert thing.description.rstrip().endswith("."), f"{resource.name}: {thing.name}"
