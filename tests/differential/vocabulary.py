"""What generated statements speak of: the tables' columns, and values that occur in them or nearly do."""

from __future__ import annotations

from dataclasses import dataclass

from differential.oracle import Oracle
from support.seed import EXPERIMENT_NAMES, ODD_VALUES

TEXT, NUMBER, WHOLE, TIME, SPAN, TEXTS, NUMBERS = "text", "number", "whole", "time", "span", "texts", "numbers"

SCHEMA: dict[str, dict[str, str]] = {
    "experiments": {
        "experiment_id": TEXT, "name": TEXT, "artifact_location": TEXT, "lifecycle_stage": TEXT,
        "creation_time": TIME, "last_update_time": TIME, "tags": TEXTS,
    },
    "runs": {
        "run_id": TEXT, "experiment_id": TEXT, "run_name": TEXT, "user_id": TEXT, "status": TEXT, "start_time": TIME,
        "end_time": TIME, "duration": SPAN, "artifact_uri": TEXT, "lifecycle_stage": TEXT, "parent_run_id": TEXT,
        "metrics": NUMBERS, "params": TEXTS, "tags": TEXTS,
    },
    "run_metrics": {
        "run_id": TEXT, "experiment_id": TEXT, "key": TEXT, "value": NUMBER, "timestamp": TIME, "step": WHOLE,
    },
    "run_params": {"run_id": TEXT, "experiment_id": TEXT, "key": TEXT, "value": TEXT},
    "run_tags": {"run_id": TEXT, "experiment_id": TEXT, "key": TEXT, "value": TEXT},
    "run_inputs": {
        "run_id": TEXT, "experiment_id": TEXT, "name": TEXT, "digest": TEXT, "context": TEXT, "source_type": TEXT,
        "schema": TEXT, "tags": TEXTS,
    },
    "run_values": {
        "run_id": TEXT, "experiment_id": TEXT, "kind": TEXT, "key": TEXT, "value": TEXT, "number": NUMBER,
        "step": WHOLE, "timestamp": TIME, "run_name": TEXT, "status": TEXT, "start_time": TIME,
    },
    "metric_history": {"run_id": TEXT, "key": TEXT, "timestamp": TIME, "step": WHOLE, "value": NUMBER},
}  # fmt: skip
# What tells a row from every other one of its table.
IDENTITY = {
    "experiments": ("experiment_id",),
    "runs": ("run_id",),
    "run_metrics": ("run_id", "key"),
    "run_params": ("run_id", "key"),
    "run_tags": ("run_id", "key"),
    "run_inputs": ("run_id", "name", "digest", "context"),
    "run_values": ("run_id", "kind", "key"),
    "metric_history": ("run_id", "key", "timestamp", "step", "value"),
}
NAMES = {"runs": ("runs", "runs", "experiment_runs", "tracking.runs", "mlflow.tracking.experiment_runs", "Runs")}

