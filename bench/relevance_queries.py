"""What people type, and which petitions they mean: labels come from how the petitions were made, from no engine.

A query is made from what is known of one petition; every petition of which the same is known is relevant. A word typed
with its marks means that word; one typed without may mean any that has its letters.
"""

import hashlib
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bench.relevance_corpus import SEED, Made
from bench.relevance_typing import half_marked, other_places, slip, telex, vni
from bench.relevance_words import CHATTER, SHORT, TYPES
from core.text import digits, fold

EACH = 18
_WORD = re.compile(r"[^\W_]+(?:/[^\W_]+)*")
_MOST_TRIES = 4_000


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other anywhere in a petition; ``strict`` says which must have their marks."""

    words: tuple[str, ...]
    strict: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """``typed`` text, its kind, and the indexes of the petitions that are meant."""

    kind: str
    typed: str
    relevant: frozenset[int]

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the half that nobody tunes on, by a fixed rule."""
        return hashlib.sha256(f"{self.kind}|{self.typed}".encode()).digest()[0] % 2 == 1


class Truth:
    """All petitions as words, to be asked."""

    def __init__(self, made: Sequence[Made]) -> None:
        self.made = made
        self.case_digits = [digits(one.number) for one in made]
        self._words = [_words_of(one) for one in made]
        self._folded = [f" {' '.join(map(fold, words))} " for words in self._words]
        self._titles = [frozenset(_WORD.findall(one.known.title.lower())) for one in made]

    def having(self, *phrases: Phrase) -> frozenset[int]:
        """The petitions that have every one of ``phrases``."""
        spelled = [f" {' '.join(map(fold, phrase.words))} " for phrase in phrases]
        return frozenset(
            n
            for n, text in enumerate(self._folded)
            if all(letters in text for letters in spelled) and all(self._has(n, phrase) for phrase in phrases)
        )

    def _has(self, n: int, phrase: Phrase) -> bool:
        words, size = self._words[n], len(phrase.words)
        return any(
            all(
                there == wanted if strict else fold(there) == fold(wanted)
                for there, wanted, strict in zip(words[at : at + size], phrase.words, phrase.strict, strict=True)
            )
            for at in range(len(words) - size + 1)
        )

    def titled(self, words: Sequence[str]) -> frozenset[int]:
        """Those with all of ``words`` in the title."""
        wanted = {word.lower() for word in words}
        return frozenset(n for n, title in enumerate(self._titles) if wanted <= title)

    def called(self, given: str) -> frozenset[int]:
        """Those in which somebody with this given name appears."""
        return frozenset(n for n, one in enumerate(self.made) if any(name.split()[-1] == given for name in one.people))

    def numbered(self, part: str) -> frozenset[int]:
        """Those with these digits in a row in the phone or identity number."""
        return frozenset(n for n, one in enumerate(self.made) if part in one.phone or part in one.identity)


def _words_of(one: Made) -> list[str]:
    known = one.known
    lines = [known.title, *known.body.split("\n"), known.name, known.address, known.against]
    return [word for line in lines for word in [*_WORD.findall(line.lower()), "|"]]


def _phrase(text: str, *, plain: bool = False, typed: str = "") -> Phrase:
    """``text`` as a phrase; where it was ``typed`` otherwise, only words that kept their marks are strict."""
    words = tuple(_WORD.findall(text.lower()))
    if typed:
        return Phrase(words, tuple(word == there for word, there in zip(words, _WORD.findall(typed), strict=True)))
    return Phrase(words, (not plain,) * len(words))


Asked = tuple[str, frozenset[int]]
Maker = Callable[[Truth, Made, random.Random], Asked | None]


def queries(made: Sequence[Made]) -> list[Query]:
    """All queries; those of one kind stand together."""
    truth = Truth(made)
    found = []
    for kind, maker in KINDS.items():
        dice = random.Random(f"{SEED} {kind}")  # noqa: S311 - made-up text
        typed: set[str] = set()
        for _ in range(_MOST_TRIES):
            asked = maker(truth, dice.choice(made), dice)
            if asked is not None and asked[0] not in typed and asked[1]:
                typed.add(asked[0])
                found.append(Query(kind, *asked))
            if len(typed) == EACH:
                break
        assert len(typed) == EACH, kind
    return found


def _topic(one: Made) -> str:
    return " ".join(one.matter.title.split()[:5])


def _about(truth: Truth, one: Made, dice: random.Random, typing: Callable[[str], str], *, plain: bool = False) -> Asked:
    """Matter and street, typed in some way."""
    topic, street = _topic(one), one.street
    phrases = _phrase(topic, plain=plain), _phrase(street, plain=plain)
    text = f"{topic} {street}" if dice.random() < 0.7 else f"{topic} đường {street}"
    return typing(text), truth.having(*phrases)


