"""The reference client on a real gateway, through a network that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

import msgspec
import pytest

from gateway.client import ShoppingClient
from gateway.client_retry import Loss
from gateway.client_state import ClientState
from gateway.talk_wire import Heard
from schemas.client import AddItem, UpdateItem
from schemas.server import ErrorV2, ProductDetected, ProductRetracted, SessionInfo, Status
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess
from tests.support.relay import Relay

WITHIN_S = 40.0


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess("--ears", "none") as process:
        yield process


@pytest.fixture(scope="module")
def gateway(emulator: EmulatorProcess) -> Iterator[GatewayProcess]:
    with GatewayProcess.on(emulator) as process:
        process.line("ready")
        yield process


class Phone:
    """An app that can be waited for."""

    def __init__(self) -> None:
        self.messages: list[Heard] = []
        self.problems: list[str] = []
        self.losses: list[Loss] = []
        self._changed = asyncio.Event()

    def heard(self, message: Heard) -> None:
        self.messages.append(message)
        self._changed.set()

    def puzzled(self, problem: str) -> None:
        self.problems.append(problem)

    def lost(self, loss: Loss) -> None:
        self.losses.append(loss)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when something that was heard, or lost, has made a condition true."""
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def loses_it(self) -> None:
        """Return when the connection is lost once more."""
        losses = len(self.losses)
        await self.until(lambda: len(self.losses) > losses)

    @property
    def seqs(self) -> list[int]:
        """The numbers of the events, as they came."""
        return [m.seq for m in self.messages if isinstance(m, ProductDetected | ProductRetracted)]

    @property
    def sessions(self) -> list[SessionInfo]:
        """What each connection's session began with."""
        return [m for m in self.messages if isinstance(m, SessionInfo)]

    @property
    def statuses(self) -> list[str]:
        """What the session did."""
        return [m.status for m in self.messages if isinstance(m, Status)]

    @property
    def codes(self) -> list[str]:
        """The errors."""
        return [m.code for m in self.messages if isinstance(m, ErrorV2)]


@contextlib.asynccontextmanager
async def running(client: ShoppingClient) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(client.run(), name="client")
        yield
        task.cancel()


def names(client: ShoppingClient) -> list[tuple[str, float]]:
    return [(item.name, item.quantity) for item in client.state.items.values()]


async def test_list_is_kept_by_hand_by_voice_and_by_keyboard(gateway: GatewayProcess) -> None:
    phone = Phone()
    client = ShoppingClient(gateway.ws_url, "kept", app=phone)
    async with running(client):
        client.start("pl-PL")
        client.edit(AddItem("chleb"), AddItem("ser", 2, "kg"))
        client.say("dodaj dwa litry mleka")
        await phone.until(lambda: phone.seqs == [1, 2, 3])
        assert names(client) == [("chleb", 1), ("ser", 2), ("mleko", 2)]
        bread = next(iter(client.state.items))
        client.edit(UpdateItem(bread, quantity=3))
        await phone.until(lambda: names(client)[0] == ("chleb", 3))
        client.undo()
        await phone.until(lambda: names(client)[0] == ("chleb", 1))
        client.reject("nothing")
        client.stop()
        await phone.until(lambda: phone.statuses[-1:] == ["stopped"])
    assert phone.codes == ["unknown_item"]
    assert (phone.problems, phone.losses, client.state.requests) == ([], [], {})


async def test_session_outlives_a_cut_and_nothing_is_lost_or_doubled(
    gateway: GatewayProcess,
) -> None:
    phone = Phone()
    async with Relay.to(gateway.ws_url) as relay:
        client = ShoppingClient(relay.url, "cut", app=phone)
        async with running(client):
            client.start("pl-PL")
            client.edit(AddItem("chleb"))
            await phone.until(lambda: phone.seqs == [1])
            client.say("dodaj mleko")
            client.edit(AddItem("ser"))
            relay.cut()
            client.edit(AddItem("masło"))
            await phone.loses_it()
            relay.mend()
            await phone.until(lambda: len(phone.seqs) == 4)
            client.stop()
            await phone.until(lambda: phone.statuses[-1:] == ["stopped"])
    assert phone.seqs == [1, 2, 3, 4]
    assert sorted(name for name, _ in names(client)) == ["chleb", "masło", "mleko", "ser"]
    assert [session.resumed for session in phone.sessions] == [False, True]
    assert len({session.session_id for session in phone.sessions}) == 1
    assert len({session.resume_token for session in phone.sessions}) == 2
    assert client.state.requests == {}
    assert client.statistics().reconnects == 1


async def test_many_cuts_lose_and_double_nothing(gateway: GatewayProcess) -> None:
    phone = Phone()
    wanted = [f"towar {chr(ord('a') + number)}" for number in range(10)]
    async with Relay.to(gateway.ws_url) as relay:
        client = ShoppingClient(relay.url, "cuts", app=phone, jitter=lambda: 0.1)
        async with running(client):
            client.start("pl-PL")
            for name in wanted:
                client.edit(AddItem(name))
                relay.cut()
                await phone.loses_it()
                relay.mend()
            await phone.until(lambda: len(phone.seqs) >= len(wanted))
    assert phone.seqs == list(range(1, len(wanted) + 1))
    assert sorted(name for name, _ in names(client)) == wanted
    assert client.state.requests == {}


async def test_app_that_was_closed_goes_on_with_what_it_had_stored(
    gateway: GatewayProcess,
) -> None:
    phone = Phone()
    client = ShoppingClient(gateway.ws_url, "stored", app=phone)
    async with running(client):
        client.start("pl-PL")
        client.edit(AddItem("chleb"))
        await phone.until(lambda: phone.seqs == [1])
    stored = msgspec.json.encode(client.state)
    later = Phone()
    state = msgspec.json.decode(stored, type=ClientState)
    client = ShoppingClient(gateway.ws_url, "stored", app=later, state=state)
    async with running(client):
        client.start()
        await later.until(lambda: bool(later.sessions))
        client.edit(AddItem("ser"))
        await later.until(lambda: later.seqs == [2])
    assert later.sessions[0].resumed
    assert later.sessions[0].language == "pl-PL"
    assert names(client) == [("chleb", 1), ("ser", 1)]


async def test_another_users_token_begins_a_session_with_the_list(
    gateway: GatewayProcess,
) -> None:
    phone = Phone()
    client = ShoppingClient(gateway.ws_url, "mine", app=phone)
    async with running(client):
        client.start("pl-PL")
        client.edit(AddItem("chleb"), AddItem("ser"))
        await phone.until(lambda: phone.seqs == [1, 2])
    other = Phone()
    taken = ShoppingClient(gateway.ws_url, "thief", app=other, state=client.state)
    async with running(taken):
        taken.start("pl-PL")
        await other.until(lambda: bool(other.sessions))
        assert not other.sessions[0].resumed
        taken.edit(AddItem("masło"))
        await other.until(lambda: other.seqs == [1])
    assert [name for name, _ in names(taken)] == ["chleb", "ser", "masło"]
