"""Weights of the queue's order, set by an office; which version of them the stored order rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "priority_weight",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_priority_weight_not_negative")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_priority_weight_office_id_office")),
        sa.PrimaryKeyConstraint("office_id", "rule", name=op.f("pk_priority_weight")),
    )
    # 0 differs from every version of the weights: the worker then puts the order of older rows right.
    for name, first in (("weights_version", "1"), ("keyed_version", "0")):
        op.add_column("office", sa.Column(name, sa.Integer(), nullable=False, server_default=first))
        with op.batch_alter_table("office", schema=None) as batch_op:
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.drop_column("keyed_version")
        batch_op.drop_column("weights_version")
    op.drop_table("priority_weight")