def _exact(truth: Truth, one: Made, dice: random.Random) -> Asked:
    return _about(truth, one, dice, str)


def _unmarked(truth: Truth, one: Made, dice: random.Random) -> Asked:
    return _about(truth, one, dice, fold, plain=True)


def _capitals(truth: Truth, one: Made, dice: random.Random) -> Asked:
    return _about(truth, one, dice, str.upper)


def _decomposed(truth: Truth, one: Made, dice: random.Random) -> Asked:
    return _about(truth, one, dice, lambda text: unicodedata.normalize("NFD", text))


def _telex(truth: Truth, one: Made, dice: random.Random) -> Asked:
    last = dice.random() < 0.5
    return _about(truth, one, dice, lambda text: telex(text.lower(), tone_last=last))


def _vni(truth: Truth, one: Made, dice: random.Random) -> Asked:
    last = dice.random() < 0.5
    return _about(truth, one, dice, lambda text: vni(text.lower(), tone_last=last))


def _other_place(truth: Truth, one: Made, dice: random.Random) -> Asked | None:
    typed, meant = _about(truth, one, dice, str)
    other = other_places(typed)
    return (other, meant) if other != typed else None


def _half(truth: Truth, one: Made, dice: random.Random) -> Asked:
    topic, street = _topic(one), one.street
    both = half_marked(f"{topic} {street}".lower(), dice)
    size = len(topic.split())
    first, last = " ".join(both.split()[:size]), " ".join(both.split()[size:])
    return both, truth.having(_phrase(topic, typed=first), _phrase(street, typed=last))


def _slipped(truth: Truth, one: Made, dice: random.Random) -> Asked:
    return _about(truth, one, dice, lambda text: slip(text, dice))


def _short_form(one: Made, dice: random.Random) -> str | None:
    text = f"{one.known.title} {one.known.body}".lower()
    kept = [full for full in SHORT if full.lower() in text and not full.startswith(("Ủy", "Hội"))]
    return dice.choice(kept) if kept else None


def _short_to_full(truth: Truth, one: Made, dice: random.Random) -> Asked | None:
    full = _short_form(one, dice)
    if full is None:
        return None
    short = SHORT[full] if dice.random() < 0.5 else SHORT[full].lower()
    return f"{short} {one.street}", truth.having(_phrase(full), _phrase(one.street))


def _full_to_short(truth: Truth, one: Made, dice: random.Random) -> Asked | None:
    full = _short_form(one, dice)
    if full is None:
        return None
    return f"{full.lower()} {one.street}", truth.having(_phrase(full), _phrase(one.street))


def _house(truth: Truth, one: Made, dice: random.Random) -> Asked:
    place, street = _phrase(one.place), _phrase(one.street)
    bare = one.place.removeprefix("số ")
    match dice.randrange(4):
        case 0:
            return one.place, truth.having(place)
        case 1:
            return f"{bare} {one.street}", truth.having(_phrase(bare), street)
        case 2:
            return f"{one.place} đường {one.street}", truth.having(place, street)
        case _:
            plain = truth.having(_phrase(one.place, plain=True), _phrase(one.street, plain=True))
            return fold(f"{one.place} {one.street}"), plain


def _given_name(truth: Truth, one: Made, dice: random.Random) -> Asked:
    given = dice.choice(one.people).split()[-1]
    return f"{dice.choice(('ông', 'bà', 'chị', 'anh', ''))} {given}".strip(), truth.called(given)


def _whole_name(truth: Truth, one: Made, dice: random.Random) -> Asked:
    name = dice.choice(one.people)
    return name, truth.having(_phrase(name))


def _plain_name(truth: Truth, one: Made, dice: random.Random) -> Asked:
    name = dice.choice(one.people)
    return fold(name), truth.having(_phrase(name, plain=True))


def _name_and_matter(truth: Truth, one: Made, dice: random.Random) -> Asked:
    topic = _phrase(_topic(one))
    if dice.random() < 0.5:
        name = one.known.name
        return f"{name} {_topic(one)}", truth.having(_phrase(name), topic)
    given = one.known.name.split()[-1]
    return f"{dice.choice(('ông', 'bà'))} {given} {_topic(one)}", truth.called(given) & truth.having(topic)


def _part_of_number(truth: Truth, one: Made, dice: random.Random) -> Asked | None:
    number = dice.choice((one.phone, one.identity))
    size = dice.choice((4, 5, 6, 6))
    start = dice.randrange(3, len(number) - size + 1)
    part = number[start : start + size]
    if any(part in number for number in truth.case_digits):
        return None
    return part, truth.numbered(part)


