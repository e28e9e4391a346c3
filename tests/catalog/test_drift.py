"""Resource files say of each call what MLflow's own service definition says: verb, path and parameter names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mlflow.protos import databricks_pb2, mlflow_artifacts_pb2, model_registry_pb2, service_pb2, webhooks_pb2

from mlflow_sql.catalog.model import Method, Resource
from support.planning import catalog

SERVICES = (service_pb2, model_registry_pb2, mlflow_artifacts_pb2, webhooks_pb2)

# Calls that MLflow's service definition does not have, with the reason why they are used.
ELSEWHERE = {
    "/ajax-api/2.0/mlflow/metrics/get-history-bulk": "for MLflow's own pages; there is no other for several runs",
    "databricks/runs/delete-runs": "on Databricks only",
    "databricks/runs/restore-runs": "on Databricks only",
    "experiments/list": "ended with MLflow 1.x; Databricks still has it",
}


def endpoints() -> Iterator[tuple[str, str, set[str], set[str]]]:
    """Verb, path, parameter names and required ones of every call."""
    for module in SERVICES:
        for service in module.DESCRIPTOR.services_by_name.values():
            for call in service.methods:
                required = {
                    f.name
                    for f in call.input_type.fields
                    if f.GetOptions().Extensions[databricks_pb2.validate_required]
                }
                for endpoint in call.GetOptions().Extensions[databricks_pb2.rpc].endpoints:
                    yield endpoint.method, endpoint.path, {f.name for f in call.input_type.fields}, required


DEFINED = {(verb, path): (names, required) for verb, path, names, required in endpoints()}
METHODS = [(r, m) for r in catalog().resources for m in r.methods if r.calls_of is None]


def path(method: Method) -> str:
    """As the service definition writes it, without /api/2.0."""
    return method.path if method.path.startswith("/") else f"/mlflow/{method.path}"


@pytest.mark.parametrize(("resource", "method"), METHODS, ids=lambda x: x.name)
def test_a_call_is_one_that_mlflow_defines(resource: Resource, method: Method) -> None:
    """The same verb, path and parameters; and every parameter that MLflow requires can be given."""
    if method.path in ELSEWHERE:
        assert (method.verb, path(method)) not in DEFINED
        return
    assert (method.verb, path(method)) in DEFINED, f"{resource.name}.{method.name}"
    names, required = DEFINED[method.verb, path(method)]
    given = {p.name for p in method.params if not p.needs}  # others are of other servers
    assert given <= names
    assert required <= given


def test_every_exception_is_still_one() -> None:
    """Else the list above would hide a call that MLflow defines by now, or one that is not used."""
    assert {m.path for _, m in METHODS} >= set(ELSEWHERE)


def test_statuses_and_view_types_are_those_of_mlflow() -> None:
    """The closed lists that a predicate on the status and the view rely on."""
    runs = next(r for r in catalog().resources if r.name == "experiment_runs")
    status = runs.column("status")
    assert status is not None
    assert status.push is not None
    assert set(status.push.values) == set(service_pb2.RunStatus.keys())
    views = {v for r in catalog().resources for m in r.methods for p in m.params for v in p.views.values()}
    assert views == set(service_pb2.ViewType.keys())