ODD_TEXTS = (
    *(value for value in ODD_VALUES if len(value) < 100),
    "nope", "0", "1", "-1", "0.1", "0.5", "10", "true", "null", "FINISHED", "finished", "Finished ", "active",
    "deleted", "x' OR '1'='1", "a -- b", "a;b", "a/*b*/", "`", "$1", "?", "{x}", "K", "\u212a", "ß", "ẞ", "İ", "ı",
    "É", "é", "e\u0301", "\u00a0", "\u200b", "🏃", "'", '"', "''", '""', "\\", "\\'", "%", "_", "%%", "\r\n",
    "ffffffffffffffffffffffffffffffff", " 1", "1 ", "99999999999999999999", "٣",
)  # fmt: skip
PATTERNS = (
    "", "%", "_", "%%", "%_%", "__", "%a%", "a%", "%g", "A%", "%A%", "_dam", "ad_m", "value 1_", "%'%", '%"%', "%\\%",
    "%\\\\", "\\%", "%\n%", "two%lines", "two_lines", "n_l%", "value%", "%é%", "%☃%", "_uild", "100%", "%\\_%", "%K%",
    "%ï%", "NA%VE%", "%i%", "%k%", "s_y \"hi\"", "it_s", "both % and %", "%0%", "INF%", "NA\u00cfVE%",
    "%\u00cf%", "ZO\u00cb", "% ", " %", "%\t%", "x%",
)  # fmt: skip
NUMBERS_TRIED = (
    "0", "0.0", "-0.0", "1", "-1", "0.5", ".5", "5e-1", "0.50", "1e-300", "1e308", "1.7976931348623157e308",
    "-1.7976931348623157e308", "1e309", "9007199254740993", "9223372036854775807", "18446744073709551616",
    "0.30000000000000004", "0.1 + 0.2", "0.71::DECIMAL(9,2)", "0.71::FLOAT", "'0.5'", "'nan'::DOUBLE",
    "'inf'::DOUBLE", "'-inf'::DOUBLE", "'nan'", "'Infinity'", "NULL", "NULL::DOUBLE", "1/3", "-0.5", "TRUE",
    "1_000", "'0.5x'", "''", "0.123456789012345678901234567890", "1e-400", "10", "20", "+0.5", "-(-0.5)", "(0.5)",
)  # fmt: skip
TIMES_TRIED = (
    "'2026-01-01'", "'2026-01-01 00:30:00'", "'2026-01-01T00:30:00Z'", "'2026-01-01 06:00:00+05:30'",
    "'2026-01-01 00:30:00.0005'", "TIMESTAMPTZ '2026-01-01 01:00:00+00'", "TIMESTAMP '2026-01-01 01:00:00'",
    "DATE '2026-01-02'", "DATE '2026-01-01'", "'2026-01-01'::DATE", "'2026-01-01 00:15:00'::TIMESTAMP",
    "'2026-01-01 00:15:00+01'::TIMESTAMPTZ", "now()", "now() - INTERVAL 1 DAY", "now() - INTERVAL '300' DAY",
    "now() - INTERVAL 1 YEAR", "current_date", "CURRENT_TIMESTAMP", "today()", "TIMESTAMPTZ 'epoch'", "'epoch'",
    "'infinity'", "'-infinity'::TIMESTAMPTZ", "'1970-01-01'", "'0001-01-01'", "'9999-12-31'", "'290000-01-01'",
    "'2026-01-01 00:00:00'::TIMESTAMPTZ + INTERVAL 1 HOUR", "to_timestamp(1767229200)",
    "make_timestamp(2026, 1, 1, 1, 0, 0)",
    "date_trunc('month', now())", "NULL", "NULL::TIMESTAMPTZ", "'yesterday'", "'2026-13-01'", "''",
    "DATE '2026-01-01' + 1", "(SELECT TIMESTAMPTZ '2026-01-01 01:00:00+00')", "TIMESTAMP_MS '2026-01-01 00:30:00.123'",
    "TIMESTAMP_NS '2026-01-01 00:30:00.123456789'", "'2026-01-01 00:30:00 America/New_York'",
)  # fmt: skip
SPANS_TRIED = ("INTERVAL 1 HOUR", "INTERVAL '30' MINUTE", "'01:00:00'", "INTERVAL 0 SECOND", "INTERVAL 1 MONTH", "NULL")
WHOLES_TRIED = ("0", "10", "20", "-1", "10.5", "'10'", "10.0", "1e1", "9223372036854775807", "NULL", "39", "5", "TRUE")
ODD_KEYS = ("nope", "Auc", 'a"b', "o'k", "back\\slash", "`t`", "", " ", "x" * 251, "%", "a_c", "é", "a\nb", "team ")


@dataclass(frozen=True)
class Vocabulary:
    """Values that occur, as SQL literals: of a column by its table and name, of a map's key by the key besides."""

    texts: dict[tuple[str, ...], list[str]]
    keys: dict[tuple[str, str], list[str]]


def vocabulary(oracle: Oracle) -> Vocabulary:
    """A few values of every column and key, those of deleted rows among them."""
    texts: dict[tuple[str, ...], list[str]] = {}
    keys: dict[tuple[str, str], list[str]] = {}
    for table, columns in SCHEMA.items():
        for name, kind in columns.items():
            of = f"mlflow.tracking.{'experiment_runs' if table == 'runs' else table}_all"
            if kind in (TEXTS, NUMBERS):
                listed = f"SELECT DISTINCT k FROM (SELECT unnest(map_keys({name})) AS k FROM {of}) ORDER BY 1"
                keys[table, name] = oracle.values(listed)
                for key in keys[table, name]:
                    texts[table, name, key] = _some(oracle, of, f"{name}[{quoted(key)}]")
            else:
                texts[table, name] = _some(oracle, of, name)
    texts["experiments", "name"] = [quoted(name) for name in EXPERIMENT_NAMES]
    return Vocabulary(texts, keys)


def _some(oracle: Oracle, table: str, column: str) -> list[str]:
    rows = oracle.values(
        f"SELECT DISTINCT {column}::VARCHAR AS v FROM {table} WHERE length(v) < 100 ORDER BY hash(v) LIMIT 14"
    )
    return [quoted(row) for row in rows]


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def name_of(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'
