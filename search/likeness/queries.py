"""Did this letter come before? Earlier petitions like the one that is being typed, each with the reasons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import BindParameter, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import AnyRow
from core.text import clean_line, fold
from petitions.lookup import lookup_hash
from petitions.models import Party, Petition
from petitions.queries.visibility import visible_to
from petitions.vocabulary import Disposition
from search.likeness.backlog import fresh_letters, holders, kept_pairs, most_promising, weights_now
from search.likeness.comparing import Letter
from search.likeness.fingerprints import Fingerprint, fingerprint, from_bytes, house_key, room
from search.likeness.houses import houses_of
from search.likeness.letters import marks_of
from search.likeness.thresholds import (
    COMPARED,
    HOLDERS,
    HOUSE_LETTERS,
    KEYS_ASKED,
    LEAST_PAIRS,
    SAME_LETTER,
    SAME_LETTER_OF_PERSON,
)

SHOWN = 5
_BY_NUMBER = 20
_LEAST_NAME = 5

_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_PEOPLE = select(
    Party.petition_id, Party.id_hash, Party.phone_hash, Party.name_fold, Party.address, Party.old_address
).where(Party.petition_id.in_(_IDS))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """A petition as far as it has been typed. For a denunciation, ``sealed``, nothing of a person is looked at."""

    title: str = ""
    body: str = ""
    name: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    old_address: str = ""
    sealed: bool = False

    def without_people(self) -> "Typed":
        """The text alone."""
        return Typed(title=self.title, body=self.body, sealed=self.sealed)


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier petition and what it has in common with the typed one.

    ``alike``: the share of the text that agrees, 0 to 1. ``same_letter``: by that alone, or with the person or house
    beside it, it is taken for the same letter; otherwise only the house is the same.
    """

    petition: AnyRow
    alike: float
    same_letter: bool
    same_id: bool
    same_phone: bool
    same_house: bool
    same_name: bool

    @property
    def same_person(self) -> bool:
        """Whether the person is the same, as far as numbers tell."""
        return self.same_id or self.same_phone


def alike(session: Session, actor: Actor, typed: Typed, *, lookup_key: bytes, shown: int = SHOWN) -> list[Alike]:
    """The earlier petitions that ``typed`` most probably repeats, the surest first, at most ``shown``.

    Denunciations are compared with denunciations alone and everything else with everything else, so that nothing that
    is typed here tells of a denunciation; and only with those that ``actor`` may see.
    """
    if typed.sealed:
        typed = typed.without_people()
    made = fingerprint(typed.title, typed.body)
    # Who writes and from where says who it is, not what it is about; as reasons these are looked at by themselves.
    about = set(made.pairs) - set(fingerprint(typed.name, typed.address, typed.old_address).pairs)
    made = made._replace(pairs=sorted(about))
    if len(made.pairs) < LEAST_PAIRS:
        made = Fingerprint((), ())
    scored, houses = _scored(session, actor, typed, made, lookup_key)
    rows = (
        {row.id: row for row in session.execute(_visible(actor, list(scored), sealed=typed.sealed))} if scored else {}
    )
    reasons = _reasons(session, typed, houses, list(rows), lookup_key)
    found = [_judged(rows[petition_id], scored[petition_id], reasons.get(petition_id, _NONE)) for petition_id in rows]
    ranked = sorted((one for one in found if one.same_letter or one.same_house), key=_rank, reverse=True)
    return _varied(ranked)[:shown]


