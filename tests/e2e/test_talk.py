"""`gateway talk` on real sockets, pipes and programs, against a gateway that is a script."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import talk
from gateway.talk_sources import Espeak, NoSound, from_pipe
from gateway.talk_wav import Recording, parse_wav
from schemas.client import AudioChunk, ClientMessage, Resume, Text
from schemas.server import ErrorV2, Status
from tests.support.fake_gateway import Answer, Close, FakeGateway, Shop, serving
from tests.support.wav import wav

ROOT = Path(__file__).parents[2]
PCM = bytes(range(256)) * 25


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(PCM))
    return path


async def outcome(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser(prog="gateway talk")
    talk.add_arguments(parser)
    return await talk.run(parser.parse_args([str(argument) for argument in arguments]))


def lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


async def test_recording_goes_out_whole_and_products_are_printed(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = FakeGateway()
    async with serving(gateway) as url:
        assert await outcome(recording, "--url", url) == 0
    assert gateway.audio == PCM
    printed = capsys.readouterr()
    assert "add mleko, 1 l (Nabiał)" in printed.out
    assert printed.err == ""


async def test_json_is_all_there_is_on_stdout(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(FakeGateway()) as url:
        assert await outcome(recording, recording, "--fast", "--json", "--url", url) == 0
    messages = lines(capsys.readouterr().out)
    one = ["session", "status", "status", "transcript", "product_detected", "status"]
    assert [message["type"] for message in messages] == [*one, *one, "summary"]
    assert [page["seconds"] for page in messages[-1]["sessions"]] == [0.2, 0.2]


async def test_language_comes_from_the_file_beside_unless_it_is_given(recording: Path) -> None:
    beside = recording.with_name("expected.json")
    beside.write_text('{"samples": [{"file": "a.wav", "language": "en-US", "products": []}]}')
    gateway = FakeGateway()
    async with serving(gateway) as url:
        await outcome(recording, "--url", url)
        await outcome(recording, "--language", "pl-PL", "--url", url)
        beside.write_text('{"samples": []}')
        await outcome(recording, "--url", url)
    assert [start.language for start in gateway.starts] == ["en-US", "pl-PL", None]


async def test_expected_products_decide_the_exit_code(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = recording.with_name("b.wav")
    other.write_bytes(wav(PCM))
    expected = recording.with_name("expected.json")
    samples = [
        {"file": "a.wav", "products": [{"name": "mleko"}]},
        {"file": "b.wav", "products": []},
    ]
    expected.write_text(json.dumps({"samples": samples}))
    async with serving(FakeGateway()) as url:
        options = ("--expect", expected, "--url", url)
        assert await outcome(recording, *options) == 0
        assert "1 of 1 recordings gave exactly the expected" in capsys.readouterr().out
        assert await outcome(recording, other, *options) == 1
        assert "1 of 2 recordings gave exactly" in capsys.readouterr().err
        assert await outcome(recording, other, *options, "--expect-at-least", "1") == 0


async def test_what_a_recording_takes_off_is_put_on_the_list_first(recording: Path) -> None:
    expected = recording.with_name("expected.json")
    products = [{"name": "masło", "action": "remove"}]
    expected.write_text(json.dumps({"samples": [{"file": "a.wav", "products": products}]}))
    gateway = FakeGateway()
    async with serving(gateway) as url:
        assert await outcome(recording, "--url", url) == 0
        assert "Edit" not in gateway.types
        assert await outcome(recording, "--expect", expected, "--url", url) == 1
    assert "Edit" in gateway.types


async def test_refused_handshake_is_3_with_the_gateways_words(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(FakeGateway(), refuse=403) as url:
        assert await outcome(recording, "--url", url) == 3
    problem = 'gateway talk: the gateway refused: HTTP 403 Forbidden: {"error":"not for you"}\n'
    printed = capsys.readouterr()
    assert printed.err == problem
    assert printed.out.count("\n") == 1


async def test_gateway_without_v2_is_3(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(FakeGateway(), subprotocol="") as url:
        assert await outcome(recording, "--url", url) == 3
    assert f"{url}/ws/talk: does not speak shopping.v2" in capsys.readouterr().err


async def test_typed_sentence_is_sent_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    gateway = FakeGateway()
    async with serving(gateway) as url:
        assert await outcome("--typed", "dodaj ser", "--typed", "dodaj miód", "--url", url) == 0
    typed = [message.text for message in gateway.messages if isinstance(message, Text)]
    assert typed == ["dodaj ser", "dodaj miód"]
    assert gateway.audio == b""
    assert "dodaj ser  typed" in capsys.readouterr().out


async def test_connection_that_is_lost_is_replaced(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop()

    def going_away(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, AudioChunk) and len(gateway.starts) == 1:
            yield Close(1012, "going away")
        yield from shop(message)

    gateway = FakeGateway(going_away)
    async with serving(gateway) as url:
        assert await outcome(recording, "--url", url) == 0
    assert gateway.resumes[1:] == [Resume("t1", 0)]
    assert "lost closed with 1012 going away; connecting again" in capsys.readouterr().out


async def test_answer_of_a_proxy_is_4(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(FakeGateway(), refuse=502) as url:
        assert await outcome(recording, "--url", url) == 4
    assert "no gateway answers at HTTP 502" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answers", "exit_code", "problem"),
    [
        ([Close(4009, "connected elsewhere")], 3, "closed with 4009: connected elsewhere"),
        ([Close(1013, "overloaded")], 3, "closed with 1013: overloaded"),
        (
            [
                ErrorV2("Gemini refuses", "gemini_no_access", retryable=False),
                Status("stopped", "Stopped"),
            ],
            3,
            "Gemini refuses",
        ),
    ],
)
async def test_gateway_that_ends_it_decides_the_exit_code(
    recording: Path,
    answers: list[Answer],
    exit_code: int,
    problem: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop = Shop()

    def ending(message: ClientMessage) -> Iterator[Answer]:
        yield from answers if isinstance(message, AudioChunk) else shop(message)

    async with serving(FakeGateway(ending)) as url:
        assert await outcome(recording, "--url", url) == exit_code
    printed = capsys.readouterr()
    assert printed.err == f"gateway talk: {problem}\n"
    assert "Category" in printed.out


async def test_nobody_there_is_4(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert await outcome(recording, "--url", f"ws://127.0.0.1:{port}") == 4
    printed = capsys.readouterr()
    problem = f"gateway talk: no gateway answers at ws://127.0.0.1:{port}/ws/talk: "
    assert printed.err.startswith(problem)
    assert printed.err.count("\n") == 1
    assert [line.split() for line in printed.out.splitlines()] == [["a.wav", "0.2", "s"]]


async def test_second_address_is_called_where_nobody_is_at_the_first(recording: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"ws://127.0.0.1:{listener.getsockname()[1]}"
    async with serving(FakeGateway()) as url:
        assert await outcome(recording, "--fast", "--url", nobody, "--url", url) == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "nothing to say"),
        (("none.wav",), "none.wav: No such file or directory"),
        ((__file__,), "not a WAV file"),
        (("-", "--url", "localhost"), "localhost: not an address"),
        (("-", "--expect", "none.json"), "none.json: No such file"),
    ],
)
async def test_wrong_use_is_2_and_costs_no_session(
    arguments: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await outcome(*arguments) == 2
    assert problem in capsys.readouterr().err


async def test_sentence_is_said_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    gateway = FakeGateway()
    async with serving(gateway) as url:
        assert await outcome("--text", "Dodaj mleko", "--fast", "--url", url) == 0
    assert len(gateway.audio) > 16_000
    assert "22050 Hz mono 16-bit converted to 16000 Hz" in capsys.readouterr().err


async def test_language_that_cannot_be_said_is_named() -> None:
    with pytest.raises(NoSound, match=r"could not say it in xx-XX: .*voice does not exist"):
        await Espeak().say("Dodaj mleko", "xx-XX")


async def test_missing_synthesiser_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await outcome("--text", "Dodaj mleko") == 2
    assert "apt-get install espeak-ng" in capsys.readouterr().err


async def piped(content: bytes, *, ended: bool = True) -> bytes:
    """Return the first second of what is read from a pipe."""
    reading, writing = os.pipe()
    os.write(writing, content)
    if ended:
        os.close(writing)
    try:
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            async with from_pipe(pipe, language=None) as utterance:
                if isinstance(utterance.sound, Recording):
                    return utterance.sound.pcm
                sound = b""
                async for block in utterance.blocks():
                    sound += block
                    if len(sound) >= len(content):
                        break
                return sound
    finally:
        if not ended:
            os.close(writing)


async def test_pipe_of_raw_sound_is_read_while_it_is_written() -> None:
    assert await piped(PCM, ended=False) == PCM


async def test_pipe_may_hold_a_wav_file_or_very_little() -> None:
    assert await piped(wav(PCM)) == PCM
    assert await piped(PCM) == PCM
    assert await piped(PCM[:400]) == PCM[:400]
    with pytest.raises(NoSound, match="less than 10 ms"):
        await piped(b"")


async def test_interrupted_command_stops_the_session_prints_the_table_and_is_130(
    tmp_path: Path,
) -> None:
    long = tmp_path / "long.wav"
    long.write_bytes(wav(PCM * 100))
    gateway = FakeGateway()
    async with serving(gateway) as url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "talk", str(long), "--json", "--url", url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        while b"listening" not in await process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        rest, complaint = await process.communicate()
    assert process.returncode == 130
    assert complaint == b"gateway talk: interrupted\n"
    summary = lines(rest.decode())[-1]
    assert summary["exit_code"] == 130
    assert summary["sessions"][0]["products"][0]["name"] == "mleko"
    assert gateway.types[-1] == "StopSession"
    assert len(gateway.audio) < 160_000


async def test_espeak_speaks_wav() -> None:
    assert len(parse_wav(await Espeak().say("Add milk", "en-US")).pcm) > 8_000
