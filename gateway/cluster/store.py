"""Adapter: sessions kept in a Redis that all instances share, as `actors.ports.SessionStore`.

What is written is written by its owner: each session has a fence, a number that grows with each
owner, and a script does nothing for an older one. While Redis is away, sessions that are left are
owed to it: they are kept here, can be resumed here, and are stored when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from actors.ports import Fenced, Forgotten, Kept, Observer, StoreUnavailable, Totals
from gateway.cluster.owed import Debt, Owed
from gateway.cluster.scripts import (
    APPEND,
    DROP,
    FENCED,
    FORGOTTEN,
    MOST_OF_A_USER,
    PARK,
    PUT,
    RESUME,
    SETTLE,
)
from gateway.cluster.shared import Script, SharedRedis
from schemas.admin import StoreView

LIVE_MS: Final = 2 * 3_600_000
"""How long a session with an owner is kept after it was written last: longer than any connection
lives, and than Gemini's resumption handles are good for."""
DAY_MS: Final = 48 * 3_600_000
"""How long the counters of a day are kept."""
_FIRST_FENCE: Final = 1
"""Of an owner that nobody had the session before. Those that follow have the time in ms."""
_SAVES_AT_ONCE: Final = 8
"""All sessions are saved when Redis comes back: not at once, or products would wait behind them."""
_TRIES: Final = 3
"""How often a session may change hands while it is resumed."""

HandOver: TypeAlias = Callable[[str, str, str], Awaitable[object]]
"""Let an instance park a session, given the instance, the user and the session. It returns when
that is done, or when there is nobody to wait for; the session is then taken in either case."""


@dataclass(slots=True)
class _Live:
    """A session that this instance owns."""

    user_id: str
    fence: int
    tokens: tuple[str, ...]
    steps: int = 0
    """Stored since it was stored as a whole."""
    stale: bool = False
    """What is stored is not known to be what it was given: it has to be stored as a whole."""


@dataclass(frozen=True, slots=True)
class Day:
    """What a user's stored sessions have come to on one day."""

    sessions: int = 0
    products: int = 0
    audio_ms: int = 0


