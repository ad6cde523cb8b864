"""Indexes for every order of the lists, and a counter of proposals that wait for a confirmation."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    still_open = sa.text("state <> 'resolved'")
    op.create_index(
        "ix_petition_open_by_number",
        "petition",
        ["office_id", "id"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_petition_all_by_number", "petition", ["office_id", "id"])
    op.create_index("ix_petition_all_by_due", "petition", ["office_id", "due_on", "id"])
    op.create_index("ix_petition_all_by_name", "petition", ["office_id", "petitioner_sort", "id"])
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
    for order in ("open_by_number", "all_by_number", "all_by_due", "all_by_name"):
        op.drop_index(f"ix_petition_{order}", "petition")
