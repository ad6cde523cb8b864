"""Text read from stored files, for search."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with its part of search; nothing yet."""


def downgrade() -> None:
    """Take it away again."""