class RedisStore:
    """`actors.ports.SessionStore` in Redis; each call is one script."""

    def __init__(  # noqa: PLR0913 - what it works with, and its bounds
        self,
        redis: SharedRedis,
        observer: Observer,
        *,
        instance: str,
        window_s: float,
        most_owed: int,
        most_bytes: int,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Begin; nothing is asked of Redis yet.

        Args:
            redis: shared with other instances.
            observer: is told of sessions that change hands.
            instance: what this instance is called; no other one is.
            window_s: how long a parked session is kept.
            most_owed: sessions that are kept here at most while Redis is away.
            most_bytes: bytes of these at most.
            wall_clock: returns Unix seconds; says which day it is.
        """
        self.hand_over: HandOver | None = None
        """Asks another instance for its session; without it, it is taken at once."""
        self._redis = redis
        self._observer = observer
        self._instance = instance
        self._window_s = window_s
        self._wall_clock = wall_clock
        self._live: dict[str, _Live] = {}
        self._owed = Owed(most=most_owed, most_bytes=most_bytes, most_of_a_user=MOST_OF_A_USER)
        self._paying = asyncio.Lock()
        self._saving = asyncio.Semaphore(_SAVES_AT_ONCE)
        self._returned = asyncio.Event()
        redis.on_return(self._returned.set)

    # The port.

    async def create(self, session_id: str, user_id: str, token: str, session: bytes) -> None:
        """Keep a new session."""
        live = _Live(user_id, _FIRST_FENCE, (token,))
        self._live[session_id] = live
        await self._save(session_id, live, session, Totals())

    def append_now(self, session_id: str, step: bytes) -> bool:  # noqa: ARG002 - the port's
        """Return that it would take waiting: Redis is asked."""
        return False

    async def append(self, session_id: str, step: bytes) -> None:
        """Add a step to what is kept: one command."""
        live = self._owned(session_id)
        if live.stale:
            raise Forgotten
        live.stale = True
        answer = await self._write(APPEND, session_id, live, live.steps, step, LIVE_MS)
        if answer == FORGOTTEN:
            raise Forgotten
        live.stale = False
        live.steps += 1

    async def save(self, session_id: str, session: bytes, totals: Totals | None = None) -> None:
        """Keep `session` in the place of what was kept; if that is gone, anew."""
        await self._save(session_id, self._owned(session_id), session, totals or Totals())

    async def park(
        self, session_id: str, session: bytes | None, totals: Totals | None = None
    ) -> None:
        """Keep it without an owner for the resume window; here, while Redis is away."""
        live = self._live.get(session_id)
        if live is None:
            return
        try:
            if session is None:
                await self._write(PARK, session_id, live, self._window_ms)
            else:
                await self._put(session_id, live, session, totals or Totals(), self._window_ms)
        except StoreUnavailable:
            del self._live[session_id]
            if session is None:
                raise
            self._owe(session_id, live, session, totals or Totals())
        else:
            del self._live[session_id]

    async def resume(self, user_id: str, token: str, new_token: str) -> Kept | None:
        """Give the user's session that `token` resumes to the caller, from any instance."""
        debt = self._owed_to(user_id, token)
        if debt is not None:
            try:
                await self.pay(debt.session_id)
            except StoreUnavailable:
                return self._resume_here(user_id, token, new_token)
        overcome = b""
        for _ in range(_TRIES):
            answer = await self._ask_for(user_id, token, new_token, overcome)
            match answer:
                case [b"taken", session_id, fence, session, steps]:
                    kept = Kept(session_id.decode(), session, tuple(steps))
                    tokens = (token, new_token)
                    await self._own(kept.session_id, _Live(user_id, int(fence), tokens, len(steps)))
                    return kept
                case [b"owned", session_id, owner, fence]:
                    if not await self._let_go(user_id, session_id.decode(), owner.decode()):
                        return None
                    overcome = fence
                case _:
                    return None
        raise StoreUnavailable("the session changes hands all the time")

    async def settle(self, session_id: str) -> None:
        """Let only the newest token resume it."""
        live = self._owned(session_id)
        live.tokens = live.tokens[-1:]
        await self._write(SETTLE, session_id, live, live.tokens[0])

    async def drop(self, session_id: str) -> None:
        """Keep it no more; if Redis is away, that is done when it is back."""
        live = self._live.pop(session_id, None)
        if live is None:
            return
        try:
            await self._write(DROP, session_id, live)
        except StoreUnavailable:
            self._owe(session_id, live, None, Totals())
            raise

    def disown(self, session_id: str) -> None:
        """Write nothing of it any more."""
        self._live.pop(session_id, None)

    # For whoever runs it.

    async def keep(self) -> None:
        """Store what is owed whenever Redis is back; until cancelled."""
        while True:
            await self._returned.wait()
            self._returned.clear()
            with contextlib.suppress(StoreUnavailable):
                while (debt := self._first_owed()) is not None:
                    await self.pay(debt.session_id)

    async def pay(self, session_id: str) -> None:
        """Store a session if it is owed.

        Raises:
            StoreUnavailable: Redis is still away, and it is still owed.
        """
        async with self._paying:
            debt = self._owed.get(session_id)
            if debt is None:
                return
            live = _Live(debt.user_id, debt.fence, debt.tokens)
            left_ms = max(1, int(1000 * (debt.expires_at - _now())))
            try:
                if debt.session is None:
                    await self._write(DROP, session_id, live)
                else:
                    await self._put(session_id, live, debt.session, debt.totals, left_ms)
            except Fenced:
                self._observer.warn("owed_session_fenced")
            self._owed.take(session_id)

    async def day(self, user_id: str) -> Day:
        """Return what a user's stored sessions have come to today, in UTC.

        Raises:
            StoreUnavailable: Redis is away.
        """
        key = f"{_prefix(user_id)}day:{self._today}"
        counts = await self._redis.call("HMGET", key, "sessions", "products", "audio_ms")
        return Day(*(int(count or 0) for count in counts))

    def view(self) -> StoreView:
        """Return what it holds here, for admins."""
        self._owed.expire(_now())
        return StoreView(
            kind="redis",
            parked=len(self._owed),
            live=len(self._live),
            parked_bytes=self._owed.size,
            available=self._redis.available,
            problem=self._redis.problem,
            owed=len(self._owed),
        )

    # Within.

    def _owned(self, session_id: str) -> _Live:
        try:
            return self._live[session_id]
        except KeyError:
            raise Fenced from None

    async def _save(self, session_id: str, live: _Live, session: bytes, totals: Totals) -> None:
        live.stale = True
        async with self._saving:
            await self._put(session_id, live, session, totals, LIVE_MS, owner=self._instance)
        live.steps, live.stale = 0, False

    async def _put(  # noqa: PLR0913, PLR0917 - what a session is kept with
        self,
        session_id: str,
        live: _Live,
        session: bytes,
        totals: Totals,
        ttl_ms: int,
        owner: str = "",
    ) -> None:
        tokens = " ".join(live.tokens)
        spent = (totals.products, totals.audio_ms, self._today, DAY_MS)
        await self._write(PUT, session_id, live, owner, ttl_ms, tokens, session, *spent)

    async def _write(
        self, script: Script, session_id: str, live: _Live, *args: str | bytes | float
    ) -> int:
        prefix = _prefix(live.user_id)
        keys = [f"{prefix}s:{session_id}"]
        all_args = (prefix, session_id, live.fence, *args)
        answer: int = await self._redis.run(script, keys, all_args)
        if answer == FENCED:
            # Unless it came back here meanwhile.
            if self._live.get(session_id) is live:
                del self._live[session_id]
            raise Fenced
        return answer

    async def _ask_for(
        self, user_id: str, token: str, new_token: str, overcome: bytes
    ) -> Sequence[Any]:
        prefix = _prefix(user_id)
        args = (prefix, token, new_token, self._instance, overcome, LIVE_MS)
        answer: Sequence[Any] = await self._redis.run(RESUME, [f"{prefix}t:{token}"], args)
        return answer

    async def _let_go(self, user_id: str, session_id: str, owner: str) -> bool:
        """Return that it may be taken, once its owner has had the time to park it."""
        if owner == self._instance:
            return session_id not in self._live
        self._observer.note("session_taken_over", owner=owner)
        if self.hand_over is not None:
            await self.hand_over(owner, user_id, session_id)
        return True

    async def _own(self, session_id: str, live: _Live) -> None:
        """Own a session that was taken, unless an older connection here owned it before.

        That one has not found out yet, and would write with the new fence.
        """
        if session_id in self._live:
            await self._write(PARK, session_id, live, self._window_ms)
            raise StoreUnavailable("an older connection has the session still")
        self._live[session_id] = live

    # While Redis is away.

    def _owe(self, session_id: str, live: _Live, session: bytes | None, totals: Totals) -> None:
        self._owed.expire(_now())
        self._owed.add(
            Debt(
                session_id=session_id,
                user_id=live.user_id,
                fence=live.fence,
                tokens=live.tokens,
                session=session,
                totals=totals,
                expires_at=_now() + self._window_s,
            )
        )

    def _first_owed(self) -> Debt | None:
        self._owed.expire(_now())
        return self._owed.first()

    def _owed_to(self, user_id: str, token: str) -> Debt | None:
        self._owed.expire(_now())
        return self._owed.resumed_by(user_id, token)

    def _resume_here(self, user_id: str, token: str, new_token: str) -> Kept | None:
        debt = self._owed_to(user_id, token)
        if debt is None or debt.session is None:
            return None
        self._owed.take(debt.session_id)
        self._live[debt.session_id] = _Live(user_id, debt.fence, (token, new_token), stale=True)
        return Kept(debt.session_id, debt.session, ())

    @property
    def _window_ms(self) -> int:
        return int(1000 * self._window_s)

    @property
    def _today(self) -> str:
        return datetime.fromtimestamp(self._wall_clock(), UTC).date().isoformat()


def _prefix(user_id: str) -> str:
    """Return what all keys of a user begin with; a cluster shards by what is in the braces."""
    return f"gw:{{{user_id}}}:"


def _now() -> float:
    return asyncio.get_running_loop().time()
