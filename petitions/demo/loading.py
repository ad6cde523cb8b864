"""Filling an empty database with an office, its people and petitions in every state.

Everything goes through the services, with the clock set to the historic moment, so that events, clocks, counters and
the audit chain are what they would be in a real office.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth.actor import Actor, Membership, system_actor
from auth.models import Office, User
from auth.permissions import TWO_FACTOR_ROLES, Role
from auth.queries import actor_by_username, forget_lookups, installed_office
from auth.second_factor import new_secret
from auth.services.accounts import create_user
from auth.services.offices import open_office
from auth.services.second_factor import confirm_for_demo, secret_of
from auth.services.units import create_unit
from core import clock, outbox
from core.clock import FixedClock
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _l
from core.settings import OFFICE_ZONE, Settings
from petitions.demo.agenda import Agenda, Verb
from petitions.demo.legal import SIGNER, TRIED, LegalLife
from petitions.demo.texts import OPENINGS, STREETS, SUBJECTS, invented_name, invented_text
from petitions.models import Petition
from petitions.queries.fields import fields_of
from petitions.sealing import is_sealed
from petitions.services import assignment, closing, desk, records
from petitions.services.closing import Resolution
from petitions.services.intake import Received, receive
from petitions.services.intake_input import Intake, PartyInput
from petitions.services.sweep import sweep
from petitions.vocabulary import Channel, Disposition, Flag, ForwarderKind, Kind, Trigger
from petitions.workflow import State

OFFICE_CODE = "CG"
OFFICE_NAME = "UBND phường Cầu Giấy (dữ liệu mẫu)"
UNIT_NAMES = ("Địa chính - Xây dựng - Đô thị", "Văn hóa - Xã hội")
DAYS_BACK = 400
BATCH = 100


class DemoUser(NamedTuple):
    """A user of the demo; ``unit`` is the place in ``UNIT_NAMES`` or -1."""

    username: str
    full_name: str
    role: Role
    unit: int = -1
    head: bool = False


USERS = (
    DemoUser("reception1", "Ngô Thị Tiếp Dân", Role.RECEPTION),
    DemoUser("officer1", "Đỗ Văn Cán Bộ Một", Role.OFFICER, 0, head=True),
    DemoUser("officer2", "Bùi Thị Cán Bộ Hai", Role.OFFICER, 0),
    DemoUser("officer3", "Hà Văn Cán Bộ Ba", Role.OFFICER, 1, head=True),
    DemoUser("officer4", "Lý Thị Cán Bộ Bốn", Role.OFFICER, 1),
    DemoUser("supervisor1", "Phan Văn Lãnh Đạo", Role.SUPERVISOR),
    DemoUser("admin1", "Trịnh Thị Quản Trị", Role.ADMINISTRATOR),
    DemoUser("custodian1", "Tạ Thị Giữ Kín", Role.CUSTODIAN),
)
DEMO_USERNAMES = tuple(user.username for user in USERS)

Progress = Callable[[int, int], None]


def load_demo(*, petitions: int, seed: int, password: str, progress: Progress | None = None) -> int:
    """Set up the demo office with its users and ``petitions`` petitions; return how many were made.

    The same seed makes the same petitions. Raises ``InvalidInput`` when the database holds petitions already.
    """
    session = db.session()
    if session.execute(select(Petition.id).limit(1)).first() is not None:
        raise InvalidInput({"petitions": _l("The database holds petitions already; demo data goes into an empty one.")})
    _set_up(password)
    maker = _Maker(Random(seed))  # noqa: S311 - invented petitions, not secrets
    days = sorted(maker.random.randrange(0, DAYS_BACK) for _ in range(petitions))
    days.reverse()
    for start in range(0, petitions, BATCH):
        with unit_of_work() as work:
            for back in days[start : start + BATCH]:
                maker.make(work, back)
        if progress is not None:
            progress(min(start + BATCH, petitions), petitions)
    sweep()
    with unit_of_work() as work:
        maker.answer_escalations(work)
        maker.visits(work)
        # The acts lie in the past; that search has to hear of them begins now.
        outbox.restart_waiting(work)
    forget_lookups()
    return petitions


def demo_secrets() -> list[tuple[str, str]]:
    """Who of the demo's users logs in with a second factor, and the secret of each."""
    keys = current_app.extensions["keyring"]
    names = (user.username for user in USERS if user.role in TWO_FACTOR_ROLES)
    return [(name, secret) for name in names if (secret := secret_of(db.session(), keys, name))]


