"""What happens in law to the invented petitions: acceptance, findings, pauses, and what is sent after the end."""

from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.deadlines import LegalEvent
from petitions.deadlines.readings import NEW_TEXTS_ON
from petitions.demo.agenda import Agenda
from petitions.services import legal_events
from petitions.services.legal_events import LegalInput
from petitions.vocabulary import ComplexityPoint, Disposition, Kind

SIGNER = "Phan Văn Lãnh Đạo"
TRIED = (Kind.COMPLAINT, Kind.DENUNCIATION)
_SENT = {Disposition.DECIDED: LegalEvent.DECISION_SENT, Disposition.CONCLUDED: LegalEvent.CONCLUSION_SENT}


class LegalLife:
    """Puts the legal events of one petition on its agenda."""

    def __init__(
        self, session: Session, petition_id: int, kind: Kind, random: Random, agenda: Agenda, officer: Actor
    ) -> None:
        self._session = session
        self._id = petition_id
        self._kind = kind
        self._random = random
        self._agenda = agenda
        self._officer = officer
        self._accepted_on: date | None = None

    def begin(self, day: date) -> None:
        """The citizen is told; a complaint or denunciation is usually accepted."""
        if self._kind not in TRIED:
            if self._random.random() < 0.6:
                self._plan(LegalEvent.REPLIED, day)
            return
        if self._random.random() < 0.25:
            return
        self._accepted_on = day
        self._plan(LegalEvent.ACCEPTED, day, paper="TB-MẪU")
        if self._kind is Kind.DENUNCIATION:
            self._plan(LegalEvent.ACCEPTANCE_NOTIFIED, day + timedelta(days=2))

    def find_complex(self) -> None:
        """A written finding, with some of the seven points; a denunciation may then be extended."""
        if self._accepted_on is None or self._random.random() < 0.4:
            return
        points = sum(self._random.sample(list(ComplexityPoint), self._random.choice((1, 2, 2, 3))))
        day = self._accepted_on + timedelta(days=6)
        ground = "Phải xác minh nhiều nơi, chứng cứ chưa thống nhất"
        self._plan(LegalEvent.COMPLEXITY_FOUND, day, paper="QĐ-MẪU", points=points, ground=ground)
        if self._kind is Kind.DENUNCIATION and self._random.random() < 0.5:
            ground = "Chờ kết quả giám định"
            self._plan(LegalEvent.EXTENDED, day + timedelta(days=10), paper="QĐ-MẪU", days=30, ground=ground)

    def pause(self) -> None:
        """Now and then the settlement is suspended, and usually goes on."""
        if self._accepted_on is None or self._random.random() > 0.15:
            return
        day = self._accepted_on + timedelta(days=9)
        if self._kind is Kind.COMPLAINT and day < NEW_TEXTS_ON:
            return  # before, the settlement of a complaint could only be ended
        ground = "Chờ kết quả giải quyết của cơ quan khác"
        self._plan(LegalEvent.SUSPENDED, day, paper="QĐ-MẪU", ground=ground)
        self._plan(LegalEvent.ORDER_SENT, day + timedelta(days=1))
        if self._random.random() < 0.6:
            until = day + timedelta(days=self._random.randrange(5, 25))
            self._plan(LegalEvent.CONTINUED, until, paper="QĐ-MẪU", ground="Căn cứ tạm đình chỉ không còn")
            self._plan(LegalEvent.ORDER_SENT, until + timedelta(days=1))

    def send(self, disposition: Disposition, day: date) -> None:
        """The decision or conclusion is usually sent and made public, sometimes late or not at all."""
        event = _SENT.get(disposition)
        if event is None or self._random.random() < 0.12:
            return
        self._plan(event, day + timedelta(days=self._random.choice((1, 1, 2, 6))), outlasts=True)
        if self._random.random() < 0.8:
            self._plan(LegalEvent.PUBLISHED, day + timedelta(days=self._random.randrange(2, 14)), outlasts=True)
        if disposition is Disposition.CONCLUDED and self._random.random() < 0.8:
            self._plan(LegalEvent.ACTED_ON, day + timedelta(days=4), outlasts=True)

    def _plan(self, event: LegalEvent, day: date, *, paper: str = "", outlasts: bool = False, **given: Any) -> None:
        if paper:
            number = f"{self._random.randrange(1, 999)}/{paper}"
            given |= {"document_number": number, "document_on": day, "signer": SIGNER}

        def record() -> None:
            legal_events.record(self._session, self._id, LegalInput(event, day, **given), by=self._officer)

        self._agenda.add(day, 11, record, outlasts=outlasts)
