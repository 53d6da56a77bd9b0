"""Tokens and tickets over real sockets: an issuer, a service that asks it, phones and a browser."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from bench.redis_server import RedisServer
from gateway.__main__ import main
from gateway.access.fetching import fetcher
from gateway.access.identity import Identity
from gateway.access.key_set import FetchFailed
from gateway.access.shared_tickets import SharedTickets
from gateway.access.tickets import Tickets
from gateway.cluster.shared import SharedRedis
from tests.support.gateway_process import ADMIN_TOKEN, GatewayProcess
from tests.support.processes import EmulatorProcess
from tests.support.recording_observer import RecordingObserver
from tests.support.tokens import AUDIENCE, ISSUER, SECRET, Issuer, published, serving, signed

OLD = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
NEW = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
ACCESS = (Path(__file__).parents[2] / "docs" / "access.md").read_text()
V2 = Subprotocol("shopping.v2")


def token(key: rsa.RSAPrivateKey = OLD, key_id: str = "old", **claims: Any) -> str:  # noqa: ANN401 - of a token
    given = {"iss": ISSUER, "aud": AUDIENCE, "now": time.time(), **claims}
    return signed(key, algorithm="RS256", key_id=key_id, **given)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving(Issuer()) as served:
        served.keys = [published(OLD, "RS256", kid="old")]
        yield served


@pytest.fixture
def gateway(issuer: Issuer) -> Iterator[GatewayProcess]:
    settings = {
        "GEMINI_API_KEY": "a-key-that-is-not-used",
        "GOOGLE_GEMINI_BASE_URL": "https://127.0.0.1:9",
        "AUTH_JWKS_URL": issuer.url,
        "AUTH_ISSUER": ISSUER,
        "AUTH_AUDIENCE": AUDIENCE,
        "AUTH_CLOCK_SKEW_S": "0",
        "ADMIN_ROLE": "admin",
        "ADMIN_TOKEN": ADMIN_TOKEN,
        "LOG_LEVEL": "DEBUG",
    }
    with GatewayProcess(settings) as process:
        yield process


def phone(
    gateway: GatewayProcess, query: str = "", *offered: str, bearer: str | None = None
) -> connect:
    headers = None if bearer is None else {"Authorization": f"Bearer {bearer}"}
    return connect(
        f"{gateway.ws_url}/ws/anna{query}",
        additional_headers=headers,
        subprotocols=[V2, *map(Subprotocol, offered)],
        compression=None,
    )


async def pongs(client: ClientConnection) -> bool:
    await client.send('{"type":"ping"}')
    return await client.recv() == '{"type":"pong"}'


async def refusal(attempt: connect) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as caught:
        async with attempt:
            pass
    body = caught.value.response.body or b""
    return caught.value.response.status_code, json.loads(body).get("reason")


async def let_in(attempt: connect) -> bool:
    try:
        async with attempt as client:
            return await pongs(client)
    except InvalidStatus:
        return False


def post(gateway: GatewayProcess, bearer: str) -> tuple[int, Mapping[str, Any]]:
    return gateway.ask("POST", "/tickets", {"Authorization": f"Bearer {bearer}"})


async def test_an_issuers_tokens_let_phones_in_and_none_is_in_the_log(
    gateway: GatewayProcess, issuer: Issuer
) -> None:
    shown = [token(), token(jti="2"), token(jti="3"), token(lasts_s=-5), token(user="jan")]
    async with phone(gateway, bearer=shown[0]) as client:
        assert client.subprotocol == V2
        assert await pongs(client)
    async with phone(gateway, "", f"bearer.{shown[1]}") as client:
        assert await pongs(client)
    async with phone(gateway, f"?access_token={shown[2]}") as client:
        assert await pongs(client)
    assert await refusal(phone(gateway, bearer=shown[3])) == (401, "expired")
    assert await refusal(phone(gateway, f"?access_token={shown[4]}")) == (403, "other_user")
    assert await refusal(phone(gateway)) == (401, "nothing_shown")
    assert issuer.asked == 1
    log = json.dumps(gateway.log())
    assert not any(text in log or text.rpartition(".")[2] in log for text in shown)
    asked = gateway.line("phones_are_asked")
    assert (asked["by"], asked["issuer"]) == ("AUTH_JWKS_URL", ISSUER)


def with_curl(gateway: GatewayProcess, bearer: str) -> subprocess.Popen[str]:
    """Run the documented command for the gateway's address and a token."""
    line = re.search(r"```console\n\$ (curl -s -i .*?/ws/anna)\n", ACCESS, re.DOTALL)
    assert line is not None
    command = line[1].replace("https://voice.example", gateway.http_url)
    return subprocess.Popen(  # noqa: S603 - as our document has it
        ["/bin/sh", "-c", f"exec {command}"],
        env={**os.environ, "TOKEN": bearer},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_curl_shows_why_a_handshake_is_refused_as_documented(gateway: GatewayProcess) -> None:
    documented = ACCESS.partition("/ws/anna\n")[2].partition("```")[0].splitlines()
    with with_curl(gateway, token(lasts_s=-5)) as curl:
        told = curl.communicate()[0].splitlines()
    assert [told[0], "…", told[-1]] == documented
    with with_curl(gateway, token(user="jan")) as curl:
        told = curl.communicate()[0].splitlines()
    assert told[0] == "HTTP/1.1 403 Forbidden"
    assert json.loads(told[-1])["reason"] == "other_user"
    with with_curl(gateway, token()) as curl:
        assert gateway.line("session_connected")["user_id"] == "anna"
        curl.kill()


async def test_keys_are_rotated_under_a_running_service(
    gateway: GatewayProcess, issuer: Issuer
) -> None:
    issuer.keys.append(published(NEW, "RS256", kid="new"))
    async with phone(gateway, bearer=token(NEW, "new")) as client:
        assert await pongs(client)
    async with phone(gateway, bearer=token()) as client:
        assert await pongs(client)
    assert issuer.asked == 1


async def test_a_connection_ends_with_its_token_unless_a_newer_one_comes(
    gateway: GatewayProcess,
) -> None:
    # What is loaded late, and the issuer's keys, are there before a token's time begins.
    async with phone(gateway, bearer=token()) as first:
        assert await pongs(first)
    async with (
        phone(gateway, bearer=token(lasts_s=5)) as short,
        connect(
            f"{gateway.ws_url}/ws/jan",
            additional_headers={"Authorization": f"Bearer {token(user='jan', lasts_s=5)}"},
            subprotocols=[V2],
        ) as renewed,
    ):
        newer = {"type": "auth", "token": token(user="jan"), "ref": "a1"}
        await renewed.send(json.dumps(newer))
        assert json.loads(await renewed.recv()) == {"type": "received", "ref": "a1"}
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionClosed):
                await short.recv()
        assert (short.close_code, short.close_reason) == (4001, "the token has expired")
        assert await pongs(renewed)


