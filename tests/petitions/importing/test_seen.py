from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from petitions.importing.seen import SeenKeys


@given(st.lists(st.text(max_size=3)))
def test_counts_how_often_each_key_came_before(keys: list[str]) -> None:
    seen, counts = SeenKeys(), Counter[str]()
    for key in keys:
        assert seen.add(key) == counts[key]
        counts[key] += 1


def test_holds_many_keys() -> None:
    seen = SeenKeys()
    assert not any(seen.add(f"key {number}") for number in range(20_000))
    assert all(seen.add(f"key {number}") for number in range(0, 20_000, 7))
