"""From a statement to a plan: which REST calls, and which SQL is left for DuckDB. Pure: nothing here does I/O."""
