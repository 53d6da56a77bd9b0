"""`gateway check` against an emulator, a Redis, and what is neither."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bench.redis_server import RedisServer
from gateway import check_command
from gateway.checks import checked_locales
from shopping import LocaleDataInvalid
from tests.support.certificates import write_certificate
from tests.support.gateway_process import (
    ADMIN_TOKEN,
    LEFT_TO_DEFAULT,
    ROOT,
    GatewayProcess,
    environment,
)
from tests.support.processes import EmulatorProcess
from tests.support.tokens import AUDIENCE, ISSUER, Issuer, published, serving


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess("--ears", "none") as process:
        yield process


class Checked:
    """What one run of the command came to."""

    def __init__(self, exit_code: int, printed: str) -> None:
        self.exit_code = exit_code
        self.lines = printed.splitlines()

    def of(self, part: str) -> str:
        """Return the only line about a part, with single spaces."""
        (line,) = [line for line in self.lines if line.split()[1] == part]
        return " ".join(line.split())


class Check:
    """Runs the command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    async def __call__(self, environment: Mapping[str, str], *arguments: str) -> Checked:
        for name in (*LEFT_TO_DEFAULT, "GOOGLE_GEMINI_BASE_URL", "HOST"):
            self._monkeypatch.delenv(name, raising=False)
        self._monkeypatch.setenv("PORT", "0")
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)
        parser = argparse.ArgumentParser(prog="gateway check")
        check_command.add_arguments(parser)
        exit_code = await check_command.run(parser.parse_args(arguments))
        return Checked(exit_code, self._capsys.readouterr().out)


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    return Check(monkeypatch, capsys)


async def test_everything_that_works_is_told_a_line_each(
    check: Check, emulator: EmulatorProcess, redis: RedisServer
) -> None:
    checked = await check(
        {
            **emulator.client_environment(),
            "GEMINI_API_KEY": "a-key-for-tests",
            "ADMIN_TOKEN": "a-token-for-the-tests",
            "SESSION_STORE": redis.url,
        }
    )
    assert checked.exit_code == 0
    assert [line.split()[:2] for line in checked.lines] == [
        ["ok", "settings"],
        ["ok", "locales"],
        ["ok", "port"],
        ["ok", "gemini"],
        ["ok", "store"],
    ]
    assert f"{emulator.tls_url} grants gemini-3.8-live a link" in checked.of("gemini")
    assert "does what is needed" in checked.of("store")


async def test_every_wrong_setting_has_a_line_and_nothing_is_connected_to(check: Check) -> None:
    checked = await check({"PORT": "eighty", "STALL_S": "never", "GEMINI_API_KEY": "a-key"})
    assert checked.exit_code == 2
    assert [line.split()[:3] for line in checked.lines] == [
        ["FAILED", "settings", "STALL_S"],
        ["FAILED", "settings", "PORT"],
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"GEMINI_API_KEY": "bad-key"}, "GEMINI_API_KEY is not accepted: set it to a key"),
        ({"GOOGLE_API_KEY": "bad-key"}, "GOOGLE_API_KEY is not accepted: set it to a key"),
        ({"GEMINI_MODEL": "gemini-of-tomorrow"}, "GEMINI_MODEL is gemini-of-tomorrow, which is"),
    ],
)
async def test_a_link_that_is_refused_names_the_variable(
    check: Check, emulator: EmulatorProcess, changes: dict[str, str], told: str
) -> None:
    environment = {**emulator.client_environment(), "GEMINI_API_KEY": "a-key-for-tests"}
    checked = await check({**environment, **changes})
    assert checked.exit_code == 3
    assert told in checked.of("gemini")
    assert "bad-key" not in "".join(checked.lines)


