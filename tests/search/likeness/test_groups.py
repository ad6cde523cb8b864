"""Groups of letters in the backlog: formed, seen, joined, told apart; kept fingerprints against the database."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import outbox
from core.database import unit_of_work
from core.errors import NotAllowed
from petitions.models import Petition
from petitions.services.intake import Received
from petitions.vocabulary import Kind
from search.likeness import services
from search.likeness.backlog import CONSUMER, weights_now
from search.likeness.grouping import group_some
from search.likeness.groups import Order, Which, groups, members
from search.likeness.handling import tell_apart
from search.likeness.services import Keeper, compare, rebuild
from search.models import LikenessMark, LikenessPrint
from tests.search.likeness.texts import DITCH, MARKET, SUMMARY, WELL
from tests.search.making import register

FindActor = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def desk(actor: FindActor) -> Actor:
    return actor("reception1")


@pytest.fixture
def boss(actor: FindActor) -> Actor:
    return actor("supervisor1")


def work_off(session: Session) -> None:
    """What the worker does until nothing is left."""
    keeper = Keeper()
    while keeper.drain(session) or keeper.refill(session) or group_some(session):
        pass


def campaign(session: Session, desk: Actor, senders: int = 4) -> list[Received]:
    found = [
        register(
            session, desk, "Tăng giá thuê quầy", f"Tôi là người thứ {n} ở dãy C. {MARKET}", name=f"Nguyễn Thị Số {n}"
        )
        for n in range(senders)
    ]
    work_off(session)
    return found


def ids_of_groups(session: Session) -> dict[int, int | None]:
    return dict(session.execute(select(LikenessPrint.petition_id, LikenessPrint.group_id)).all())


def listed(
    session: Session, who: Actor, which: Which = Which.CAMPAIGNS, *, handled: bool = False
) -> list[tuple[str, int]]:
    found, _more = groups(session, who, which=which, order=Order.LARGEST, handled=handled, page=1)
    return [(group.number, group.petitions) for group in found]


def test_letters_that_repeat_each_other_form_a_group_and_others_none(session: Session, desk: Actor) -> None:
    known = campaign(session, desk)
    register(session, desk, "Mương", DITCH)
    work_off(session)
    found = ids_of_groups(session)
    assert {found.pop(letter.id) for letter in known} == {known[0].id}
    assert set(found.values()) == {None}


def test_a_letter_that_comes_later_joins_the_group(session: Session, desk: Actor) -> None:
    known = campaign(session, desk)
    late = register(session, desk, "Chợ Bịa", MARKET)
    work_off(session)
    assert ids_of_groups(session)[late.id] == known[0].id


def test_the_lists_tell_campaigns_from_letters_sent_again(session: Session, desk: Actor, boss: Actor) -> None:
    known = campaign(session, desk)
    again = [register(session, desk, "Giếng khoan", WELL, name="Trần Văn Thử") for _ in range(2)]
    work_off(session)
    assert listed(session, boss) == [(known[0].number, 4)]
    assert listed(session, boss, Which.REPEATED) == [(again[0].number, 2)]


def test_counts_are_of_what_is_seen(session: Session, desk: Actor, actor: FindActor) -> None:
    """A denunciation outside the own unit does not even make a group, nor make one larger."""
    for _ in range(2):
        register(session, desk, "Tố cáo", SUMMARY, kind=Kind.DENUNCIATION)
    register(session, desk, "Phản ánh", SUMMARY)
    work_off(session)
    assert [count for _number, count in listed(session, actor("supervisor1"), Which.REPEATED)] == [2]
    assert listed(session, actor("officer1"), Which.REPEATED, handled=True) == []


def test_joining_keeps_every_letter_counted(session: Session, desk: Actor, boss: Actor, as_user: AsUser) -> None:
    known = campaign(session, desk)
    leading, *others = known
    rows = [f"{letter.id}:{letter.version}" for letter in known]
    form = {"row": rows, "do": "join", "leading_number": leading.number}
    page = as_user("supervisor1").post(f"/search/duplicates/{leading.number}", data=form)
    assert page.status_code == 200
    assert "3 trên 3" in page.text or "3/3" in page.text, page.text
    states = dict(session.execute(select(Petition.id, Petition.disposition)).all())
    assert states == {leading.id: None} | {letter.id: "joined" for letter in others}
    assert listed(session, boss) == []
    assert listed(session, boss, handled=True) == [(leading.number, 4)]


def test_assigning_gives_the_chosen_ones_away(session: Session, desk: Actor, actor: FindActor, as_user: AsUser) -> None:
    known = campaign(session, desk)
    stranger = register(session, desk, "Mương", DITCH)
    rows = [f"{known[1].id}:{known[1].version}", f"{stranger.id}:1"]
    officer = actor("officer1").id
    as_user("supervisor1").post(
        f"/search/duplicates/{known[0].number}", data={"row": rows, "do": "assign", "officer": str(officer)}
    )
    given = session.scalars(select(Petition.id).where(Petition.officer_id == officer)).all()
    assert given == [known[1].id]


def test_what_is_not_the_same_is_taken_out_and_never_comes_back(session: Session, desk: Actor, boss: Actor) -> None:
    known = campaign(session, desk)
    with unit_of_work() as work:
        assert tell_apart(work, known[0].id, [known[0].id], by=boss) == 1
    assert set(ids_of_groups(session).values()) == {None, known[1].id}
    rebuild(session)
    work_off(session)
    found = ids_of_groups(session)
    assert found.pop(known[0].id) is None
    assert set(found.values()) == {known[1].id}


def test_of_two_taken_apart_nothing_is_left(session: Session, desk: Actor, boss: Actor, as_user: AsUser) -> None:
    one, other = campaign(session, desk, senders=2)
    client = as_user("supervisor1")
    page = client.post(f"/search/duplicates/{one.number}", data={"row": f"{other.id}:1", "do": "apart"})
    assert (page.status_code, "Nhóm này không còn đơn nào" in page.text) == (200, True)
    assert set(ids_of_groups(session).values()) == {None}
    assert client.get(f"/search/duplicates/{one.number}").status_code == 404


def test_several_taken_out_together_stay_together(session: Session, desk: Actor, boss: Actor) -> None:
    known = campaign(session, desk)
    with unit_of_work() as work:
        tell_apart(work, known[0].id, [known[2].id, known[3].id], by=boss)
    found = ids_of_groups(session)
    assert [found[letter.id] for letter in known] == [known[0].id, known[0].id, known[2].id, known[2].id]


def test_only_who_may_handle_duplicates_tells_apart(session: Session, desk: Actor) -> None:
    known = campaign(session, desk, senders=2)
    with pytest.raises(NotAllowed), unit_of_work() as work:
        tell_apart(work, known[0].id, [known[1].id], by=desk)


def test_a_page_of_a_letter_without_its_like_or_unseen_is_not_there(
    session: Session, desk: Actor, as_user: AsUser
) -> None:
    lone = register(session, desk, "Mương", DITCH)
    work_off(session)
    client = as_user("supervisor1")
    for number in (lone.number, "DT-2026-999999-X", "x"):
        assert client.get(f"/search/duplicates/{number}").status_code == 404
        assert client.post(f"/search/duplicates/{number}").status_code == 404


def test_the_pages_show_what_there_is(session: Session, desk: Actor, as_user: AsUser) -> None:
    client = as_user("supervisor1")
    assert client.get("/search/duplicates").status_code == 200
    known = campaign(session, desk)
    page = client.get("/search/duplicates?show=campaigns&sort=newest")
    assert f"/search/duplicates/{known[0].number}" in page.text
    group = client.get(f"/search/duplicates/{known[0].number}")
    assert [letter.number for letter in known if letter.number not in group.text] == []
    assert "giống" in group.text


def test_members_tell_who_is_the_same(session: Session, desk: Actor, boss: Actor) -> None:
    for name in ("Trần Văn Thử", "Trần Thị Mẫu"):
        register(session, desk, "Giếng", WELL, name=name, phone="0912345678", address="14 ngõ 87 đường Giả Định")
    work_off(session)
    first, second = members(session, boss, min(ids_of_groups(session))).rows
    assert (first.same_phone, second.same_phone, second.same_house, second.same_id) == (False, True, True, False)


def test_the_worker_takes_what_was_there_before_it(session: Session, desk: Actor) -> None:
    letter = register(session, desk, "Giếng", WELL)
    with unit_of_work() as work:
        work.execute(delete(outbox.Outbox).where(outbox.Outbox.consumer == CONSUMER))
    keeper = Keeper()
    assert keeper.drain(session) == 0
    assert keeper.refill(session) == 1
    assert keeper.refill(session) == 0
    assert list(ids_of_groups(session)) == [letter.id]


def test_the_check_finds_what_is_missing_misplaced_and_wrong(session: Session, desk: Actor, app: Flask) -> None:
    known = campaign(session, desk)
    assert compare(session).agrees
    with unit_of_work() as work:
        work.execute(delete(LikenessPrint).where(LikenessPrint.petition_id == known[0].id))
        work.execute(update(LikenessPrint).where(LikenessPrint.petition_id == known[1].id).values(sealed=True))
        work.execute(update(LikenessPrint).where(LikenessPrint.petition_id == known[2].id).values(pairs=b""))
        work.execute(delete(LikenessMark).where(LikenessMark.petition_id == known[3].id))
    found = compare(session)
    assert (found.missing, found.misplaced, found.wrong, found.agrees) == (1, 1, 2, False)
    check = app.test_cli_runner().invoke(args=["search", "likeness", "check"])
    assert (check.exit_code, "wrong      2" in check.output) == (1, True)
    assert app.test_cli_runner().invoke(args=["search", "likeness", "rebuild"]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["search", "likeness", "check", "--json"]).exit_code == 0


def test_a_rebuild_goes_on_where_it_was_stopped(session: Session, desk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (WELL, MARKET, DITCH):
        register(session, desk, "Đơn", text)
    monkeypatch.setattr(services, "REMADE_AT_ONCE", 1)
    done = []

    def stop(count: int, _total: int) -> None:
        done.append(count)
        if count == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(session, progress=stop)
    # Letters taken by the worker meanwhile do not disturb it.
    Keeper().drain(session)
    assert rebuild(session, progress=lambda count, _total: done.append(count)) == 3
    assert done == [1, 2, 3]
    assert weights_now(session).letters == 3
    assert compare(session).agrees
