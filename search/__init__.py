"""Search over the whole backlog: one analysis, an engine behind a protocol, rows from the database."""
