"""Who in the office a denunciation accuses."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "petition_accused",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("petition_id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("named_by", sa.Integer(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_why", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_petition_accused_one")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_petition_accused_office_id_office")),
        sa.ForeignKeyConstraint(
            ["petition_id"], ["petition.id"], name=op.f("fk_petition_accused_petition_id_petition")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_petition_accused_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_petition_accused_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["named_by"], ["user_account.id"], name=op.f("fk_petition_accused_named_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["user_account.id"], name=op.f("fk_petition_accused_lifted_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_accused")),
    )
    op.create_index(
        "ix_petition_accused_in_force",
        "petition_accused",
        ["office_id"],
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    for column in ("petition_id", "user_id", "unit_id", "named_by", "lifted_by"):
        op.create_index(op.f(f"ix_petition_accused_{column}"), "petition_accused", [column])


def downgrade() -> None:
    op.drop_table("petition_accused")
