"""Colours for the SQL being typed: a pygments lexer of our dialect, and a style in the terminal's own colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, _TokenType

from mlflow_sql.cli.shell.words import COLOURED, TYPES

_CALLED_WORDS = COLOURED - {"REPLACE", "LEFT", "RIGHT", "FIRST", "LAST", "IF", "ANY", "COLUMNS"}


def _called(lexer: RegexLexer, match: re.Match[str]) -> Iterator[tuple[int, _TokenType, str]]:
    """A word before a parenthesis: a function, unless it is one like IN, VALUES or OVER."""
    word = match[0].upper()
    kind = Keyword if word in _CALLED_WORDS else Keyword.Type if word in TYPES else Name.Function
    yield match.start(), kind, match[0]


class DialectLexer(RegexLexer):
    """DuckDB's SQL, EXEC with its @parameters, ``{{ placeholders }}``, and the shell's commands."""

    name = "mlflow-sql"
    flags = re.IGNORECASE
    tokens: ClassVar = {
        "root": [
            (r"\A\s*\.[a-z]\w*", Keyword.Pseudo),
            (r"\\[a-z?!]*", Keyword.Pseudo),
            (r"\s+", Text),
            (r"--[^\n]*", Comment.Single),
            (r"/\*", Comment.Multiline, "comment"),
            (r"'(?:''|[^'])*(?:'|\Z)", String.Single),
            (r'"(?:""|[^"])*(?:"|\Z)', Name),
            (r"\$(\w*)\$(?:.|\n)*?(?:\$\1\$|\Z)", String.Single),
            (r"@@?\w+|\$\w+|\{\{\s*\w+\s*\}\}", Name.Variable),
            (r"\d+(?:\.\d*)?(?:e[+-]?\d+)?\b", Number),
            (r"(?<=\.)\w+", Name),
            (r"[a-z_]\w*(?=\s*\()", _called),
            (words(sorted(COLOURED), suffix=r"\b"), Keyword),
            (words(sorted(TYPES), suffix=r"\b"), Keyword.Type),
            (r"\w+", Name),
            (r"[-+*/<>=~!|&%^#?:]+", Operator),
            (r"[^\w\s]", Punctuation),
        ],
        "comment": [
            (r"/\*", Comment.Multiline, "#push"),
            (r"\*/", Comment.Multiline, "#pop"),
            (r"[^/*]+|[/*]", Comment.Multiline),
        ],
    }


# The sixteen colours that the user's theme defines, and of them those that are legible on light and on dark.
STYLE = {
    "pygments.keyword": "bold ansimagenta",
    "pygments.keyword.type": "nobold ansimagenta",
    "pygments.keyword.pseudo": "bold ansicyan",
    "pygments.literal.string": "ansigreen",
    "pygments.literal.number": "ansicyan",
    "pygments.name.function": "ansiblue",
    "pygments.name.variable": "bold",
    "pygments.comment": "ansibrightblack",
    "prompt": "bold",
    "continuation": "ansibrightblack",
    "auto-suggestion": "ansibrightblack",
    # With a background of its own it must name both, and not in colours that a theme may make alike.
    "completion-menu.completion": "bg:#3a3a3a #eeeeee",
    "completion-menu.completion.current": "noreverse bg:#005f87 #ffffff bold",
    "completion-menu.meta.completion": "bg:#444444 #bcbcbc",
    "completion-menu.meta.completion.current": "noreverse bg:#005f87 #eeeeee",
    "scrollbar.background": "bg:#444444",
    "scrollbar.button": "bg:#8a8a8a",
}