def _whole_number(truth: Truth, one: Made, dice: random.Random) -> Asked:
    if dice.random() < 0.5:
        return one.identity, truth.numbered(one.identity)
    number = one.phone
    grouped = dice.choice((f"{number[:4]} {number[4:7]} {number[7:]}", f"{number[:4]}.{number[4:7]}.{number[7:]}"))
    return dice.choice((number, grouped, f"+84 {number[1:]}")), truth.numbered(number)


def _case_number(truth: Truth, one: Made, dice: random.Random) -> Asked:
    number = one.number
    parts = number.split("-")
    typed = dice.choice((
        number, number.lower(), number.replace("-", ""), number.lower().replace("-", " "), number.replace("-", "/"),
        "-".join(parts[:-1]), " ".join(parts[1:-1]), "-".join(parts[1:]),
    ))  # fmt: skip
    return typed, frozenset(n for n, other in enumerate(truth.made) if other.number == number)


def _quoted(truth: Truth, one: Made, dice: random.Random) -> Asked | None:
    words = dice.choice(one.matter.sentences).partition("{")[0].rstrip(".").split()
    size = dice.choice((3, 4))
    if len(words) < size or any("," in word for word in words):
        return None
    start = dice.randrange(len(words) - size + 1)
    text = " ".join(words[start : start + size])
    if dice.random() < 0.5:
        return f'"{text}"', truth.having(_phrase(text))
    return f'"{text}" {one.street}', truth.having(_phrase(text), _phrase(one.street))


def _minus(truth: Truth, one: Made, dice: random.Random) -> Asked | None:
    wanted = truth.having(_phrase(_topic(one)), _phrase(one.street))
    if dice.random() < 0.5:
        unwanted = dice.choice(dice.choice(CHATTER).rstrip(".").replace(",", "").split())
        minus = f"-{unwanted.lower()}"
    else:
        unwanted = dice.choice((*TYPES[:3], *one.people, *(" ".join(line.split()[:3]) for line in CHATTER)))
        minus = f'-"{unwanted.lower()}"'
    left = wanted - truth.having(_phrase(unwanted))
    return (f"{_topic(one)} {one.street} {minus}", left) if left != wanted else None


def _title(truth: Truth, one: Made, dice: random.Random) -> Asked:
    words = _WORD.findall(one.known.title)[2:]
    words.pop(dice.randrange(len(words)))
    words = words[:7]
    return " ".join(words), truth.titled(words)


def _place_named(truth: Truth, one: Made, dice: random.Random) -> Asked | None:
    name = dice.choice((one.project, one.shop))
    return (name, truth.having(_phrase(name))) if name else None


_QUESTIONS = (
    "đơn của {person} {name} ở đường {street} về việc {topic} giải quyết đến đâu rồi",
    "cho tôi hỏi có ai ở đường {street} gửi đơn phản ánh chuyện {topic} chưa ạ",
    "hôm trước có {person} {name} đến phường trình bày về {topic}, bây giờ ai đang giữ đơn đấy",
    "tìm giúp tôi đơn của một người ở {place} đường {street} nói về {topic}",
    "nhà {person} {name} ở {street} bị {topic} thì đã có văn bản trả lời hay chưa",
)


def _question(truth: Truth, one: Made, dice: random.Random) -> Asked:
    question = dice.choice(_QUESTIONS)
    values = {"person": dice.choice(("ông", "bà")), "name": one.known.name, "street": one.street, "topic": _topic(one),
              "place": one.place}  # fmt: skip
    meant = [_phrase(values[name]) for name in ("name", "street", "topic", "place") if f"{{{name}}}" in question]
    return question.format(**values), truth.having(*meant)


KINDS: MappingProxyType[str, Maker] = MappingProxyType({
    "words with marks": _exact,
    "without marks": _unmarked,
    "half marked": _half,
    "capitals": _capitals,
    "NFD": _decomposed,
    "other tone place, y/i": _other_place,
    "Telex": _telex,
    "VNI": _vni,
    "short form": _short_to_full,
    "written out": _full_to_short,
    "house, alley": _house,
    "given name": _given_name,
    "whole name": _whole_name,
    "name without marks": _plain_name,
    "name and matter": _name_and_matter,
    "part of phone or ID": _part_of_number,
    "whole phone or ID": _whole_number,
    "case number": _case_number,
    "quoted phrase": _quoted,
    "minus": _minus,
    "slip of a finger": _slipped,
    "words of the title": _title,
    "project or shop": _place_named,
    "question": _question,
})  # fmt: skip


def by_kind(asked: Sequence[Query]) -> Iterator[tuple[str, list[Query]]]:
    """The queries of each kind."""
    for kind in KINDS:
        yield kind, [query for query in asked if query.kind == kind]
