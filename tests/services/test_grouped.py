"""Long lists in groups: what is shown of them, and what is read for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hypothesis import given
from hypothesis import strategies as st

from sosie.services.grouped import Grouped


@given(
    st.dictionaries(st.integers(0, 9), st.integers(0, 5)), st.integers(0, 30), st.integers(0, 30)
)
def test_a_part_is_that_of_the_whole_list_and_no_other_group_is_read(
    counts: dict[int, int], start: int, stop: int
) -> None:
    whole = [(group, number) for group in sorted(counts) for number in range(counts[group])]
    read: list[int] = []

    def of(groups: Collection[int], part: slice) -> list[tuple[int, int]]:
        read.extend(groups)
        return [each for each in whole if each[0] in groups][part]

    def passed(group: int, place: Sequence[int]) -> int:
        return sum(each[0] == group and each[1] <= place[0] for each in whole)

    found = Grouped(counts, of, passed)
    assert len(found) == len(whole)
    assert found[start:stop] == whole[start:stop]
    assert sorted(read) == sorted({group for group, _ in whole[start:stop]})
    for group, place in [(stop % 12, start % 7), *whole]:
        assert found.after(group, [place]) == sum(each <= (group, place) for each in whole)
    assert list(found) == [found[number] for number in range(len(whole))] == whole
