"""What search hears of files, and what the case page says of their text."""

from collections.abc import Callable, Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from core.outbox import Outbox
from core.settings import Settings
from documents.text.outcome import Outcome, TextState
from documents.text.reading import ask_again, read_next
from petitions.models import Petition, PetitionAttachment
from petitions.queries.file_texts import FILES_CONSUMER, file_sources, file_total, file_versions
from petitions.services.attachments import store_attachments
from petitions.services.file_texts import text_known
from petitions.views.file_words import text_words
from tests.documents.samples import sent
from tests.petitions.given import PLAIN, SECRET, a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]
LETTER = "Biên bản đo đạc thửa đất"


@pytest.fixture
def attach(session: Session, settings: Settings, actor: ActorOf) -> Callable[..., int]:
    by = actor("reception1")

    def add(petition_id: int, name: str = "biên bản.txt", text: str = LETTER) -> int:
        with unit_of_work() as writing:
            files = [sent(name, text.encode())]
            store_attachments(writing, petition_id, files, by=by, uploads_dir=settings.uploads_dir)
        return session.scalars(select(PetitionAttachment.id).order_by(PetitionAttachment.id.desc())).first() or 0

    return add


@pytest.fixture
def petition_id(session: Session, actor: ActorOf) -> int:
    return a_petition(actor("reception1"), PLAIN).id


def heard(session: Session) -> list[int]:
    """Which petitions search was told of; taken out of the outbox."""
    session.rollback()
    ids = session.scalars(select(Outbox.subject_id).where(Outbox.consumer == FILES_CONSUMER).order_by(Outbox.id)).all()
    with unit_of_work() as writing:
        writing.execute(delete(Outbox).where(Outbox.consumer == FILES_CONSUMER))
    return list(ids)


def texts(session: Session, ids: Sequence[int]) -> list[list[tuple[str, str]]]:
    return [[(name, text) for _id, name, text in source.texts] for source in file_sources(session, ids)]


def test_a_file_is_known_by_its_name_at_once_and_by_its_text_once_it_is_read(
    session: Session, settings: Settings, attach: Callable[..., int], petition_id: int
) -> None:
    attachment_id = attach(petition_id)
    assert heard(session) == [petition_id]
    assert file_versions(session) == [(petition_id, 1)]
    (source,) = file_sources(session, [petition_id])
    assert source.texts == ((attachment_id, "biên bản.txt", ""),)
    read_next(settings.uploads_dir, text_known)
    assert heard(session) == [petition_id]
    assert file_versions(session) == [(petition_id, 2)]
    (source,) = file_sources(session, [petition_id])
    assert (source.petition_id, source.version, source.sealed) == (petition_id, 2, False)
    assert source.texts == ((attachment_id, "biên bản.txt", LETTER),)
    assert file_total(session) == 1


def test_the_version_rises_with_every_file_and_every_reading(
    session: Session, settings: Settings, attach: Callable[..., int], petition_id: int
) -> None:
    seen = [0]

    def rises() -> None:
        ((_petition, version),) = file_versions(session)
        assert version > seen[-1]
        assert [source.version for source in file_sources(session, [petition_id])] == [version]
        seen.append(version)

    for name in ("một.txt", "hai.txt"):
        attach(petition_id, name)
        rises()
    for outcome in (Outcome(TextState.READ, "chữ"), Outcome(TextState.NONE)):
        read_next(settings.uploads_dir, text_known, lambda *_, done=outcome: done)
        rises()
    with unit_of_work() as writing:
        ask_again(writing, [TextState.READ])
    read_next(settings.uploads_dir, text_known, lambda *_: Outcome(TextState.FAILED, detail="damaged"))
    rises()
    assert texts(session, [petition_id]) == [[("một.txt", ""), ("hai.txt", "")]]


def test_petitions_are_listed_by_rising_id_and_beyond_one(
    session: Session, attach: Callable[..., int], actor: ActorOf
) -> None:
    ids = [a_petition(actor("reception1"), PLAIN).id for _ in range(3)]
    for petition_id in (ids[2], ids[0], ids[1], ids[0]):
        attach(petition_id)
    assert [found for found, _ in file_versions(session)] == ids
    assert [found for found, _ in file_versions(session, ids[0], 1)] == [ids[1]]
    assert [source.petition_id for source in file_sources(session, [*ids[::-1], ids[0], 999])] == ids


def test_long_texts_are_cut_where_asked(
    session: Session, settings: Settings, attach: Callable[..., int], petition_id: int
) -> None:
    attach(petition_id)
    read_next(settings.uploads_dir, text_known)
    (source,) = file_sources(session, [petition_id], text_limit=8)
    assert source.texts[0][2] == "Biên bản"


def test_of_a_denunciation_nothing_is_given_out(
    session: Session, settings: Settings, attach: Callable[..., int], petition_id: int, actor: ActorOf
) -> None:
    """No door lets a file and a seal come together; should it happen all the same, search learns nothing."""
    attach(petition_id)
    heard(session)
    secret = a_petition(actor("reception1"), SECRET).id
    with unit_of_work() as writing:
        writing.execute(update(PetitionAttachment).values(petition_id=secret))
    read_next(settings.uploads_dir, text_known)
    assert heard(session) == []
    assert file_sources(session, [petition_id, secret]) == []
    assert file_versions(session) == []
    assert file_total(session) == 0


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(TextState.READ, "chữ nghĩa", pages=3, method="pdf"), "Đã đọc nội dung, 3 trang"),
        (Outcome(TextState.READ, "chữ nghĩa", cut=True), "Đã đọc một phần"),
        (Outcome(TextState.NONE), "Không tìm thấy chữ"),
        (Outcome(TextState.SCAN, detail="no-ocr"), "Bản quét"),
        (Outcome(TextState.LOCKED), "mật khẩu"),
        (Outcome(TextState.FAILED, detail="damaged"), "hỏng"),
        (Outcome(TextState.FAILED, detail="slow"), "quá lớn"),
        (Outcome(TextState.FAILED, detail="missing"), "quản trị viên"),
        (Outcome(TextState.FAILED, detail="charset"), "bảng mã"),
    ],
)
def test_the_case_page_says_how_far_a_file_is_known(
    session: Session, settings: Settings, as_user: AsUser, attach: Callable[..., int], petition_id: int,
    outcome: Outcome, said: str,
) -> None:  # fmt: skip
    attach(petition_id)
    number = session.scalars(select(Petition.number)).one()
    reception = as_user("reception1")
    assert "Chưa đọc" in reception.get(f"/petitions/{number}").text
    read_next(settings.uploads_dir, text_known, lambda *_: outcome)
    page = reception.get(f"/petitions/{number}").text
    assert said in page
    assert "Chưa đọc" not in page


def test_a_file_without_a_row_of_text_is_passed_over_in_silence() -> None:
    assert text_words(None, 0, "", cut=False) == ""
