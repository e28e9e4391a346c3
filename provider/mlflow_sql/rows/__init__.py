"""JSON answers to Arrow rows, and SQL values to JSON."""
