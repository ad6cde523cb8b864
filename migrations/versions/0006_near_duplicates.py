"""Fingerprints of petitions, to find the same letter again."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with its part of search; nothing yet."""


def downgrade() -> None:
    """Take it away again."""
