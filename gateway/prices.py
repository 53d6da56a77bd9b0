"""What models cost, from a data file: `gateway/prices.toml`, or the operator's own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from actors.budget import Price

BUILT_IN: Final = Path(__file__).with_name("prices.toml")
_NANOS_A_TOKEN: Final = 1_000
"""A dollar a million tokens is so many nanodollars a token."""
_MOST: Final = 1_000_000.0


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prompt: dict[str, float]
    response: dict[str, float]
    source: str


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: dict[str, _Model]


class PricesInvalid(Exception):
    """The operator's doing: the price table cannot be used; the text says why."""


def price_of(model: str, table: Path | None = None) -> Price | None:
    """Return what a model costs, ``None`` if the table does not have it.

    Raises:
        PricesInvalid: the table cannot be used.
    """
    path = table or BUILT_IN
    try:
        models = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Table).models
    except (OSError, ValueError, msgspec.ValidationError) as exc:
        raise PricesInvalid(f"{path}: {exc}") from exc
    found = models.get(model)
    if found is None:
        return None
    for prices in (found.prompt, found.response):
        if not prices or not all(0 <= each <= _MOST for each in prices.values()):
            raise PricesInvalid(
                f"{path}: {model}: prices are dollars from 0 to 1000000, one at least"
            )
    return Price(_nanos(found.prompt), _nanos(found.response))


def _nanos(dollars: dict[str, float]) -> dict[str, int]:
    return {name.lower(): round(price * _NANOS_A_TOKEN) for name, price in dollars.items()}
