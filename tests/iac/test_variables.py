"""Where the values of $name come from, and that nothing runs before all of them are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from iac.conftest import Infra, Proxy

SQL = "INSERT INTO experiments (name, tags) VALUES ('NAME-v', MAP {'owner': $owner}) ON CONFLICT (name) DO NOTHING"


def owner(infra: Infra, *args: str, sql: str = SQL, **env: str) -> str:
    """What the plan would set the owner to."""
    ended = infra.run("plan", infra.write(sql), *args, env=env)
    assert ended.status == 2, ended.err
    return next(line for line in ended.out.splitlines() if "tags.owner" in line).partition(": ")[2]


def test_options_win_over_files_and_files_over_the_environment(infra: Infra) -> None:
    """--var, then the last --var-file, then the earlier ones, then MLFLOW_SQL_VAR_owner; names in any case."""
    env = {"MLFLOW_SQL_VAR_owner": "of-env"}
    first, second = infra.write("owner: of-first\nunused: 1", "a.yaml"), infra.write('{"OWNER": "of-second"}', "b.json")
    files = ["--var-file", first, "--var-file", second]
    assert owner(infra, **env) == "'of-env'"
    assert owner(infra, "--var-file", first, **env) == "'of-first'"
    assert owner(infra, *files, **env) == "'of-second'"
    assert owner(infra, *files, "--var", "owner=of-option", **env) == "'of-option'"
    assert owner(infra, *files, sql=SQL.replace("$owner", "$Owner"), **env) == "'of-second'"


def test_values_are_bound_and_never_pasted(infra: Infra, empty_client: MlflowClient) -> None:
    """Quotes in a value stay in it; {{ name }} is the same parameter."""
    value = "x'); DROP -- \"{{ owner }}"
    infra.apply(SQL.replace("$owner", "{{ owner }}"), "--var", f"owner={value}")
    found = empty_client.get_experiment_by_name(f"{infra.name}-v")
    assert found is not None
    assert found.tags == {"owner": value}


@pytest.mark.parametrize("written", ["$missing", "{{ missing }}"])
def test_an_unset_variable_is_named_with_its_line_before_anything_runs(
    written: str, infra: Infra, proxy: Proxy
) -> None:
    """Status 1 in plan and apply; no request was sent, though statements before it could run."""
    sql = f"-- comment\nSELECT count(*) FROM experiments;\n\nDELETE FROM experiments\nWHERE name = {written}"
    for command in (["plan"], ["apply", "--yes"]):
        ended = infra.run(*command, infra.write(sql))
        assert ended.status == 1
        assert "no value for $missing" in ended.err
        assert "line 5)" in ended.err
        assert "MLFLOW_SQL_VAR_missing" in ended.err
    assert proxy.requests == []


@pytest.mark.parametrize(
    ("args", "file", "says"),
    [
        (["--var", "owner=a", "--var", "other=b"], None, "no statement uses the variable 'other'"),
        (["--var", "owner=a", "--var", "OWNER=b"], None, "'OWNER' twice"),
        (["--var", "owner"], None, "is not name=value"),
        ([], ("v.yaml", "owner: a\nowner: b"), "line 2: 'owner' is given twice"),
        ([], ("v.yaml", "owner: [a]"), "one value, not a list"),
        ([], ("v.yaml", "owner:\n  a: b"), "one value, not a list or a mapping"),
        ([], ("v.yaml", "- a"), "must hold names and values"),
        ([], ("v.yaml", "owner: 'a"), "is not YAML"),
        ([], ("v.json", '{"owner": "a", "owner": "b"}'), "given twice"),
        ([], ("v.json", '{"owner": {"a": 1}}'), "one value, not a list or an object"),
        ([], ("v.json", '["owner"]'), "must hold names and values"),
        ([], ("v.json", "{"), "is not JSON"),
    ],
)
def test_wrong_values_are_errors(args: list[str], file: tuple[str, str] | None, says: str, infra: Infra) -> None:
    """Status 1 and what is wrong, with the file and the line where there is one."""
    if file is not None:
        args = ["--var-file", infra.write(file[1], file[0])]
    ended = infra.run("plan", infra.write(SQL), *args)
    assert (ended.status, says in ended.err) == (1, True), ended.err


def test_a_variables_file_keeps_types(infra: Infra) -> None:
    """Text that looks like a number stays text, numbers and booleans are what they are."""
    values = infra.write('i: 2\ns: "2"\nb: true\nd: 2020-02-03\nn: null', "v.yaml")
    guard = (
        "SELECT CASE WHEN typeof($i) <> 'INTEGER' OR typeof($s) <> 'VARCHAR' OR NOT $b OR $d <> DATE '2020-02-03'"
        " OR $n IS NOT NULL THEN error(concat_ws(' ', typeof($i), typeof($s), $b, $d, $n)) END"
    )
    ended = infra.run("plan", infra.write(guard), "--var-file", values)
    assert ended.status == 0, ended.err
