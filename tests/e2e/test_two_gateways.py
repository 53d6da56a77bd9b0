"""Two real gateways, a real Redis and the emulator: one service, whichever a phone gets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.redis_server import RedisServer, redis_server
from gateway.cluster.lease import LEASE_S
from tests.support.gateway_process import ADMIN_TOKEN, GatewayProcess
from tests.support.processes import EmulatorProcess, Record

V2 = [Subprotocol("shopping.v2")]
WITHIN_S = 30.0
SLACK_S = 4.0
Message = dict[str, Any]


@dataclass(slots=True)
class Cluster:
    """What runs."""

    emulator: EmulatorProcess
    server: RedisServer
    one: GatewayProcess
    two: GatewayProcess

    def redis(self) -> contextlib.closing[Redis]:
        """Look into Redis."""
        return contextlib.closing(Redis.from_url(self.server.url))

    def kept(self, user: str) -> dict[str, Any]:
        """Return all that Redis has of a user, the time to live aside."""
        with self.redis() as redis:
            return {
                key.decode(): redis.hgetall(key) if redis.type(key) == b"hash" else redis.dump(key)
                for key in redis.scan_iter(f"gw:{{{user}}}*")
            }


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as server, EmulatorProcess("--ears", "none") as emulator:

        def instance(name: str) -> GatewayProcess:
            store = {"SESSION_STORE": server.url, "INSTANCE_ID": name}
            return GatewayProcess.on(emulator, store)

        with instance("one") as one, instance("two") as two:
            for gateway in (one, two):
                gateway.line("ready")
                gateway.line("instance_joined")
            yield Cluster(emulator, server, one, two)


def ask(gateway: GatewayProcess, path: str, method: str = "GET") -> tuple[int, Any]:
    """Return status and JSON, as an admin gets them: within a second, but for a busy machine."""
    request = urllib.request.Request(  # noqa: S310 - our own
        f"{gateway.http_url}{path}",
        method=method,
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
    )
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)
    finally:
        assert time.monotonic() - begun < 1 + SLACK_S


async def asked(gateway: GatewayProcess, path: str, method: str = "GET") -> tuple[int, Any]:
    return await asyncio.to_thread(ask, gateway, path, method)


class Phone:
    """A phone of protocol v2."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[Message] = []
        self.session: Message = {}

    async def start(self, older: Phone | None = None) -> None:
        """Begin, or go on with the session of an older connection."""
        fields: Message = {}
        if older is not None:
            seq = max((each.get("seq", 0) for each in older.heard), default=0)
            fields["resume"] = {"token": older.session["resume_token"], "last_seq": seq}
        await self.says("start_session", **fields)
        self.session = await self.told("session")

    async def says(self, kind: str, **fields: object) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def buys(self, name: str) -> None:
        """Type a sentence; return when its product is there, and is acknowledged."""
        await self.says("text", text=f"dodaj {name}", ref=name)
        event = await self.told("product_detected")
        assert event["product"]["name"] == name
        await self.says("ack", seq=event["seq"])
        assert (await self.told("received"))["ref"] == name

    async def told(self, kind: str) -> Message:
        """Return the next message of a type."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                message: Message = json.loads(await self.socket.recv())
                self.heard.append(message)
                if message["type"] == kind:
                    return message

    async def closed(self) -> tuple[int, str]:
        """Return code and reason once it is closed."""
        async with asyncio.timeout(WITHIN_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    self.heard.append(json.loads(await self.socket.recv()))
        close = self.socket.protocol.close_rcvd
        assert close is not None
        return close.code, close.reason

    @property
    def list(self) -> list[str]:
        """What is on the session's list, when it began here."""
        return [item["name"] for item in self.session["list"]]


@contextlib.asynccontextmanager
async def phone(gateway: GatewayProcess, user: str) -> AsyncIterator[Phone]:
    url = f"{gateway.ws_url}/ws/{user}"
    async with connect(url, subprotocols=V2, compression=None, ping_interval=None) as socket:
        yield Phone(socket)


