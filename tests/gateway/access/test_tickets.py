from __future__ import annotations

import pytest

from actors.ports import StoreUnavailable
from gateway.access import tickets
from gateway.access.identity import Identity
from gateway.access.tickets import Tickets, TicketsHere

ANNA = Identity("anna", 1_790_000_000.5)


class Rig:
    """Tickets on a clock of the test's."""

    def __init__(self) -> None:
        self.now = 100.0
        self.shelf = TicketsHere(clock=lambda: self.now)
        self.tickets = Tickets(self.shelf, ttl_s=30)


async def test_a_ticket_lets_its_user_in_once() -> None:
    rig = Rig()
    ticket = await rig.tickets.give(ANNA)
    assert len(ticket) >= 43
    assert await rig.tickets.look(ticket) == ANNA
    assert await rig.tickets.take(ticket) == ANNA
    assert await rig.tickets.take(ticket) is None
    assert await rig.tickets.look(ticket) is None


async def test_no_two_tickets_are_the_same() -> None:
    rig = Rig()
    given = [await rig.tickets.give(ANNA) for _ in range(100)]
    assert len(set(given)) == 100
    assert [await rig.tickets.take(ticket) for ticket in given] == [ANNA] * 100


async def test_a_ticket_that_waits_too_long_is_none() -> None:
    rig = Rig()
    ticket = await rig.tickets.give(ANNA)
    rig.now += 30
    assert await rig.tickets.look(ticket) is None
    assert await rig.tickets.take(ticket) is None


@pytest.mark.parametrize("ticket", ["", "x", "x" * 100_000, "\ud800", "ł"])
async def test_what_is_no_ticket_lets_nobody_in(ticket: str) -> None:
    assert await Rig().tickets.look(ticket) is None
    assert await Rig().tickets.take(ticket) is None


async def test_what_is_kept_is_no_ticket() -> None:
    kept: list[str] = []

    class Shelf(TicketsHere):
        async def put(self, digest: str, bearer: bytes, ttl_s: float) -> None:
            kept.append(digest)
            await super().put(digest, bearer, ttl_s)

    shop = Tickets(Shelf(), ttl_s=30)
    ticket = await shop.give(ANNA)
    assert ticket not in kept[0]
    assert await shop.take(kept[0]) is None


async def test_tickets_that_nobody_fetches_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "_MOST_WAITING", 3)
    rig = Rig()
    for _ in range(3):
        await rig.tickets.give(ANNA)
    with pytest.raises(StoreUnavailable, match="too many tickets"):
        await rig.tickets.give(ANNA)
    rig.now += 31
    await rig.tickets.give(ANNA)
