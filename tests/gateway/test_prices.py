"""Tests for `gateway.prices`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.prices import PricesInvalid, price_of
from schemas.admin import TokensView, UsageView

MINUTE = TokensView(1_500, {"audio": 1_500})


def test_the_default_model_has_a_price_and_a_minute_of_sound_costs_what_people_pay() -> None:
    price = price_of("gemini-3.8-live")
    assert price is not None
    assert price.of(UsageView(prompt=MINUTE)) == 4_500_000
    assert price.of(UsageView(response=MINUTE)) == 18_000_000


def test_a_model_that_is_not_listed_has_none() -> None:
    assert price_of("gemini-9-live") is None


def test_operators_may_bring_their_own(tmp_path: Path) -> None:
    table = tmp_path / "prices.toml"
    table.write_text('[models.m]\nprompt={AUDIO=1.5}\nresponse={audio=2}\nsource="us"\n')
    price = price_of("m", table)
    assert price is not None
    assert (price.prompt, price.response) == ({"audio": 1_500}, {"audio": 2_000})
    assert price_of("gemini-3.8-live", table) is None


@pytest.mark.parametrize(
    "text",
    [
        "models",
        '[models.m]\nprompt={}\nresponse={audio=2}\nsource="us"',
        '[models.m]\nprompt={audio=-1}\nresponse={audio=2}\nsource="us"',
        '[models.m]\nprompt={audio="x"}\nresponse={audio=2}\nsource="us"',
        "[models.m]\nprompt={audio=1}",
    ],
)
def test_a_table_of_another_shape_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    table = tmp_path / "prices.toml"
    table.write_text(text)
    with pytest.raises(PricesInvalid, match=r"prices\.toml"):
        price_of("m", table)


def test_a_table_that_is_not_there_is_told() -> None:
    with pytest.raises(PricesInvalid, match="nowhere"):
        price_of("m", Path("/nowhere"))
