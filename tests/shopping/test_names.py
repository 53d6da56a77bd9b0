from __future__ import annotations

import pytest

from tests.shopping.support import outcome


@pytest.mark.parametrize("name", ["2 l", "2 l 3", "kg 2"])
def test_an_amount_that_leaves_no_word_behind_is_not_taken_out_of_a_name(name: str) -> None:
    (item,) = outcome("pl", name=name).items
    assert (item.name, item.quantity, item.unit) == (name, 1, "szt")
