"""What to say of SQL that the parser cannot read: where, in words of SQL, and which keyword was nearly meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot.errors import ParseError as SqlglotParseError
from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.errors import ParseError, nearest

_TOKEN = re.compile(r"<Token token_type: .*?, text: (.*?), line: .*?>")
_SAID = (  # what the parser says of its own classes and tokens, and what that means
    (re.compile(r"Invalid expression / Unexpected token"), ""),
    (re.compile(r"Required keyword: .* missing for .*"), "something is missing here"),
    (re.compile(r"but got (?:'SENTINEL'|None)"), "but the statement ends here"),
)
_KEYWORDS = (
    "SELECT", "FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "JOIN", "HAVING", "UNION", "INSERT", "INTO",
    "VALUES", "UPDATE", "DELETE", "MERGE", "USING", "CREATE", "TABLE", "DESCRIBE", "EXPLAIN",
)  # fmt: skip
_SHORTEST = 3  # letters of a word that is compared with the keywords


def fault(tokens: Sequence[Token], error: SqlglotParseError) -> ParseError:
    """The error for a statement with these tokens, of which the parser says ``error``."""
    detail = error.errors[0] if error.errors else {}
    line, column = detail.get("line"), detail.get("col")
    said = _TOKEN.sub(r"'\1'", str(detail.get("description") or error)).strip()
    for pattern, meaning in _SAID:
        said = pattern.sub(meaning, said)
    near = repr(str(detail.get("highlight") or "").strip())
    message = f"cannot read the statement near {near}" + (f": {said}" if said else "")
    at = next((i for i, t in enumerate(tokens) if (t.line, t.col) == (line, column)), None)
    return ParseError(message, line=line, column=column, hint=_misspelt(tokens, at) if at is not None else None)


def _misspelt(tokens: Sequence[Token], at: int) -> str | None:
    """The keyword that a word at the place, before it, or at the beginning nearly is."""
    for index in dict.fromkeys((at, max(at - 1, 0), 0)):
        word = tokens[index]
        if word.token_type == TokenType.VAR and len(word.text) >= _SHORTEST:
            near = nearest(word.text, _KEYWORDS, 1)
            if near and near[0] != word.text.upper():
                return f"did you mean {near[0]} in place of {word.text}?"
    return None
