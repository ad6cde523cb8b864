"""What the search page keeps: abbreviations, queries without result, saved searches."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what belongs to each."""
    _watch_saved_searches()
    _keep_short_forms()
    _note_queries()


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("query_note")
    op.drop_table("short_form")
    _leave_saved_searches()


def _watch_saved_searches() -> None:
    for column in (
        sa.Column("found_total", sa.Integer(), nullable=True),
        sa.Column("found_new", sa.Integer(), nullable=True),
        sa.Column("found_seen", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("saved_view", column)


def _leave_saved_searches() -> None:
    for name in ("found_seen", "found_new", "found_total"):
        op.drop_column("saved_view", name)


def _keep_short_forms() -> None:
    op.create_table(
        "short_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("short", sa.String(length=30), nullable=False),
        sa.Column("written_out", sa.String(length=120), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_short_form_made_by_user_account")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_short_form_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_short_form")),
        sa.UniqueConstraint(
            "office_id", "short", "written_out", name=op.f("uq_short_form_office_id_short_written_out")
        ),
    )
    op.create_index(op.f("ix_short_form_made_by"), "short_form", ["made_by"], unique=False)


def _note_queries() -> None:
    op.create_table(
        "query_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("longest_ms", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("why IN ('nothing', 'slow')", name=op.f("ck_query_note_why")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_query_note_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query_note")),
        sa.UniqueConstraint("office_id", "why", "words", name=op.f("uq_query_note_office_id_why_words")),
    )
