"""What SQLite is told of the indexes of petitions, because it cannot know before there are petitions.

SQLite chooses among indexes by what stands in its table ``sqlite_stat1``: the number of an index's entries, and how
many of them have the same first column, the same first two columns and so on. Where nothing stands there it takes
every column for equally telling, the office as much as the matter, and settles ties by the order in which indexes were
made. The figures below are round ones of a large office. They are given and not measured, so that a question is
answered in one way everywhere and at every size, in the tests too (``docs/adr/0010``). PostgreSQL counts for itself.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text

_TABLE = "petition"

# By the name of the index; by its columns where a constraint made it.
FIGURES = {
    # Indexes of open petitions
    "ix_petition_office_id_due_on_id": "100000 100000 200 1",
    "ix_petition_office_id_priority_key_id": "100000 100000 200 1",
    "ix_petition_open_by_day": "100000 100000 200 1",
    "ix_petition_open_by_number": "100000 100000 1",
    "ix_petition_office_id_petitioner_sort_id": "100000 100000 3 1",
    "ix_petition_officer_id_priority_key_id": "100000 5000 10 1",
    "ix_petition_unit_id_priority_key_id": "100000 20000 40 1",
    "ix_petition_priority_queue": "20000 20000 40 1",
    "ix_petition_unassigned": "10000 10000 20 1",
    "ix_petition_awaiting_confirmation": "100 100 1",
    "ix_petition_awaiting_act": "100000 100000 2 1",
    "ix_petition_halted": "2000 2000 20 1",
    "ix_petition_work": "100000 5000 50 20 2 2 2 2 2 2 2",
    "ix_petition_without_finding": "1000 1000 2 1",
    # Indexes of all petitions
    "ix_petition_all_by_number": "1000000 1000000 1",
    "ix_petition_all_by_due": "1000000 1000000 300 1",
    "ix_petition_all_by_name": "1000000 1000000 3 1",
    "ix_petition_office_id_received_on_id": "1000000 1000000 300 1",
    "ix_petition_office_id_registered_at": "1000000 1000000 2",
    "office_id, reg_year, reg_seq": "1000000 1000000 200000 1",
    "ix_petition_registered_by_id": "1000000 100000 1",
    "ix_petition_matter_id": "1000000 2",
    "ix_petition_field_id": "1000000 100000",
    "ix_petition_officer_id": "1000000 50000",
    "ix_petition_unit_id": "1000000 200000",
    "number": "1000000 1",
    "intake_token": "1000000 1",
    "ix_petition_resolved_by_day": "900000 900000 300 1",
    # Indexes of those that have what is indexed
    "ix_petition_escalated_to_id": "5000 500",
    "ix_petition_leading_id": "10000 2",
    "ix_petition_import_run_id": "500000 100000",
    "ix_petition_source_external_ref": "500000 500000 1",
    "ix_petition_external_ref": "500000 1",
}


def tell(connection: Connection) -> None:
    """Write the figures into a SQLite database, in the caller's transaction; without effect on another one.

    Connections opened later go by them.
    """
    if connection.dialect.name != "sqlite":
        return
    # Of the schema itself there is nothing to measure: this makes the table, and at the end reads it again.
    connection.execute(text("ANALYZE sqlite_schema"))
    connection.execute(text("DELETE FROM sqlite_stat1 WHERE tbl = :table"), {"table": _TABLE})
    told = [
        {"table": _TABLE, "index": name, "figures": figures}
        for name, columns in indexes(connection)
        if (figures := FIGURES.get(name, FIGURES.get(columns)))
    ]
    if told:
        connection.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :figures)"), told)
        connection.execute(text("ANALYZE sqlite_schema"))


def indexes(connection: Connection) -> Iterator[tuple[str, str]]:
    """The indexes of petitions in a SQLite database: name, and columns separated by commas."""
    for index in connection.exec_driver_sql(f"PRAGMA index_list({_TABLE})").all():
        columns = connection.exec_driver_sql(f"PRAGMA index_info({index.name})").all()
        yield index.name, ", ".join(column.name for column in columns)
