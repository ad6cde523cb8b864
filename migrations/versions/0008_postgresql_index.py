"""The search index kept by PostgreSQL, where it does."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with its part of search; nothing yet."""


def downgrade() -> None:
    """Take it away again."""
