from __future__ import annotations

import signal
import socket

import pytest

from actors.registry import SessionRegistry
from gateway.drain import Drain
from gateway.front import Front
from gateway.readiness import Readiness, State
from gateway.server import CannotListen, DrainingServer, listen
from gateway.wake_ups import UNSPACED
from tests.support.an_app import App
from tests.support.recording_observer import RecordingObserver


@pytest.fixture
def readiness() -> Readiness:
    return Readiness()


@pytest.fixture
def server(readiness: Readiness) -> DrainingServer:
    drain = Drain(
        registry=SessionRegistry(),
        readiness=readiness,
        observer=RecordingObserver(),
        limit_s=8.0,
        owed=lambda: 0,
    )
    return DrainingServer(App().asgi, drain=drain, max_frame_bytes=1 << 20, wake_ups=UNSPACED)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104 - the default
def test_it_listens_on_any_free_port(host: str) -> None:
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            assert port > 0


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            listen("127.0.0.1", port)
    assert f"PORT {port} (Address already in use)" in str(caught.value)
    assert "set them to" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_address_that_is_not_this_machines_is_told_in_one_line() -> None:
    with pytest.raises(CannotListen, match=r"cannot listen on HOST 192\.0\.2\.1, PORT 0"):
        listen("192.0.2.1", 0)


async def test_without_a_signal_it_goes_on(server: DrainingServer, readiness: Readiness) -> None:
    assert not await server.on_tick(0)
    assert readiness.state is State.STARTING


async def test_at_a_signal_it_drains_and_then_exits(
    server: DrainingServer, readiness: Readiness
) -> None:
    server.handle_exit(signal.SIGTERM, None)
    assert not server.should_exit
    assert await server.on_tick(0)
    assert readiness.state is State.DRAINING
    assert not server.force_exit


def test_at_a_second_signal_it_exits_at_once(server: DrainingServer) -> None:
    server.handle_exit(signal.SIGTERM, None)
    server.handle_exit(signal.SIGINT, None)
    assert server.should_exit
    assert server.force_exit


async def test_what_a_signal_begins_may_be_replaced(server: DrainingServer) -> None:
    """As happens once the application is loaded: from then on there are sessions to wait for."""
    front = Front(Readiness())
    server.drain = front
    server.handle_exit(signal.SIGTERM, None)
    assert await server.on_tick(0)
    assert front.readiness.state is State.DRAINING


def test_frames_are_not_compressed_and_bounded(server: DrainingServer) -> None:
    assert not server.config.ws_per_message_deflate
    assert server.config.ws_max_size == 1 << 20
