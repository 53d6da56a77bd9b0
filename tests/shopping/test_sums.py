from __future__ import annotations

import pytest

from shopping.sums import rounded


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [(0.1 + 0.2, "0.3"), (0.1 + 0.2 + 0.7, "1"), (3.0, "3"), (2, "2"), (0.0004, "0"), (1.5, "1.5")],
)
def test_a_sum_is_rounded_and_a_whole_one_is_an_int(quantity: float, shown: str) -> None:
    assert repr(rounded(quantity)) == shown
