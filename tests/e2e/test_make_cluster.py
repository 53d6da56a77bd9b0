"""`make cluster` from outside: what it says, what it does about a part that ends, how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ports import own_port

ROOT = Path(__file__).parents[2]
ENDS_WITHIN_S = 30


@contextmanager
def cluster(*ports: int, redis_port: int) -> Iterator[subprocess.Popen[str]]:
    options = ["--ports", *map(str, ports), "--redis-port", str(redis_port), "--ears", "none"]
    with subprocess.Popen(  # noqa: S603 - the command is ours
        [sys.executable, "-m", "bench.cluster", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def told(process: subprocess.Popen[str], end: str) -> str:
    """Return what it prints up to a line that holds `end`."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if end in line:
            return "".join(lines)
    raise AssertionError(f"it did not say {end!r}: {lines}")


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_is_killed_is_told_and_started_again_and_ctrl_c_ends_all() -> None:
    with cluster(0, 0, redis_port=own_port()) as process:
        start = told(process, "Ctrl-C ends all")
        talk = re.search(
            r"gateway talk .+ --url (ws://localhost:\d+) --url (ws://localhost:\d+)", start
        )
        assert talk is not None
        assert talk[1] != talk[2]
        assert "ADMIN_TOKEN=" in start
        (processes,) = re.findall(r"processes +(.+)", start)
        pids = {name: int(pid) for name, pid in re.findall(r"([a-zA-Z0-9 -]+) (\d+)", processes)}
        assert len(pids) == 4
        os.kill(pids.pop(" gateway-1"), signal.SIGKILL)
        again = told(process, "is there again")
        assert "gateway-1 has ended" in again
        pids["again"] = int(re.findall(r"process (\d+)", again)[0])
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDS_WITHIN_S) == 0
        assert not any(map(is_there, pids.values()))


def test_part_that_cannot_start_is_told_and_ends_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with cluster(0, port, redis_port=own_port()) as process:
            assert "gateway-2 did not start: " in told(process, "Address already in use")
            assert process.wait(ENDS_WITHIN_S) == 1