async def test_a_browser_exchanges_its_token_for_a_ticket(gateway: GatewayProcess) -> None:
    status, answer = await asyncio.to_thread(post, gateway, token())
    assert (status, answer["user_id"]) == (201, "anna")
    ticket = answer["ticket"]
    async with phone(gateway, f"?ticket={ticket}") as client:
        assert await pongs(client)
    assert await refusal(phone(gateway, f"?ticket={ticket}")) == (401, "bad_ticket")
    status, answer = await asyncio.to_thread(post, gateway, token(lasts_s=-5))
    assert (status, answer["reason"]) == (401, "expired")
    assert ticket not in json.dumps(gateway.log())


async def test_admins_have_the_token_or_the_role(gateway: GatewayProcess) -> None:
    for bearer, status in (
        (ADMIN_TOKEN, 200),
        (token(user="ola", roles=["admin"]), 200),
        (token(user="ola"), 403),
        ("wrong", 401),
    ):
        headers = {"Authorization": f"Bearer {bearer}"}
        answered, _ = await asyncio.to_thread(gateway.ask, "GET", "/sessions", headers)
        assert answered == status


async def test_who_watches_is_told_no_more_once_the_token_has_expired(
    gateway: GatewayProcess,
) -> None:
    brief = token(user="ola", roles=["admin"], lasts_s=8)
    asked = urllib.request.Request(  # noqa: S310 - our own
        f"{gateway.http_url}/sessions/events", headers={"Authorization": f"Bearer {brief}"}
    )

    def watch() -> bytes:
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - as above
            text: bytes = answer.read()
            return text

    # Comments keep proxies from giving up; a slow machine sees one before the end.
    told = await asyncio.to_thread(watch)
    assert told.replace(b": alive\n\n", b"") == b"event: expired\ndata: {}\n\n"


def test_gateway_talk_shows_its_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    with (
        EmulatorProcess("--ears", "none") as emulator,
        GatewayProcess.on(emulator, {"AUTH_JWT_SECRET": SECRET}) as gateway,
    ):
        words = ["talk", "--url", gateway.ws_url, "--user", "anna", "--typed", "dodaj mleko"]
        gateway.line("ready")
        monkeypatch.setenv("TOKEN", signed(now=now))
        assert main(words) == 0
        assert "mleko" in capsys.readouterr().out
        monkeypatch.setenv("TOKEN", signed(now=now, lasts_s=-60))
        assert main(words) == 3
        assert "HTTP 401 Unauthorized" in capsys.readouterr().err
        assert main([*words, "--token", signed(user="jan", now=now)]) == 3
        assert "HTTP 403 Forbidden" in capsys.readouterr().err
        assert main([*words, "--token", "a b"]) == 2
        assert "the token has characters that no token has" in capsys.readouterr().err


