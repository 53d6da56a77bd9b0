"""Tests for `actors.budget`."""

from __future__ import annotations

import pytest

from actors.budget import Budget, Price
from actors.caps import Budgets, Cap, Caps, Level
from schemas.admin import Estimate, TokensView, UsageView
from schemas.bill import NOTHING, Bill

PRICE = Price({"text": 750, "audio": 3_000}, {"text": 4_500, "audio": 12_000})
"""Nanodollars a token: $0.75 and $3 a million sent, $4.50 and $12 received."""


def usage(prompt: int = 0, response: int = 0, *, thoughts: int = 0, tool_use: int = 0) -> UsageView:
    """Return a bill of sound."""
    return UsageView(
        prompt=TokensView(prompt, {"audio": prompt}),
        response=TokensView(response, {"audio": response}),
        thoughts=thoughts,
        tool_use=tool_use,
    )


def test_a_minute_of_sound_costs_half_a_cent_sent_and_two_cents_received() -> None:
    assert PRICE.of(usage(prompt=1_500)) == 4_500_000
    assert PRICE.of(usage(response=1_500)) == 18_000_000


def test_each_modality_has_its_price_and_what_has_none_costs_the_most() -> None:
    sent = TokensView(30, {"text": 10, "audio": 5, "smell": 5}, unattributed=10)
    assert PRICE.of(UsageView(prompt=sent)) == 10 * 750 + 20 * 3_000


def test_modalities_that_claim_more_than_the_total_are_charged_as_they_are() -> None:
    sent = TokensView(5, {"text": 10}, unattributed=-5)
    assert PRICE.of(UsageView(prompt=sent)) == 7_500


def test_thoughts_and_results_of_tools_cost_what_text_does() -> None:
    assert PRICE.of(usage(thoughts=2, tool_use=3)) == 2 * 4_500 + 3 * 750
    bare = Price({"audio": 3_000}, {"audio": 12_000})
    assert bare.of(usage(thoughts=2, tool_use=3)) == 2 * 12_000 + 3 * 3_000


def test_what_is_estimated_costs_what_is_billed_does() -> None:
    tokens = TokensView(10, {"text": 4, "audio": 6})
    estimated = UsageView(estimated=Estimate(tokens, tokens))
    assert PRICE.of(estimated) == PRICE.of(UsageView(prompt=tokens, response=tokens))
    assert Budget().bill(estimated) == Bill(20)


def test_every_token_counts() -> None:
    assert Budget().bill(usage(1, 2, thoughts=4, tool_use=8)) == Bill(15, 0)
    assert Budget(price=PRICE).bill(usage(1)) == Bill(1, 3_000)


def test_what_was_taken_is_not_taken_again() -> None:
    budget = Budget()
    assert budget.take(usage(100)) == Bill(100)
    assert budget.take(usage(100)) == NOTHING
    assert budget.take(usage(90)) == NOTHING
    assert budget.take(usage(130)) == Bill(30)
    assert budget.billed == Bill(130)


def test_what_another_connection_reported_is_not_reported_again() -> None:
    budget = Budget()
    budget.restore(usage(100))
    assert budget.take(usage(150)) == Bill(50)


@pytest.mark.parametrize(
    ("bill", "level"),
    [
        (Bill(79, 7), None),
        (Bill(80, 0), "low"),
        (Bill(0, 8), "low"),
        (Bill(100, 0), "spent"),
        (Bill(0, 10), "spent"),
        (Bill(80, 10), "spent"),
    ],
)
def test_whichever_of_tokens_and_money_comes_first_counts(bill: Bill, level: Level | None) -> None:
    caps = Caps(tokens=Cap(80, 100), nanos=Cap(8, 10))
    assert caps.level(bill.tokens, bill.nanos) == level


def test_a_warning_comes_once_for_each_scope_and_the_end_whenever_it_is_asked_for() -> None:
    caps = Caps(tokens=Cap(80, 100))
    budget = Budget(Budgets(session=caps, user=caps))
    assert [budget.news("session", Bill(n)) for n in (10, 85, 90)] == [None, "low", None]
    assert budget.news("user", Bill(85)) == "low"
    assert budget.news("day", Bill(10**9)) is None
    assert [budget.news("session", Bill(100)) for _ in range(2)] == ["spent", "spent"]


def test_what_others_spend_matters_where_there_is_a_cap_for_more_than_a_session() -> None:
    caps = Caps(tokens=Cap(80, 100))
    assert not Budgets(session=caps).shared
    assert Budgets(user=caps).shared
    assert Budgets(day=caps).shared
