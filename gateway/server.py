"""uvicorn as this service runs it: our listening socket, our WebSocket protocol, our drain."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from types import FrameType
from typing import Final, Protocol

import uvicorn

from gateway.front import Application
from gateway.http_protocol import PromptRequests
from gateway.refusals import Refusals
from gateway.wake_ups import WakeUps
from gateway.websocket_protocol import PromptlyClosed

_BACKLOG: Final = 2048
_PING_INTERVAL_S: Final = 20
_PING_TIMEOUT_S: Final = 60
"""Phones in lifts and tunnels come back; those that do not are gone after 80 s at the latest."""
_MESSAGE_IN_REQUESTS: Final = 6
"""So many times as long as a request may a phone's message take to arrive: as long as the answer to
a ping, unless that is set otherwise."""
_CLOSING_S: Final = 1
"""How long uvicorn waits for sockets it has closed itself, after the drain."""


class CannotListen(Exception):
    """The operator's doing: HOST and PORT are not to be had; the text says why."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket.

    Raises:
        CannotListen: another process has the port, or the address is not this machine's.
    """
    with contextlib.ExitStack() as stack:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = stack.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError as exc:
            raise CannotListen(
                f"cannot listen on HOST {host}, PORT {port} ({exc.strerror}): "
                "set them to an address of this machine and a free port"
            ) from exc
        stack.pop_all()
    return listener


class Leaving(Protocol):
    """How the process goes; `gateway.drain.Drain` once it has sessions."""

    def begin(self, now: float) -> None:
        """Go from now on, a time of the event loop's; the second call does nothing."""

    def over(self, now: float) -> bool:
        """Return whether nobody is waited for any longer."""


class DrainingServer(uvicorn.Server):
    """Drains at the first signal, exits with code 0 when that is over; at once at the second.

    uvicorn would close every WebSocket with 1012 as soon as it is signalled, and then end by
    raising the signal again.

    Attributes:
        drain: what a signal begins; another one may take its place.
        listening: set once connections are accepted.
    """

    def __init__(  # noqa: PLR0913 - what it is made of, all but the first by keyword
        self,
        app: Application,
        *,
        drain: Leaving,
        max_frame_bytes: int,
        wake_ups: WakeUps,
        request_timeout_s: float = PromptRequests.request_s,
        frames: tuple[int, float] = (0, 1.0),
        refusals: Refusals | None = None,
    ) -> None:
        refusals = refusals or Refusals()
        prompt = {"request_s": request_timeout_s, "refusals": refusals}
        most_frames, frames_s = frames
        spaced = {
            "wake_ups": wake_ups,
            "most_frames": most_frames,
            "frames_s": frames_s,
            "message_s": _MESSAGE_IN_REQUESTS * request_timeout_s,
            "refusals": refusals,
        }
        super().__init__(
            uvicorn.Config(
                app,
                http=type("Prompt", (PromptRequests,), prompt),
                ws=type("Spaced", (PromptlyClosed,), spaced),
                ws_max_size=max_frame_bytes,
                ws_ping_interval=_PING_INTERVAL_S,
                ws_ping_timeout=_PING_TIMEOUT_S,
                ws_per_message_deflate=False,
                interface="asgi3",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=_CLOSING_S,
            )
        )
        self.drain = drain
        self.listening = asyncio.Event()
        self._signalled = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        await super().startup(sockets)
        self.listening.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Note a signal. Runs between any two bytecodes, so it does no more than that."""
        self.should_exit = self.force_exit = self._signalled
        self._signalled = True

    async def on_tick(self, counter: int) -> bool:
        """Look every 100 ms whether to go."""
        now = asyncio.get_running_loop().time()
        if self._signalled:
            self.drain.begin(now)
        if self.drain.over(now):
            self.should_exit = True
        return await super().on_tick(counter)
