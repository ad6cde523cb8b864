"""Every table of the first release, and what keeps events and audit entries as they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("petition_event", "audit_entry")


def refuse_changes(table: str) -> None:
    """Make the database itself refuse UPDATE and DELETE (and TRUNCATE, where there is such a thing) on ``table``."""
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


def upgrade() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "username",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_attempt_address_at"), ["address", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_attempt_username_at"), ["username", "at"], unique=False)

    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "code",
            sa.String(length=8).with_variant(sa.String(length=8, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ward_code", sa.String(length=8), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("require_confirmation", sa.Boolean(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("code", name=op.f("uq_office_code")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consumer", sa.String(length=20), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column(
            "subject_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lane IN (0, 1)", name=op.f("ck_outbox_lane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_consumer_lane_id"),
            ["consumer", "lane", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_consumer_subject_id"),
            ["consumer", "subject_id"],
            unique=False,
        )

    op.create_table(
        "worker_heartbeat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_heartbeat")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_audit_entry_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("office_id", "seq", name=op.f("uq_audit_entry_office_id_seq")),
    )
    op.create_table(
        "audit_head",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_audit_head_office_id_office")),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('holiday', 'lieu', 'swap-off', 'worked')",
            name=op.f("ck_calendar_day_kind"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_calendar_day_office_id_office")),
        sa.PrimaryKeyConstraint("office_id", "day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "matter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_matter_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_office_id"), ["office_id"], unique=False)

    op.create_table(
        "matter_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column(
            "code",
            sa.String(length=30).with_variant(sa.String(length=30, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("name_vi", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_matter_field_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_field")),
        sa.UniqueConstraint("office_id", "code", name=op.f("uq_matter_field_office_id_code")),
    )
    op.create_table(
        "number_counter",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["office.id"],
            name=op.f("fk_number_counter_office_id_office"),
        ),
        sa.PrimaryKeyConstraint("office_id", "year", name=op.f("pk_number_counter")),
    )
    op.create_table(
        "tally",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column(
            "name",
            sa.String(length=16).with_variant(sa.String(length=16, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "bucket",
            sa.String(length=12).with_variant(sa.String(length=12, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_tally_not_negative")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_tally_office_id_office")),
        sa.PrimaryKeyConstraint("office_id", "name", "bucket", "scope", name=op.f("pk_tally")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_unit_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("office_id", "name", name=op.f("uq_unit_office_id_name")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column(
            "username",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column(
            "sort_key",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("password_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('reception', 'officer', 'supervisor', 'administrator')",
            name=op.f("ck_user_account_role"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_user_account_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_account_office_id"), ["office_id"], unique=False)

    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column(
            "file_hash",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("stored_name", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')",
            name=op.f("ck_import_run_state"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_import_run_office_id_office")),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["user_account.id"],
            name=op.f("fk_import_run_requested_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_file_hash"), ["file_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_run_office_id_id"), ["office_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_run_requested_by"), ["requested_by"], unique=False)

    op.create_table(
        "intake_draft",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_intake_draft_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_intake_draft")),
    )
    op.create_table(
        "login_session",
        sa.Column(
            "token_hash",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_login_session_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_session")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_last_seen_at"), ["last_seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["user_account.id"],
            name=op.f("fk_person_confirmed_by_user_account"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_person_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_confirmed_by"), ["confirmed_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_office_id"), ["office_id"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column(
            "stored_name",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("original_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "sha256",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("stored_by", sa.Integer(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_stored_file_size")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_stored_file_office_id_office")),
        sa.ForeignKeyConstraint(
            ["stored_by"],
            ["user_account.id"],
            name=op.f("fk_stored_file_stored_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_stored_file_stored_name")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_stored_by"), ["stored_by"], unique=False)

    op.create_table(
        "unit_member",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_member_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_unit_member_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("user_id", "unit_id", name=op.f("pk_unit_member")),
    )
    with op.batch_alter_table("unit_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_member_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("id_number", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("people_count", sa.Integer(), nullable=False),
        sa.Column("handled_before_by", sa.String(length=300), nullable=False),
        sa.Column("in_jurisdiction", sa.Boolean(), nullable=False),
        sa.Column("guided_to", sa.String(length=300), nullable=False),
        sa.Column("transferred_to", sa.String(length=300), nullable=False),
        sa.Column("follow_up", sa.String(length=500), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column(
            "intake_token",
            sa.String(length=36).with_variant(sa.String(length=36, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('complaint', 'denunciation', 'recommendation', 'mixed', 'unclassified')",
            name=op.f("ck_visit_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('denunciation', 'mixed') OR (name = '' AND address = '' AND id_number = '')",
            name=op.f("ck_visit_denouncer_unnamed"),
        ),
        sa.CheckConstraint("people_count >= 1", name=op.f("ck_visit_people_count")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_visit_office_id_office")),
        sa.ForeignKeyConstraint(
            ["registered_by"],
            ["user_account.id"],
            name=op.f("fk_visit_registered_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("intake_token", name=op.f("uq_visit_intake_token")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_visit_office_id_visited_on"),
            ["office_id", "visited_on"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_visit_registered_by"), ["registered_by"], unique=False)

    op.create_table(
        "petition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column(
            "number",
            sa.String(length=24).with_variant(sa.String(length=24, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("reg_year", sa.Integer(), nullable=False),
        sa.Column("reg_seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "matter_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("matter_role", sa.String(length=12), nullable=False),
        sa.Column(
            "leading_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("external_ref", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.Column(
            "intake_token",
            sa.String(length=36).with_variant(sa.String(length=36, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Integer(), nullable=True),
        sa.Column("forwarder", sa.String(length=200), nullable=False),
        sa.Column("forwarder_ref", sa.String(length=120), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("kind_parts", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("against", sa.String(length=500), nullable=False),
        sa.Column("also_sent_to", sa.String(length=500), nullable=False),
        sa.Column("people_count", sa.Integer(), nullable=False),
        sa.Column("ward_code", sa.String(length=8), nullable=True),
        sa.Column("petitioner_name", sa.String(length=200), nullable=True),
        sa.Column(
            "petitioner_sort",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("paper_code", sa.String(length=60), nullable=False),
        sa.Column("paper_location", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("complex", sa.Boolean(), nullable=False),
        sa.Column("prominent", sa.Boolean(), nullable=False),
        sa.Column("escalation_trigger", sa.String(length=24), nullable=True),
        sa.Column("escalated_to_id", sa.Integer(), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("priority_tier", sa.Integer(), nullable=False),
        sa.Column(
            "priority_key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("last_act_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_disposition", sa.String(length=20), nullable=True),
        sa.Column("disposition", sa.String(length=20), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("decision_number", sa.String(length=80), nullable=False),
        sa.Column("decision_on", sa.Date(), nullable=True),
        sa.Column("decision_signer", sa.String(length=120), nullable=False),
        sa.Column("resolution_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'resolved') = (disposition IS NOT NULL)",
            name=op.f("ck_petition_resolved_with_disposition"),
        ),
        sa.CheckConstraint(
            "channel IN ('desk', 'post', 'online', 'phone', 'forwarded', 'head-reception', 'other')",
            name=op.f("ck_petition_channel"),
        ),
        sa.CheckConstraint(
            "disposition IN ('decided', 'concluded', 'answered', 'guided', 'forwarded', 'not-accepted', 'filed', 'withdrawn', 'joined', 'entered-in-error', 'unknown-imported')",
            name=op.f("ck_petition_disposition"),
        ),
        sa.CheckConstraint(
            "escalation_trigger IN ('overdue', 'complex', 'prominent', 'conflict-of-interest', 'crime-signs', 'superior-request', 'crowd', 'other')",
            name=op.f("ck_petition_escalation_trigger"),
        ),
        sa.CheckConstraint(
            "kind IN ('complaint', 'denunciation', 'recommendation', 'mixed', 'unclassified')",
            name=op.f("ck_petition_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('denunciation') OR sealed",
            name=op.f("ck_petition_denunciation_sealed"),
        ),
        sa.CheckConstraint(
            "matter_role IN ('first', 'repeated', 'forwarded')",
            name=op.f("ck_petition_matter_role"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'assigned', 'escalated', 'resolved')",
            name=op.f("ck_petition_state"),
        ),
        sa.CheckConstraint(
            "NOT sealed OR petitioner_name IS NULL",
            name=op.f("ck_petition_sealed_names_nobody"),
        ),
        sa.CheckConstraint("people_count >= 1", name=op.f("ck_petition_people_count")),
        sa.ForeignKeyConstraint(
            ["escalated_to_id"],
            ["user_account.id"],
            name=op.f("fk_petition_escalated_to_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["matter_field.id"],
            name=op.f("fk_petition_field_id_matter_field"),
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_petition_import_run_id_import_run"),
        ),
        sa.ForeignKeyConstraint(
            ["leading_id"],
            ["petition.id"],
            name=op.f("fk_petition_leading_id_petition"),
        ),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_petition_matter_id_matter")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_petition_office_id_office")),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["user_account.id"],
            name=op.f("fk_petition_officer_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["registered_by"],
            ["user_account.id"],
            name=op.f("fk_petition_registered_by_user_account"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_petition_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition")),
        sa.UniqueConstraint("intake_token", name=op.f("uq_petition_intake_token")),
        sa.UniqueConstraint("number", name=op.f("uq_petition_number")),
        sa.UniqueConstraint(
            "office_id",
            "reg_year",
            "reg_seq",
            name=op.f("uq_petition_office_id_reg_year_reg_seq"),
        ),
    )
    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.create_index(
            "ix_petition_awaiting_confirmation",
            ["office_id", "id"],
            unique=False,
            sqlite_where=sa.text("proposed_disposition IS NOT NULL"),
            postgresql_where=sa.text("proposed_disposition IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_escalated_to_id"),
            ["escalated_to_id"],
            unique=False,
            sqlite_where=sa.text("escalated_to_id IS NOT NULL"),
            postgresql_where=sa.text("escalated_to_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_external_ref"),
            ["external_ref"],
            unique=False,
            sqlite_where=sa.text("external_ref IS NOT NULL"),
            postgresql_where=sa.text("external_ref IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_petition_field_id"), ["field_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_petition_import_run_id"),
            ["import_run_id"],
            unique=False,
            sqlite_where=sa.text("import_run_id IS NOT NULL"),
            postgresql_where=sa.text("import_run_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_leading_id"),
            ["leading_id"],
            unique=False,
            sqlite_where=sa.text("leading_id IS NOT NULL"),
            postgresql_where=sa.text("leading_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_petition_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_petition_office_id_due_on_id"),
            ["office_id", "due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_office_id_petitioner_sort_id"),
            ["office_id", "petitioner_sort", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_office_id_priority_key_id"),
            ["office_id", "priority_key", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_office_id_received_on_id"),
            ["office_id", "received_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_petition_office_id_registered_at"),
            ["office_id", "registered_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_petition_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_petition_officer_id_priority_key_id"),
            ["officer_id", "priority_key", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            "ix_petition_open_by_day",
            ["office_id", "received_on", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            "ix_petition_priority_queue",
            ["office_id", "priority_key", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved' AND priority_tier > 0"),
            postgresql_where=sa.text("state <> 'resolved' AND priority_tier > 0"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_registered_by_id"),
            ["registered_by", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_petition_source_external_ref"),
            ["source", "external_ref"],
            unique=False,
            sqlite_where=sa.text("external_ref IS NOT NULL"),
            postgresql_where=sa.text("external_ref IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_petition_unassigned",
            ["office_id", "priority_key", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved' AND officer_id IS NULL"),
            postgresql_where=sa.text("state <> 'resolved' AND officer_id IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_petition_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_petition_unit_id_priority_key_id"),
            ["unit_id", "priority_key", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )

    op.create_table(
        "paper_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "petition_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.Integer(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_by", sa.Integer(), nullable=True),
        sa.Column("returned_to", sa.String(length=200), nullable=False),
        sa.CheckConstraint("pages >= 1", name=op.f("ck_paper_item_pages")),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_paper_item_petition_id_petition"),
        ),
        sa.ForeignKeyConstraint(
            ["received_by"],
            ["user_account.id"],
            name=op.f("fk_paper_item_received_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["returned_by"],
            ["user_account.id"],
            name=op.f("fk_paper_item_returned_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_item")),
    )
    with op.batch_alter_table("paper_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_item_petition_id"), ["petition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_item_received_by"), ["received_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_item_returned_by"), ["returned_by"], unique=False)

    op.create_table(
        "petition_attachment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "petition_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "stored_file_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["user_account.id"],
            name=op.f("fk_petition_attachment_added_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_attachment_petition_id_petition"),
        ),
        sa.ForeignKeyConstraint(
            ["stored_file_id"],
            ["stored_file.id"],
            name=op.f("fk_petition_attachment_stored_file_id_stored_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_attachment")),
    )
    with op.batch_alter_table("petition_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_petition_attachment_added_by"), ["added_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_petition_attachment_petition_id"),
            ["petition_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_petition_attachment_stored_file_id"),
            ["stored_file_id"],
            unique=False,
        )

    op.create_table(
        "petition_clock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "petition_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("rule_version", sa.String(length=20), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_clock_petition_id_petition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_clock")),
    )
    with op.batch_alter_table("petition_clock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_petition_clock_petition_id"), ["petition_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_petition_clock_rule_id_due_on"),
            ["rule_id", "due_on"],
            unique=False,
        )

    op.create_table(
        "petition_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "petition_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("from_state", sa.String(length=10), nullable=True),
        sa.Column("to_state", sa.String(length=10), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column(
            "cancels_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["user_account.id"],
            name=op.f("fk_petition_event_actor_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["cancels_id"],
            ["petition_event.id"],
            name=op.f("fk_petition_event_cancels_id_petition_event"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["office.id"],
            name=op.f("fk_petition_event_office_id_office"),
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_event_petition_id_petition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_event")),
    )
    with op.batch_alter_table("petition_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_petition_event_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index("ix_petition_event_cancels_id", ["cancels_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_petition_event_office_id_recorded_at"),
            ["office_id", "recorded_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_petition_event_petition_id_id"),
            ["petition_id", "id"],
            unique=False,
        )

    op.create_table(
        "petition_flag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "petition_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("flag", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("flag IN ('complex', 'prominent')", name=op.f("ck_petition_flag_flag")),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_flag_petition_id_petition"),
        ),
        sa.ForeignKeyConstraint(
            ["set_by"],
            ["user_account.id"],
            name=op.f("fk_petition_flag_set_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_flag")),
    )
    with op.batch_alter_table("petition_flag", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_petition_flag_petition_id_flag"),
            ["petition_id", "flag"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_petition_flag_set_by"), ["set_by"], unique=False)

    op.create_table(
        "petition_party",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "petition_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_fold",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "sort_key",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("id_number", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("old_address", sa.String(length=300), nullable=False),
        sa.Column("ward_code", sa.String(length=8), nullable=True),
        sa.Column(
            "id_hash",
            sa.String(length=32).with_variant(sa.String(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "phone_hash",
            sa.String(length=32).with_variant(sa.String(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.CheckConstraint(
            "role IN ('petitioner', 'representative')",
            name=op.f("ck_petition_party_role"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["office.id"],
            name=op.f("fk_petition_party_office_id_office"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_petition_party_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_party_petition_id_petition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_party")),
    )
    with op.batch_alter_table("petition_party", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_petition_party_office_id_id_hash"),
            ["office_id", "id_hash"],
            unique=False,
            sqlite_where=sa.text("id_hash IS NOT NULL"),
            postgresql_where=sa.text("id_hash IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_party_office_id_name_fold"),
            ["office_id", "name_fold"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_petition_party_office_id_phone_hash"),
            ["office_id", "phone_hash"],
            unique=False,
            sqlite_where=sa.text("phone_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_hash IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_party_person_id"),
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_petition_party_petition_id_role_position"),
            ["petition_id", "role", "position"],
            unique=False,
        )

    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "petition_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("remind_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_reminder_petition_id_petition"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_reminder_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_petition_id"), ["petition_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_reminder_user_id_remind_on"),
            ["user_id", "remind_on"],
            unique=False,
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_user_id_remind_on"))
        batch_op.drop_index(batch_op.f("ix_reminder_petition_id"))

    op.drop_table("reminder")
    with op.batch_alter_table("petition_party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_petition_party_petition_id_role_position"))
        batch_op.drop_index(
            batch_op.f("ix_petition_party_person_id"),
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_petition_party_office_id_phone_hash"),
            sqlite_where=sa.text("phone_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_hash IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_petition_party_office_id_name_fold"))
        batch_op.drop_index(
            batch_op.f("ix_petition_party_office_id_id_hash"),
            sqlite_where=sa.text("id_hash IS NOT NULL"),
            postgresql_where=sa.text("id_hash IS NOT NULL"),
        )

    op.drop_table("petition_party")
    with op.batch_alter_table("petition_flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_petition_flag_set_by"))
        batch_op.drop_index(batch_op.f("ix_petition_flag_petition_id_flag"))

    op.drop_table("petition_flag")
    with op.batch_alter_table("petition_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_petition_event_petition_id_id"))
        batch_op.drop_index(batch_op.f("ix_petition_event_office_id_recorded_at"))
        batch_op.drop_index("ix_petition_event_cancels_id")
        batch_op.drop_index(batch_op.f("ix_petition_event_actor_id"))

    op.drop_table("petition_event")
    with op.batch_alter_table("petition_clock", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_petition_clock_rule_id_due_on"))
        batch_op.drop_index(batch_op.f("ix_petition_clock_petition_id"))

    op.drop_table("petition_clock")
    with op.batch_alter_table("petition_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_petition_attachment_stored_file_id"))
        batch_op.drop_index(batch_op.f("ix_petition_attachment_petition_id"))
        batch_op.drop_index(batch_op.f("ix_petition_attachment_added_by"))

    op.drop_table("petition_attachment")
    with op.batch_alter_table("paper_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_item_returned_by"))
        batch_op.drop_index(batch_op.f("ix_paper_item_received_by"))
        batch_op.drop_index(batch_op.f("ix_paper_item_petition_id"))

    op.drop_table("paper_item")
    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_petition_unit_id_priority_key_id"),
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(batch_op.f("ix_petition_unit_id"))
        batch_op.drop_index(
            "ix_petition_unassigned",
            sqlite_where=sa.text("state <> 'resolved' AND officer_id IS NULL"),
            postgresql_where=sa.text("state <> 'resolved' AND officer_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_petition_source_external_ref"),
            sqlite_where=sa.text("external_ref IS NOT NULL"),
            postgresql_where=sa.text("external_ref IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_petition_registered_by_id"))
        batch_op.drop_index(
            "ix_petition_priority_queue",
            sqlite_where=sa.text("state <> 'resolved' AND priority_tier > 0"),
            postgresql_where=sa.text("state <> 'resolved' AND priority_tier > 0"),
        )
        batch_op.drop_index(
            "ix_petition_open_by_day",
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            batch_op.f("ix_petition_officer_id_priority_key_id"),
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(batch_op.f("ix_petition_officer_id"))
        batch_op.drop_index(batch_op.f("ix_petition_office_id_registered_at"))
        batch_op.drop_index(batch_op.f("ix_petition_office_id_received_on_id"))
        batch_op.drop_index(
            batch_op.f("ix_petition_office_id_priority_key_id"),
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            batch_op.f("ix_petition_office_id_petitioner_sort_id"),
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            batch_op.f("ix_petition_office_id_due_on_id"),
            sqlite_where=sa.text("state <> 'resolved'"),
            postgresql_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(batch_op.f("ix_petition_matter_id"))
        batch_op.drop_index(
            batch_op.f("ix_petition_leading_id"),
            sqlite_where=sa.text("leading_id IS NOT NULL"),
            postgresql_where=sa.text("leading_id IS NOT NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_petition_import_run_id"),
            sqlite_where=sa.text("import_run_id IS NOT NULL"),
            postgresql_where=sa.text("import_run_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_petition_field_id"))
        batch_op.drop_index(
            batch_op.f("ix_petition_external_ref"),
            sqlite_where=sa.text("external_ref IS NOT NULL"),
            postgresql_where=sa.text("external_ref IS NOT NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_petition_escalated_to_id"),
            sqlite_where=sa.text("escalated_to_id IS NOT NULL"),
            postgresql_where=sa.text("escalated_to_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_petition_awaiting_confirmation",
            sqlite_where=sa.text("proposed_disposition IS NOT NULL"),
            postgresql_where=sa.text("proposed_disposition IS NOT NULL"),
        )

    op.drop_table("petition")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_registered_by"))
        batch_op.drop_index(batch_op.f("ix_visit_office_id_visited_on"))

    op.drop_table("visit")
    with op.batch_alter_table("unit_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_member_unit_id"))

    op.drop_table("unit_member")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_stored_by"))
        batch_op.drop_index(batch_op.f("ix_stored_file_sha256"))
        batch_op.drop_index(batch_op.f("ix_stored_file_office_id"))

    op.drop_table("stored_file")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_office_id"))
        batch_op.drop_index(batch_op.f("ix_person_confirmed_by"))

    op.drop_table("person")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_user_id"))
        batch_op.drop_index(batch_op.f("ix_login_session_last_seen_at"))

    op.drop_table("login_session")
    op.drop_table("intake_draft")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_run_requested_by"))
        batch_op.drop_index(batch_op.f("ix_import_run_office_id_id"))
        batch_op.drop_index(batch_op.f("ix_import_run_file_hash"))

    op.drop_table("import_run")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_account_office_id"))

    op.drop_table("user_account")
    op.drop_table("unit")
    op.drop_table("tally")
    op.drop_table("number_counter")
    op.drop_table("matter_field")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_office_id"))

    op.drop_table("matter")
    op.drop_table("calendar_day")
    op.drop_table("audit_head")
    op.drop_table("audit_entry")
    op.drop_table("worker_heartbeat")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_consumer_subject_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_consumer_lane_id"))

    op.drop_table("outbox")
    op.drop_table("office")
    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_attempt_username_at"))
        batch_op.drop_index(batch_op.f("ix_login_attempt_address_at"))

    op.drop_table("login_attempt")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
