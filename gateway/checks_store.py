"""Looks, for `gateway check`, whether the Redis of SESSION_STORE does what instances need of it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import textwrap
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from actors.ports import StoreUnavailable
from gateway.checks import Finding, Silent
from gateway.setting_values import Secret
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.cluster.shared import SharedRedis

_PROBE_MS: Final = 1_000
_PROBE_KEY: Final = "gw:probe"
_NOBODY: Final = "gw:to:nobody"
_PORT: Final = 6_379
_LOOK_S: Final = 1.0
_LONGEST: Final = 240
"""Characters of Redis's words; redis-py puts no password in there."""
_KEEPS: Final = "noeviction"
_LOOK: Final = """
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return redis.REDIS_VERSION or 'before 7'
"""


async def checked_store(settings: Settings) -> Finding:
    """Look whether it carries scripts out, takes writes, passes messages on, and keeps them all."""
    if settings.session_store is None:
        return Finding("ok", "SESSION_STORE is memory: good for one instance, gone with it")
    # redis-py is megabytes, for those who have a Redis.
    from gateway.cluster.shared import SharedRedis  # noqa: PLC0415

    redis = SharedRedis(settings.session_store.text, Silent())
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(redis.keep(), name="redis")
        finding = await _asked(redis, settings.session_store)
        keeping.cancel()
    return finding


async def _asked(redis: SharedRedis, address: Secret) -> Finding:
    from gateway.cluster.shared import Script  # noqa: PLC0415 - as above

    started_at = time.monotonic()
    try:
        version: bytes = await redis.run(Script("check", _LOOK), (_PROBE_KEY,), (_PROBE_MS,))
        await redis.call("PUBLISH", _NOBODY, "")
    except StoreUnavailable as exc:
        return Finding("FAILED", f"SESSION_STORE: {await _remedy(exc.__cause__, address)}")
    took_ms = 1000 * (time.monotonic() - started_at)
    well = f"Redis {version.decode()} does what is needed in {took_ms:.0f} ms"
    return await _kept(redis, well)


async def _kept(redis: SharedRedis, well: str) -> Finding:
    """Return whether it keeps what it was given when it is full."""
    try:
        memory: dict[str, object] = await redis.call("INFO", "memory")
    except StoreUnavailable:  # a user who may not
        memory = {}
    policy, most = memory.get("maxmemory_policy"), memory.get("maxmemory")
    if policy == _KEEPS:
        return Finding("ok", well)
    if policy is None:
        return Finding("warn", f"{well}; its maxmemory-policy is not told: it has to be {_KEEPS}")
    problem = f"its maxmemory-policy is {policy}: set it to {_KEEPS}, or it forgets live sessions"
    if most == 0:
        return Finding("warn", f"{well}; {problem} once it has a maxmemory")
    return Finding("FAILED", f"SESSION_STORE: {problem} when it is full")


async def _remedy(cause: BaseException | None, address: Secret) -> str:
    """Return what is to be done, to stand behind the variable's name; nothing of the address."""
    from redis.exceptions import (  # noqa: PLC0415, I001 - as above
        AuthenticationError,
        NoPermissionError,
        ResponseError,
        TimeoutError as RedisTimeout,
    )
    from gateway.cluster.shared import CALL_S  # noqa: PLC0415 - as above

    said = textwrap.shorten(str(cause), _LONGEST, placeholder=" …")
    if isinstance(cause, AuthenticationError):
        return _password(said, address)
    if isinstance(cause, NoPermissionError):
        return f"let its user do what the gateway does there ({said})"
    if isinstance(cause, TimeoutError | RedisTimeout):
        said = f"it timed out after {CALL_S:g} s"
    other = None if isinstance(cause, ResponseError) else await _other_scheme(address)
    return other or f"set it to a Redis that answers and takes writes ({said})"


def _password(said: str, address: Secret) -> str:
    if urlsplit(address.text).password:
        return (
            f"the Redis does not accept the name and password in it: set it to right ones ({said})"
        )
    return (
        "the Redis wants a password: put it into SESSION_STORE, as in redis://:password@host:6379/0"
    )


async def _other_scheme(address: Secret) -> str | None:
    """Return what to do if it is TLS that is one too many, or missing."""
    parts = urlsplit(address.text)
    host, port = parts.hostname or "", parts.port or _PORT
    if parts.scheme == "rediss" and await _answers_plainly(host, port):
        return "what is there speaks no TLS: set it to redis://…, or to the port that speaks TLS"
    if parts.scheme == "redis" and await _speaks_tls(host, port):
        return "what is there speaks TLS only: set it to rediss://…"
    return None


async def _answers_plainly(host: str, port: int) -> bool:
    """Whether Redis answers without TLS; a password is not said."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_LOOK_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"PING\r\n")
                return await reader.read(1) in (b"+", b"-")
            finally:
                writer.transport.abort()
    return False


async def _speaks_tls(host: str, port: int) -> bool:
    """Whether TLS is spoken there; nothing is said, so whose certificate it is does not matter."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_LOOK_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            writer.transport.abort()
            return True
    return False