@pytest.mark.parametrize(
    "settings",
    [{}, {"HOST": "0.0.0.0", "ALLOW_ANONYMOUS": "true"}],  # noqa: S104 - by name
)
def test_every_start_without_tokens_says_so(settings: dict[str, str]) -> None:
    with GatewayProcess(settings) as gateway:
        said = gateway.line("anybody_may_speak")
        assert said["severity"] == "WARNING"
        assert said["host"] == settings.get("HOST", "127.0.0.1")
        assert gateway.get("/livez") == (200, {"status": "ok"})


async def test_while_the_issuer_is_away_nobody_is_let_in_and_all_may_come_again() -> None:
    with GatewayProcess(
        {
            "GEMINI_API_KEY": "a-key-that-is-not-used",
            "AUTH_JWKS_URL": "http://127.0.0.1:9/keys",
            "AUTH_ISSUER": ISSUER,
            "AUTH_AUDIENCE": AUDIENCE,
        }
    ) as gateway:
        assert await refusal(phone(gateway, bearer=token())) == (503, "cannot_check")
        gateway.line("token_keys_unavailable", problem="ConnectionRefusedError")


# Getting keys.


async def test_keys_come_with_how_long_they_are_good(issuer: Issuer) -> None:
    issuer.cache_control = "public, max-age=21600"
    fetched = await fetcher(issuer.url + "?v=1", None)()
    assert json.loads(fetched.body) == {"keys": issuer.keys}
    assert fetched.max_age_s == 21_600


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, None, "HTTP 500"),
        (302, None, "HTTP 302"),
        (200, b"x" * 300_000, "the answer has more than 262144 bytes"),
    ],
)
async def test_what_is_no_answer_is_told(
    issuer: Issuer, status: int, body: bytes | None, problem: str
) -> None:
    issuer.status, issuer.body = status, body
    with pytest.raises(FetchFailed, match=problem):
        await fetcher(issuer.url, None)()


async def test_tls_is_checked(issuer: Issuer) -> None:
    with pytest.raises(FetchFailed, match="SSLError"):
        await fetcher(issuer.url.replace("http:", "https:"), None)()


# Tickets that instances share.


async def test_a_ticket_of_one_instance_is_taken_once_by_any(redis: RedisServer) -> None:
    observer = RecordingObserver()
    one, two = (SharedRedis(redis.url, observer) for _ in range(2))
    keeping = [asyncio.create_task(each.keep(), name="redis") for each in (one, two)]
    anna = Identity("anna", 5.5)
    giving, taking = (Tickets(SharedTickets(each), ttl_s=5) for each in (one, two))
    tickets = [await giving.give(anna) for _ in range(20)]
    for ticket in tickets:
        assert await taking.look(ticket) == anna
        found = await asyncio.gather(*(each.take(ticket) for each in (taking, giving) * 5))
        assert [each for each in found if each is not None] == [anna]
    assert await taking.take("none") is None
    brief = Tickets(SharedTickets(one), ttl_s=0.05)
    late = await brief.give(anna)
    await asyncio.sleep(0.1)  # Redis's own clock: nothing tells when a key expires
    assert await taking.take(late) is None
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)


async def test_a_ticket_that_one_instance_gave_lets_in_at_another(redis: RedisServer) -> None:
    settings = {
        "GEMINI_API_KEY": "a-key-that-is-not-used",
        "AUTH_JWT_SECRET": SECRET,
        "SESSION_STORE": redis.url,
        "MAX_SESSIONS": "1",
    }
    with GatewayProcess(settings) as one, GatewayProcess(settings) as two:
        bearer = signed(now=time.time())
        jan = {"Authorization": f"Bearer {signed(user='jan', now=time.time())}"}
        status, answer = await asyncio.to_thread(post, one, bearer)
        assert status == 201
        query = f"?ticket={answer['ticket']}"
        async with connect(f"{two.ws_url}/ws/jan", additional_headers=jan, compression=None):
            # It is full, and the ticket is good still.
            status, _ = await refusal(phone(two, query))
            assert status == 503
        await asyncio.to_thread(two.line, "session_ended")
        attempts = [asyncio.create_task(let_in(phone(two, query))) for _ in range(5)]
        assert sorted(await asyncio.gather(*attempts)) == [False] * 4 + [True]
        for either in (one, two):
            assert await refusal(phone(either, query)) == (401, "bad_ticket")
        assert answer["ticket"] not in json.dumps([one.log(), two.log()])
