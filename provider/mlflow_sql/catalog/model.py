"""The words of a resource file, as frozen values.

A resource is a table: its columns, how the server can filter and sort by each, and the REST methods that read it.
Everything that differs between tables is said here.
"""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

from mlflow_sql.catalog.words import Capability as Capability
from mlflow_sql.catalog.words import Function as Function
from mlflow_sql.catalog.words import Listed as Listed
from mlflow_sql.catalog.words import Struct as Struct
from mlflow_sql.types import ColumnType

CATALOG = "mlflow"  # of the tables on the connection's own server


class Op(enum.StrEnum):
    """The comparisons that a predicate on one column can be."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    LIKE = "like"  # the pattern's only wildcard is %
    LIKE_ANY = "like_any"  # the pattern holds _ too
    ILIKE = "ilike"
    IS_NULL = "is_null"
    IS_NOT_NULL = "is_not_null"
    IN = "in"
    NOT_IN = "not_in"


class Rule(Struct, frozen=True, kw_only=True):
    """How one comparison is said to the server. Exactly one of write, each, split, complement and halves is given.

    write: the filter text, with ``{field}`` and ``{value}`` (or ``{values}`` for a list) in it.
    each: a list becomes one clause a value by the rule of that name, joined by AND.
    split: a list becomes one search a value by the rule of that name.
    complement: the column's other ``values`` become one clause each by the rule of that name, joined by AND.
    halves: two filter texts; each item for which the predicate is true matches exactly one of them. One search each,
    where nothing else keeps the scan from reading everything.
    """

    write: str | None = None
    each: Op | None = None
    split: Op | None = None
    complement: Op | None = None
    halves: tuple[str, str] | None = None
    exact: bool = True  # False: the server may return more rows than the predicate does
    exact_with: str | None = None  # exact only on a server with this capability
    needs: str | None = None  # the capability without which this may not be sent
    otherwise: Rule | None = None  # the rule to use when ``needs`` is missing
    max_values: int | None = None  # a longer list is not sent
    selective: bool = True  # False: matches most rows, so no reason for a search of its own


class Predicates(Struct, frozen=True, kw_only=True):
    """A named set of rules: the comparisons the server evaluates for a kind of column, and how it takes literals."""

    literal: Literal["string", "number", "millis"]
    rules: dict[Op, Rule]
    description: str = ""


class Push(Struct, frozen=True, kw_only=True):
    """That a column can be filtered by the server: the left side of its clauses and the set of rules."""

    field: str  # the left side; {key} stands for the back-ticked key of a map column
    predicates: str  # the name of a set in _predicates.yaml
    key: str | None = None  # the fixed key to put into {key}, for a column read from one tag
    values: tuple[str, ...] = ()  # the closed list of what the column can hold
    needs: str | None = None  # the capability without which nothing on this column is sent
    per_element: bool = False  # the clause means "some element matches": never more than a superset


class Sort(Struct, frozen=True, kw_only=True):
    """That the server can order by a column as DuckDB does: missing values last in both directions."""

    field: str
    needs: str | None = None


class Column(Struct, frozen=True, kw_only=True):
    """One column: where its value stands in an item of the answer, and what the server can do with it.

    path: dotted path in the item; ``$`` is the whole item.
    each: dotted path in the element, for a resource with ``explode``.
    pick: the key whose value is taken, where path or each leads to a list of {key, value}.
    minus: path of the number that is subtracted (both in ms), for an interval.
    pattern: what a value looks like that the server takes; another one is only compared locally.
    given: not in the answer: the value is whatever the statement says it equals (see ``Resource.address_params``).
    sent_as: of a given column: the role of the parameter that its text is sent as, as it stands. ``*`` leaves it out.
    kinds: with ``explode.kinds``, the kinds whose elements have it; elsewhere it is NULL. Empty: all.
    numbers: a text column whose values may be numbers in the answer: they are told in digits, NaN as 'NaN'.
    """

    name: str
    type: ColumnType
    description: str
    path: str | None = None
    each: str | None = None
    pick: str | None = None
    minus: str | None = None
    pattern: str | None = None
    given: bool = False
    sent_as: Literal["filter"] | None = None
    kinds: tuple[str, ...] = ()
    numbers: bool = False
    push: Push | None = None
    sort: Sort | None = None


class KeySource(Struct, frozen=True, kw_only=True):
    """Where the values of a key come from when the statement does not give them."""

    resource: str
    columns: dict[str, str]  # our column -> the source's column
    always: bool = False  # True: even given keys are looked up there first, so that rows of deleted runs stay hidden
    stages: Literal["active", "all"] = "active"


class Param(Struct, frozen=True, kw_only=True):
    """One parameter of a method.

    role: ``value`` (a column's value), ``filter``, ``order``, ``view`` (which lifecycle stages), ``page_size``,
    ``page_token`` or ``fixed`` (always sent as ``value``).
    type: ``pairs`` is a list of {key, value}, ``points`` one of {key, value, timestamp, step}.
    batch: the most values in one call, for a list; ``short_batch`` on a server without ``batch_needs``.
    longest, pattern, values: what a text may be, or for a list the value in each element; longest_key and
    key_pattern: what its key may be. The server cuts or drops what does not fit, in silence, so we refuse it.
    alias: another name by which EXEC takes it. needs: the capability without which it is refused.
    """

    name: str
    type: Literal["string", "bigint", "millis", "double", "boolean", "string_list", "pairs", "points", "json"]
    description: str = ""
    role: Literal["value", "filter", "order", "view", "page_size", "page_token", "fixed"] = "value"
    required: bool = False
    column: str | None = None
    batch: int | None = None
    short_batch: int | None = None
    batch_needs: str | None = None
    value: str | None = None
    views: dict[str, str] = msgspec.field(default_factory=dict)  # active, deleted, all -> what is sent
    longest: int | None = None
    pattern: str | None = None
    values: tuple[str, ...] = ()
    longest_key: int | None = None
    key_pattern: str | None = None
    alias: str | None = None
    needs: str | None = None


class Keyset(Struct, frozen=True, kw_only=True):
    """A total order of the items by values that never change, under which paging neither loses nor doubles a row."""

    path: str  # of the number (ms) that is ordered by first
    tie: str  # path of the string that decides among equals
    order: tuple[str, ...]  # the order_by list; {direction} is ASC or DESC
    after: str  # the clause that starts behind a value: {op} is >= or <=, {value} the number
    needs: str | None = None  # without this capability pages are only followed by their tokens


class Paging(Struct, frozen=True, kw_only=True):
    """How a method's answer goes on.

    size: items a page by default; max_size: the most the server accepts.
    token: name of the next page's token in the answer; absent: the answer is whole.
    truncates: the answer is cut in silence at max_size items in all, sorted by ``group``: a group is known to be whole
    when another follows it or the answer is shorter than max_size.
    """

    size: int
    max_size: int
    token: str | None = None
    keyset: Keyset | None = None
    truncates: bool = False
    group: str | None = None


class Instead(Struct, frozen=True, kw_only=True):
    """What to do on a server that lacks a method that changes many rows: find them by SQL, change each by another.

    rows: a SELECT of the other method's parameters; ``$name`` is a parameter of this method, ``$now`` the time in ms.
    before and after: a method called for each row before and after ``each``, with fixed values (``$now`` too).
    answer: name of the column that counts the rows; also: further columns, each a SELECT of one number.
    """

    rows: str
    each: str
    answer: str
    before: Preset | None = None
    after: Preset | None = None
    also: dict[str, str] = msgspec.field(default_factory=dict)
    defaults: dict[str, int] = msgspec.field(default_factory=dict)


class Preset(Struct, frozen=True, kw_only=True):
    """A method with some of its parameters given."""

    method: str
    values: dict[str, str]


class Method(Struct, frozen=True, kw_only=True):
    """One REST call.

    most: the most elements that all its lists may hold together. gone: a 404 means that what it removes is not there.
    """

    name: str
    verb: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str  # under /api/2.0/mlflow/, or from the server's root when it begins with /
    description: str
    sql: Literal["select", "insert", "update", "delete", "exec"] = "select"
    params: tuple[Param, ...] = ()
    items: str | None = None  # name of the list of items in the answer
    item: str | None = None  # name of the one item in the answer
    paging: Paging | None = None
    idempotent: bool = True  # may be sent again after a failure
    missing: Literal["error", "empty"] = "error"  # what a 404 RESOURCE_DOES_NOT_EXIST means
    needs: str | None = None  # the capability without which this method is not used
    instead: Instead | None = None  # what to do without that capability
    otherwise: str | None = None  # the method that EXEC calls without it, which takes the same parameters
    most: int | None = None
    gone: bool = False

    def param(self, role: str) -> Param | None:
        """The first parameter of that role, or None."""
        return next((p for p in self.params if p.role == role), None)


class Lifecycle(Struct, frozen=True, kw_only=True):
    """Which items are deleted: ``path`` leads to 'active' or 'deleted'; ``column`` names the column that shows it."""

    path: str
    column: str | None = None


class Explode(Struct, frozen=True, kw_only=True):
    """One row for each element of a list in the item.

    key and value name the columns that hold the element's key and value, and ``push`` says how a predicate on both
    is told to the server (as a predicate on that key of the map).
    Several lists: ``kinds`` says path, value and push of each by the name of its kind, and ``kind`` names the column
    that tells the kind of a row. Otherwise ``path`` is given.
    """

    path: str | None = None
    key: str | None = None
    value: str | None = None
    push: Push | None = None
    kind: str | None = None
    kinds: dict[str, Elements] = msgspec.field(default_factory=dict)


class Elements(Struct, frozen=True, kw_only=True):
    """One of several lists that are exploded side by side; the words mean what they mean in ``Explode``."""

    path: str
    value: str | None = None
    push: Push | None = None


class Insert(Struct, frozen=True, kw_only=True):
    """How a row is made.

    method: the call that makes it; also: calls for the columns that the first does not take.
    key: column -> path in the answer, for keys that the server makes.
    now: columns that are the current time when they are not given.
    mark: the tag that tells a row whose answer was lost; natural: the column that does, for a resource with a unique
    one, deleted rows included.
    elements: the rows are elements of this list parameter, grouped by the other parameters.
    """

    method: str
    also: tuple[str, ...] = ()
    key: dict[str, str] = msgspec.field(default_factory=dict)
    now: tuple[str, ...] = ()
    mark: str | None = None
    natural: str | None = None
    elements: str | None = None
    conflicts: tuple[tuple[str, ...], ...] = ()


class DeleteMany(Struct, frozen=True, kw_only=True):
    """A method that deletes all rows up to a time in one call, where the server has it (its ``needs``).

    equal and until: parameter -> the column that it equals, and the time up to which rows go. limit: the parameter for
    the most rows, which is never above ``most``.
    """

    method: str
    equal: dict[str, str]
    until: dict[str, str]
    limit: str
    most: int


class Writes(Struct, frozen=True, kw_only=True):
    """How rows are changed. Absent: they cannot be.

    update: method -> the columns that it changes, in the order they are called. unset: map column -> the method that
    removes one key of it. delete and restore: methods for a whole row; setting its lifecycle column calls them too.
    A method of another resource is named ``resource.method``.
    """

    insert: Insert | None = None
    update: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    unset: dict[str, str] = msgspec.field(default_factory=dict)
    delete: str | None = None
    restore: str | None = None
    delete_many: DeleteMany | None = None


class Resource(Struct, frozen=True, kw_only=True):
    """A table.

    calls_of: the resource whose methods, lifecycle and keys this one shares (filled in by the loader).
    server: the name under which its server is attached, "" for the connection's own (never said in a file).
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    methods: tuple[Method, ...] = ()
    calls_of: str | None = None
    catalog: str = CATALOG
    schema: str = "tracking"
    aliases: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # full names in other products that mean this table
    address_params: tuple[str, ...] = ()  # columns that those names have besides; they say nothing about rows
    address_server: str | None = None  # the server that they name, with {column}: used when no other is named
    primary_key: tuple[str, ...] = ()
    lifecycle: Lifecycle | None = None
    explode: Explode | None = None
    keys: KeySource | None = None
    writes: Writes | None = None
    server: str = ""

    @property
    def label(self) -> str:
        """The name as a statement would say it, for messages and EXPLAIN."""
        return f"{self.server}.{self.name}" if self.server else self.name

    @property
    def full_name(self) -> str:
        """catalog.schema.name, with the attached server's name as the catalog."""
        return f"{self.server or self.catalog}.{self.schema}.{self.name}"

    @property
    def answered(self) -> tuple[str, ...]:
        """The names of the columns whose values answers hold."""
        return tuple(c.name for c in self.columns if not c.given)

    @property
    def starred(self) -> tuple[str, ...]:
        """The names of the columns that ``*`` stands for."""
        return tuple(c.name for c in self.columns if c.sent_as is None)

    def of_kind(self, kind: str) -> Resource:
        """This table as though it had the elements of one of its kinds only."""
        assert self.explode is not None
        part = self.explode.kinds[kind]
        alone = Explode(path=part.path, key=self.explode.key, value=part.value, push=part.push, kind=self.explode.kind)
        return msgspec.structs.replace(self, explode=alone)

    def column(self, name: str) -> Column | None:
        """The column of that name, ignoring case, or None."""
        folded = name.lower()
        return next((c for c in self.columns if c.name == folded), None)

    def method(self, name: str) -> Method | None:
        """The method of that name, or None."""
        return next((m for m in self.methods if m.name == name), None)

    def methods_for(self, sql: str) -> tuple[Method, ...]:
        """The methods that serve an SQL verb, in order of preference."""
        return tuple(m for m in self.methods if m.sql == sql)


class Catalog(Struct, frozen=True, kw_only=True):
    """Everything that resource files say."""

    resources: tuple[Resource, ...]
    predicates: dict[str, Predicates]
    capabilities: tuple[Capability, ...]
    functions: tuple[Function, ...] = ()
