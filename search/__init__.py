"""Search over the whole backlog: one analysis for index and query, an engine behind a protocol, rows from the database."""
