"""Who looked at a confidential case; rows are only added."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_look",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("petition_id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_case_look_petition_id_petition")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_case_look_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_look")),
    )
    op.create_index(op.f("ix_case_look_petition_id_user_id_at"), "case_look", ["petition_id", "user_id", "at"])
    op.create_index(op.f("ix_case_look_user_id"), "case_look", ["user_id"])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER case_look_no_{act.lower()} BEFORE {act} ON case_look "
                "BEGIN SELECT RAISE(ABORT, 'case_look is append-only'); END"
            )
        return
    for each, acts in (("ROW", "UPDATE OR DELETE"), ("STATEMENT", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER case_look_append_only_{each.lower()} BEFORE {acts} ON case_look "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("case_look")
