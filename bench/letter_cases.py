"""Letters with a label: what was sent again in what manner, and what only looks like it.

Each case is typed at the desk while the backlog of ``bench.letters`` is there. ``source`` is the letter of the backlog
that must be found, 0 where nothing may be said to be the same letter.
"""

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bench.letters import SUBJECTS, Letter, Sender, Writer
from core.text import fold

BUILT_FROM = 2_500
"""Sources lie among so many first letters, so that the same cases fit every larger backlog."""


LEAST_TYPED = 25
"""Words of the matter, at least, that a letter which is half typed has."""
BY_HAND = Path(__file__).parent / "data" / "letters.toml"
BY_HAND_FROM = 9_000_001
"""Letters written by hand have numbers from here."""


class Case(NamedTuple):
    """What is typed, and which letter it repeats."""

    number: int
    kind: str
    source: int
    title: str
    body: str
    sender: Sender
    held_out: bool


NOBODY = Sender("", "", "", "")
_CONFUSED = {"n": "r", "m": "rn", "h": "b", "o": "c", "u": "v", "l": "1", "c": "e", "i": "l", "t": "f"}


def _words(text: str, dice: random.Random, share: float) -> str:
    changed = []
    for word in text.split(" "):
        chance = dice.random()
        if chance < share / 2:
            continue
        changed.append(dice.choice(("và", "việc", "đã", "rất", "này")) if chance < share else word)
    return " ".join(changed)


def _copied(letter: Letter, _dice: random.Random, _writer: Writer) -> str:
    return letter.body


def _edited(letter: Letter, dice: random.Random, _writer: Writer) -> str:
    return _words(letter.body, dice, 0.08)


def _unmarked(letter: Letter, _dice: random.Random, _writer: Writer) -> str:
    return fold(letter.body)


def _read_by_machine(letter: Letter, dice: random.Random, _writer: Writer) -> str:
    """Each letter is misread with a chance of 2 %, so one word in fourteen; line breaks fall anywhere."""
    text = "".join(_CONFUSED.get(char, char) if dice.random() < 0.02 else char for char in letter.body)
    return re.sub(" ", lambda _: "\n" if dice.random() < 0.08 else " ", text)


def _first(share: float) -> Callable[[Letter, random.Random, Writer], str]:
    def typed(letter: Letter, _dice: random.Random, _writer: Writer) -> str:
        words = " ".join(letter.sentences).split(" ")
        return f"{letter.opening}\n{' '.join(words[: max(LEAST_TYPED, int(len(words) * share))])}"

    return typed


def _without_head(letter: Letter, _dice: random.Random, _writer: Writer) -> str:
    return " ".join(letter.sentences)


def _reordered(letter: Letter, dice: random.Random, _writer: Writer) -> str:
    sentences = list(letter.sentences)
    dice.shuffle(sentences)
    return f"{letter.opening}\n{' '.join(sentences)}\n{letter.closing}"


def _readdressed(letter: Letter, dice: random.Random, _writer: Writer) -> str:
    who = letter.sender
    opening = f"Kính gửi: Thanh tra thành phố\nĐồng kính gửi: Ban tiếp công dân\nTôi là {who.name}, ở {who.address}."
    again = f"Ngày {dice.randint(1, 28)}/11/2026 tôi gửi lại đơn này."
    return f"{opening}\n{again}\n{' '.join(letter.sentences)}\n{letter.closing}"


