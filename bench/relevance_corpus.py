"""Petitions of the relevance bench, the same for the same seed, each with what is known of it.

The text is written twice. ``known`` is the plain truth in one spelling, everything written out; labels come from it
alone. What is stored is the same text as people write it: short forms here and there, tones in the other place, some
letters without any marks. Zipf's law rules streets, names and shops; matters, streets and names are mixed freely, so
that every query meets petitions that have most of its words and are about something else.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TypeVar

from bench.relevance_typing import other_places
from bench.relevance_words import (
    CHATTER,
    FAMILY,
    GIVEN,
    HEADS,
    MATTERS,
    MIDDLE,
    PROJECT_KIND,
    SHOP_KIND,
    SHOP_NAME,
    SHORT,
    STREET_FIRST,
    STREET_SECOND,
    TAILS,
    THINGS,
    TYPES,
    Matter,
)  # fmt: skip
from core.text import fold, nfc

DOCUMENTS = 6_000
SEED = 20

T = TypeVar("T")
_SHORT = re.compile("|".join(re.escape(full) for full in sorted(SHORT, key=len, reverse=True)), re.IGNORECASE)
_SHORT_OF = {full.lower(): short for full, short in SHORT.items()}


@dataclass(frozen=True, slots=True)
class Fields:
    """The texts of a petition."""

    title: str
    body: str
    name: str
    address: str
    against: str


@dataclass(frozen=True, slots=True)
class Made:
    """A petition: ``known`` written out in full, ``stored`` as somebody wrote it; ``number`` is given by the office."""

    known: Fields
    stored: Fields
    phone: str
    identity: str
    place: str
    street: str
    project: str
    shop: str
    matter: Matter
    people: tuple[str, ...]
    number: str = ""

    def numbered(self, number: str) -> "Made":
        """The same with its case number."""
        return replace(self, number=number)


class _Dice:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - made-up text

    def often_the_first(self, things: Sequence[T], up_to: Sequence[float]) -> T:
        return self.random.choices(things, cum_weights=up_to)[0]

    def some(self, things: Sequence[T], least: int, most: int) -> list[T]:
        return self.random.sample(things, min(len(things), self.random.randint(least, most)))


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / (rank + 6) for rank in range(count)))


def corpus(documents: int = DOCUMENTS, seed: int = SEED) -> list[Made]:
    """All petitions, in the order in which they come in."""
    dice = _Dice(seed)
    pairs = [f"{first} {second}" for first in STREET_FIRST for second in STREET_SECOND if first != second]
    dice.random.shuffle(pairs)
    streets, places = pairs[:420], pairs[420:520]
    projects = [f"{dice.random.choice(PROJECT_KIND)} {place}" for place in places]
    shops = [f"{kind} {name}" for kind in SHOP_KIND for name in SHOP_NAME]
    dice.random.shuffle(shops)
    street_odds, project_odds, shop_odds = _zipf(len(streets)), _zipf(len(projects)), _zipf(len(shops))
    made = []
    for _ in range(documents):
        street = dice.often_the_first(streets, street_odds)
        project = dice.often_the_first(projects, project_odds)
        shop = dice.often_the_first(shops, shop_odds)
        made.append(_petition(dice, street, project, shop))
    return made


def _name(dice: _Dice) -> str:
    pick = dice.random.choice
    return f"{pick(FAMILY)} {pick(MIDDLE)} {pick(GIVEN)}"


def _place(dice: _Dice) -> str:
    at = dice.random.randint
    match dice.random.randrange(4):
        case 0:
            return f"số {at(1, 320)}"
        case 1:
            return f"ngõ {at(1, 220)}/{at(1, 60)}"
        case 2:
            return f"số {at(1, 90)} ngõ {at(1, 220)}"
        case _:
            return f"số {at(1, 320)}/{at(1, 40)}"


def _petition(dice: _Dice, street: str, project: str, shop: str) -> Made:
    pick = dice.random.choice
    matter = pick(MATTERS)
    name, neighbour, place = _name(dice), _name(dice), _place(dice)
    address = f"{place} đường {street}, tổ dân phố số {dice.random.randint(1, 30)}"
    filled = {"project": project, "shop": shop[0].upper() + shop[1:], "thing": pick(THINGS), "neighbour": neighbour,
              "plot": str(dice.random.randint(10, 900))}  # fmt: skip
    about = [sentence.format(**filled) for sentence in matter.sentences]
    where = pick((f"Sự việc xảy ra tại đường {street}.", f"Tôi ở {address}.", f"Nhà tôi ở đường {street}."))
    # Something of another matter in passing, as real letters have it.
    passer_by = _name(dice)
    aside = pick(pick(MATTERS).sentences).format(**filled | {"neighbour": passer_by, "thing": pick(THINGS)})
    lines = [
        pick(HEADS),
        f"Tôi tên là {name}. {where}",
        " ".join([*about, *dice.some(CHATTER, 1, 4)]),
        " ".join([*dice.some(CHATTER, 0, 3), *([aside] if dice.random.random() < 0.4 else [])]),
        pick(TAILS),
    ]
    title = f"{pick(TYPES)} về {matter.title}"
    title += pick(("", f" tại đường {street}", f" ở {street}", f", {project}" if "{project}" in str(matter) else ""))
    against = pick(("", "", shop[0].upper() + shop[1:] if "{shop}" in str(matter) else "", neighbour))
    written = "\n".join(line for line in lines if line)
    people = (name, *(one for one in (neighbour, passer_by) if one in written or one == against))
    known = Fields(title, written, name, address, against)
    return Made(
        known, _as_written(known, dice), f"09{dice.random.randint(0, 99_999_999):08d}",
        f"001{dice.random.randint(0, 999_999_999):09d}", place, street,
        project if project in known.body or project in title else "",
        shop if shop.lower() in known.body.lower() else "", matter, people,
    )  # fmt: skip


def _as_written(known: Fields, dice: _Dice) -> Fields:
    hurried = dice.random.random() < 0.05
    other = dice.random.random() < 0.3
    short = dice.random.choice((0.0, 0.5, 0.9))

    def written(text: str) -> str:
        text = _SHORT.sub(
            lambda match: _SHORT_OF[match.group().lower()] if dice.random.random() < short else match.group(), text
        )
        text = other_places(text) if other else text
        return nfc(text)

    title, body = written(known.title), written(known.body)
    if hurried:
        body = fold(body)
    return Fields(title, body, known.name, written(known.address), written(known.against))
