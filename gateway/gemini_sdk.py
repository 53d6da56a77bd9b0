"""What we use of google-genai: it says where to connect, with which headers, and what to set up.

Importing this module imports google-genai, which takes more than a second:
`gateway.gemini_upstream` does so in a thread, after the port answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Final

import certifi
from google import genai
from google.auth.exceptions import GoogleAuthError
from google.genai import types
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from actors.ports import LinkClosed, LinkRequest, Observer
from gateway.gemini_dial import Dialler
from gateway.gemini_link import NO_CLOSE_FRAME, WebSocketLink, link_closed
from gateway.gemini_models import profile_of
from gateway.gemini_options import UpstreamOptions
from gateway.gemini_setup import live_config
from gateway.gemini_socket import GeminiSocket
from gateway.sdk_intent import Intent, intent_of
from gateway.settings import WrongSettings
from gateway.vertex_access import find_access, link_without_token, one_line
from gateway.wake_ups import WakeUps
from schemas.gemini import GeminiMessageInvalid, decode
from schemas.messages import ClosedBy

_REASON_LENGTH: Final = 200


class Sdk:
    """One google-genai client, from which every session of the process opens its links.

    Making it blocks.

    Raises:
        WrongSettings: the client cannot be made with these options.

    """

    def __init__(self, options: UpstreamOptions, observer: Observer, wake_ups: WakeUps) -> None:
        self._observer = observer
        self._model = options.model
        self._profile = profile_of(options.model)
        self._connect_timeout_s = options.connect_timeout_s
        trusted = ssl.create_default_context(cafile=options.ca_file or certifi.where())
        self._client = _client(options, trusted)
        self._dialler = Dialler(trusted, proxied=options.kind != "emulator", wake_ups=wake_ups)
        # pydantic builds its validators on first use: better now than in the first session.
        live_config(LinkRequest(language="pl-PL"), self._profile)

    @contextlib.asynccontextmanager
    async def connect(self, request: LinkRequest) -> AsyncIterator[WebSocketLink]:
        """Open a link whose setup was accepted; close it with 1000 on exit.

        Raises:
            LinkClosed: on entry, within the connect timeout, whatever went wrong.
        """
        socket = await self._open(request)
        try:
            yield WebSocketLink(socket, profile=self._profile, observer=self._observer)
        finally:
            await socket.close()

    async def _open(self, request: LinkRequest) -> GeminiSocket:
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                intent = await self._intent(request)
                socket = await self._dialler.dial(intent.uri, intent.headers)
                try:
                    await socket.send(intent.setup.encode())
                    await _setup_completed(socket)
                except BaseException:  # also when cancelled: no connection is left behind
                    await socket.close()
                    raise
        # A redirect may lead to what is no address: that is a ValueError.
        except (WebSocketException, GoogleAuthError, OSError, ValueError) as exc:
            raise _link_not_granted(exc) from exc
        return socket

    async def _intent(self, request: LinkRequest) -> Intent:
        # What it is made of goes with this call's end: it is several times as big as a link.
        config = live_config(request, self._profile)
        return await intent_of(self._client, model=self._model, config=config)


async def _setup_completed(socket: GeminiSocket) -> None:
    """Pass over messages up to setupComplete; raise what `recv` raises."""
    while True:
        with contextlib.suppress(GeminiMessageInvalid):
            if decode(await socket.recv()).setup_complete is not None:
                return


def _client(options: UpstreamOptions, trusted: ssl.SSLContext) -> genai.Client:
    by_credentials = options.kind == "vertex" and options.api_key is None
    access = find_access(options.project) if by_credentials else None
    http_options = types.HttpOptions(
        base_url=options.base_url,
        api_version=options.api_version,
        # It would make one of its own, and chooses its endpoint by what is in there.
        async_client_args={"ssl": trusted},
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


def _link_not_granted(exc: BaseException) -> LinkClosed:
    match exc:
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


def _cut(reason: object) -> str:
    return str(reason)[:_REASON_LENGTH]