async def test_a_gemini_that_is_not_there_is_told_apart_from_one_that_refuses(
    check: Check, emulator: EmulatorProcess
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{unused.getsockname()[1]}"
        environment = {**emulator.client_environment(), "GEMINI_API_KEY": "a-key-for-tests"}
        checked = await check({**environment, "GOOGLE_GEMINI_BASE_URL": address})
    assert checked.exit_code == 3
    assert "try again, and look at the network" in checked.of("gemini")


async def test_credentials_that_do_not_fit_are_wrong_settings(check: Check) -> None:
    checked = await check(
        {
            "GOOGLE_GENAI_USE_VERTEXAI": "true",
            "GOOGLE_CLOUD_PROJECT": "a-project",
            "GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json",
        }
    )
    assert checked.exit_code == 2
    assert "no credentials are usable" in checked.of("gemini")


async def test_without_a_key_the_emulator_is_warned_of(check: Check) -> None:
    checked = await check({})
    assert checked.exit_code == 0
    assert checked.of("settings").startswith("warn settings ADMIN_TOKEN is not set")
    assert checked.of("gemini").startswith("warn gemini GEMINI_API_KEY is not set")
    assert checked.of("store").startswith("ok store SESSION_STORE is memory")


async def test_a_redis_that_does_not_answer_is_named(check: Check) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"redis://:a-password@127.0.0.1:{unused.getsockname()[1]}"
        checked = await check({"SESSION_STORE": address}, "--skip", "gemini")
    assert checked.exit_code == 4
    assert checked.of("store").startswith("FAILED store SESSION_STORE: set it to a Redis that")
    assert "a-password" not in checked.of("store")
    assert len(checked.lines) == 4


async def test_a_redis_that_takes_no_writes_is_none_for_us(
    check: Check, redis: RedisServer
) -> None:
    with socket.create_connection(("127.0.0.1", redis.port)) as admin:
        admin.sendall(b"REPLICAOF 127.0.0.1 1\r\n")
        assert admin.recv(64).startswith(b"+OK")
    checked = await check({"SESSION_STORE": redis.url}, "--skip", "gemini")
    assert checked.exit_code == 4
    assert "takes writes" in checked.of("store")


async def test_what_is_skipped_has_no_line(check: Check) -> None:
    checked = await check({}, "--skip", "gemini", "--skip", "store", "--skip", "port")
    assert (checked.exit_code, len(checked.lines)) == (0, 2)


@pytest.mark.parametrize("secret", ["", "a-wrong-one"])
async def test_a_redis_that_wants_another_password_says_where_that_goes(
    check: Check, redis: RedisServer, secret: str
) -> None:
    redis.command("CONFIG SET requirepass a-password")
    address = redis.url.replace("//", f"//:{secret}@") if secret else redis.url
    checked = await check({"SESSION_STORE": address}, "--skip", "gemini")
    assert checked.exit_code == 4
    told = checked.of("store")
    assert ("wants a password: put it into SESSION_STORE, as in redis://" in told) is not bool(
        secret
    )
    assert ("does not accept the name and password in it" in told) is bool(secret)
    assert "a-password" not in told
    assert "a-wrong-one" not in told


async def test_a_redis_that_hangs_is_said_to_have_timed_out(
    check: Check, redis: RedisServer
) -> None:
    redis.pause()
    checked = await check({"SESSION_STORE": redis.url}, "--skip", "gemini")
    assert checked.exit_code == 4
    assert checked.of("store").endswith("takes writes (it timed out after 1 s)")


async def test_tls_that_is_one_too_many_or_missing_is_named(
    check: Check, redis: RedisServer, tmp_path: Path
) -> None:
    secure = redis.url.replace("redis:", "rediss:")
    checked = await check({"SESSION_STORE": secure}, "--skip", "gemini")
    assert checked.exit_code == 4
    assert "SESSION_STORE: what is there speaks no TLS" in checked.of("store")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(write_certificate(tmp_path / "certificate.pem"))
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context) as server:
        address = "redis://127.0.0.1:{1}".format(*server.sockets[0].getsockname())
        checked = await check({"SESSION_STORE": address}, "--skip", "gemini")
    assert checked.exit_code == 4
    assert "what is there speaks TLS only: set it to rediss://" in checked.of("store")


@pytest.mark.parametrize(("most", "verdict", "code"), [("0", "warn", 0), ("8mb", "FAILED", 4)])
async def test_a_redis_that_forgets_when_it_is_full_is_none_for_us(
    check: Check, redis: RedisServer, most: str, verdict: str, code: int
) -> None:
    redis.command("CONFIG SET maxmemory-policy allkeys-lru")
    redis.command(f"CONFIG SET maxmemory {most}")
    checked = await check({"SESSION_STORE": redis.url}, "--skip", "gemini")
    assert checked.exit_code == code
    assert checked.of("store").startswith(f"{verdict} store")
    assert "maxmemory-policy is allkeys-lru: set it to noeviction" in checked.of("store")


async def test_a_redis_whose_user_may_do_little_is_named_by_what_it_may_not(
    check: Check, redis: RedisServer
) -> None:
    redis.command("ACL SETUSER half on >a-password ~* &* +@all -info")
    redis.command("ACL SETUSER poor on >a-password ~* &* +@all -publish")

    def of(user: str) -> dict[str, str]:
        return {"SESSION_STORE": redis.url.replace("//", f"//{user}:a-password@")}

    checked = await check(of("half"), "--skip", "gemini")
    assert checked.exit_code == 0
    assert "its maxmemory-policy is not told: it has to be noeviction" in checked.of("store")
    checked = await check(of("poor"), "--skip", "gemini")
    assert checked.exit_code == 4
    assert "let its user do what the gateway does there (" in checked.of("store")


