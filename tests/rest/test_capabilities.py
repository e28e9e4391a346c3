"""What a server can do, from what it tells and what it refuses."""

from __future__ import annotations

import pytest
import responses

from mlflow_sql import errors
from mlflow_sql.catalog.model import Capability
from mlflow_sql.rest.capabilities import ServerFacts, at_least, detect
from mlflow_sql.rest.server import Server
from mlflow_sql.rest.transport import Transport

ROOT = "http://h:5000"
INFO = f"{ROOT}/api/3.0/mlflow/server-info"
DECLARED = (
    Capability(name="new", description="", since="3.17"),
    Capability(name="old", description="", since="1.30", flavours={"databricks": True, "azureml": False}),
    Capability(name="sql", description="", store="SqlStore", flavours={"databricks": True}),
    Capability(name="hosted", description="", flavours={"databricks": True}),
)


def names(facts: ServerFacts) -> set[str]:
    return {c.name for c in DECLARED if facts.has(c.name)}


def found(server: Server | None = None) -> ServerFacts:
    server = server or Server(ROOT, max_retries=0)
    return detect(Transport(server), DECLARED)


@responses.activate
def test_an_open_source_server_tells() -> None:
    """Version and store come from two requests."""
    responses.get(f"{ROOT}/version", body="3.17.2", content_type="text/html")
    responses.get(INFO, json={"store_type": "SqlStore"})
    facts = found()
    assert (facts.version, facts.store, facts.flavour) == ("3.17.2", "SqlStore", "oss")
    assert names(facts) == {"new", "old", "sql"}
    assert len(responses.calls) == 2


@responses.activate
def test_an_older_server() -> None:
    """Before 3.9 there is no server-info to ask for, and what is not known is not relied on."""
    responses.get(f"{ROOT}/version", body="2.9.2\n")
    facts = found()
    assert (facts.version, facts.store) == ("2.9.2", None)
    assert names(facts) == {"old"}
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("status", [404, 500, 503, 200])
def test_a_server_that_does_not_tell(status: int) -> None:
    """Any other refusal, or an answer that is no version, means unknown, not failure."""
    responses.get(f"{ROOT}/version", body="<html>what?</html>", status=status)
    responses.get(INFO, body="?", status=status)
    facts = found()
    assert (facts.version, facts.store) == (None, None)
    assert names(facts) == set()


@responses.activate
@pytest.mark.parametrize(("status", "kind"), [(401, errors.Unauthenticated), (403, errors.PermissionDenied)])
def test_wrong_credentials_are_told_at_once(status: int, kind: type[Exception]) -> None:
    """401 and 403 are raised, on either request."""
    responses.get(f"{ROOT}/version", status=status)
    with pytest.raises(kind):
        found()
    responses.reset()
    responses.get(f"{ROOT}/version", body="3.17.2")
    responses.get(INFO, status=status)
    with pytest.raises(kind):
        found()


def test_an_unreachable_server_is_told_at_once() -> None:
    """No connection is raised."""
    with pytest.raises(errors.Unreachable):
        found(Server("http://127.0.0.1:9", max_retries=0))


@responses.activate
@pytest.mark.parametrize(("flavour", "able"), [("databricks", {"old", "sql", "hosted"}), ("azureml", set())])
def test_hosts_that_tell_no_version(flavour: str, able: set[str]) -> None:
    """Databricks and Azure ML are not asked; the declared flavours decide."""
    facts = found(Server(ROOT, flavour=flavour))  # type: ignore[arg-type]
    assert (facts.version, facts.flavour) == (None, flavour)
    assert names(facts) == able
    assert len(responses.calls) == 0


def test_file_store() -> None:
    """A store of another kind is known not to be able."""
    assert not ServerFacts(DECLARED, version="3.17.0", store="FileStore").has("sql")


def test_refusals_are_remembered() -> None:
    """What the server refused once it cannot do, whatever its version says."""
    facts = ServerFacts(DECLARED, version="3.18.0")
    assert facts.has("new")
    facts.refuse("new")
    assert not facts.has("new")
    assert facts.has("old")
    assert facts.refused == {"new"}


def test_a_misspelt_name_is_not_just_false() -> None:
    """A name that no resource file declares is a bug."""
    with pytest.raises(KeyError):
        ServerFacts(DECLARED).has("nwe")


@pytest.mark.parametrize(
    ("version", "since", "expected"),
    [
        ("3.17.0", "3.9.1", True),
        ("3.9.1", "3.17", False),
        ("3.17.0", "3.17", True),
        ("3.17", "3.17.0", True),
        ("3.17.0rc1", "3.17", False),
        ("3.17.0.dev0", "3.17", False),
        ("3.17.1.dev0", "3.17", True),
        ("3.17.0.post1", "3.17", True),
        ("3.17.0+local.dev", "3.17", True),
        ("v3.17.0", "3.17", True),
        ("10.0", "9.9", True),
        ("unknown", "1.0", None),
        (None, "1.0", None),
    ],
)
def test_versions_compare_as_numbers(version: str | None, since: str, expected: bool | None) -> None:
    """Numbers, not text; pre-releases come before their release."""
    assert at_least(version, since) is expected
