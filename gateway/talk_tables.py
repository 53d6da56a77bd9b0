"""The tables at the end of `gateway talk`: what was heard, and the list that it made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from gateway.talk_expect import Comparison, Expectation, Expectations, compare
from gateway.talk_record import SessionRecord
from gateway.terminal import plain
from schemas.product import Product
from schemas.shopping_list import Item


def list_table(items: Iterable[Item]) -> Table:
    """Return the shopping list."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("List", overflow="fold", min_width=13)
    table.add_column("Qty", justify="right", no_wrap=True)
    table.add_column("Unit", no_wrap=True)
    table.add_column("Category", overflow="fold", min_width=10)
    for item in items:
        words = (item.name, f"{item.quantity:g}", item.unit, item.category)
        table.add_row(*(Text(plain(word)) for word in words))
    if not table.rows:
        table.add_row(Text("empty", "dim"))
    return table


def product_table(sessions: Sequence[SessionRecord], expected: Expectations | None) -> Table:
    """Return the products of all sessions, and which of them were expected."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("From", style="dim", overflow="ellipsis", no_wrap=True, max_width=16)
    table.add_column("Product", overflow="fold", min_width=13)
    table.add_column("Action", no_wrap=True)
    table.add_column("Qty", justify="right", no_wrap=True)
    table.add_column("Unit", no_wrap=True)
    table.add_column("Category", overflow="fold", min_width=10)
    if expected is not None:
        table.add_column("", no_wrap=True)
    for session in sessions:
        name = plain(session.utterance.name)
        expectation = (expected or {}).get(session.utterance.name)
        for row in _rows(session, expectation):
            table.add_row(name, *row[: len(table.columns) - 1])
            name = ""
        table.add_section()
    return table


def _rows(session: SessionRecord, expectation: Expectation | None) -> list[list[Text]]:
    if expectation is None:
        return [_row(product, Text()) for product in session.products] or [_nothing(Text())]
    comparison = compare(expectation.products, session.products)
    rows = [_row(product, _mark(expected=expected)) for product, expected in comparison.heard]
    rows += _missed(comparison)
    return rows or [_nothing(Text("✓", "green"))]


def _row(product: Product, mark: Text) -> list[Text]:
    return [
        Text(plain(product.name)),
        Text(product.action),
        Text(f"{product.quantity:g}"),
        Text(plain(product.unit)),
        Text(plain(product.category)),
        mark,
    ]


def _missed(comparison: Comparison) -> list[list[Text]]:
    return [
        [
            Text(plain(missed.name), "red"),
            Text(missed.action or "", "red"),
            Text("" if missed.quantity is None else f"{missed.quantity:g}", "red"),
            Text(plain(missed.unit or ""), "red"),
            Text(plain(missed.category or ""), "red"),
            Text("✗ missed", "bold red"),
        ]
        for missed in comparison.missed
    ]


def _mark(*, expected: bool) -> Text:
    return Text("✓", "green") if expected else Text("✗ extra", "bold red")


def _nothing(mark: Text) -> list[Text]:
    return [Text("nothing", "dim"), Text(), Text(), Text(), Text(), mark]
