"""`gateway check` against an emulator, a Redis, and what is neither."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterator, Mapping

import pytest

from bench.redis_server import RedisServer
from gateway import check_command
from gateway.checks import checked_locales
from shopping import LocaleDataInvalid
from tests.support.gateway_process import LEFT_TO_DEFAULT
from tests.support.processes import EmulatorProcess


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
        for name in (*LEFT_TO_DEFAULT, "GOOGLE_GEMINI_BASE_URL"):
            self._monkeypatch.delenv(name, raising=False)
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
    assert checked.of("settings").startswith("warn settings usable; ADMIN_TOKEN is not set")
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
    assert len(checked.lines) == 3


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
    checked = await check({}, "--skip", "gemini", "--skip", "store")
    assert (checked.exit_code, len(checked.lines)) == (0, 2)


def test_a_locale_that_cannot_be_used_names_its_file() -> None:
    def look() -> None:
        raise LocaleDataInvalid("xx.toml", 35, "not UTF-8")

    finding = checked_locales(look)
    assert finding.verdict == "FAILED"
    assert finding.text.endswith("xx.toml:35: not UTF-8")
