"""The petition and what hangs on it: matter, field, parties, flags, clocks, attachments."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, ascii_key, long_text
from core.outbox import BigId
from petitions.vocabulary import (
    Channel,
    Disposition,
    Flag,
    ForwarderKind,
    Kind,
    MatterRole,
    PartyRole,
    Trigger,
    in_list,
)
from petitions.workflow import State


def _partial(*columns: str, where: str) -> Index:
    condition = text(where)
    return Index(None, *columns, sqlite_where=condition, postgresql_where=condition)


def _named_partial(name: str, *columns: str, where: str) -> Index:
    condition = text(where)
    return Index(f"ix_petition_{name}", *columns, sqlite_where=condition, postgresql_where=condition)


class MatterField(Base):
    """A field of matter (lĩnh vực), from a list that the office edits."""

    __tablename__ = "matter_field"
    __table_args__ = (UniqueConstraint("office_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    code: Mapped[str] = mapped_column(ascii_key(30))
    name_vi: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Matter(Base):
    """A matter (vụ việc): what one or many petitions are about. It only groups; it has no state of its own."""

    __tablename__ = "matter"
    __table_args__ = (Index(None, "office_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))


class Person(Base):
    """A person to whom petitioners' snapshots are joined once somebody has confirmed that they are the same."""

    __tablename__ = "person"
    __table_args__ = (Index(None, "office_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Petition(Base):
    """A petition (đơn): one letter, call or visit. State, assignment, clock and number belong to it.

    ``due_on``, ``priority_tier`` and ``priority_key`` are derived; one service writes them and ``flask queue check``
    proves them. ``sealed`` marks a petition that is or contains a denunciation: it names no petitioner, and its
    ``body`` is a summary that identifies nobody.
    """

    __tablename__ = "petition"
    # Each index has its line in ``figures``.
    __table_args__ = (
        CheckConstraint(f"kind IN ({in_list(Kind)})", name="kind"),
        CheckConstraint(f"channel IN ({in_list(Channel)})", name="channel"),
        CheckConstraint(f"state IN ({in_list(State)})", name="state"),
        CheckConstraint(f"matter_role IN ({in_list(MatterRole)})", name="matter_role"),
        CheckConstraint(f"disposition IN ({in_list(Disposition)})", name="disposition"),
        CheckConstraint(f"escalation_trigger IN ({in_list(Trigger)})", name="escalation_trigger"),
        CheckConstraint("(state = 'resolved') = (disposition IS NOT NULL)", name="resolved_with_disposition"),
        CheckConstraint("people_count >= 1", name="people_count"),
        CheckConstraint("kind NOT IN ('denunciation') OR sealed", name="denunciation_sealed"),
        CheckConstraint("NOT sealed OR petitioner_name IS NULL", name="sealed_names_nobody"),
        UniqueConstraint("office_id", "reg_year", "reg_seq"),
        _partial("office_id", "due_on", "id", where="state <> 'resolved'"),
        _partial("office_id", "priority_key", "id", where="state <> 'resolved'"),
        Index(
            "ix_petition_open_by_day",
            "office_id",
            "received_on",
            "id",
            sqlite_where=text("state <> 'resolved'"),
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index(
            "ix_petition_open_by_number",
            "office_id",
            "id",
            sqlite_where=text("state <> 'resolved'"),
            postgresql_where=text("state <> 'resolved'"),
        ),
        _partial("office_id", "petitioner_sort", "id", where="state <> 'resolved'"),
        _partial("officer_id", "priority_key", "id", where="state <> 'resolved'"),
        _partial("unit_id", "priority_key", "id", where="state <> 'resolved'"),
        Index(
            "ix_petition_priority_queue",
            "office_id",
            "priority_key",
            "id",
            sqlite_where=text("state <> 'resolved' AND priority_tier > 0"),
            postgresql_where=text("state <> 'resolved' AND priority_tier > 0"),
        ),
        Index(
            "ix_petition_unassigned",
            "office_id",
            "priority_key",
            "id",
            sqlite_where=text("state <> 'resolved' AND officer_id IS NULL"),
            postgresql_where=text("state <> 'resolved' AND officer_id IS NULL"),
        ),
        Index(
            "ix_petition_awaiting_confirmation",
            "office_id",
            "id",
            sqlite_where=text("proposed_disposition IS NOT NULL"),
            postgresql_where=text("proposed_disposition IS NOT NULL"),
        ),
        # What the morning page asks for
        _named_partial("awaiting_act", "office_id", "last_act_at", "id", where="state <> 'resolved'"),
        _named_partial("halted", "office_id", "halted_on", "id", where="halted_on IS NOT NULL"),
        _named_partial(
            "without_finding",
            "office_id",
            "priority_key",
            "id",
            where="state <> 'resolved' AND complex AND complexity_points = 0",
        ),
        _named_partial("resolved_by_day", "office_id", "resolved_on", "id", where="state = 'resolved'"),
        # Everything that the workload and the numbers of one unit ask for, so that no petition is opened for them. That
        # the office is above 0 goes without saying: only these questions say it, so that no list takes the index.
        _named_partial(
            "work",
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
            where="state <> 'resolved' AND office_id > 0",
        ),
        Index(None, "office_id", "received_on", "id"),
        # The whole backlog in its other orders.
        Index("ix_petition_all_by_number", "office_id", "id"),
        Index("ix_petition_all_by_due", "office_id", "due_on", "id"),
        Index("ix_petition_all_by_name", "office_id", "petitioner_sort", "id"),
        Index(None, "office_id", "registered_at"),
        Index(None, "registered_by", "id"),
        Index(None, "matter_id"),
        Index(None, "field_id"),
        Index(None, "officer_id"),
        Index(None, "unit_id"),
        _partial("leading_id", where="leading_id IS NOT NULL"),
        _partial("escalated_to_id", where="escalated_to_id IS NOT NULL"),
        _partial("import_run_id", where="import_run_id IS NOT NULL"),
        _partial("source", "external_ref", where="external_ref IS NOT NULL"),
        _partial("external_ref", where="external_ref IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    number: Mapped[str] = mapped_column(ascii_key(24), unique=True)
    reg_year: Mapped[int]
    reg_seq: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    # Where it came from
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    matter_role: Mapped[str] = mapped_column(String(12), default=MatterRole.FIRST)
    leading_id: Mapped[int | None] = mapped_column(ForeignKey("petition.id"))
    external_ref: Mapped[str | None] = mapped_column(String(120))
    source: Mapped[str | None] = mapped_column(String(60))
    import_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    intake_token: Mapped[str | None] = mapped_column(ascii_key(36), unique=True)
    received_on: Mapped[date]
    channel: Mapped[str] = mapped_column(String(20))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    forwarder: Mapped[str] = mapped_column(String(200), default="")
    forwarder_ref: Mapped[str] = mapped_column(String(120), default="")
    answer_by: Mapped[date | None]

    # What it says
    kind: Mapped[str] = mapped_column(String(16))
    kind_parts: Mapped[str] = mapped_column(String(60), default="")
    sealed: Mapped[bool] = mapped_column(default=False)
    field_id: Mapped[int | None] = mapped_column(ForeignKey("matter_field.id"))
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(long_text(), default="")
    against: Mapped[str] = mapped_column(String(500), default="")
    also_sent_to: Mapped[str] = mapped_column(String(500), default="")
    people_count: Mapped[int] = mapped_column(default=1)
    ward_code: Mapped[str | None] = mapped_column(String(8))
    petitioner_name: Mapped[str | None] = mapped_column(String(200))
    petitioner_sort: Mapped[str] = mapped_column(ascii_key(120), default="")
    paper_code: Mapped[str] = mapped_column(String(60), default="")
    paper_location: Mapped[str] = mapped_column(String(200), default="")

    # Where it stands
    state: Mapped[str] = mapped_column(String(10))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    complex: Mapped[bool] = mapped_column(default=False)
    prominent: Mapped[bool] = mapped_column(default=False)
    escalation_trigger: Mapped[str | None] = mapped_column(String(24))
    escalated_to_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reply_by: Mapped[date | None]
    due_on: Mapped[date]
    priority_tier: Mapped[int] = mapped_column(default=0)
    priority_key: Mapped[int] = mapped_column(BigId)
    last_act_at: Mapped[datetime] = mapped_column(UtcDateTime)

    # How it ended; a proposal waits for a supervisor where the office asks for confirmation
    proposed_disposition: Mapped[str | None] = mapped_column(String(20))
    disposition: Mapped[str | None] = mapped_column(String(20))
    resolved_on: Mapped[date | None]
    decision_number: Mapped[str] = mapped_column(String(80), default="")
    decision_on: Mapped[date | None]
    decision_signer: Mapped[str] = mapped_column(String(120), default="")
    resolution_note: Mapped[str] = mapped_column(long_text(), default="")

    # Added by revision 0004; columns stand in the order in which they came into the database.
    forwarder_kind: Mapped[str | None] = mapped_column(
        String(12), CheckConstraint(f"forwarder_kind IN ({in_list(ForwarderKind)})", name="forwarder_kind")
    )
    # Bits of the seven-point list, from the written finding in force; 0 where there is none.
    complexity_points: Mapped[int] = mapped_column(default=0, server_default="0")
    especially_complex: Mapped[bool] = mapped_column(default=False, server_default=false())
    second_instance: Mapped[bool] = mapped_column(default=False, server_default=false())
    discipline: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Since when no limit runs although the petition is open: all are suspended, or what the law asks for is done.
    halted_on: Mapped[date | None]


class Party(Base):
    """Somebody in a petition, as they were when it came: a snapshot. No row may exist for a denouncer."""

    __tablename__ = "petition_party"
    __table_args__ = (
        CheckConstraint(f"role IN ({in_list(PartyRole)})", name="role"),
        Index(None, "petition_id", "role", "position"),
        Index(None, "office_id", "name_fold"),
        _partial("office_id", "id_hash", where="id_hash IS NOT NULL"),
        _partial("office_id", "phone_hash", where="phone_hash IS NOT NULL"),
        _partial("person_id", where="person_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    name_fold: Mapped[str] = mapped_column(ascii_key(200))
    sort_key: Mapped[str] = mapped_column(ascii_key(120))
    id_number: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    old_address: Mapped[str] = mapped_column(String(300), default="")
    ward_code: Mapped[str | None] = mapped_column(String(8))
    id_hash: Mapped[str | None] = mapped_column(ascii_key(32))
    phone_hash: Mapped[str | None] = mapped_column(ascii_key(32))


class PetitionFlag(Base):
    """A mark with its reason, author and time; taken off, it stays as history."""

    __tablename__ = "petition_flag"
    __table_args__ = (
        CheckConstraint(f"flag IN ({in_list(Flag)})", name="flag"),
        Index(None, "petition_id", "flag"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    flag: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(1000))
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PetitionAttachment(Base):
    """A stored file that belongs to a petition."""

    __tablename__ = "petition_attachment"
    __table_args__ = (Index(None, "petition_id"), Index(None, "stored_file_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    stored_file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
