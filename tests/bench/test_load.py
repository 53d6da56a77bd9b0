from __future__ import annotations

import pytest

from bench.load import grew


@pytest.mark.parametrize("after", [(7, 20), (8, 12), (8, 13)])
def test_more_tasks_or_more_files_are_a_leak_each_for_itself(after: tuple[int, int]) -> None:
    assert grew((7, 12), after)


@pytest.mark.parametrize("after", [(7, 12), (6, 12), (7, 11)])
def test_no_more_of_either_is_none(after: tuple[int, int]) -> None:
    assert not grew((7, 12), after)
