"""`gateway serve` inside this process, where a test sees what it does with signals and settings."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import urllib.request
from collections.abc import Iterator

import pytest

from gateway import serve_command
from gateway.__main__ import main
from tests.support.a_log import restored_logging
from tests.support.gateway_process import LEFT_TO_DEFAULT


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    with restored_logging():
        yield


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LEFT_TO_DEFAULT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setenv("EMULATOR_EARS", "none")


async def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what people are told on stderr, once it is complete."""
    shown = ""
    async with asyncio.timeout(30):
        while shown.count("\n") < 3:
            shown += capsys.readouterr().err
            await asyncio.sleep(0.05)
    return shown


def ask(port: str, path: str, token: str) -> object:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own service
        return json.load(answer)


async def test_in_development_people_are_told_where_to_go_and_with_which_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve_command.run(argparse.Namespace(dev=True)), name="gateway")
        where, token, emulator = (line.split()[-1] for line in (await told(capsys)).splitlines())
        port = where.removeprefix("ws://localhost:").removesuffix("/ws/you")
        sessions = await asyncio.to_thread(ask, port, "/sessions", token)
        assert isinstance(sessions, dict)
        assert (sessions["active_sessions"], sessions["complete"]) == (0, True)
        assert emulator.endswith("/emulator/connections")
        signal.raise_signal(signal.SIGTERM)
    assert serving.result() == 0


async def test_in_development_a_token_that_is_set_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_TOKEN", "chosen-by-me")
    monkeypatch.setenv("GEMINI_API_KEY", "a-key-that-is-not-used")
    async with asyncio.TaskGroup() as group:
        group.create_task(serve_command.run(argparse.Namespace(dev=True)), name="gateway")
        shown = await told(capsys)
        signal.raise_signal(signal.SIGINT)
    assert "chosen-by-me" in shown
    assert "Gemini" in shown


async def test_an_upstream_that_cannot_be_made_ready_ends_the_service_with_an_error_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "a-key-that-is-not-used")
    monkeypatch.setenv("SSL_CERT_FILE", __file__)
    code = await serve_command.run(argparse.Namespace(dev=False))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 1
    assert (lines[-1]["severity"], lines[-1]["message"]) == ("ERROR", "service_broke")
    assert "stack_trace" in lines[-1]


@pytest.mark.parametrize("chosen", ["", "gateway-7"])
async def test_every_line_says_which_instance_wrote_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "a-key-that-is-not-used")
    monkeypatch.setenv("SSL_CERT_FILE", __file__)
    monkeypatch.setenv("INSTANCE_ID", chosen)
    await serve_command.run(argparse.Namespace(dev=False))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (name,) = {line["logging.googleapis.com/labels"]["instance"] for line in lines}
    assert {line["message"] for line in lines} >= {"listening", "service_broke"}
    assert name == chosen or (not chosen and f"-{os.getpid()}-" in name)


def test_a_wrong_setting_gives_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "eight")
    assert main(["serve"]) == 2
    assert capsys.readouterr().err.startswith("gateway: PORT is 'eight'")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == "0.1.0\n"


@pytest.mark.parametrize("words", [[], ["dance"], ["serve", "--loud"]])
def test_an_unknown_command_gives_code_2(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: gateway" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "talk", "sessions"])
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"usage: gateway {command}" in capsys.readouterr().out
