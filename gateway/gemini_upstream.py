"""Opens Gemini links, and knows how the upstream has been doing."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from actors.ports import GeminiLink, LinkClosed, LinkRequest, Observer
from gateway.gemini_options import UpstreamOptions
from gateway.loading import without_collecting
from gateway.wake_ups import UNSPACED, WakeUps
from schemas.admin import UpstreamHealth

if TYPE_CHECKING:
    from gateway.gemini_sdk import Sdk


class GeminiUpstream:
    """`actors.ports.GeminiConnector` on one google-genai client per process."""

    def __init__(
        self, options: UpstreamOptions, observer: Observer, wake_ups: WakeUps = UNSPACED
    ) -> None:
        self._options = options
        self._wake_ups = wake_ups
        self._observer = observer
        self._sdk: Sdk | None = None
        self._loading = asyncio.Lock()
        self._last_success: float | None = None
        self._last_failure: float | None = None
        self._last_failure_class: str | None = None
        self._open_links = 0

    @property
    def ready(self) -> bool:
        """Whether links can be opened without loading the SDK first."""
        return self._sdk is not None

    async def warm_up(self) -> None:
        """Load google-genai and build its client, in a thread: it takes more than a second."""
        await self._load()

    @contextlib.asynccontextmanager
    async def connect(self, request: LinkRequest) -> AsyncIterator[GeminiLink]:
        """Open a link whose setup was accepted; close it on exit.

        Raises:
            LinkClosed: on entry, whatever went wrong.
        """
        sdk = await self._load()
        try:
            async with sdk.connect(request) as link:
                self._last_success = time.time()
                self._open_links += 1
                try:
                    yield link
                finally:
                    self._open_links -= 1
        except LinkClosed as exc:
            self._last_failure = time.time()
            self._last_failure_class = str(exc.code)
            raise

    def health(self) -> UpstreamHealth:
        """Return what this process has seen of the upstream."""
        return UpstreamHealth(
            kind=self._options.known_as,
            model=self._options.model,
            url=self._options.base_url or "Google's own",
            last_success=_iso(self._last_success),
            last_failure=_iso(self._last_failure),
            last_failure_class=self._last_failure_class,
            open_links=self._open_links,
        )

    async def _load(self) -> Sdk:
        async with self._loading:
            if self._sdk is None:
                self._sdk = await asyncio.to_thread(
                    _make_sdk, self._options, self._observer, self._wake_ups
                )
        return self._sdk


def _make_sdk(options: UpstreamOptions, observer: Observer, wake_ups: WakeUps) -> Sdk:
    # By name, so that importing this module does not import google-genai.
    with without_collecting():
        sdk: type[Sdk] = importlib.import_module("gateway.gemini_sdk").Sdk
        return sdk(options, observer, wake_ups)


def _iso(unix: float | None) -> str | None:
    return None if unix is None else datetime.fromtimestamp(unix, UTC).isoformat()