def _scored(
    session: Session, actor: Actor, typed: Typed, made: Fingerprint, lookup_key: bytes
) -> tuple[dict[int, float], set[str]]:
    """Petitions worth a look with the share of the text that agrees, and the houses that speak for somebody."""
    addresses = (typed.address, typed.old_address)
    having = holders(session, marks_of(made.keys[:KEYS_ASKED], addresses, actor.office_id, sealed=typed.sealed))
    mixed_in = room(actor.office_id, sealed=typed.sealed)
    # A house that very many write from is a block of flats.
    houses = {one for one in houses_of(*addresses) if len(having.get(house_key(one) ^ mixed_in, ())) <= HOUSE_LETTERS}
    candidates = most_promising(having, most=COMPARED, cap=HOLDERS)
    candidates += [one for one in _by_numbers(session, actor, typed, lookup_key) if one not in candidates]
    letter = Letter(made.pairs, weights_now(session))
    fresh = {one.petition_id: one.print.pairs for one in fresh_letters(session) if one.sealed == typed.sealed}
    kept: Mapping[int, bytes] = kept_pairs(session, candidates) if candidates else {}
    scored = {one: letter.agreement(from_bytes(pairs)).contained for one, pairs in kept.items() if one not in fresh}
    return scored | {one: letter.agreement(pairs).contained for one, pairs in fresh.items()}, houses


def _by_numbers(session: Session, actor: Actor, typed: Typed, lookup_key: bytes) -> list[int]:
    numbers = (
        (Party.id_hash, lookup_hash(lookup_key, typed.id_number)),
        (Party.phone_hash, lookup_hash(lookup_key, typed.phone)),
    )
    found: list[int] = []
    for column, value in numbers:
        if value:
            having = select(Party.petition_id).where(Party.office_id == actor.office_id, column == value)
            found += session.scalars(having.order_by(Party.id.desc()).limit(_BY_NUMBER))
    return found


def _visible(actor: Actor, ids: Sequence[int], *, sealed: bool) -> Select[tuple[object, ...]]:
    return select(
        Petition.id,
        Petition.number,
        Petition.title,
        Petition.petitioner_name,
        Petition.received_on,
        Petition.state,
        Petition.matter_id,
        Petition.ward_code,
    ).where(
        Petition.id.in_(ids),
        Petition.sealed.is_(sealed),
        or_(Petition.disposition.is_(None), Petition.disposition != Disposition.ENTERED_IN_ERROR),
        visible_to(actor),
    )  # type: ignore[return-value]  # the columns are their own affair


@dataclass(frozen=True, slots=True)
class _Reasons:
    same_id: bool = False
    same_phone: bool = False
    same_house: bool = False
    same_name: bool = False


_NONE = _Reasons()


def _reasons(
    session: Session, typed: Typed, houses: set[str], ids: Sequence[int], lookup_key: bytes
) -> dict[int, _Reasons]:
    """What the people of the petitions ``ids`` have in common with the person typed."""
    if typed.sealed or not ids:
        return {}
    id_hash, phone_hash = lookup_hash(lookup_key, typed.id_number), lookup_hash(lookup_key, typed.phone)
    name = fold(clean_line(typed.name))
    found: dict[int, _Reasons] = {}
    for row in session.execute(_PEOPLE, {"ids": ids}):
        before = found.get(row.petition_id, _NONE)
        found[row.petition_id] = replace(
            before,
            same_id=before.same_id or (id_hash is not None and row.id_hash == id_hash),
            same_phone=before.same_phone or (phone_hash is not None and row.phone_hash == phone_hash),
            same_house=before.same_house or bool(houses and houses & houses_of(row.address, row.old_address)),
            same_name=before.same_name or (len(name) >= _LEAST_NAME and row.name_fold == name),
        )
    return found


def _judged(row: AnyRow, share: float, reasons: _Reasons) -> Alike:
    # Names and houses are shown but lower no threshold: many have the same one.
    supported = reasons.same_id or reasons.same_phone
    enough = SAME_LETTER_OF_PERSON if supported else SAME_LETTER
    return Alike(
        row, share, share >= enough, reasons.same_id, reasons.same_phone, reasons.same_house, reasons.same_name
    )


def _rank(one: Alike) -> tuple[bool, float, int]:
    support = 0.1 * (one.same_person + one.same_house + one.same_name)
    return one.same_letter, one.alike + support, one.petition.id


def _varied(ranked: Iterable[Alike]) -> list[Alike]:
    """The same, one of each matter first: five copies that are joined already are one answer."""
    first: list[Alike] = []
    others: list[Alike] = []
    known: set[int] = set()
    for one in ranked:
        (others if one.petition.matter_id in known else first).append(one)
        known.add(one.petition.matter_id)
    return first + others
