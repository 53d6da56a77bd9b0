"""Tests for `actors.linking`: what the other tests of links do not come to."""

from __future__ import annotations

from actors.linking import Linking
from actors.policy import SessionPolicy
from actors.ports import LinkRequest
from actors.restart import Restarts
from schemas.shopping_list import Item
from tests.support.gemini_says import handle

MILK = Item("i1", "mleko", 2, "l", "Nabiał")


def linking() -> Linking:
    policy = SessionPolicy()
    return Linking(policy, Restarts(policy.restart, lambda: 1.0))


def request(links: Linking, *, aloud: bool = False) -> LinkRequest:
    order = links.open(0.0, language="pl-PL", known=(MILK,), aloud=aloud, delay_s=0.0)
    return order.request


def test_another_connection_goes_on_with_the_gemini_session_and_counts_its_links() -> None:
    older = linking()
    request(older)
    older.was_opened(0.0)
    for text in ("h1", "h2"):
        older.heard(handle(text), 1.0)
    newer = linking()
    newer.restore(older.handles, opened=older.opened)
    assert newer.handles == ("h1", "h2")
    assert request(newer) == LinkRequest(language="pl-PL", handle="h2")
    newer.was_opened(0.0)
    assert (newer.opened, newer.number) == (2, 1)


def test_a_gemini_session_that_begins_is_told_the_list_and_whether_it_is_heard() -> None:
    assert request(linking(), aloud=True) == LinkRequest(
        language="pl-PL", shopping_list=(MILK,), aloud=True
    )


def test_a_session_that_begins_forgets_what_another_connection_left() -> None:
    links = linking()
    links.restore(("h1",), opened=1)
    links.begin()
    assert links.handles == ()
    assert request(links).shopping_list == (MILK,)
