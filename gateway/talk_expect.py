"""Expected products beside recordings, and whether they are what came.

The file is a JSON object whose `samples` name a recording each, with its language and its products
in order. A field of a product that is left out, or null, may have any value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from schemas.client import AddItem, LanguageTag
from schemas.product import Action, Product


class ExpectedProduct(msgspec.Struct, frozen=True):
    """A product that should be heard; ``None`` leaves a field open."""

    name: str
    action: Action | None = None
    quantity: int | float | None = None
    unit: str | None = None
    category: str | None = None

    def fits(self, product: Product) -> bool:
        """Tell whether `product` is the one."""
        return all(
            wanted in (None, got)
            for wanted, got in (
                (self.name, product.name),
                (self.action, product.action),
                (self.quantity, product.quantity),
                (self.unit, product.unit),
                (self.category, product.category),
            )
        )

    @property
    def before(self) -> AddItem:
        """Return the item that it takes off, or brings to this amount."""
        corrects_one = self.action == "update" and self.quantity == 1
        quantity = self.quantity if self.action == "remove" and self.quantity else 1
        return AddItem(self.name, 2 if corrects_one else quantity, self.unit, self.category)


class Expectation(msgspec.Struct, frozen=True):
    """What one recording says; other fields are for other readers."""

    file: str
    products: tuple[ExpectedProduct, ...]
    language: LanguageTag | None = None

    @property
    def supposed(self) -> tuple[AddItem, ...]:
        """What has to be on the list before: what is not cannot be removed or corrected."""
        supposed: dict[str, AddItem] = {}
        added: set[str] = set()
        for product in self.products:
            if product.action in {"remove", "update"} and product.name not in added:
                supposed.setdefault(product.name, product.before)
            added.add(product.name)
        return tuple(supposed.values())


class _File(msgspec.Struct, frozen=True):
    samples: tuple[Expectation, ...]


Expectations: TypeAlias = Mapping[str, Expectation]
_decoder = msgspec.json.Decoder(_File)


class BadExpectations(Exception):
    """The file cannot be read; the text says why."""


def read(path: Path) -> Expectations:
    """Read a file of expectations, by the recordings' names.

    Raises:
        BadExpectations: it is not there, not JSON, or not of the shape above.
    """
    try:
        samples = _decoder.decode(path.read_bytes()).samples
    except OSError as exc:
        raise BadExpectations(f"{path}: {exc.strerror}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BadExpectations(f"{path}: {exc}") from exc
    return {expectation.file: expectation for expectation in samples}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Expected against heard.

    Attributes:
        heard: each product that came, in order, and whether it was expected.
        missed: what did not come.
    """

    heard: tuple[tuple[Product, bool], ...]
    missed: tuple[ExpectedProduct, ...]

    @property
    def as_expected(self) -> bool:
        """All that was expected came, and nothing else."""
        return not self.missed and all(expected for _, expected in self.heard)


def compare(expected: Sequence[ExpectedProduct], products: Iterable[Product]) -> Comparison:
    """Match each product that came with one expectation at most."""
    open_ones = list(expected)
    heard = []
    for product in products:
        match = next((one for one in open_ones if one.fits(product)), None)
        if match is not None:
            open_ones.remove(match)
        heard.append((product, match is not None))
    return Comparison(tuple(heard), tuple(open_ones))