async def test_an_admin_sees_and_ends_a_session_on_the_other_instance(cluster: Cluster) -> None:
    async with phone(cluster.two, "anna") as anna, phone(cluster.one, "jan") as jan:
        await anna.start()
        await jan.start()
        status, listed = await asked(cluster.one, "/sessions")
        assert (status, listed["complete"], listed["unanswered"]) == (200, True, [])
        assert listed["instances"] == [
            {"instance": "one", "sessions": 1},
            {"instance": "two", "sessions": 1},
        ]
        rows = {row["user_id"]: row["instance"] for row in listed["sessions"]}
        assert (rows["anna"], rows["jan"]) == ("two", "one")
        status, detail = await asked(cluster.one, "/sessions/anna")
        assert (status, detail["instance"]) == (200, "two")
        assert detail["session_id"] == anna.session["session_id"]
        status, ended = await asked(cluster.one, "/sessions/anna", "DELETE")
        assert (status, ended) == (
            200,
            {"message": f"Session {anna.session['session_id']} terminated"},
        )
        assert await anna.closed() == (4010, "ended by an admin")
        assert (await asked(cluster.one, "/sessions/anna"))[0] == 404


async def test_a_phone_that_comes_to_the_other_instance_takes_its_session_along(
    cluster: Cluster,
) -> None:
    async with phone(cluster.one, "ola") as older:
        await older.start()
        await older.buys("mleko")
        async with phone(cluster.two, "ola") as newer:
            await newer.start(older)
            assert await older.closed() == (4009, "connected elsewhere")
            assert newer.session["resumed"] is True
            assert newer.list == ["mleko"]
            await newer.buys("chleb")
            async with phone(cluster.one, "ola") as newest:
                await newest.start(newer)
                assert await newer.closed() == (4009, "connected elsewhere")
                assert sorted(newest.list) == ["chleb", "mleko"]


async def test_a_phone_that_was_cut_off_finds_its_session_at_the_other_instance_at_once(
    cluster: Cluster,
) -> None:
    async with phone(cluster.one, "uma") as older:
        await older.start()
        await older.buys("mleko")
        older.socket.transport.abort()
    async with phone(cluster.two, "uma") as newer:
        await newer.start(older)
        assert (newer.session["resumed"], newer.list) == (True, ["mleko"])


async def test_an_instance_that_ends_is_missed_by_nobody(cluster: Cluster) -> None:
    store = {"SESSION_STORE": cluster.server.url, "INSTANCE_ID": "three"}
    with GatewayProcess.on(cluster.emulator, store) as three:
        three.line("instance_joined")
        async with phone(three, "zoe") as zoe:
            await zoe.start()
            await zoe.buys("mleko")
            status, detail = await asked(cluster.one, "/sessions/zoe")
            assert (status, detail["instance"]) == (200, "three")
            three.terminate()
            assert (await zoe.closed())[0] == 1012
        assert three.wait() == 0
    status, listed = await asked(cluster.one, "/sessions")
    assert (listed["complete"], listed["unanswered"]) == (True, [])
    with cluster.redis() as redis:
        assert not redis.exists("gw:i:three")
    async with phone(cluster.two, "zoe") as again:
        await again.start(zoe)
        assert (again.session["resumed"], again.list) == (True, ["mleko"])


async def test_a_phone_that_begins_anew_elsewhere_replaces_its_older_connection(
    cluster: Cluster,
) -> None:
    async with phone(cluster.one, "ewa") as older:
        await older.start()
        await asyncio.sleep(1)  # each instance knows Redis's clock only so well
        async with phone(cluster.two, "ewa") as newer:
            await newer.start()
            assert await older.closed() == (4009, "connected elsewhere")
            await newer.buys("mleko")


