"""Resource files into a Catalog: every fault of every file is found before one error names them all."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from typing import Any

import msgspec
import yaml

from mlflow_sql.catalog.check import faults_of
from mlflow_sql.catalog.files import resource_texts
from mlflow_sql.catalog.model import Capability, Catalog, Function, Predicates, Resource, Writes
from mlflow_sql.errors import ResourceFileError

PREDICATES = "_predicates"
SERVER = "_server"
FUNCTIONS = "_functions"

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# Two threads that make msgspec's decoder of a recursive type for the first time at once crash the interpreter.
_LOADING = threading.Lock()


class _Loader(_BaseLoader):  # type: ignore[misc]  # the compiled loader has no types
    """YAML that refuses a repeated key: plain YAML keeps the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"repeated key {key!r}", key_node.start_mark)
            seen.add(key)
        result: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return result


def load(texts: Mapping[str, str] | None = None) -> Catalog:
    """The catalog that the given files make (name without ending -> text), by default our own ``resources/``.

    Raises ResourceFileError with all faults: YAML, words, types and rules across files.
    """
    with _LOADING:
        return _load(resource_texts() if texts is None else texts)


def _load(texts: Mapping[str, str]) -> Catalog:
    faults: list[str] = []
    predicates: dict[str, Predicates] = _decode(PREDICATES, texts, dict[str, Predicates], faults) or {}
    capabilities: tuple[Capability, ...] = _decode(SERVER, texts, tuple[Capability, ...], faults) or ()
    functions: tuple[Function, ...] = (
        _decode(FUNCTIONS, texts, tuple[Function, ...], faults) or () if FUNCTIONS in texts else ()
    )
    resources = {
        name: resource
        for name in texts
        if not name.startswith("_") and (resource := _decode(name, texts, Resource, faults)) is not None
    }
    catalog = Catalog(
        resources=tuple(_shared_calls(r, resources) for r in resources.values()),
        predicates=predicates,
        capabilities=capabilities,
        functions=functions,
    )
    faults += faults_of(catalog, resources)
    if faults:
        raise ResourceFileError(faults)
    return catalog


def _decode(name: str, texts: Mapping[str, str], kind: Any, faults: list[str]) -> Any:
    if name not in texts:
        faults.append(f"{name}.yaml: missing")
        return None
    try:
        return msgspec.convert(yaml.load(texts[name], _Loader), kind)
    except yaml.YAMLError as error:
        faults.append(f"{name}.yaml: {' '.join(str(error).split())}")
    except msgspec.ValidationError as error:
        faults.append(f"{name}.yaml: {error}")
    return None


def _shared_calls(resource: Resource, resources: Mapping[str, Resource]) -> Resource:
    """The resource with the methods that it takes from others."""
    methods, writes = resource.methods, resource.writes
    owner = resources.get(resource.calls_of) if resource.calls_of else None
    if owner is not None:
        named = _methods_of(writes) if writes else set()
        methods = tuple(m for m in owner.methods if m.sql == "select" or m.name in named)
        lifecycle = owner.lifecycle
        if lifecycle is not None and resource.column(lifecycle.column or "") is None:
            lifecycle = msgspec.structs.replace(lifecycle, column=None)
        resource = msgspec.structs.replace(
            resource, lifecycle=lifecycle, keys=owner.keys, address_params=owner.address_params
        )
    if writes is not None and writes.insert is not None and "." in writes.insert.method:
        home, _, name = writes.insert.method.partition(".")
        borrowed = resources[home].method(name) if home in resources else None
        if borrowed is not None:
            methods = (*methods, borrowed)
            insert = msgspec.structs.replace(writes.insert, method=name)
            writes = msgspec.structs.replace(writes, insert=insert)
    return msgspec.structs.replace(resource, methods=methods, writes=writes)


def _methods_of(writes: Writes) -> set[str]:
    insert = {writes.insert.method, *writes.insert.also} if writes.insert else set()
    whole = {m for m in (writes.delete, writes.restore) if m}
    return {*insert, *writes.update, *writes.unset.values(), *whole}
