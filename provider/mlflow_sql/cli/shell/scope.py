"""What stands around the cursor: the pieces of the statement being typed, and the tables it reads.

Theory: a statement that is being typed cannot be parsed, and its last quote is often open, so it is cut into pieces by
a pattern that knows open quotes. Each piece knows the parentheses it is in; a table that is read in one pair of them
is visible there and in all pairs inside, also before it is named, which is how people write a select list last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

_PIECE = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")
    |\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|(?P<open>['"]|\$\w*\$|/\*)|(?P<word>\w+)|(?P<sign><=|>=|<>|!=|==|::|->|.)""",
    re.DOTALL | re.VERBOSE,
)
_AFTER_TABLE = frozenset(
    [
        "ON",
        "USING",
        "WHERE",
        "GROUP",
        "ORDER",
        "LIMIT",
        "OFFSET",
        "HAVING",
        "QUALIFY",
        "WINDOW",
        "JOIN",
        "LEFT",
        "RIGHT",
        "FULL",
        "INNER",
        "OUTER",
        "CROSS",
        "NATURAL",
        "ASOF",
        "POSITIONAL",
        "SEMI",
        "ANTI",
        "LATERAL",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "SET",
        "VALUES",
        "SELECT",
        "RETURNING",
        "WHEN",
        "DEFAULT",
        "PIVOT",
        "UNPIVOT",
        "TABLESAMPLE",
        "FROM",
        "BY",
        "NAME",
        "WITH",
        "AND",
        "OR",
        "NOT",
        "IN",
        "IS",
    ]
)
_NAMED = frozenset(["FROM", "JOIN", "INTO", "UPDATE"])


@dataclass(frozen=True, slots=True)
class Piece:
    """A token. kind: word, quoted (a name), text or sign. value: without quotes. group: the parentheses around it."""

    kind: str
    value: str
    start: int
    end: int
    group: tuple[int, ...] = ()

    @property
    def upper(self) -> str:
        """An unquoted word in capitals, a sign as it is; empty for anything else."""
        return self.value.upper() if self.kind in ("word", "sign") else ""

    @property
    def is_name(self) -> bool:
        """Whether it can name something."""
        return self.kind in ("word", "quoted")


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is read: a table by its dotted name, or a query with columns of its own.

    alias: how its columns are qualified. columns: None when they are those of the table ``name``.
    """

    name: tuple[str, ...]
    alias: str
    group: tuple[int, ...] = ()
    columns: tuple[str, ...] | None = None


@dataclass(slots=True)
class Around:
    """The statement with the cursor in it.

    before and after: its pieces on both sides, without the word (or open quote) that is being typed. prefix: that word.
    quote: the open quote, "" for none, "skip" inside a comment. ctes: queries named by WITH. first: its first word.
    """

    before: list[Piece]
    after: list[Piece]
    prefix: str
    quote: str
    group: tuple[int, ...]
    sources: list[Source] = field(default_factory=list)
    ctes: list[Source] = field(default_factory=list)

    @property
    def first(self) -> str:
        """The statement's first word in capitals; empty when it is the one being typed."""
        return self.before[0].upper if self.before else ""

    @property
    def texts(self) -> frozenset[str]:
        """All texts in quotes of the statement."""
        return frozenset(p.value for p in (*self.before, *self.after) if p.kind == "text")


def around(text: str, cursor: int) -> Around:
    """Look at the statement that the cursor is in."""
    before, rest = _pieces(text[:cursor])
    quote = prefix = ""
    if rest is not None:
        quote, prefix = rest
    elif before and before[-1].is_name and before[-1].kind == "word" and before[-1].end == cursor:
        prefix = before.pop().value
    after, _ = _pieces(_past(text[cursor:], quote))
    semicolons = [i for i, p in enumerate(before) if p.upper == ";"]
    before = before[semicolons[-1] + 1 :] if semicolons else before
    after = after[: next((i for i, p in enumerate(after) if p.upper == ";"), len(after))]
    mark = Piece("cursor", "", cursor, cursor)
    grouped = list(_grouped([*before, mark, *after]))
    at = len(before)
    found = Around(grouped[:at], grouped[at + 1 :], prefix, quote, grouped[at].group)
    found.ctes = list(_ctes(grouped))
    found.sources = [
        _resolved(source, found.ctes) for source in _read(grouped) if found.group[: len(source.group)] == source.group
    ]
    return found