def _set_up(password: str) -> None:
    settings: Settings = current_app.extensions["settings"]
    with unit_of_work() as session:
        office_id = installed_office(session) or open_office(
            session, code=OFFICE_CODE, name=OFFICE_NAME, ward_code="00166"
        )
        if session.execute(select(User.id).limit(1)).first() is not None:
            return
        # The command line opens an office under a general name when it finds none.
        session.execute(
            update(Office).where(Office.id == office_id).values(code=OFFICE_CODE, name=OFFICE_NAME, ward_code="00166")
        )
        by = system_actor(office_id)
        units = [create_unit(session, name=name, by=by) for name in UNIT_NAMES]
        for user in USERS:
            create_user(
                session,
                username=user.username,
                full_name=user.full_name,
                role=user.role,
                units=(Membership(units[user.unit], user.head),) if user.unit >= 0 else (),
                password=password,
                must_change_password=False,
                weak_password_allowed=True,
                by=by,
            )
            if user.role in TWO_FACTOR_ROLES:
                secret = settings.demo_totp_secret or new_secret()
                confirm_for_demo(session, current_app.extensions["keyring"], username=user.username, secret=secret)


class _Maker:
    """Makes petitions one after the other, oldest first."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._today = clock.today()
        settings: Settings = current_app.extensions["settings"]
        self._key = settings.lookup_key
        session = db.session()
        self._people = {name: self._actor(session, name) for name in DEMO_USERNAMES}
        self._reception = self._people["reception1"]
        self._boss = self._people["supervisor1"]
        self._officers = [self._people[f"officer{n}"] for n in range(1, 5)]
        self._fields = {field.code: field.id for field in fields_of(session, self._reception.office_id)}
        self._earlier: list[Received] = []

    @staticmethod
    def _actor(session: Session, username: str) -> Actor:
        found = actor_by_username(session, username)
        if found is None:
            raise InvalidInput({"petitions": _l("The demo needs its own users, and this database has others.")})
        return found

    def make(self, session: Session, back: int) -> None:
        """One petition received ``back`` days ago, with what happened to it since."""
        received_on = self._today - timedelta(days=back)
        with clock.use(FixedClock(self._moment(received_on, 8))):
            intake = self._intake(received_on)
            made = receive(session, intake, by=self._reception, lookup_key=self._key)
        if not is_sealed(intake.kind, intake.kind_parts):
            self._earlier.append(made)
        if intake.kind is not Kind.DENUNCIATION and self.random.random() < 0.02:
            with clock.use(FixedClock(self._moment(received_on, 9))):
                closing.void(session, made.id, by=self._reception, reason="Nhập trùng do gửi hai lần")
            return
        self._work(session, made, intake, received_on, back)

    def answer_escalations(self, session: Session) -> None:
        """The supervisor gives most of what the sweep escalated back to the officer, with an instruction."""
        waiting = select(Petition.id).where(
            Petition.state == State.ESCALATED,
            Petition.escalation_trigger == Trigger.OVERDUE,
            Petition.officer_id.is_not(None),
        )
        for petition_id in session.scalars(waiting.order_by(Petition.id)).all():
            if self.random.random() < 0.75:
                instruction = "Xử lý dứt điểm trong tuần, báo cáo kết quả"
                assignment.return_to_officer(session, petition_id, by=self._boss, instruction=instruction)

    def visits(self, session: Session) -> None:
        """Some visits without a petition."""
        for back in range(0, 40, 3):
            day = self._today - timedelta(days=back)
            with clock.use(FixedClock(self._moment(day, 10))):
                desk.register_visit(
                    session,
                    desk.VisitInput(
                        visited_on=day,
                        content="Hỏi về thủ tục và thời hạn giải quyết "
                        + self.random.choice(SUBJECTS).title.format(street="địa bàn"),
                        kind=Kind.RECOMMENDATION,
                        name=invented_name(self.random),
                        address=self.random.choice(STREETS),
                        guided_to="Bộ phận một cửa",
                    ),
                    by=self._reception,
                )

    def _moment(self, day: date, hour: int) -> datetime:
        moment = datetime.combine(day, time(hour, self.random.randrange(60)), OFFICE_ZONE)
        return min(moment, clock.now().astimezone(OFFICE_ZONE))

    def _intake(self, received_on: date) -> Intake:
        random = self.random
        kind = random.choices(
            (Kind.COMPLAINT, Kind.RECOMMENDATION, Kind.DENUNCIATION, Kind.MIXED), weights=(35, 50, 11, 4)
        )[0]
        sealed = kind is Kind.DENUNCIATION
        subject, street = random.choice(SUBJECTS), random.choice(STREETS)
        name = "" if sealed else invented_name(random)
        group = random.random() < 0.08
        channel = random.choices(
            (Channel.DESK, Channel.POST, Channel.ONLINE, Channel.FORWARDED), weights=(60, 20, 12, 8)
        )[0]
        forwarded = channel is Channel.FORWARDED
        forwarder_kind = random.choice((ForwarderKind.SUPERIOR, ForwarderKind.SUPERIOR, ForwarderKind.DEPUTY))
        earlier = random.choice(self._earlier[-40:]).number if self._earlier and random.random() < 0.08 else ""
        return Intake(
            received_on=received_on,
            channel=channel,
            kind=kind,
            kind_parts=(Kind.COMPLAINT, Kind.RECOMMENDATION) if kind is Kind.MIXED else (),
            field_id=self._fields.get("officials" if sealed else subject.field),
            title=(OPENINGS[kind] + subject.title.format(street=street))[:300],
            body=invented_text(random, subject, street, name),
            petitioners=()
            if sealed
            else (
                PartyInput(
                    name=name,
                    id_number=f"0010000{random.randrange(10**5):05d}",
                    phone=f"0900 000 {random.randrange(1000):03d}",
                    address=street,
                    ward_code="00166",
                ),
            ),
            people_count=random.randrange(5, 60) if group and not sealed else 1,
            against="" if kind is Kind.RECOMMENDATION else "Bộ phận chuyên môn của phường",
            forwarder_kind=forwarder_kind if forwarded else None,
            forwarder="Ban Tiếp công dân thành phố" if forwarded else "",
            forwarder_ref=f"{random.randrange(1000)}/CV-MẪU" if forwarded else "",
            answer_by=received_on + timedelta(days=20) if forwarded else None,
            paper_location=f"Tủ {random.randrange(1, 9)}, ngăn {random.randrange(1, 6)}",
            complex_reason="Phải xác minh tại nhiều địa điểm" if random.random() < 0.08 else None,
            prominent_reason="Báo chí đã phản ánh" if random.random() < 0.04 else None,
            matter_of="" if sealed else earlier,
        )

    def _work(self, session: Session, made: Received, intake: Intake, received_on: date, back: int) -> None:
        random = self.random
        # What came in lately may wait to be given out; of the older ones hardly any does.
        if back < 1 or random.random() < (0.5 if back < 9 else 0.03):
            return
        officer = random.choice(self._officers)
        first = received_on + timedelta(days=1)
        agenda = Agenda(self._moment)
        life = LegalLife(session, made.id, intake.kind, random, agenda, officer)

        def assign() -> None:
            reason = "Kiểm tra, đề xuất hướng xử lý"
            assignment.assign(session, made.id, by=self._boss, officer_id=officer.id, reason=reason)

        def note() -> None:
            records.add_note(session, made.id, by=officer, text="Đã liên hệ và hẹn làm việc tại trụ sở.")

        agenda.add(first, 9, assign)
        if random.random() < 0.3:
            agenda.add(first + timedelta(days=1), 14, note)
        life.begin(first + timedelta(days=random.randrange(1, 8)))
        if intake.complex_reason:
            life.find_complex()
        if random.random() < 0.06:
            agenda.add(first + timedelta(days=3), 15, self._escalation(session, made, officer))
        elif random.random() < 0.87:
            self._end(session, made, intake, officer, first, agenda, life)
        else:
            life.pause()
            if not intake.complex_reason and random.random() < 0.3:
                agenda.add(first + timedelta(days=14), 16, self._flag(session, made, officer))
        agenda.run(self._today)

    def _escalation(self, session: Session, made: Received, officer: Actor) -> Verb:
        trigger = self.random.choice((Trigger.COMPLEX, Trigger.CROWD, Trigger.SUPERIOR_REQUEST))

        def escalate() -> None:
            assignment.escalate(
                session,
                made.id,
                by=officer,
                trigger=trigger,
                to_id=self._boss.id,
                reply_by=clock.today() + timedelta(days=5),
                reason="Vượt quá khả năng xử lý của bộ phận",
            )

        return escalate

    @staticmethod
    def _flag(session: Session, made: Received, officer: Actor) -> Verb:
        def flag() -> None:
            records.set_flag(session, made.id, Flag.COMPLEX, by=officer, reason="Nhiều cơ quan cùng liên quan")

        return flag

    def _end(
        self,
        session: Session,
        made: Received,
        intake: Intake,
        officer: Actor,
        first: date,
        agenda: Agenda,
        life: LegalLife,
    ) -> None:
        usual = {
            Kind.COMPLAINT: Disposition.DECIDED,
            Kind.RECOMMENDATION: Disposition.ANSWERED,
            Kind.DENUNCIATION: Disposition.CONCLUDED,
            Kind.MIXED: Disposition.GUIDED,
        }[intake.kind]
        disposition = usual if self.random.random() < 0.8 else Disposition.GUIDED
        # A complaint or denunciation is settled within its thirty days, mostly.
        days = self.random.randrange(12, 40) if intake.kind in TRIED else self.random.randrange(3, 12)
        day = first + timedelta(days=days)
        guided = disposition is Disposition.GUIDED
        resolution = Resolution(
            disposition,
            decision_number=f"{self.random.randrange(1, 999)}/UBND-MẪU",
            decision_on=day,
            decision_signer=SIGNER,
            resolution_note="Hướng dẫn công dân đến cơ quan có thẩm quyền" if guided else "Đã trả lời bằng văn bản",
        )
        agenda.add(day, 16, lambda: closing.resolve(session, made.id, resolution, by=officer), closes=True)
        life.send(disposition, day)
