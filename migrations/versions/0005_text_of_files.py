"""Text read from stored files, for search."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(10).with_variant(sa.String(10, collation="C"), "postgresql")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "stored_text",
        sa.Column("stored_file_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("detail", sa.String(20), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'read', 'none', 'scan', 'locked', 'failed')", name=op.f("ck_stored_text_state")
        ),
        sa.CheckConstraint("characters >= 0", name=op.f("ck_stored_text_characters")),
        sa.ForeignKeyConstraint(
            ["stored_file_id"], ["stored_file.id"], name=op.f("fk_stored_text_stored_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("stored_file_id", name=op.f("pk_stored_text")),
    )
    # Files that came before are read too.
    op.execute(
        "INSERT INTO stored_text"
        " (stored_file_id, state, method, detail, pages, characters, cut, revision, attempts, at, text)"
        " SELECT id, 'waiting', '', '', 0, 0, false, 0, 0, stored_at, '' FROM stored_file"
    )
    op.create_index(
        "ix_stored_text_waiting",
        "stored_text",
        ["attempts", "stored_file_id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_stored_text_waiting", table_name="stored_text")
    op.drop_table("stored_text")
