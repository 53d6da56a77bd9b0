"""What we use of google-genai: it opens a connection and sends the setup; then it is not used.

Importing this module imports google-genai, which takes more than a second:
`gateway.gemini_upstream` does so in a thread, after the port answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any, Final

import certifi
from google import genai
from google.auth.exceptions import GoogleAuthError
from google.genai import errors, types
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from actors.ports import LinkClosed, LinkRequest, Observer
from gateway.gemini_link import (
    CLOSE_WITHIN_S,
    NO_CLOSE_FRAME,
    WebSocketLink,
    cut,
    hang_up,
    link_closed,
)
from gateway.gemini_models import profile_of
from gateway.gemini_options import UpstreamOptions
from gateway.gemini_setup import live_config
from gateway.settings import WrongSettings
from gateway.vertex_access import find_access, link_without_token, one_line
from schemas.gemini import GeminiMessageInvalid, decode
from schemas.messages import ClosedBy

_MAX_MESSAGE: Final = 16 << 20
"""Bytes of the largest message read; websockets' default of 1 MiB would close with 1009."""
_PING_INTERVAL_S: Final = 20
_PING_TIMEOUT_S: Final = 60
"""Pongs of healthy Gemini sessions were seen to take 8 to 30 s (sip-to-ai#14)."""
_REASON_LENGTH: Final = 200

_connection: ContextVar[ClientConnection | None] = ContextVar("connection", default=None)


class _SeenConnection(ClientConnection):
    """Lets the task that opens it see it: the SDK keeps the connection in a private attribute."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - websockets' own
        super().__init__(*args, **kwargs)
        _connection.set(self)


class Sdk:
    """One google-genai client, from which every session of the process opens its links.

    Making it blocks.

    Raises:
        WrongSettings: the client cannot be made with these options.

    """

    def __init__(self, options: UpstreamOptions, observer: Observer) -> None:
        self._observer = observer
        self._model = options.model
        self._profile = profile_of(options.model)
        self._connect_timeout_s = options.connect_timeout_s
        self._client = _client(options)
        # pydantic builds its validators on first use: better now than in the first session.
        live_config(LinkRequest(language="pl-PL"), self._profile)

    @contextlib.asynccontextmanager
    async def connect(self, request: LinkRequest) -> AsyncIterator[WebSocketLink]:
        """Open a link whose setup was accepted; close it with 1000 on exit.

        Raises:
            LinkClosed: on entry, within the connect timeout, whatever went wrong.
        """
        async with contextlib.AsyncExitStack() as stack:
            connection = await self._open(stack, request)
            try:
                yield WebSocketLink(connection, profile=self._profile, observer=self._observer)
            finally:
                # Left by an exception, the SDK would close with 1011, as if we had failed.
                await hang_up(connection)

    async def _open(
        self, stack: contextlib.AsyncExitStack, request: LinkRequest
    ) -> ClientConnection:
        config = live_config(request, self._profile)
        granted: ClientConnection | None = None
        _connection.set(None)
        try:
            # The SDK waits for Gemini's first message without a limit of its own.
            async with asyncio.timeout(self._connect_timeout_s):
                session = await stack.enter_async_context(
                    self._client.aio.live.connect(model=self._model, config=config)
                )
                connection = _connection.get()
                assert connection is not None  # noqa: S101 - what else would the session run on
                if session.setup_complete is None:
                    # It swallows a first message of another kind and goes on.
                    await _setup_completed(connection)
                granted = connection
        except _TROUBLES as exc:
            raise _link_not_granted(exc) from exc
        finally:
            opened = _connection.get()
            if granted is None and opened is not None:
                # The SDK has closed the connection, unless it was cancelled at that too.
                cut(opened)
        return granted


async def _setup_completed(connection: ClientConnection) -> None:
    """Pass over messages up to setupComplete; raise what `recv` raises."""
    while True:
        with contextlib.suppress(GeminiMessageInvalid):
            if decode(await connection.recv(decode=False)).setup_complete is not None:
                return


def _client(options: UpstreamOptions) -> genai.Client:
    by_credentials = options.kind == "vertex" and options.api_key is None
    access = find_access(options.project) if by_credentials else None
    http_options = types.HttpOptions(
        base_url=options.base_url,
        api_version=options.api_version,
        async_client_args=_websocket_options(options),
    )
    try:
        # `vertexai` is never left out: the SDK would then look for it in the environment. Where
        # it looks there for the others although they are None, `Settings` has found nothing.
        return genai.Client(
            vertexai=options.kind == "vertex",
            api_key=options.api_key,
            credentials=access.credentials if access else None,
            project=access.project if access else options.project,
            location=options.location,
            http_options=http_options,
        )
    except (GoogleAuthError, ValueError) as exc:
        named = "GOOGLE_GENAI_USE_VERTEXAI" if options.kind == "vertex" else "GEMINI_API_KEY"
        raise WrongSettings(
            f"{named} and what belongs to it do not fit together for google-genai "
            f"({one_line(exc)}): see docs/configuration.md"
        ) from exc


_TROUBLES: Final = (
    errors.APIError,
    WebSocketException,
    GoogleAuthError,
    OSError,
    # The SDK parses the first message, and breaks on one that it does not know.
    ValueError,
    TypeError,
    AttributeError,
)


def _link_not_granted(exc: BaseException) -> LinkClosed:
    match exc:
        case errors.APIError():
            # It calls every close that came without a frame 1006, also one that we began.
            closed_by: ClosedBy = "nobody" if exc.code == NO_CLOSE_FRAME else "peer"
            return LinkClosed(exc.code, _cut(exc.details), closed_by=closed_by)
        case InvalidStatus():
            body = exc.response.body or b""
            reason = _cut(body.decode(errors="replace"))
            return LinkClosed(exc.response.status_code, reason, closed_by="peer")
        case ConnectionClosed():
            return link_closed(exc)
        case GoogleAuthError():
            return link_without_token(exc)
        case TimeoutError():
            return LinkClosed(NO_CLOSE_FRAME, "no setupComplete in time", closed_by="us")
        case _:
            reason = _cut(f"{type(exc).__name__}: {exc}")
            unreadable: ClosedBy = "nobody" if isinstance(exc, OSError) else "us"
            return LinkClosed(NO_CLOSE_FRAME, reason, closed_by=unreadable)


def _websocket_options(options: UpstreamOptions) -> dict[str, Any]:
    """Return options of `websockets.asyncio.client.connect`, which the SDK passes on.

    Audio does not compress, so deflate only costs CPU and memory.
    """
    local = options.kind == "emulator"
    cafile = options.ca_file or certifi.where()
    return {
        "ssl": ssl.create_default_context(cafile=cafile),
        "compression": None,
        "create_connection": _SeenConnection,
        "max_size": _MAX_MESSAGE,
        "open_timeout": options.connect_timeout_s,
        "close_timeout": CLOSE_WITHIN_S,
        "ping_interval": _PING_INTERVAL_S,
        "ping_timeout": _PING_TIMEOUT_S,
        **({"proxy": None} if local else {}),
    }


def _cut(reason: object) -> str:
    return str(reason)[:_REASON_LENGTH]
