"""What `gateway check` looks at beyond the settings: each look is one finding."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from actors.endings import Why, judge
from actors.ports import Fact, LinkClosed, LinkRequest, StoreUnavailable
from gateway.gemini_upstream import GeminiUpstream
from gateway.settings import Settings
from shopping import LocaleDataInvalid, check_locales

if TYPE_CHECKING:
    from gateway.cluster.shared import SharedRedis

_PROBE_MS: Final = 1_000
_PROBE_KEY: Final = "gw:probe"
_NOBODY: Final = "gw:to:nobody"
_LONGEST: Final = 120
"""Characters of Redis's words; redis-py puts no password in there."""
_LOOK: Final = """
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return redis.REDIS_VERSION or 'before 7'
"""
_REMEDIES: Final = {
    Why.ACCESS: "{key} is not accepted: set it to a key that may use the Gemini API",
    Why.QUOTA: "{key} has no quota left for another session: wait, or raise the quota",
    Why.MODEL: "GEMINI_MODEL is {model}, which is not there: set it to a Live model",
    Why.SETUP: "what is asked for is refused: see GEMINI_MODEL ({model}) and GEMINI_API_VERSION",
}
_UNREACHABLE: Final = "no link within CONNECT_TIMEOUT_S: try again, and look at the network"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one look.

    Attributes:
        verdict: a service would work, with a reservation, or not.
        text: one sentence; where it is bad, the variable and the remedy.
    """

    verdict: Literal["ok", "warn", "FAILED"]
    text: str


class _Silent:
    """`actors.ports.Observer` of a process without a log."""

    def rename(self, session_id: str) -> None:
        """Do nothing."""

    def debug(self, event: str, /, **facts: Fact) -> None:
        """Do nothing."""

    def note(self, event: str, /, **facts: Fact) -> None:
        """Do nothing."""

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Do nothing."""

    def count(self, event: str, trouble: bool, /, **facts: Fact) -> None:  # noqa: FBT001 - the port's
        """Do nothing."""

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """Do nothing."""


def checked_locales(look: Callable[[], None] = check_locales) -> Finding:
    """Look at the locales' data files."""
    try:
        look()
    except LocaleDataInvalid as exc:
        return Finding("FAILED", f"a data file cannot be used: {exc}")
    return Finding("ok", "every data file can be used")


async def checked_gemini(settings: Settings) -> Finding:
    """Open a link, as a session in SESSION_LANGUAGE would, and close it: some tokens at most.

    Raises:
        WrongSettings: google-genai makes no client of them.
    """
    if not settings.has_upstream:
        return Finding("warn", "GEMINI_API_KEY is not set: the service would run the emulator")
    options = settings.upstream
    upstream = GeminiUpstream(options, _Silent())
    await upstream.warm_up()
    started_at = time.monotonic()
    try:
        async with upstream.connect(LinkRequest(language=settings.language)):
            took_ms = 1000 * (time.monotonic() - started_at)
    except LinkClosed as exc:
        return Finding("FAILED", f"{_remedy(exc, settings)} ({exc.code} {exc.reason})")
    place = options.base_url or ("Vertex AI" if options.kind == "vertex" else "Gemini")
    return Finding("ok", f"{place} grants {options.model} a link in {took_ms:.0f} ms")


def _remedy(exc: LinkClosed, settings: Settings) -> str:
    verdict = judge(
        exc.code, exc.reason, closed_by=exc.closed_by, lived=False, fresh_may_work=False
    )
    if verdict.why is None:
        return _UNREACHABLE
    key = "GOOGLE_API_KEY" if settings.google_api_key else "GEMINI_API_KEY"
    named = "the identity for Vertex AI" if settings.upstream.api_key is None else key
    return _REMEDIES[verdict.why].format(key=named, model=settings.model)


async def checked_store(settings: Settings) -> Finding:
    """Look whether the shared Redis carries scripts out, takes writes and passes messages on."""
    if settings.session_store is None:
        return Finding("ok", "SESSION_STORE is memory: good for one instance, gone with it")
    # redis-py is megabytes, for those who have a Redis.
    from gateway.cluster.shared import SharedRedis  # noqa: PLC0415

    redis = SharedRedis(settings.session_store.text, _Silent())
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(redis.keep(), name="redis")
        finding = await _asked(redis)
        keeping.cancel()
    return finding


async def _asked(redis: SharedRedis) -> Finding:
    from gateway.cluster.shared import Script  # noqa: PLC0415 - as above

    started_at = time.monotonic()
    try:
        version: bytes = await redis.run(Script("check", _LOOK), (_PROBE_KEY,), (_PROBE_MS,))
        await redis.call("PUBLISH", _NOBODY, "")
    except StoreUnavailable as exc:
        said = " ".join(str(exc.__cause__).split())[:_LONGEST]
        return Finding(
            "FAILED", f"SESSION_STORE: set it to a Redis that answers and takes writes ({said})"
        )
    took_ms = 1000 * (time.monotonic() - started_at)
    return Finding("ok", f"Redis {version.decode()} does what is needed in {took_ms:.0f} ms")
