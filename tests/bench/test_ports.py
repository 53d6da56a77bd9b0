"""Ports that are still free when a process comes back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import ports
from bench.ports import own_port


def test_a_connection_or_whoever_asks_for_any_port_does_not_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "range"
    kept.write_text("12000\t60999\n")
    monkeypatch.setattr(ports, "_RANGE", kept)
    found = {own_port() for _ in range(50)}
    assert len(found) > 25
    assert all(10_240 <= port < 12_000 for port in found)


def test_one_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
        free.close()
        offered: Iterator[int] = iter([taken.getsockname()[1], number])

        class Chosen:
            def randrange(self, *_: int) -> int:
                return next(offered)

        monkeypatch.setattr(ports, "_choice", Chosen())
        assert own_port() == number


@pytest.mark.parametrize("told", [None, "", "1024\t60999"])
def test_without_ports_that_are_kept_it_is_any_that_is_free(
    told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "range"
    if told is not None:
        kept.write_text(told)
    monkeypatch.setattr(ports, "_RANGE", kept)
    port = own_port()
    with socket.create_server(("127.0.0.1", port)):
        assert port > 0
