"""Fingerprints of petitions, to find the same letter again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "likeness_print",
        sa.Column("petition_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("pairs", sa.LargeBinary(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("grouped", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("group_id", BIG_ID, nullable=True),
        sa.Column("nearest_id", BIG_ID, nullable=True),
        sa.Column("alike", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint("alike BETWEEN 0 AND 100", name=op.f("ck_likeness_print_alike")),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_likeness_print_petition_id_petition")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_likeness_print_office_id_office")),
        sa.ForeignKeyConstraint(["group_id"], ["petition.id"], name=op.f("fk_likeness_print_group_id_petition")),
        sa.ForeignKeyConstraint(["nearest_id"], ["petition.id"], name=op.f("fk_likeness_print_nearest_id_petition")),
        sa.PrimaryKeyConstraint("petition_id", name=op.f("pk_likeness_print")),
    )
    op.create_index(op.f("ix_likeness_print_office_id"), "likeness_print", ["office_id"])
    for name, column, condition in (
        ("nearest_id", "nearest_id", "nearest_id IS NOT NULL"),
        ("group_id", "group_id", "group_id IS NOT NULL"),
        ("waiting", "petition_id", "NOT grouped"),
    ):
        op.create_index(
            f"ix_likeness_print_{name}",
            "likeness_print",
            [column],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_table(
        "likeness_mark",
        sa.Column("mark", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("petition_id", BIG_ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("mark", "petition_id", name=op.f("pk_likeness_mark")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "likeness_count",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("remade_to", BIG_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness_count")),
    )
    op.create_table(
        "likeness_apart",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("low_id", BIG_ID, nullable=False),
        sa.Column("high_id", BIG_ID, nullable=False),
        sa.Column("said_by", sa.Integer(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("low_id <> high_id", name=op.f("ck_likeness_apart_two")),
        sa.ForeignKeyConstraint(["low_id"], ["petition.id"], name=op.f("fk_likeness_apart_low_id_petition")),
        sa.ForeignKeyConstraint(["high_id"], ["petition.id"], name=op.f("fk_likeness_apart_high_id_petition")),
        sa.ForeignKeyConstraint(["said_by"], ["user_account.id"], name=op.f("fk_likeness_apart_said_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness_apart")),
        sa.UniqueConstraint("low_id", "high_id", name=op.f("uq_likeness_apart_low_id_high_id")),
    )
    op.create_index(op.f("ix_likeness_apart_high_id"), "likeness_apart", ["high_id"])
    op.create_index(op.f("ix_likeness_apart_said_by"), "likeness_apart", ["said_by"])


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM outbox WHERE consumer = 'likeness'"))
    for table in ("likeness_apart", "likeness_count", "likeness_mark", "likeness_print"):
        op.drop_table(table)
