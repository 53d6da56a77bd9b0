"""A log that nobody reads: nothing waits for it, and what is missing is told once it is read."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gateway.log_writer import LogWriter
from gateway.telemetry import configure
from tests.support.a_log import restored_logging
from tests.support.gateway_process import ROOT, environment

MORE_THAN_A_PIPE_HOLDS = 600
"""Lines, of some 200 bytes; Linux holds 64 KiB."""


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    with restored_logging():
        yield


def test_lines_beyond_the_bound_are_dropped_and_told_once_the_pipe_is_read() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader) as out, os.fdopen(writer, "w") as stream:
        observer = configure(level="INFO", stream=stream, secrets=[])
        text = "x" * 1_000
        for number in range(3_000):
            observer.note("link_opened", link=number, reason=text)
        assert observer.dropped > 0
        lines: list[dict[str, object]] = []
        told = threading.Event()

        def read() -> None:
            accounted_for = 0
            for line in out:
                lines.append(json.loads(line))
                if lines[-1]["message"] == "stopped":
                    return
                accounted_for += int(str(lines[-1].get("lines", 1)))
                if accounted_for == 3_000:
                    told.set()

        reading = threading.Thread(target=read)
        reading.start()
        assert told.wait(30)
        observer.note("stopped")
        reading.join(30)
    dropped = [line for line in lines if line["message"] == "log_lines_dropped"]
    assert sum(int(str(line["lines"])) for line in dropped) == observer.dropped
    written = [int(str(line["link"])) for line in lines if line["message"] == "link_opened"]
    # The pipe takes some while lines are dropped: what is written has holes, but keeps its order.
    assert written == sorted(set(written))
    assert len(written) == 3_000 - observer.dropped


def test_a_reader_that_has_gone_costs_lines_and_no_more() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        observer = configure(level="INFO", stream=stream, secrets=[])
        observer.note("link_opened")
        logging.getLogger().handlers[0].flush()
        assert observer.dropped == 1


def test_what_was_written_last_is_there_when_the_process_has_ended() -> None:
    code = (
        "import sys; from gateway.telemetry import configure; "
        "configure(level='INFO', stream=sys.stdout, secrets=[]).note('stopped')"
    )
    printed = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True
    )
    assert json.loads(printed.stdout)["message"] == "stopped"


def test_a_line_that_cannot_be_formatted_is_reported_and_the_next_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    handler = LogWriter(stream, dropped_line=str)
    for message, argument in (("%d", "no number"), ("%s", "fine")):
        handler.handle(logging.makeLogRecord({"msg": message, "args": (argument,)}))
    handler.close()
    assert stream.getvalue() == "fine\n"
    assert "--- Logging error ---" in capsys.readouterr().err


def test_the_service_answers_and_exits_while_nobody_reads_its_log() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve"],
        env=environment({"GEMINI_API_KEY": "a-key-for-tests"}),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None
            port = json.loads(process.stdout.readline())["port"]
            for _ in range(MORE_THAN_A_PIPE_HOLDS):
                with (
                    pytest.raises(InvalidStatus, match="400"),
                    connect(f"ws://127.0.0.1:{port}/ws/a%20b", open_timeout=20),
                ):
                    pass
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
