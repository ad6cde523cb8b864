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


def downgrade() -> None:
    """Take it away again."""
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