def answered(text: str) -> Source:
    """What the last statement of a text answers with: its own columns, or with a ``*`` those of a table."""
    pieces = _pieces(text)[0]
    while pieces and pieces[-1].upper == ";":
        pieces.pop()
    pieces = list(_grouped(pieces[max((i for i, p in enumerate(pieces) if p.upper == ";"), default=-1) + 1 :]))
    start = next((i for i, p in enumerate(pieces) if not p.group and p.upper in ("SELECT", "FROM")), len(pieces))
    table, columns = _query(pieces[start:])
    return _resolved(Source(table, "", (), columns), list(_ctes(pieces)))


def _resolved(source: Source, ctes: Sequence[Source]) -> Source:
    """The source with the columns of the query that WITH gives its name to, if one does."""
    for cte in ctes:
        if source.columns is None and len(source.name) == 1 and source.name[0].lower() == cte.alias.lower():
            return replace(source, name=cte.name, columns=cte.columns)
    return source


def _past(text: str, quote: str) -> str:
    """What is behind the cursor, past the end of the quote or word that it is in."""
    if quote in ("'", '"'):
        line, _, rest = text.partition("\n")
        _, closed, tail = line.partition(quote)
        return f"{tail}\n{rest}" if closed else text
    return re.sub(r"^\w+", "", text)


def _pieces(text: str) -> tuple[list[Piece], tuple[str, str] | None]:
    """The pieces, and an open quote at the end with what is in it."""
    found: list[Piece] = []
    for match in _PIECE.finditer(text):
        kind = match.lastgroup or "text"
        value = match[0]
        if kind == "open":
            return found, (value if value in ("'", '"') else "skip", text[match.end() :])
        if kind == "space":
            if value.startswith("--") and match.end() == len(text):
                return found, ("skip", "")
            continue
        if kind in ("text", "quoted") and value[0] in "'\"":
            value = value[1:-1].replace(value[0] * 2, value[0])
        found.append(Piece("text" if kind == "tag" else kind, value, match.start(), match.end()))
    return found, None


def _grouped(pieces: Sequence[Piece]) -> Iterator[Piece]:
    group: tuple[int, ...] = ()
    for number, piece in enumerate(pieces):
        if piece.upper == ")":
            group = group[:-1]
        yield replace(piece, group=group)
        if piece.upper == "(":
            group = (*group, number)


def _read(pieces: Sequence[Piece]) -> Iterator[Source]:
    """Everything that FROM, JOIN, INTO, UPDATE and MERGE's USING name."""
    merging = bool(pieces) and pieces[0].upper == "MERGE"
    for at, piece in enumerate(pieces):
        if piece.upper not in _NAMED and not (merging and piece.upper == "USING"):
            continue
        if piece.upper == "FROM" and at and pieces[at - 1].upper == "DISTINCT":  # IS DISTINCT FROM
            continue
        source, at = _source(pieces, at + 1, called=piece.upper != "INTO")
        while source is not None:
            yield source
            if piece.upper != "FROM" or at >= len(pieces) or pieces[at].upper != ",":
                break
            source, at = _source(pieces, at + 1)