ISSUED = {"AUTH_ISSUER": ISSUER, "AUTH_AUDIENCE": AUDIENCE}
NEITHER = ("--skip", "gemini", "--skip", "store")


async def test_the_keys_of_an_issuer_are_fetched(check: Check) -> None:
    with serving(Issuer()) as issuer:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer.keys = [published(key, "ES256", kid="one")]
        checked = await check({"AUTH_JWKS_URL": issuer.url, **ISSUED}, *NEITHER)
        assert checked.exit_code == 0
        assert checked.of("keys").startswith("ok keys AUTH_JWKS_URL has 1 key that")
        issuer.status = 404
        checked = await check({"AUTH_JWKS_URL": issuer.url, **ISSUED}, *NEITHER)
        assert (checked.exit_code, checked.of("keys").endswith("(HTTP 404)")) == (5, True)


async def test_an_issuer_that_is_not_there_is_named_with_the_reason(check: Check) -> None:
    unreachable = {"AUTH_JWKS_URL": "https://127.0.0.1:9/nope", **ISSUED}
    checked = await check(unreachable, *NEITHER)
    assert checked.exit_code == 5
    assert checked.of("keys").startswith("FAILED keys AUTH_JWKS_URL: ")
    assert "Connection refused" in checked.of("keys")


async def test_a_port_that_another_process_has_is_wrong(check: Check) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        checked = await check({"PORT": port}, *NEITHER)
        assert checked.exit_code == 2
        assert f"PORT {port} (Address already in use)" in checked.of("port")
        assert (await check({"PORT": port}, *NEITHER, "--skip", "port")).exit_code == 0


async def test_a_variable_that_nobody_reads_and_that_is_like_one_of_ours_is_named(
    check: Check,
) -> None:
    checked = await check({"MAX_SESION": "5", "GEMINI_API_KEY": "a-key"}, *NEITHER, "--dev")
    assert checked.exit_code == 0
    assert checked.of("settings") == (
        "warn settings MAX_SESION is set, and no variable of this service: is MAX_SESSIONS meant?"
    )
    checked = await check({"GEMINI_KEY": "a-key", "STALL_S": "never"})
    assert [line.split()[:3] for line in checked.lines] == [
        ["FAILED", "settings", "STALL_S"],
        ["warn", "settings", "MAX_SESION"],
        ["warn", "settings", "GEMINI_KEY"],
    ]
    assert "a-key" not in "".join(checked.lines)


async def test_a_service_that_lets_anybody_spend_is_warned_of(check: Check) -> None:
    open_to_all = {"HOST": "0.0.0.0", "ALLOW_ANONYMOUS": "true", "GEMINI_API_KEY": "a-key"}  # noqa: S104
    checked = await check(open_to_all, *NEITHER)
    assert checked.exit_code == 0
    admins, anybody = (line for line in checked.lines if line.split()[1] == "settings")
    assert "warn    settings  ADMIN_TOKEN is not set" in admins
    assert "anybody who reaches HOST 0.0.0.0 may speak, at your expense" in anybody


async def test_without_a_key_others_than_this_machine_would_get_the_emulator(check: Check) -> None:
    open_to_all = {"HOST": "0.0.0.0", "ALLOW_ANONYMOUS": "true"}  # noqa: S104
    checked = await check(open_to_all)
    assert checked.exit_code == 2
    assert "the service would run the emulator; set it to a key" in checked.of("gemini")
    checked = await check(open_to_all, "--dev")
    assert checked.exit_code == 0
    assert checked.of("gemini").startswith("ok gemini GEMINI_API_KEY is not set")


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize("command", ["check", "sessions"])
def test_a_pipe_that_is_closed_ends_a_command_quietly(
    emulator: EmulatorProcess, command: str, buffered: str
) -> None:
    with GatewayProcess.on(emulator) as gateway:
        gateway.line("ready")
        words = ("check", *NEITHER) if command == "check" else ("sessions", "list")
        settings = {"PORT": f"{gateway.port}", "ADMIN_TOKEN": ADMIN_TOKEN}
        ended = unread(*words, **settings, PYTHONUNBUFFERED=buffered)
    assert (ended.returncode, ended.stderr) == (141, "")


def unread(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose output nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:  # noqa: PTH123 - a descriptor
        return subprocess.run(  # noqa: S603 - our own
            [sys.executable, "-m", "gateway", *words],
            env=environment(settings),
            cwd=ROOT,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )


def test_a_locale_that_cannot_be_used_names_its_file() -> None:
    def look() -> None:
        raise LocaleDataInvalid("xx.toml", 35, "not UTF-8")

    finding = checked_locales(look)
    assert finding.verdict == "FAILED"
    assert finding.text.endswith("xx.toml:35: not UTF-8")
