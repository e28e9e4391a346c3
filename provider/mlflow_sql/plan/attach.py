"""ATTACH, DETACH and USE of a tracking server, read from the tokens; those of a DuckDB database are left to DuckDB."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.errors import ParseError, nearest

TYPE = "MLFLOW"
HINT = "ATTACH 'https://mlflow.example.com' AS prod (TYPE mlflow)"


@dataclass(frozen=True, slots=True)
class Attach:
    """A server to attach. server: an address, or a name of the configuration file; name: what statements call it.

    present: "error", "skip" (IF NOT EXISTS) or "replace" (OR REPLACE) when the name is taken.
    """

    server: str
    name: str | None
    read_only: bool = False
    present: str = "error"


def read_attach(tokens: Sequence[Token]) -> Attach | None:
    """The server that an ATTACH statement names, or None for one of another TYPE. Raises ParseError."""
    words = [t.text.upper() if t.token_type != TokenType.STRING else "" for t in tokens]
    if "(" not in words or words[-1] != ")":
        _refuse_untyped(tokens, "" if "TYPE" not in words else words[-1])
        return None
    opened = words.index("(")
    options = _options(tokens[opened + 1 : -1])
    kind = options.pop("TYPE", ("",))[0].upper()
    if kind != TYPE:
        _refuse_untyped(tokens, kind)
        return None
    at = 1
    present = "error"
    if words[at : at + 2] == ["OR", "REPLACE"]:
        at, present = at + 2, "replace"
    at += words[at] == "DATABASE"
    if words[at : at + 3] == ["IF", "NOT", "EXISTS"]:
        at, present = at + 3, "skip"
    if at >= opened or tokens[at].token_type != TokenType.STRING:
        raise ParseError("ATTACH needs a server's address or name, in quotes", hint=HINT)
    server = tokens[at].text
    at += 1
    at += words[at] == "AS"
    if opened - at > 1:
        raise ParseError(f"ATTACH cannot be read at {tokens[at].text!r}", hint=HINT)
    name = tokens[at].text if at < opened else None
    secret = next((o for o in options if o in ("TOKEN", "PASSWORD", "USERNAME", "SECRET")), None)
    if secret is not None:
        raise ParseError(
            f"{secret.lower()} does not belong into a statement, which histories and logs keep",
            hint="put it into the configuration file, and ATTACH the server by its name there",
        )
    read_only = options.pop("READ_ONLY", ("false",))[0].lower() in ("", "true", "on", "1")
    options.pop("READ_WRITE", None)
    if options:
        raise ParseError(f"ATTACH of a server has no option {min(options)}", hint="it takes TYPE and READ_ONLY")
    return Attach(server, name, read_only, present)


def _refuse_untyped(tokens: Sequence[Token], kind: str) -> None:
    """Raise ParseError where a tracking server is meant, which DuckDB would take for a file or for another product.

    kind: the TYPE that is given, "" for none. An address without a path is no database file.
    """
    server = next((t.text for t in tokens if t.token_type == TokenType.STRING), "")
    if nearest(kind, [TYPE]) or (not kind and re.fullmatch(r"https?://[^/]*/?", server)):
        raise ParseError("ATTACH of a tracking server ends with (TYPE mlflow)", hint=HINT)


def _options(tokens: Sequence[Token]) -> dict[str, tuple[str]]:
    """NAME [value], ... between the parentheses."""
    found: dict[str, tuple[str]] = {}
    group: list[str] = []
    for text in [*(t.text for t in tokens), ","]:
        if text != ",":
            group.append(text)
        elif group:
            found[group[0].upper()] = (" ".join(group[1:]),)
            group = []
    return found


def read_detach(tokens: Sequence[Token]) -> tuple[str, bool] | None:
    """The name that a DETACH statement lets go of, and whether it may be missing; None for anything else."""
    words = [t.text for t in tokens[1:]]
    if words and words[0].upper() == "DATABASE":
        words = words[1:]
    lenient = [w.upper() for w in words[:2]] == ["IF", "EXISTS"]
    words = words[2:] if lenient else words
    return (words[0], lenient) if len(words) == 1 else None
