"""What google-genai would do to open a Live session: asked of its own code, and not done.

`AsyncLive.connect` finds out the address, asks for a token, makes the setup message, opens a
WebSocket and sends it; then it keeps all of that for as long as the session lives. Here a copy of
it runs whose `ws_connect` is ours: that opens nothing, and the first thing sent on it is the setup.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final, Self

from google import genai
from google.genai import types
from google.genai.live import AsyncLive

_OPENS: Final = "ws_connect"


@dataclass(frozen=True, slots=True)
class Intent:
    """What it takes to open a session.

    Attributes:
        uri: where to, ``wss://…``.
        headers: for the opening handshake; secrets are among them.
        setup: the first message.
    """

    uri: str
    headers: Mapping[str, str]
    setup: str


class _Found(Exception):
    """Leads out of the SDK with what it was about to do."""

    def __init__(self, intent: Intent) -> None:
        super().__init__()
        self.intent = intent


class _Asked:
    """What stands for `websockets.connect` and for the connection, as far as the SDK gets."""

    def __init__(
        self,
        uri: str,
        *,
        additional_headers: Mapping[str, str],
        **_options: object,
    ) -> None:
        self._uri = uri
        self._headers = additional_headers

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        pass

    async def send(self, setup: str) -> None:
        raise _Found(Intent(self._uri, self._headers, setup))


def asking(connect: Callable[..., Any]) -> Callable[..., AsyncIterator[object]]:
    """Return a copy of the SDK's `connect`, an async generator, that opens nothing.

    Raises:
        TypeError: the SDK opens its connections in another way than the one that is known here.
    """
    inner = getattr(connect, "__wrapped__", None)
    if not isinstance(inner, FunctionType) or _OPENS not in inner.__code__.co_names:
        raise TypeError(f"google-genai's AsyncLive.connect no longer calls {_OPENS}")
    copy = FunctionType(
        inner.__code__,
        {**inner.__globals__, _OPENS: _Asked},
        inner.__name__,
        inner.__defaults__,
        inner.__closure__,
    )
    copy.__kwdefaults__ = inner.__kwdefaults__
    return copy


_connect: Final = asking(AsyncLive.connect)


async def intent_of(client: genai.Client, *, model: str, config: types.LiveConnectConfig) -> Intent:
    """Return what the SDK would do to open this session; it may ask Google for a token.

    Raises:
        GoogleAuthError: it gets none.
    """
    try:
        await anext(_connect(client.aio.live, model=model, config=config))
    except _Found as found:
        return found.intent
    raise TypeError("google-genai opened a Live session without sending a setup")
