"""A gateway that is a script of protocol v2, for tests of clients: in memory, or on a socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from gateway.talk_socket import SocketClosed
from gateway.talk_wire import SUBPROTOCOL, Heard
from schemas.client import (
    Ack,
    AddItem,
    AudioChunk,
    ClientMessage,
    Edit,
    Resume,
    StartListSession,
    StopSession,
    Text,
    decode_v2,
)
from schemas.product import Action, Product
from schemas.server import (
    AudioFormats,
    Frame,
    Limits,
    ProductDetected,
    ProductRetracted,
    ProductSuggested,
    Received,
    SessionInfo,
    SpokenAudio,
    Status,
    Transcript,
)
from schemas.shopping_list import By, Item


@dataclass(frozen=True, slots=True)
class Close:
    """An answer that closes the socket."""

    code: int
    reason: str = ""


Answer: TypeAlias = Heard | str | bytes | Close
Script: TypeAlias = Callable[[ClientMessage], Iterator[Answer]]
Event: TypeAlias = ProductDetected | ProductSuggested | ProductRetracted
MILK = Product("p1", "mleko", "add", 1, "l", "Nabiał", 0.95, 1_234_567_890)


def item(name: str = "mleko", quantity: int = 1, *, item_id: str = "p1") -> Item:
    return Item(item_id, name, quantity, "l", "Nabiał")


def detected(
    seq: int, of: Item, *, action: Action = "add", ref: str | None = None
) -> ProductDetected:
    """Return the event after which the list holds `of`, or does not any more."""
    product = Product(
        of.id, of.name, action, of.quantity, of.unit, of.category, 0.95, 1_234_567_890
    )
    return ProductDetected(seq, product, None if action == "remove" else of, "model", ref)


SESSION = SessionInfo(
    session_id="s1",
    resume_token="",
    resumed=False,
    seq=0,
    language="pl-PL",
    reply="none",
    list=(),
    suggestions=(),
    received=(),
    audio=AudioFormats(),
    limits=Limits(600, 15_000, 500),
)


def session(*items: Item, turn: int = 1, **changes: object) -> SessionInfo:
    """Return what a session begins with; its token is t1, t2 … by `turn`."""
    return msgspec.structs.replace(SESSION, list=items, resume_token=f"t{turn}", **changes)


class Shop:
    """A script that does what protocol v2 says; every session hears "dodaj mleko" at its end.

    Attributes:
        seq: of the newest event.
        items: the list.
        kept: events that nobody has acknowledged.
        refs: requests that were dealt with.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.items: dict[str, Item] = {}
        self.kept: deque[Event] = deque()
        self.refs: list[str] = []
        self.sessions = 0
        self.tokens = 0

    def __call__(self, message: ClientMessage) -> Iterator[Answer]:
        match message:
            case StartListSession():
                yield from self._start(message)
            case StopSession():
                yield Transcript("Dodaj mleko", is_user=True)
                yield self.sells("mleko", item_id="p1")
                yield Status("stopped", "Session stopped")
            case Text(ref=str(ref)) | Edit(ref=str(ref)) if ref not in self.refs:
                self.refs.append(ref)
                by: By = "shopper" if isinstance(message, Edit) else "model"
                for name in _wanted(message):
                    yield self.sells(name, ref=ref, by=by)
                yield Received(ref)
            case Ack(seq):
                while self.kept and self.kept[0].seq <= seq:
                    self.kept.popleft()
            case _:
                pass

    def sells(
        self, name: str, *, item_id: str | None = None, ref: str | None = None, by: By = "model"
    ) -> ProductDetected:
        """Put one of something on the list."""
        self.seq += 1
        key = item_id or f"i{self.seq}"
        had = self.items[key].quantity if key in self.items else 0
        self.items[key] = item(name, int(had) + 1, item_id=key)
        event = detected(self.seq, self.items[key], ref=ref)
        said = msgspec.structs.replace(event.product, quantity=1)
        event = msgspec.structs.replace(event, product=said, by=by)
        self.kept.append(event)
        return event

    def expires(self) -> None:
        """Forget the session."""
        self.seq = self.tokens = 0
        self.items, self.refs = {}, []
        self.kept.clear()

    def _start(self, message: StartListSession) -> Iterator[Answer]:
        resumed = message.resume is not None and message.resume.token == f"t{self.tokens}"
        if not resumed:
            self.expires()
            self.sessions += 1
            self.items = {
                had.id: Item(
                    had.id, had.name, had.quantity, had.unit or "szt", had.category or "Inne"
                )
                for had in message.list
            }
        self.tokens += 1
        yield session(
            *self.items.values(),
            seq=self.seq,
            resumed=resumed,
            turn=self.tokens,
            session_id=f"s{self.sessions}",
            received=tuple(self.refs[-50:]),
        )
        last_seq = message.resume.last_seq if resumed and message.resume else 0
        yield from [event for event in self.kept if event.seq > last_seq]
        yield Status("connecting", "Connecting to Gemini Live API")
        yield Status("listening", "Gemini Live API ready")


