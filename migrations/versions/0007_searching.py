"""What the search page keeps: abbreviations, queries without result, saved searches."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with its part of search; nothing yet."""


def downgrade() -> None:
    """Take it away again."""
