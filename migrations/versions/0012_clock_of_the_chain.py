"""When the newest entry of an audit chain was made, so that a step of the clock is seen when the next is added.

And up to which entry the chain was anchored, so that a place that lost its anchors is not taken for a new one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_head", sa.Column("at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("audit_head", sa.Column("anchored_to", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("audit_head") as batch_op:
        batch_op.alter_column("anchored_to", server_default=None)


def downgrade() -> None:
    op.drop_column("audit_head", "anchored_to")
    op.drop_column("audit_head", "at")
