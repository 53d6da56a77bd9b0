from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from gateway.garbage import THRESHOLDS, collect_rarely


@pytest.fixture(autouse=True)
def _restored_thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_full_collections_come_after_more_objects_than_by_default() -> None:
    def objects_between() -> int:
        first, second, third = gc.get_threshold()
        return first * (second + 1) * (third + 1)

    gc.set_threshold(700, 10, 10)  # CPython 3.11's own; another test may have changed them
    by_default = objects_between()
    collect_rarely()
    assert gc.get_threshold() == THRESHOLDS
    assert objects_between() > 2 * by_default
