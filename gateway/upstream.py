"""The place where sessions find the upstream, though it is still being made ready, or made anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from actors.ports import GeminiLink, LinkClosed, LinkRequest
from gateway.gemini_options import UpstreamOptions
from schemas.admin import UpstreamHealth

_NOT_READY = 1013
"""WebSocket's "try again later": what a session is told of an upstream that is not there yet."""


class Upstream(Protocol):
    """An `actors.ports.GeminiConnector` that knows how its links have been doing."""

    def connect(self, request: LinkRequest) -> AbstractAsyncContextManager[GeminiLink]:
        """Open a link on entry, or raise `LinkClosed`; close it on exit."""

    def health(self) -> UpstreamHealth:
        """Return what is known of the upstream."""


class UpstreamSlot:
    """An upstream that sessions may use before it is there: they wait, but not for long."""

    def __init__(self, options: UpstreamOptions) -> None:
        self._options = options
        self._upstream: Upstream | None = None
        self._filled = asyncio.Event()

    def fill(self, upstream: Upstream) -> None:
        """Open links through `upstream` from now on; those that are open stay as they are."""
        self._upstream = upstream
        self._filled.set()

    @asynccontextmanager
    async def connect(self, request: LinkRequest) -> AsyncIterator[GeminiLink]:
        """Open a link once there is an upstream.

        Raises:
            LinkClosed: on entry: none is there within the connect timeout, or it grants no link.
        """
        upstream = await self._wait_filled()
        async with upstream.connect(request) as link:
            yield link

    def health(self) -> UpstreamHealth:
        """Return what is known of the upstream; before it is there, what the settings say."""
        if self._upstream is not None:
            return self._upstream.health()
        return UpstreamHealth(
            kind=self._options.kind,
            model=self._options.model,
            url=self._options.base_url or "",
            last_success=None,
            last_failure=None,
            last_failure_class=None,
            open_links=0,
        )

    async def _wait_filled(self) -> Upstream:
        while self._upstream is None:
            try:
                async with asyncio.timeout(self._options.connect_timeout_s):
                    await self._filled.wait()
            except TimeoutError as exc:
                raise LinkClosed(_NOT_READY, "the upstream is not ready", closed_by="us") from exc
        return self._upstream
