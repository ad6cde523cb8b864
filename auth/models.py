"""Tables of people and places: office, unit, user, membership, log-in session, log-in attempt."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from auth.permissions import Role
from core.database import Base, UtcDateTime, ascii_key
from core.outbox import BigId


class Office(Base):
    """An office that receives petitions: one ward's People's Committee. A city of many wards has many."""

    __tablename__ = "office"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(ascii_key(8), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    ward_code: Mapped[str | None] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(300), default="")
    require_confirmation: Mapped[bool] = mapped_column(default=False)
    # Grows whenever the working-day calendar changes, so that every process knows that its copy is old.
    calendar_version: Mapped[int] = mapped_column(default=1)
    # The same for the weights of the queue's order; the stored order rests on the version ``keyed_version``.
    weights_version: Mapped[int] = mapped_column(default=1)
    keyed_version: Mapped[int] = mapped_column(default=1)
    # The office lies where the law grants the longer limits of remote areas.
    remote: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The office's own limit, in working days, for the substance of a recommendation; no text sets one.
    recommendation_days: Mapped[int | None]
    # Whether the sweep puts a late case before a supervisor.
    escalate_late: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Which edition of the rules the stored clocks rest on.
    clocks_edition: Mapped[int] = mapped_column(default=0, server_default="0")


class Unit(Base):
    """A unit (bộ phận) of an office."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("office_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    name: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(default=True)


class User(Base):
    """Somebody who logs in."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ({})".format(", ".join(f"'{role.value}'" for role in Role)), name="role"),
        Index(None, "office_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    username: Mapped[str] = mapped_column(ascii_key(60), unique=True)
    full_name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(ascii_key(120))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    # Set for a one-time password only, which must not stay good for ever on a slip of paper.
    password_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(2), default="vi")
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The secret of the second factor, sealed by ``core.keyring`` for the context ``user:<id>:totp``.
    totp_secret: Mapped[bytes | None]
    # Set once a code of the secret was shown: until then the log-in page shows the secret again.
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The step (of 30 seconds) of the last code that was taken, so that no code is taken twice.
    totp_step: Mapped[int | None] = mapped_column(BigInteger)


class UnitMember(Base):
    """Membership of a user in a unit; the head of the unit is marked here."""

    __tablename__ = "unit_member"
    __table_args__ = (Index(None, "unit_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    is_head: Mapped[bool] = mapped_column(default=False)


class LoginSession(Base):
    """A log-in on the server's side, so that it can be ended there. Only a hash of the cookie's token is kept."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "user_id"), Index(None, "last_seen_at"))

    token_hash: Mapped[str] = mapped_column(ascii_key(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The password was right, the second factor is still to come: such a log-in opens nothing else.
    pending: Mapped[bool] = mapped_column(default=False, server_default=false())


class LoginAttempt(Base):
    """A failed log-in, kept for as long as it counts against the account and the address."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "username", "at"), Index(None, "address", "at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(ascii_key(60))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