def _source(pieces: Sequence[Piece], at: int, called: bool = True) -> tuple[Source | None, int]:
    """The source that begins there, and where it ends. called: a parenthesis behind a name makes it a function."""
    if at >= len(pieces):
        return None, at
    group = pieces[at].group
    name: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    if pieces[at].upper == "(":
        end = _close(pieces, at)
        name, columns = _query(pieces[at + 1 : end])
        at = end + 1
    else:
        parts, at = dotted(pieces, at)
        if not parts:
            return None, at
        name = tuple(parts)
        if called and at < len(pieces) and pieces[at].upper == "(":
            at = _close(pieces, at) + 1
            columns = ()
    alias = name[-1] if name and columns is None else ""
    if at < len(pieces) and pieces[at].upper == "AS":
        at += 1
    if at < len(pieces) and pieces[at].is_name and pieces[at].upper not in _AFTER_TABLE:
        alias = pieces[at].value
        at += 1
    return Source(name, alias, group, columns), at


def dotted(pieces: Sequence[Piece], at: int) -> tuple[list[str], int]:
    """The dotted name that begins there, empty if none does, and where it ends."""
    parts: list[str] = []
    while at < len(pieces) and pieces[at].is_name and not (not parts and pieces[at].upper in _AFTER_TABLE):
        parts.append(pieces[at].value)
        at += 1
        if at + 1 >= len(pieces) or pieces[at].upper != "." or not pieces[at + 1].is_name:
            break
        at += 1
    return parts, at


def dotted_before(pieces: Sequence[Piece]) -> list[str]:
    """The dotted name that the pieces end with, a key in brackets as its last part; empty if there is none."""
    at, parts = len(pieces) - 1, []
    if at >= 3 and pieces[at].upper == "]" and pieces[at - 1].kind == "text" and pieces[at - 2].upper == "[":
        parts.append(pieces[at - 1].value)
        at -= 3
    while at >= 0 and pieces[at].is_name:
        parts.append(pieces[at].value)
        if at < 2 or pieces[at - 1].upper != ".":
            break
        at -= 2
    return parts[::-1]


def _close(pieces: Sequence[Piece], at: int) -> int:
    """The place of the parenthesis that closes the one there, or of the end."""
    group = pieces[at].group
    return next((i for i in range(at + 1, len(pieces)) if pieces[i].group == group), len(pieces))


def _ctes(pieces: Sequence[Piece]) -> Iterator[Source]:
    for at, piece in enumerate(pieces):
        if piece.upper != "WITH":
            continue
        at += 1
        if at < len(pieces) and pieces[at].upper == "RECURSIVE":
            at += 1
        while at + 1 < len(pieces) and pieces[at].is_name:
            name, at = pieces[at].value, at + 1
            columns: tuple[str, ...] | None = None
            if pieces[at].upper == "(":
                end = _close(pieces, at)
                columns, at = tuple(p.value for p in pieces[at + 1 : end] if p.is_name), end + 1
            while at < len(pieces) and pieces[at].upper in ("AS", "NOT", "MATERIALIZED"):
                at += 1
            if at >= len(pieces) or pieces[at].upper != "(":
                break
            end = _close(pieces, at)
            table, listed = _query(pieces[at + 1 : end])
            yield Source(table, name, (), columns or listed)
            at = end + 1
            if at >= len(pieces) or pieces[at].upper != ",":
                break
            at += 1


def _query(pieces: Sequence[Piece]) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The names of a query's columns; with a ``*``, the first table that it reads instead."""
    if not pieces or pieces[0].upper not in ("SELECT", "FROM"):
        return (), ()
    group, names = pieces[0].group, []
    end = next((i for i, p in enumerate(pieces) if p.upper == "FROM" and p.group == group), len(pieces))
    commas = [i for i, p in enumerate(pieces[:end]) if p.upper == "," and p.group == group]
    for stop in (*commas, end):
        last = pieces[stop - 1] if stop else pieces[0]
        if stop == 0 or (last.upper == "*" and last.group == group):
            source, _ = _source(pieces, end + 1)
            return (source.name, source.columns) if source is not None else ((), ())
        if last.is_name and last.group == group and stop > 1:
            names.append(last.value)
    return (), tuple(names)
