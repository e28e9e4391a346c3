"""A faulty resource file is told with its file, its place, and all its faults at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlflow_sql.catalog.files import resource_folder, resource_texts
from mlflow_sql.catalog.load import load
from mlflow_sql.errors import ResourceFileError

PREDICATES = {
    "text": {
        "literal": "string",
        "rules": {"eq": {"write": "{field} = {value}"}, "ne": {"write": "{field} != {value}"}},
    },
    "closed": {
        "literal": "string",
        "rules": {"ne": {"write": "{field} != {value}"}, "in": {"complement": "ne"}},
    },
}
SERVER = [{"name": "able", "description": "It can.", "since": "1.0"}]


def things() -> dict[str, Any]:
    """A resource without a fault."""
    return {
        "name": "things",
        "description": "Things.",
        "primary_key": ["id"],
        "columns": [
            {"name": "id", "type": "string", "path": "id", "description": "Its id."},
            {
                "name": "tags",
                "type": "string_map",
                "path": "tags",
                "description": "Its tags.",
                "push": {"field": "tags.{key}", "predicates": "text"},
            },
        ],
        "methods": [
            {
                "name": "list",
                "verb": "GET",
                "path": "things/list",
                "description": "All.",
                "items": "things",
                "params": [{"name": "id", "type": "string", "column": "id"}],
            },
        ],
    }


def faults(change: Any = None, **more: Any) -> list[str]:
    """The faults of a catalog of one resource, changed."""
    resource = things()
    if change is not None:
        change(resource)
    parts: dict[str, Any] = {"_predicates": PREDICATES, "_server": SERVER, "things": resource} | more
    texts = {n: p if isinstance(p, str) else yaml.safe_dump(p) for n, p in parts.items() if p is not None}
    try:
        load(texts)
    except ResourceFileError as error:
        return error.faults
    return []


def column(**words: Any) -> Any:
    """Adds a column."""
    return lambda r: r["columns"].append({"name": "x", "type": "string", "path": "x", "description": "d"} | words)


def method(**words: Any) -> Any:
    """Changes the method."""
    return lambda r: r["methods"][0].update(words)


def param(**words: Any) -> Any:
    """Adds a parameter to the method."""
    return lambda r: r["methods"][0]["params"].append({"name": "p", "type": "string"} | words)


def test_a_resource_without_a_fault_loads() -> None:
    """The cases below each break this one in one place."""
    assert faults() == []


PUSH = {"field": "x", "predicates": "text"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda r: r.update(name="other"), "things.yaml: name is 'other', must be that of the file"),
        (lambda r: r.update(calls_of="nothing"), "things.yaml: calls_of names 'nothing', which is no resource"),
        (lambda r: r.update(methods=[]), "things.yaml: has no methods"),
        (lambda r: r.update(primary_key=["key"]), "things.yaml: primary_key names 'key', which is no column"),
        (column(name="id"), "things.yaml: column id is there twice"),
        (column(path=None), "things.yaml: column x: needs exactly one of path and each"),
        (column(path=None, each="e"), "things.yaml: column x: each needs explode"),
        (column(push=PUSH | {"predicates": "no"}), "things.yaml: column x: no set of predicates 'no'"),
        (column(push=PUSH | {"needs": "no"}), "things.yaml: column x: unknown capability 'no'"),
        (
            column(push=PUSH | {"field": "x.{key}"}),
            "things.yaml: column x: push has {key}, but the column is no map and names no key",
        ),
        (column(push=PUSH | {"predicates": "closed"}), "things.yaml: column x: closed needs the list of values"),
        (column(sort={"field": "x", "needs": "no"}), "things.yaml: column x: unknown capability 'no'"),
        (
            lambda r: r.update(explode={"path": "e", "push": PUSH | {"predicates": "no"}}),
            "things.yaml: explode: no set of predicates 'no'",
        ),
        (column(path="x", given=True), "things.yaml: column x: needs neither of path and each"),
        (column(path="x", sent_as="filter"), "things.yaml: column x: sent_as needs given"),
        (
            column(path=None, given=True, sent_as="filter"),
            "things.yaml: column x: a method has no parameter of the role 'filter'",
        ),
        (column(kinds=["a"]), "things.yaml: column x: no kind 'a' in explode"),
        (lambda r: r.update(explode={"key": "id"}), "things.yaml: explode: needs path, or kind and kinds"),
        (lambda r: r.update(explode={"path": "e", "key": "no"}), "things.yaml: explode: 'no' is no column"),
        (
            lambda r: r.update(explode={"path": "e", "value": "no"}),
            "things.yaml: explode: value names 'no', which is no column",
        ),
        (method(items=None), "things.yaml: method list: needs exactly one of items and item"),
        (method(item="thing"), "things.yaml: method list: needs exactly one of items and item"),
        (method(needs="no"), "things.yaml: method list: unknown capability 'no'"),
        (
            method(paging={"size": 1, "max_size": 1, "group": "no"}),
            "things.yaml: method list: paging.group names 'no', which is no column",
        ),
        (param(column="no"), "things.yaml: method list: p names column 'no', which is none"),
        (
            param(role="view", views={"active": "A"}),
            "things.yaml: method list: p needs views for active, deleted and all",
        ),
        (
            lambda r: r.update(keys={"resource": "no", "columns": {}}),
            "things.yaml: keys come from 'no', which is no resource",
        ),
        (
            lambda r: r.update(keys={"resource": "things", "columns": {"id": "no"}}),
            "things.yaml: keys: id from things.no: no such column",
        ),
        (
            lambda r: r.update(keys={"resource": "things", "columns": {"no": "id"}}),
            "things.yaml: keys: no from things.id: no such column",
        ),
        (lambda r: r.update(writes={"delete": "no"}), "things.yaml: writes: no method 'no'"),
        (lambda r: r.update(writes={"update": {"no": ["id"]}}), "things.yaml: writes: no method 'no'"),
        (lambda r: r.update(writes={"unset": {"tags": "no"}}), "things.yaml: writes: no method 'no'"),
        (lambda r: r.update(writes={"insert": {"method": "no"}}), "things.yaml: writes.insert: no method 'no'"),
        (
            lambda r: r.update(writes={"insert": {"method": "list", "now": ["no"]}}),
            "things.yaml: writes.insert: 'no' is no column",
        ),
    ],
)
def test_each_rule_across_a_file_has_its_sentence(change: Any, fault: str) -> None:
    """A broken rule names the file, the part, and the word that is wrong; and only that one is told."""
    assert faults(change) == [fault]


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({}, "_predicates.yaml: text.lt: needs exactly one of write, each, split, complement, halves"),
        (
            {"write": "x", "each": "eq"},
            "_predicates.yaml: text.lt: needs exactly one of write, each, split, complement, halves",
        ),
        ({"split": "ge"}, "_predicates.yaml: text.lt: refers to ge, which this set has not"),
        ({"write": "x", "needs": "no"}, "_predicates.yaml: text.lt: unknown capability 'no'"),
        ({"write": "x", "exact_with": "no"}, "_predicates.yaml: text.lt: unknown capability 'no'"),
        (
            {"write": "x", "needs": "able", "otherwise": {}},
            "_predicates.yaml: text.lt: needs exactly one of write, each, split, complement, halves",
        ),
    ],
)
def test_each_rule_about_predicates_has_its_sentence(rule: dict[str, Any], fault: str) -> None:
    """What is said in place of a rule is checked as the rule itself."""
    predicates = {name: p | {"rules": dict(p["rules"])} for name, p in PREDICATES.items()}  # type: ignore[call-overload, operator]
    predicates["text"]["rules"]["lt"] = rule
    assert faults(_predicates=predicates) == [fault]


def test_a_name_belongs_to_one_resource() -> None:
    """Aliases too."""
    other = things() | {"name": "others", "aliases": ["things"]}
    assert faults(others=other) == ["others.yaml: the name 'things' is taken by things.yaml"]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (
            lambda r: r["columns"][0].update(type="text"),
            ("things.yaml: Invalid enum value 'text'", "$.columns[0].type"),
        ),
        (
            lambda r: r["methods"][0].update(verb="FETCH"),
            ("things.yaml: Invalid enum value 'FETCH'", "$.methods[0].verb"),
        ),
        (
            lambda r: r["columns"][1].update(pusch={}),
            ("things.yaml: Object contains unknown field `pusch`", "$.columns[1]"),
        ),
        (lambda r: r.pop("description"), ("things.yaml: Object missing required field `description`",)),
        (lambda r: r.update(primary_key="id"), ("things.yaml: Expected `array`, got `str`", "$.primary_key")),
        (
            lambda r: r["methods"][0].update(paging={"size": "many", "max_size": 1}),
            ("things.yaml: Expected `int`, got `str`", "$.methods[0].paging.size"),
        ),
    ],
)
def test_a_wrong_word_is_told_with_its_path(change: Any, parts: tuple[str, ...]) -> None:
    """Unknown words, wrong types and values that are not in the list."""
    (fault,) = faults(change)
    assert all(part in fault for part in parts)


def test_a_repeated_key_is_a_fault() -> None:
    """YAML itself would keep the last one in silence."""
    (fault,) = faults(things="name: things\nname: other\n")
    assert fault.startswith("things.yaml: repeated key 'name'")
    assert "line 2" in fault


def test_what_is_no_yaml_is_a_fault_of_its_file() -> None:
    """With the line where reading stopped."""
    (fault,) = faults(things="name: [things\ndescription: x\n")
    assert fault.startswith("things.yaml: while parsing")
    assert "line 2" in fault


@pytest.mark.parametrize("name", ["_predicates", "_server"])
def test_the_shared_files_must_be_there(name: str) -> None:
    """Nothing can be checked against a file that is missing."""
    assert f"{name}.yaml: missing" in faults(**{name: None})


def test_a_column_stands_in_the_item_or_in_its_element() -> None:
    """Not in both, and in an element only where there are any."""
    assert faults(column(each="e")) == [
        "things.yaml: column x: needs exactly one of path and each",
        "things.yaml: column x: each needs explode",
    ]


def test_all_faults_of_all_files_are_told_at_once() -> None:
    """So that a file can be mended in one go."""
    broken = things() | {"name": "broken", "primary_key": ["a", "b"]}
    broken["methods"][0]["needs"] = "no"
    found = faults(lambda r: r.update(primary_key=["c"]), broken=broken, worse="name: x\nkind: y", server="[")
    assert found[0].startswith("worse.yaml: ") or found[0].startswith("server.yaml: ")
    assert [f for f in found if f.startswith(("things", "broken"))] == [
        "things.yaml: primary_key names 'c', which is no column",
        "broken.yaml: primary_key names 'a', which is no column",
        "broken.yaml: primary_key names 'b', which is no column",
        "broken.yaml: method list: unknown capability 'no'",
    ]
    assert {f.split(":")[0] for f in found} == {"worse.yaml", "server.yaml", "things.yaml", "broken.yaml"}
    with pytest.raises(ResourceFileError, match="faulty resource files:\n  ") as raised:
        load({"_predicates": "{}", "_server": "[]", "things": "x: 1"})
    assert len(str(raised.value).splitlines()) == 1 + len(raised.value.faults)


@pytest.mark.parametrize("name", sorted(resource_texts()))
def test_every_shipped_file_is_without_fault(name: str) -> None:
    """Together with the others; and each but the shared ones makes one table."""
    catalog = load()
    if not name.startswith("_"):
        assert name in [r.name for r in catalog.resources]


def test_resource_files_are_those_of_the_checkout() -> None:
    """The same folder that the wheel takes along."""
    files = {p.stem for p in (Path(__file__).parents[2] / "resources").glob("*.yaml")}
    assert set(resource_texts()) == files
    assert resource_folder().is_dir()


def test_a_resource_shares_what_it_takes_from_another() -> None:
    """calls_of brings the methods that read, the keys, the stages, and their column where there is one."""
    catalog = {r.name: r for r in load().resources}
    for resource in catalog.values():
        if resource.calls_of:
            owner = catalog[resource.calls_of]
            assert resource.methods_for("select") == owner.methods_for("select")
            assert resource.keys == owner.keys
            assert resource.lifecycle is not None
            shown = "lifecycle_stage" if resource.column("lifecycle_stage") else None
            assert resource.lifecycle.column == shown


def test_two_threads_may_load_at_once() -> None:
    """The first two connections of a program may be made side by side (msgspec crashed the interpreter there)."""
    program = (
        "import threading; from mlflow_sql.catalog.load import load\n"
        "threads = [threading.Thread(target=load) for _ in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]; print('done')"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, "done"), found.stderr
