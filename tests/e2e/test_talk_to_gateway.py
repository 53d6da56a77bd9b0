"""`gateway talk` and the README's example, through a real gateway to the emulator."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from gateway import talk
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess
from tests.support.wav import wav

README = (Path(__file__).parents[2] / "README.md").read_text()
PCM = bytes(range(256)) * 151


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess("--ears", "none") as process:
        yield process


@pytest.fixture(scope="module")
def gateway(emulator: EmulatorProcess) -> Iterator[GatewayProcess]:
    with GatewayProcess.on(emulator) as process:
        process.line("ready")
        yield process


async def test_emulator_hears_the_very_bytes_of_each_file(
    emulator: EmulatorProcess,
    gateway: GatewayProcess,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sounds = [PCM, PCM[::-1][:-2]]
    for number, pcm in enumerate(sounds):
        (tmp_path / f"{number}.wav").write_bytes(wav(pcm))
    before = len(emulator.connections())
    parser = argparse.ArgumentParser()
    talk.add_arguments(parser)
    files = [f"{tmp_path}/{number}.wav" for number in range(len(sounds))]
    arguments = [*files, "--fast", "--json", "--language", "en-US", "--url", gateway.ws_url]
    assert await talk.run(parser.parse_args(arguments)) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    digests = [hashlib.sha256(pcm).hexdigest() for pcm in sounds]
    assert [page["sha256"] for page in summary["sessions"]] == digests
    heard = emulator.connections()[before:]
    assert sorted(record["audio"]["sha256"] for record in heard) == sorted(digests)


async def test_typed_sentence_may_correct_the_one_before(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    talk.add_arguments(parser)
    sentences = ["--typed", "dodaj dwa mleka", "--typed", "nie, trzy"]
    arguments = [*sentences, "--json", "--url", f"{gateway.ws_url}/ws/corrects"]
    assert await talk.run(parser.parse_args(arguments)) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    said = [
        [(product["action"], product["name"], product["quantity"]) for product in page["products"]]
        for page in summary["sessions"]
    ]
    assert said == [[("add", "mleko", 2)], [("update", "mleko", 3)]]
    assert [(item["name"], item["quantity"]) for item in summary["list"]] == [("mleko", 3)]


def readme_answers() -> list[dict[str, Any]]:
    block = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert block
    return [json.loads(line) for line in block[1].splitlines()]


async def message(phone: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of that type."""
    while True:
        received: dict[str, Any] = json.loads(await phone.recv())
        if received["type"] == kind:
            return received


async def test_speech_is_answered_as_the_readme_shows(
    emulator: EmulatorProcess, gateway: GatewayProcess
) -> None:
    transcript, detected = readme_answers()
    async with connect(f"{gateway.ws_url}/ws/reader", compression=None) as phone:
        await phone.send('{"type":"start_session"}')
        while (await message(phone, "status"))["status"] != "listening":
            pass
        link = next(record for record in emulator.connections() if record["state"] != "closed")
        emulator.act(link["id"], {"say": {"text": transcript["text"]}})
        assert await message(phone, "transcript") == transcript
        product = (await message(phone, "product_detected"))["product"]
        for field in ("id", "timestamp"):
            assert type(product[field]) is type(detected["product"].pop(field))
            del product[field]
        assert product == detected["product"]
