"""The place where sessions find the upstream, though it is still being made ready, or made anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol

from msgspec.structs import replace

from actors.breaker import BreakerPolicy
from actors.ports import GeminiConnector, GeminiLink, LinkClosed, LinkRequest, Observer
from gateway.gemini_options import UpstreamOptions
from gateway.openings import Openings
from schemas.admin import UpstreamHealth

_NOT_READY = 1013
"""WebSocket's "try again later": what a session is told of an upstream that is not there yet."""


class Upstream(Protocol):
    """Opens links, and knows how they have been doing."""

    def connect(self, request: LinkRequest) -> AbstractAsyncContextManager[GeminiLink]:
        """Open a link on entry, or raise `LinkClosed`; close it on exit."""

    def health(self) -> UpstreamHealth:
        """Return what is known of the upstream."""


class ServingUpstream(Upstream, GeminiConnector, Protocol):
    """One that also says whether it is worth asking for a link."""


class UpstreamSlot:
    """An upstream that sessions may use before it is there: they wait, but not for long.

    Once it is there, they wait for their turn as long as it takes: an upstream that is down is
    not tried by all of them at once.
    """

    def __init__(self, options: UpstreamOptions, observer: Observer) -> None:
        self._options = options
        self._openings = Openings(BreakerPolicy(), observer)
        self._upstream: Upstream | None = None
        self._problem: str | None = None
        self._filled = asyncio.Event()

    def fill(self, upstream: Upstream) -> None:
        """Open links through `upstream` from now on; those that are open stay as they are.

        Sessions that wait for their turn get it with `upstream`, of which nothing is known yet.
        """
        self._upstream, self._problem = upstream, None
        self._filled.set()
        self._openings.start_over()

    def note_problem(self, problem: str) -> None:
        """Let people know why there is no upstream; until there is one."""
        self._problem = problem

    @property
    def openable(self) -> bool:
        """Whether there is an upstream, and it was not found to be down."""
        return self._upstream is not None and self._openings.trusted

    @asynccontextmanager
    async def connect(self, request: LinkRequest) -> AsyncIterator[GeminiLink]:
        """Open a link once there is an upstream and it is its turn.

        Raises:
            LinkClosed: on entry: none is there within the connect timeout, or it grants no link.
        """
        await self._wait_filled()
        async with AsyncExitStack() as stack:

            async def open_link() -> GeminiLink:
                # Not the one that was there when the waiting began.
                upstream = await self._wait_filled()
                return await stack.enter_async_context(upstream.connect(request))

            resumes = request.handle is not None
            yield await self._openings.attempt(open_link, resumes=resumes)

    def health(self) -> UpstreamHealth:
        """Return what is known of the upstream; before it is there, what the settings say."""
        return replace(self._known(), breaker=self._openings.view(), problem=self._problem)

    def _known(self) -> UpstreamHealth:
        if self._upstream is not None:
            return self._upstream.health()
        return UpstreamHealth(
            kind=self._options.known_as,
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