def _wanted(request: Text | Edit) -> list[str]:
    if isinstance(request, Text):
        return [request.text]
    return [added.name for added in request.operations if isinstance(added, AddItem)]


class _Socket:
    """One client's socket, in memory: satisfies `gateway.talk_socket.PhoneSocket`."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.answers: asyncio.Queue[Answer] = asyncio.Queue()
        self.closed: SocketClosed | None = None
        self._gateway = gateway

    async def send(self, frame: Frame) -> None:
        await self._gateway.takes.wait()
        if self.closed is not None:
            raise self.closed
        self._gateway.hears(frame)
        for answer in self._gateway.script(self._gateway.received[-1][1]):
            self.answers.put_nowait(answer)

    async def receive(self) -> Frame:
        answer = await self.answers.get()
        if isinstance(answer, Close):
            self.closed = SocketClosed(answer.code, answer.reason)
            raise self.closed
        return printed(answer)


class FakeGateway:
    """A gateway for one client.

    Attributes:
        script: what it answers.
        received: every message, and the loop's time at which it came.
        dials: when the client called, and where.
        tokens: what it showed then.
        refusals: what its next calls end with.
        takes: whether it takes what is sent.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script: Script = Shop() if script is None else script
        self.received: list[tuple[float, ClientMessage]] = []
        self.dials: list[tuple[float, str]] = []
        self.tokens: list[str | None] = []
        self.refusals: deque[Exception] = deque()
        self.takes = asyncio.Event()
        self.takes.set()
        self._socket = _Socket(self)

    @contextlib.asynccontextmanager
    async def dial(self, uri: str, token: str | None = None) -> AsyncIterator[_Socket]:
        """Satisfy `gateway.client.Dial`."""
        self.tokens.append(token)
        self.dials.append((asyncio.get_running_loop().time(), uri))
        if self.refusals:
            raise self.refusals.popleft()
        self._socket = _Socket(self)
        try:
            yield self._socket
        finally:
            self._socket.closed = SocketClosed(1000, "")

    def hears(self, frame: Frame) -> None:
        self.received.append((asyncio.get_running_loop().time(), decode_v2(frame)))

    def says(self, *answers: Answer) -> None:
        """Say something unasked."""
        for answer in answers:
            self._socket.answers.put_nowait(answer)

    def breaks(self) -> None:
        """Let sends fail before the client's listener sees why."""
        self._socket.closed = SocketClosed(1006, "")

    @property
    def messages(self) -> list[ClientMessage]:
        """All that came but sound."""
        return [m for _, m in self.received if not isinstance(m, AudioChunk)]

    @property
    def starts(self) -> list[StartListSession]:
        """How it was started."""
        return [m for m in self.messages if isinstance(m, StartListSession)]

    @property
    def resumes(self) -> list[Resume | None]:
        """What it was started with."""
        return [start.resume for start in self.starts]

    @property
    def acks(self) -> list[int]:
        """What was acknowledged."""
        return [m.seq for m in self.messages if isinstance(m, Ack)]

    @property
    def audio(self) -> bytes:
        """All the sound that came."""
        return b"".join(m.audio_data for _, m in self.received if isinstance(m, AudioChunk))

    @property
    def audio_times(self) -> list[float]:
        """When each chunk came."""
        return [time for time, m in self.received if isinstance(m, AudioChunk)]

    @property
    def types(self) -> list[str]:
        """The types of what came but acknowledgements, runs of audio as one."""
        types: list[str] = []
        for _, message in self.received:
            name = type(message).__name__
            if types[-1:] != [name] and name != "Ack":
                types.append(name)
        return types


def printed(answer: Heard | str | bytes) -> Frame:
    """Return an answer as it goes over the wire."""
    match answer:
        case str() | bytes():
            return answer
        case SpokenAudio(pcm):
            return pcm
        case message:
            return msgspec.json.encode(message).decode()


@contextlib.asynccontextmanager
async def serving(
    gateway: FakeGateway, *, refuse: int | None = None, subprotocol: str = SUBPROTOCOL
) -> AsyncIterator[str]:
    """Put `gateway` on a loopback port; yield its URL. `refuse` is an HTTP status for all."""

    async def connected(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in connection:
                gateway.hears(frame)
                for answer in gateway.script(gateway.received[-1][1]):
                    if isinstance(answer, Close):
                        await connection.close(answer.code, answer.reason)
                    else:
                        await connection.send(printed(answer))

    def handshake(connection: ServerConnection, _request: Request) -> Response | None:
        if refuse is None:
            return None
        return connection.respond(refuse, '{"error":"not for you"}')

    def select(_: ServerConnection, offered: object) -> Subprotocol | None:
        assert offered == [SUBPROTOCOL]
        return Subprotocol(subprotocol) if subprotocol else None

    async with serve(
        connected, "127.0.0.1", 0, process_request=handshake, select_subprotocol=select
    ) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"
