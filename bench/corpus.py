"""Made-up petitions in any number, the same for the same seed: text for the search engine's and the pages' bench."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from core.text import nfc

# How often each kind of query matches, as a share of all documents.
KINDS = {"rare": 0.0004, "medium": 0.01, "common": 0.25, "common phrase of 3": 0.25}

_ONSETS = "b c ch d đ g gi h k kh l m n nh ng ph qu r s t th tr v x".split()
_RIMES = "a an ang anh ao âm ân âu ăn ăng e en êu ê i in inh iên iêu o oan ong ô ôi ông ơ u un ung ưa ươn ương".split()
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_SENTENCES = (
    "Kính gửi Ủy ban nhân dân phường, tôi tên là {name}, trú tại số {house} đường {street}.",
    "Gia đình tôi sử dụng thửa đất này ổn định từ năm {year}, nay phát sinh {trouble}.",
    "Tôi đã gửi đơn ngày {day}/{month}/{year} nhưng chưa được trả lời.",
    "Đề nghị cơ quan có thẩm quyền xem xét, giải quyết theo quy định của pháp luật.",
)
_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ")


class Text(NamedTuple):
    """One made-up petition."""

    number: int
    title: str
    body: str
    phone: str
    identity: str
    name: str


class Corpus:
    """About 140 words each, words after Zipf's law."""

    def __init__(self, documents: int, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - made-up text
        self._documents = documents
        syllables = [nfc(onset + rime[0] + tone + rime[1:]) for onset in _ONSETS for rime in _RIMES for tone in _TONES]
        self._dice.shuffle(syllables)
        self._words = [" ".join(self._dice.choices(syllables[:4000], k=2)) for _ in range(25_000)]
        self._up_to = list(accumulate(1 / (rank + 8) for rank in range(len(self._words))))
        phrases = [" ".join(self._dice.sample(syllables[4000:], 3)) for _ in range(40)]
        self.common_phrases = phrases
        self.count: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Text]:
        """All of them; ``count`` grows with what was written."""
        dice = random.Random(self._dice.random())  # noqa: S311 - made-up text
        for number in range(1, self._documents + 1):
            words = dice.choices(self._words, cum_weights=self._up_to, k=52)
            extra = [phrase for phrase in self.common_phrases if dice.random() < KINDS["common phrase of 3"]]
            self.count.update(set(words) | set(extra))
            name = f"{dice.choice(_NAMES)} {words[3].title()}"
            lines = [
                sentence.format(
                    name=name, house=f"{dice.randint(1, 300)}/{dice.randint(1, 90)}", street=words[4].title(),
                    year=dice.randint(1985, 2026), trouble=words[5], day=dice.randint(1, 28), month=dice.randint(1, 12),
                )
                for sentence in _SENTENCES
            ]  # fmt: skip
            lines.insert(2, " ".join(words[:26]) + ".")
            lines.insert(4, " ".join(words[26:] + extra) + ".")
            title = f"{dice.choice(('Khiếu nại', 'Phản ánh', 'Kiến nghị'))} về {words[0]} {words[1]}"
            phone, identity = f"09{dice.randint(0, 99_999_999):08d}", f"001{dice.randint(0, 999_999_999):09d}"
            yield Text(number, title, "\n".join(lines), phone, identity, name)

    def queries(self, kind: str, wanted: int) -> list[str]:
        """Texts that match about as often as ``kind`` says, the nearest first."""
        target = KINDS[kind] * self._documents
        pool = self.common_phrases if kind == "common phrase of 3" else [w for w in self.count if w.count(" ") == 1]
        return sorted(pool, key=lambda text: abs(self.count[text] - target))[:wanted]