def _half_new(letter: Letter, dice: random.Random, writer: Writer) -> str:
    kept = list(letter.sentences[: max(2, (len(letter.sentences) + 1) // 2)])
    new = [writer.own_sentence(dice) for _ in range(2)]
    return f"{letter.opening}\n{' '.join([*kept, *new])}\n{letter.closing}"


def _campaign(letter: Letter, dice: random.Random, writer: Writer) -> str:
    return f"{writer.opening(dice, writer.sender(dice))}\n{' '.join(letter.sentences)}\n{letter.closing}"


def _mixed(letter: Letter, dice: random.Random, writer: Writer) -> str:
    return fold(_words(_reordered(letter, dice, writer), dice, 0.08))


def _follow_up(letter: Letter, dice: random.Random, writer: Writer) -> str:
    kept = dice.sample(letter.sentences[:-1], min(2, len(letter.sentences) - 1))
    return (
        f"{letter.opening}\nNgày {dice.randint(1, 28)}/10/2026 tôi đã gửi đơn với nội dung: {letter.title}. Đến nay đã "
        f"quá thời hạn mà tôi chưa nhận được trả lời.\n{' '.join(kept)} {writer.own_sentence(dice)}\n{letter.closing}"
    )


Make = Callable[[Letter, random.Random, Writer], str]
AGAIN: dict[str, tuple[Make, bool]] = {
    # How it comes again, and whether the person's particulars are typed, too.
    "the same text": (_copied, False),
    "one word in twelve changed": (_edited, False),
    "typed without marks": (_unmarked, False),
    "read by machine": (_read_by_machine, False),
    "first half typed": (_first(0.5), False),
    "first third typed": (_first(0.33), False),
    "content alone, without who writes": (_without_head, False),
    "sentences in another order": (_reordered, False),
    "to another addressee": (_readdressed, False),
    "half kept, half new": (_half_new, False),
    "the same letter from somebody else": (_campaign, False),
    "reordered, changed and without marks": (_mixed, False),
    "a second letter on the same matter": (_follow_up, True),
}


def _another_on_the_subject(
    _source: Letter, subject: int, dice: random.Random, writer: Writer
) -> tuple[Letter, Sender]:
    letter = writer.letter(10_000_000 + dice.randint(1, 9_000_000), subject=subject)
    return letter, letter.sender


def _same_sentences_other_facts(
    source: Letter, subject: int, dice: random.Random, writer: Writer
) -> tuple[Letter, Sender]:
    sender = writer.sender(dice)
    text = tuple(writer.filled(sentence, dice) for sentence in SUBJECTS[subject][1])
    title = f"Kiến nghị về {writer.filled(SUBJECTS[subject][0], dice)}"
    return Letter(0, sender, title, writer.opening(dice, sender), text, source.closing), sender


def _neighbour(source: Letter, subject: int, dice: random.Random, writer: Writer) -> tuple[Letter, Sender]:
    street = source.sender.address.split(" ", 2)[2]
    sender = writer.sender(dice)._replace(address=f"số {dice.randint(251, 400)} {street}")
    letter = writer.letter(
        10_000_000 + dice.randint(1, 9_000_000), subject=(subject + 1) % len(SUBJECTS), sender=sender
    )
    return letter, sender


def _same_person(source: Letter, subject: int, dice: random.Random, writer: Writer) -> tuple[Letter, Sender]:
    other = (subject + 1 + dice.randrange(len(SUBJECTS) - 1)) % len(SUBJECTS)
    letter = writer.letter(10_000_000 + dice.randint(1, 9_000_000), subject=other, sender=source.sender)
    return letter, source.sender


ANOTHER: dict[str, Callable[[Letter, int, random.Random, Writer], tuple[Letter, Sender]]] = {
    "another letter on the same subject": _another_on_the_subject,
    "the same sentences, other facts": _same_sentences_other_facts,
    "another matter in the same street": _neighbour,
    "another matter of the same person": _same_person,
}


def cases(writer: Writer, *, each: int = 60, others: int = 150) -> Iterator[Case]:
    """All cases: ``each`` of every manner of coming again, ``others`` of every look-alike; every second is held out."""
    dice = random.Random("labelled letters, third edition")  # noqa: S311 - made-up text
    sources = dice.sample(range(1, BUILT_FROM + 1), each * len(AGAIN) + others * len(ANOTHER))
    number = 0
    for kind, (make, with_person) in AGAIN.items():
        for at in range(each):
            letter = writer.letter(sources[number])
            number += 1
            title = letter.title if at % 4 else ""
            who = letter.sender if with_person else NOBODY
            yield Case(number, kind, letter.number, title, make(letter, dice, writer), who, bool(at % 2))
    for kind, other in ANOTHER.items():
        for at in range(others):
            source = writer.letter(sources[number])
            letter, who = other(source, writer.subject_of(source.number), dice, writer)
            number += 1
            yield Case(number, kind, 0, letter.title, letter.body, who, bool(at % 2))


@cache
def _by_hand() -> dict[str, Any]:
    return tomllib.loads(BY_HAND.read_text(encoding="utf-8"))


def letters_by_hand() -> Iterator[Letter]:
    """The letters of the file, for the backlog."""
    for number, letter in enumerate(_by_hand()["letter"], start=BY_HAND_FROM):
        yield Letter(number, NOBODY, letter["title"], "", (letter["body"].strip(),), "")


def cases_by_hand() -> Iterator[Case]:
    """The cases of the file."""
    numbers = {letter["id"]: number for number, letter in enumerate(_by_hand()["letter"], start=BY_HAND_FROM)}
    for number, case in enumerate(_by_hand()["case"], start=BY_HAND_FROM):
        source = numbers[case["source"]] if case["source"] else 0
        yield Case(number, case["kind"], source, "", case["text"], NOBODY, case["half"] == "held out")


def all_cases(writer: Writer) -> Iterator[Case]:
    """Both those that are made and those written by hand."""
    yield from cases(writer)
    yield from cases_by_hand()
