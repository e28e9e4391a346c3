"""Where plans meet the server and DuckDB: connections, scans, relations, and answers about the catalog."""
