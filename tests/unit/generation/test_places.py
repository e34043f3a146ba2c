"""Ranges of the arena never overlap, and what is finished makes room."""

from hypothesis import given
from hypothesis import strategies as st

from ragqa.generation.places import Places, Range


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.integers(0, 9)), max_size=60))
def test_ranges_never_overlap(steps: list[tuple[bool, int, int]]) -> None:
    places = Places(1, 100)
    held: list[Range] = []
    for take, size, which in steps:
        if take:
            taken = places.take(size)
            if taken is not None:
                taken.ids = list(range(size // 2))
                held.append(taken)
        elif held:
            places.give_back(held.pop(which % len(held)))
        ordered = places.ranges
        assert all(one.start + one.size <= two.start for one, two in zip(ordered, ordered[1:], strict=False))
        assert all(one.start >= 1 and one.start + one.size <= 101 for one in ordered)
        assert all(one in ordered for one in held)


def test_everything_fits_again_once_all_is_given_back() -> None:
    places = Places(1, 100)
    for held in [places.take(30), places.take(30), places.take(40)]:
        assert held is not None
        held.ids = [1] * 10
        places.give_back(held)
    assert places.busy == 0
    assert places.take(100) == Range(1, 100, used=places._clock)


def test_finished_ranges_are_kept_until_their_room_is_needed() -> None:
    places = Places(0, 100)
    old = places.take(50)
    assert old is not None
    old.ids = list(range(40))
    places.give_back(old)
    assert places.longest_shared([*range(30), 99]) == (old, 30)
    assert places.longest_shared(range(15)) is None, "too little to be worth a copy"
    assert places.take(61) is not None
    assert places.longest_shared(range(40)) is None


def test_running_ranges_are_never_given_up() -> None:
    places = Places(0, 100)
    assert places.take(60) is not None
    assert places.take(41) is None
