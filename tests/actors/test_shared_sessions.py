"""Sessions in a store that others write too, that goes away, and that forgets; time is virtual."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from actors.ledger import MOST_AHEAD
from schemas.close_codes import CloseCode
from schemas.messages import Draining, StoreReturned
from tests.actors.test_lasting_sessions import asks, begun, buys, edit
from tests.support.gemini_says import TURN_COMPLETE, call, calls
from tests.support.live_session import live_session
from tests.support.moments import a_moment, seconds_pass
from tests.support.shop import App, Shop, open_shop

REPLACED = (CloseCode.REPLACED, "connected elsewhere")


@pytest.fixture
async def shop() -> AsyncGenerator[Shop, None]:
    async with open_shop() as opened:
        yield opened


async def owned_elsewhere(shop: Shop, app: App, *calls: str) -> None:
    """Let another instance have the app's session: these calls find out."""
    shop.store.fenced = set(calls)
    # What the other instance does with it is not looked at here.
    await shop.store.drop(app.sessions[-1]["session_id"])
    shop.store.writes.clear()


# A session that another instance owns.


async def test_a_product_of_a_session_that_is_anothers_is_told_to_nobody(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    link = shop.gemini.newest
    told, answered = len(app.phone.heard), len(link.answers)
    await owned_elsewhere(shop, app, "append")
    link.says(
        calls(call("c1", "chleb"), call("c2", "ser")), TURN_COMPLETE, calls(call("c3", "sok"))
    )
    await seconds_pass(5)
    assert app.phone.closed == REPLACED
    assert len(app.phone.heard) == told
    assert len(link.answers) == answered
    assert shop.store.writes == ["append"]
    assert link.closed_at is not None
    assert shop.observer.noted("session_fenced") == [{}]


async def test_an_edit_of_a_session_that_is_anothers_is_not_confirmed(shop: Shop) -> None:
    app = await begun(shop)
    await owned_elsewhere(shop, app, "append")
    app.phone.says("edit", operations=[edit("chleb")], ref="r1")
    await seconds_pass(5)
    assert app.phone.closed == REPLACED
    assert app.phone.told("received") == []
    assert shop.store.writes == ["append"]


@pytest.mark.parametrize("leaving", ["phone", "drain"])
async def test_a_session_that_is_anothers_is_not_parked(shop: Shop, leaving: str) -> None:
    app = await begun(shop)
    await owned_elsewhere(shop, app, "park")
    if leaving == "phone":
        app.phone.leaves()
    else:
        app.held.supervisor.tell(Draining())
    await seconds_pass(20)
    assert shop.store.writes == ["park"]
    assert not len(shop.registry)
    if leaving == "drain":
        # Its socket is closed before what the phone said until then can be parked.
        assert app.phone.closed == (1012, "this server restarts")


async def test_a_session_that_is_anothers_is_not_stored_anew(shop: Shop) -> None:
    app = await begun(shop)
    await owned_elsewhere(shop, app, "save")
    app.held.supervisor.tell(StoreReturned())
    await seconds_pass(5)
    assert app.phone.closed == REPLACED
    assert shop.store.writes == ["save"]


async def test_a_token_of_a_session_that_is_anothers_is_not_settled(shop: Shop) -> None:
    app = await begun(shop)
    app.acknowledges = False
    await app.start()
    await owned_elsewhere(shop, app, "settle")
    app.phone.says("ack", seq=0)
    await seconds_pass(5)
    assert app.phone.closed == REPLACED
    assert shop.store.writes == ["settle"]


async def test_a_session_that_breaks_leaves_what_is_anothers(shop: Shop) -> None:
    app = await begun(shop)
    await owned_elsewhere(shop, app, "park")
    app.held.running.cancel()
    await app.held.ended()
    assert shop.store.writes == ["park"]
    assert app.phone.closed == (CloseCode.SERVICE_RESTART, "this server restarts")


# A store that forgets.


async def test_a_session_that_the_store_forgot_is_stored_whole_before_anybody_is_told(
    shop: Shop,
) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    shop.store.forgetful = True
    shop.store.slow = {"save": 1.0}
    shop.store.writes.clear()
    await buys(app, "chleb")
    assert app.list == {"mleko": 1}
    await seconds_pass(1)
    assert app.list == {"mleko": 1, "chleb": 1}
    assert shop.store.writes == ["append", "save"]
    await buys(app, "ser")
    assert shop.store.writes == ["append", "save", "append"]
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    assert app.sessions[-1]["seq"] == 3
    assert [item["name"] for item in app.sessions[-1]["list"]] == ["mleko", "chleb", "ser"]


# A store that was away.


async def test_what_the_store_missed_is_stored_as_soon_as_it_is_back(shop: Shop) -> None:
    app = await begun(shop)
    shop.store.down = {"append"}
    await buys(app, "mleko")
    shop.store.down = set()
    shop.store.writes.clear()
    active = app.held.supervisor.summary().last_activity
    await seconds_pass(1)
    app.held.supervisor.tell(StoreReturned())
    await a_moment()
    assert shop.store.writes == ["save"]
    assert app.held.supervisor.summary().last_activity == active
    await buys(app, "chleb")
    assert shop.store.writes == ["save", "append"]


async def test_a_session_that_the_store_never_had_is_stored_as_soon_as_it_is_back(
    shop: Shop,
) -> None:
    shop.store.down = {"create"}
    app = await begun(shop)
    shop.store.down = set()
    app.held.supervisor.tell(StoreReturned())
    await a_moment()
    assert shop.store.writes == ["create", "create"]
    await app.start()
    assert app.sessions[-1]["resumed"] is True


async def test_a_phone_without_a_session_has_nothing_to_store(shop: Shop) -> None:
    connection = shop.connect()
    await a_moment()
    connection.supervisor.tell(StoreReturned())
    await a_moment()
    assert shop.store.writes == []
    async with live_session() as v1:
        await v1.start()
        v1.supervisor.tell(StoreReturned())
        await a_moment()
        assert not v1.store.calls


async def test_what_the_store_missed_goes_with_a_session_that_breaks(shop: Shop) -> None:
    app = await begun(shop)
    shop.store.down = {"append"}
    await buys(app, "mleko")
    shop.store.down = set()
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    assert [item["name"] for item in app.sessions[-1]["list"]] == ["mleko"]
    assert app.sessions[-1]["seq"] == 1


async def test_a_store_that_is_away_is_reported_once_by_each_session(shop: Shop) -> None:
    app = await begun(shop)
    shop.store.down = {"append", "save"}
    for name in ("mleko", "chleb", "ser"):
        await buys(app, name)
    assert len(shop.observer.noted("store_unavailable")) == 1
    shop.store.down = set()
    await buys(app, "sok")
    shop.store.down = {"append"}
    await buys(app, "miód")
    assert len(shop.observer.noted("store_unavailable")) == 2


# A phone that knows more than the store.


async def test_numbers_that_a_phone_knows_and_the_store_does_not_are_not_used_again(
    shop: Shop,
) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.phone.leaves()
    app.seq = 3  # told by an instance that died before it could store them
    await app.start()
    assert app.sessions[-1]["seq"] == 3
    assert shop.observer.noted("session_lacks_events") == [{"events": 2}]
    introduced = shop.observer.noted("session_introduced")[-1]
    assert (introduced["resumed"], introduced["replayed"]) == (True, 0)
    await buys(app, "chleb")
    assert app.events[-1]["seq"] == 4
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    assert app.sessions[-1]["seq"] == 4
    assert len(shop.observer.noted("session_lacks_events")) == 1


async def test_a_number_that_no_phone_can_know_is_not_believed(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.phone.leaves()
    app.seq = 2 + MOST_AHEAD
    await app.start()
    assert app.sessions[-1]["seq"] == 1
    answer = await asks(app, "edit", operations=[edit("chleb")], ref="r1")
    assert answer["type"] == "received"
    assert [event["seq"] for event in app.phone.told("product_detected")] == [2]
