"""Legal events, every clock of a petition, alerts; absences, programmes against the backlog, saved views."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("legal_event", "clock_alert")
PETITION_INDEXES = (
    ("awaiting_act", ["office_id", "last_act_at", "id"], "state <> 'resolved'"),
    ("halted", ["office_id", "halted_on", "id"], "halted_on IS NOT NULL"),
    (
        "without_finding",
        ["office_id", "priority_key", "id"],
        "state <> 'resolved' AND complex AND complexity_points = 0",
    ),
    ("resolved_by_day", ["office_id", "resolved_on", "id"], "state = 'resolved'"),
    (
        "work",
        [
            "unit_id",
            "due_on",
            "officer_id",
            "last_act_at",
            "halted_on",
            "state",
            "complex",
            "prominent",
            "sealed",
            "office_id",
        ],
        "state <> 'resolved' AND office_id > 0",
    ),
)


def office_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("remote", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("recommendation_days", sa.Integer(), nullable=True),
        sa.Column("escalate_late", sa.Boolean(), nullable=False, server_default=sa.true()),
        # 0 differs from every edition of the rules: the worker then counts the clocks of older rows anew.
        sa.Column("clocks_edition", sa.Integer(), nullable=False, server_default="0"),
    ]


def petition_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("complexity_points", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("especially_complex", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("second_instance", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("discipline", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("halted_on", sa.Date(), nullable=True),
    ]


def upgrade() -> None:
    for column in office_columns():
        op.add_column("office", column)
    op.execute(
        "ALTER TABLE petition ADD COLUMN forwarder_kind VARCHAR(12) CONSTRAINT ck_petition_forwarder_kind"
        " CHECK (forwarder_kind IN ('superior', 'deputy', 'press', 'other'))"
    )
    for column in petition_columns():
        op.add_column("petition", column)
    for name, columns, condition in PETITION_INDEXES:
        where = sa.text(condition)
        op.create_index(f"ix_petition_{name}", "petition", columns, sqlite_where=where, postgresql_where=where)
    _legal_event()
    _clocks()
    _clock_alert()
    _supervision()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    for each, acts in (("ROW", "UPDATE OR DELETE"), ("STATEMENT", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER {table}_append_only_{each.lower()} BEFORE {acts} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )


def _legal_event() -> None:
    op.create_table(
        "legal_event",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("petition_id", BIG_ID, nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("event", sa.String(length=30), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("variant", sa.String(length=20), nullable=True),
        sa.Column("for_day", sa.Date(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("document_number", sa.String(length=80), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=True),
        sa.Column("signer", sa.String(length=120), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("cancels_id", BIG_ID, nullable=True),
        sa.CheckConstraint("days >= 0", name=op.f("ck_legal_event_days")),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_legal_event_petition_id_petition")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["petition_event.id"], name=op.f("fk_legal_event_event_id_petition_event")
        ),
        sa.ForeignKeyConstraint(["cancels_id"], ["legal_event.id"], name=op.f("fk_legal_event_cancels_id_legal_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_event")),
    )
    op.create_index("ix_legal_event_petition_id_id", "legal_event", ["petition_id", "id"])
    op.create_index("ix_legal_event_event_id", "legal_event", ["event_id"])
    reversals = sa.text("cancels_id IS NOT NULL")
    op.create_index(
        "ix_legal_event_cancels_id",
        "legal_event",
        ["cancels_id"],
        unique=True,
        sqlite_where=reversals,
        postgresql_where=reversals,
    )


def _clocks() -> None:
    op.drop_index("ix_petition_clock_rule_id_due_on", "petition_clock")
    op.add_column("petition_clock", sa.Column("office_id", sa.Integer(), nullable=True))
    op.execute(
        sa.text(
            "UPDATE petition_clock SET office_id ="
            " (SELECT petition.office_id FROM petition WHERE petition.id = petition_clock.petition_id)"
        )
    )
    for column in (
        sa.Column("variant", sa.String(length=20), nullable=False, server_default="standard"),
        sa.Column("started_by", sa.String(length=30), nullable=False, server_default="received"),
        sa.Column("standing_on", sa.Date(), nullable=True),
        sa.Column("suspended_on", sa.Date(), nullable=True),
        sa.Column("next_alert_on", sa.Date(), nullable=True),
    ):
        op.add_column("petition_clock", column)
    op.execute(sa.text("UPDATE petition_clock SET standing_on = due_on"))
    with op.batch_alter_table("petition_clock", schema=None) as batch_op:
        batch_op.alter_column("office_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("due_on", existing_type=sa.Date(), nullable=True)
        batch_op.alter_column("variant", existing_type=sa.String(length=20), server_default=None)
        batch_op.alter_column("started_by", existing_type=sa.String(length=30), server_default=None)
        batch_op.create_foreign_key(op.f("fk_petition_clock_office_id_office"), "office", ["office_id"], ["id"])
    running, watched = sa.text("stopped_on IS NULL"), sa.text("next_alert_on IS NOT NULL")
    op.create_index(
        "ix_petition_clock_running",
        "petition_clock",
        ["office_id", "rule_id", "due_on"],
        sqlite_where=running,
        postgresql_where=running,
    )
    missed = sa.text("stopped_on > due_on")
    op.create_index(
        "ix_petition_clock_missed",
        "petition_clock",
        ["office_id", "stopped_on", "petition_id"],
        sqlite_where=missed,
        postgresql_where=missed,
    )
    reopening = sa.text("from_state = 'resolved' AND to_state <> 'resolved'")
    op.create_index(
        "ix_petition_event_reopening",
        "petition_event",
        ["office_id", "recorded_at"],
        sqlite_where=reopening,
        postgresql_where=reopening,
    )
    op.create_index(
        "ix_petition_clock_next_alert",
        "petition_clock",
        ["next_alert_on", "id"],
        sqlite_where=watched,
        postgresql_where=watched,
    )


def _clock_alert() -> None:
    op.create_table(
        "clock_alert",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("petition_id", BIG_ID, nullable=False),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_user_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("level IN ('soon', 'due', 'late', 'line')", name=op.f("ck_clock_alert_level")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_clock_alert_office_id_office")),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_clock_alert_petition_id_petition")),
        sa.ForeignKeyConstraint(
            ["to_user_id"], ["user_account.id"], name=op.f("fk_clock_alert_to_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_alert")),
    )
    op.create_index(
        "uq_clock_alert_level", "clock_alert", ["petition_id", "rule_id", "started_on", "level", "due_on"], unique=True
    )
    op.create_index("ix_clock_alert_office_id_at", "clock_alert", ["office_id", "at"])
    op.create_index("ix_clock_alert_to_user_id_id", "clock_alert", ["to_user_id", "id"])


def _supervision() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_absence_days")),
        sa.CheckConstraint("substitute_id IS NULL OR substitute_id <> user_id", name=op.f("ck_absence_substitute")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_absence_office_id_office")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_absence_user_id_user_account")),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["user_account.id"], name=op.f("fk_absence_substitute_id_user_account")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["user_account.id"], name=op.f("fk_absence_recorded_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_office_id_last_day", "absence", ["office_id", "last_day"])
    op.create_index("ix_absence_user_id_last_day", "absence", ["user_id", "last_day"])
    op.create_index("ix_absence_substitute_id", "absence", ["substitute_id"])
    op.create_index("ix_absence_recorded_by", "absence", ["recorded_by"])
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("target_on > starts_on", name=op.f("ck_programme_target")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_programme_office_id_office")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_programme_made_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_index("ix_programme_office_id", "programme", ["office_id"])
    op.create_index("ix_programme_made_by", "programme", ["made_by"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("queue", sa.String(length=20), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("shared_with", sa.String(length=8), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("on_home", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "shared_with IN ('nobody', 'unit', 'role', 'office')", name=op.f("ck_saved_view_shared_with")
        ),
        sa.CheckConstraint("(shared_with = 'unit') = (unit_id IS NOT NULL)", name=op.f("ck_saved_view_unit")),
        sa.CheckConstraint("(shared_with = 'role') = (role IS NOT NULL)", name=op.f("ck_saved_view_role")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_saved_view_office_id_office")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_saved_view_owner_id_user_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_saved_view_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_office_id_shared_with", "saved_view", ["office_id", "shared_with"])
    op.create_index("ix_saved_view_owner_id", "saved_view", ["owner_id"])
    op.create_index("ix_saved_view_unit_id", "saved_view", ["unit_id"])


def downgrade() -> None:
    for table in ("saved_view", "programme", "absence", "clock_alert", "legal_event"):
        op.drop_table(table)
    op.drop_index("ix_petition_event_reopening", "petition_event")
    for name in ("running", "next_alert", "missed"):
        op.drop_index(f"ix_petition_clock_{name}", "petition_clock")
    # The former release knows one clock with a due day for each petition: the first one.
    op.execute(
        sa.text(
            "DELETE FROM petition_clock WHERE standing_on IS NULL AND due_on IS NULL OR id NOT IN ("
            "SELECT min(id) FROM petition_clock WHERE standing_on IS NOT NULL OR due_on IS NOT NULL"
            " GROUP BY petition_id)"
        )
    )
    op.execute(sa.text("UPDATE petition_clock SET due_on = standing_on WHERE due_on IS NULL"))
    with op.batch_alter_table("petition_clock", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_petition_clock_office_id_office"), type_="foreignkey")
        for column in ("office_id", "variant", "started_by", "standing_on", "suspended_on", "next_alert_on"):
            batch_op.drop_column(column)
        batch_op.alter_column("due_on", existing_type=sa.Date(), nullable=False)
        batch_op.create_index("ix_petition_clock_rule_id_due_on", ["rule_id", "due_on"])
    for name, _columns, _condition in PETITION_INDEXES:
        op.drop_index(f"ix_petition_{name}", "petition")
    for column in reversed(petition_columns()):
        op.drop_column("petition", column.name)
    op.drop_column("petition", "forwarder_kind")
    for column in reversed(office_columns()):
        op.drop_column("office", column.name)
