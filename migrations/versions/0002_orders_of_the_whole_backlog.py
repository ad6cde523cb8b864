"""Indexes for the whole backlog in each of its orders, and a counter of proposals that wait for a confirmation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = {
    "ix_petition_all_by_number": ["office_id", "id"],
    "ix_petition_all_by_due": ["office_id", "due_on", "id"],
    "ix_petition_all_by_name": ["office_id", "petitioner_sort", "id"],
}
# Of two indexes that would do as well, SQLite takes the one made last. Lists of open petitions must go on walking the
# index that holds the open ones only, so these are made once more, after those of the whole backlog.
PARTIAL = {
    "ix_petition_awaiting_confirmation": (["office_id", "id"], "proposed_disposition IS NOT NULL"),
    "ix_petition_office_id_due_on_id": (["office_id", "due_on", "id"], "state <> 'resolved'"),
    "ix_petition_office_id_petitioner_sort_id": (["office_id", "petitioner_sort", "id"], "state <> 'resolved'"),
}


def upgrade() -> None:
    for name, columns in WHOLE.items():
        op.create_index(name, "petition", columns)
    for name, (columns, condition) in PARTIAL.items():
        where = sa.text(condition)
        op.drop_index(name, "petition")
        op.create_index(name, "petition", columns, sqlite_where=where, postgresql_where=where)
    op.execute(
        sa.text(
            "INSERT INTO tally (office_id, name, bucket, scope, n) "
            "SELECT office_id, 'confirmation', '', scope, count(*) FROM ("
            "  SELECT office_id, CASE WHEN sealed THEN coalesce(unit_id, -1) ELSE 0 END AS scope"
            "  FROM petition WHERE proposed_disposition IS NOT NULL"
            ") AS proposals GROUP BY office_id, scope"
        )
    )


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM tally WHERE name = 'confirmation'"))
    for name in WHOLE:
        op.drop_index(name, "petition")