async def test_an_instance_that_was_stopped_past_its_lease_writes_and_says_nothing(
    cluster: Cluster,
) -> None:
    async with phone(cluster.one, "iza") as older:
        await older.start()
        await older.buys("mleko")
        links = {each["id"] for each in opened(cluster.emulator.connections())}
        async with _taken_over(cluster, older) as newer:
            heard = len(older.heard)
            kept = cluster.kept("iza")
            cluster.one.go_on()
            assert await older.closed() == (1012, "this instance lost its lease")
            assert len(older.heard) == heard
            lost = await asyncio.to_thread(cluster.one.line, "lease_lost")
            assert lost["sessions"] >= 1
            assert lost["logging.googleapis.com/labels"]["instance"] == "one"
            ended = await asyncio.to_thread(
                cluster.one.line, "session_ended", reason="this instance lost its lease"
            )
            assert (ended["user_id"], ended["code"]) == ("iza", 1012)
            await asyncio.sleep(1)
            assert cluster.kept("iza") == kept
            records = await asyncio.to_thread(
                cluster.emulator.wait_for, lambda records: len(opened(records)) == 1
            )
            (link,) = opened(records)
            assert link["id"] not in links
            await newer.buys("ser")
        async with phone(cluster.one, "iza") as again:
            await again.start(newer)
            assert sorted(again.list) == ["chleb", "mleko", "ser"]


@contextlib.asynccontextmanager
async def _taken_over(cluster: Cluster, older: Phone) -> AsyncIterator[Phone]:
    """Stop `one` past its lease, with what an older phone said meanwhile waiting for it."""
    cluster.one.pause()
    stopped_at = time.monotonic()
    try:
        async with phone(cluster.two, "iza") as newer:
            await newer.start(older)
            assert newer.session["resumed"] is True
            assert newer.list == ["mleko"]
            await newer.buys("chleb")
            await older.says("text", text="dodaj ser", ref="t2")
            await older.socket.send(bytes(3_200))
            await asyncio.sleep(max(0.0, stopped_at + LEASE_S + 1 - time.monotonic()))
            yield newer
    finally:
        cluster.one.go_on()


def opened(connections: list[Record]) -> list[Record]:
    """Return those that are open."""
    return [each for each in connections if each["state"] == "open"]


async def test_sessions_that_nobody_took_while_an_instance_was_stopped_are_resumed(
    cluster: Cluster,
) -> None:
    async with phone(cluster.one, "ada") as one, phone(cluster.one, "bea") as other:
        for each, name in ((one, "mleko"), (other, "chleb")):
            await each.start()
            await each.buys(name)
        cluster.one.pause()
        await asyncio.sleep(LEASE_S + 1)
        cluster.one.go_on()
        assert (await one.closed())[0] == (await other.closed())[0] == 1012
    async with phone(cluster.one, "ada") as here, phone(cluster.two, "bea") as there:
        await here.start(one)
        await there.start(other)
        assert (here.list, there.list) == (["mleko"], ["chleb"])
        assert here.session["resumed"] is there.session["resumed"] is True
        await here.buys("ser")
        await there.buys("ser")


async def test_an_instance_that_does_not_reply_is_named(cluster: Cluster) -> None:
    async with phone(cluster.one, "kim") as kim:
        await kim.start()
        cluster.two.pause()
        try:
            status, listed = await asked(cluster.one, "/sessions")
            assert (status, listed["complete"], listed["unanswered"]) == (200, False, ["two"])
            assert "kim" in [row["user_id"] for row in listed["sessions"]]
            status, missing = await asked(cluster.one, "/sessions/nobody")
            assert (status, missing["unanswered"]) == (503, ["two"])
        finally:
            cluster.two.go_on()


async def test_while_redis_is_away_the_view_is_this_instances_and_says_so(
    cluster: Cluster,
) -> None:
    async with phone(cluster.one, "lea") as lea:
        await lea.start()
        assert (await asked(cluster.one, "/sessions"))[1]["complete"]
        cluster.server.stop()
        try:
            status, listed = await asked(cluster.one, "/sessions")
            assert (status, listed["complete"], listed["unanswered"]) == (200, False, ["two"])
            assert listed["problem"] == "the other instances cannot be asked: Redis is away"
            assert "lea" in [row["user_id"] for row in listed["sessions"]]
            await lea.buys("mleko")
        finally:
            cluster.server.start()
        async with asyncio.timeout(WITHIN_S):
            while not (await asked(cluster.two, "/sessions"))[1]["complete"]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)  # an admin may ask 600 times a minute
        rows = (await asked(cluster.two, "/sessions"))[1]["sessions"]
        assert ("lea", "one") in {(row["user_id"], row["instance"]) for row in rows}
